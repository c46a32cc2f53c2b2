"""Invitations of partners who are not members yet."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "partner_invitation",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("partner_id", sa.Text(), nullable=False),
        sa.Column("made_at", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("application_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name="pk_partner_invitation"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_partner_invitation_partner_id"),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name="fk_partner_invitation_application_id"),
    )
    op.create_index("ix_partner_invitation_partner_id", "partner_invitation", ["partner_id"])
