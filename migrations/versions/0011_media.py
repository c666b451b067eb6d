"""Pictures from phones: where they wait at the provider, and what they belong to. People who write from WhatsApp."""

import sqlalchemy as sa
from alembic import op

from tenants.schema import tenancy_statements

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the table with its policies; let a contact be somebody at WhatsApp."""
    for table in ("contacts", "last_offices"):
        op.drop_constraint(op.f(f"ck_{table}_known_medium"), table)
        op.create_check_constraint(
            op.f(f"ck_{table}_known_medium"), table, "medium IN ('sms', 'wechat', 'whatsapp', 'simulator')"
        )
    op.create_table(
        "pictures",
        sa.Column("channel_tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("subject_type", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("at_provider", sa.LargeBinary(), nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                *("waiting", "stored", "refused", "lost"),
                name="known_picture_state",
                native_enum=False,
                length=40,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (state = 'waiting') OR (at_provider IS NOT NULL)",
            name=op.f("ck_pictures_waiting_is_somewhere"),
        ),
        sa.CheckConstraint(
            "NOT (state <> 'waiting') OR (at_provider IS NULL AND settled_at IS NOT NULL)",
            name=op.f("ck_pictures_settled_is_here"),
        ),
        sa.CheckConstraint(
            "NOT (state = 'stored') OR (file_id IS NOT NULL)", name=op.f("ck_pictures_stored_has_a_file")
        ),
        sa.ForeignKeyConstraint(
            ["channel_tenant_id", "channel_id"],
            ["channels.tenant_id", "channels.id"],
            name=op.f("fk_pictures_channel_tenant_id_channel_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["inbound_messages.tenant_id", "inbound_messages.id"],
            name=op.f("fk_pictures_tenant_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["stored_files.tenant_id", "stored_files.id"],
            name=op.f("fk_pictures_tenant_id_file_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_pictures_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_pictures")),
    )
    op.create_index("ix_pictures_message_id", "pictures", ["tenant_id", "message_id"])
    op.create_index(
        "ix_pictures_due",
        "pictures",
        ["tenant_id", "not_before"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_pictures_subject",
        "pictures",
        ["tenant_id", "subject_type", "subject_id"],
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    for statement in tenancy_statements("pictures"):
        op.execute(statement)
