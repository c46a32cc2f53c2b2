"""Let a member take its own records along, and let it go; its id stays in the records.

What is exported is the member's own and nothing else: a record of somebody else that it may see today is not its to
take along. Each part of the records is a bundle that `filiere-verify` verifies by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from filiere_platform.domain.admission_sentences import MEMBER_HAS_LEFT, SECTOR_BODY_STAYS
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.audit import Act, ActQuery, ActSigner, Author
from filiere_platform.domain.case import CaseQuery
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.finding import FindingQuery
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.supplier_table import write_table
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.admission import require_reason
from filiere_platform.usecases.audit import find_acts, record_act
from filiere_platform.usecases.bundle import bundle_records
from filiere_platform.usecases.case_view import show_case
from filiere_platform.usecases.findings import finding_with_history
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.master_data import version_document
from filiere_platform.usecases.members import member_by_uri, set_status
from filiere_platform.usecases.recall_view import show_notice, show_recall
from filiere_platform.usecases.supplier_view import version_as_json
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.bundle import write_bundle
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.statements import ReceiptRecord, sign_receipt
from filiere_schemas.provenance.trust import Trust

PAGE = 500
PART = 5_000  # records of one bundle
OTHERS = (EntryKind.REFUSED, EntryKind.VOID, EntryKind.RECALL, EntryKind.CASE)

Files = Iterator[tuple[str, bytes]]


def export_own(
    uow: UnitOfWork, member: Member, files: LogFiles, *, signer: ActSigner, trust: Trust | None, now: int
) -> Files:
    """Give, file by file, everything that is a member's own: records with proofs and keys, receipts, acts, identifiers.

    Raises:
        Refusal: code `not-yet-published`: the publisher is a moment behind.
    """
    viewer = Viewer(member_id=member.id)
    for number, part in enumerate(_parts(uow, member, viewer), start=1):
        indexes = {record.log_index for record in part}
        made = bundle_records(
            uow, viewer, files, indexes, thing=_thing(uow, viewer, part), origin=signer.origin, trust=trust
        )
        yield f"records/{number:04d}.zip", write_bundle(made)
        receipt = [
            ReceiptRecord(index=each.log_index, sha256=each.sha256, kind=each.kind, stored_at=each.stored_at)
            for each in part
        ]
        yield f"receipts/{number:04d}.jws", sign_receipt(receipt, key=signer.key, origin=signer.origin)
    for record in uow.log.records(0, uow.log.head().size, OTHERS):
        if record.member_id == member.id and record.body is not None:
            yield f"others/{record.log_index:012d}.jws", record.body
    yield from _register(uow, member)
    yield "recalls.jsonl", _lines(_recalls(uow, member))
    yield "cases.jsonl", _lines(_cases(uow, member, now))
    yield "findings.jsonl", _lines(_findings(uow, member, viewer, now))
    yield "acts.jsonl", b"".join(_acts(uow, viewer, signer.origin))
    told = {
        "member": member.uri,
        "name": member.name,
        "identifiers": list(member.identifiers),
        "charters": [each.version for each in uow.admission.accepted(member.id)],
        "exported": iso_instant(now),
        "log": signer.origin,
    }
    yield "member.json", json.dumps(told, ensure_ascii=False, indent=2).encode()


def leave(uow: UnitOfWork, member: Member, *, reason: str, author: Author, signer: ActSigner, now: int) -> None:
    """End a membership for good: its tokens end, its keys sign nothing more, its records and its id stay.

    Raises:
        Refusal: code `reason-missing`, `member-has-left`, `sector-body-stays`.
    """
    said = require_reason(reason)
    require_not_left(member)
    require_not_sector_body(member)
    uow.members.set_status(member.id, MemberStatus.LEFT)
    for token in uow.tokens.of_member(member.id):
        uow.tokens.revoke(token.prefix)
    act = Act(act="member.leave", author=author, member_id=member.id, details={"reason": said})
    record_act(uow, act, signer=signer, now=now)


def change_status(
    uow: UnitOfWork,
    uri: str,
    status: MemberStatus,
    verb: str,
    *,
    reason: str | None,
    author: Author,
    signer: ActSigner,
    now: int,
) -> None:
    """Suspend a member or let it back in; it takes effect with the next commit of every process.

    Raises:
        Refusal: code `not-found`, `member-has-left`, `sector-body-stays`, or `reason-missing`: one was given, and is
            empty or too long.
    """
    details = {} if reason is None else {"reason": require_reason(reason)}
    member = member_by_uri(uow, uri)
    require_not_left(member)
    require_not_sector_body(member)
    member = set_status(uow, uri=uri, status=status)
    record_act(uow, Act(act=verb, author=author, member_id=member.id, details=details), signer=signer, now=now)


def require_not_left(member: Member) -> None:
    """Check that a membership has not ended: it is neither suspended nor resumed any more.

    Raises:
        Refusal: code `member-has-left`.
    """
    if member.status is MemberStatus.LEFT:
        raise Refusal([Problem(sentence=MEMBER_HAS_LEFT, values={"member": member.uri})])


def require_not_sector_body(member: Member) -> None:
    """Check that a member is not the sector body, without which nobody would administer the instance.

    Raises:
        Refusal: code `sector-body-stays`.
    """
    if member.is_sector_body:
        raise Refusal([Problem(sentence=SECTOR_BODY_STAYS, values={"member": member.uri})])


def _parts(uow: UnitOfWork, member: Member, viewer: Viewer) -> Iterator[list[StoredEvent]]:
    part: list[StoredEvent] = []
    query = EventQuery(limit=PAGE)
    while True:
        page = uow.events.visible_to(viewer).find(query)
        part += [record for record in page if record.member_uri == member.uri]
        if len(part) >= PART:
            yield part[:PART]
            part = part[PART:]
        if len(page) < PAGE:
            break
        query = EventQuery(limit=PAGE, after=page[-1].log_index)
    if part:
        yield part


def _register(uow: UnitOfWork, member: Member) -> Files:
    """The register of partners, as a table and with every version, and every version of its master data."""
    register = uow.suppliers.of(member.id)
    yield "suppliers.csv", write_table([kept.partner for kept in register.partners()], "fr")
    versions = [{"id": each.partner_id, **version_as_json(each)} for each in register.all_versions()]
    yield "suppliers.jsonl", _lines(versions)
    said = uow.master_data.of(member.id).all_versions()
    yield "master-data.jsonl", _lines(version_document(each) for each in said)


def _recalls(uow: UnitOfWork, member: Member) -> Iterator[dict[str, Any]]:
    """The member's own recalls as it reads them, and what it was warned of."""
    directory, rules = uow.directory(), uow.policies().balance
    for recall in uow.recalls.of_issuer(member.id, limit=None):
        yield {"recall": show_recall(uow, recall, rules=rules)}
    for notice in uow.recalls.notices_to(member.id, limit=None):
        yield {"notice": show_notice(uow, notice, uow.recalls.answers([notice.id]), directory)}


