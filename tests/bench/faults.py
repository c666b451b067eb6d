"""Proof under fire: nothing is lost and nothing happens twice, whatever dies meanwhile.

``outbound``: messages of three offices go to a provider that delays, refuses, hangs after accepting and drops connections, and
reports late, twice and out of order, while workers are killed, Redis is killed and emptied and PostgreSQL is restarted; those
of two more offices, the broadcasts of one and the rest of the other, go by one that is as bad and cannot be asked what it took.
``inbound``: signed webhooks, a fifth of them repeats and some of those at the same moment, while the web server is killed.
Prints figures and ends with an error if a promise is broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from uuid import UUID

import urllib3

from channels.contacts import contact_for
from channels.messages import Message, wording
from channels.models import Lane
from channels.outbox import tell
from channels.registry import add_channel
from channels.sayings import SENT_AGAIN
from service import cli
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command
from tenants.offices import add_office
from tenants.permissions import Permission
from tests.bench.bad_days import MoodyKannel, MoodyTwilio
from tests.bench.disasters import Deployment, deployed
from tests.standins.twilio import signed_post

NEWS = {lane: Message(f"bench.{lane}", "News {number}", lane=lane) for lane in Lane}
MARK = wording(SENT_AGAIN, "zh").partition("{")[0]
OFFICES = 3
UNDER_WAY = ("queued", "sending")
PATIENCE = 900
"""Seconds that all messages have to reach an end state once everything works again."""


def offices(provider: MoodyTwilio) -> Iterator[Any]:
    """Three offices that each have a number at the provider; their channels."""
    # Offices for demonstration have no quiet hours: the benchmark may run at night.
    add_office("province", name_zh="省", name_en="Province", demo=True, by=Actor.system())
    for number in range(OFFICES):
        credentials = {"account_sid": provider.account_sid, "auth_token": provider.auth_token}
        yield _office(number, "twilio", f"+86139000000{number:02}", credentials)


def offices_without_record(box: MoodyKannel) -> list[Any]:
    """Two more offices, whose provider keeps no record of what it took: one for answers and notices, one for broadcasts."""
    credentials = {
        "sendsms_url": box.url,
        "username": box.username,
        "password": box.password,
        "allow_from": "127.0.0.1",
    }
    return [_office(OFFICES + place, "kannel", f"1069000{place}", credentials) for place in range(2)]


def _office(number: int, gateway: str, address: str, credentials: dict[str, str]) -> Any:
    office = add_office(
        f"county{number}",
        name_zh=f"第{number}县",
        name_en=f"County {number}",
        parent="province",
        demo=True,
        by=Actor.system(),
    )
    channel = add_channel(gateway, address, credentials, by=Actor.system(office.id))
    _hasten(channel, by=Actor.system(office.id))
    return channel


@command(Permission.CHANNEL_WRITE)
def _hasten(channel: Any, *, by: Actor) -> None:
    db.session.merge(channel).parts_per_second = 25


@command(Permission.MESSAGE_SEND)
def _say(numbers: Sequence[int], lane: Lane = Lane.NOTICE, *, by: Actor) -> None:
    for number in numbers:
        contact = contact_for(f"+86138{number:08}", by=by)
        tell(contact.id, NEWS[lane](number=number), subject=("bench", UUID(int=number)), by=by)


def outbound(
    deployment: Deployment,
    providers: tuple[MoodyTwilio, MoodyKannel],
    channels: list[Any],
    totals: tuple[int, int],
    kills: int,
) -> None:
    """Send ``totals`` messages, by the provider that can be asked and by the other, while things die; all reach an end state."""
    provider, box = providers
    total, unaskable = totals
    answering, broadcasting = channels[OFFICES:]
    for begin in range(0, total, 100):
        numbers = range(begin, min(begin + 100, total))
        _say(numbers, by=Actor.system(channels[begin // 100 % OFFICES].tenant_id))
    for place, lane in enumerate(Lane):
        channel = broadcasting if lane is Lane.BULK else answering
        _say(range(place, unaskable, len(Lane)), lane, by=Actor.system(channel.tenant_id))
    print(f"outbound: {total} messages of {OFFICES} offices wait, and {unaskable} of two more", flush=True)
    begun = time.monotonic()
    _strike(deployment, kills, max(total / (OFFICES * 25) / kills, 1.0))
    provider.calm = box.calm = True
    print(f"  {kills} workers killed, Redis emptied twice, PostgreSQL restarted twice: {_states(deployment)}")
    print(f"  programs that ended by themselves and were started again: {deployment.ended}", flush=True)
    deadline = time.monotonic() + PATIENCE
    while any(state in UNDER_WAY for state in _states(deployment)) and time.monotonic() < deadline:
        time.sleep(2)
        deployment.tend()
    for one in providers:
        one.reporters.shutdown()
    states = _states(deployment)
    print(f"  after {time.monotonic() - begun:.0f} s: {states}", flush=True)
    assert not any(state in UNDER_WAY for state in states), "some never reached an end state"
    assert sum(states.values()) == total + unaskable
    others = [answering.tenant_id, broadcasting.tenant_id]
    _judge_asked(deployment, provider, others, total)
    _judge_not_asked(deployment, box, others)


def _strike(deployment: Deployment, kills: int, pause: float) -> None:
    disasters: dict[int, Callable[[], None]] = {
        kills // 5: deployment.kill_and_empty_redis,
        2 * kills // 5: deployment.restart_postgresql,
        3 * kills // 5: deployment.kill_and_empty_redis,
        4 * kills // 5: deployment.restart_postgresql,
    }
    for number in range(kills):
        time.sleep(pause)
        disasters.get(number, lambda: None)()
        deployment.kill(f"worker {number % 2 + 1}")
        deployment.tend()


def _judge_asked(deployment: Deployment, provider: MoodyTwilio, others: list[int], total: int) -> None:
    ended = deployment.ask(
        "SELECT count(*) FROM outbound_messages WHERE tenant_id <> ALL (%s) AND state IN ('failed', 'expired')",
        others,
    )
    taken = Counter(message["body"] for message in provider.messages)
    twice = {body: times for body, times in taken.items() if times > 1}
    marked = sum(body.startswith(MARK) for body in taken)
    lost = total - len(taken) - ended[0][0]
    print(f"  asked what it took: {sum(taken.values())} taken, {len(taken)} different, marked {marked}")
    print(f"    twice {len(twice)}, lost {lost}; its moods: {dict(provider.moods)}", flush=True)
    assert not twice
    assert marked == 0
    assert lost == 0


def _judge_not_asked(deployment: Deployment, box: MoodyKannel, others: list[int]) -> None:
    """Of each message how many copies were taken, marked and not: no two without the mark, and of a broadcast no two at all."""
    rows = deployment.ask(
        "SELECT subject_id, lane, state FROM outbound_messages WHERE tenant_id = ANY (%s)", others
    )
    copies: dict[int, Counter[bool]] = {number.int: Counter() for number, _lane, _state in rows}
    for message in box.messages:
        copies[int(message.text.rpartition(" ")[2])][message.text.startswith(MARK)] += 1
    found: Counter[str] = Counter()
    for number, lane, state in rows:
        taken, bulk = copies[number.int], lane == Lane.BULK
        if taken.total() == 0:
            found["broadcasts given up" if bulk and state == "failed" else "lost"] += 1
        elif taken[False] > 1 or (bulk and taken.total() > 1):
            found["twice without the mark"] += 1
        elif taken.total() > 1:
            found["again with the mark"] += 1
        else:
            found["once" if taken[False] else "once, with the mark"] += 1
    print(f"  cannot be asked: {len(box.messages)} taken of {len(rows)} messages: {dict(found)}")
    print(f"    twice without the mark {found['twice without the mark']}, lost {found['lost']}")
    print(f"    its moods: {dict(box.moods)}", flush=True)
    assert found["twice without the mark"] == 0
    assert found["lost"] == 0


def _states(deployment: Deployment) -> dict[str, int]:
    return dict(deployment.ask("SELECT state, count(*) FROM outbound_messages GROUP BY state ORDER BY state"))


CONVERSATION = ("登记", "清河县青苗助学服务中心", "帮助留守儿童上学", "课后辅导、家访、营养午餐")


class Phones:
    """Many phones at once, each text repeated by the provider until it is answered, some without need."""

    def __init__(self, deployment: Deployment, provider: MoodyTwilio, channel: Any) -> None:
        self.path = f"/channels/twilio/{channel.key}/inbound"
        self.url = f"http://127.0.0.1:{deployment.port}{self.path}"
        self.provider, self.channel = provider, channel
        self.replies: dict[str, set[str]] = {}
        self.webhooks = Counter[str]()
        self.lock = threading.Lock()
        self.twins = ThreadPoolExecutor(8)

    def send(self, sender: str, text: str, sid: str, fate: float) -> None:
        """Send a text; with a ``fate`` below a quarter once more, half of those at the same moment."""
        form = {
            "MessageSid": sid,
            "AccountSid": self.provider.account_sid,
            "From": sender,
            "To": self.channel.number,
            "Body": text,
            "NumMedia": "0",
        }
        twin = self.twins.submit(self._until_answered, form) if fate < 0.125 else None
        self._until_answered(form)
        if twin is not None:
            twin.result()
        elif fate < 0.25:
            self._until_answered(form)

    def _until_answered(self, form: dict[str, str]) -> None:
        for _attempt in range(600):
            with suppress(urllib3.exceptions.HTTPError):
                status, body = signed_post(self.url, form, self.provider.auth_token)
                with self.lock:
                    self.webhooks[str(status)] += 1
                    if status == 200:
                        self.replies.setdefault(form["MessageSid"], set()).add(body)
                if status == 200:
                    return
            with self.lock:
                self.webhooks["asked again"] += 1
            time.sleep(0.1)
        raise RuntimeError("never answered")


def inbound(deployment: Deployment, provider: MoodyTwilio, channel: Any, total: int, kills: int) -> None:
    """Take ``total`` webhooks in while the web server dies; each answered one has one row, one effect and one reply."""
    phones, dice = Phones(deployment, provider, channel), random.Random(11)
    scripts: list[tuple[str, ...]] = [("投诉 水池漏水，三个月没有人修",)] * (total * 8 // 25)
    scripts += [CONVERSATION] * (total * 3 // 25)
    dice.shuffle(scripts)
    sids = [[f"SM{dice.getrandbits(128):032x}" for _text in script] for script in scripts]
    fates = [[dice.random() for _text in script] for script in scripts]

    def play(number: int) -> None:
        for text, sid, fate in zip(scripts[number], sids[number], fates[number], strict=True):
            phones.send(f"+86137{number:08}", text, sid, fate)

    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        playing = [pool.submit(play, number) for number in range(len(scripts))]
        for part in range(1, kills + 1):
            while sum(one.done() for one in playing) < part * len(scripts) // (kills + 1):
                time.sleep(0.05)
            deployment.kill("web")
        for one in playing:
            one.result()
    messages = sum(map(len, scripts))
    seconds = time.monotonic() - begun
    print(
        f"inbound: {messages} messages, {phones.webhooks['200']} answered webhooks in {seconds:.0f} s, web killed {kills} times"
    )
    print(f"  answers: {dict(phones.webhooks)}", flush=True)
    stored = deployment.ask(
        "SELECT count(*), count(DISTINCT provider_id) FROM inbound_messages WHERE tenant_id = %s",
        channel.tenant_id,
    )
    cases = deployment.ask("SELECT count(*) FROM complaints WHERE tenant_id = %s", channel.tenant_id)
    steps = deployment.ask(
        "SELECT name, step, count(*) FROM dialogues WHERE tenant_id = %s GROUP BY name, step",
        channel.tenant_id,
    )
    different = sum(len(replies) > 1 for replies in phones.replies.values())
    complaints = sum(len(script) == 1 for script in scripts)
    print(
        f"  stored {stored[0]}, cases {cases[0][0]} of {complaints}, dialogues {steps}, with two replies {different}"
    )
    assert stored == [(messages, messages)]
    assert cases == [(complaints,)]
    registering = [number for name, _step, number in steps if name == "register"]
    assert registering == [len(scripts) - complaints], "a repeat moved a dialogue on"
    assert different == 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both proofs, or (``program``) one of the deployment's own programs, which knows the benchmark's messages."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["program"]:
        sys.argv = ["qiao", *given[1:]]
        cli.main()
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outbound", type=int, default=5000, help="messages")
    parser.add_argument(
        "--unaskable",
        type=int,
        default=1500,
        help="messages by a provider without a record, a third broadcasts",
    )
    parser.add_argument("--inbound", type=int, default=20000, help="webhooks")
    parser.add_argument("--worker-kills", type=int, default=30)
    parser.add_argument("--web-kills", type=int, default=10)
    options = parser.parse_args(given)
    with MoodyTwilio() as provider, MoodyKannel() as box, deployed(provider.url) as deployment:
        channels = [*offices(provider), *offices_without_record(box)]
        deployment.start_all()
        if options.inbound:
            inbound(deployment, provider, channels[0], options.inbound, options.web_kills)
        if options.outbound:
            totals = (options.outbound, options.unaskable)
            outbound(deployment, (provider, box), channels, totals, options.worker_kills)
    print("nothing lost, nothing twice without the mark")


if __name__ == "__main__":
    main()
