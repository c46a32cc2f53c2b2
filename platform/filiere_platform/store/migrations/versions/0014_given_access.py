"""Whom owners named afterwards for records of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "given_access",
        sa.Column("log_index", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("given_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("log_index", "member_id", name="pk_given_access"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_given_access_member_id"),
    )
