"""The conversation desk: who looks after a conversation, and the office's usual answers."""

import sqlalchemy as sa
from alembic import op

from tenants.schema import tenancy_statements

revision = "0006"
down_revision = "0005"

OWNED = ("conversation_assignments", "usual_answers")


def upgrade() -> None:
    """Create both tables with their policies."""
    op.create_table(
        "conversation_assignments",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column(
            "desk",
            sa.Enum(
                "office",
                "complaints",
                name="known_desk",
                native_enum=False,
                length=40,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_conversation_assignments_tenant_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_conversation_assignments")),
        sa.UniqueConstraint(
            "tenant_id",
            "contact_id",
            "desk",
            name=op.f("uq_conversation_assignments_tenant_id_contact_id_desk"),
        ),
    )
    op.create_table(
        "usual_answers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words_zh", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_usual_answers_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_usual_answers")),
    )
    op.create_index(
        "uq_usual_answers_name",
        "usual_answers",
        ["tenant_id", "name"],
        unique=True,
        postgresql_where=sa.text("dropped_at IS NULL"),
    )
    for table in OWNED:
        for statement in tenancy_statements(table):
            op.execute(statement)
