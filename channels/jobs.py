"""Work beside the web: telling the worker that something waits to be sent."""

from __future__ import annotations

import structlog
from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

log = structlog.get_logger()


def nudge() -> None:
    """Tell the worker that the outbox holds something; with Redis away the sweep finds it later."""
    try:
        if redis_connection().set("qiao:nudged", 1, nx=True, px=500):
            _queue_sending("reply")
    except RedisError as away:
        log.warning("redis_away", kind=type(away).__name__)


def go_on_sending() -> None:
    """Let the worker send the rest after whatever else waits; with Redis away the sweep goes on later."""
    try:
        if redis_connection().set("qiao:going-on", 1, nx=True, px=500):
            _queue_sending("bulk")
    except RedisError as away:
        log.warning("redis_away", kind=type(away).__name__)


def fetch_soon() -> None:
    """Tell the worker that pictures wait at a provider; with Redis away the sweep finds them later."""
    try:
        if redis_connection().set("qiao:pictures", 1, nx=True, px=500):
            queue = Queue("transactional", connection=redis_connection())
            queue.enqueue("channels.fetching.fetch_due", result_ttl=0, failure_ttl=3600)
    except RedisError as away:
        log.warning("redis_away", kind=type(away).__name__)


def _queue_sending(lane: str) -> None:
    queue = Queue(lane, connection=redis_connection())
    queue.enqueue("channels.sending.send_due", result_ttl=0, failure_ttl=3600)


def redis_answers() -> bool:
    """Whether Redis is there."""
    try:
        return bool(redis_connection().ping())
    except RedisError:
        return False


def redis_connection() -> Redis:
    """Redis as this process reaches it; it gives up after a second, for nobody waits long for a nudge."""
    if "qiao.redis" not in current_app.extensions:
        url = current_app.config["SETTINGS"].redis_url
        # Once more at once, for a connection that a restart has cut; the library's own way waits for seconds.
        current_app.extensions["qiao.redis"] = Redis.from_url(
            url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1)
        )
    return current_app.extensions["qiao.redis"]
