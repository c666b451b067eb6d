"""Whoever answers an evaluation again corrects the answers; what they were is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Let an answer be superseded; one of each beneficiary counts."""
    op.add_column("evaluation_answers", sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_evaluation_answers_tenant_id_round_id_beneficiary_id"), "evaluation_answers")
    op.create_index(
        "uq_evaluation_answers_counted",
        "evaluation_answers",
        ["tenant_id", "round_id", "beneficiary_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