def _cases(uow: UnitOfWork, member: Member, now: int) -> Iterator[dict[str, Any]]:
    """What the member sent or received, as it reads it."""
    directory = uow.directory()
    for case in uow.cases.of_member(member.id, CaseQuery()):
        yield show_case(uow, case, directory, member.id, language="fr", now=now)


def _findings(uow: UnitOfWork, member: Member, viewer: Viewer, now: int) -> Iterator[dict[str, Any]]:
    """What the rules found of the member's own, whether it holds or not, with everything that was done to it."""
    visible, query = uow.findings.visible_to(viewer), FindingQuery(now=now, limit=PAGE)
    while True:
        page = visible.find(query)
        for finding in page:
            if finding.member_id == member.id:  # the sector body is shown those of others, too
                yield finding_with_history(uow, finding, now=now)
        if len(page) < PAGE:
            return
        query = replace(query, after=page[-1].id or 0)


def _lines(values: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in values)


def _thing(uow: UnitOfWork, viewer: Viewer, part: list[StoredEvent]) -> str:
    """Name an object that the part speaks of: a bundle is about one, and carries whatever records it is given."""
    nodes = uow.events.visible_to(viewer).objects_of([record.log_index for record in part])
    first = next((nodes[index][0] for index in sorted(nodes) if nodes[index]), None)
    return "" if first is None else uow.nodes.names([first])[first][0]


def _acts(uow: UnitOfWork, viewer: Viewer, origin: str) -> Iterator[bytes]:
    after: int | None = -1
    while after is not None:
        page = find_acts(uow, viewer, ActQuery(after=after, limit=PAGE), origin=origin)
        for act in page.acts:
            yield json.dumps(act, ensure_ascii=False).encode() + b"\n"
        after = page.next_after
