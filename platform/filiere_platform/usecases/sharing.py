"""What an owner decides of who sees its records: its default mode, its name, and partners named afterwards.

A partner that is named afterwards is granted the record like anybody: numbered under the lock, delivered once, and kept
when grants are derived again, since who was named stands in a table beside the signed act that says so. There is no
way back: what somebody could read cannot be unread, and to pretend otherwise would be worse than to say it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from filiere_platform.domain.audience import PUBLIC, SECTOR, GrantCause, SharingMode, Viewer
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.domain.sharing_sentences import NO_SUCH_PARTNER, NOTHING_TO_SHARE, TOO_MUCH_TO_SHARE, UNKNOWN_MODE
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.links import give_missing
from filiere_schemas.identifiers import InvalidIdentifier, canonical_key
from filiere_schemas.problems import Problem, Refusal

MOST_RECORDS = 5_000  # of one lot, in one commit: capture waits for no more
UNSAID = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """How a member shares, and what holds where it says nothing."""

    mode: SharingMode | None
    default_mode: SharingMode  # the instance's
    is_named: bool | None
    default_named: bool  # the sector's word

    def as_json(self) -> dict[str, Any]:
        """Lay it out for programs."""
        return {
            "mode": None if self.mode is None else self.mode.value,
            "defaultMode": self.default_mode.value,
            "named": self.is_named,
            "defaultNamed": self.default_named,
        }


def sharing_of(uow: UnitOfWork, member: Member, *, default_mode: SharingMode, default_named: bool) -> Sharing:
    """Read how a member shares."""
    return Sharing(
        mode=uow.members.by_id(member.id).sharing,
        default_mode=default_mode,
        is_named=uow.access_requests.named([member.id]).get(member.id),
        default_named=default_named,
    )


def read_mode(text: str) -> SharingMode | None:
    """Read a mode as it is asked for; None: as the instance says.

    Raises:
        Refusal: code `unknown-mode`.
    """
    if text == UNSAID:
        return None
    if text not in set(SharingMode):
        expected = ", ".join((UNSAID, *SharingMode))
        raise Refusal([Problem(sentence=UNKNOWN_MODE, values={"found": text[:40], "expected": expected})])
    return SharingMode(text)


def set_mode(
    uow: UnitOfWork, member: Member, mode: SharingMode | None, *, author: Author, signer: ActSigner, now: int
) -> None:
    """Decide how far a member's later records are shared, where they say nothing themselves; earlier ones stay."""
    if uow.members.by_id(member.id).sharing is mode:
        return
    uow.members.set_sharing(member.id, mode)
    details = {"mode": UNSAID if mode is None else mode.value}
    record_act(uow, Act(act="sharing.set", author=author, member_id=member.id, details=details), signer=signer, now=now)


def set_named(
    uow: UnitOfWork, member: Member, *, is_named: bool | None, author: Author, signer: ActSigner, now: int
) -> None:
    """Decide whether a member is named behind sealed nodes; None: as the sector says."""
    if uow.access_requests.named([member.id]).get(member.id) is is_named:
        return
    uow.access_requests.set_named(member.id, is_named=is_named)
    details = {"named": UNSAID if is_named is None else str(is_named).lower()}
    record_act(uow, Act(act="naming.set", author=author, member_id=member.id, details=details), signer=signer, now=now)


def name_partner(
    uow: UnitOfWork, owner: Member, index: int, partner: str, *, author: Author, signer: ActSigner, now: int
) -> Member:
    """Show one of one's own records to a member, for good. Gives whom.

    Raises:
        Refusal: code `not-found`, also for a record of somebody else; `no-such-partner`.
        InvalidIdentifier: the partner's identifier is none.
    """
    if not _own(uow, owner, [index]):
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": f"records/{index}"})])
    named = _partner(uow, owner, partner)
    _give(uow, owner, [index], named, what=f"record:{index}", author=author, signer=signer, now=now)
    return named


def name_partner_of_object(
    uow: UnitOfWork, owner: Member, thing: str, partner: str, *, author: Author, signer: ActSigner, now: int
) -> tuple[Member, int]:
    """Show a member all of one's own records that speak of an object so far. Gives whom, and how many records.

    Raises:
        Refusal: code `nothing-to-share`, `too-much-to-share`, `no-such-partner`.
        InvalidIdentifier: the object's or the partner's identifier is none.
    """
    key = canonical_key(thing)
    nodes = list(uow.nodes.ids([key]).values())
    indexes = _own(uow, owner, uow.links.touching(nodes))
    if not indexes:
        raise Refusal([Problem(sentence=NOTHING_TO_SHARE, values={"object": key})])
    if len(indexes) > MOST_RECORDS:
        values = {"found": len(indexes), "limit": MOST_RECORDS}
        raise Refusal([Problem(sentence=TOO_MUCH_TO_SHARE, values=values)])
    named = _partner(uow, owner, partner)
    _give(uow, owner, indexes, named, what=key, author=author, signer=signer, now=now)
    return named, len(indexes)


def audiences_of_record(uow: UnitOfWork, owner: Member, index: int) -> list[dict[str, Any]]:
    """Say to whom one of one's own records is shown, and why; mandates are told where they are given.

    Raises:
        Refusal: code `not-found`, also for a record of somebody else.
    """
    if not _own(uow, owner, [index]):
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": f"records/{index}"})])
    held = uow.grants.causes([index])
    shown: list[dict[str, Any]] = []
    for (_, audience), cause in sorted(held.items()):
        if audience > 0:
            member = uow.members.by_id(audience)
            shown.append({"member": member.uri, "name": member.name, "cause": GrantCause(cause).name.lower()})
        elif audience in {SECTOR, PUBLIC}:
            shown.append({"member": None, "name": None, "cause": GrantCause(cause).name.lower()})
    return shown


def _own(uow: UnitOfWork, owner: Member, indexes: Collection[int]) -> list[int]:
    """Those of some records that are the owner's own, through the gate."""
    seen = uow.events.visible_to(Viewer(member_id=owner.id)).records(sorted(indexes))
    return [record.log_index for record in seen if record.member_uri == owner.uri]


def _partner(uow: UnitOfWork, owner: Member, identifier: str) -> Member:
    try:
        key = canonical_key(identifier)
    except InvalidIdentifier:
        key = identifier
    member_id = uow.links.parties().get(key)
    member = None if member_id is None else uow.members.by_id(member_id)
    if member is None or member.id == owner.id or member.status is MemberStatus.LEFT:
        raise Refusal([Problem(sentence=NO_SUCH_PARTNER, pointer="/member", values={"found": identifier[:200]})])
    return member


def _give(
    uow: UnitOfWork,
    owner: Member,
    indexes: Collection[int],
    named: Member,
    *,
    what: str,
    author: Author,
    signer: ActSigner,
    now: int,
) -> None:
    details = {"to": named.uri, "records": str(len(indexes))}
    act = Act(act="record.share", author=author, member_id=owner.id, object=what, details=details)
    record_act(uow, act, signer=signer, now=now)  # takes the head's lock: of two who name, the second finds it done
    uow.given_access.add(indexes, named.id, now)
    give_missing(uow, {(index, named.id): GrantCause.ACCESS_GIVEN for index in indexes})
