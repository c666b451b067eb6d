"""What an administrator enters about the office."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from datetime import time
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from service.schemas import Schema, Text, about, bounds
from tenants.permissions import ASSIGNABLE, Role
from tenants.settings import CountySettings


class RoleField(fields.List):
    """Roles that an administrator may give."""

    def __init__(self, **kwargs: Any) -> None:
        """Shown as check boxes."""
        super().__init__(
            fields.Enum(Role, by_value=True, validate=validate.OneOf(ASSIGNABLE)),
            metadata=about(
                _l("Roles"),
                widget="checkboxes",
                choices=lambda: [(role.value, role.label) for role in ASSIGNABLE],
            ),
            **kwargs,
        )


class MemberSchema(Schema):
    """A person of the office."""

    id = fields.UUID(dump_only=True)
    email = Text(_l("E-mail"), most=200, required=True)
    name = Text(_l("Name"), most=80, required=True)
    roles = RoleField(required=True, validate=validate.Length(min=1))


class RolesSchema(Schema):
    """Someone's roles anew; none ends the work for this office."""

    roles = RoleField(load_default=list)


class LoanSchema(Schema):
    """A person lent to an office below."""

    office = fields.String(required=True, metadata=about(_l("To which office"), widget="select"))
    roles = RoleField(required=True, validate=validate.Length(min=1))
    until = fields.Date(
        required=True, metadata=about(_l("Until the end of"), _l("The office can end it earlier."))
    )


class TokenSchema(Schema):
    """A program's way in."""

    id = fields.UUID(dump_only=True)
    name = Text(_l("What for"), most=80, required=True, hint=_l("Such as: the county's own data platform."))
    roles = RoleField(required=True, validate=validate.Length(min=1))
    issued_at = fields.AwareDateTime(dump_only=True)
    expires_at = fields.AwareDateTime(dump_only=True)


class IssuedTokenSchema(TokenSchema):
    """A token just issued, with its secret, which is shown this once."""

    secret = fields.String(dump_only=True)


class ChannelSchema(Schema):
    """A number at Twilio."""

    id = fields.UUID(dump_only=True)
    gateway = fields.String(dump_only=True)
    number = Text(
        _l("Number"),
        most=30,
        required=True,
        hint=_l("In international form, such as +8613900000000; at WhatsApp: whatsapp:+14155238886."),
    )
    account_sid = Text(_l("Account SID"), most=64, required=True, load_only=True)
    auth_token = Text(_l("Auth token"), most=64, required=True, load_only=True, widget="password")
    messaging_service = Text(
        _l("Messaging Service SID"),
        most=64,
        load_default="",
        load_only=True,
        hint=_l("MG…, where a service chooses the sending number; else leave it empty."),
    )


class AliyunSchema(Schema):
    """A signature at Aliyun SMS."""

    id = fields.UUID(dump_only=True)
    gateway = fields.String(dump_only=True)
    number = Text(
        _l("Signature"), most=20, required=True, hint=_l("As it was approved, without its brackets.")
    )
    access_key_id = Text(_l("AccessKey ID"), most=64, required=True, load_only=True)
    access_key_secret = Text(
        _l("AccessKey Secret"), most=64, required=True, load_only=True, widget="password"
    )


class TemplateSchema(Schema):
    """The code under which a provider has approved a message in a language."""

    message = Text(_l("Message name"), most=80, required=True)
    locale = fields.String(
        required=True, validate=validate.OneOf(["zh", "en"]), metadata=about(_l("Language"))
    )
    code = Text(_l("Template code"), most=64, required=True)
    version = fields.Integer(dump_only=True)
    text = fields.String(dump_only=True)
    set_at = fields.AwareDateTime(dump_only=True)


def _field_of(spec: Any) -> fields.Field:
    kinds: dict[type, type[fields.Field]] = {int: fields.Integer, Decimal: fields.Decimal, time: fields.Time}
    kind = type(spec.default)
    options: dict[str, Any] = {"format": "%H:%M"} if kind is time else {}
    hint = bounds(spec.metadata["least"], spec.metadata["most"])
    return kinds[kind](
        required=True, metadata=about(spec.metadata["label"], hint, unit=spec.metadata["unit"]), **options
    )


SettingsSchema: type[Schema] = type(
    "SettingsSchema", (Schema,), {spec.name: _field_of(spec) for spec in dataclass_fields(CountySettings)}
)
"""A field for each number of ``CountySettings``, made from its declaration."""

SettingsChangeSchema: type[Schema] = type("SettingsChangeSchema", (SettingsSchema,), {})
"""Some of the numbers: what a program leaves out stays as it is."""
