"""Cursors: how far each follower of grants or of the log has come."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlmodel import Session

from filiere_platform.store.tables import RELAY_CURSOR, RelayCursorTable


class CursorStore:
    """Reads and moves cursors."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self, name: str) -> int:
        """Read a cursor's position; 0, before the first grant, where it was never moved."""
        found = self._session.execute(select(RELAY_CURSOR.c.position).where(RELAY_CURSOR.c.name == name)).scalar()
        return 0 if found is None else int(found)

    def is_set(self, name: str) -> bool:
        """Say whether a cursor was ever moved, and not removed since."""
        chosen = select(RELAY_CURSOR.c.name).where(RELAY_CURSOR.c.name == name)
        return self._session.execute(chosen).first() is not None

    def named(self, prefix: str) -> dict[str, int]:
        """Read every position whose name begins so."""
        chosen = select(RELAY_CURSOR.c.name, RELAY_CURSOR.c.position).where(
            RELAY_CURSOR.c.name.startswith(prefix, autoescape=True)
        )
        return {row.name: row.position for row in self._session.execute(chosen)}

    def move(self, name: str, position: int) -> None:
        """Set a position. Who follows grants moves only forward; to go back is to deliver again.

        Raises:
            RowsRefused: somebody else set it for the very first time at the same moment.
        """
        here = RELAY_CURSOR.c.name == name
        moved = update(RELAY_CURSOR).where(here).values(position=position).returning(RELAY_CURSOR.c.name)
        if self._session.execute(moved).first() is None:
            self._add(name, position)

    def advance(self, name: str, expected: int, position: int) -> bool:
        """Move a cursor from where it is expected to stand; False where it stands elsewhere.

        Takes the cursor's row until the end of the transaction: of two who move it, one waits for the other.

        Raises:
            RowsRefused: somebody else set it for the very first time at the same moment.
        """
        if self.follow(name, expected, position):
            return True
        if expected != 0 or self.is_set(name):
            return False
        self._add(name, position)
        return True

    def follow(self, name: str, expected: int, position: int) -> bool:
        """Move a cursor as `advance` does, but one that is there: who removed it meanwhile does not get it again."""
        here = (RELAY_CURSOR.c.name == name, RELAY_CURSOR.c.position == expected)
        moved = update(RELAY_CURSOR).where(*here).values(position=position).returning(RELAY_CURSOR.c.name)
        return self._session.execute(moved).first() is not None

    def hold_back(self, name: str, position: int) -> None:
        """Set a position, unless the cursor stands before it already: of two who want it back, the earlier is heard.

        Raises:
            RowsRefused: somebody else set it for the very first time at the same moment.
        """
        here = RELAY_CURSOR.c.name == name
        back = update(RELAY_CURSOR).where(here, RELAY_CURSOR.c.position > position).values(position=position)
        if self._session.execute(back.returning(RELAY_CURSOR.c.name)).first() is not None:
            return
        if not self.is_set(name):
            self._add(name, position)

    def remove(self, name: str, *, at: int | None = None) -> None:
        """Forget a position; where `at` says one, only if the cursor still stands there."""
        here = [RELAY_CURSOR.c.name == name, *([] if at is None else [RELAY_CURSOR.c.position == at])]
        self._session.execute(delete(RELAY_CURSOR).where(*here))

    def _add(self, name: str, position: int) -> None:
        self._session.add(RelayCursorTable(name=name, position=position))
        self._session.flush()
