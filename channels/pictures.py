"""Pictures that people send: where they are at the provider, what became of them, and to what they belong (H1, O2, M3).

Each has a key of its own. One that belongs to a case is kept by the office that decides the case, and nothing in it leads to
the message it came with: who may read the case sees it, and nobody else (H3, H4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKeyConstraint, Index, Integer, LargeBinary, delete, func, select, update
from sqlalchemy import text as condition
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql import ColumnElement

from channels.gateways import Media
from channels.jobs import fetch_soon
from channels.joining import proved_addresses
from channels.models import Contact, InboundMessage, Secrecy
from tenants.actors import Actor
from tenants.database import Model, Owned, db, only_when, ref, state_column
from tenants.files import StoredFile
from tenants.gate import after_commit, run_plain_at_commit
from tenants.identifiers import new_id
from tenants.labels import Labelled
from tenants.plain import Statement
from tenants.privacy import DataKey, Encrypted, keyring, mask_address, new_data_key
from tenants.refusals import NotFound


class PictureState(Labelled):
    """What became of a picture."""

    WAITING = "waiting", _l("On its way"), "plain"
    STORED = "stored", _l("Here"), "good"
    REFUSED = "refused", _l("Not kept: no picture, or too large"), "warn"
    LOST = "lost", _l("Lost: the provider does not give it any more"), "bad"


class Picture(Owned, Model):
    """A picture or document from a phone. ``at_provider``: where it waits; gone once it is settled.

    ``message_id``: the message it came with; none for one that belongs to a case. ``subject_type`` and ``subject_id``: what
    it belongs to, where that is more than its message.
    """

    __tablename__ = "pictures"

    channel_tenant_id: Mapped[int]
    channel_id: Mapped[UUID]
    message_id: Mapped[UUID | None] = ref("inbound_messages", nullable=True)
    subject_type: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    at_provider: Mapped[str | None] = mapped_column(Encrypted)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    file_id: Mapped[UUID | None] = ref("stored_files", nullable=True, indexed=False)
    state: Mapped[PictureState] = state_column(PictureState, PictureState.WAITING)
    failure: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    received_at: Mapped[datetime]
    not_before: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["channel_tenant_id", "channel_id"], ["channels.tenant_id", "channels.id"]),
        Index("ix_pictures_due", "tenant_id", "not_before", postgresql_where=condition("state = 'waiting'")),
        Index(
            "ix_pictures_subject",
            "tenant_id",
            "subject_type",
            "subject_id",
            postgresql_where=condition("subject_id IS NOT NULL"),
        ),
        only_when("state = 'waiting'", "at_provider IS NOT NULL", "waiting_is_somewhere"),
        only_when("state <> 'waiting'", "at_provider IS NULL AND settled_at IS NOT NULL", "settled_is_here"),
        only_when("state = 'stored'", "file_id IS NOT NULL", "stored_has_a_file"),
    )


Lifted = list[tuple[dict[str, Any], dict[str, Any] | None]]
"""The facts of pictures, each with those of its file, while they are on their way to another place."""


@dataclass
class Pictures:
    """The pictures that came with a message, while it is handled; each dialogue may take them for what it is about.

    ``lifted``: what its sender had shown before it was known whose it is (S8). ``unseen``: nobody may look at them, so they are
    kept nowhere (C5). ``guarded``: nobody may look at them until it is known whose they are.
    """

    channel_tenant_id: int
    channel_id: UUID
    media: tuple[Media, ...] = field(repr=False)
    lifted: Lifted = field(default_factory=list, repr=False)
    taken: bool = False
    elsewhere: bool = False
    unseen: bool = False
    guarded: bool = False
    subject: tuple[str, UUID] | None = None

    def go_with(self, subject: Owned) -> None:
        """They belong to this row of the office that got the message, and stay with their message."""
        self.taken, self.subject = True, (_table(subject), subject.id)

    def stay(self) -> None:
        """They stay with their message for now; the dialogue remembers it."""
        self.taken = True

    def release(self) -> None:
        """What took them was undone."""
        self.taken, self.elsewhere, self.subject = False, False, None


@dataclass(frozen=True)
class Shown:
    """A picture in a list; ``sender`` is masked, and None for a case, which keeps its sender to itself."""

    id: UUID
    state: PictureState
    content_type: str | None
    received_at: datetime
    sender: str | None = None


@dataclass(frozen=True)
class Content:
    """What a picture holds, readable."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


