"""The office by JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import current_app, url_for
from flask_smorest import Blueprint
from marshmallow import fields

from service.api.shell import api_actor
from service.office import queries
from service.office.schemas import (
    IssuedTokenSchema,
    LoanSchema,
    MemberSchema,
    RolesSchema,
    SettingsChangeSchema,
    SettingsSchema,
    TokenSchema,
)
from service.schemas import Schema
from tenants import people
from tenants.models import Membership
from tenants.settings import CountySettings, change_settings, current_settings
from tenants.sign_in import issue_recovery_link
from tenants.workdays import end_of_day

bp = Blueprint(
    "office_api",
    __name__,
    url_prefix="/office",
    description="The office: people, programs, numbers, channels",
)


class StaffSchema(Schema):
    """The people of the office and the duties nobody can carry."""

    people = fields.List(fields.Nested(MemberSchema))
    unstaffed = fields.List(fields.String())


class MembershipSchema(Schema):
    """A person's place in an office; ``ended_at`` is when a loan will end."""

    id = fields.UUID()
    roles = fields.List(fields.String())
    ended_at = fields.AwareDateTime(allow_none=True)


class RecoverySchema(Schema):
    """A single-use link to set a password."""

    link = fields.String()


@bp.get("/people")
@bp.response(200, StaffSchema)
def list_people() -> dict[str, Any]:
    """List who works here."""
    members, unstaffed = queries.list_people(by=api_actor())
    return {"people": members, "unstaffed": unstaffed}


@bp.post("/people")
@bp.arguments(MemberSchema)
@bp.response(201, MembershipSchema)
def add(data: dict[str, Any]) -> Membership:
    """Give a person roles in this office."""
    return people.add_person(**data, by=api_actor())


@bp.put("/people/<uuid:member_id>/roles")
@bp.arguments(RolesSchema)
@bp.response(200, MembershipSchema)
def set_roles(data: dict[str, Any], member_id: UUID) -> Membership:
    """Replace a person's roles."""
    return people.change_roles(member_id, data["roles"], by=api_actor())


@bp.post("/people/<uuid:member_id>/loans")
@bp.arguments(LoanSchema)
@bp.response(201, MembershipSchema)
def lend(data: dict[str, Any], member_id: UUID) -> Membership:
    """Lend a person to an office below until the end of a day."""
    until = end_of_day(data.pop("until"))
    return people.lend_person(member_id, **data, until=until, by=api_actor())


@bp.post("/people/<uuid:member_id>/recovery")
@bp.response(201, RecoverySchema)
def recovery(member_id: UUID) -> dict[str, str]:
    """Make a single-use link with which a person sets a password."""
    token = issue_recovery_link(member_id, by=api_actor())
    return {"link": f"{current_app.config['SETTINGS'].base_url}{url_for('web.recover', token=token)}"}


@bp.get("/tokens")
@bp.response(200, TokenSchema(many=True))
def tokens() -> list[queries.Program]:
    """List the programs that can come in."""
    return queries.list_programs(by=api_actor())


@bp.post("/tokens")
@bp.arguments(TokenSchema)
@bp.response(201, IssuedTokenSchema)
def issue_token(data: dict[str, Any]) -> dict[str, Any]:
    """Issue a program's token; its secret is in this answer alone."""
    token, secret = people.issue_token(**data, by=api_actor())
    return {**asdict(queries.program(token)), "secret": secret}


@bp.delete("/tokens/<uuid:token_id>")
@bp.response(204)
def revoke_token(token_id: UUID) -> None:
    """End a program's token."""
    people.revoke_token(token_id, by=api_actor())


@bp.get("/settings")
@bp.response(200, SettingsSchema)
def read_settings() -> CountySettings:
    """Read the office's numbers."""
    return current_settings(by=api_actor())


@bp.put("/settings")
@bp.arguments(SettingsChangeSchema(partial=True))
@bp.response(200, SettingsSchema)
def set_settings(data: dict[str, Any]) -> CountySettings:
    """Change some of the office's numbers from now on."""
    by = api_actor()
    change_settings(data, by=by)
    return current_settings(by=by)
