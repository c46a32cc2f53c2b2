"""Mandates, guest links, looks; and whether a version of the charter lets the sector body give mandates."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("charter", sa.Column("allows_mandates", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "mandate",
        sa.Column("number", BIG, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("giver_id", BIG, nullable=False),
        sa.Column("holder_id", BIG, nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("purpose", "reason", "scope")),
        *(sa.Column(name, BIG, nullable=False) for name in ("given_at", "starts_at", "ends_at")),
        sa.Column("revoked_at", BIG, nullable=True),
        *(sa.Column(name, BIG, nullable=False) for name in ("followed", "looks", "delivered")),
        sa.PrimaryKeyConstraint("number", name="pk_mandate"),
        sa.UniqueConstraint("id", name="uq_mandate_id"),
        sa.ForeignKeyConstraint(["giver_id"], ["member.id"], name="fk_mandate_giver_id"),
        sa.ForeignKeyConstraint(["holder_id"], ["member.id"], name="fk_mandate_holder_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_mandate_person_id"),
    )
    op.create_index("ix_mandate_holder_id", "mandate", ["holder_id", "ends_at"])
    op.create_index("ix_mandate_giver_id", "mandate", ["giver_id", "number"])
    op.create_index("ix_mandate_ends_at", "mandate", ["ends_at"])
    op.create_table(
        "mandate_member",
        sa.Column("mandate", BIG, autoincrement=False, nullable=False),
        sa.Column("member_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("mandate", "member_id", name="pk_mandate_member"),
        sa.ForeignKeyConstraint(["mandate"], ["mandate.number"], name="fk_mandate_member_mandate"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_mandate_member_member_id"),
    )
    op.create_index("ix_mandate_member_member_id", "mandate_member", ["member_id", "mandate"])
    op.create_table(
        "guest_link",
        sa.Column("mandate", BIG, autoincrement=False, nullable=False),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("made_at", BIG, nullable=False),
        sa.Column("ends_at", BIG, nullable=False),
        sa.Column("revoked_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("mandate", "number", name="pk_guest_link"),
        sa.UniqueConstraint("sha256", name="uq_guest_link_sha256"),
        sa.ForeignKeyConstraint(["mandate"], ["mandate.number"], name="fk_guest_link_mandate"),
    )
    op.create_table(
        "look",
        sa.Column("member_id", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("mandate", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("by", "question", "records")),
        sa.Column("count", BIG, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "seq", name="pk_look"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_look_member_id"),
        sa.ForeignKeyConstraint(["mandate"], ["mandate.number"], name="fk_look_mandate"),
    )
    op.create_index("ix_look_mandate", "look", ["mandate", "at"])
    op.create_table(
        "look_chain",
        sa.Column("member_id", BIG, autoincrement=False, nullable=False),
        sa.Column("seq", BIG, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("stated", BIG, nullable=False),
        sa.Column("stated_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_look_chain"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_look_chain_member_id"),
    )
