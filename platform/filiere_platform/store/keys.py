"""Members' signing keys. Every change moves the directory's version in the same commit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select, update
from sqlmodel import Session

from filiere_platform.domain.member import MemberKey
from filiere_platform.store.column_types import one_of
from filiere_platform.store.directory import announce_change, read_keys
from filiere_platform.store.tables import MEMBER, MEMBER_KEY, MemberKeyTable
from filiere_schemas.provenance.key_history import KeyLife


class KeyStore:
    """Keeps the lives of keys; the log entries that tell them are the use case's to write, in the same commit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(self, member_id: int, lives: Mapping[str, KeyLife], *, label: str = "") -> None:
        """Write the lives of a member's keys, by kid, as one entry of the log has left them; the new one is labelled.

        Raises:
            RowsRefused: there is no such member, or the key is another's (`uq_member_key_kid`).
        """
        announce_change(self._session)
        for kid, life in lives.items():
            mine = (MEMBER_KEY.c.kid == kid, MEMBER_KEY.c.member_id == member_id)
            changed = update(MEMBER_KEY).where(*mine).values(**_places(life)).returning(MEMBER_KEY.c.id)
            if self._session.execute(changed).first() is None:
                jwk = json.dumps(life.public.jwk, sort_keys=True)
                self._session.add(MemberKeyTable(member_id=member_id, kid=kid, jwk=jwk, label=label, **_places(life)))
        self._session.flush()

    def by_kid(self, kid: str) -> MemberKey | None:
        """Find a key by its thumbprint."""
        return next(iter(read_keys(self._session, MEMBER_KEY.c.kid == kid)), None)

    def concerning(self, uri: str, kids: Iterable[str]) -> dict[str, MemberKey]:
        """Read every key of the member of a URI, and those named, whoever's they are: what a change may touch."""
        member = select(MEMBER.c.id).where(MEMBER.c.uri == uri).scalar_subquery()
        either = or_(MEMBER_KEY.c.member_id == member, one_of(MEMBER_KEY.c.kid, list(kids)))
        return {key.kid: key for key in read_keys(self._session, either)}

    def all(self) -> list[MemberKey]:
        """List every key in order of registration, ended ones included."""
        return read_keys(self._session)


def _places(life: KeyLife) -> dict[str, Any]:
    return {
        "registered_at": life.registered_at,
        "replaced_at": life.replaced_at,
        "revoked_at": life.revoked_at,
        "suspect_from": life.suspect_from,
        "reason": None if life.reason is None else life.reason.value,
        "predecessor": life.predecessor,
    }
