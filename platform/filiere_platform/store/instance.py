"""The instance's own row."""

from __future__ import annotations

from sqlmodel import Session, select

from filiere_platform.domain.instance import Instance
from filiere_platform.store.tables import InstanceTable


class InstanceStore:
    """Writes the instance once, reads it ever after."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, origin: str, sector: str, name: str, now: int) -> Instance:
        """Write the instance; `now` is in microseconds since 1970.

        Raises:
            RowsRefused: the database has an instance already.
        """
        row = InstanceTable(id=1, origin=origin, sector=sector, name=name, created_at=now)
        self._session.add(row)
        self._session.flush()
        return Instance(origin=origin, sector=sector, name=name, created_at=now)

    def sector(self) -> str:
        """Read the name of its sector; empty before `filiere init`."""
        return self._session.exec(select(InstanceTable.sector)).one_or_none() or ""

    def read(self) -> Instance | None:
        """Read the instance; None before `filiere init`."""
        row = self._session.exec(select(InstanceTable)).one_or_none()
        if row is None:
            return None
        return Instance(origin=row.origin, sector=row.sector, name=row.name, created_at=row.created_at)
