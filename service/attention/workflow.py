"""Answering by hand what no dialogue understood."""

from __future__ import annotations

from uuid import UUID

from channels import sayings
from channels.messages import Said
from channels.models import Handling, InboundMessage
from channels.outbox import tell
from service.attention import messages, rules
from tenants.actors import Actor
from tenants.audit import record
from tenants.events import Event
from tenants.gate import command, lock
from tenants.permissions import Permission
from tenants.refusals import RuleBroken


@command(Permission.ATTENTION_ANSWER)
def answer_message(message_id: UUID, words: str, *, by: Actor) -> InboundMessage:
    """Answer the sender in free words, by the same way the message came (S1).

    Refuses ``not_found`` (also where the person may not read it), ``wrong_stage``, ``text_sealed`` and
    ``sender_gone``.
    """
    message = _waiting(message_id, by)
    rules.require_readable_text(message.secrecy)
    return _answer(message, messages.ANSWER(reference=message.reference or "", words=words), by)


@command(Permission.ATTENTION_ANSWER)
def ask_again(message_id: UUID, *, by: Actor) -> InboundMessage:
    """Ask the sender of a message that nobody may read to send it again (C5).

    Refuses ``not_found``, ``wrong_stage``, ``text_not_sealed`` and ``sender_gone``.
    """
    message = _waiting(message_id, by)
    rules.require_sealed(message.secrecy)
    return _answer(message, sayings.SEND_AGAIN(reference=message.reference or ""), by)


@command(Permission.ATTENTION_ANSWER)
def close_message(message_id: UUID, *, by: Actor) -> InboundMessage:
    """Close a message that needs no answer. Refuses ``not_found`` and ``wrong_stage``."""
    message = _waiting(message_id, by)
    message.handling, message.handled_by, message.handled_at = Handling.HANDLED, by.id, by.now
    record(Event.ATTENTION_CLOSED, message, by)
    return message


def _waiting(message_id: UUID, by: Actor) -> InboundMessage:
    message = lock(InboundMessage, message_id, by)
    rules.require_listed(message.secrecy, by)
    rules.require_waiting(message.handling)
    return message


def _answer(message: InboundMessage, said: Said, by: Actor) -> InboundMessage:
    if message.contact_id is None or tell(message.contact_id, said, by=by, subject=message) is None:
        raise RuleBroken("sender_gone")
    message.handling, message.handled_by, message.handled_at = Handling.ANSWERED, by.id, by.now
    record(Event.ATTENTION_ANSWERED, message, by)
    return message
