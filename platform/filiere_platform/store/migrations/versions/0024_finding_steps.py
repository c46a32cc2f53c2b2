"""Steps of findings: who explained, closed or reopened one, when and why."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = ("rule", "subject", "low", "high", "log_index")


def upgrade() -> None:
    op.create_table(
        "finding_step",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("low", BIG, nullable=False),
        sa.Column("high", BIG, nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on_behalf_of", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("act", BIG, nullable=True),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(*NAME, "number", name="pk_finding_step"),
    )
    op.create_index(
        "uq_finding_step_last",
        "finding_step",
        list(NAME),
        unique=True,
        postgresql_where=sa.text("is_last"),
        sqlite_where=sa.text("is_last"),
    )
