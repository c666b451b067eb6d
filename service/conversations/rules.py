"""Who may read and answer which conversation (S1, S5, H4, C5, T7)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from flask_babel import lazy_gettext as _l

from channels.models import Handling, Secrecy
from tenants.actors import Actor
from tenants.labels import Labelled
from tenants.permissions import Permission
from tenants.refusals import AlreadyDone, NotFound, RuleBroken, WrongStage

ANSWERS_FOR = timedelta(days=1)
"""How long after a text an officer's words still count as its answer."""
LINK = re.compile(r"https?://\S+")


class Desk(Labelled):
    """Which desk of the office a person talks with."""

    OFFICE = "office", _l("Office")
    COMPLAINTS = "complaints", _l("Complaint desk")


NOTICES_SHOWN = frozenset(
    {"call_addressees", "calls", "organizations", "contracts", "transfers", "acceptances"}
)
"""What a notice may be about to stand in a conversation with the office; any other shows in its own room alone (C5, E5)."""


def desks_of(by: Actor) -> tuple[Desk, ...]:
    """The desks at which someone sits: complaints at complaint desks only, none for who tends alarms (H4)."""
    if not by.may(Permission.ATTENTION_ANSWER):
        return ()
    return (Desk.OFFICE, Desk.COMPLAINTS) if by.may(Permission.COMPLAINT_READ) else (Desk.OFFICE,)


def answers_at(desk: Desk, permissions: Collection[Permission]) -> bool:
    """Whether these permissions let someone answer at a desk (H4)."""
    needed = {Permission.ATTENTION_ANSWER}
    if desk is Desk.COMPLAINTS:
        needed.add(Permission.COMPLAINT_READ)
    return needed <= set(permissions)


def shows_text(secrecy: Secrecy) -> bool:
    """A message that may hold a bid shows its text to nobody (C5)."""
    return secrecy is not Secrecy.SEALED


def without_links(words: str) -> str:
    """A text as officers see it: a link in it opens a form in the recipient's name, so it is left out (T5)."""
    return LINK.sub("…", words)


def require_desk(desk: Desk, by: Actor) -> None:
    """Refuse as if it did not exist what this person may not read (H4)."""
    if desk not in desks_of(by):
        raise NotFound("not_found", what="contacts")


def require_unmoved(seen: UUID, last: UUID) -> None:
    """Refuse an answer to a conversation that went on after it was looked at: nobody is answered twice (S1)."""
    if seen != last:
        raise RuleBroken("conversation_moved")


def require_waiting(handlings: Iterable[Handling]) -> None:
    """Refuse to close a conversation in which nothing waits any more (S1)."""
    if Handling.ATTENTION not in handlings:
        raise WrongStage("nothing_waits")


def require_readable(waiting: Collection[Secrecy]) -> None:
    """Refuse free words where nobody knows what the sender wrote: only to send it again can be asked (C5)."""
    if waiting and not any(shows_text(secrecy) for secrecy in waiting):
        raise RuleBroken("text_sealed")


def require_welcome(stopped: bool, waits: bool, last_came_at: datetime, now: datetime) -> None:
    """Refuse to write unasked to who wants no more messages; what waits, or came within a day, is answered (S5)."""
    if stopped and not waits and now - last_came_at > ANSWERS_FOR:
        raise RuleBroken("wants_no_messages")


def require_own(contact_id: UUID | None, addresses: Collection[UUID]) -> UUID:
    """The address an answer goes to; refuse one that is not the person's, as if it did not exist (H4)."""
    if contact_id is None or contact_id not in addresses:
        raise NotFound("not_found", what="contacts")
    return contact_id


def require_wrote_here(several: Iterable[bool]) -> None:
    """Refuse to join, on an officer's word, an address that nobody can read anything from at this desk (H3, H4).

    Whoever stays anonymous left no such words: what they wrote lives in the case, under nobody's number.
    """
    if not all(several):
        raise RuleBroken("not_written_here")


def require_sealed(waiting: Iterable[Secrecy]) -> None:
    """Refuse to ask for a repetition of what can be read here (C5)."""
    if all(shows_text(secrecy) for secrecy in waiting):
        raise RuleBroken("text_not_sealed")


def require_words(words: str) -> str:
    """The words that wait, to be filed as a complaint; refuse where none can be read any more (H1)."""
    if not words:
        raise RuleBroken("sender_gone")
    return words


def require_at_complaint_desk(desk: Desk) -> None:
    """Refuse to pass to the office what it reads already (H4)."""
    if desk is not Desk.COMPLAINTS:
        raise AlreadyDone("office_has_it")


def require_served(office_id: int, served: Collection[int]) -> None:
    """Refuse to give a conversation to an office that its number does not serve, as if there were none (S8)."""
    if office_id not in served:
        raise NotFound("not_found", what="tenants")


def require_colleague(desk: Desk, permissions: Collection[Permission]) -> None:
    """Refuse to hand a conversation to who may not read it (H4)."""
    if not answers_at(desk, permissions):
        raise RuleBroken("colleague_cannot")


def require_in_use(dropped_at: datetime | None) -> None:
    """Refuse to change or drop a usual answer that has been dropped (T6)."""
    if dropped_at is not None:
        raise AlreadyDone("answer_dropped")
