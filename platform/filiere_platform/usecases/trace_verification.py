"""Verify the records behind a trace for somebody who looks at a page, by the steps of an offline verifier.

What the page shows is the instance's own word about itself; a bundle is for who does not take it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from filiere_platform.domain.audience import Viewer
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.entry_proofs import key_entries, logged, nodes_of, prove, read_head
from filiere_platform.usecases.log_ports import LogFiles
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.bundle import LoggedEntry
from filiere_schemas.provenance.head_check import require_log, require_witnesses
from filiere_schemas.provenance.key_history import KeyHistory, KeyStanding
from filiere_schemas.provenance.record_check import Assurance, read_content, read_history, verify_signature
from filiere_schemas.provenance.trust import Trust
from filiere_schemas.provenance.verify_record import require_place


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one record: its state (`published`, `stored`), its signer, and why it does not hold, if so."""

    index: int
    state: str
    assurance: Assurance | None = None  # None where the signature does not hold
    kid: str | None = None  # the member's key; None where the platform attested, or the payload is erased
    standing: KeyStanding | None = None
    withheld: int = 0  # sealed fields that this reader is not shown
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The signed head that the records stand under: its size, who has seen it when, and what its quorum lacks."""

    size: int
    quorum: str  # of the trust file's policy; `none` where no witness is asked for
    seen_at: Mapping[str, int] = field(default_factory=dict)  # seconds since 1970, by witness
    problem: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTrace:
    """The verdicts of a trace's records by log index, and their head; None before there is one."""

    verdicts: Mapping[int, Verdict]
    head: Head | None


def verify_records(
    uow: UnitOfWork, viewer: Viewer, files: LogFiles, indexes: Iterable[int], *, trust: Trust
) -> VerifiedTrace:
    """Verify records by their log indexes; those that the viewer may not see are left out.

    Signature and key are verified of each; the place in the log of those under the signed head.

    Raises:
        Refusal: the signed head or a key entry does not hold: then nothing does.
    """
    note, size = read_head(files)
    signed = None if note is None else require_log(note, trust)
    records = uow.events.visible_to(viewer).records(indexes)
    history, get_node = read_history(key_entries(uow, records), trust), nodes_of(files, size)
    verdicts = {}
    for entry in map(logged, records):
        is_published = signed is not None and entry.index < size
        try:
            verdict = _signed(entry, history, trust, state="published" if is_published else "stored")
            if signed is not None and is_published:
                require_place(prove(entry, size, get_node), signed.checkpoint)
        except Refusal as refused:
            state = "published" if is_published else "stored"
            verdict = Verdict(index=entry.index, state=state, problem=refused.problems[0])
        verdicts[entry.index] = verdict
    return VerifiedTrace(verdicts=verdicts, head=None if note is None else _head(note, trust))


def _signed(entry: LoggedEntry, history: KeyHistory, trust: Trust, *, state: str) -> Verdict:
    signed = verify_signature(entry, history, trust)
    return Verdict(
        index=entry.index,
        state=state,
        assurance=signed.assurance,
        kid=None if signed.link is None else signed.link.kid,
        standing=signed.standing,
        withheld=len(read_content(signed).withheld),
    )


def _head(note: bytes, trust: Trust) -> Head:
    """Say who has seen a head that the log signed; too few witnesses are told, and change no record's verdict."""
    signed = require_log(note, trust)
    try:
        seen_at, problem = require_witnesses(note, signed, trust, None).seen_at, None
    except Refusal as refused:
        seen_at, problem = {}, refused.problems[0]
    return Head(size=signed.checkpoint.size, quorum=trust.policy.quorum, seen_at=seen_at, problem=problem)
