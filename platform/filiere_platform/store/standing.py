"""The instance's standing. Every change moves the directory's version in the same commit, as a suspension does."""

from __future__ import annotations

from sqlalchemy import delete, insert
from sqlmodel import Session

from filiere_platform.domain.standing import Standing, State
from filiere_platform.store.directory import announce_change
from filiere_platform.store.standing_row import read_standing
from filiere_platform.store.tables_recovery import STANDING


class StandingStore:
    """Reads and changes the standing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> Standing:
        """Read the standing."""
        return read_standing(self._session)

    def change(self, standing: Standing) -> None:
        """Take the log head's lock and change the standing; no capture decides with the old one after the commit."""
        announce_change(self._session)
        self._session.execute(delete(STANDING))
        if standing.state is not State.OPEN:
            values = {"since": standing.since, "start": standing.start, "stop": standing.stop}
            self._session.execute(insert(STANDING).values(id=1, state=standing.state.value, **values))
