"""A message says by which version of a provider's template it went, and ends where no report on it came."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

DELIVERIES = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "unconfirmed",
    "failed",
    "expired",
    "suppressed",
    "stopped",
    "unreachable",
    "by_phone",
)


def upgrade() -> None:
    """Let messages refer to the template, which those from before do not, and know the new end."""
    op.add_column("outbound_messages", sa.Column("template_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_outbound_messages_channel_tenant_id_template_id"),
        "outbound_messages",
        "message_templates",
        ["channel_tenant_id", "template_id"],
        ["tenant_id", "id"],
    )
    for name, check in {
        "known_delivery": f"state IN {DELIVERIES}",
        "sent_has_proof": "NOT (state IN ('sent', 'delivered', 'unconfirmed'))"
        " OR (provider_id IS NOT NULL AND sent_at IS NOT NULL)",
    }.items():
        op.drop_constraint(op.f(f"ck_outbound_messages_{name}"), "outbound_messages", type_="check")
        op.create_check_constraint(op.f(f"ck_outbound_messages_{name}"), "outbound_messages", check)
    op.create_index(
        "ix_outbound_messages_unheard",
        "outbound_messages",
        ["tenant_id", "sent_at"],
        postgresql_where=sa.text("state = 'sent'"),
    )