KEEP_PICTURE = Statement(
    """
    INSERT INTO pictures (tenant_id, id, channel_tenant_id, channel_id, message_id, subject_type, subject_id, at_provider,
                          data_key, state, attempts, received_at, not_before)
    VALUES (CAST(%(tenant)s AS int), %(id)s, %(channel_tenant)s, %(channel)s, %(message)s, %(subject_type)s, %(subject)s,
            %(at_provider)s, %(data_key)s, 'waiting', 0, %(now)s, %(now)s)
    """
)


def keep_with_message(pictures: Pictures, message_id: UUID, secrecy: Secrecy, *, by: Actor) -> None:
    """Keep what came with a message, in its own transaction. What nobody took from a sealed one is not kept (C5)."""
    if pictures.elsewhere or pictures.unseen or (secrecy is Secrecy.SEALED and not pictures.taken):
        return
    subject_type, subject_id = pictures.subject or (None, None)
    for media in pictures.media:
        picture = {
            "tenant": by.tenant_id,
            "id": new_id(),
            "channel_tenant": pictures.channel_tenant_id,
            "channel": pictures.channel_id,
            "message": message_id,
            "subject_type": subject_type,
            "subject": subject_id,
            "at_provider": keyring().encrypt(media.url.encode("utf-8", "surrogatepass")),
            "data_key": new_data_key(),
            "now": by.now,
        }
        run_plain_at_commit(KEEP_PICTURE, picture)
    if pictures.lifted:
        _put(pictures.lifted, by, message_id=message_id, subject_type=subject_type, subject_id=subject_id)
    after_commit(fetch_soon)


def keep_for(subject: Owned, pictures: Pictures, *, by: Actor) -> None:
    """Keep pictures for a row of the actor's office alone, with no trace of their message; inside its command (H3)."""
    db.session.add_all(
        Picture(
            tenant_id=by.tenant_id,
            id=new_id(),
            channel_tenant_id=pictures.channel_tenant_id,
            channel_id=pictures.channel_id,
            subject_type=_table(subject),
            subject_id=subject.id,
            at_provider=media.url,
            data_key=new_data_key(),
            received_at=by.now,
            not_before=by.now,
        )
        for media in pictures.media
    )
    lay(pictures.lifted, subject, by=by)
    pictures.taken = pictures.elsewhere = True


def attach(message_ids: Collection[UUID], subject: Owned, *, by: Actor) -> None:
    """What the sender showed before belongs to this row from now on, also if it came from another address that a code has proved;
    for use inside a command."""
    addresses = [one.id for one in proved_addresses(by.id, by=by)] if by.id else []
    own = select(InboundMessage.id).where(
        InboundMessage.tenant_id == by.tenant_id,
        InboundMessage.id.in_(message_ids),
        InboundMessage.contact_id.in_(addresses),
    )
    db.session.execute(
        update(Picture)
        .where(Picture.tenant_id == by.tenant_id, Picture.message_id.in_(own))
        .values(subject_type=_table(subject), subject_id=subject.id)
    )


def lift(of: Owned | Collection[UUID], *, by: Actor) -> Lifted:
    """Take the pictures of a row, or those that came with these messages, away from where they are; inside a command."""
    own = _of(of) if isinstance(of, Owned) else (Picture.message_id.in_(of),)
    pictures = db.session.scalars(
        select(Picture).where(Picture.tenant_id == by.tenant_id, *own).order_by(Picture.id).with_for_update()
    ).all()
    files = {
        stored.id: _facts(stored)
        for stored in db.session.scalars(
            select(StoredFile).where(
                StoredFile.tenant_id == by.tenant_id, StoredFile.id.in_({one.file_id for one in pictures})
            )
        )
    }
    lifted: Lifted = [(_facts(one), files.get(one.file_id) if one.file_id else None) for one in pictures]
    for model, ids in ((Picture, [one.id for one in pictures]), (StoredFile, list(files))):
        db.session.execute(delete(model).where(model.tenant_id == by.tenant_id, model.id.in_(ids)))
    return lifted


def lay(lifted: Lifted, subject: Owned, *, by: Actor) -> None:
    """Put lifted pictures down at a row of the actor's office, without their messages; for use inside a command."""
    _put(lifted, by, message_id=None, subject_type=_table(subject), subject_id=subject.id)
    after_commit(fetch_soon)


def _put(lifted: Lifted, by: Actor, **place: Any) -> None:
    here: dict[str, Any] = {"tenant_id": by.tenant_id}
    db.session.add_all(StoredFile(**(stored | here)) for _picture, stored in lifted if stored)
    db.session.flush()
    db.session.add_all(
        Picture(**(picture | here | place | {"not_before": by.now})) for picture, _stored in lifted
    )
    db.session.flush()


