"""Keys' chains: the runs that are kept of them, and what following them finds."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DIGEST = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "chain_segment",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("first_seq", BIG, autoincrement=False, nullable=False),
        sa.Column("first_index", BIG, autoincrement=False, nullable=False),
        sa.Column("last_seq", BIG, nullable=False),
        sa.Column("last_index", BIG, nullable=False),
        sa.Column("first_prev", DIGEST, nullable=False),
        sa.Column("last_sha256", DIGEST, nullable=False),
        sa.PrimaryKeyConstraint("kid", "first_seq", "first_index", name="pk_chain_segment"),
    )
    op.create_index("ix_chain_segment_last_seq", "chain_segment", ["kid", "last_seq"])
    op.create_index("ix_chain_segment_last_sha256", "chain_segment", ["last_sha256"])
    op.create_index("ix_chain_segment_first_prev", "chain_segment", ["first_prev"])
    op.create_table(
        "finding",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("low", BIG, nullable=False),
        sa.Column("high", BIG, nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("first_seen", BIG, nullable=False),
        sa.Column("opens_at", BIG, nullable=False),
        sa.Column("closed_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint("rule", "subject", "low", "high", "log_index", name="uq_finding_rule"),
    )
    op.create_index("ix_finding_member_id", "finding", ["member_id", "id"])
    op.create_index(
        "ix_finding_not_closed",
        "finding",
        ["rule", "subject"],
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
