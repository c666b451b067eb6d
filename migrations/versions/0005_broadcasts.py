"""Broadcasts: words kept once for many, the outbox in lanes, and the address book of people who agreed to get notices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.schema import tenancy_statements

revision = "0005"
down_revision = "0004"

OWNED = ("announcements", "broadcasts", "address_book")
"""Tables whose rows belong to a tenant."""

DELIVERIES = ("queued", "sending", "sent", "delivered", "failed", "expired", "suppressed", "stopped")


def upgrade() -> None:
    """Create the tables and their policies; let outbox rows refer to words kept elsewhere, and find them by lane."""
    op.create_table(
        "announcements",
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_announcements_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_announcements")),
    )
    op.create_index(
        "ix_announcements_under_way",
        "announcements",
        ["tenant_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "broadcasts",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=True),
        sa.Column(
            "audience",
            sa.Enum(
                "organizations",
                "beneficiaries",
                "evaluation",
                "focal_points",
                "township",
                name="known_audience_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("filters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "waiting",
                "sending",
                "paused",
                "done",
                "stopped",
                "dropped",
                name="known_broadcast_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_by", sa.Uuid(), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announcement_id", sa.Uuid(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("suppressed", sa.Integer(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("cost", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (state IN ('sending', 'paused', 'done', 'stopped')) OR (announcement_id IS NOT NULL AND sent_at IS NOT NULL AND people > 0)",
            name=op.f("ck_broadcasts_sent_has_an_audience"),
        ),
        sa.CheckConstraint(
            "approved_by NOT IN (prepared_by, coalesce(changed_by, prepared_by), submitted_by)",
            name=op.f("ck_broadcasts_approved_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "announcement_id"],
            ["announcements.tenant_id", "announcements.id"],
            name=op.f("fk_broadcasts_tenant_id_announcement_id"),
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_broadcasts_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_broadcasts")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_broadcasts_tenant_id_number")),
    )
    op.create_index(
        "ix_broadcasts_announcement_id", "broadcasts", ["tenant_id", "announcement_id"], unique=False
    )
    op.create_table(
        "address_book",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("township", sa.Text(), nullable=False),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("focal_point", sa.Boolean(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listed_by", sa.Uuid(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_address_book_tenant_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_address_book")),
        sa.UniqueConstraint("tenant_id", "contact_id", name=op.f("uq_address_book_tenant_id_contact_id")),
    )
    op.create_index("ix_address_book_township", "address_book", ["tenant_id", "township"], unique=False)
    op.add_column("outbound_messages", sa.Column("announcement_id", sa.Uuid(), nullable=True))
    op.alter_column("outbound_messages", "parameters", existing_type=postgresql.BYTEA(), nullable=True)
    op.create_foreign_key(
        op.f("fk_outbound_messages_tenant_id_announcement_id"),
        "outbound_messages",
        "announcements",
        ["tenant_id", "announcement_id"],
        ["tenant_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_outbound_messages_words_are_somewhere"),
        "outbound_messages",
        "num_nonnulls(parameters, announcement_id) = 1",
    )
    op.drop_constraint(op.f("ck_outbound_messages_known_delivery"), "outbound_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_outbound_messages_known_delivery"), "outbound_messages", f"state IN {DELIVERIES}"
    )
    for index in ("due", "provider_id", "subject"):
        op.drop_index(f"ix_outbound_messages_{index}", table_name="outbound_messages")
    _index("due", ["lane", "announcement_id", "not_before", "id"], "state = 'queued'")
    _index("sending", ["claimed_at"], "state = 'sending'")
    _index("provider_id", ["provider_id"], "provider_id IS NOT NULL")
    _index("subject", ["subject_type", "subject_id"], "subject_id IS NOT NULL")
    _index("announcement", ["announcement_id", "id"], "announcement_id IS NOT NULL")
    op.create_index(
        "ix_outbound_messages_month",
        "outbound_messages",
        ["tenant_id", "created_at"],
        unique=False,
        postgresql_using="brin",
    )
    for table in OWNED:
        for statement in tenancy_statements(table):
            op.execute(statement)


def _index(name: str, columns: list[str], where: str) -> None:
    op.create_index(
        f"ix_outbound_messages_{name}",
        "outbound_messages",
        ["tenant_id", *columns],
        unique=False,
        postgresql_where=sa.text(where),
    )
