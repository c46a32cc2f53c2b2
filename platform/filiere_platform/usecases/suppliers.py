"""Keep a member's register of partners; each change is a version and an act of the log, in one commit.

The act names partners by opaque ids and carries the digest of what was written: the log tells nobody who supplies whom,
and its member can show later that the register said so at the time.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from filiere_platform.domain import supplier_sentences as say
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.supplier import (
    DAY,
    LARGEST_REGISTER,
    MOST_PARTNERS,
    MOST_VERSIONS_PER_DAY,
    KeptPartner,
    Partner,
    Step,
    Version,
    parts_changed,
    register_digest,
)
from filiere_platform.domain.supplier_document import body_of
from filiere_platform.domain.supplier_table import read_table
from filiere_platform.store.suppliers import Register
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.reading import not_found
from filiere_schemas.problems import Problem, Refusal

_REMOVED = hashlib.sha256(b"").digest()  # of the document that is not there any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Who changes whose register, and when."""

    member_id: int
    author: Author
    signer: ActSigner
    now: int


def find_partner(uow: UnitOfWork, member_id: int, partner_id: str, *, as_of: int | None = None) -> KeptPartner:
    """Find a partner of a member.

    Raises:
        Refusal: code `not-found`, also for a partner of another member.
    """
    found = uow.suppliers.of(member_id).partner(partner_id, as_of=as_of)
    if found is None:
        raise not_found(f"suppliers/{partner_id[:40]}")
    return found


def history_of(uow: UnitOfWork, member_id: int, partner_id: str) -> list[Version]:
    """Give every version of a partner, the newest first, also of one that was removed.

    Raises:
        Refusal: code `not-found`.
    """
    versions = uow.suppliers.of(member_id).versions(partner_id)
    if not versions:
        raise not_found(f"suppliers/{partner_id[:40]}")
    return versions


def add_partner(uow: UnitOfWork, keeping: Keeping, partner: Partner) -> KeptPartner:
    """Put a partner into the register.

    Raises:
        AlreadyExists: code `partner-code-taken`, `partner-register-moved`.
        Refusal: code `partner-register-full`, `partner-register-size`, `partner-too-many-changes`.
    """
    register, revision = _opened(uow, keeping)
    partners = register.partners()
    if any(kept.partner.code == partner.code for kept in partners):
        raise _code_taken(partner.code)
    change = _Change(partner_id=secrets.token_hex(8), number=1, step=Step.ADDED, partner=partner)
    _require_room(register, keeping, [change], kept=len(partners))
    return _kept(_write(uow, (register, revision), keeping, "partner.add", [change])[0], partner)


def change_partner(
    uow: UnitOfWork, keeping: Keeping, partner_id: str, partner: Partner, *, version: int | None
) -> KeptPartner:
    """Write a partner anew; that nothing differs changes nothing. `version` is the one that the author has read.

    Raises:
        AlreadyExists: code `partner-code-taken`, `partner-version-stale`, `partner-register-moved`.
        Refusal: code `not-found`, `partner-too-many-changes`.
    """
    register, revision = _opened(uow, keeping)
    partners = {kept.id: kept for kept in register.partners()}
    old = partners.get(partner_id)
    if old is None:
        raise not_found(f"suppliers/{partner_id[:40]}")
    _require_current(old, version)
    if any(kept.partner.code == partner.code for kept in partners.values() if kept.id != partner_id):
        raise _code_taken(partner.code)
    if partner == old.partner:
        return old
    change = _Change(
        partner_id=partner_id, number=old.version + 1, step=Step.CHANGED, partner=partner, before=old.partner
    )
    _require_room(register, keeping, [change], kept=len(partners))
    return _kept(_write(uow, (register, revision), keeping, "partner.change", [change])[0], partner)


