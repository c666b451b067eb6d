"""What goes out, how far it got, and how long an account may write of its own accord."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, Owned, choice, only_when, ref, state_column
from tenants.labels import Labelled


class Lane(Labelled):
    """How urgent an outbound message is: answers before notices before bulk."""

    REPLY = "reply", _l("Answer")
    NOTICE = "transactional", _l("Notice")
    BULK = "bulk", _l("Broadcast")


class Delivery(Labelled):
    """How far an outbound message got."""

    QUEUED = "queued", _l("Waiting"), "plain"
    SENDING = "sending", _l("Sending"), "plain"
    SENT = "sent", _l("Sent"), "plain"
    DELIVERED = "delivered", _l("Delivered"), "good"
    UNCONFIRMED = "unconfirmed", _l("Sent, arrival not confirmed"), "plain"
    FAILED = "failed", _l("Not delivered"), "bad"
    EXPIRED = "expired", _l("Too late to send"), "bad"
    SUPPRESSED = "suppressed", _l("Not sent: opted out or held back"), "warn"
    STOPPED = "stopped", _l("Not sent: stopped"), "warn"
    UNREACHABLE = "unreachable", _l("Not sent: number not valid"), "warn"
    BY_PHONE = "by_phone", _l("Sent to the person's phone instead"), "plain"


WITHHELD = (Delivery.SUPPRESSED, Delivery.UNREACHABLE)
"""Kept back from people: they opted out, get too much already, or have no valid address (S5, S7)."""

NEVER_LEFT = (*WITHHELD, Delivery.STOPPED, Delivery.EXPIRED)
"""Ends without a sending: nobody is counted as having got them. What was in doubt before may have been charged all the same."""


class Announcement(Owned, Model):
    """Words said to many, kept once: the outbox rows of all who get them refer to it (S6).

    While ``held_at`` is set none of its rows is sent; ``ended_at`` once none is left that could be.
    """

    __tablename__ = "announcements"

    message: Mapped[str]
    parameters: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    held_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_announcements_under_way", "tenant_id", postgresql_where=condition("ended_at IS NULL")),
    )


class OutboundMessage(Owned, Model):
    """A message to be sent, written in the transaction that gave rise to it: a key with parameters, and the text as sent.

    The parameters are under the contact's key; those of an announcement stand with it.
    ``again_at``: when it was decided to send it once more although the provider may have taken it before (S7).
    ``template_id``: the version of the provider's template that a worker claimed it to be sent by, where it went by one; it
    stands with the office whose channel it is.
    """

    __tablename__ = "outbound_messages"

    channel_tenant_id: Mapped[int]
    channel_id: Mapped[UUID]
    template_id: Mapped[UUID | None]
    contact_id: Mapped[UUID] = ref("contacts")
    message: Mapped[str]
    parameters: Mapped[bytes | None] = mapped_column(LargeBinary)
    announcement_id: Mapped[UUID | None] = ref("announcements", nullable=True, indexed=False)
    text: Mapped[bytes | None] = mapped_column(LargeBinary)
    lane: Mapped[Lane] = choice(Lane)
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    state: Mapped[Delivery] = state_column(Delivery, Delivery.QUEUED)
    parts: Mapped[int | None] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    again_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    provider_id: Mapped[str | None]
    failure: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["channel_tenant_id", "channel_id"], ["channels.tenant_id", "channels.id"]),
        ForeignKeyConstraint(
            ["channel_tenant_id", "template_id"], ["message_templates.tenant_id", "message_templates.id"]
        ),
        CheckConstraint("num_nonnulls(parameters, announcement_id) = 1", name="words_are_somewhere"),
        Index(
            "ix_outbound_messages_due",
            "tenant_id",
            "lane",
            "announcement_id",
            "not_before",
            "id",
            postgresql_where=condition("state = 'queued'"),
        ),
        Index(
            "ix_outbound_messages_sending",
            "tenant_id",
            "claimed_at",
            postgresql_where=condition("state = 'sending'"),
        ),
        Index(
            "ix_outbound_messages_unheard",
            "tenant_id",
            "sent_at",
            postgresql_where=condition("state = 'sent'"),
        ),
        Index(
            "ix_outbound_messages_provider_id",
            "tenant_id",
            "provider_id",
            postgresql_where=condition("provider_id IS NOT NULL"),
        ),
        Index(
            "ix_outbound_messages_subject",
            "tenant_id",
            "subject_type",
            "subject_id",
            postgresql_where=condition("subject_id IS NOT NULL"),
        ),
        Index(
            "ix_outbound_messages_announcement",
            "tenant_id",
            "announcement_id",
            "id",
            postgresql_where=condition("announcement_id IS NOT NULL"),
        ),
        Index("ix_outbound_messages_month", "tenant_id", "created_at", postgresql_using="brin"),
        only_when(
            "state IN ('sent', 'delivered', 'unconfirmed')",
            "provider_id IS NOT NULL AND sent_at IS NOT NULL",
            "sent_has_proof",
        ),
    )


class DeliveryReceipt(Owned, Model):
    """What a provider reported about a message, each status once, in whatever order it came.

    ``parts``: as it counted them, where it says.
    """

    __tablename__ = "delivery_receipts"

    channel_id: Mapped[UUID] = ref("channels", indexed=False)
    provider_id: Mapped[str]
    status: Mapped[str]
    error_code: Mapped[str | None]
    parts: Mapped[int | None] = mapped_column(Integer)
    received_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("tenant_id", "channel_id", "provider_id", "status"),)


class Opening(StrEnum):
    """What a person did that lets an account send messages of its own for a while."""

    MESSAGE = "message"
    CLICK = "click"


class ReplyWindow(Owned, Model):
    """How many messages an account may still send to a contact, and until when, without the provider's templates (S6)."""

    __tablename__ = "reply_windows"

    contact_id: Mapped[UUID] = ref("contacts", indexed=False)
    opening: Mapped[Opening] = choice(Opening)
    remaining: Mapped[int] = mapped_column(Integer)
    closes_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("tenant_id", "contact_id", "opening"),
        CheckConstraint("remaining >= 0", name="never_below_nothing"),
    )
