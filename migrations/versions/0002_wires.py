"""What providers without a message list, and those that send by approved templates alone, need."""

import sqlalchemy as sa
from alembic import op

from tenants.schema import tenancy_statements

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("outbound_messages", sa.Column("again_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "message_templates",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channels.tenant_id", "channels.id"],
            name=op.f("fk_message_templates_tenant_id_channel_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_message_templates")),
        sa.UniqueConstraint(
            "tenant_id",
            "channel_id",
            "message",
            "locale",
            "version",
            name=op.f("uq_message_templates_tenant_id_channel_id_message_locale_version"),
        ),
    )
    for statement in tenancy_statements("message_templates"):
        op.execute(statement)
