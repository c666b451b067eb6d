"""Running a deployment: up, migrations, the worker, the scheduler, the keys."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from service.settings import NothingRunning, Secrets, Settings, database_urls, home_of, own_servers


@click.command()
@click.option(
    "--production", is_flag=True, help="Serve real offices: no demo tenants, no simulator, two web processes."
)
@click.option("--port", type=click.IntRange(1, 65535), help="The port to answer on (PORT, 8000 by default).")
def up(production: bool, port: int | None) -> None:
    """Start everything and keep it running until Ctrl-C or SIGTERM."""
    from service.supervisor import up as serve

    environ = dict(os.environ)
    if production:
        environ["QIAO_PRODUCTION"] = "1"
    if port is not None:
        environ["PORT"] = str(port)
    serve(environ, click.echo)


@click.group()
def db() -> None:
    """The database's schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema to this version and grant the application's role what it needs."""
    from service.supervisor import servers_at_hand
    from tenants.schema import newest_revision, upgrade

    if own_servers(os.environ):
        upgrade(*database_urls(os.environ))
    else:
        with servers_at_hand(os.environ) as settings:
            upgrade(settings.database_owner_url, settings.database_url)
    click.echo(f"The database is at revision {newest_revision()}.")


@click.command()
def worker() -> None:
    """Do the jobs that wait (`qiao up` starts one; more may run)."""
    from service.app import create_app
    from service.worker import work

    settings = Settings.from_environment(os.environ)
    work(create_app(settings), settings)


@click.command()
def cron() -> None:
    """Queue the jobs that are due (`qiao up` starts one; of several only one acts)."""
    from service.jobs import JOBS
    from service.worker import schedule

    schedule(JOBS, Settings.from_environment(os.environ))


@click.group()
def keys() -> None:
    """The keys without which neither the data nor a backup can be read."""


@keys.command("export")
@click.argument("file", type=click.Path(path_type=Path))
def keys_export(file: Path) -> None:
    """Write the keys to FILE (mode 0600), as environment variables; keep it apart from the backups."""
    from service.backup import write_keys

    home = home_of(os.environ)
    if own_servers(os.environ):
        settings = Settings.from_environment(os.environ)
        write_keys(file, settings.secret_key, settings.privacy_keys)
    else:
        if not (home / "secrets").exists():
            raise NothingRunning(f"There are no keys in {home}: they are made at the first `qiao up`.")
        secrets = Secrets.of(home)
        write_keys(file, secrets.secret_key, tuple(secrets.privacy_keys))
        replace(secrets, exported=True).save(home)
    click.echo(
        f"The keys are in {file}. Keep it apart from the backups, where only those responsible reach it."
    )


@keys.command("rotate")
def keys_rotate() -> None:
    """Encrypt all data under a new key; may be cut short and run again.

    On servers of your own, first start everything with QIAO_PRIVACY_KEYS=new,old. On embedded servers, stop `qiao up`:
    the new key is drawn here. Keep the old keys, new ones first: access tokens and links made under them are found by them.
    """
    from service.app import create_app
    from service.supervisor import servers_at_hand
    from tenants.actors import Actor
    from tenants.offices import every_office
    from tenants.rotation import count_outdated, rotate

    with servers_at_hand(os.environ) as settings:
        with create_app(settings).app_context():
            systems = {office.code: Actor.system(office.id) for office in every_office(by=Actor.system())}
            outdated = sum(count_outdated(by=system) for system in systems.values())
        if not outdated and settings.embedded and not os.environ.get("QIAO_PRIVACY_KEYS"):
            settings = _with_a_new_key(settings)
        done = 0
        with create_app(settings).app_context():
            for code, system in systems.items():
                for rows in rotate(by=system):
                    done += rows
                    click.echo(f"{code}: {done} rows")
    click.echo(f"{done} rows are under the newest key now. Keep a copy of the keys: qiao keys export FILE")


def _with_a_new_key(settings: Settings) -> Settings:
    try:
        Settings.of_running(settings.home)
    except NothingRunning:
        secrets = Secrets.of(settings.home).with_a_new_key()
        secrets.save(settings.home)
        return replace(settings, privacy_keys=tuple(secrets.privacy_keys))
    raise click.ClickException("What runs now knows only the present keys: stop `qiao up` first.")
