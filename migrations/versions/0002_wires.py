"""What providers without a message list, and those that send by approved templates alone, need."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("outbound_messages", sa.Column("again_at", sa.DateTime(timezone=True), nullable=True))
