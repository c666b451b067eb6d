"""Fetching what people sent from their providers, where it does not stay for ever (S1, T7).

A picture is claimed in one transaction and settled in another; the provider is called between them. A worker that dies in
between leaves it waiting, and the next sweep fetches it: asking twice changes nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import delete, select

from channels import sayings
from channels.alarms import raise_alarm
from channels.claiming import everywhere
from channels.cleaning import LARGEST_PICTURE, Clean, NotAPicture, cleaned
from channels.gateways import Permanent, SendFailure, TooLarge
from channels.jobs import fetch_soon
from channels.models import InboundMessage, Secrecy
from channels.outbox import tell
from channels.pictures import Picture, PictureState
from channels.providers import GATEWAYS, credentials_of
from channels.registry import channel_by_id
from tenants.actors import Actor
from tenants.audit import record
from tenants.database import db
from tenants.events import Event
from tenants.files import StoredFile, store_file
from tenants.gate import command, query
from tenants.permissions import Permission
from tenants.privacy import encrypt_under
from tenants.refusals import NotFound

log = structlog.get_logger()

MOST_ATTEMPTS = 7
FIRST_PAUSE = timedelta(seconds=30)
"""The pause after the first attempt; each further one is four times as long, so that the last comes after eleven hours."""

UNCLAIMED = timedelta(days=30)
"""How long a picture shown on the way is kept for a conversation that may still be ended: longer than any lies aside (S4)."""

LEASE = timedelta(minutes=5)
"""How long a claimed picture is left to its worker, who waits no longer than two minutes for a provider."""

AT_ONCE = 20
TURN = 20.0
"""Seconds after which a job lets other jobs have their turn."""


@dataclass(frozen=True)
class Wanted:
    """A picture that this worker has claimed."""

    tenant_id: int
    id: UUID
    claimed_until: datetime
    attempts: int
    channel: tuple[int, UUID]
    where: str = field(repr=False)


Outcome = Clean | SendFailure | NotAPicture | TooLarge


def fetch_due() -> int:
    """Fetch what waits at the providers, what waits longest first; return how many were asked for."""
    until, asked = time.monotonic() + TURN, 0
    while True:
        before = asked
        for office, picture_id in _find_due(by=everywhere()):
            if time.monotonic() > until:
                fetch_soon()
                return asked
            wanted = _claim(picture_id, by=_system(office))
            if wanted is not None:
                asked += 1
                _settle_surely(wanted, _fetched(wanted), by=_system(office))
        if asked == before:
            return asked


def forget_unclaimed() -> None:
    """Delete what was shown in a registration that nobody finished, once the dialogue has been forgotten (S4, T7)."""
    system = everywhere()
    for office in system.readable:
        _forget_unclaimed(by=system.as_system(office))


def _system(office: int) -> Actor:
    return Actor.system(office, now=current_app.config["CLOCK"]())


def _settle_surely(wanted: Wanted, outcome: Outcome, *, by: Actor) -> None:
    """What cannot be settled as it came counts as one more attempt that failed; it never holds up another picture."""
    for one in (outcome, SendFailure("our side")):
        try:
            _settle(wanted, one, by=by)
            return
        except Exception:
            log.exception("picture_not_settled", id=str(wanted.id))


def _fetched(wanted: Wanted) -> Outcome:
    if wanted.attempts > MOST_ATTEMPTS:
        # Nobody lived to settle the last attempt, perhaps because of what came.
        return Permanent("our side")
    try:
        channel = channel_by_id(*wanted.channel)
        gateway = GATEWAYS[channel.gateway]
        content = gateway.fetch_media(wanted.where, credentials_of(channel), LARGEST_PICTURE)
        return cleaned(content)
    except NotFound:
        return Permanent("channel_closed")
    except (SendFailure, NotAPicture, TooLarge) as failure:
        return failure
    except Exception:
        log.exception("fetching_failed", id=str(wanted.id))
        return SendFailure("our side")


@query(Permission.MESSAGE_RECEIVE)
def _find_due(*, by: Actor) -> list[tuple[int, UUID]]:
    rows = db.session.execute(
        select(Picture.tenant_id, Picture.id)
        .where(
            Picture.tenant_id.in_(by.readable),
            Picture.state == PictureState.WAITING,
            Picture.not_before <= by.now,
        )
        .order_by(Picture.not_before)
        .limit(AT_ONCE)
    )
    return [(office, picture_id) for office, picture_id in rows]


@command(Permission.MESSAGE_RECEIVE)
def _claim(picture_id: UUID, *, by: Actor) -> Wanted | None:
    """Claim a picture unless another worker did meanwhile: it is due again once the lease has run out."""
    row = db.session.scalar(
        select(Picture)
        .where(
            Picture.tenant_id == by.tenant_id,
            Picture.id == picture_id,
            Picture.state == PictureState.WAITING,
            Picture.not_before <= by.now,
        )
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.attempts, row.not_before = row.attempts + 1, by.now + LEASE
    channel = (row.channel_tenant_id, row.channel_id)
    return Wanted(row.tenant_id, row.id, row.not_before, row.attempts, channel, row.at_provider or "")


@command(Permission.MESSAGE_RECEIVE)
def _settle(wanted: Wanted, outcome: Outcome, *, by: Actor) -> None:
    """Keep what came, or say what became of it; nothing where it was moved elsewhere or claimed again meanwhile."""
    picture = db.session.scalar(
        select(Picture)
        .where(
            Picture.tenant_id == by.tenant_id,
            Picture.id == wanted.id,
            Picture.state == PictureState.WAITING,
            Picture.not_before == wanted.claimed_until,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if picture is None:
        return
    if isinstance(outcome, Clean):
        _store(picture, outcome, by)
    elif isinstance(outcome, NotAPicture | TooLarge):
        _give_up(picture, PictureState.REFUSED, type(outcome).__name__, by)
    elif isinstance(outcome, Permanent) or picture.attempts >= MOST_ATTEMPTS:
        _give_up(picture, PictureState.LOST, outcome.code, by)
    else:
        picture.failure = outcome.code
        pause = FIRST_PAUSE * 4 ** (picture.attempts - 1)
        picture.not_before = by.now + max(pause, timedelta(seconds=outcome.retry_after or 0))


def _store(picture: Picture, clean: Clean, by: Actor) -> None:
    assert picture.data_key is not None, "what waits of an erased person is settled as the person is erased"
    content = encrypt_under(picture.data_key, clean.content)
    stored = store_file(f"{picture.id}.{clean.kind}", clean.content_type, content, by=by)
    picture.file_id, picture.at_provider, picture.failure = stored.id, None, None
    picture.state, picture.settled_at = PictureState.STORED, by.now


def _give_up(picture: Picture, state: PictureState, failure: str, by: Actor) -> None:
    """Tell the sender, where the picture has one, and of a loss the office as well."""
    picture.state, picture.failure, picture.at_provider, picture.settled_at = state, failure, None, by.now
    record(Event.PICTURE_NOT_KEPT, picture, by, state=state, failure=failure)
    if state is PictureState.LOST:
        raise_alarm("picture_lost", about_tenant_id=by.tenant_id, reason=failure, by=by)
    sender = db.session.scalar(
        select(InboundMessage.contact_id).where(
            InboundMessage.tenant_id == by.tenant_id, InboundMessage.id == picture.message_id
        )
    )
    if sender is not None:
        said = sayings.PICTURE_LOST() if state is PictureState.LOST else sayings.PICTURE_REFUSED()
        tell(sender, said, by=by)


@command(Permission.MESSAGE_RECEIVE)
def _forget_unclaimed(*, by: Actor) -> None:
    rows = db.session.execute(
        select(Picture.id, Picture.file_id)
        .join(
            InboundMessage,
            (InboundMessage.tenant_id == Picture.tenant_id) & (InboundMessage.id == Picture.message_id),
        )
        .where(
            Picture.tenant_id == by.tenant_id,
            Picture.subject_id.is_(None),
            Picture.received_at < by.now - UNCLAIMED,
            InboundMessage.secrecy == Secrecy.SEALED,
        )
    ).all()
    if not rows:
        return
    for model, ids in ((Picture, [row.id for row in rows]), (StoredFile, [row.file_id for row in rows])):
        db.session.execute(delete(model).where(model.tenant_id == by.tenant_id, model.id.in_(ids)))
    record(Event.PICTURES_FORGOTTEN, ("pictures", rows[0].id), by, number=len(rows))
