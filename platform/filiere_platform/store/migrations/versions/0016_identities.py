"""Who is whom at an identity provider."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "person_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("linked_at", BIG, nullable=False),
        sa.Column("used_at", BIG, nullable=True),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_person_identity"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_identity_person_id"),
    )
    op.create_index("ix_person_identity_person_id", "person_identity", ["person_id"])
