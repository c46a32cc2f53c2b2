"""Admission: applications, invitations, the charter's versions and who accepted which."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DIGEST = sa.LargeBinary()


def upgrade() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("uri", "name", "contact", "message", "identifiers")),
        sa.Column("charter", sa.Text(), nullable=True),
        sa.Column("charter_sha256", DIGEST, nullable=True),
        sa.Column("asked_at", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_application"),
    )
    op.create_index("ix_application_state", "application", ["state", "asked_at"])
    op.create_table(
        "invitation",
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.Column("used_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("sha256", name="pk_invitation"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_invitation_member_id"),
    )
    op.create_index("ix_invitation_member_id", "invitation", ["member_id"])
    op.create_table(
        "charter",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("published_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_charter"),
    )
    op.create_index("ix_charter_published_at", "charter", ["published_at"])
    op.create_table(
        "charter_acceptance",
        sa.Column("member_id", BIG, autoincrement=False, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", DIGEST, nullable=False),
        sa.Column("accepted_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "version", name="pk_charter_acceptance"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_charter_acceptance_member_id"),
    )
