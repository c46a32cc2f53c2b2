"""What members are to be told of their findings on the bus, and what they were told."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = ("rule", "subject", "low", "high", "log_index")


def upgrade() -> None:
    op.create_table(
        "finding_news",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("low", BIG, nullable=False),
        sa.Column("high", BIG, nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("due_at", BIG, nullable=True),
        sa.Column("change", BIG, nullable=False),
        sa.Column("told", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(*NAME, name="pk_finding_news"),
    )
    op.create_index(
        "ix_finding_news_due",
        "finding_news",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
