"""Acts of administration are found among the records by an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(
        "ix_record_acts",
        "record",
        ["log_index", "member_id"],
        postgresql_where=sa.text("kind = 7"),
        sqlite_where=sa.text("kind = 7"),
    )
