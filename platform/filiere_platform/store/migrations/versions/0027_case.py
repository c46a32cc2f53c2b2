"""Cases: notices, certificates and orders that follow a state machine of the profile."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("sender_id", BIG, nullable=False),
        sa.Column("receiver_id", BIG, nullable=False),
        sa.Column("subjects", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("opened_at", BIG, nullable=False),
        sa.Column("changed_at", BIG, nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_file"),
        sa.ForeignKeyConstraint(["sender_id"], ["member.id"], name="fk_case_file_sender_id"),
        sa.ForeignKeyConstraint(["receiver_id"], ["member.id"], name="fk_case_file_receiver_id"),
    )
    op.create_index("ix_case_file_sender_id", "case_file", ["sender_id", "opened_at"])
    op.create_index("ix_case_file_receiver_id", "case_file", ["receiver_id", "opened_at"])
    op.create_table(
        "case_step",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=True),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("log_index", BIG, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_case_step"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_case_step_case_id"),
    )
    op.create_table(
        "case_proposal",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_proposal"),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_case_proposal_case_id"),
    )
