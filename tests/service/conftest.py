"""The two doors a test of a room knocks at: a browser that is logged in, and a program with a token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.settings import Settings
from tenants.people import add_person, issue_token, list_members
from tenants.permissions import Role
from tests.conftest import Clock, Office
from tests.standins.relay import RelayStandIn


class Visitor(FlaskClient):
    """A client whose every request stands alone, as in a real server: nothing is remembered but cookies."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request within a context of its own."""
        with self.application.app_context():
            return super().open(*args, **kwargs)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """A browser that is not logged in."""
    return Visitor(app, app.response_class)


@pytest.fixture
def browser(app: Flask, clock: Clock) -> Callable[..., FlaskClient]:
    """``browser(county, Role.…)``: a new person of that office, logged in."""
    count = 0

    def make(office: Office, *roles: Role) -> FlaskClient:
        nonlocal count
        count += 1
        membership = add_person(
            f"person{count}@example.org", name=f"某人{count}", roles=roles, by=office.system
        )
        person = next(one for known, one in list_members(by=office.system) if known.id == membership.id)
        client = Visitor(app, app.response_class)
        with client.session_transaction() as session:
            session["key"], session["authenticated_at"] = str(person.session_key), clock().timestamp()
        return client

    return make


@pytest.fixture
def program(app: Flask) -> Callable[..., FlaskClient]:
    """``program(county, Role.…)``: a client that sends that office's token."""

    def make(office: Office, *roles: Role) -> FlaskClient:
        _token, secret = issue_token("测试程序", roles=roles, by=office.system)
        client = Visitor(app, app.response_class)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        return client

    return make


@pytest.fixture
def mail(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[RelayStandIn]:
    """The relay that the deployment is told of."""
    with RelayStandIn() as relay:
        monkeypatch.setitem(app.config, "SETTINGS", replace(settings, mail_url=relay.url))
        yield relay
