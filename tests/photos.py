"""Photos as phones take them, with what they tell of who took them, and phones that send them."""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

from flask import Flask
from PIL import Image
from sqlalchemy import select

from channels.models import InboundMessage
from channels.pictures import Picture, PictureState
from service.settings import Settings
from tenants.actors import Actor
from tenants.database import db
from tenants.files import StoredFile, store_file
from tenants.gate import command, query
from tenants.identifiers import new_id
from tenants.permissions import Permission
from tenants.privacy import encrypt_under, new_data_key
from tests.channels.conftest import open_channel
from tests.conftest import Office, Phone
from tests.standins.twilio import TwilioStandIn

GPS, MAKER, ORIENTATION, LATITUDE = 0x8825, 0x010F, 0x0112, 2
WHERE = (24.0, 53.0, 17.0)


def photo(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A photo lying on its side, that says where and with which phone it was taken."""
    exif = Image.Exif()
    exif[MAKER], exif[ORIENTATION] = "Zhang San's phone", 6
    exif.get_ifd(GPS)[LATITUDE] = WHERE
    written = BytesIO()
    Image.new("RGB", size, (40, 90, 160)).save(written, kind, exif=exif)
    return written.getvalue()


def says_where(content: bytes) -> bool:
    """Whether a picture says anything of how it was taken."""
    with Image.open(BytesIO(content)) as picture:
        return bool(picture.getexif()) or "exif" in picture.info or b"Zhang" in content


def handset(
    app: Flask, settings: Settings, twilio: TwilioStandIn, office: Office, number: str = "+8613800000021"
) -> Phone:
    """A phone that sends to an office's number at the stand-in."""
    channel = open_channel(office, twilio, f"+86139000{office.id:05}")
    return Phone(app, channel, number, settings.base_url, twilio.auth_token)


@query(Permission.CHANNEL_READ)
def pictures(*, by: Actor) -> list[Picture]:
    """What an office keeps of pictures, the oldest first."""
    return list(
        db.session.scalars(select(Picture).where(Picture.tenant_id == by.tenant_id).order_by(Picture.id))
    )


@query(Permission.CHANNEL_READ)
def file_of(file_id: UUID, *, by: Actor) -> StoredFile:
    """A file as it lies in the database."""
    return db.session.get_one(StoredFile, (by.tenant_id, file_id))


@command(Permission.MESSAGE_RECEIVE)
def give_picture(message: InboundMessage, *, by: Actor) -> None:
    """A picture that came with a message and is here already."""
    key = new_data_key()
    stored = store_file("1.jpg", "image/jpeg", encrypt_under(key, photo()), by=by)
    db.session.add(
        Picture(
            tenant_id=by.tenant_id,
            id=new_id(),
            channel_tenant_id=by.tenant_id,
            channel_id=message.channel_id,
            message_id=message.id,
            data_key=key,
            file_id=stored.id,
            state=PictureState.STORED,
            received_at=by.now,
            not_before=by.now,
            settled_at=by.now,
        )
    )
