"""Who is whom at an identity provider: a subject of an issuer is one person's."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from filiere_platform.store.tables_identity import PERSON_IDENTITY


class IdentityStore:
    """Keeps links between persons and providers' subjects."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def link(self, issuer: str, subject: str, person_id: str, *, now: int) -> None:
        """Link a subject to a person, in place of the person's own of before.

        Raises:
            RowsRefused: it is somebody's (`pk_person_identity`).
        """
        self.unlink(issuer, person_id)
        values = {"issuer": issuer, "subject": subject, "person_id": person_id, "linked_at": now}
        self._session.execute(insert(PERSON_IDENTITY).values(**values))

    def person_of(self, issuer: str, subject: str, *, now: int) -> str | None:
        """Name whose a subject is, and note that it was used; None where it is nobody's."""
        mine = (PERSON_IDENTITY.c.issuer == issuer, PERSON_IDENTITY.c.subject == subject)
        used = update(PERSON_IDENTITY).where(*mine).values(used_at=now).returning(PERSON_IDENTITY.c.person_id)
        return self._session.execute(used).scalar_one_or_none()

    def is_linked(self, issuer: str, person_id: str) -> bool:
        """Whether a person has a subject of an issuer."""
        mine = (PERSON_IDENTITY.c.issuer == issuer, PERSON_IDENTITY.c.person_id == person_id)
        return self._session.execute(select(PERSON_IDENTITY.c.person_id).where(*mine)).first() is not None

    def unlink(self, issuer: str, person_id: str) -> None:
        """Take a person's link with an issuer away."""
        mine = (PERSON_IDENTITY.c.issuer == issuer, PERSON_IDENTITY.c.person_id == person_id)
        self._session.execute(delete(PERSON_IDENTITY).where(*mine))

    def forget(self, person_id: str) -> None:
        """Take all links of a person away."""
        self._session.execute(delete(PERSON_IDENTITY).where(PERSON_IDENTITY.c.person_id == person_id))
