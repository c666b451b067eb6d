"""How fast a channel may send, one queue of moments for each that all workers share; how often one person is written to (S6)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from channels.jobs import redis_connection
from channels.models import Lane

log = structlog.get_logger()

TAKE_MOMENTS = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local moments = {}
for place, cost in ipairs(ARGV) do
    moments[place] = string.format('%.0f', free - now)
    free = free + tonumber(cost)
end
redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', string.format('%.0f', free - now + 1000))
return moments
"""


MOST_TO_ONE = ((3, timedelta(minutes=1)), (10, timedelta(hours=1)), (50, timedelta(days=1)))
"""How many messages one person gets within a time, at most: the least that carriers and providers allow."""


ALIKE_WITHIN = timedelta(minutes=10)
MOST_ALIKE, MOST_ANSWERS_ALIKE = 5, 20
"""How often one person gets the same words within that time. Whoever asks the same again gets the same answer again;
nobody types that as often as a machine does."""


def is_too_much_alike(times: int, lane: Lane) -> bool:
    """Whether somebody who got these words so many ``times`` lately gets them no more: we talk with a machine, or in a
    loop of our own (S1)."""
    return times >= (MOST_ANSWERS_ALIKE if lane is Lane.REPLY else MOST_ALIKE)


def free_again(sent: Sequence[datetime], now: datetime) -> datetime | None:
    """When somebody may get another message, or ``None`` for now (S6). ``sent``: when the last ones left, the newest first."""
    moments = [sent[most - 1] + span for most, span in MOST_TO_ONE if len(sent) >= most]
    return max((moment for moment in moments if moment > now), default=None)


THROTTLED_PAUSE = 5.0
"""Seconds to wait where a provider wants fewer messages and does not say for how long."""

LONGEST_REST = 3600.0
"""Seconds after which a channel is tried again, whatever its provider said."""

RESTING = "qiao:resting"
"""Until when the channels rest whose providers were told too much, in seconds since 1970."""


def let_rest(channel_id: UUID, seconds: float | None, now: datetime) -> None:
    """Let no worker send by a channel for so long (S6); the longest word of its provider counts.

    With Redis away no other worker hears of it, and each message waits by itself.
    """
    until = now.timestamp() + min(seconds or THROTTLED_PAUSE, LONGEST_REST)
    try:
        with redis_connection().pipeline() as together:
            together.zremrangebyscore(RESTING, "-inf", now.timestamp())
            together.zadd(RESTING, {str(channel_id): until}, gt=True)
            together.execute()
    except RedisError as away:
        log.warning("redis_away", kind=type(away).__name__)


def resting(now: datetime) -> dict[UUID, float]:
    """The channels by which nothing is sent now, and the seconds until it is again."""
    try:
        found: Any = redis_connection().zrangebyscore(RESTING, f"({now.timestamp()}", "+inf", withscores=True)
    except RedisError:
        return {}
    return {UUID(channel.decode()): until - now.timestamp() for channel, until in found}


class Pace:
    """The moments at which one worker may send; with Redis away (``alone``) it keeps the rates by itself."""

    def __init__(self) -> None:
        self.alone = False
        self._own: dict[UUID, float] = {}

    def seconds_until(self, channel_id: UUID, parts: Sequence[int], parts_per_second: int) -> list[float]:
        """Take the channel's next free moments for messages of so many parts each; return how far away they are."""
        costs = [ceil(each * 1000 / max(parts_per_second, 1)) for each in parts]
        try:
            moments = redis_connection().eval(TAKE_MOMENTS, 1, f"qiao:pace:{channel_id}", *costs)
            self.alone = False
            return [int(moment) / 1000 for moment in moments]
        except RedisError:
            self.alone = True
            return [self._by_itself(channel_id, cost / 1000) for cost in costs]

    def _by_itself(self, channel_id: UUID, seconds: float) -> float:
        now = time.monotonic()
        moment = max(now, self._own.get(channel_id, now))
        self._own[channel_id] = moment + seconds
        return moment - now
