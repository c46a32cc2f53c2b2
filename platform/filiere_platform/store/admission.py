"""Applications, invitations and the charter. Of an invitation the database knows a digest only."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlmodel import Session

from filiere_platform.domain.application import Application, ApplicationState, Charter
from filiere_platform.store.tables_admission import (
    APPLICATION,
    CHARTER,
    CHARTER_ACCEPTANCE,
    INVITATION,
    ApplicationTable,
    CharterAcceptanceTable,
    CharterTable,
    InvitationTable,
)


class AdmissionStore:
    """Keeps what admission decides with."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, application: Application) -> None:
        """Keep an application."""
        charter = application.charter
        self._session.add(
            ApplicationTable(
                id=application.id,
                uri=application.uri,
                name=application.name,
                contact=application.contact,
                message=application.message,
                identifiers=json.dumps(application.identifiers),
                charter=None if charter is None else charter.version,
                charter_sha256=None if charter is None else charter.sha256,
                asked_at=application.asked_at,
                state=application.state.value,
            )
        )
        self._session.flush()

    def find(self, application_id: str) -> Application | None:
        """Find an application."""
        return next(iter(self._read(APPLICATION.c.id == application_id)), None)

    def in_state(self, state: ApplicationState | None) -> list[Application]:
        """List applications, of one state if it is named, the oldest first."""
        return self._read(*(() if state is None else (APPLICATION.c.state == state.value,)))

    def count(self, *, uri: str | None = None, since: int | None = None) -> int:
        """Count the applications that wait, or with `since` all that came since an instant."""
        counted = select(func.count()).select_from(APPLICATION)
        if since is None:
            counted = counted.where(APPLICATION.c.state == ApplicationState.PENDING.value)
        else:
            counted = counted.where(APPLICATION.c.asked_at >= since)
        if uri is not None:
            counted = counted.where(APPLICATION.c.uri == uri)
        return int(self._session.execute(counted).scalar_one())

    def decide(self, application_id: str, state: ApplicationState, *, reason: str | None, now: int) -> bool:
        """Decide an application that waits; False where somebody did already. Who declines keeps no contact."""
        values: dict[str, Any] = {"state": state.value, "decided_at": now, "reason": reason}
        if state is ApplicationState.DECLINED:
            values |= {"contact": "", "message": ""}
        waits = (APPLICATION.c.id == application_id, APPLICATION.c.state == ApplicationState.PENDING.value)
        changed = self._session.execute(update(APPLICATION).where(*waits).values(**values).returning(APPLICATION.c.id))
        return changed.first() is not None

    def invite(self, sha256: bytes, member_id: int, expires_at: int) -> None:
        """Allow a member's first credentials to be taken once, until a time."""
        self._session.add(InvitationTable(sha256=sha256, member_id=member_id, expires_at=expires_at))
        self._session.flush()

    def take_invitation(self, sha256: bytes, now: int) -> int | None:
        """Use an invitation up and name its member; None when it is unknown, expired or used.

        One statement, so that of two who come with the same invitation one gets it.
        """
        taken = self._session.execute(
            update(INVITATION)
            .where(INVITATION.c.sha256 == sha256, INVITATION.c.used_at.is_(None), INVITATION.c.expires_at > now)
            .values(used_at=now)
            .returning(INVITATION.c.member_id)
        )
        return taken.scalar_one_or_none()

    def invited(self, sha256: bytes, now: int) -> int | None:
        """Name the member of an invitation without using it up; None as `take_invitation`."""
        holds = (INVITATION.c.sha256 == sha256, INVITATION.c.used_at.is_(None), INVITATION.c.expires_at > now)
        return self._session.execute(select(INVITATION.c.member_id).where(*holds)).scalar_one_or_none()

    def publish_charter(self, charter: Charter, now: int) -> None:
        """Put a version of the charter into force.

        Raises:
            RowsRefused: there is one of this name (`pk_charter`).
        """
        self._session.add(
            CharterTable(
                version=charter.version,
                sha256=charter.sha256,
                published_at=now,
                allows_mandates=charter.allows_mandates,
            )
        )
        self._session.flush()

    def has_charter(self, version: str) -> bool:
        """Say whether a version was published."""
        found = select(CHARTER.c.version).where(CHARTER.c.version == version)
        return self._session.execute(found).first() is not None

    def charter(self) -> Charter | None:
        """Give the version in force: the latest."""
        newest = select(CHARTER).order_by(CHARTER.c.published_at.desc(), CHARTER.c.version.desc()).limit(1)
        row = self._session.execute(newest).first()
        if row is None:
            return None
        return Charter(version=row.version, sha256=row.sha256, allows_mandates=row.allows_mandates)

    def accept_charter(self, member_id: int, charter: Charter, now: int) -> None:
        """Note that a member accepted a version."""
        self._session.add(
            CharterAcceptanceTable(member_id=member_id, version=charter.version, sha256=charter.sha256, accepted_at=now)
        )
        self._session.flush()

    def accepted(self, member_id: int) -> list[Charter]:
        """List the versions that a member accepted, in order."""
        mine = select(CHARTER_ACCEPTANCE).where(CHARTER_ACCEPTANCE.c.member_id == member_id)
        rows = self._session.execute(mine.order_by(CHARTER_ACCEPTANCE.c.accepted_at))
        return [Charter(version=row.version, sha256=row.sha256) for row in rows]

    def accepting_mandates(self) -> frozenset[int]:
        """Give the members that accepted, to the byte, a version by which the sector body may give mandates."""
        same = (CHARTER.c.version == CHARTER_ACCEPTANCE.c.version, CHARTER.c.sha256 == CHARTER_ACCEPTANCE.c.sha256)
        chosen = select(CHARTER_ACCEPTANCE.c.member_id).join_from(CHARTER_ACCEPTANCE, CHARTER, and_(*same))
        return frozenset(self._session.execute(chosen.where(CHARTER.c.allows_mandates)).scalars())

    def _read(self, *conditions: Any) -> list[Application]:
        chosen = select(APPLICATION).where(*conditions).order_by(APPLICATION.c.asked_at, APPLICATION.c.id)
        return [
            Application(
                id=row.id,
                uri=row.uri,
                name=row.name,
                contact=row.contact,
                message=row.message,
                identifiers=tuple(json.loads(row.identifiers)),
                charter=None if row.charter is None else Charter(version=row.charter, sha256=row.charter_sha256),
                asked_at=row.asked_at,
                state=ApplicationState(row.state),
                decided_at=row.decided_at,
                reason=row.reason,
            )
            for row in self._session.execute(chosen)
        ]
