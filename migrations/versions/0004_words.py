"""Questions about calls, suggestions for the long list, and requests for support."""

import sqlalchemy as sa
from alembic import op

from tenants.schema import tenancy_statements

revision = "0004"
down_revision = "0003"

OWNED = (
    "call_questions",
    "ideas",
    "support_requests",
)


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "call_questions",
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("asked", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "answered",
                "declined",
                name="known_question_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("wording", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("declined_because", sa.LargeBinary(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (contact_id IS NULL) OR (state = 'answered')",
            name=op.f("ck_call_questions_put_in_person_is_answered"),
        ),
        sa.CheckConstraint(
            "NOT (state <> 'waiting') OR (settled_at IS NOT NULL)",
            name=op.f("ck_call_questions_settled_has_a_date"),
        ),
        sa.CheckConstraint(
            "NOT (state = 'answered') OR (wording IS NOT NULL AND answer IS NOT NULL)",
            name=op.f("ck_call_questions_answered_has_words"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "call_id"],
            ["calls.tenant_id", "calls.id"],
            name=op.f("fk_call_questions_tenant_id_call_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_call_questions_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lot_id"],
            ["lots.tenant_id", "lots.id"],
            name=op.f("fk_call_questions_tenant_id_lot_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_call_questions")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_call_questions_tenant_id_reference")),
    )
    op.create_index("ix_call_questions_call_id", "call_questions", ["tenant_id", "call_id"], unique=False)
    op.create_index(
        "ix_call_questions_contact_id", "call_questions", ["tenant_id", "contact_id"], unique=False
    )
    op.create_index("ix_call_questions_lot_id", "call_questions", ["tenant_id", "lot_id"], unique=False)
    op.create_table(
        "ideas",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "enterprises",
                "labour_export",
                "ecology",
                "education",
                "health",
                "dibao",
                "vulnerable_groups",
                "infrastructure",
                "markets",
                "living_conditions",
                "finance",
                "innovation",
                "capacities",
                "design_evaluation",
                "impact",
                "new_ways",
                name="known_category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "proposer",
            sa.Enum(
                "office",
                "township",
                "village",
                "organization",
                "villager",
                name="known_proposer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "listed",
                "set_aside",
                name="known_idea_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("set_aside_because", sa.LargeBinary(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (state <> 'waiting') OR (settled_at IS NOT NULL)", name=op.f("ck_ideas_settled_has_a_date")
        ),
        sa.CheckConstraint(
            "NOT (state = 'listed') OR (task_id IS NOT NULL)", name=op.f("ck_ideas_listed_has_a_task")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_ideas_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "task_id"], ["tasks.tenant_id", "tasks.id"], name=op.f("fk_ideas_tenant_id_task_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ideas")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_ideas_tenant_id_reference")),
    )
    op.create_index("ix_ideas_contact_id", "ideas", ["tenant_id", "contact_id"], unique=False)
    op.create_index("ix_ideas_task_id", "ideas", ["tenant_id", "task_id"], unique=False)
    op.create_table(
        "support_requests",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "coordination",
                "technical",
                "finance",
                "trust",
                "other",
                name="known_support_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "passed_on",
                "answered",
                name="known_support_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("passed_on_to", sa.Text(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "NOT (state = 'answered') OR (answered_at IS NOT NULL)",
            name=op.f("ck_support_requests_answered_has_a_date"),
        ),
        sa.CheckConstraint(
            "NOT (state = 'passed_on') OR (passed_on_to IS NOT NULL)",
            name=op.f("ck_support_requests_passed_on_to_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["contacts.tenant_id", "contacts.id"],
            name=op.f("fk_support_requests_tenant_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contract_id"],
            ["contracts.tenant_id", "contracts.id"],
            name=op.f("fk_support_requests_tenant_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_support_requests")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_support_requests_tenant_id_reference")),
    )
    op.create_index(
        "ix_support_requests_contact_id", "support_requests", ["tenant_id", "contact_id"], unique=False
    )
    op.create_index(
        "ix_support_requests_contract_id", "support_requests", ["tenant_id", "contract_id"], unique=False
    )
    for table in OWNED:
        for statement in tenancy_statements(table):
            op.execute(statement)
