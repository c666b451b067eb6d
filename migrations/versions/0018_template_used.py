"""A message says by which version of a provider's template it went."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Let messages refer to the template; those from before do not say."""
    op.add_column("outbound_messages", sa.Column("template_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_outbound_messages_channel_tenant_id_template_id"),
        "outbound_messages",
        "message_templates",
        ["channel_tenant_id", "template_id"],
        ["tenant_id", "id"],
    )
