"""Open a case and take its steps; each is an entry of the log, shown to the two members alone, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from filiere_platform.domain import case_sentences as say
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.case import (
    MOST_OPEN,
    Case,
    Proposal,
    Said,
    Step,
    approved,
    digest_of,
    new_case_id,
    read_said,
    require_subjects,
    step_document,
    way_of,
)
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.member_changes import admit_statement
from filiere_platform.domain.principal import Principal
from filiere_platform.domain.record import OBJECT_ROLES
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.reading import not_found
from filiere_platform.usecases.report import Reporting
from filiere_platform.usecases.supplier_view import known_members
from filiere_platform.usecases.trace import known_objects
from filiere_schemas.identifiers import InvalidIdentifier, canonical_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.case import CaseStatement, sign_case
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.sectors.machine import Side, machine_of

MOST_LOOKED_AT: Final = 1_000  # events of the subjects, in which the receiver may be found


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Who acts for which member, with what acts are signed, and when."""

    member_id: int
    by: Principal
    author: Author
    signer: ActSigner
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCase:
    """What a case begins with: a machine's name, the receiver's URI, the objects it is about, and what is said."""

    machine: str
    receiver: str
    subjects: Sequence[str]
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A step that somebody takes who has read the case at step `number`.

    `approves` is the digest of what another person proposed; the step then says what was proposed.
    """

    to: str
    number: int
    said: Said
    approves: str = ""


def open_case(uow: UnitOfWork, doing: Handling, reporting: Reporting, new: NewCase, *, names_members: bool) -> Case:
    """Open a case in the initial state of its machine; `names_members` is the sector's word on naming members.

    Raises:
        InvalidIdentifier: a subject is no identifier.
        Refusal: codes `case-machine`, `case-receiver`, `case-subject`, `case-subject-needed`, `case-too-many-open`, and
            as `read_said`.
    """
    document = reporting.machine(new.machine)
    machine = machine_of(document)
    require_subjects(machine, len(new.subjects))
    said = read_said(machine, machine.initial, machine.asks, new.said, opening=True)
    subjects = _known(uow, doing.member_id, new.subjects)
    receiver = _receiver(uow, doing.member_id, new.receiver, subjects, names_members=names_members)
    uow.capture.begin(digests=(), node_keys=())  # two that open at once count each other
    if uow.cases.count_open(doing.member_id) >= MOST_OPEN:
        raise Refusal([Problem(sentence=say.TOO_MANY_OPEN, values={"expected": MOST_OPEN})])
    case = Case(
        id=new_case_id(),
        machine=machine,
        profile=f"{reporting.sector} {reporting.version}",
        sender_id=doing.member_id,
        receiver_id=receiver.id,
        subjects=subjects,
        state=machine.initial,
        number=1,
        opened_at=doing.now,
        changed_at=doing.now,
        shown=not machine.is_draft(machine.initial),
    )
    _record(uow, doing, case, "case.open")
    uow.cases.add(case, document)
    _take(uow, doing, case, Side.SENDER, said, start=None)
    return case


def case_of(uow: UnitOfWork, case_id: str, *, member_id: int | None) -> Case:
    """Find a case that a member sent, or received.

    Raises:
        Refusal: code `not-found`, also for somebody else's, and for what its sender has not sent yet.
    """
    found = uow.cases.by_id(case_id)
    if found is None or found.side_of(member_id) is None:
        raise not_found(f"cases/{case_id[:40]}")
    return found


def move_case(uow: UnitOfWork, doing: Handling, case_id: str, move: Move) -> Case:
    """Take a step, or propose one that asks for four eyes; who approves takes it as it was proposed.

    Raises:
        Forbidden, Refusal: as `case_of`, `way_of`, `approved` and `read_said`.
    """
    case_of(uow, case_id, member_id=doing.member_id)
    uow.capture.begin(digests=(), node_keys=())  # the log head's lock: nobody else changes it now
    case = case_of(uow, case_id, member_id=doing.member_id)
    side = case.side_of(doing.member_id) or Side.SENDER
    way = way_of(case, side, move.to, doing.by, number=move.number)
    if move.approves:
        wanted = (case.number, side, move.to, move.approves)
        said = approved(uow.cases.proposal(case.id), wanted, doing.by).said
    else:
        said = read_said(case.machine, move.to, way.asks, move.said)
        if way.four_eyes:
            proposal = Proposal(
                number=case.number, side=side, to=move.to, said=said, person=doing.by.actor_id, at=doing.now
            )
            _record(uow, doing, case, "case.propose", to=move.to, sha256=proposal.sha256)
            uow.cases.propose(case.id, proposal)
            return case
    done = case.after(move.to, doing.now)
    _record(uow, doing, done, "case.step", to=move.to)
    uow.cases.change(done)
    _take(uow, doing, done, side, said, start=case.state)
    return done


def _known(uow: UnitOfWork, member_id: int, subjects: Sequence[str]) -> tuple[str, ...]:
    _require_identifiers(subjects)
    keys, known = known_objects(uow, Viewer(member_id=member_id), subjects)
    problems = [
        Problem(sentence=say.SUBJECT_UNKNOWN, pointer=f"/subjects/{at}", values={"object": key[:200]})
        for at, key in enumerate(keys)
        if key not in known
    ]
    if problems:
        raise Refusal(problems)
    return tuple(keys)


def _receiver(uow: UnitOfWork, member_id: int, uri: str, subjects: Sequence[str], *, names_members: bool) -> Member:
    """Find whom a case is addressed to: another active member, of whom the sender may know that he is one.

    That is no secret (a key of his, his own word, the sector's), or the sender sees a record of his about a subject.

    Raises:
        Refusal: code `case-receiver`.
    """
    found = uow.members.by_uri(uri)
    if found is not None and found.status is MemberStatus.ACTIVE and found.id != member_id:
        known = known_members(uow, uow.directory(), names_members=names_members)
        if known.member([uri]) == uri or (subjects and _told_by(uow, member_id, uri, subjects)):
            return found
    raise Refusal([Problem(sentence=say.RECEIVER, pointer="/receiver", values={"found": uri[:200]})])


def _told_by(uow: UnitOfWork, member_id: int, uri: str, subjects: Sequence[str]) -> bool:
    query = EventQuery(matches=((frozenset(OBJECT_ROLES), tuple(subjects)),), limit=MOST_LOOKED_AT)
    return any(each.member_uri == uri for each in uow.events.visible_to(Viewer(member_id=member_id)).find(query))


def _require_identifiers(subjects: Sequence[str]) -> None:
    """Refuse those that are none, each where it stands."""
    problems = []
    for at, each in enumerate(subjects):
        try:
            canonical_key(each)
        except InvalidIdentifier as error:
            problems += [replace(problem, pointer=f"/subjects/{at}") for problem in error.problems]
    if problems:
        raise InvalidIdentifier(problems)


def _take(uow: UnitOfWork, doing: Handling, case: Case, side: Side, said: Said, *, start: str | None) -> None:
    """Write a step: its document names the digest of the one before, the log that of its own."""
    before = uow.cases.steps(case.id)
    parties = parties_of(uow, case)
    step = Step(number=case.number, at=doing.now, side=side, start=start, to=case.state, said=said, sha256="")
    document = step_document(case, step, before[-1].sha256 if before else None, parties)
    step = replace(step, sha256=digest_of(document))
    index = _log(uow, doing, case, step, parties)
    uow.cases.add_step(case.id, replace(step, log_index=index))
    _close_overdue(uow, doing, case)
    uow.findings.add(_overdue(case, index, doing.now))


def parties_of(uow: UnitOfWork, case: Case) -> dict[Side, str]:
    """Give the URIs of the two members of a case."""
    found: dict[Side, Member | None] = {
        Side.SENDER: uow.members.by_id(case.sender_id),
        Side.RECEIVER: uow.members.by_id(case.receiver_id),
    }
    return {side: member.uri for side, member in found.items() if member is not None}


def _overdue(case: Case, index: int, now: int) -> list[Finding]:
    """Make the findings that open once a case is overdue: one for each member that has a step to take."""
    if case.due_at is None:
        return []
    waits = {"machine": case.machine.name, "state": case.state, "days": case.where.days}
    return [
        Finding(
            rule=say.OVERDUE.code,
            level="warning",
            subject=case.id,
            low=case.number,
            high=case.number + place,  # two may be waited for: each has a finding of his own
            log_index=index,
            member_id=member_id,
            evidence=waits,
            first_seen=now,
            opens_at=case.due_at,
        )
        for place, (side, member_id) in enumerate(((Side.SENDER, case.sender_id), (Side.RECEIVER, case.receiver_id)))
        if case.ways_of(side)
    ]


def _close_overdue(uow: UnitOfWork, doing: Handling, case: Case) -> None:
    """End what was to be said, or is said, of the state that a case has left."""
    for found in uow.findings.of_subjects(say.OVERDUE.code, [case.id]):
        if found.closed_at is not None:
            continue
        if found.opens_at > doing.now:
            uow.findings.forget(found)
        else:
            uow.findings.close(replace(found, closed_at=doing.now))


def _log(uow: UnitOfWork, doing: Handling, case: Case, step: Step, parties: dict[Side, str]) -> int:
    probe = uow.capture.begin(digests=(), node_keys=())
    said = CaseStatement(
        index=probe.head.size,
        at=max(doing.now, probe.head.stored_at),
        case=case.id,
        machine=case.machine.name,
        number=step.number,
        state=step.to,
        side=step.side.value,
        sender=parties[Side.SENDER],
        receiver=parties[Side.RECEIVER],
        sha256=step.sha256,
    )
    statement = sign_case(said, key=doing.signer.key, origin=doing.signer.origin)
    audiences = (case.sender_id, case.receiver_id) if case.shown else (case.sender_id,)
    uow.capture.save(
        admit_statement(
            EntryKind.CASE, statement, member_id=doing.member_id, audiences=audiences, probe=probe, now=said.at
        )
    )
    return said.index


def _record(uow: UnitOfWork, doing: Handling, case: Case, verb: str, **details: str) -> None:
    told: dict[str, Any] = {"machine": case.machine.name, "number": str(case.number)} | details
    act = Act(act=verb, author=doing.author, member_id=doing.member_id, object=case.id, details=told)
    record_act(uow, act, signer=doing.signer, now=doing.now)
