"""Messages that wait for a person, as the front door leaves them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from channels.models import Handling, InboundMessage, Secrecy
from tenants.actors import Actor
from tenants.database import db
from tenants.gate import command
from tenants.permissions import Permission
from tests.conftest import Office, Phone

VILLAGER = "+8613800000001"


@command(Permission.MESSAGE_RECEIVE)
def classify(secrecy: Secrecy, *, by: Actor) -> InboundMessage:
    """Make the newest message one that waits, as secret as given."""
    message = (
        db.session.query(InboundMessage)
        .filter_by(tenant_id=by.tenant_id)
        .order_by(InboundMessage.id.desc())
        .first()
    )
    assert message is not None
    message.secrecy, message.handling = secrecy, Handling.ATTENTION
    message.reference = message.reference or "2345678904"
    if secrecy is Secrecy.SEALED:
        message.raw = message.text = None
    return message


@pytest.fixture
def waits(phone: Callable[[str, Office], Phone]) -> Callable[..., UUID]:
    """``waits(county, Secrecy.…)``: a villager's text that no dialogue understood; returns the villager's contact."""

    def make(
        office: Office, secrecy: Secrecy = Secrecy.OPEN, text: str = "hmm zz", number: str = VILLAGER
    ) -> UUID:
        phone(number, office).says(text)
        contact_id = classify(secrecy, by=office.system).contact_id
        assert contact_id is not None
        return contact_id

    return make