def forget_moment(subject: Owned, *, by: Actor) -> None:
    """Keep only the day on which the pictures of a row came; for use inside a command (H3)."""
    db.session.execute(
        update(Picture)
        .where(Picture.tenant_id == by.tenant_id, *_of(subject))
        .values(received_at=func.date_trunc("day", Picture.received_at))
    )


def pictures_of(subjects: Iterable[Owned], *, by: Actor) -> dict[UUID, list[Shown]]:
    """The pictures of each row, oldest first; for use inside a gate that let the actor read the rows."""
    rows = list(subjects)
    if not rows:
        return {}
    found = _shown(
        (Picture.subject_type == _table(rows[0]), Picture.subject_id.in_({row.id for row in rows})), by
    )
    return _grouped((shown, picture.subject_id) for picture, shown in found)


def pictures_with(message_ids: Collection[UUID], *, by: Actor) -> dict[UUID, list[Shown]]:
    """The pictures that came with each message; for use inside a gate that let the actor read the messages."""
    found = _shown((Picture.message_id.in_(message_ids),), by) if message_ids else []
    return _grouped((shown, picture.message_id) for picture, shown in found)


def open_picture(picture_id: UUID, of: Owned | Collection[UUID], *, by: Actor) -> Content:
    """What a picture of a row, or one that came with these messages, holds; ``NotFound`` otherwise; inside such a gate."""
    own = _of(of) if isinstance(of, Owned) else (Picture.message_id.in_(of),)
    row = db.session.execute(
        select(Picture.data_key, StoredFile)
        .join(StoredFile, (StoredFile.tenant_id == Picture.tenant_id) & (StoredFile.id == Picture.file_id))
        .where(Picture.tenant_id.in_(by.readable), Picture.id == picture_id, *own)
    ).first()
    if row is None or row.data_key is None:
        raise NotFound("not_found", what="pictures")
    stored = row.StoredFile
    return Content(stored.name, stored.content_type, DataKey(row.data_key).open(stored.content))


def forget_pictures(contact_id: UUID, *, by: Actor) -> None:
    """Destroy the keys of what a contact sent; for use inside the command that erases the person (T7).

    What still waits at the provider is not fetched any more, and nobody is alarmed.
    """
    messages = select(InboundMessage.id).where(
        InboundMessage.tenant_id == by.tenant_id, InboundMessage.contact_id == contact_id
    )
    own = update(Picture).where(Picture.tenant_id == by.tenant_id, Picture.message_id.in_(messages))
    db.session.execute(
        own.where(Picture.state == PictureState.WAITING).values(
            state=PictureState.LOST, failure="erased", at_provider=None, settled_at=by.now
        )
    )
    db.session.execute(own.values(data_key=None))


def _shown(own: tuple[ColumnElement[bool], ...], by: Actor) -> list[tuple[Picture, Shown]]:
    rows = db.session.execute(
        select(Picture, StoredFile.content_type, Contact.address)
        .outerjoin(
            StoredFile, (StoredFile.tenant_id == Picture.tenant_id) & (StoredFile.id == Picture.file_id)
        )
        .outerjoin(
            InboundMessage,
            (InboundMessage.tenant_id == Picture.tenant_id) & (InboundMessage.id == Picture.message_id),
        )
        .outerjoin(
            Contact, (Contact.tenant_id == Picture.tenant_id) & (Contact.id == InboundMessage.contact_id)
        )
        .where(Picture.tenant_id.in_(by.readable), *own)
        .order_by(Picture.id)
    )
    return [
        (
            picture,
            Shown(
                picture.id,
                picture.state,
                content_type,
                picture.received_at,
                mask_address(address) if address else None,
            ),
        )
        for picture, content_type, address in rows
    ]


def _grouped(pairs: Iterable[tuple[Shown, UUID | None]]) -> dict[UUID, list[Shown]]:
    found: dict[UUID, list[Shown]] = {}
    for shown, key in pairs:
        if key is not None:
            found.setdefault(key, []).append(shown)
    return found


def _of(subject: Owned) -> tuple[ColumnElement[bool], ...]:
    return Picture.subject_type == _table(subject), Picture.subject_id == subject.id


def _table(subject: Owned) -> str:
    return subject.__tablename__  # type: ignore[attr-defined]


def _facts(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
