"""Playing one procurement against the running deployment, as a readable transcript in both languages."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click
import urllib3

from service.commands.offices import application
from service.demo import provider
from service.demo.doors import Answer
from service.demo.stage import set_stage
from service.demo.story import Story
from service.settings import Settings
from tenants.actors import Actor

TOKEN = "demo-auth-token"
PATIENCE = 30.0


class Narrator:
    """Prints the story while the real worker sends and real time passes."""

    def __init__(self, served: provider.Provider) -> None:
        self._provider = served

    def now(self) -> datetime:
        """Real time."""
        return datetime.now(UTC)

    def pass_time(self, until: datetime) -> None:
        """Wait for it."""
        left = (until - self.now()).total_seconds()
        if left > 1:
            click.secho(f"   … {left:.0f} s", dim=True)
        time.sleep(max(left, 0))

    def texts_to(self, number: str) -> Iterator[list[str]]:
        """What the number got, until patience ends."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            yield self._provider.texts_to(number)
            time.sleep(0.5)

    def chapter(self, zh: str, en: str) -> None:
        """A heading."""
        click.secho(f"\n━━ {zh} · {en}", bold=True)

    def says(self, who: str, number: str, text: str, reply: str) -> None:
        """A text to the right, its answer to the left."""
        click.echo(f"  {who} {number[-4:]} ▸ {text}")
        for line in reply.splitlines():
            click.secho(f"      ◂ {line}", fg="cyan")

    def arrives(self, who: str, number: str, text: str) -> None:
        """A message that came by itself."""
        for index, line in enumerate(text.splitlines()):
            click.secho(f"  {who} {number[-4:]} ◂ {line}" if index == 0 else f"      {line}", fg="cyan")

    def happens(self, zh: str, en: str) -> None:
        """A change, in both languages."""
        click.secho(f"  ● {zh}", fg="green")
        click.secho(f"    {en}", fg="green", dim=True)


@click.command()
@click.option(
    "--seconds", default=45.0, show_default=True, help="From the call's publication to its deadline."
)
def demo(seconds: float) -> None:
    """Play one procurement through all seven steps against the running server and worker."""
    pool = urllib3.PoolManager()
    Settings.from_environment(os.environ)
    with application() as settings:
        where = urlsplit(settings.base_url)
        address = f"{where.scheme}://{where.netloc}"

        def transport(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
            response = pool.request(
                method,
                address + path,
                headers=dict(headers),
                body=body,
                redirect=False,
                retries=False,
                timeout=30,
            )
            return Answer(
                response.status, response.headers, response.data, response.headers.getlist("Set-Cookie")
            )

        def report(url: str, headers: dict[str, str], body: bytes) -> object:
            return pool.request("POST", url, headers=headers, body=body, timeout=10)

        with provider.serving(TOKEN, report) as served:
            stage = set_stage(transport, settings.base_url, served.url, TOKEN, by=Actor.system())
            click.echo(f"县 County: {stage.county}   省 Province: {stage.province}   {settings.base_url}")
            Story(stage, Narrator(served), seconds_to_bid=seconds).play()
            click.secho("\n七个步骤走完 · All seven steps done.", bold=True)
            overseer = stage.log_ins["province"]
            click.echo(f"省级督导可登录查看 · The overseer may log in: {overseer.email} {overseer.password}")
