"""Offices, people, tokens and the record from the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from service.refusals import words_for
from service.settings import Settings
from tenants.actors import Actor
from tenants.models import Level
from tenants.permissions import ASSIGNABLE, Role
from tenants.refusals import Refusal, RuleBroken

ROLES = click.Choice([role.value for role in (*ASSIGNABLE, Role.OPERATOR)])


@contextmanager
def application() -> Iterator[Settings]:
    """The application on this deployment's servers; a refusal ends the command with its sentence."""
    from service.app import create_app
    from service.supervisor import servers_at_hand

    with servers_at_hand(os.environ) as settings:
        app = create_app(settings)
        with app.app_context(), app.test_request_context("/?lang=en"):
            try:
                yield settings
            except Refusal as refusal:
                raise click.ClickException(words_for(refusal)) from refusal


def office_actor(code: str) -> Actor:
    """The system acting for the office with this code."""
    from tenants.offices import office_by_code

    return Actor.system(office_by_code(code, by=Actor.system()).id)


@click.group()
def tenant() -> None:
    """The offices on this deployment."""


@tenant.command("add")
@click.argument("code")
@click.option("--name-zh", required=True, help="The office's name in Chinese.")
@click.option("--name-en", required=True, help="The office's name in English.")
@click.option("--parent", help="Code of the office above; a province has none.")
@click.option("--level", type=click.Choice([level.value for level in Level if level is not Level.PLATFORM]))
@click.option("--hotline", help="The telephone number of its hotline.")
@click.option("--demo", is_flag=True, help="Invented data: may set periods to zero, refused in production.")
def tenant_add(
    code: str,
    name_zh: str,
    name_en: str,
    parent: str | None,
    level: str | None,
    hotline: str | None,
    demo: bool,
) -> None:
    """Add an office to the tree: platform, province, (prefecture,) county."""
    from tenants.offices import add_office

    with application() as settings:
        if demo and settings.production:
            raise RuleBroken("demo_in_production")
        office = add_office(
            code,
            name_zh=name_zh,
            name_en=name_en,
            parent=parent,
            level=Level(level) if level else None,
            hotline=hotline,
            demo=demo,
            by=Actor.system(),
        )
        click.echo(f"{office.level.value} {office.code}: {office.name_zh} / {office.name_en}")


@tenant.command("reviewer")
@click.argument("code")
@click.option("--reviewer", required=True, help="Code of the office that decides instead.")
def tenant_reviewer(code: str, reviewer: str) -> None:
    """Name the office that decides complaints about a province itself; until then the platform does."""
    from tenants.offices import name_reviewer

    with application():
        name_reviewer(code, reviewer, by=Actor.system())
        click.echo(f"Complaints about {code} itself go to {reviewer} from now on.")


@click.group()
def user() -> None:
    """The people who log in."""


@user.command("add")
@click.argument("email")
@click.option("--tenant", "code", required=True, help="Code of the office.")
@click.option("--role", "roles", type=ROLES, multiple=True, required=True, help="May be given several times.")
@click.option("--name", help="The person's name; the part before the @ otherwise.")
def user_add(email: str, code: str, roles: tuple[str, ...], name: str | None) -> None:
    """Give a person roles in an office, and print the single-use link with which to set a password."""
    from tenants.people import add_person
    from tenants.sign_in import issue_recovery_link

    with application() as settings:
        by = office_actor(code)
        member = add_person(
            email, name=name or email.partition("@")[0], roles=frozenset(Role(role) for role in roles), by=by
        )
        token = issue_recovery_link(member.id, by=by)
        click.echo(f"{email} works for {code} as {', '.join(roles)}.")
        click.echo(f"Password, within a day and once: {settings.base_url}/admin/recover/{token}")


@click.group()
def token() -> None:
    """Programs' access to the JSON API."""


@token.command("add")
@click.option("--tenant", "code", required=True, help="Code of the office.")
@click.option("--role", "roles", type=ROLES, multiple=True, required=True, help="May be given several times.")
@click.option("--name", default="command line", help="What the token is for.")
def token_add(code: str, roles: tuple[str, ...], name: str) -> None:
    """Issue an access token; it is printed once and kept only as a hash."""
    from tenants.people import issue_token

    with application():
        _token, secret = issue_token(
            name, roles=frozenset(Role(role) for role in roles), by=office_actor(code)
        )
        click.echo(secret)


@click.group()
def audit() -> None:
    """The record nobody rewrites unseen."""


@audit.command("verify")
def audit_verify() -> None:
    """Check every office's chain from its start; exits non-zero naming each first broken link."""
    from tenants.audit import first_broken_link, seal
    from tenants.offices import every_office

    with application():
        broken = []
        for office in every_office(by=Actor.system()):
            by = Actor.system(office.id)
            number, wrong = first_broken_link(by=by)
            if wrong is not None:
                broken.append(f"{office.code} link {wrong}")
            else:
                number += seal(by=by)
            click.echo(f"{office.code}: {number} links" + (f", BROKEN at {wrong}" if wrong else ""))
        if broken:
            raise click.ClickException(f"broken: {'; '.join(broken)}")
