"""WeChat: contacts who write from there, how a reply goes, and how long an account may write of its own accord."""

import sqlalchemy as sa
from alembic import op

from tenants.schema import tenancy_statements

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add them; the new table is under its own policies."""
    op.drop_constraint(op.f("ck_contacts_known_medium"), "contacts")
    op.create_check_constraint(
        op.f("ck_contacts_known_medium"), "contacts", "medium IN ('sms', 'wechat', 'simulator')"
    )
    op.add_column("inbound_messages", sa.Column("reply_way", sa.String(40), nullable=True))
    op.create_check_constraint(
        op.f("ck_inbound_messages_known_reply_way"),
        "inbound_messages",
        "reply_way IN ('response', 'message')",
    )
    op.create_table(
        "reply_windows",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column(
            "opening",
            sa.Enum(
                "message",
                "click",
                name="known_opening",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_reply_windows_never_below_nothing")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_reply_windows_tenant_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reply_windows")),
        sa.UniqueConstraint(
            "tenant_id",
            "contact_id",
            "opening",
            name=op.f("uq_reply_windows_tenant_id_contact_id_opening"),
        ),
    )
    for statement in tenancy_statements("reply_windows"):
        op.execute(statement)
