"""Which events enter the accounts whose limits are watched."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "counter_entry",
        sa.Column("counter", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.PrimaryKeyConstraint("counter", "subject", "log_index", name="pk_counter_entry"),
    )
    op.create_index("ix_counter_entry_log_index", "counter_entry", ["log_index"])
