"""What people enter to log in, and to look after an office."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from service.schemas import Schema, Text, about
from tenants.permissions import ASSIGNABLE


class LogInSchema(Schema):
    """E-mail and password."""

    email = Text(_l("E-mail"), most=200, required=True)
    password = fields.String(required=True, metadata=about(_l("Password"), widget="password"))


class CodeSchema(Schema):
    """The digits of an authenticator."""

    code = Text(_l("Six digits"), most=10, required=True)


class ReauthenticateSchema(Schema):
    """The password once more, and the digits where they are used."""

    password = fields.String(required=True, metadata=about(_l("Password"), widget="password"))
    code = Text(_l("Six digits of the authenticator, if you use one"), most=10)


class NewPasswordSchema(Schema):
    """A new password."""

    password = fields.String(
        required=True, validate=validate.Length(min=10, max=200),
        metadata=about(_l("New password"), _l("At least ten characters. A short sentence is easy to remember."), widget="password"),
    )


class MemberSchema(Schema):
    """A person of the office and the roles."""

    email = Text(_l("E-mail"), most=200, required=True)
    name = Text(_l("Name"), most=80, required=True)
    roles = fields.List(
        fields.String(validate=validate.OneOf([role.value for role in ASSIGNABLE])),
        required=True, validate=validate.Length(min=1),
        metadata=about(_l("Roles"), widget="checkboxes", choices=lambda: [(role.value, role.label) for role in ASSIGNABLE]),
    )


class RolesSchema(Schema):
    """A member's roles anew; none ends the membership."""

    roles = fields.List(
        fields.String(validate=validate.OneOf([role.value for role in ASSIGNABLE])), load_default=list,
        metadata=about(_l("Roles"), widget="checkboxes", choices=lambda: [(role.value, role.label) for role in ASSIGNABLE]),
    )
