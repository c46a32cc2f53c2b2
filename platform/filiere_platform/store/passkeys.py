"""Passkeys, and the challenges that were answered; each answer and each step of a counter is one statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row
from sqlmodel import Session

from filiere_platform.domain.passkey import Challenge, Passkey
from filiere_platform.store.tables_passkey import ANSWERED_CHALLENGE, PASSKEY, PasskeyTable


class PasskeyStore:
    """Keeps passkeys."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, passkey: Passkey) -> None:
        """Keep a passkey.

        Raises:
            RowsRefused: there is one of this id (`pk_passkey`).
        """
        self._session.add(
            PasskeyTable(
                sha256=passkey.sha256,
                person_id=passkey.person_id,
                name=passkey.name,
                credential=passkey.credential,
                sign_count=passkey.sign_count,
                created_at=passkey.created_at,
            )
        )
        self._session.flush()

    def find(self, sha256: bytes) -> Passkey | None:
        """Find a passkey by the digest of its credential's id."""
        row = self._session.execute(select(PASSKEY).where(PASSKEY.c.sha256 == sha256)).first()
        return None if row is None else _passkey(row)

    def of_person(self, person_id: str) -> list[Passkey]:
        """List the passkeys of a person, the oldest first."""
        mine = select(PASSKEY).where(PASSKEY.c.person_id == person_id)
        return [_passkey(row) for row in self._session.execute(mine.order_by(PASSKEY.c.created_at, PASSKEY.c.sha256))]

    def count(self, person_id: str) -> int:
        """Count the passkeys of a person."""
        mine = select(func.count()).select_from(PASSKEY).where(PASSKEY.c.person_id == person_id)
        return int(self._session.execute(mine).scalar_one())

    def step(self, sha256: bytes, sign_count: int, *, now: int) -> bool:
        """Note a use; False where the counter does not go on: of two copies of one authenticator one gets through."""
        goes_on = (PASSKEY.c.sign_count < sign_count) | ((PASSKEY.c.sign_count == 0) & (sign_count == 0))
        used = update(PASSKEY).where(PASSKEY.c.sha256 == sha256, goes_on).values(sign_count=sign_count, used_at=now)
        return self._session.execute(used.returning(PASSKEY.c.sha256)).first() is not None

    def remove(self, person_id: str, sha256: bytes | None = None) -> None:
        """Take a passkey of a person away, or all of them."""
        mine = delete(PASSKEY).where(PASSKEY.c.person_id == person_id)
        self._session.execute(mine if sha256 is None else mine.where(PASSKEY.c.sha256 == sha256))

    def answer(self, challenge: Challenge, *, now: int) -> None:
        """Use a challenge up; those whose time is over go.

        Raises:
            RowsRefused: it was answered before (`pk_answered_challenge`).
        """
        self._session.execute(delete(ANSWERED_CHALLENGE).where(ANSWERED_CHALLENGE.c.ends_at <= now))
        values = {"sha256": challenge.sha256, "ends_at": challenge.ends_at}
        self._session.execute(insert(ANSWERED_CHALLENGE).values(**values))


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(
        sha256=row.sha256,
        person_id=row.person_id,
        name=row.name,
        credential=row.credential,
        sign_count=row.sign_count,
        created_at=row.created_at,
        used_at=row.used_at,
    )
