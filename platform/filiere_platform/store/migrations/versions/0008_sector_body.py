"""The sector body is a member too: one per instance."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    # With a default, so that the previous release can go on admitting beside this one.
    op.add_column("member", sa.Column("is_sector_body", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "uq_member_is_sector_body",
        "member",
        ["is_sector_body"],
        unique=True,
        postgresql_where=sa.text("is_sector_body"),
        sqlite_where=sa.text("is_sector_body = 1"),
    )
