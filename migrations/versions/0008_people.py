"""One person, several addresses: who is joined to whom, how that came about, and the codes that prove it."""

import sqlalchemy as sa
from alembic import op

from tenants.schema import tenancy_statements

revision = "0008"
down_revision = "0007"

OWNED = ("address_links", "link_codes")
DELIVERIES = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "failed",
    "expired",
    "suppressed",
    "stopped",
    "by_phone",
)


def upgrade() -> None:
    """Let contacts be joined, create both tables with their policies, and let a message go by phone instead."""
    op.add_column("contacts", sa.Column("joined_as", sa.Uuid(), nullable=True))
    op.add_column("contacts", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_contacts_joined_as",
        "contacts",
        ["tenant_id", "joined_as"],
        postgresql_where=sa.text("joined_as IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("ck_contacts_proved_means_joined"),
        "contacts",
        "NOT (proved_at IS NOT NULL) OR (joined_as IS NOT NULL)",
    )
    op.create_table(
        "address_links",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("joined_as", sa.Uuid(), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "proved",
                "joined",
                "parted",
                name="known_link_act",
                native_enum=False,
                length=40,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("stopped_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (act = 'joined') OR (reason IS NOT NULL)",
            name=op.f("ck_address_links_an_officer_gives_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_address_links_tenant_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_address_links")),
    )
    op.create_table(
        "link_codes",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("wrong BETWEEN 0 AND 5", name=op.f("ck_link_codes_five_tries")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_link_codes_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "phone_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_link_codes_tenant_id_phone_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_link_codes")),
    )
    for table, column in (
        ("address_links", "contact_id"),
        ("link_codes", "contact_id"),
        ("link_codes", "phone_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, ["tenant_id", column])
    op.drop_constraint(op.f("ck_outbound_messages_known_delivery"), "outbound_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_outbound_messages_known_delivery"), "outbound_messages", f"state IN {DELIVERIES}"
    )
    for table in OWNED:
        for statement in tenancy_statements(table):
            op.execute(statement)
