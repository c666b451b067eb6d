"""The command line: ``qiao COMMAND``."""

from __future__ import annotations

import sys

import click
import psycopg
from redis.exceptions import ConnectionError as RedisUnreachable

from service.commands import archive, channels, demo, deployment, offices, phone
from service.servers import ServerError
from service.settings import SettingsError

COMMANDS: list[click.Command] = [
    deployment.up,
    deployment.db,
    deployment.worker,
    deployment.cron,
    deployment.keys,
    archive.backup,
    archive.restore,
    offices.tenant,
    offices.user,
    channels.channel,
    offices.token,
    offices.audit,
    demo.demo,
    phone.sms,
]


@click.group(commands=COMMANDS)
@click.version_option(package_name="qiao")
def qiao() -> None:
    """桥 Qiao: government procurement of services from social organizations."""


def main() -> None:
    """Run the command line; what goes wrong is one clear line and a non-zero exit."""
    try:
        qiao(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except (SettingsError, ServerError) as error:
        sys.exit(f"qiao: {error}")
    except (psycopg.OperationalError, RedisUnreachable) as error:
        sys.exit(f"qiao: a server cannot be reached: {' '.join(str(error).split())}")
    except OSError as error:
        if error.filename is None:
            raise
        sys.exit(f"qiao: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
