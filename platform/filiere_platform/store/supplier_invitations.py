"""Invitations of partners; whoever comes with the secret of one is let through by its digest alone."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlmodel import Session

from filiere_platform.domain.application import ApplicationState
from filiere_platform.domain.supplier_invitation import PartnerInvitation
from filiere_platform.store.tables_admission import APPLICATION
from filiere_platform.store.tables_supplier import PARTNER, PARTNER_INVITATION

_I = PARTNER_INVITATION.c


class Invited(NamedTuple):
    """Whose partner an invitation is for."""

    member_id: int
    partner_id: str


class PartnerInvitationStore:
    """Keeps invitations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, member_id: int) -> list[PartnerInvitation]:
        """List a member's invitations, the newest first, each with what became of its application."""
        columns = (_I.sha256, _I.partner_id, _I.made_at, _I.expires_at, APPLICATION.c.state)
        chosen = (
            select(*columns)
            .join(PARTNER, PARTNER.c.id == _I.partner_id)
            .outerjoin(APPLICATION, APPLICATION.c.id == _I.application_id)
            .where(PARTNER.c.member_id == member_id)
            .order_by(_I.made_at.desc(), _I.sha256)
        )
        return [
            PartnerInvitation(
                sha256=row.sha256,
                partner_id=row.partner_id,
                made_at=row.made_at,
                expires_at=row.expires_at,
                application=None if row.state is None else ApplicationState(row.state),
            )
            for row in self._session.execute(chosen)
        ]

    def replace(self, invitation: PartnerInvitation) -> None:
        """Keep an invitation; those of the same partner that are not used end: they expired as it was made."""
        self.end(invitation.partner_id, invitation.made_at)
        row = {name: getattr(invitation, name) for name in ("sha256", "partner_id", "made_at", "expires_at")}
        self._session.execute(insert(PARTNER_INVITATION), [row])

    def end(self, partner_id: str, now: int) -> None:
        """Let no unused invitation of a partner hold any more. It is kept: it counts among those of its day."""
        unused = (_I.partner_id == partner_id, _I.application_id.is_(None))
        ended = update(PARTNER_INVITATION).where(*unused, _I.expires_at > now)
        self._session.execute(ended.values(expires_at=now))

    def invited(self, sha256: bytes, now: int) -> Invited | None:
        """Find whom an invitation is for, without using it up; None where it does not hold."""
        chosen = select(PARTNER.c.member_id, PARTNER.c.id).join(PARTNER_INVITATION, PARTNER.c.id == _I.partner_id)
        holds = (_I.sha256 == sha256, _I.expires_at > now, _I.application_id.is_(None))
        row = self._session.execute(chosen.where(*holds)).first()
        return None if row is None else Invited(row.member_id, row.id)

    def take(self, sha256: bytes, application_id: str, now: int) -> bool:
        """Use an invitation up; False where it does not hold: of two who come with it one gets it."""
        holds = (_I.sha256 == sha256, _I.expires_at > now, _I.application_id.is_(None))
        taken = update(PARTNER_INVITATION).where(*holds).values(application_id=application_id)
        return self._session.execute(taken.returning(_I.sha256)).first() is not None
