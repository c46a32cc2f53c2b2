"""Members' registers of partners, each change of which is a version."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "partner",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("contacts", sa.Text(), nullable=False),
        sa.Column("latest", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partner"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_partner_member_id"),
    )
    op.create_index("ix_partner_member_id", "partner", ["member_id"])
    op.create_table(
        "partner_version",
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("act", BIG, nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "number", name="pk_partner_version"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_partner_version_partner_id"),
    )
    op.create_index("ix_partner_version_at", "partner_version", ["partner_id", "at"])
