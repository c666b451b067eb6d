"""Runs migrations as the owner of the schema; ``tenants.schema.upgrade`` hands over the address."""

from alembic import context
from sqlalchemy import create_engine, pool

from service.models import metadata


def run() -> None:
    """Migrate in one transaction per revision."""
    connectable = context.config.attributes.get("connection")
    engine = (
        create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
        if connectable is None
        else connectable
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, compare_type=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


run()
