"""Guest links, of whose secrets only digests are kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session

from filiere_platform.domain.guest_link import GuestLink
from filiere_platform.store.mandates import in_force
from filiere_platform.store.tables_mandate import GUEST_LINK, MANDATE, GuestLinkTable

_NAMES = tuple(GuestLink.__dataclass_fields__)
_COLUMNS = [GUEST_LINK.c[name] for name in _NAMES]


class GuestLinkStore:
    """Keeps links. Who may make one is decided by the use cases."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, mandate: int) -> int:
        """Count the links of a mandate, and take the mandate until the transaction ends: numbers are given once."""
        here = MANDATE.c.number == mandate
        self._session.execute(update(MANDATE).where(here).values(looks=MANDATE.c.looks))
        counted = select(func.count()).select_from(GUEST_LINK).where(GUEST_LINK.c.mandate == mandate)
        return int(self._session.execute(counted).scalar_one())

    def add(self, link: GuestLink, sha256: bytes) -> None:
        """Keep a link."""
        self._session.add(GuestLinkTable(**{name: getattr(link, name) for name in _NAMES}, sha256=sha256))
        self._session.flush()

    def of_mandate(self, mandate: int) -> list[GuestLink]:
        """Read the links of a mandate, in order."""
        chosen = select(*_COLUMNS).where(GUEST_LINK.c.mandate == mandate).order_by(GUEST_LINK.c.number)
        return [GuestLink(**row) for row in self._session.execute(chosen).mappings()]

    def by_secret(self, sha256: bytes, now: int) -> GuestLink | None:
        """Find the link that lets in with a secret, under a mandate in force."""
        return self._open(now, GUEST_LINK.c.sha256 == sha256)

    def open_link(self, mandate: int, number: int, now: int) -> GuestLink | None:
        """Find a link that lets in, under a mandate in force."""
        return self._open(now, GUEST_LINK.c.mandate == mandate, GUEST_LINK.c.number == number)

    def revoke(self, mandate: int, number: int, now: int) -> bool:
        """End a link for good; False where there is none, or it was revoked before."""
        here = (GUEST_LINK.c.mandate == mandate, GUEST_LINK.c.number == number, GUEST_LINK.c.revoked_at.is_(None))
        changed = update(GUEST_LINK).where(*here).values(revoked_at=now).returning(GUEST_LINK.c.number)
        return self._session.execute(changed).first() is not None

    def _open(self, now: int, *conditions: Any) -> GuestLink | None:
        chosen = select(*_COLUMNS).join(MANDATE, MANDATE.c.number == GUEST_LINK.c.mandate)
        alive = (GUEST_LINK.c.revoked_at.is_(None), GUEST_LINK.c.ends_at > now, in_force(now))
        row = self._session.execute(chosen.where(*conditions, *alive)).mappings().first()
        return None if row is None else GuestLink(**row)
