"""A number shared with some counties only, and what is left of sharing once it ends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Every number that is shared serves all counties so far; one on which texts were sorted before is known by them."""
    chosen = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("channels", sa.Column("shared_with", chosen, nullable=False, server_default="[]"))
    op.alter_column("channels", "shared_with", server_default=None)
    op.add_column("channels", sa.Column("unshared_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_channels_chosen_counties_are_served"), "channels", "NOT (shared_with <> '[]') OR (shared)"
    )
    op.execute(
        "UPDATE channels c SET unshared_at = now() WHERE NOT shared AND EXISTS"
        " (SELECT FROM sorted_messages s WHERE s.tenant_id = c.tenant_id AND s.channel_id = c.id)"
    )
