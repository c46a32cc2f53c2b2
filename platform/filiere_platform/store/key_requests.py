"""What waits for a registrar's key that is kept offline."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlmodel import Session

from filiere_platform.domain.key_request import KeyRequest
from filiere_platform.store.tables import MEMBER
from filiere_platform.store.tables_key_request import KEY_REQUEST, KeyRequestTable


class KeyRequestStore:
    """Keeps requests until the registrar's statement is admitted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, member_id: int, request: KeyRequest) -> None:
        """Keep a request.

        Raises:
            RowsRefused: the same change of this key is asked for already (`uq_key_request_kid`).
        """
        self._session.add(
            KeyRequestTable(
                member_id=member_id,
                kid=request.kid,
                operation=request.operation,
                label=request.label,
                body=request.body,
                asked_at=request.asked_at,
            )
        )
        self._session.flush()

    def find(self, kid: str, operation: str) -> KeyRequest | None:
        """Find what is asked of a key."""
        return next((each for each in self.all() if (each.kid, each.operation) == (kid, operation)), None)

    def all(self) -> list[KeyRequest]:
        """List what waits, the oldest first."""
        chosen = select(KEY_REQUEST, MEMBER.c.uri).join(MEMBER, MEMBER.c.id == KEY_REQUEST.c.member_id)
        return [
            KeyRequest(
                operation=row.operation,
                kid=row.kid,
                issuer=row.uri,
                label=row.label,
                body=row.body,
                asked_at=row.asked_at,
            )
            for row in self._session.execute(chosen.order_by(KEY_REQUEST.c.id))
        ]

    def remove(self, kid: str, operation: str) -> None:
        """Forget a request, if there is one: it was admitted."""
        mine = (KEY_REQUEST.c.kid == kid, KEY_REQUEST.c.operation == operation)
        self._session.execute(delete(KEY_REQUEST).where(*mine))
