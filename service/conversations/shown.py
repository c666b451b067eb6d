"""What the desk shows of what is kept: senders masked, no sealed text, no link that would let its reader in (H4, C5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from channels.models import (
    Contact,
    Delivery,
    Handling,
    InboundMessage,
    Medium,
    MessageTemplate,
    OutboundMessage,
    Secrecy,
)
from channels.outbox import words_of
from channels.pictures import Shown
from channels.strays import STRAY
from service.conversations import rules
from service.conversations.rules import Desk
from tenants.privacy import decrypt_under, mask_address


@dataclass(frozen=True)
class Assignee:
    """Who looks after a conversation."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Address:
    """One of the addresses a person is known by, masked. ``proved``: shown by a code to be the same person's as others."""

    contact_id: UUID
    sender: str
    medium: Medium
    proved: bool
    unreachable: bool
    last_at: datetime


@dataclass(frozen=True)
class Waiting:
    """A conversation in the list: the sender always masked, ``text`` the newest that may be shown."""

    contact_id: UUID
    desk: Desk
    sender: str
    medium: Medium
    since: datetime
    number: int
    text: str | None
    assignee: Assignee | None
    waits: bool


@dataclass(frozen=True)
class Line:
    """One thing said. ``delivery`` is of our own messages; what answered within the provider's response has none.

    ``astray``: it was for a number that is not ours. ``template_code``, ``template_version``: what it went by at a provider
    that sends approved templates."""

    id: UUID
    at: datetime
    ours: bool
    text: str | None
    reference: str | None = None
    secrecy: Secrecy | None = None
    handling: Handling | None = None
    delivery: Delivery | None = None
    medium: Medium | None = None
    sender: str = ""
    pictures: list[Shown] = field(default_factory=list)
    astray: bool = False
    template_code: str | None = None
    template_version: int | None = None


@dataclass(frozen=True)
class Conversation:
    """A person's conversation with a desk, by whichever address. ``since``: how long something waits; ``last``: the newest
    row in it; ``contact_id``, ``sender``, ``medium``: where the person wrote from last."""

    contact_id: UUID
    desk: Desk
    sender: str
    medium: Medium
    locale: str
    stopped: bool
    since: datetime | None
    last: UUID
    assignee: Assignee | None
    addresses: list[Address]
    lines: list[Line]

    @property
    def only_sealed(self) -> bool:
        """Whether nobody can read any of what waits."""
        return not any(
            line.handling is Handling.ATTENTION and line.secrecy is not Secrecy.SEALED for line in self.lines
        ) and any(line.handling is Handling.ATTENTION for line in self.lines)

    @property
    def some_sealed(self) -> bool:
        """Whether something waits that nobody can read."""
        return any(
            line.handling is Handling.ATTENTION and line.secrecy is Secrecy.SEALED for line in self.lines
        )


def came(message: InboundMessage, contact: Contact, shown: list[Shown]) -> list[Line]:
    """What came, and what was replied to it at once."""
    lines = [
        Line(
            message.id,
            message.received_at,
            ours=False,
            text=readable(message, contact),
            reference=message.reference,
            secrecy=message.secrecy,
            handling=message.handling,
            medium=contact.medium,
            sender=masked(contact),
            pictures=shown,
            astray=message.failure == STRAY,
        )
    ]
    reply = decrypt_under(contact.data_key, message.reply) if rules.shows_text(message.secrecy) else None
    if reply:
        lines.append(
            Line(
                message.id,
                message.received_at,
                ours=True,
                text=rules.without_links(reply),
                medium=contact.medium,
                sender=masked(contact),
            )
        )
    return lines


def went(row: OutboundMessage, contact: Contact, template: MessageTemplate | None) -> Line:
    """What was sent, by which version of a provider's template if any, and how far it got."""
    return Line(
        row.id,
        row.created_at,
        ours=True,
        text=rules.without_links(words_of(row, contact)) or None,
        delivery=row.state,
        medium=contact.medium,
        sender=masked(contact),
        template_code=template.code if template else None,
        template_version=template.version if template else None,
    )


def readable(message: InboundMessage, contact: Contact) -> str | None:
    """The words of a message; ``None`` where nobody may read them (C5)."""
    return decrypt_under(contact.data_key, message.text) if rules.shows_text(message.secrecy) else None


def address_shown(contact: Contact) -> Address:
    """One of a person's addresses as the desk shows it."""
    return Address(
        contact.id,
        masked(contact),
        contact.medium,
        contact.proved_at is not None,
        contact.unreachable_at is not None,
        contact.last_at,
    )


def masked(contact: Contact) -> str:
    """Whom a message is from, as officers see it; a dash once the person was erased."""
    return mask_address(contact.address) if contact.address else "—"
