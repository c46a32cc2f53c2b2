"""Webhooks and their dead letters."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_before", sa.LargeBinary(), nullable=True),
        sa.Column("secret_before_until", BIG, nullable=False),
        sa.Column("made_at", BIG, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pause", sa.Text(), nullable=True),
        sa.Column("position", BIG, nullable=False),
        sa.Column("alone_until", BIG, nullable=False),
        sa.Column("refusals", BIG, nullable=False),
        sa.Column("failures", BIG, nullable=False),
        sa.Column("failing_since", BIG, nullable=True),
        sa.Column("dead_in_a_row", BIG, nullable=False),
        sa.Column("due_at", BIG, nullable=False),
        sa.Column("delivered_at", BIG, nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=False),
        sa.Column("held_until", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_webhook_member_id"),
    )
    op.create_index("ix_webhook_member_id", "webhook", ["member_id"])
    op.create_table(
        "webhook_dead_letter",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("after", BIG, nullable=False),
        sa.Column("position", BIG, nullable=False),
        sa.Column("died_at", BIG, nullable=False),
        sa.Column("attempts", BIG, nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_dead_letter"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="fk_webhook_dead_letter_webhook_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_webhook_dead_letter_member_id"),
    )
    op.create_index("ix_webhook_dead_letter_webhook_id", "webhook_dead_letter", ["webhook_id"])
    op.create_index("ix_webhook_dead_letter_member_id", "webhook_dead_letter", ["member_id"])
