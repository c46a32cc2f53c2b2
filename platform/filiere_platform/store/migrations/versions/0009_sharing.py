"""The mode in which each event is shared, from which its grants are derived again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean()
# The modes whose grants later records extend.
IS_LINKED = sa.text("sharing IN (3, 4)")


def upgrade() -> None:
    # Without a value for what is stored already, and for what the previous release stores beside this one: of those
    # events the grants that they were given stand, and nothing extends them.
    op.add_column("event", sa.Column("sharing", SMALL, nullable=True))
    op.create_index("ix_event_linked", "event", ["log_index"], postgresql_where=IS_LINKED, sqlite_where=IS_LINKED)
    op.create_table(
        "applied_party",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_applied_party"),
    )
    op.create_table(
        "access_request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("asker_id", BIG, nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.Column("node_id", BIG, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("asked_at", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_access_request"),
        sa.UniqueConstraint("asker_id", "log_index", name="uq_access_request_asker_id"),
        sa.ForeignKeyConstraint(["asker_id"], ["member.id"], name="fk_access_request_asker_id"),
        sa.ForeignKeyConstraint(["owner_id"], ["member.id"], name="fk_access_request_owner_id"),
    )
    for name in ("owner_id", "asker_id"):
        op.create_index(f"ix_access_request_{name}", "access_request", [name, "asked_at"])
    op.create_table(
        "named_member",
        sa.Column("member_id", BIG, autoincrement=False, nullable=False),
        sa.Column("is_named", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_named_member"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_named_member_member_id"),
    )
