"""Admit a group of candidates in one commit: who is stored, who was known, who conflicts.

Pure: the probe shows what the lock showed, the admission says what to write. One bad record never fails its
neighbours: each is decided alone, in order, as if the earlier ones of the group had been committed before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from filiere_platform.domain import sentences
from filiere_platform.domain.audience import SHARING_CODES, GrantCause
from filiere_platform.domain.candidate import Candidate, VoidCandidate, refused_identity
from filiere_platform.domain.record import (
    KIND_CODES,
    Admission,
    DigestRow,
    EdgeRow,
    EventRow,
    GrantRow,
    Known,
    LogHead,
    NodeRow,
    Probe,
    RecordRow,
)
from filiere_schemas.problems import Problem
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.statements import RefusedPlace


class Status(StrEnum):
    """What became of one submitted record."""

    STORED = "stored"
    KNOWN = "known"  # the same again: the earlier record answers for it
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one submitted record, and the log entry that says so (none for an unlogged refusal)."""

    status: Status
    kind: EntryKind | None = None
    log_index: int | None = None
    sha256: bytes | None = None
    stored_at: int | None = None
    event_id: str | None = None
    problems: tuple[Problem, ...] = ()
    refusal: bytes | None = None  # the platform's signed refusal, where one was logged
    is_erased: bool = False  # known, and its payload was erased meanwhile
    warnings: tuple[Problem, ...] = ()  # of what is stored all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSubmission:
    """A record of a known key that was refused before the lock, waiting for its entry."""

    member_id: int
    key_id: int | None
    place: RefusedPlace
    source_sha256: bytes
    problems: tuple[Problem, ...]
    ended: Problem | None = None  # its key has ended: nothing is logged of it any more


Submission = Candidate | VoidCandidate | RefusedSubmission
# Signs a refusal: what was refused, by whom, why -> compact JWS.
RefusalSigner = Callable[[RefusedSubmission], bytes]


class Decision(NamedTuple):
    """What to write, and what to answer, one outcome per submission in the order of the group."""

    admission: Admission
    outcomes: list[Outcome]


def identities_of(group: Sequence[Submission]) -> set[bytes]:
    """Every identity whose presence in the store decides something about the group."""
    wanted = {refused_identity(_source_of(s)) for s in group if not _is_plain(s)}
    wanted.update(s.event.identity for s in group if isinstance(s, Candidate))
    for void in (s for s in group if isinstance(s, VoidCandidate)):
        wanted |= {void.identity, void.discarded_identity, refused_identity(void.discarded_sha256)}
    return wanted


def node_keys_of(group: Sequence[Submission]) -> set[str]:
    """Every canonical key that the group's events mention."""
    return {end.key for s in group if isinstance(s, Candidate) for end in s.ends}


def decide_group(group: Sequence[Submission], probe: Probe, *, now: int, sign_refusal: RefusalSigner) -> Decision:
    """Decide each submission of a group in order, and lay out everything the commit writes.

    Args:
        group: verified candidates and refused submissions.
        probe: head, known identities and nodes, read under the lock.
        now: microseconds since 1970; stored times never go back, so the head's may be used instead.
        sign_refusal: called for each refusal that is logged for the first time.
    """
    work = _Work(probe=probe, stored_at=max(now, probe.head.stored_at))
    outcomes = [work.decide(s, sign_refusal) for s in group]
    return Decision(work.admission(), outcomes)


def _is_plain(submission: Submission) -> bool:
    """Whether a submission came without a signature: its refusal is answered, but has no entry."""
    return isinstance(submission, Candidate) and submission.kind is EntryKind.RECEIPT


def _source_of(submission: Submission) -> bytes:
    """The digest of the bytes that were sent, by which a refusal of them is known."""
    return submission.sha256 if isinstance(submission, VoidCandidate) else submission.source_sha256


def _identity_of(candidate: Candidate | VoidCandidate) -> bytes:
    """What a record is known by once it is stored."""
    return candidate.identity if isinstance(candidate, VoidCandidate) else candidate.event.identity


