"""The provider that tests send by, and what the outbox holds afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis

from channels.contacts import contact_for
from channels.messages import Said
from channels.models import Channel, Contact, OutboundMessage
from channels.outbox import tell
from channels.registry import add_channel
from channels.templates import set_template
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command, query
from tenants.permissions import Permission
from tests.conftest import Office
from tests.standins.twilio import TwilioStandIn


@pytest.fixture
def twilio(app: Flask, settings: Settings) -> Iterator[TwilioStandIn]:
    """The provider, speaking its own protocol over HTTP; Redis is empty."""
    Redis.from_url(settings.redis_url).flushdb()
    with TwilioStandIn() as standin:
        app.config["SETTINGS"] = replace(settings, twilio_api_url=standin.url)
        yield standin
        app.config["SETTINGS"] = settings


def open_channel(office: Office, standin: TwilioStandIn, number: str = "+8613900000009") -> Channel:
    """A number of the office at the provider, fast enough for tests."""
    credentials = {"account_sid": standin.account_sid, "auth_token": standin.auth_token}
    channel = add_channel("twilio", number, credentials, by=office.system)
    set_rate(channel, 1000, by=office.system)
    return channel


@command(Permission.CHANNEL_WRITE)
def set_rate(channel: Channel, parts_per_second: int, *, by: Actor) -> None:
    """Let a channel send so many parts in a second."""
    db.session.merge(channel).parts_per_second = parts_per_second


@command(Permission.MESSAGE_SEND)
def say(address: str, said: Said, *, by: Actor) -> OutboundMessage:
    """Say something to a number, as a room's command does."""
    row = tell(contact_for(address, by=by).id, said, by=by)
    assert row is not None
    return row


@command(Permission.MESSAGE_SEND)
def change(row: OutboundMessage, *, by: Actor, **values: object) -> None:
    """Put a row into the state in which a crash would have left it."""
    kept = db.session.get_one(OutboundMessage, (by.tenant_id, row.id))
    for name, value in values.items():
        setattr(kept, name, value)


def goes_by_template(row: OutboundMessage, code: str, *, office: Office) -> None:
    """A row goes by the second version of a template at a provider that sends such alone."""
    credentials = {"access_key_id": "1", "access_key_secret": "2", "allow_from": "any"}
    channel = add_channel("aliyun", "清河县办", credentials, by=office.system)
    for one in ("SMS_OLD", code):
        template = set_template(channel.id, row.message, "zh", one, by=office.system)
    change(row, channel_id=channel.id, template_id=template.id, by=office.system)


@command(Permission.CONSENT_WRITE)
def stop(row: OutboundMessage, *, by: Actor) -> None:
    """The recipient opts out."""
    db.session.get_one(Contact, (by.tenant_id, row.contact_id)).stopped_at = by.now


@command(Permission.MESSAGE_SEND)
def cannot_be_reached(address: str, *, by: Actor) -> None:
    """A provider has said that nothing can arrive at an address the office knows."""
    (contact,) = (
        one for one in db.session.query(Contact).filter_by(tenant_id=by.tenant_id) if one.address == address
    )
    contact.unreachable_at = by.now


@command(Permission.CONSENT_WRITE)
def choose_language(row: OutboundMessage, locale: str, *, by: Actor) -> None:
    """The recipient chooses a language."""
    db.session.get_one(Contact, (by.tenant_id, row.contact_id)).locale = locale


@query(Permission.MESSAGE_SEND)
def outbox(*, by: Actor) -> list[OutboundMessage]:
    """Everything said by the office, the oldest first."""
    return list(
        db.session.query(OutboundMessage).filter_by(tenant_id=by.tenant_id).order_by(OutboundMessage.id)
    )


@query(Permission.MESSAGE_SEND)
def recipient(row: OutboundMessage, *, by: Actor) -> Contact:
    """Whom a row is for."""
    return db.session.get_one(Contact, (by.tenant_id, row.contact_id))
