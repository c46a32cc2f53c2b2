"""Admit records: prepare each before the lock, decide and write a group in one commit, answer with a receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.candidate import SignedRefusal, prepare_plain, prepare_signed
from filiere_platform.domain.capture import (
    Outcome,
    RefusedSubmission,
    Status,
    Submission,
    decide_group,
    identities_of,
    node_keys_of,
)
from filiere_platform.domain.credential import Credential, active_member, authenticate
from filiere_platform.domain.member import Directory, Member, Scope
from filiere_platform.domain.standing import nothing_promised, require_open, require_whole
from filiere_platform.usecases.directory import DirectoryChanged
from filiere_platform.usecases.ports import CaptureTransaction
from filiere_schemas.epcis.received import receive
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.statements import ReceiptRecord, attest_event, sign_receipt, sign_refusal
from filiere_schemas.sectors.judging import CompiledProfile
from filiere_schemas.sectors.sealable import NOTHING, Sealable

Clock = Callable[[], int]  # microseconds since 1970, UTC


class AtomicRefusal(Exception):  # noqa: N818 - not an error: the sender asked for all or nothing
    """A parcel that was to be stored whole or not at all has a record that cannot be stored; nothing of it is."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        super().__init__(f"{sum(o.status is Status.REFUSED for o in outcomes)} of {len(outcomes)} records refused")
        self.outcomes = tuple(outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one request brings: records of one sender, signed at source or plain.

    `sender` is the credential that came with the request, or the id of a member whose request was authenticated
    earlier (a capture job).
    """

    sender: Credential | int
    payloads: tuple[bytes, ...]
    signed: bool
    atomic: bool = False  # all or nothing, in a commit group of its own (EPCIS 2.0, 8.2.7: "rollback")


class Intake(Protocol):
    """The queue in front of the group commit."""

    def submit(self, parcel: Parcel) -> Future[list[Outcome]]:
        """Queue a parcel; the future gives one outcome per payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A parcel after everything that can be decided before the lock, one entry per payload, in order.

    A payload that nothing is kept of is an `Outcome` already.
    """

    parcel: Parcel
    member: Member
    directory_version: int
    entries: tuple[Submission | Outcome, ...] = field(default=())

    @property
    def submissions(self) -> list[Submission]:
        """The entries that go through a group commit."""
        return [e for e in self.entries if not isinstance(e, Outcome)]

    def outcomes(self, decided: Sequence[Outcome]) -> list[Outcome]:
        """Every payload's outcome in order, given those of its submissions."""
        remaining = iter(decided)
        return [e if isinstance(e, Outcome) else next(remaining) for e in self.entries]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The capture path with what it is configured with: the log's origin, the platform's key, the clock, the seals."""

    origin: str
    receipt_key: SigningKey
    default_sharing: SharingMode
    clock: Clock
    sealable: Sealable = NOTHING
    profile: CompiledProfile | None = None  # whose rules refuse
    promised: Callable[[], int] = nothing_promised  # the size of the log that was signed, see `usecases.closing`

    def prepare(self, parcel: Parcel, directory: Directory) -> Prepared:
        """Authenticate, verify, parse and check every payload of a parcel; no I/O.

        Raises:
            Refusal: the credential does not allow capture, so that nothing of the parcel is looked at.
            InstanceClosed: the instance takes no records now.
        """
        require_open(directory.standing)
        if isinstance(parcel.sender, Credential):
            member = authenticate(parcel.sender, directory, scope=Scope.CAPTURE, now=self.clock())
        else:
            member = active_member(parcel.sender, directory)
        one = self._prepare_signed if parcel.signed else self._prepare_plain
        entries = tuple(one(payload, member, directory) for payload in parcel.payloads)
        return Prepared(parcel=parcel, member=member, directory_version=directory.version, entries=entries)

    def capture_group(self, transaction: CaptureTransaction, group: Sequence[Prepared]) -> list[list[Outcome]]:
        """Store a group of parcels in one commit; each record is accepted or refused alone. Never commits.

        Raises:
            DirectoryChanged: a parcel was prepared with an old directory; roll back and prepare again.
            AtomicRefusal: the group is one atomic parcel and one of its records cannot be stored; roll back.
            InstanceClosed: the database has lost what was signed; roll back.
            StoreUnavailable: the database is away.
        """
        submissions = [s for prepared in group for s in prepared.submissions]
        probe = transaction.begin(digests=identities_of(submissions), node_keys=node_keys_of(submissions))
        if any(prepared.directory_version != probe.head.directory_version for prepared in group):
            raise DirectoryChanged
        require_whole(probe.head.size, self.promised())
        decision = decide_group(submissions, probe, now=self.clock(), sign_refusal=self._sign_refusal)
        decided = iter(decision.outcomes)
        answers = [p.outcomes([next(decided) for _ in p.submissions]) for p in group]
        for prepared, outcomes in zip(group, answers, strict=True):
            if prepared.parcel.atomic and any(o.status is Status.REFUSED for o in outcomes):
                raise AtomicRefusal(outcomes)
        transaction.save(decision.admission)
        return answers

    def receipt(self, outcomes: Sequence[Outcome]) -> bytes | None:
        """Sign one statement about everything of a request that is in the log; None where nothing is.

        The same records give the same bytes: a repeated request gets the receipt that the first one got.
        """
        records = [
            ReceiptRecord(index=o.log_index, sha256=o.sha256, kind=o.kind, stored_at=o.stored_at)
            for o in outcomes
            if o.log_index is not None and o.sha256 is not None and o.kind is not None and o.stored_at is not None
        ]
        return sign_receipt(records, key=self.receipt_key, origin=self.origin) if records else None

    def _prepare_signed(self, payload: bytes, member: Member, directory: Directory) -> Submission | Outcome:
        try:
            return prepare_signed(
                payload,
                sender=member,
                directory=directory,
                origin=self.origin,
                default_sharing=self.default_sharing,
                sealable=self.sealable,
                profile=self.profile,
            )
        except SignedRefusal as refusal:
            return RefusedSubmission(
                member_id=refusal.member_id,
                key_id=refusal.key_id,
                place=refusal.place,
                source_sha256=refusal.envelope.sha256,
                problems=refusal.problems,
                ended=refusal.ended,
            )
        except Refusal as refusal:
            return Outcome(status=Status.REFUSED, problems=refusal.problems)

    def _prepare_plain(self, payload: bytes, member: Member, directory: Directory) -> Submission | Outcome:
        try:
            plain = prepare_plain(
                receive(payload),
                sender=member,
                directory=directory,
                default_sharing=self.default_sharing,
                profile=self.profile,
            )
            compact = attest_event(
                plain.payload,
                key=self.receipt_key,
                issuer=self.origin,
                subject=member.uri,
                received_at=self.clock(),
                audience=self.origin,
            )
        except Refusal as refusal:  # also of an event that is small enough, but whose attestation is not
            return Outcome(status=Status.REFUSED, problems=refusal.problems)
        return plain.attested(compact)

    def _sign_refusal(self, refused: RefusedSubmission) -> bytes:
        return sign_refusal(
            sha256=refused.source_sha256,
            place=refused.place,
            problems=[(p.code, p.pointer) for p in refused.problems],
            key=self.receipt_key,
            origin=self.origin,
            refused_at=self.clock(),
        )
