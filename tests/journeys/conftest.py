"""The story of the guide, set on a stage in the application under test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from flask import Flask

from channels.sending import send_due
from service.demo import provider
from service.demo.doors import Answer
from service.demo.stage import set_stage
from service.demo.story import Story
from service.settings import Settings
from tenants.actors import Actor
from tests.conftest import Clock, empty_deployment
from tests.journeys.played import Played, end_of


class Listener:
    """Hears the story, turns its clock, and does the worker's work."""

    def __init__(self, clock: Clock, provider: provider.Provider) -> None:
        self.clock, self.provider, self.heard = clock, provider, list[str]()

    def now(self) -> datetime:
        """The application's own moment."""
        return self.clock()

    def pass_time(self, until: datetime) -> None:
        """Turn the clock."""
        self.clock.now = max(self.clock.now, until)

    def texts_to(self, number: str) -> Iterator[list[str]]:
        """Send what is due, and look."""
        send_due()
        yield self.provider.texts_to(number)

    def chapter(self, zh: str, en: str) -> None:
        """A new chapter."""
        self.heard.append(zh)

    def says(self, who: str, number: str, text: str, reply: str) -> None:
        """No text stays without an answer."""
        assert reply, text
        self.heard.append(f"{who}: {text} → {reply}")

    def arrives(self, who: str, number: str, text: str) -> None:
        """A message that came by itself."""
        self.heard.append(f"→ {who}: {text}")

    def happens(self, zh: str, en: str) -> None:
        """A change."""
        self.heard.append(zh)


@pytest.fixture
def story(app: Flask, settings: Settings, clock: Clock) -> Iterator[Story]:
    """The story, set on a stage in the application under test."""
    with on_stage(app, settings, clock) as story:
        yield story


@contextmanager
def on_stage(app: Flask, settings: Settings, clock: Clock) -> Iterator[Story]:
    """A stage in the application under test, and the story about to be played on it."""

    def transport(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        with app.app_context():
            response = app.test_client(use_cookies=False).open(
                path, method=method, headers=dict(headers), data=body
            )
        return Answer(
            response.status_code,
            dict(response.headers),
            response.data,
            response.headers.getlist("Set-Cookie"),
        )

    def report(address: str, headers: dict[str, str], body: bytes) -> Answer:
        parts = urlsplit(address)
        return transport("POST", f"{parts.path}?{parts.query}", headers, body)

    with provider.serving("story-token", report) as served:
        stage = set_stage(
            transport, settings.base_url, served.url, "story-token", by=Actor.system(now=clock())
        )
        yield Story(stage, Listener(clock, served))


@pytest.fixture(scope="module")
def played(
    application: Flask, settings: Settings, clock: Clock, servers: SimpleNamespace
) -> Iterator[Played]:
    """The story, played to its end once for all tests of a module."""
    with empty_deployment(application, clock, servers) as app, on_stage(app, settings, clock) as story:
        story.play()
        yield end_of(story.stage, app, clock, servers.superuser_url)
