"""The instance's standing, the entries that a recovery misses, and those that were declared lost."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "standing",
        sa.Column("id", SMALL, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", BIG, nullable=False),
        sa.Column("start", BIG, nullable=False),
        sa.Column("stop", BIG, nullable=False),
        sa.CheckConstraint("id = 1", name="ck_standing_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_standing"),
    )
    op.create_table(
        "missing_record",
        sa.Column("log_index", BIG, autoincrement=False, nullable=False),
        sa.Column("kind", SMALL, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", BIG, nullable=True),
        sa.Column("member", sa.Text(), nullable=True),
        sa.Column("kid", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("disclosures", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("log_index", name="pk_missing_record"),
    )
    op.create_index("ix_missing_record_sha256", "missing_record", ["sha256"])
    op.create_table(
        "lost_record",
        sa.Column("log_index", BIG, autoincrement=False, nullable=False),
        sa.Column("incident", BIG, nullable=False),
        sa.PrimaryKeyConstraint("log_index", name="pk_lost_record"),
    )
