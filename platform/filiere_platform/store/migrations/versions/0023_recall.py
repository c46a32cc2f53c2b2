"""Recalls: versions of their scope, who approved, notices and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recall",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("issuer_id", BIG, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("as_of", BIG, nullable=False),
        sa.Column("started_at", BIG, nullable=False),
        sa.Column("listed_at", BIG, nullable=False),
        sa.Column("sent_at", BIG, nullable=True),
        sa.Column("closed_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recall"),
        sa.ForeignKeyConstraint(["issuer_id"], ["member.id"], name="fk_recall_issuer_id"),
    )
    op.create_index("ix_recall_issuer_id", "recall", ["issuer_id", "started_at"])
    op.create_index("ix_recall_state", "recall", ["state", "as_of"])
    op.create_table(
        "recall_scope",
        sa.Column("recall_id", sa.Text(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.Column("made_at", BIG, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("recall_id", "version", name="pk_recall_scope"),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name="fk_recall_scope_recall_id"),
    )
    op.create_table(
        "recall_approval",
        sa.Column("recall_id", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("recall_id", "act", "version", "person", name="pk_recall_approval"),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name="fk_recall_approval_recall_id"),
    )
    op.create_table(
        "recall_notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recall_id", sa.Text(), nullable=False),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=True),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("lots", sa.Text(), nullable=False),
        sa.Column("sent_at", BIG, nullable=False),
        sa.Column("acknowledged_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recall_notice"),
        sa.ForeignKeyConstraint(["recall_id"], ["recall.id"], name="fk_recall_notice_recall_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_recall_notice_member_id"),
    )
    op.create_index("ix_recall_notice_recall_id", "recall_notice", ["recall_id"])
    op.create_index("ix_recall_notice_member_id", "recall_notice", ["member_id", "sent_at"])
    op.create_table(
        "recall_answer",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Text(), nullable=False),
        sa.Column("uom", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "number", name="pk_recall_answer"),
        sa.ForeignKeyConstraint(["notice_id"], ["recall_notice.id"], name="fk_recall_answer_notice_id"),
    )
