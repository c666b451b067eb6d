"""How the cost of one inbound text grows: with 1, 10 and 100 offices, and with 10⁴, 10⁵ and 10⁶ messages stored.

Signed webhooks as in ``make bench inbound``, beside the bare function in the same rounds; the ratio is what to read.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg

from channels.registry import add_channel
from service.app import create_app
from service.servers import Running, embedded_servers
from service.settings import Secrets, Settings
from tenants import schema
from tenants.actors import Actor
from tenants.offices import add_office
from tests.bench import load
from tests.bench.bare import TOKEN, URL
from tests.bench.inbound import BASE_URL, NUMBER, conversations, prepare, served

OFFICES = (1, 10, 100)
STORED = (10_000, 100_000, 1_000_000)
TEXTS_OF_ONE = 7
"""Stored messages of one contact, as many as a conversation of the benchmark has."""

FILL = """
WITH office AS (
    SELECT c.tenant_id, c.id AS channel_id, row_number() OVER (ORDER BY c.tenant_id) - 1 AS place, count(*) OVER () AS offices
      FROM channels c
), people AS (
    INSERT INTO contacts (tenant_id, id, medium, address, address_index, data_key, written_in, channel_tenant_id, channel_id,
                          first_at, last_at, informed_at)
    SELECT o.tenant_id, gen_random_uuid(), 'sms', sha256(n::text::bytea) || sha256(n::text::bytea), sha256(('i' || n)::bytea),
           sha256(('k' || n)::bytea) || sha256(('l' || n)::bytea), 'zh', o.tenant_id, o.channel_id,
           now() - interval '90 days', now() - interval '60 days', now()
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) n JOIN office o ON o.place = n %% o.offices
    RETURNING tenant_id, id, channel_id
)
INSERT INTO inbound_messages (tenant_id, id, channel_tenant_id, channel_id, provider_id, contact_id, received_at, raw, text,
                              reply, secrecy, handling)
SELECT tenant_id, gen_random_uuid(), tenant_id, channel_id, 'SM' || replace(gen_random_uuid()::text, '-', ''), id,
       now() - interval '60 days', sha256('raw') || sha256('raw'), sha256('raw') || sha256('raw'),
       sha256('a') || sha256('b') || sha256('c') || sha256('d') || sha256('e'), 'open', 'handled'
  FROM people, generate_series(1, %(each)s)
"""


def fill(running: Running, first: int, last: int) -> None:
    """Contacts and their messages, ``first`` to ``last``, spread over the offices."""
    with psycopg.connect(schema.libpq(running.superuser_url), dbname="qiao", autocommit=True) as connection:
        connection.execute(FILL, {"first": first, "last": last, "each": TEXTS_OF_ONE})
        for table in ("contacts", "inbound_messages", "dialogues"):
            connection.execute(f"ANALYZE {table}")


def grow_to(environ: dict[str, str], number: int, paths: list[str]) -> None:
    """Add offices with a number each until there are so many; each one's door is appended to ``paths``."""
    app = create_app(Settings.from_environment(environ))
    with app.app_context():
        while len(paths) < number:
            code = f"county{len(paths)}"
            office = add_office(
                code, name_zh=f"第{code}县", name_en=code, parent="province", by=Actor.system()
            )
            credentials = {"account_sid": "AC1", "auth_token": TOKEN}
            channel = add_channel("twilio", NUMBER, credentials, by=Actor.system(office.id))
            paths.append(f"/channels/twilio/{channel.key}/inbound")


def measure(qiao: int, bare: int, paths: Sequence[str], connections: int, rounds: int) -> tuple[float, float]:
    """Texts a second, and their ratio to the bare function of the same round; each connection writes to an office of its own."""
    speeds, ratios = [], []
    for turn in range(rounds):
        ours = [
            conversations(path, TOKEN, BASE_URL + path, 1, 6000 // connections)[0]
            for path in (paths[(turn * connections + place) % len(paths)] for place in range(connections))
        ]
        theirs = conversations("/inbound", TOKEN, URL, connections, 6000 // connections)
        first, second = ((qiao, ours), (bare, theirs)) if turn % 2 else ((bare, theirs), (qiao, ours))
        speed = {port: load.run(port, prepared, 1.0).per_second for port, prepared in (first, second)}
        speeds.append(speed[qiao])
        ratios.append(speed[qiao] / speed[bare])
    return statistics.median(speeds), statistics.median(ratios)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="trials of a second each at every size")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--stored", type=int, nargs="+", default=STORED, help="messages stored")
    parser.add_argument("--offices", type=int, nargs="+", default=OFFICES)
    options = parser.parse_args(arguments)
    home = Path(tempfile.mkdtemp(prefix="qiao-bench-"))
    secrets = Secrets.of(home)
    try:
        with embedded_servers(home, secrets, durable=True) as running:
            environ, path = prepare(running, secrets)
            paths = [path]
            with (
                served("service.wsgi:build", environ) as qiao,
                served("tests.bench.bare:build_bare", environ) as bare,
            ):
                measure(qiao, bare, paths, options.connections, 4)
                for number in options.offices:
                    grow_to(environ, number, paths)
                    fill(running, number * 10_000_000, number * 10_000_000 + 1000)
                    speed, ratio = measure(qiao, bare, paths, options.connections, options.rounds)
                    print(f"{number:>9} offices  {speed:8.0f} texts/s  × bare {ratio:5.2f}", flush=True)
                stored = 0
                for number in options.stored:
                    fill(running, stored + 1, number // TEXTS_OF_ONE)
                    stored = number // TEXTS_OF_ONE
                    speed, ratio = measure(qiao, bare, paths, options.connections, options.rounds)
                    print(f"{number:>9} messages {speed:8.0f} texts/s  × bare {ratio:5.2f}", flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
