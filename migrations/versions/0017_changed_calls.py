"""A published call can change, which its bidders confirm, and it can be cancelled."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenants.schema import tenancy_statements

revision = "0017"
down_revision = "0016"

UNREAD = "'sealed', 'unreadable', 'superseded', 'withdrawn'"
READ = "'opened', 'excluded', 'qualified', 'selected', 'unsuccessful'"
CALLS = "'draft', 'published', 'opened', 'result_published', 'approved', 'unsuccessful'"


def upgrade() -> None:
    """Add what a change and a cancellation leave behind, and their states."""
    op.drop_constraint(op.f("ck_calls_known_call_state"), "calls")
    op.create_check_constraint(op.f("ck_calls_known_call_state"), "calls", f"state IN ({CALLS}, 'cancelled')")
    op.drop_constraint(op.f("ck_bids_known_bid_state"), "bids")
    op.create_check_constraint(
        op.f("ck_bids_known_bid_state"), "bids", f"state IN ('stale', {UNREAD}, {READ})"
    )
    op.drop_constraint(op.f("ck_bids_sealed_means_unread"), "bids")
    op.create_check_constraint(
        op.f("ck_bids_sealed_means_unread"),
        "bids",
        f"NOT (state IN ('stale', {UNREAD})) OR (price IS NULL AND content IS NULL AND nonce IS NULL)",
    )
    op.add_column("calls", sa.Column("cancelled_at", sa.DateTime(timezone=True)))
    op.add_column("calls", sa.Column("cancelled_because", sa.Text()))
    op.add_column("calls", sa.Column("cancelled_because_en", sa.Text()))
    op.create_check_constraint(
        op.f("ck_calls_cancelled_gives_its_reason"),
        "calls",
        "NOT (state = 'cancelled')"
        " OR (cancelled_at IS NOT NULL AND cancelled_because IS NOT NULL AND private_key IS NULL)",
    )
    words = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "call_amendments",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text()),
        sa.Column("before", words, nullable=False),
        sa.Column("after", words, nullable=False),
        sa.Column("deadline_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid()),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (deadline <> deadline_before) OR (deadline > deadline_before)",
            name=op.f("ck_call_amendments_nobody_gets_less_time"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "call_id"],
            ["calls.tenant_id", "calls.id"],
            name=op.f("fk_call_amendments_tenant_id_call_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_call_amendments")),
    )
    op.create_index("ix_call_amendments_call_id", "call_amendments", ["tenant_id", "call_id"])
    for statement in tenancy_statements("call_amendments"):
        op.execute(statement)
