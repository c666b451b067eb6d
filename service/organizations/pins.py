"""PINs: short, so kept only as slow hashes, which the column's own encryption wraps again (T5)."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from service.organizations.rules import require_good_pin

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_pin(pin: str) -> str:
    """What is kept of a PIN of four to six digits; refuses ``pin_too_easy``."""
    require_good_pin(pin)
    return HASHER.hash(pin)


def is_right(pin: str, pin_hash: str) -> bool:
    """Whether ``pin`` is the one that was hashed."""
    try:
        return HASHER.verify(pin_hash, pin)
    except VerifyMismatchError:
        return False
