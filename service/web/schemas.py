"""What people enter to log in, and about themselves."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from service.schemas import Schema, Text, about


class LogInSchema(Schema):
    """E-mail and password."""

    email = Text(_l("E-mail"), most=200, required=True)
    password = fields.String(required=True, metadata=about(_l("Password"), widget="password"))


class AddressSchema(Schema):
    """The address one logs in with."""

    email = Text(_l("E-mail"), most=200, required=True)


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
        required=True,
        validate=validate.Length(min=10, max=200),
        metadata=about(
            _l("New password"),
            _l("At least ten characters. A short sentence is easy to remember."),
            widget="password",
        ),
    )


class LanguageSchema(Schema):
    """The language one is greeted in after the log-in."""

    locale = fields.String(
        required=True,
        validate=validate.OneOf(["zh", "en"]),
        metadata=about(
            _l("Language after the log-in"), widget="radio", choices=[("zh", "中文"), ("en", "English")]
        ),
    )
