"""Named queries and their subscriptions."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "named_query",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("made_at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_named_query"),
        sa.UniqueConstraint("member_id", "name", name="uq_named_query_name"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_named_query_member_id"),
    )
    op.create_table(
        "subscription",
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("query_id", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("reports_empty", sa.Boolean(), nullable=False),
        sa.Column("record_from", BIG, nullable=False),
        sa.Column("late_from", BIG, nullable=True),
        sa.Column("epc_format", sa.Text(), nullable=False),
        sa.Column("word_format", sa.Text(), nullable=False),
        sa.Column("runs_at", BIG, nullable=True),
        sa.Column("run_end", BIG, nullable=True),
        sa.Column("has_told", sa.Boolean(), nullable=False),
        sa.Column("ran_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("webhook_id", name="pk_subscription"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_subscription_webhook_id"),
        sa.ForeignKeyConstraint(["query_id"], ["named_query.id"], name="fk_subscription_query_id"),
    )
    op.create_index("ix_subscription_query_id", "subscription", ["query_id"])