def remove_partner(uow: UnitOfWork, keeping: Keeping, partner_id: str, *, version: int | None = None) -> None:
    """Take a partner out of the register; what it said stays in its history, the contacts do not.

    Raises:
        AlreadyExists: code `partner-version-stale`, `partner-register-moved`.
        Refusal: code `not-found`, `partner-too-many-changes`.
    """
    register, revision = _opened(uow, keeping)
    old = find_partner(uow, keeping.member_id, partner_id)
    _require_current(old, version)
    change = _Change(partner_id=partner_id, number=old.version + 1, step=Step.REMOVED, partner=None)
    _require_room(register, keeping, [change], kept=0)
    _write(uow, (register, revision), keeping, "partner.remove", [change])
    uow.partner_invitations.end(partner_id, keeping.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a table would do to the register: one line per partner that it names."""

    code: str
    name: str
    step: Step | None  # None: nothing differs
    parts: tuple[str, ...] = ()


def read_partners(uow: UnitOfWork, member_id: int, table: bytes) -> list[Partner]:
    """Read a table of partners; what it has no column for is as the register says.

    Raises:
        Refusal: with every cell that is wrong.
    """
    return read_table(table, {kept.partner.code: kept.partner for kept in uow.suppliers.of(member_id).partners()})


def compare_with_register(uow: UnitOfWork, member_id: int, partners: Sequence[Partner]) -> list[Difference]:
    """Say what `import_partners` would do; nothing is changed."""
    by_code = {kept.partner.code: kept for kept in uow.suppliers.of(member_id).partners()}
    return [_difference(by_code.get(partner.code), partner) for partner in partners]


def import_partners(uow: UnitOfWork, keeping: Keeping, partners: Sequence[Partner]) -> list[Difference]:
    """Write all partners of a table, each found by its code; partners that it does not name stay as they are.

    All or nothing: one act names how many were added and changed, and digests every version.

    Raises:
        AlreadyExists: code `partner-register-moved`.
        Refusal: code `partner-register-full`, `partner-register-size`, `partner-too-many-changes`.
    """
    register, revision = _opened(uow, keeping)
    by_code = {kept.partner.code: kept for kept in register.partners()}
    changes = []
    for partner in partners:
        old = by_code.get(partner.code)
        if old is None:
            changes.append(_Change(partner_id=secrets.token_hex(8), number=1, step=Step.ADDED, partner=partner))
        elif old.partner != partner:
            changes.append(
                _Change(
                    partner_id=old.id,
                    number=old.version + 1,
                    step=Step.CHANGED,
                    partner=partner,
                    before=old.partner,
                )
            )
    if changes:
        _require_room(register, keeping, changes, kept=len(by_code))
        _write(uow, (register, revision), keeping, "partner.import", changes)
    return [_difference(by_code.get(partner.code), partner) for partner in partners]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    partner_id: str
    number: int
    step: Step
    partner: Partner | None
    before: Partner | None = None


def _opened(uow: UnitOfWork, keeping: Keeping) -> tuple[Register, tuple[int, int]]:
    register = uow.suppliers.of(keeping.member_id)
    return register, register.revision()


def _write(
    uow: UnitOfWork,
    opened: tuple[Register, tuple[int, int]],
    keeping: Keeping,
    verb: str,
    changes: Sequence[_Change],
) -> list[Version]:
    # A large register takes a while to read, and nobody's record is stored under the lock: it is taken for the writing
    # alone, and what was decided holds if nothing was changed since.
    register, revision = opened
    register.lock()
    if register.revision() != revision:
        raise AlreadyExists([Problem(sentence=say.REGISTER_MOVED)])
    digests = {
        each.partner_id: hashlib.sha256(body_of(each.partner).encode()).digest() if each.partner else _REMOVED
        for each in changes
    }
    act = Act(
        act=verb,
        author=keeping.author,
        member_id=keeping.member_id,
        object=changes[0].partner_id if len(changes) == 1 else None,
        details=_details(changes, digests),
    )
    index = record_act(uow, act, signer=keeping.signer, now=keeping.now)
    versions = [
        Version(
            partner_id=each.partner_id,
            number=each.number,
            at=keeping.now,
            author=keeping.author.actor,
            step=each.step,
            partner=each.partner,
            sha256=digests[each.partner_id],
            act=index,
        )
        for each in changes
    ]
    register.write(versions, {each.partner_id: each.partner for each in changes if each.partner is not None})
    return versions


def _details(changes: Sequence[_Change], digests: Mapping[str, bytes]) -> dict[str, str]:
    lines = [(each.partner_id, each.number, digests[each.partner_id]) for each in changes]
    details = {"sha256": register_digest(lines), "versions": str(len(changes))}
    if len(changes) > 1:
        details["added"] = str(sum(each.step is Step.ADDED for each in changes))
    (first, *more) = changes
    if not more and first.before is not None and first.partner is not None:
        details["parts"] = " ".join(parts_changed(first.before, first.partner))
    return details


def _require_room(register: Register, keeping: Keeping, changes: Sequence[_Change], *, kept: int) -> None:
    added = sum(each.step is Step.ADDED for each in changes)
    if added and kept + added > MOST_PARTNERS:
        raise Refusal([Problem(sentence=say.TOO_MANY_PARTNERS, values={"most": MOST_PARTNERS})])
    grown = sum(_size(each.partner) - _size(each.before) for each in changes)
    if grown > 0 and register.size() + grown > LARGEST_REGISTER:
        raise Refusal([Problem(sentence=say.REGISTER_TOO_LARGE, values={"most": LARGEST_REGISTER})])
    if register.count_versions(keeping.now - DAY) + len(changes) > MOST_VERSIONS_PER_DAY:
        raise Refusal([Problem(sentence=say.TOO_MANY_CHANGES, values={"most": MOST_VERSIONS_PER_DAY})])


def _size(partner: Partner | None) -> int:
    return 0 if partner is None else len(body_of(partner))


def _require_current(kept: KeptPartner, version: int | None) -> None:
    if version is not None and version != kept.version:
        values = {"found": version, "expected": kept.version}
        raise AlreadyExists([Problem(sentence=say.VERSION_STALE, values=values)])


def _code_taken(code: str) -> AlreadyExists:
    return AlreadyExists([Problem(sentence=say.CODE_TAKEN, pointer="/code", values={"found": code})])


def _kept(version: Version, partner: Partner) -> KeptPartner:
    return KeptPartner(id=version.partner_id, version=version.number, changed_at=version.at, partner=partner)


def _difference(old: KeptPartner | None, partner: Partner) -> Difference:
    if old is None:
        return Difference(code=partner.code, name=partner.name, step=Step.ADDED)
    parts = parts_changed(old.partner, partner)
    return Difference(code=partner.code, name=partner.name, step=Step.CHANGED if parts else None, parts=parts)
