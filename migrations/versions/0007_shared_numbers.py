"""One number for many counties: what came by another office's number, and to which county it went."""

import sqlalchemy as sa
from alembic import op

from tenants.schema import tenancy_statements

revision = "0007"
down_revision = "0006"

OWNED = ("sorted_messages", "last_offices")


def upgrade() -> None:
    """Let a message name the office whose number it came by, and create the two tables with their policies."""
    op.add_column("channels", sa.Column("shared", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("channels", "shared", server_default=None)
    op.add_column("inbound_messages", sa.Column("channel_tenant_id", sa.BigInteger()))
    op.execute("UPDATE inbound_messages SET channel_tenant_id = tenant_id")
    op.alter_column("inbound_messages", "channel_tenant_id", nullable=False)
    op.alter_column("inbound_messages", "contact_id", nullable=False)
    op.drop_constraint(
        op.f("fk_inbound_messages_tenant_id_channel_id"), "inbound_messages", type_="foreignkey"
    )
    op.create_table(
        "sorted_messages",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["tenants.id"], name=op.f("fk_sorted_messages_office_id")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "channel_id"],
            ["channels.tenant_id", "channels.id"],
            name=op.f("fk_sorted_messages_tenant_id_channel_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sorted_messages")),
        sa.UniqueConstraint(
            "tenant_id",
            "channel_id",
            "provider_id",
            name=op.f("uq_sorted_messages_tenant_id_channel_id_provider_id"),
        ),
    )
    op.create_table(
        "last_offices",
        sa.Column(
            "medium",
            sa.Enum(
                "sms",
                "wechat",
                "simulator",
                name="known_medium",
                native_enum=False,
                length=40,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["tenants.id"], name=op.f("fk_last_offices_office_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_last_offices_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_last_offices")),
        sa.UniqueConstraint(
            "tenant_id",
            "medium",
            "address_index",
            name=op.f("uq_last_offices_tenant_id_medium_address_index"),
        ),
    )
    for table in OWNED:
        for statement in tenancy_statements(table):
            op.execute(statement)
