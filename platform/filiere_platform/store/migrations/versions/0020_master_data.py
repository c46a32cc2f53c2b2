"""Master data: what members say of places, products and parties, in versions."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "master_data",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("vocabulary", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sharing", sa.Text(), nullable=False),
        sa.Column("latest", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_master_data"),
        sa.UniqueConstraint("member_id", "vocabulary", "key", name="uq_master_data_member_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_master_data_member_id"),
    )
    op.create_index("ix_master_data_key", "master_data", ["key"])
    op.create_index("ix_master_data_sharing", "master_data", ["sharing", "id"])
    op.create_table(
        "master_data_version",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("at", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("act", BIG, nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "number", name="pk_master_data_version"),
        sa.ForeignKeyConstraint(["entry_id"], ["master_data.id"], name="fk_master_data_version_entry_id"),
    )
    op.create_index("ix_master_data_version_at", "master_data_version", ["entry_id", "at"])
    op.create_table(
        "master_data_term",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "sha256", name="pk_master_data_term"),
        sa.ForeignKeyConstraint(["entry_id"], ["master_data.id"], name="fk_master_data_term_entry_id"),
    )
    op.create_index("ix_master_data_term_sha256", "master_data_term", ["sha256"])
