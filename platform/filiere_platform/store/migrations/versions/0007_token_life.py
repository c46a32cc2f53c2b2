"""Tokens have a name, a birth and a last use."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # With a default, so that the previous release can go on giving tokens beside this one.
    op.add_column("api_token", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    for name in ("created_at", "last_used_at"):
        op.add_column("api_token", sa.Column(name, BIG, nullable=True))
