"""What an administrator enters about the office's numbers. Credentials go in and never come out again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from channels.models import TemplateWay
from service.schemas import Choice, Schema, Text, about
from tenants.labels import Labelled


def _secret(label: Any, **kwargs: Any) -> Text:
    return Text(label, most=200, load_only=True, widget="password", **kwargs)


def _networks(hint: Any, **kwargs: Any) -> Text:
    return Text(_l("Requests come from"), most=200, load_only=True, hint=hint, **kwargs)


class _Added(Schema):
    """What is told of a channel once it is there."""

    id = fields.UUID(dump_only=True)
    gateway = fields.String(dump_only=True)


class TwilioSchema(_Added):
    """A number at Twilio."""

    number = Text(
        _l("Number"),
        most=30,
        required=True,
        hint=_l("In international form, such as +8613900000000; at WhatsApp: whatsapp:+14155238886."),
    )
    account_sid = Text(_l("Account SID"), most=64, required=True, load_only=True)
    auth_token = _secret(_l("Auth token"), required=True)
    messaging_service = Text(
        _l("Messaging Service SID"),
        most=64,
        load_default="",
        load_only=True,
        hint=_l("MG…, where a service chooses the sending number; else leave it empty."),
    )


class AliyunSchema(_Added):
    """A signature at Aliyun SMS."""

    number = Text(
        _l("Signature"), most=20, required=True, hint=_l("As it was approved, without its brackets.")
    )
    access_key_id = Text(_l("AccessKey ID"), most=64, required=True, load_only=True)
    access_key_secret = _secret(_l("AccessKey Secret"), required=True)
    allow_from = _networks(
        _l("Addresses or networks, with commas between them; “any” where you do not know them."),
        required=True,
    )


class WeChatSchema(_Added):
    """A WeChat Official Account."""

    number = Text("AppID", most=40, required=True, hint=_l("wx and 16 letters and digits."))
    app_secret = _secret("AppSecret", required=True)
    token = _secret(_l("Token"), required=True, hint=_l("The one you enter at WeChat too."))
    encoding_aes_key = _secret(
        "EncodingAESKey", load_default="", hint=_l("43 characters; without it messages come in plain.")
    )


class KannelSchema(_Added):
    """A number behind a Kannel of one's own."""

    number = Text(
        _l("Number"),
        most=30,
        required=True,
        hint=_l("The one, or the short code, that operators route here."),
    )
    sendsms_url = Text(
        _l("Where it takes messages"),
        most=200,
        required=True,
        load_only=True,
        hint="http://…:13013/cgi-bin/sendsms",
    )
    username = Text(_l("Its sendsms-user"), most=64, required=True, load_only=True)
    password = _secret(_l("That user's password"), required=True)
    allow_from = _networks(_l("Kannel's own addresses or networks, with commas between them."), required=True)


CHANNELS: Mapping[str, type[_Added]] = {
    "aliyun": AliyunSchema,
    "wechat": WeChatSchema,
    "kannel": KannelSchema,
    "twilio": TwilioSchema,
}
"""What each gateway asks for; those that serve both ways in mainland China come first."""

_DRAW = about(
    _l("Draw the secret in the addresses anew"),
    _l(
        "Whoever knew the old addresses can do nothing with them; the new ones must be entered at the provider."
    ),
)


class _AliyunRenewalSchema(AliyunSchema):
    """What may change at Aliyun SMS, and the secret that its pushes bring."""

    draw_secret = fields.Boolean(load_default=False, load_only=True, metadata=_DRAW)


class _KannelRenewalSchema(KannelSchema):
    """What may change at a Kannel, and the secret that its requests bring."""

    draw_secret = fields.Boolean(load_default=False, load_only=True, metadata=_DRAW)


_RENEWALS: Mapping[str, type[_Added]] = {
    **CHANNELS,
    "aliyun": _AliyunRenewalSchema,
    "kannel": _KannelRenewalSchema,
}


