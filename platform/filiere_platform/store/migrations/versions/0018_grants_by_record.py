"""The grants of a record by its log index alone."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    # On PostgreSQL this locks out captures for about a second per million events (docs/operations.md).
    op.create_index("ix_visibility_grant_record", "visibility_grant", ["log_index"])
