"""Sessions of people: each is a row, so that ending one is taking it away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Row
from sqlmodel import Session

from filiere_platform.domain.person_session import PersonSession, Stage
from filiere_platform.store.tables_person import PERSON_SESSION, PersonSessionTable


class PersonSessionStore:
    """Keeps sessions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, session: PersonSession, *, now: int) -> None:
        """Keep a new session; those whose time is over go."""
        self._session.execute(delete(PERSON_SESSION).where(PERSON_SESSION.c.ends_at <= now))
        self._session.add(
            PersonSessionTable(
                sha256=session.sha256,
                person_id=session.person_id,
                stage=session.stage.value,
                began_at=session.began_at,
                seen_at=session.seen_at,
                ends_at=session.ends_at,
            )
        )
        self._session.flush()

    def find(self, sha256: bytes) -> PersonSession | None:
        """Find a session, whether its time is over or not."""
        row = self._session.execute(select(PERSON_SESSION).where(PERSON_SESSION.c.sha256 == sha256)).first()
        return None if row is None else _session(row)

    def of_person(self, person_id: str) -> list[PersonSession]:
        """List the sessions of a person, the latest first."""
        chosen = select(PERSON_SESSION).where(PERSON_SESSION.c.person_id == person_id)
        return [_session(row) for row in self._session.execute(chosen.order_by(PERSON_SESSION.c.began_at.desc()))]

    def saw(self, sha256: bytes, now: int) -> None:
        """Write down that a session is in use."""
        self._session.execute(update(PERSON_SESSION).where(PERSON_SESSION.c.sha256 == sha256).values(seen_at=now))

    def end(self, sha256: bytes) -> bool:
        """End a session; False where there is none: of two who end it one did."""
        mine = delete(PERSON_SESSION).where(PERSON_SESSION.c.sha256 == sha256).returning(PERSON_SESSION.c.sha256)
        return self._session.execute(mine).first() is not None

    def end_all(self, person_id: str, *, but: bytes = b"") -> None:
        """End every session of a person, but one."""
        mine = (PERSON_SESSION.c.person_id == person_id, PERSON_SESSION.c.sha256 != (but or bytes(32)))
        self._session.execute(delete(PERSON_SESSION).where(*mine))


def _session(row: Row[Any]) -> PersonSession:
    return PersonSession(
        sha256=row.sha256,
        person_id=row.person_id,
        stage=Stage(row.stage),
        began_at=row.began_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
    )