def renewal_of(gateway: str) -> Schema:
    """What a channel's provider may have exchanged: as it was added, but for its number. What is left empty stays."""
    schema = _RENEWALS[gateway](exclude=("number",), partial=True)
    for known in schema.fields.values():
        if known.load_default == "":
            known.metadata = {
                **known.metadata,
                "hint": None,
            }  # it says what leaving it empty means when adding
        known.required = False
    return schema


PROVIDERS = {
    "aliyun": _l("Aliyun SMS"),
    "wechat": _l("WeChat Official Account"),
    "kannel": "Kannel",
    "twilio": "Twilio",
    "simulator": _l("Simulator"),
}


class ChannelSchema(_Added):
    """A channel of the office; one that is ``shared`` serves these counties too, or all where none is named."""

    number = fields.String(dump_only=True)
    added_at = fields.AwareDateTime(dump_only=True)
    shared = fields.Boolean(dump_only=True)
    counties = fields.List(fields.String(), attribute="shared_with", dump_only=True)
    other_names = fields.Dict(attribute="also_called", dump_only=True)


class RenewalSchema(Schema):
    """What has changed of a channel's credentials, by name; an empty ``secret`` is drawn anew."""

    credentials = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(max=200)),
        required=True,
        load_only=True,
    )


class SharingSchema(Schema):
    """The counties that a number serves too, by their codes; all of them where none is named."""

    counties = fields.List(fields.String(), load_default=list)


class CountyNamesSchema(Schema):
    """Other names by which people call a county on a shared number."""

    names = fields.List(
        fields.String(),
        load_default=list,
        metadata=about(_l("Other names"), _l("Such as a former name; 2 to 16 letters."), widget="lines"),
    )


class Sharing(Labelled):
    """With whom a number is shared."""

    ALL = "all", _l("All counties, also new ones")
    SOME = "some", _l("Only the counties ticked here")


class CountiesSchema(Schema):
    """The same as an administrator ticks it: nobody shares with all by ticking none."""

    whom = Choice(Sharing, _l("Who uses the number too"), widget="radio", required=True)
    counties = fields.List(
        fields.String(), load_default=list, metadata=about(_l("Counties"), widget="checkboxes", choices=())
    )

    @validates_schema
    def require_some(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        """Some means at least one."""
        if data.get("whom") is Sharing.SOME and not data["counties"]:
            raise ValidationError([_l("Please tick at least one county.")], "counties")


FILLED = re.compile(r"\w+=\w+\Z")


def is_filled(line: str) -> None:
    """A template's field and the parameter that fills it."""
    if not FILLED.match(line):
        raise ValidationError([_l("Please write FIELD=PARAMETER.")])


class CodeSchema(Schema):
    """The code under which a provider has approved a message in a language."""

    code = Text(
        _l("Template code"),
        most=64,
        required=True,
        hint=_l("As the provider gave it, such as SMS_123456789."),
    )


class FilledSchema(Schema):
    """An approved template of WeChat, with what fills its fields."""

    code = Text(_l("Template ID"), most=64, required=True, hint=_l("As WeChat shows it in the account."))
    way = Choice(TemplateWay, _l("Kind"), required=True)
    filled = fields.List(
        fields.String(validate=is_filled),
        load_default=list,
        metadata=about(_l("Fields"), _l("FIELD=PARAMETER, such as thing2=outcome."), widget="lines"),
    )


class TemplateSchema(Schema):
    """The code under which a provider has approved a message in a language, as programs note it."""

    message = Text(_l("Message name"), most=80, required=True)
    locale = fields.String(
        required=True, validate=validate.OneOf(["zh", "en"]), metadata=about(_l("Language"))
    )
    code = Text(_l("Template code"), most=64, required=True)
    way = Choice(TemplateWay, _l("Kind"), load_default=TemplateWay.TEMPLATE)
    filled = fields.Dict(
        keys=fields.String(), values=fields.String(), load_default=dict, data_key="fields", attribute="fields"
    )
    version = fields.Integer(dump_only=True)
    text = fields.String(dump_only=True)
    set_at = fields.AwareDateTime(dump_only=True)
