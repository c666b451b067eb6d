"""The one access token of an account, shared by every worker: whoever asks for another one ends it for all the others (S7)."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from redis import Redis
from redis.exceptions import LockError, RedisError

from channels.gateways import Temporary
from channels.gateways.wechat.api import Fetch
from tenants.privacy import Keyring

FRESH_BEFORE_END = 300.0
"""Seconds before its end at which a token is replaced; the provider still takes the old one so long."""

SHORTEST_LIFE = 10.0
LOCK_LIFE = 30.0
"""Seconds after which another worker may fetch, should the one that began have died; a fetch takes less."""


class AccessTokens:
    """Keeps an account's token in Redis, encrypted, and lets one worker at a time fetch another."""

    def __init__(self, connection: Redis, keyring: Keyring, account: str) -> None:
        """``account``: what names the account at its provider."""
        self._connection, self._keyring = connection, keyring
        self._name = f"qiao:token:{account}"

    def current(self, fetch: Fetch, instead_of: str | None = None) -> str:
        """The token; fetched anew, once for all workers, where there is none, or the known one is ``instead_of``.

        Raises what ``fetch`` raises, and ``Temporary`` where Redis is away: without it nobody knows who fetches.
        """
        try:
            known = self._known()
            if known is not None and known != instead_of:
                return known
            with self._connection.lock(f"{self._name}:lock", timeout=LOCK_LIFE, blocking_timeout=LOCK_LIFE):
                known = self._known()
                if known is not None and known != instead_of:
                    return known
                token, seconds = fetch()
                life = max(seconds - FRESH_BEFORE_END, SHORTEST_LIFE)
                self._connection.set(self._name, self._keyring.encrypt(token.encode()), px=int(life * 1000))
                return token
        except LockError as error:
            raise Temporary("token") from error
        except RedisError as error:
            raise Temporary("redis") from error

    def _known(self) -> str | None:
        kept = self._connection.get(self._name)
        try:
            return None if kept is None else self._keyring.decrypt(bytes(kept)).decode()  # type: ignore[arg-type]
        except InvalidTag:
            return None
