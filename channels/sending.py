"""Sending what the outbox holds: claimed by one worker, handed to the providers, settled (S6, S7).

A row is claimed in one transaction and settled in another; the provider is called between them, outside of
any. A worker that dies in between leaves its rows *sending*: then the provider is asked before anything is
sent a second time.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import count, groupby
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import structlog
from flask import current_app

from channels.claiming import AT_HAND, AtHand, claim
from channels.gateways import ChannelThrottled, Outbound, SendFailure, Sent, Throttled, Unknown
from channels.jobs import go_on_sending, redis_answers
from channels.lost import reconcile
from channels.models import Lane
from channels.pacing import Pace, let_rest, resting
from channels.preparing import Parcel, outbound_of
from channels.providers import GATEWAYS, credentials_of
from channels.registry import SIMULATOR, ChannelInfo, channel_by_id
from channels.settling import CHANNEL_CLOSED, Outcome, settle
from tenants.actors import Actor
from tenants.refusals import NotFound

log = structlog.get_logger()

URGENT_THREADS = 32
BULK_THREADS = 96
"""Messages on their way to providers at once; a broadcast takes no way from an answer or a notice."""

TURN = 2.0
"""Seconds after which a job lets other jobs have their turn."""

LOOK_EVERY = 0.2
"""Seconds after which a worker looks again for what is more urgent than what it has at hand."""

RUNNING_LOW = AT_HAND // 4
"""Messages at hand below which a worker claims more."""

STALE_AFTER = 20.0
"""Seconds after which what could not be handed over goes back: its row must not look as if its worker had died."""

SETTLED_AFTER = 1.0
SETTLED_AT_ONCE = 50
"""Outcomes are recorded at the latest after so many seconds, or so many of them."""

TOO_SLOW = Throttled("provider_too_slow", retry_after=1)
NO_COMMON_PACE = Throttled("redis_away", retry_after=5)
"""Without Redis nobody knows how fast the others send: answers and notices go on, broadcasts wait (S6)."""


def send_due() -> int:
    """Send what is due: answers before notices before broadcasts, the offices in turns; return how many."""
    until = time.monotonic() + TURN
    with Dispatch() as dispatch:
        while dispatch.goes_on(claiming=time.monotonic() < until):
            pass
    if dispatch.left_some:
        go_on_sending()
    return dispatch.tried


def send_without_redis() -> bool:
    """Where Redis is away, and with it whoever would say that there is work: send what cannot wait (S6).

    Broadcasts wait until it is back. Returns whether it is away.
    """
    if redis_answers():
        return False
    sweep()
    return True


def sweep() -> None:
    """Look after what a crash or an absent Redis left behind, then send what is due."""
    reconcile()
    send_due()


FULL = 1_000_000_000
"""As many messages at hand as no channel has: nothing more of it is claimed."""

Flight = tuple[bool, int]


@dataclass(frozen=True)
class Departure:
    """A parcel that leaves at its channel's ``moment``, counted like ``claimed`` in seconds of a clock that only goes on."""

    moment: float
    claimed: float
    parcel: Parcel
    channel: ChannelInfo

    @property
    def flight(self) -> Flight:
        """Whether it is a broadcast, and whose: of each kind, one office takes half of the ways at most (S6)."""
        return self.parcel.lane is Lane.BULK, self.parcel.tenant_id


