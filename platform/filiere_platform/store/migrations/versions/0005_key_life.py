"""Keys that are replaced, suspected and named; what waits for a registrar that is kept offline."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("replaced_at", "suspect_from"):
        op.add_column("member_key", sa.Column(name, BIG, nullable=True))
    for name in ("reason", "predecessor"):
        op.add_column("member_key", sa.Column(name, sa.Text(), nullable=True))
    # With a default, so that the previous release can go on enrolling beside this one.
    op.add_column("member_key", sa.Column("label", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "key_request",
        sa.Column("id", BIG, nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("asked_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_key_request"),
        sa.UniqueConstraint("kid", "operation", name="uq_key_request_kid"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_key_request_member_id"),
    )
    op.create_index("ix_key_request_member_id", "key_request", ["member_id"])
