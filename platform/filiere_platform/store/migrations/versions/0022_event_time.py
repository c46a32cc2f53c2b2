"""Events by their time."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

LONG = sa.text("latest > earliest")  # known to a day or a minute, and not to the instant


def upgrade() -> None:
    # On PostgreSQL this locks out captures for about a second per million events (docs/operations.md).
    op.create_index("ix_event_earliest", "event", ["earliest", "log_index"])
    op.create_index("ix_event_long", "event", ["earliest"], postgresql_where=LONG, sqlite_where=LONG)
