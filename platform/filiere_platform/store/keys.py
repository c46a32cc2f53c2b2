"""Members' signing keys. Every change moves the directory's version in the same commit."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import update
from sqlmodel import Session

from filiere_platform.domain.member import MemberKey
from filiere_platform.store.directory import announce_change, read_keys
from filiere_platform.store.tables import MEMBER_KEY, MemberKeyTable
from filiere_schemas.provenance.keys import PublicKey


class KeyStore:
    """Registers and revokes keys; the log entries that say so are the use case's to write, in the same commit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, member_id: int, kid: str, jwk: Mapping[str, str], registered_at: int) -> MemberKey:
        """Register a key. `kid` is its RFC 7638 thumbprint, `registered_at` the log index of its registration.

        Raises:
            InvalidKey: the JWK is not a public key that the platform accepts.
            RowsRefused: the key is registered already (`uq_member_key_kid`), or there is no such member.
        """
        public = PublicKey.from_jwk(jwk)
        announce_change(self._session)
        row = MemberKeyTable(
            member_id=member_id, kid=kid, jwk=json.dumps(public.jwk, sort_keys=True), registered_at=registered_at
        )
        self._session.add(row)
        self._session.flush()
        assert row.id is not None  # noqa: S101 - the database has just given it
        return MemberKey(
            id=row.id, member_id=member_id, kid=kid, public=public, registered_at=registered_at, revoked_at=None
        )

    def revoke(self, kid: str, revoked_at: int) -> bool:
        """Revoke a key from a log index on; False when there is no such key or it was revoked before."""
        announce_change(self._session)
        changed = self._session.execute(
            update(MEMBER_KEY)
            .where(MEMBER_KEY.c.kid == kid, MEMBER_KEY.c.revoked_at.is_(None))
            .values(revoked_at=revoked_at)
            .returning(MEMBER_KEY.c.id)
        )
        return changed.first() is not None

    def by_kid(self, kid: str) -> MemberKey | None:
        """Find a key by its thumbprint."""
        return next((key for key in read_keys(self._session) if key.kid == kid), None)

    def all(self) -> list[MemberKey]:
        """List every key in order of registration, revoked ones included."""
        return read_keys(self._session)
