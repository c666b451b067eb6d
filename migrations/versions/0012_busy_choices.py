"""The choices of an inbound message become the database's own enumerations: a CHECK is read anew for each row."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

CHOICES = {
    "secrecy": ("open", "case", "sealed"),
    "handling": ("handled", "attention", "answered"),
    "reply_way": ("response", "message"),
}


def upgrade() -> None:
    """Give the columns their types; what is said of a choice is said anew."""
    op.drop_index("ix_inbound_messages_attention", "inbound_messages")
    op.drop_constraint(op.f("ck_inbound_messages_attention_has_a_reference"), "inbound_messages")
    for name, values in CHOICES.items():
        op.drop_constraint(op.f(f"ck_inbound_messages_known_{name}"), "inbound_messages")
        op.execute(f"CREATE TYPE {name} AS ENUM ({', '.join(repr(value) for value in values)})")
        op.execute(f"ALTER TABLE inbound_messages ALTER {name} TYPE {name} USING {name}::text::{name}")
    op.create_check_constraint(
        op.f("ck_inbound_messages_attention_has_a_reference"),
        "inbound_messages",
        "NOT (handling = 'attention') OR (reference IS NOT NULL)",
    )
    op.create_index(
        "ix_inbound_messages_attention",
        "inbound_messages",
        ["tenant_id", "received_at"],
        postgresql_where=sa.text("handling = 'attention'"),
    )
