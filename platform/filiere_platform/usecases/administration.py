"""What the sector body's administrators do and look at: members with all that belongs to them, applications, charter.

What a member recorded is not theirs to read by this: the walls between members stand before the sector body, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filiere_platform.domain.application import Application, Charter, read_name
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.key_request import KeyRequest
from filiere_platform.domain.member import ApiToken, Member, MemberKey, MemberStatus
from filiere_platform.domain.ownership import PREFIX_STEM
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.admission import invite
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.identifiers import add_identifier
from filiere_platform.usecases.leaving import change_status, leave
from filiere_platform.usecases.members import add_member
from filiere_platform.usecases.tokens import token_as_json
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal

LARGEST_ID = 2**53
CHANGES = {"suspend": MemberStatus.SUSPENDED, "resume": MemberStatus.ACTIVE, "end": MemberStatus.LEFT}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFile:
    """A member, and what belongs to it, without a byte of its records."""

    member: Member
    keys: tuple[MemberKey, ...]
    waiting: tuple[KeyRequest, ...]
    tokens: tuple[ApiToken, ...]
    charters: tuple[Charter, ...]


def admitted_member(uow: UnitOfWork, member_id: int) -> Member:
    """Find a member by the id that lists of members give.

    Raises:
        Refusal: code `not-found`.
    """
    try:
        return uow.members.by_id(min(member_id, LARGEST_ID))
    except KeyError:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": f"member/{member_id}"})]) from None


def member_file(uow: UnitOfWork, member_id: int) -> MemberFile:
    """Read a member with what belongs to it.

    Raises:
        Refusal: code `not-found`.
    """
    member = admitted_member(uow, member_id)
    keys = [key for key in uow.keys.concerning(member.uri, ()).values() if key.member_id == member.id]
    return MemberFile(
        member=member,
        keys=tuple(sorted(keys, key=lambda key: key.life.registered_at)),
        waiting=tuple(request for request in uow.key_requests.all() if request.issuer == member.uri),
        tokens=tuple(uow.tokens.of_member(member.id)),
        charters=tuple(uow.admission.accepted(member.id)),
    )


def admit(
    uow: UnitOfWork, *, uri: str, name: str, identifiers: tuple[str, ...], author: Author, signer: ActSigner, now: int
) -> tuple[Member, str]:
    """Admit somebody whom the sector body knows, without an application; gives the member and its invitation.

    Raises:
        AlreadyExists: the member, or one of the identifiers, is another's already.
        InvalidIdentifier, Refusal: the URI or an identifier is none; the name is empty or too long.
    """
    member = add_member(uow, uri=canonical_key(uri), name=read_name(name))
    act = Act(act="member.admit", author=author, member_id=member.id, object=member.uri)
    record_act(uow, act, signer=signer, now=now)
    for identifier in identifiers:
        add_identifier(uow, member, identifier, author=author, signer=signer, now=now)
    return member, invite(uow, member, author=author, signer=signer, now=now)


def change_member(
    uow: UnitOfWork, member_id: int, status: MemberStatus, *, reason: str, author: Author, signer: ActSigner, now: int
) -> Member:
    """Suspend a member, let it back in, or end its membership.

    Raises:
        Refusal: code `not-found`, `reason-missing`, `member-has-left`, `sector-body-stays`.
    """
    member = admitted_member(uow, member_id)
    if status is MemberStatus.LEFT:
        leave(uow, member, reason=reason, author=author, signer=signer, now=now)
    else:
        verb = "member.suspend" if status is MemberStatus.SUSPENDED else "member.resume"
        change_status(uow, member.uri, status, verb, reason=reason, author=author, signer=signer, now=now)
    return admitted_member(uow, member_id)


def file_as_json(found: MemberFile, *, now: int) -> dict[str, Any]:
    """Lay out a member with what belongs to it."""
    return member_as_json(found.member) | {
        "keys": [key_as_json(key) for key in found.keys],
        "keyRequests": [key_request_as_json(request) for request in found.waiting],
        "tokens": [token_as_json(token, now=now) for token in found.tokens],
        "charters": [{"version": each.version, "sha256": each.sha256.hex()} for each in found.charters],
    }


def member_as_json(member: Member) -> dict[str, Any]:
    """Lay out a member for programs and people."""
    return {
        "id": member.id,
        "uri": member.uri,
        "name": member.name,
        "status": member.status.value,
        "sharing": None if member.sharing is None else member.sharing.value,
        "identifiers": [key.removeprefix(PREFIX_STEM) for key in member.identifiers],
        "isSectorBody": member.is_sector_body,
    }


def application_as_json(application: Application) -> dict[str, Any]:
    """Lay out an application for those who decide it."""
    charter = application.charter
    return {
        "id": application.id,
        "state": application.state.value,
        "uri": application.uri,
        "name": application.name,
        "contact": application.contact,
        "message": application.message,
        "identifiers": [key.removeprefix(PREFIX_STEM) for key in application.identifiers],
        "charter": None if charter is None else {"version": charter.version, "sha256": charter.sha256.hex()},
        "asked": iso_instant(application.asked_at),
        "decided": None if application.decided_at is None else iso_instant(application.decided_at),
        "reason": application.reason,
    }


def key_request_as_json(request: KeyRequest) -> dict[str, Any]:
    """Lay out what waits for the registrar's signature."""
    return {
        "operation": request.operation,
        "kid": request.kid,
        "member": request.issuer,
        "label": request.label,
        "asked": iso_instant(request.asked_at),
    }


def key_as_json(key: MemberKey) -> dict[str, Any]:
    """Lay out a key with its life, as the log tells it."""
    life = key.life
    state = "revoked" if life.revoked_at is not None else "active" if life.replaced_at is None else "replaced"
    return {
        "kid": key.kid,
        "algorithm": key.public.alg.value,
        "label": key.label,
        "state": state,
        "registered": life.registered_at,
        "replaced": life.replaced_at,
        "revoked": life.revoked_at,
        "suspectFrom": life.suspect_from,
        "reason": None if life.reason is None else life.reason.value,
        "predecessor": life.predecessor,
    }
