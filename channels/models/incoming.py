"""What came in, what became of it, and dialogues under way."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from channels.models.contacts import Medium
from tenants.database import Model, Owned, busy_choice, choice, only_when, ref
from tenants.labels import Labelled


class Handling(Labelled):
    """What became of an inbound message."""

    HANDLED = "handled", _l("Handled"), "good"
    ATTENTION = "attention", _l("Waits for a person"), "warn"
    ANSWERED = "answered", _l("Answered by a person"), "good"


class Secrecy(Labelled):
    """Who may read a message that waits for a person."""

    OPEN = "open", _l("For the office")
    CASE = "case", _l("For complaint desks only")
    SEALED = "sealed", _l("For nobody: the sender is asked to send it again")


class ReplyWay(StrEnum):
    """How the reply to a message goes, where the provider waits for one only for some seconds."""

    RESPONSE = "response"
    MESSAGE = "message"


class InboundMessage(Owned, Model):
    """A message as it came, committed with all it caused. Text and reply are under the contact's key.

    Where the content belongs to a case or a sealed bid, it lives there alone and is not kept here. ``reply_way`` is decided
    once, by the first delivery that is answered. No foreign key leads to the channel, which is never deleted: each message
    would lock its one row (docs/decisions/0005).
    """

    __tablename__ = "inbound_messages"

    channel_tenant_id: Mapped[int]
    channel_id: Mapped[UUID]
    provider_id: Mapped[str]
    contact_id: Mapped[UUID] = ref("contacts")
    received_at: Mapped[datetime]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    reply: Mapped[bytes | None] = mapped_column(LargeBinary)
    reply_way: Mapped[ReplyWay | None] = busy_choice(ReplyWay, nullable=True)
    secrecy: Mapped[Secrecy] = busy_choice(Secrecy)
    handling: Mapped[Handling] = busy_choice(Handling)
    reference: Mapped[str | None]
    failure: Mapped[str | None]
    handled_by: Mapped[UUID | None]
    handled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("tenant_id", "channel_id", "provider_id"),
        Index(
            "ix_inbound_messages_attention",
            "tenant_id",
            "received_at",
            postgresql_where=condition("handling = 'attention'"),
        ),
        Index("ix_inbound_messages_time", "tenant_id", "received_at", postgresql_using="brin"),
        only_when("handling = 'attention'", "reference IS NOT NULL", "attention_has_a_reference"),
    )


class SortedMessage(Owned, Model):
    """The office that a message on a shared number was for: a repeat goes there again, whatever was said since (S8)."""

    __tablename__ = "sorted_messages"

    channel_id: Mapped[UUID] = ref("channels", indexed=False)
    provider_id: Mapped[str]
    office_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))

    __table_args__ = (UniqueConstraint("tenant_id", "channel_id", "provider_id"),)


class LastOffice(Owned, Model):
    """The office that an address on a shared number wrote to last; of when, only the day is known (S8, H3)."""

    __tablename__ = "last_offices"

    medium: Mapped[Medium] = choice(Medium)
    address_index: Mapped[bytes] = mapped_column(LargeBinary)
    office_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"))
    on_day: Mapped[date]

    __table_args__ = (UniqueConstraint("tenant_id", "medium", "address_index"),)


class Dialogue(Owned, Model):
    """A conversation under way: which dialogue, at which step, with the answers so far under the contact's key.

    One is open per contact; one that something urgent interrupted is kept aside (``parked_at``) and can be resumed.
    """

    __tablename__ = "dialogues"

    contact_id: Mapped[UUID] = ref("contacts")
    name: Mapped[str]
    step: Mapped[str]
    answers: Mapped[bytes] = mapped_column(LargeBinary)
    misses: Mapped[int] = mapped_column(Integer, default=0)
    started_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    parked_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_dialogues_open",
            "tenant_id",
            "contact_id",
            unique=True,
            postgresql_where=condition("parked_at IS NULL"),
        ),
    )
