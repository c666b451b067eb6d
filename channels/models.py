"""What the front door remembers: channels, contacts, what came in, what goes out, and dialogues under way."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, Owned, busy_choice, choice, only_when, ref, state_column
from tenants.labels import Labelled
from tenants.privacy import Encrypted


class Medium(Labelled):
    """The kind of address a contact writes from."""

    SMS = "sms", _l("Text message")
    WECHAT = "wechat", _l("WeChat")
    WHATSAPP = "whatsapp", "WhatsApp"
    SIMULATOR = "simulator", _l("Simulator")


class Channel(Owned, Model):
    """A number or account of an office at a provider; ``key`` is its name in the provider's callbacks.

    One that is ``shared`` serves the counties below the office too (S8).
    """

    __tablename__ = "channels"

    gateway: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str]
    credentials: Mapped[str] = mapped_column(Encrypted)
    parts_per_second: Mapped[int] = mapped_column(Integer, default=10)
    shared: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class TemplateWay(Labelled):
    """How WeChat sends an approved template: to any follower, or once to each who has subscribed to it."""

    TEMPLATE = "template", _l("Template message")
    SUBSCRIPTION = "subscription", _l("Subscription message")


class MessageTemplate(Owned, Model):
    """The code under which a provider has approved one of our messages in one language; the highest ``version`` counts.

    ``fields``: for each field of a WeChat template, the parameter of the message that fills it.
    """

    __tablename__ = "message_templates"

    channel_id: Mapped[UUID] = ref("channels", indexed=False)
    message: Mapped[str]
    locale: Mapped[str]
    version: Mapped[int] = mapped_column(Integer)
    code: Mapped[str]
    way: Mapped[TemplateWay] = choice(TemplateWay)
    fields: Mapped[dict[str, Any]]
    text: Mapped[str]
    set_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("tenant_id", "channel_id", "message", "locale", "version"),)


class Contact(Owned, Model):
    """An address someone writes from, known to one office. Everything about the person is under ``data_key`` (T7).

    Addresses of one person share ``joined_as``; ``proved_at``: since when it is shown by a code that it belongs to the
    others that are proved (T5).
    """

    __tablename__ = "contacts"

    medium: Mapped[Medium] = choice(Medium)
    address_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    address: Mapped[str | None] = mapped_column(Encrypted)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    locale: Mapped[str | None]
    written_in: Mapped[str | None]
    channel_tenant_id: Mapped[int]
    channel_id: Mapped[UUID]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    informed_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    joined_as: Mapped[UUID | None]
    proved_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_contacts_joined_as",
            "tenant_id",
            "joined_as",
            postgresql_where=condition("joined_as IS NOT NULL"),
        ),
        only_when("proved_at IS NOT NULL", "joined_as IS NOT NULL", "proved_means_joined"),
        Index("uq_contacts_address", "tenant_id", "medium", "address_index", unique=True),
        ForeignKeyConstraint(["channel_tenant_id", "channel_id"], ["channels.tenant_id", "channels.id"]),
        only_when(
            "erased_at IS NOT NULL",
            "address IS NULL AND address_index IS NULL AND data_key IS NULL",
            "erased_means_gone",
        ),
    )


class LinkAct(Labelled):
    """What was done to an address: an officer or a code joined it to others, or it was parted from them."""

    PROVED = "proved", _l("Linked by a code")
    JOINED = "joined", _l("Joined by an officer")
    PARTED = "parted", _l("Parted")


class AddressLink(Owned, Model):
    """How an address came to a person or left it; rows are only ever added, and parting reads from them what to restore.

    Each joining adds a row for every address it brings together. ``stopped_before``: since when the address itself wanted no
    broadcasts at that moment; ``reason`` is under the contact's key.
    """

    __tablename__ = "address_links"

    contact_id: Mapped[UUID] = ref("contacts")
    joined_as: Mapped[UUID]
    act: Mapped[LinkAct] = choice(LinkAct)
    stopped_before: Mapped[datetime | None]
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    by_id: Mapped[UUID | None]
    done_at: Mapped[datetime]

    __table_args__ = (only_when("act = 'joined'", "reason IS NOT NULL", "an_officer_gives_a_reason"),)


class LinkCode(Owned, Model):
    """A code sent to a phone, for another address to repeat: who can read both is one person (T5). Kept as a keyed digest."""

    __tablename__ = "link_codes"

    contact_id: Mapped[UUID] = ref("contacts")
    phone_id: Mapped[UUID] = ref("contacts")
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    wrong: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("wrong BETWEEN 0 AND 5", name="five_tries"),)


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
    FAILED = "failed", _l("Not delivered"), "bad"
    EXPIRED = "expired", _l("Too late to send"), "bad"
    SUPPRESSED = "suppressed", _l("Not sent: opted out or held back"), "warn"
    STOPPED = "stopped", _l("Not sent: stopped"), "warn"
    BY_PHONE = "by_phone", _l("Sent to the person's phone instead"), "plain"


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
    """

    __tablename__ = "outbound_messages"

    channel_tenant_id: Mapped[int]
    channel_id: Mapped[UUID]
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
            "state IN ('sent', 'delivered')",
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


class FormLink(Owned, Model):
    """A single-use link to a longer form, sent to a contact; used up by submitting, not by opening (T5)."""

    __tablename__ = "form_links"

    purpose: Mapped[str]
    subject_id: Mapped[UUID | None]
    contact_id: Mapped[UUID] = ref("contacts")
    locale: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Alarm(Owned, Model):
    """Something the platform's operator or an office must look at; the same one is raised once until it is closed."""

    __tablename__ = "alarms"

    code: Mapped[str]
    facts: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(Integer, default=1)
    mailed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    about_tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))

    __table_args__ = (
        Index(
            "uq_alarms_open",
            "tenant_id",
            "code",
            "about_tenant_id",
            unique=True,
            postgresql_where=condition("closed_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )
