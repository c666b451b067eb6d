"""The office by JSON."""

from __future__ import annotations

from uuid import UUID

from flask_smorest import Blueprint
from marshmallow import fields

from channels.models import Channel
from channels.registry import add_channel, list_channels
from service.api.shell import api_actor
from service.office import queries
from service.office.schemas import ChannelSchema, MemberSchema, RolesSchema, SettingsSchema
from service.schemas import Schema
from tenants.people import add_person, change_roles
from tenants.settings import CountySettings, change_settings, current_settings

bp = Blueprint("office_api", __name__, url_prefix="/office", description="The office: people, numbers, channels")


class StaffSchema(Schema):
    """The people of the office and the duties nobody can carry."""

    people = fields.List(fields.Nested(MemberSchema))
    unstaffed = fields.List(fields.String())


class MembershipSchema(Schema):
    """A person's place in the office."""

    id = fields.UUID()
    roles = fields.List(fields.String())


@bp.get("/people")
@bp.response(200, StaffSchema)
def list_people() -> dict:
    """List who works here."""
    members, unstaffed = queries.list_people(by=api_actor())
    return {"people": members, "unstaffed": unstaffed}


@bp.post("/people")
@bp.arguments(MemberSchema)
@bp.response(201, MembershipSchema)
def add(data: dict) -> object:
    """Give a person roles in this office."""
    return add_person(**data, by=api_actor())


@bp.put("/people/<uuid:member_id>/roles")
@bp.arguments(RolesSchema)
@bp.response(200, MembershipSchema)
def set_roles(data: dict, member_id: UUID) -> object:
    """Replace a person's roles."""
    return change_roles(member_id, data["roles"], by=api_actor())


@bp.get("/settings")
@bp.response(200, SettingsSchema)
def read_settings() -> CountySettings:
    """Read the office's numbers."""
    return current_settings(by=api_actor())


@bp.put("/settings")
@bp.arguments(SettingsSchema)
@bp.response(200, SettingsSchema)
def set_settings(data: dict) -> CountySettings:
    """Change some of the office's numbers from now on."""
    by = api_actor()
    change_settings(data, by=by)
    return current_settings(by=by)


@bp.get("/channels")
@bp.response(200, ChannelSchema(many=True))
def channels() -> list[Channel]:
    """List the office's numbers."""
    return list_channels(by=api_actor())


@bp.post("/channels")
@bp.arguments(ChannelSchema)
@bp.response(201, ChannelSchema)
def new_channel(data: dict) -> Channel:
    """Give the office a number at Twilio."""
    number = data.pop("number")
    return add_channel("twilio", number, data, by=api_actor())
