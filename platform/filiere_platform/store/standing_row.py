"""Read the instance's standing: for the directory's snapshot, and for who changes it."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from filiere_platform.domain.standing import OPEN, Standing, State
from filiere_platform.store.tables_recovery import STANDING


def read_standing(session: Session) -> Standing:
    """Read the standing; open where nothing is written."""
    row = session.execute(select(STANDING)).one_or_none()
    if row is None:
        return OPEN
    return Standing(state=State(row.state), since=row.since, start=row.start, stop=row.stop)
