"""The offices' numbers and accounts at their providers, the codes approved there, and what goes wrong with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column

from tenants.database import Model, Owned, choice, only_when, ref
from tenants.labels import Labelled
from tenants.privacy import Encrypted


class Channel(Owned, Model):
    """A number or account of an office at a provider; ``key`` is its name in the provider's callbacks.

    One that is ``shared`` serves counties below the office too: those in ``shared_with`` by their codes, or all of them
    (S8). ``also_called``: other names of such counties, by their codes. ``unshared_at``: when the sharing ended last.
    """

    __tablename__ = "channels"

    gateway: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str]
    credentials: Mapped[str] = mapped_column(Encrypted)
    parts_per_second: Mapped[int] = mapped_column(Integer, default=10)
    shared: Mapped[bool] = mapped_column(default=False)
    shared_with: Mapped[list[str]] = mapped_column(default=list)
    also_called: Mapped[dict[str, Any]] = mapped_column(default=dict)
    unshared_at: Mapped[datetime | None]
    added_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (only_when("shared_with <> '[]'", "shared", "chosen_counties_are_served"),)


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
