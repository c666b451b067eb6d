"""Freezing an audience: a broadcast to a crowd and its outbox rows, beside one ``INSERT … SELECT`` of the same rows.

The bare statement copies rows that a freeze has written, with all their constraints and indexes; the two alternate, each
beginning without outbox rows. Prints seconds, rows a second, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time as clock_time
from pathlib import Path

import psycopg
from flask import Flask

from channels.models import Channel
from channels.registry import add_channel
from service.app import create_app
from service.broadcasts import workflow
from service.broadcasts.models import Broadcast
from service.broadcasts.rules import AudienceKind
from service.servers import Running, embedded_servers
from service.settings import Secrets, Settings
from tenants import schema
from tenants.actors import Actor, ActorKind
from tenants.identifiers import new_id
from tenants.offices import add_office
from tenants.permissions import Role
from tenants.settings import change_settings
from tests.crowd import crowd

TOWNSHIP = "石板乡"
WORDS = "明天上午八点到十二点停水，请提前储水。"
LIST_ALL = f"""
INSERT INTO address_book (tenant_id, id, contact_id, township, focal_point, listed_at)
SELECT tenant_id, gen_random_uuid(), id, '{TOWNSHIP}', false, now() FROM contacts
"""
COPY_ROWS = "CREATE TABLE frozen AS SELECT * FROM outbound_messages"
BARE = "INSERT INTO outbound_messages SELECT * FROM frozen"


@dataclass
class Deployment:
    """A county with a crowd in its address book, on servers of its own."""

    app: Flask
    running: Running
    county: int
    channel: Channel

    def officer(self) -> Actor:
        """Whoever writes broadcasts here, now."""
        system = Actor.system(self.county)
        roles = frozenset({Role.PROCUREMENT_OFFICER, Role.ADMINISTRATOR})
        return Actor(
            ActorKind.PERSON, self.county, roles, system.now, id=new_id(), authenticated_at=system.now
        )

    def as_owner(self, *statements: str) -> None:
        """Run statements as the owner of the tables, each in a transaction of its own."""
        with psycopg.connect(schema.libpq(self.running.owner_url), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def deployment(people: int, api_url: str | None = None) -> Iterator[Deployment]:
    """A fresh county with so many people, all at one number; ``api_url``: where its provider is."""
    home = Path(tempfile.mkdtemp(prefix="qiao-bench-"))
    secrets = Secrets.of(home)
    try:
        with embedded_servers(home, secrets, durable=True) as running:
            schema.upgrade(running.owner_url, running.database_url)
            environ = {
                "DATABASE_URL": running.database_url,
                "DATABASE_OWNER_URL": running.owner_url,
                "REDIS_URL": running.redis_url,
                "SECRET_KEY": secrets.secret_key,
                "QIAO_PRIVACY_KEYS": ",".join(secrets.privacy_keys),
                "QIAO_BASE_URL": "http://qiao.bench",
                "QIAO_PRODUCTION": "1",
            }
            if api_url:
                environ["QIAO_TWILIO_API_URL"] = api_url
            app = create_app(Settings.from_environment(environ))
            with app.app_context():
                by = Actor.system()
                add_office("province", name_zh="省", name_en="Province", by=by)
                county = add_office(
                    "county", name_zh="清河县扶贫办", name_en="Qinghe", parent="province", by=by
                )
                system = Actor.system(county.id)
                credentials = {"account_sid": "AC" + "1" * 32, "auth_token": "2" * 32}
                channel = add_channel("twilio", "+8613900000001", credentials, by=system)
                made = Deployment(app, running, county.id, channel)
                quiet_never = {"quiet_from": clock_time(0), "quiet_until": clock_time(0)}
                change_settings({"message_budget": 10**9, **quiet_never}, by=made.officer())
                crowd(people, channel, by=system)
                made.as_owner(LIST_ALL, "VACUUM ANALYZE")
                yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)


def freeze(made: Deployment) -> Broadcast:
    """Send a broadcast off to the whole crowd."""
    draft = workflow.draft_broadcast(
        "停水",
        WORDS,
        AudienceKind.TOWNSHIP,
        words_en="No water tomorrow",
        township=TOWNSHIP,
        by=made.officer(),
    )
    return workflow.send_broadcast(draft.id, by=made.officer())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5, help="trials of each way")
    options = parser.parse_args(arguments)
    with deployment(options.people) as made:
        freeze(made)
        made.as_owner(COPY_ROWS, "GRANT SELECT ON frozen TO qiao_app")
        ways: dict[str, Callable[[], object]] = {
            "bare": lambda: bare(made),
            "freeze": lambda: freeze(made),
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(options.rounds):
            for name, way in sorted(ways.items(), reverse=bool(turn % 2)):
                made.as_owner("TRUNCATE outbound_messages")
                begun = time.perf_counter()
                way()
                seconds[name].append(time.perf_counter() - begun)
        medians = {name: statistics.median(trials) for name, trials in seconds.items()}
        for name, trials in seconds.items():
            each = " ".join(f"{one:.2f}" for one in trials)
            print(
                f"{name:7} {medians[name]:6.2f} s  {options.people / medians[name]:9,.0f} rows/s   ({each})"
            )
        print(f"bare ÷ freeze: {medians['bare'] / medians['freeze']:.2f}")


def bare(made: Deployment) -> None:
    """The same rows by one statement, as the application's role, under the same policies."""
    with psycopg.connect(schema.libpq(made.running.database_url)) as connection:
        connection.execute(
            "SELECT set_config('qiao.readable', %s, true), set_config('qiao.writable', %s, true)",
            [f"{{{made.county}}}", str(made.county)],
        )
        connection.execute(BARE)


if __name__ == "__main__":
    main()
