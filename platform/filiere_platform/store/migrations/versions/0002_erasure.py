"""Erasures; and the documents of capture jobs that have ended, whose events are records of their own, go."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("log_index", BIG, autoincrement=False, nullable=False),
        sa.Column("entry_index", BIG, autoincrement=False, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("erased_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("log_index", "entry_index", name="pk_erasure"),
    )
    jobs = sa.table("capture_job", sa.column("document", sa.LargeBinary()), sa.column("finished_at", BIG))
    op.execute(sa.update(jobs).where(jobs.c.finished_at.is_not(None)).values(document=b""))
