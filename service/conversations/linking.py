"""Linking a phone by a code: who can read it there and repeat it here is one person (T5)."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select

from channels import joining_rules
from channels.contacts import contact_for
from channels.joining import hold, prove, proved_addresses
from channels.messages import in_each
from channels.models import Contact, LinkCode, Medium
from channels.outbox import tell
from service.conversations import messages
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.gate import command
from tenants.identifiers import new_id
from tenants.models import Tenant
from tenants.permissions import Permission
from tenants.privacy import keyring, mask_address
from tenants.refusals import AlreadyDone

DIGITS = 6


@dataclass(frozen=True)
class Tried:
    """What came of repeating a code: linked, or how many tries it is still good for."""

    linked: bool
    left: int = 0


@command(Permission.ADDRESS_PROVE)
def send_code(number: str, *, by: Actor) -> None:
    """Send a code to a phone, to be repeated by the sender from here (T5).

    ``number``: as somebody typed it. Refuses ``number_unclear``, ``no_channel``, ``same_address``, ``joined_already`` and
    ``too_many_codes``.
    """
    phone_id = contact_for(number, by=by).id
    assert by.id is not None
    joining_rules.require_different(by.id, phone_id)
    asker, phone = hold([by.id, phone_id], by)
    if phone.id in {one.id for one in proved_addresses(asker.id, by=by)}:
        raise AlreadyDone("joined_already")
    joining_rules.require_few_codes(
        _sent_lately(LinkCode.contact_id, asker.id, by), _sent_lately(LinkCode.phone_id, phone.id, by)
    )
    phone.written_in = phone.written_in or by.locale
    code = LinkCode(
        tenant_id=by.tenant_id,
        id=new_id(),
        contact_id=asker.id,
        phone_id=phone.id,
        digest=b"",
        sent_at=by.now,
        expires_at=by.now + joining_rules.CODE_LIVES,
    )
    words = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    code.digest = keyring().index(_spelled(code.id, words))
    db.session.add(code)
    db.session.flush()
    office = db.session.get_one(Tenant, by.tenant_id)
    said = messages.LINK_CODE(code=words, office=messages.name_of(office), where=_where(asker))
    row = tell(phone.id, said, by=by, subject=code)
    assert row is not None
    row.expires_at = code.expires_at
    record(Event.LINK_CODE_SENT, code, by)


@command(Permission.ADDRESS_PROVE)
def repeat_code(words: str, *, by: Actor) -> Tried:
    """Repeat the code last sent for the sender; the right one links the two addresses (T5).

    A wrong one counts, so it is no refusal, which would be undone. Refuses ``both_joined`` where each address is linked to
    others.
    """
    code = db.session.scalar(
        select(LinkCode)
        .where(LinkCode.tenant_id == by.tenant_id, LinkCode.contact_id == by.id)
        .order_by(LinkCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    if code is None or not joining_rules.may_be_tried(code.expires_at, code.used_at, code.wrong, by.now):
        return Tried(False)
    spelled = _spelled(code.id, words)
    right = [hmac.compare_digest(code.digest, known) for known in keyring().indexes(spelled)]
    if not any(right):
        code.wrong += 1
        return Tried(False, joining_rules.MOST_TRIES - code.wrong)
    code.used_at = by.now
    prove(code.contact_id, code.phone_id, by=by)
    return Tried(True)


@command(Permission.CONSENT_WRITE)
def forget_old_codes(*, by: Actor) -> int:
    """Delete the codes that count for nothing any more, not even for how many may be sent in a day; return how many."""
    old = delete(LinkCode).where(
        LinkCode.tenant_id == by.tenant_id, LinkCode.sent_at < by.now - joining_rules.A_DAY
    )
    return db.session.execute(old).rowcount  # type: ignore[attr-defined]


def _sent_lately(whose: object, contact_id: UUID, by: Actor) -> int:
    wanted = select(func.count()).where(
        LinkCode.tenant_id == by.tenant_id,
        whose == contact_id,  # type: ignore[arg-type]
        LinkCode.sent_at > by.now - joining_rules.A_DAY,
    )
    return db.session.scalar(wanted) or 0


def _spelled(code_id: UUID, words: str) -> str:
    return f"link code {code_id} {words}"


def _where(asker: Contact) -> object:
    """What the phone is told of who asks: its number masked, or the kind of channel."""
    if asker.medium is Medium.SMS and asker.address:
        return mask_address(asker.address)
    return in_each(asker.medium.label)
