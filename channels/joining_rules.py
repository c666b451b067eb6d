"""When addresses are one person's, and what becomes of consent as they are joined and parted (T5, S5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from channels.models import Medium
from tenants.refusals import AlreadyDone, RuleBroken, WrongStage

SILENCE = timedelta(days=180)
"""After so long without a word a phone may be another person's (T5)."""

CODE_LIVES = timedelta(minutes=10)
MOST_TRIES = 5
MOST_CODES = 3
"""Codes that one address may ask for, and that one phone gets, within a day."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Address:
    """What the rules must know of an address: which person it belongs to, whether that is proved, and its consent.

    ``stopped_before`` and ``joined_at``: its own consent at the last joining, and when that was.
    """

    joined_as: UUID | None = None
    proved: bool = False
    stopped_at: datetime | None = None
    stopped_before: datetime | None = None
    joined_at: datetime | None = None


def require_different(one: UUID, other: UUID) -> None:
    """Refuse to join an address to itself (T5)."""
    if one == other:
        raise RuleBroken("same_address")


def require_joinable(one: Address, other: Address) -> None:
    """Refuse to join what is one person's already, and two that each belong to others: one must be parted first (T5)."""
    if one.joined_as is not None and one.joined_as == other.joined_as:
        raise AlreadyDone("joined_already")
    if one.joined_as is not None and other.joined_as is not None:
        raise RuleBroken("both_joined")


def require_provable(one: Address, other: Address) -> None:
    """Refuse to link by a code what a code has linked already, to each other or each to somebody else (T5)."""
    if one.proved and other.proved:
        if one.joined_as == other.joined_as:
            raise AlreadyDone("joined_already")
        raise RuleBroken("both_joined")


def require_joined(address: Address) -> UUID:
    """The person an address is joined to; refuse to part one that is alone (T5)."""
    if address.joined_as is None:
        raise WrongStage("not_joined")
    return address.joined_as


def require_few_codes(asked: int, received: int) -> None:
    """Refuse another code within a day, to who asked for three and to a phone that got three: nobody is pestered (T5)."""
    if asked >= MOST_CODES or received >= MOST_CODES:
        raise RuleBroken("too_many_codes")


def may_be_tried(expires_at: datetime, used_at: datetime | None, wrong: int, now: datetime) -> bool:
    """A code is good for ten minutes, five tries and one use (T5)."""
    return used_at is None and wrong < MOST_TRIES and now < expires_at


def still_proves(medium: Medium, last_at: datetime, proved_at: datetime, now: datetime) -> bool:
    """Whether a code that was repeated once still shows whose address it is: a phone silent for 180 days may be another
    person's by now; WeChat gives nobody's openid to another (T5)."""
    return medium is not Medium.SMS or now - max(last_at, proved_at) <= SILENCE


def strictest(stopped: Collection[datetime | None]) -> datetime | None:
    """Since when a person with these addresses wants no broadcasts: one that said so speaks for all (S5)."""
    return min(filter(None, stopped), default=None)


def consent_when_joined(stopped: Sequence[datetime | None]) -> list[datetime | None]:
    """The consent of each address once they are joined: who never stopped takes over the strictest (S5)."""
    word = strictest(stopped)
    return [own or word for own in stopped]


def own_consent(address: Address) -> datetime | None:
    """Since when an address itself wants no broadcasts: what it took over from others at a joining is not its own; what
    any of them said while they were joined is (S5)."""
    stopped_at = address.stopped_at
    if stopped_at is None or address.joined_at is None or stopped_at == address.stopped_before:
        return stopped_at
    return stopped_at if stopped_at > address.joined_at else None


def consent_when_parted(side: Sequence[Address]) -> list[datetime | None]:
    """The consent of the addresses that stay together when others part from them (S5).

    What was taken over goes again, unless one of the side itself still wants no broadcasts: then none gets any.
    """
    stopped = any(own_consent(one) for one in side)
    return [one.stopped_at if stopped else None for one in side]
