"""Addresses people write from, which of them are one person's, and links sent to them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, LargeBinary
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, Owned, choice, only_when, ref
from tenants.labels import Labelled
from tenants.privacy import Encrypted


class Medium(Labelled):
    """The kind of address a contact writes from."""

    SMS = "sms", _l("Text message")
    WECHAT = "wechat", _l("WeChat")
    WHATSAPP = "whatsapp", "WhatsApp"
    SIMULATOR = "simulator", _l("Simulator")


class Contact(Owned, Model):
    """An address someone writes from, known to one office. Everything about the person is under ``data_key`` (T7).

    Addresses of one person share ``joined_as``; ``proved_at``: since when it is shown by a code that it belongs to the
    others that are proved (T5). ``unreachable_at``: since when its provider says that no message can ever arrive there (S7).
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
    unreachable_at: Mapped[datetime | None]
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
