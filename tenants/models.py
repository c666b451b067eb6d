"""The tenant tree and the people who log in. People belong to no tenant; their memberships do."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, Owned, choice, text_enum
from tenants.identifiers import new_id
from tenants.privacy import Encrypted


class Level(StrEnum):
    """Where an office stands in the tree (T1)."""

    PLATFORM = "platform"
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"

    @property
    def label(self) -> str:
        """The level's name on screen."""
        return LEVEL_LABELS[self]


LEVEL_LABELS = {
    Level.PLATFORM: _l("Platform"),
    Level.PROVINCE: _l("Province"),
    Level.PREFECTURE: _l("Prefecture"),
    Level.COUNTY: _l("County"),
}


class Tenant(Model):
    """One office on the deployment, with the one above it; ``reviewer_id`` decides complaints about a province."""

    __tablename__ = "tenants"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))
    code: Mapped[str] = mapped_column(unique=True)
    level: Mapped[Level] = choice(Level)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    hotline: Mapped[str | None]
    demo: Mapped[bool] = mapped_column(default=False)
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))
    created_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("(level = 'platform') = (parent_id IS NULL)", name="only_the_platform_is_a_root"),
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{0,39}$'", name="code_is_plain"),
    )

    def name(self, locale: str) -> str:
        """The office's displayed name in one language."""
        return self.name_en if locale == "en" else self.name_zh


class Person(Model):
    """Someone who logs in. Name and address are encrypted; the address is found by its blind index (T7)."""

    __tablename__ = "people"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(Encrypted)
    email_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    name: Mapped[str] = mapped_column(Encrypted)
    locale: Mapped[str] = mapped_column(default="zh")
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None] = mapped_column(Encrypted)
    totp_last_step: Mapped[int | None]
    session_key: Mapped[UUID] = mapped_column(default=new_id)
    failed_attempts: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Membership(Owned, Model):
    """What a person may do in one office, until it ends; a loan's end is known beforehand (T3).

    ``digest_on``: the last day whose digest of what waits here was made out (T8).
    """

    __tablename__ = "memberships"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    roles: Mapped[list[str]]
    lent_by: Mapped[int | None] = mapped_column(ForeignKey("tenants.id"))
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    digest_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (Index("uq_memberships_person", "tenant_id", "person_id", unique=True),)


class RecoveryLink(Model):
    """A single-use link to set a password, kept only as a hash."""

    __tablename__ = "recovery_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryRequest(Model):
    """That somebody asked for a link by mail; ``settled_at`` once it was mailed, or never can be."""

    __tablename__ = "recovery_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    asked_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class ApiToken(Owned, Model):
    """A program's way in; the secret is kept only as a hash, in the table of routes."""

    __tablename__ = "api_tokens"

    name: Mapped[str]
    roles: Mapped[list[str]]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RouteKind(StrEnum):
    """What must be found before a scope exists."""

    MEMBERSHIP = "membership"
    TOKEN = "token"
    CHANNEL = "channel"
    LINK = "link"
    REFERENCE = "reference"


class Route(Model):
    """The one table read without a scope: keyed hash of a secret or reference → its tenant and row."""

    __tablename__ = "routes"

    kind: Mapped[RouteKind] = mapped_column(text_enum(RouteKind), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id"), primary_key=True, autoincrement=False)
    target_id: Mapped[UUID]


class SettingsVersion(Owned, Model):
    """One version of a county's numbers; a past decision keeps the version it was made under (P11)."""

    __tablename__ = "settings_versions"

    number: Mapped[int]
    effective_from: Mapped[datetime]
    values: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]

    __table_args__ = (UniqueConstraint("tenant_id", "number"),)


class DayKind(StrEnum):
    """Where the knowledge about a day comes from (H5)."""

    PUBLISHED = "published"
    PROVISIONAL = "provisional"
    EDITED = "edited"


class CalendarDay(Model):
    """Whether people work on a day in China, make-up days included; the platform can edit it (H5)."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    working: Mapped[bool]
    kind: Mapped[DayKind] = choice(DayKind)
