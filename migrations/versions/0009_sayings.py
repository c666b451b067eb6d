"""WeChat's templates are kept in versions beside Aliyun's: with the fields they fill, and how they are sent."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add both columns; what was noted before are plain templates without fields."""
    op.add_column(
        "message_templates", sa.Column("way", sa.String(40), nullable=False, server_default="template")
    )
    op.add_column(
        "message_templates",
        sa.Column("fields", postgresql.JSONB(), nullable=False, server_default=sa.text("'{}'")),
    )
    for column in ("way", "fields"):
        op.alter_column("message_templates", column, server_default=None)
    op.create_check_constraint(
        op.f("ck_message_templates_known_way"), "message_templates", "way IN ('template', 'subscription')"
    )