class Dispatch:
    """One worker's sending: what waits for its moment, what is on its way, and what came of it but is not recorded yet."""

    def __init__(self) -> None:
        self.tried = 0
        self.left_some = False
        self._waiting: defaultdict[Flight, list[tuple[float, int, Departure]]] = defaultdict(list)
        self._places = count()
        self._flying: Counter[Flight] = Counter()
        self._landed: SimpleQueue[tuple[Departure, Sent | SendFailure]] = SimpleQueue()
        self._outcomes: list[Outcome] = []
        self._recorded = self._looked = time.monotonic()
        self._pace = Pace()

    def __enter__(self) -> Self:
        self._threads = {
            False: ThreadPoolExecutor(URGENT_THREADS),
            True: ThreadPoolExecutor(BULK_THREADS),
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for threads in self._threads.values():
            threads.shutdown()

    def goes_on(self, *, claiming: bool) -> bool:
        """Claim what is due, hand over what may leave, record what came of it; whether anything is left to do."""
        if claiming and self._should_look():
            self._look()
        self._hand_over()
        self._take_in()
        at_hand = self._at_hand() > 0
        self._record(whatever=not at_hand)
        return at_hand or (claiming and self.left_some)

    def _at_hand(self) -> int:
        return sum(map(len, self._waiting.values())) + self._flying.total()

    def _should_look(self) -> bool:
        at_hand = self._at_hand()
        if at_hand == 0 or time.monotonic() - self._looked >= LOOK_EVERY:
            return True
        return self.left_some and at_hand <= RUNNING_LOW

    def _look(self) -> None:
        at_hand = AtHand()
        for (bulk, office), queue in self._waiting.items():
            at_hand.bulk[office] += len(queue) * bulk
            for _moment, _place, departure in queue:
                at_hand.channels[departure.channel.id] += 1
                at_hand.urgent[departure.channel.id] += not bulk
        for (bulk, office), number in self._flying.items():
            at_hand.bulk[office] += number * bulk
        for channel_id, seconds in resting(_now()).items():
            self._call_back(channel_id, seconds)
            at_hand.channels[channel_id] = at_hand.urgent[channel_id] = FULL
        claimed = claim(AT_HAND - self._at_hand(), at_hand, bulk=redis_answers())
        parcels = [parcel for parcel in claimed if parcel is not None]
        self.tried += len(parcels)
        self.left_some = bool(claimed)
        self._looked = time.monotonic()
        for departure in self._departures(parcels):
            heappush(self._waiting[departure.flight], (departure.moment, next(self._places), departure))

    def _departures(self, parcels: Iterable[Parcel]) -> list[Departure]:
        """When each parcel may leave; what is urgent takes its channel's next moments."""
        found, now, urgency = [], time.monotonic(), list(Lane).index
        ordered = sorted(parcels, key=lambda parcel: (str(parcel.channel), urgency(parcel.lane)))
        for key, group in groupby(ordered, key=lambda parcel: parcel.channel):
            ours = list(group)
            try:
                channel = channel_by_id(*key)
            except NotFound:
                self._outcomes += [_outcome(parcel, CHANNEL_CLOSED) for parcel in ours]
                continue
            pauses = [0.0] * len(ours)
            if channel.gateway != SIMULATOR:
                parts = [parcel.parts for parcel in ours]
                pauses = self._pace.seconds_until(channel.id, parts, channel.parts_per_second)
            for parcel, pause in zip(ours, pauses, strict=True):
                if self._pace.alone and parcel.lane is Lane.BULK:
                    self._outcomes.append(_outcome(parcel, NO_COMMON_PACE))
                else:
                    found.append(Departure(now + pause, now, parcel, channel))
        return found

    def _hand_over(self) -> None:
        now = time.monotonic()
        for flight, queue in self._waiting.items():
            bulk, _office = flight
            ways = (BULK_THREADS if bulk else URGENT_THREADS) // 2
            while queue and queue[0][0] <= now and self._flying[flight] < ways:
                _moment, _place, departure = heappop(queue)
                if now - max(departure.claimed, departure.moment) > STALE_AFTER:
                    self._outcomes.append(_outcome(departure.parcel, TOO_SLOW))
                    continue
                self._flying[flight] += 1
                outbound = outbound_of(departure.parcel, departure.channel)
                self._threads[bulk].submit(self._call, departure, outbound, credentials_of(departure.channel))

    def _call(self, departure: Departure, outbound: Outbound, credentials: Any) -> None:
        result: Sent | SendFailure
        try:
            result = GATEWAYS[departure.channel.gateway].send(outbound, credentials)
        except SendFailure as failure:
            result = failure
        except Exception:
            # Whether it was sent before our own code failed, only the provider knows.
            log.exception("sending_failed", id=outbound.id)
            result = Unknown("our side")
        self._landed.put((departure, result))

    def _take_in(self) -> None:
        """Wait for the next thing to happen: something comes back, or a channel's next moment."""
        now = time.monotonic()
        moments = [queue[0][0] for queue in self._waiting.values() if queue]
        patience = min((moment - now for moment in moments if moment > now), default=LOOK_EVERY)
        patience = min(patience, LOOK_EVERY)
        if not self._flying.total():
            if moments and min(moments) > now:
                time.sleep(patience)
            return
        landed = []
        try:
            landed.append(self._landed.get(timeout=patience))
            while True:
                landed.append(self._landed.get_nowait())
        except Empty:
            pass
        for departure, result in landed:
            self._flying[departure.flight] -= 1
            self._outcomes.append(_outcome(departure.parcel, result))
            if isinstance(result, ChannelThrottled):
                let_rest(departure.channel.id, result.retry_after, _now())
                self._call_back(departure.channel.id, result.retry_after)

    def _call_back(self, channel_id: UUID, seconds: float | None) -> None:
        """What waits for its moment on a channel that rests goes back to the outbox."""
        rests = Throttled("channel_rests", retry_after=seconds)
        for queue in self._waiting.values():
            staying = [one for one in queue if one[2].channel.id != channel_id]
            if len(staying) < len(queue):
                self._outcomes += [
                    _outcome(departure.parcel, rests)
                    for _moment, _place, departure in queue
                    if departure.channel.id == channel_id
                ]
                queue[:] = staying
                heapify(queue)

    def _record(self, *, whatever: bool) -> None:
        late = whatever or time.monotonic() - self._recorded >= SETTLED_AFTER
        if self._outcomes and (late or len(self._outcomes) >= SETTLED_AT_ONCE):
            _settle_each(self._outcomes)
            self._outcomes, self._recorded = [], time.monotonic()
            self.left_some = True  # what was not taken may be due again at once


def _outcome(parcel: Parcel, result: Sent | SendFailure) -> Outcome:
    return Outcome(parcel.tenant_id, parcel.id, parcel.claimed_at, result)


def _settle_each(outcomes: Iterable[Outcome]) -> None:
    by = Actor.system(now=_now())
    for office, ours in groupby(
        sorted(outcomes, key=lambda one: one.tenant_id), key=lambda one: one.tenant_id
    ):
        settle(list(ours), by=by.as_system(office))


def _now() -> datetime:
    return current_app.config["CLOCK"]()
