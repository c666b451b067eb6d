"""Other names of counties on a shared number."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """No county has another name so far."""
    names = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("channels", sa.Column("also_called", names, nullable=False, server_default="{}"))
    op.alter_column("channels", "also_called", server_default=None)
