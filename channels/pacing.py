"""How fast a channel may send: one queue of moments for each, shared by every worker (S6)."""

from __future__ import annotations

from math import ceil
from uuid import UUID

from redis.exceptions import RedisError

from channels.jobs import redis_connection

TAKE_MOMENT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local moment = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local free_again = moment + tonumber(ARGV[1])
local life = string.format('%.0f', free_again - now + 1000)
redis.call('SET', KEYS[1], string.format('%.0f', free_again), 'PX', life)
return string.format('%.0f', moment - now)
"""


class Pace:
    """The moments at which one batch may send; with Redis away it keeps the rates by itself."""

    def __init__(self) -> None:
        self._own: dict[UUID, float] = {}

    def seconds_until(self, channel_id: UUID, parts: int, parts_per_second: int) -> float:
        """Take the channel's next free moment for a message of so many parts; return how far away it is."""
        cost = ceil(parts * 1000 / max(parts_per_second, 1))
        try:
            return int(redis_connection().eval(TAKE_MOMENT, 1, f"qiao:pace:{channel_id}", cost)) / 1000
        except RedisError:
            moment = self._own.get(channel_id, 0.0)
            self._own[channel_id] = moment + cost / 1000
            return moment
