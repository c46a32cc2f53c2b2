"""People of members: their accounts, one-time links, recovery codes and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_person_member_id"),
        sa.UniqueConstraint("login", name="uq_person_login"),
    )
    op.create_index("ix_person_member_id", "person", ["member_id"])
    op.create_table(
        "person_link",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("expires_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_person_link"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_link_person_id"),
    )
    op.create_index("ix_person_link_person_id", "person_link", ["person_id"])
    op.create_table(
        "recovery_code",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "sha256", name="pk_recovery_code"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_recovery_code_person_id"),
    )
    op.create_table(
        "person_session",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("began_at", BIG, nullable=False),
        sa.Column("seen_at", BIG, nullable=False),
        sa.Column("ends_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_person_session"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_session_person_id"),
    )
    op.create_index("ix_person_session_person_id", "person_session", ["person_id"])
    op.create_index("ix_person_session_ends_at", "person_session", ["ends_at"])
