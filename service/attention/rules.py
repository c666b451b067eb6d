"""Who may read and answer a message that waits for a person (S1, H4, C5)."""

from __future__ import annotations

from channels.models import Handling, Secrecy
from tenants.actors import Actor
from tenants.permissions import Permission
from tenants.refusals import NotFound, RuleBroken, WrongStage


def listed_for(by: Actor) -> tuple[Secrecy, ...]:
    """What a person sees waiting: complaints at complaint desks only, nothing for who tends alarms (H4)."""
    if not by.may(Permission.ATTENTION_ANSWER):
        return ()
    if by.may(Permission.COMPLAINT_READ):
        return (Secrecy.OPEN, Secrecy.CASE, Secrecy.SEALED)
    return (Secrecy.OPEN, Secrecy.SEALED)


def shows_text(secrecy: Secrecy) -> bool:
    """A message that may hold a bid shows its text to nobody (C5)."""
    return secrecy is not Secrecy.SEALED


def require_listed(secrecy: Secrecy, by: Actor) -> None:
    """Refuse as if it did not exist what this person may not read (H4)."""
    if secrecy not in listed_for(by):
        raise NotFound("not_found", what="inbound_messages")


def require_waiting(handling: Handling) -> None:
    """Refuse a second answer to the same message (S1)."""
    if handling is not Handling.ATTENTION:
        raise WrongStage("wrong_stage", state=handling)


def require_readable_text(secrecy: Secrecy) -> None:
    """Refuse free words where nobody knows what the sender wrote: only to send it again can be asked (C5)."""
    if not shows_text(secrecy):
        raise RuleBroken("text_sealed")


def require_sealed(secrecy: Secrecy) -> None:
    """Refuse to ask for a repetition of what can be read here (C5)."""
    if shows_text(secrecy):
        raise RuleBroken("text_not_sealed")