@dataclass(slots=True, kw_only=True)
class _Work:
    """The commit being laid out; `known` and `nodes` grow, so that a group sees its own earlier members."""

    probe: Probe
    stored_at: int
    known: dict[bytes, Known] = field(init=False)
    nodes: dict[str, int] = field(init=False)
    records: list[RecordRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    edges: list[EdgeRow] = field(default_factory=list)
    new_nodes: list[NodeRow] = field(default_factory=list)
    grants: list[GrantRow] = field(default_factory=list)
    digests: list[DigestRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = dict(self.probe.known)
        self.nodes = dict(self.probe.nodes)

    def decide(self, submission: Submission, sign_refusal: RefusalSigner) -> Outcome:
        if submission.ended is not None:
            return self.answer_ended(submission, submission.ended)
        if isinstance(submission, Candidate):
            outcome = self.admit(submission, sign_refusal)
            if not submission.warnings or outcome.status is Status.REFUSED:
                return outcome
            return replace(outcome, warnings=submission.warnings)
        if isinstance(submission, VoidCandidate):
            return self.void(submission, sign_refusal)
        return self.refuse(submission, sign_refusal)

    def admit(self, candidate: Candidate, sign_refusal: RefusalSigner) -> Outcome:
        earlier = self.known.get(candidate.event.identity)
        if earlier is None:
            voided = self.known.get(refused_identity(candidate.source_sha256))
            if voided is not None and voided.kind is EntryKind.VOID:
                return _voided(voided, candidate.event.event_id)
            return (
                self._turn_away(candidate, candidate.broken, sign_refusal)
                if candidate.broken
                else (self._store(candidate))
            )
        values = {"event_id": candidate.event.event_id, "index": earlier.log_index}
        # Of an erased event, what it said is not kept to compare with: it does not come back by being sent again.
        is_erased = earlier.content is None
        if is_erased or earlier.content == candidate.event.content:
            if candidate.place is not None and candidate.sha256 != earlier.sha256:
                # Signed again, it is the same event at another place of its key's chain: an entry has to close that
                # place, or it would look as if the platform had kept the record back.
                again = Problem(sentence=sentences.EVENT_SIGNED_AGAIN, pointer="/eventID", values=values)
                self.refuse(_refused(candidate, candidate.place, again), sign_refusal)
            return replace(_known(earlier, candidate.event.event_id), is_erased=is_erased)
        conflict = Problem(sentence=sentences.EVENT_CONFLICT, pointer="/eventID", values=values)
        return self._turn_away(candidate, (conflict,), sign_refusal)

    def _turn_away(self, candidate: Candidate, why: tuple[Problem, ...], sign_refusal: RefusalSigner) -> Outcome:
        """Refuse what was read and checked; of what came signed, the refusal is in the log."""
        if candidate.place is None:
            return Outcome(status=Status.REFUSED, event_id=candidate.event.event_id, problems=why)
        return self.refuse(_refused(candidate, candidate.place, *why), sign_refusal)

    def void(self, void: VoidCandidate, sign_refusal: RefusalSigner) -> Outcome:
        """Store a void, unless the event that it discards is stored: nobody takes back what others may have seen."""
        known = self.known.get(void.identity)
        if known is not None:
            return _known(known)
        event = self.known.get(void.discarded_identity)
        if event is not None and event.sha256 == void.discarded_sha256:
            stored = Problem(sentence=sentences.VOID_OF_STORED, pointer="/sha256", values={"index": event.log_index})
            return self.refuse(_refused(void, void.place, stored), sign_refusal)
        row = self._record(
            EntryKind.VOID, void.body, None, void.member_id, void.key_id, identity=void.identity, content=None
        )
        self._grant(row.log_index, void.member_id, GrantCause.OWNER)
        # Should the event come after all, this is what it meets; a refusal of it that is there already stays.
        closed = refused_identity(void.discarded_sha256)
        if closed not in self.known:
            self.known[closed] = row
            self.digests.append(DigestRow(closed, row.log_index, None))
        return Outcome(
            status=Status.STORED, kind=row.kind, log_index=row.log_index, sha256=row.sha256, stored_at=row.stored_at
        )

    def answer_ended(self, submission: Submission, ended: Problem) -> Outcome:
        """Answer for the very bytes that are in the log already; nothing new of a key that has ended is."""
        source = _source_of(submission)
        refused = self.known.get(refused_identity(source))
        if isinstance(submission, RefusedSubmission):
            return _again(refused, submission.problems) if refused is not None else _turned_away(ended)
        event = submission.event if isinstance(submission, Candidate) else None
        stored = self.known.get(_identity_of(submission))
        if stored is not None and stored.sha256 == source:
            is_erased = event is not None and stored.content is None
            return replace(_known(stored, None if event is None else event.event_id), is_erased=is_erased)
        return _again(refused, (ended,)) if refused is not None else _turned_away(ended)

    def refuse(self, refused: RefusedSubmission, sign_refusal: RefusalSigner) -> Outcome:
        identity = refused_identity(refused.source_sha256)
        earlier = self.known.get(identity)
        if earlier is not None:
            return _again(earlier, refused.problems)
        statement = sign_refusal(refused)
        stored = self._record(
            EntryKind.REFUSED, statement, None, refused.member_id, refused.key_id, identity=identity, content=None
        )
        self._grant(stored.log_index, refused.member_id, GrantCause.OWNER)
        return Outcome(
            status=Status.REFUSED,
            kind=stored.kind,
            log_index=stored.log_index,
            sha256=stored.sha256,
            stored_at=stored.stored_at,
            problems=refused.problems,
            refusal=statement,
        )

    def admission(self) -> Admission:
        head = self.probe.head
        return Admission(
            head=LogHead(
                size=head.size + len(self.records),
                grants=head.grants + len(self.grants),
                nodes=head.nodes + len(self.new_nodes),
                directory_version=head.directory_version,
                stored_at=self.stored_at if self.records else head.stored_at,
            ),
            records=self.records,
            events=self.events,
            edges=self.edges,
            nodes=self.new_nodes,
            grants=self.grants,
            digests=self.digests,
        )

    def _store(self, candidate: Candidate) -> Outcome:
        event = candidate.event
        stored = self._record(
            candidate.kind,
            candidate.body,
            candidate.disclosures,
            candidate.member_id,
            candidate.key_id,
            identity=event.identity,
            content=event.content,
        )
        index = stored.log_index
        self.events.append(
            EventRow(
                index,
                candidate.member_id,
                event.event_id,
                event.event_type,
                event.action,
                event.biz_step,
                event.disposition,
                event.earliest,
                event.latest,
                event.declares_error,
                event.transformation_id,
                SHARING_CODES[candidate.sharing],
            )
        )
        for ordinal, end in enumerate(candidate.ends):
            node = self._node(end.key, end.kind)
            self.edges.append(EdgeRow.of(end, log_index=index, ordinal=ordinal, node_id=node, event=event))
        for audience, cause in candidate.audiences:
            self._grant(index, audience, cause)
        return Outcome(
            status=Status.STORED,
            kind=stored.kind,
            log_index=index,
            sha256=stored.sha256,
            stored_at=stored.stored_at,
            event_id=event.event_id,
        )

    def _record(
        self,
        kind: EntryKind,
        body: bytes,
        disclosures: bytes | None,
        member_id: int,
        key_id: int | None,
        *,
        identity: bytes,
        content: bytes | None,
    ) -> Known:
        index = self.probe.head.size + len(self.records)
        digest = hashlib.sha256(body).digest()
        row = RecordRow(index, KIND_CODES[kind], digest, self.stored_at, member_id, key_id, body, disclosures)
        self.records.append(row)
        self.digests.append(DigestRow(identity, index, content))
        known = Known(index, content, kind, digest, self.stored_at)
        self.known[identity] = known
        return known

    def _node(self, key: str, kind: int) -> int:
        node = self.nodes.get(key)
        if node is None:
            node = self.probe.head.nodes + len(self.new_nodes) + 1
            self.nodes[key] = node
            self.new_nodes.append(NodeRow(node, key, kind))
        return node

    def _grant(self, log_index: int, audience: int, cause: GrantCause) -> None:
        number = self.probe.head.grants + len(self.grants) + 1
        self.grants.append(GrantRow(number, log_index, audience, cause))


def _refused(candidate: Candidate | VoidCandidate, place: RefusedPlace, *why: Problem) -> RefusedSubmission:
    return RefusedSubmission(
        member_id=candidate.member_id,
        key_id=candidate.key_id,
        place=place,
        source_sha256=_source_of(candidate),
        problems=why,
    )


def _voided(void: Known, event_id: str) -> Outcome:
    """Turn an event away that its owner discarded: the void is the entry that says so."""
    problem = Problem(sentence=sentences.EVENT_VOIDED, values={"index": void.log_index})
    return Outcome(
        status=Status.REFUSED,
        kind=void.kind,
        log_index=void.log_index,
        sha256=void.sha256,
        stored_at=void.stored_at,
        event_id=event_id,
        problems=(problem,),
    )


def _again(earlier: Known, problems: tuple[Problem, ...]) -> Outcome:
    return Outcome(
        status=Status.REFUSED,
        kind=earlier.kind,
        log_index=earlier.log_index,
        sha256=earlier.sha256,
        stored_at=earlier.stored_at,
        problems=problems,
    )


def _turned_away(ended: Problem) -> Outcome:
    return Outcome(status=Status.REFUSED, problems=(ended,))


def _known(earlier: Known, event_id: str | None = None) -> Outcome:
    return Outcome(
        status=Status.KNOWN,
        kind=earlier.kind,
        log_index=earlier.log_index,
        sha256=earlier.sha256,
        stored_at=earlier.stored_at,
        event_id=event_id,
    )
