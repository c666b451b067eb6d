"""Reminders, each once; when messages came in; what a provider counted. What is due stands on finance's page by itself."""

import sqlalchemy as sa
from alembic import op

from tenants.schema import tenancy_statements

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table of reminders with its policies."""
    op.create_table(
        "reminders",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_reminders_tenant_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reminders")),
        sa.UniqueConstraint(
            "tenant_id",
            "rule",
            "subject_id",
            "contact_id",
            "due_at",
            name=op.f("uq_reminders_tenant_id_rule_subject_id_contact_id_due_at"),
        ),
    )
    op.create_index("ix_reminders_about", "reminders", ["tenant_id", "about_id"])
    op.create_index("ix_reminders_contact_id", "reminders", ["tenant_id", "contact_id"])
    for statement in tenancy_statements("reminders"):
        op.execute(statement)
    op.create_index(
        "ix_inbound_messages_time",
        "inbound_messages",
        ["tenant_id", "received_at"],
        postgresql_using="brin",
    )
    op.drop_column("transfers", "reminded_at")
    op.add_column("delivery_receipts", sa.Column("parts", sa.Integer(), nullable=True))
