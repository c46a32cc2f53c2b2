"""Invite a partner who is not a member to apply, and take the application that the link leads to."""

from __future__ import annotations

from dataclasses import dataclass

from filiere_platform.domain.application import Application, Charter
from filiere_platform.domain.audit import Act
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.supplier import Partner
from filiere_platform.domain.supplier_invitation import (
    DAY,
    LIFETIME,
    PartnerInvitation,
    digest_of,
    new_secret,
    refused,
    require_room,
)
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.admission import apply
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.suppliers import Keeping, find_partner


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenInvitation:
    """An invitation with its secret, for the one answer that shows it."""

    secret: str
    invitation: PartnerInvitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefilled:
    """What an invited company finds filled in, and who invites it."""

    inviter: str
    partner: Partner
    charter: Charter | None


def invite_partner(uow: UnitOfWork, keeping: Keeping, partner_id: str) -> GivenInvitation:
    """Make a one-time link for a partner; one of before that was not used holds no longer.

    Raises:
        Refusal: code `not-found`, `partner-too-many-invitations`.
    """
    find_partner(uow, keeping.member_id, partner_id)
    invitations = uow.partner_invitations.of(keeping.member_id)
    is_open = [each for each in invitations if each.application is None and each.expires_at > keeping.now]
    made_today = [each for each in invitations if each.made_at > keeping.now - DAY]
    require_room(
        is_open=sum(each.partner_id != partner_id for each in is_open),
        of_today=len(made_today),
    )
    secret, sha256 = new_secret()
    invitation = PartnerInvitation(
        sha256=sha256, partner_id=partner_id, made_at=keeping.now, expires_at=keeping.now + LIFETIME
    )
    act = Act(act="partner.invite", author=keeping.author, member_id=keeping.member_id, object=partner_id)
    record_act(uow, act, signer=keeping.signer, now=keeping.now)
    uow.partner_invitations.replace(invitation)
    return GivenInvitation(secret=secret, invitation=invitation)


def read_invited(uow: UnitOfWork, secret: str, *, now: int) -> Prefilled:
    """Give what a link leads to, without using it up.

    Raises:
        Refusal: code `partner-invitation-refused`: unknown, expired, used, or its partner or member is gone.
    """
    found = uow.partner_invitations.invited(digest_of(secret), now)
    member = None if found is None else uow.members.by_id(found.member_id)
    if found is None or member is None or member.status is not MemberStatus.ACTIVE:
        raise refused()
    kept = uow.suppliers.of(member.id).partner(found.partner_id)
    if kept is None:
        raise refused()
    return Prefilled(inviter=member.name, partner=kept.partner, charter=uow.admission.charter())


def apply_invited(
    uow: UnitOfWork,
    secret: str,
    *,
    uri: str,
    name: str,
    contact: str,
    identifiers: tuple[str, ...],
    accepts: bool,
    now: int,
) -> Application:
    """Keep the application of an invited company; of two who come with one link, one applies.

    Raises:
        InvalidIdentifier, Refusal: as `apply`; code `partner-invitation-refused`.
    """
    invited = read_invited(uow, secret, now=now)
    application = apply(
        uow,
        uri=uri,
        name=name,
        contact=contact,
        message="",
        identifiers=identifiers,
        charter=invited.charter if accepts else None,
        now=now,
    )
    if not uow.partner_invitations.take(digest_of(secret), application.id, now):
        raise refused()
    return application


def newest_invitation(uow: UnitOfWork, member_id: int, partner_id: str, *, now: int) -> dict[str, str] | None:
    """Say what became of the newest invitation of a partner; None: it was never invited."""
    found = (each for each in uow.partner_invitations.of(member_id) if each.partner_id == partner_id)
    newest = next(found, None)
    if newest is None:
        return None
    return {
        "state": newest.state_at(now).value,
        "made": iso_instant(newest.made_at),
        "expires": iso_instant(newest.expires_at),
    }
