"""The two doors of step 4 that a test knocks at: a browser that is logged in, and a program with a token."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tenants.people import add_person, issue_token, list_members
from tenants.permissions import Role
from tests.conftest import Clock, Office


class Visitor(FlaskClient):
    """A client whose requests begin with nothing of the test around them, as over a network."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request."""
        return Context().run(super().open, *args, **kwargs)


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
        client = Visitor(app, app.response_class, use_cookies=True)
        with client.session_transaction() as session:
            session["key"], session["authenticated_at"] = str(person.session_key), clock().timestamp()
        return client

    return make


@pytest.fixture
def program(app: Flask) -> Callable[..., FlaskClient]:
    """``program(county, Role.…)``: a client that sends that office's token."""

    def make(office: Office, *roles: Role) -> FlaskClient:
        _token, secret = issue_token("测试程序", roles=roles, by=office.system)
        client = Visitor(app, app.response_class, use_cookies=True)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        return client

    return make
