"""Give mandates, revoke them, list them. Each is an act in the log, about each member that is looked at under it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from filiere_platform.domain import mandate_sentences as say
from filiere_platform.domain.audit import Act, author_of
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.mandate import (
    Giver,
    Mandate,
    MandatePurpose,
    MandateRequest,
    MandateScope,
    decide_mandate,
    may_see_mandate,
    new_mandate_id,
    read_product,
)
from filiere_platform.domain.member import Directory, Member, MemberStatus
from filiere_platform.domain.permissions import Permission, may, require
from filiere_platform.domain.person import PersonStatus
from filiere_platform.domain.principal import Actor, Principal, Role
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.people import Administration
from filiere_platform.usecases.reading import not_found
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.canonical import canonicalize

HOLDING_ROLES = frozenset({Role.AUDITOR, Role.AUTHORITY})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedMandate:
    """A mandate as somebody writes it down: members by their URIs, products and objects in any form."""

    purpose: MandatePurpose
    reason: str
    ends_at: int
    holder: str | None = None
    person: str | None = None
    starts_at: int | None = None
    members: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    event_from: int | None = None
    event_before: int | None = None


def give_mandate(uow: UnitOfWork, doing: Administration, giver: Member, asked: AskedMandate) -> Mandate:
    """Give a mandate over one's own records, or, as the sector body, over the members that accepted it by charter.

    Raises:
        Forbidden: who asks may not give mandates of this member.
        InvalidIdentifier: an object's identifier is not one.
        Refusal: the reasons of `decide_mandate`, `mandate-holder`, `mandate-member`, `mandate-person`.
    """
    _require_giver(doing, giver.id)
    over = frozenset[int]()
    if giver.is_sector_body and may(doing.by, Permission.MANDATE_DECIDE):
        over = uow.admission.accepting_mandates()
    request = _read_request(uow, asked)
    in_force = uow.mandates.count_in_force(giver.id, doing.now)
    decided = decide_mandate(request, Giver(member_id=giver.id, over=over), in_force=in_force, now=doing.now)
    mandate = uow.mandates.add(new_mandate_id(), giver.id, decided, now=doing.now)
    details = {
        "purpose": mandate.purpose.value,
        "holder": "guests" if asked.holder is None else asked.holder,
        "from": iso_instant(mandate.starts_at),
        "until": iso_instant(mandate.ends_at),
        "scopeSha256": hashlib.sha256(canonicalize(scope_as_json(mandate.scope, _uris(uow)))).hexdigest(),
    }
    _record(uow, doing, mandate, "mandate.give", details)
    return mandate


def revoke_mandate(uow: UnitOfWork, doing: Administration, mandate_id: str) -> Mandate:
    """End a mandate for good, from the next look on. A second time changes nothing.

    Raises:
        Refusal: code `not-found`, also of a mandate that is not one's own to revoke.
    """
    mandate = uow.mandates.by_id(mandate_id)
    if mandate is None or not (mandate.giver_id == doing.by.member_id or may(doing.by, Permission.MANDATE_DECIDE)):
        raise not_found(mandate_id)
    _require_giver(doing, mandate.giver_id)
    if mandate.revoked_at is None:
        # The log's lock first, as whoever takes both takes them.
        _record(uow, doing, mandate, "mandate.revoke", {})
        uow.mandates.revoke(mandate.number, doing.now)
    return replace(mandate, revoked_at=mandate.revoked_at or doing.now)


def list_mandates(uow: UnitOfWork, by: Principal, side: str) -> list[Mandate]:
    """List the mandates that a member gave (`given`), holds (`held`) or is looked at under (`over`)."""
    sides = {"given": uow.mandates.given_by, "held": uow.mandates.held_by, "over": uow.mandates.over}
    return sides[side](by.member_id or 0)


def mandate_as_json(
    mandate: Mandate, directory: Directory, *, member_id: int | None, governs: bool, now: int
) -> dict[str, Any]:
    """Lay out a mandate; who is looked at under it without being a party reads of the scope what concerns him."""
    is_party = governs or member_id in {mandate.giver_id, mandate.holder_id}
    uris = {member.id: member.uri for member in directory.members.values()}
    scope = mandate.scope if is_party else replace(mandate.scope, members=mandate.scope.members & {member_id or 0})
    written = scope_as_json(scope, uris)
    if not is_party:
        written |= {"products": len(scope.products), "objects": len(scope.objects)}
    return {
        "id": mandate.id,
        "purpose": mandate.purpose.value,
        "reason": mandate.reason,
        "state": mandate.state(now).value,
        "giver": uris.get(mandate.giver_id),
        "holder": None if mandate.holder_id is None else uris.get(mandate.holder_id),
        "person": mandate.person_id,
        "scope": written,
        "given": iso_instant(mandate.given_at),
        "from": iso_instant(mandate.starts_at),
        "until": iso_instant(mandate.ends_at),
        "revoked": None if mandate.revoked_at is None else iso_instant(mandate.revoked_at),
    }


def scope_as_json(scope: MandateScope, uris: dict[int, str]) -> dict[str, Any]:
    """Lay out a scope; empty lists limit nothing."""
    return {
        "members": sorted(uris[each] for each in scope.members),
        "products": sorted(scope.products),
        "objects": sorted(scope.objects),
        "eventFrom": None if scope.event_from is None else iso_instant(scope.event_from),
        "eventBefore": None if scope.event_before is None else iso_instant(scope.event_before),
    }


def visible_mandate(uow: UnitOfWork, mandate_id: str, *, member_id: int | None, governs: bool) -> Mandate:
    """Find a mandate that somebody may read of.

    Raises:
        Refusal: code `not-found`, also where it concerns others.
    """
    mandate = uow.mandates.by_id(mandate_id)
    if mandate is None or not may_see_mandate(mandate, member_id, governs=governs):
        raise not_found(mandate_id)
    return mandate


def accepting_uris(uow: UnitOfWork) -> list[str]:
    """Give the URIs of the members over which the sector body may give mandates."""
    accepting = uow.admission.accepting_mandates()
    return [member.uri for member in uow.members.all() if member.id in accepting]


def _read_request(uow: UnitOfWork, asked: AskedMandate) -> MandateRequest:
    members = {uri: uow.members.by_uri(uri) for uri in asked.members}
    problems = [
        Problem(sentence=say.MANDATE_MEMBER, pointer="/scope/members", values={"found": uri[:200]})
        for uri, member in members.items()
        if member is None
    ]
    holder = None if asked.holder is None else uow.members.by_uri(asked.holder)
    if asked.holder is not None and (holder is None or holder.status is not MemberStatus.ACTIVE):
        values = {"found": asked.holder[:200]}
        problems.append(Problem(sentence=say.MANDATE_HOLDER, pointer="/holder", values=values))
    if asked.person is not None and not _may_hold(uow, asked.person, None if holder is None else holder.id):
        problems.append(Problem(sentence=say.MANDATE_PERSON, pointer="/person"))
    if problems:
        raise Refusal(problems)
    return MandateRequest(
        purpose=asked.purpose,
        reason=asked.reason,
        scope=MandateScope(
            members=frozenset(member.id for member in members.values() if member is not None),
            products=frozenset(read_product(text) for text in asked.products),
            objects=frozenset(canonical_key(text) for text in asked.objects),
            event_from=asked.event_from,
            event_before=asked.event_before,
        ),
        holder_id=None if holder is None else holder.id,
        person_id=asked.person,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
    )


def _may_hold(uow: UnitOfWork, person_id: str, member_id: int | None) -> bool:
    kept = uow.people.kept(person_id)
    if kept is None or kept.person.member_id != member_id:
        return False
    return bool(kept.person.roles & HOLDING_ROLES) and kept.person.status is not PersonStatus.SUSPENDED


def _require_giver(doing: Administration, giver_id: int) -> None:
    """Let somebody act for the giver, or for the instance."""
    require(doing.by, Permission.MANDATE_GRANT)
    if doing.by.actor is not Actor.CONSOLE and doing.by.member_id != giver_id:
        require(doing.by, Permission.MANDATE_DECIDE)


def _record(uow: UnitOfWork, doing: Administration, mandate: Mandate, verb: str, details: dict[str, str]) -> None:
    """Record what was done, once for each member that is looked at, who may read it; of the others it says nothing."""
    author = author_of(doing.by, uow.directory())
    for member_id in sorted(mandate.scope.members):
        act = Act(act=verb, author=author, member_id=member_id, object=mandate.id, details=details)
        record_act(uow, act, signer=doing.signer, now=doing.now)


def _uris(uow: UnitOfWork) -> dict[int, str]:
    return {member.id: member.uri for member in uow.members.all()}
