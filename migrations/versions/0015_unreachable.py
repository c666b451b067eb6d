"""An address that its provider calls bad is known as such: it is left out of broadcasts, and that is counted apart."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

DELIVERIES = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "failed",
    "expired",
    "suppressed",
    "stopped",
    "unreachable",
    "by_phone",
)


def upgrade() -> None:
    """Let contacts be marked, messages be withheld for it, and broadcasts say how many were."""
    op.add_column("contacts", sa.Column("unreachable_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("broadcasts", sa.Column("unreachable", sa.Integer(), nullable=True))
    op.drop_constraint(op.f("ck_outbound_messages_known_delivery"), "outbound_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_outbound_messages_known_delivery"), "outbound_messages", f"state IN {DELIVERIES}"
    )
