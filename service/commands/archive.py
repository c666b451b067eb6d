"""Taking a deployment's data away in one file, and bringing them back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from service import backup as archive
from service.settings import NothingRunning, Secrets, Settings, home_of, own_servers
from service.supervisor import servers_at_hand
from tenants.schema import upgrade


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write all data of this deployment, running or not, to FILE (mode 0600)."""
    with servers_at_hand(os.environ) as settings:
        manifest = archive.back_up(settings.database_owner_url, settings.privacy_keys, file, click.echo)
    click.echo(f"{sum(manifest['rows'].values())} rows of {len(manifest['rows'])} tables are in {file}.")
    click.echo("Without the keys nobody can read it, and they are not in it: qiao keys export FILE")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--keys",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `qiao keys export` wrote, where the backup comes from another deployment.",
)
def restore(file: Path, keys: Path | None) -> None:
    """Fill an empty deployment from FILE, which `qiao backup` wrote."""
    with servers_at_hand(os.environ) as settings:
        brought = _secrets_with(keys, settings.home) if keys is not None else None
        accepted: Sequence[str] = brought.privacy_keys if brought is not None else settings.privacy_keys
        upgrade(settings.database_owner_url, settings.database_url)
        manifest = archive.restore(settings.database_owner_url, accepted, file, click.echo)
        if brought is not None:
            brought.save(settings.home)
    click.echo(f"{sum(manifest['rows'].values())} rows of {len(manifest['rows'])} tables are back.")


def _secrets_with(keys: Path, home: Path) -> Secrets:
    """This home's secrets with the brought keys; what serves already holds its own and must stop first."""
    if own_servers(os.environ):
        raise archive.BackupError("On servers of your own, set SECRET_KEY and QIAO_PRIVACY_KEYS instead.")
    try:
        Settings.of_running(home_of(os.environ))
    except NothingRunning:
        found = archive.read_keys(keys)
        return replace(
            Secrets.of(home),
            secret_key=found["SECRET_KEY"],
            privacy_keys=found["QIAO_PRIVACY_KEYS"].split(","),
            exported=True,
        )
    raise archive.BackupError("Bringing keys needs a stopped deployment: stop `qiao up` first.")
