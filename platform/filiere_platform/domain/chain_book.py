"""One key's chain as it is followed: its runs, what is missing, and what was found, record by record.

Everything follows from the records in the order of the log and from the grace period, whatever the pauses between
them: deriving it again gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from filiere_platform.domain.finding import Finding, Name
from filiere_schemas.problems import Level
from filiere_schemas.provenance.chain import Chain, ChainFault, ChainLink, ChainRule, ChainSegment

GAP_RULE = "chain-gap"
FORK_RULE = "chain-fork"
RULES: dict[ChainRule, tuple[str, Level]] = {
    ChainRule.FORK: (FORK_RULE, "error"),
    ChainRule.PREV: ("chain-prev", "error"),
    ChainRule.SEQ: ("chain-seq", "error"),
    ChainRule.VOID: ("chain-void", "warning"),
}
CHAIN_RULES = (GAP_RULE, *(rule for rule, _ in RULES.values()))
# Forks of one key for which the other record is looked for: it may cost reading the log once, and whoever forks a
# key on purpose must not make everybody wait. What is beyond is found all the same, with less evidence.
MOST_LOOKED_FOR = 20

# Finds, in the log, the links of a key at one place that were logged before an index.
Search = Callable[[ChainLink], Sequence[ChainLink]]
Shown = dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """What is kept of one key's chain: all of it, or at least what touches the records that are read next.

    `segments` has the run that reaches highest, `gaps` the gaps that are not filled, `forks` how many were found.
    """

    segments: tuple[ChainSegment, ...] = ()
    gaps: tuple[Finding, ...] = ()
    forks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainChanges:
    """What following a key changes of what is kept."""

    joined: tuple[ChainSegment, ...]  # runs that became part of others
    segments: tuple[ChainSegment, ...]  # runs that are new
    findings: tuple[Finding, ...]  # findings that are new
    closed: tuple[Finding, ...]
    forgotten: tuple[Finding, ...]  # mended within their grace


@dataclass(slots=True, kw_only=True)
class ChainBook:
    """Follows one key. `findings` has, by name, every finding that is new or changed, None where it is forgotten."""

    kid: str
    grace: int  # microseconds
    search: Search
    state: ChainState = field(default_factory=ChainState)
    findings: dict[Name, Finding | None] = field(default_factory=dict)
    _chain: Chain = field(init=False)
    _gaps: list[Finding] = field(init=False)
    _forks: int = field(init=False)
    _highest: ChainSegment | None = field(init=False)

    def __post_init__(self) -> None:
        self._chain = Chain(self.state.segments, lookup=self._look_up)
        self._gaps = list(self.state.gaps)
        self._forks = self.state.forks
        # Of several runs that reach as high, the one whose record was logged first.
        self._highest = max(self.state.segments, key=lambda run: (run.last_seq, -run.last_index), default=None)

    @property
    def segments(self) -> tuple[ChainSegment, ...]:
        """The runs, as far as they were given or read."""
        return self._chain.segments

    def take(self, link: ChainLink, *, member_id: int | None, stored_at: int) -> None:
        """Read the next link."""
        for fault in self._chain.add(link):
            self._note_fault(fault, member_id=member_id, stored_at=stored_at)
        self._fill(link, stored_at)
        highest = 0 if self._highest is None else self._highest.last_seq
        if link.seq <= highest:
            return
        if link.seq > highest + 1:
            gap = Finding(
                rule=GAP_RULE,
                level="error",
                subject=self.kid,
                low=highest + 1,
                high=link.seq - 1,
                log_index=link.index,
                member_id=member_id,
                evidence=_between(None if self._highest is None else _end(self._highest), _shown(link)),
                first_seen=stored_at,
                opens_at=stored_at + self.grace,
            )
            self._open(gap)
        self._highest = next(run for run in self._chain.ending_at(link.seq) if run.last_sha256 == link.sha256)

    def changes(self) -> ChainChanges:
        """Say what changed since the state that the book began with."""
        before, after = set(self.state.segments), set(self.segments)
        kept = {gap.name: gap for gap in self.state.gaps}
        findings = [finding for finding in self.findings.values() if finding is not None]
        return ChainChanges(
            joined=tuple(before - after),
            segments=tuple(run for run in self.segments if run not in before),
            findings=tuple(finding for finding in findings if finding.name not in kept),
            closed=tuple(finding for finding in findings if finding.name in kept),
            forgotten=tuple(gap for name, gap in kept.items() if self.findings.get(name, gap) is None),
        )

    def _look_up(self, link: ChainLink) -> Sequence[ChainLink]:
        return self.search(link) if self._forks < MOST_LOOKED_FOR else ()

    def _fill(self, link: ChainLink, stored_at: int) -> None:
        """Close the gap that a link falls into; what is left of it on either side is as old as it was."""
        gap = next((gap for gap in self._gaps if gap.low <= link.seq <= gap.high), None)
        if gap is None:
            return
        self._gaps.remove(gap)
        # Mended within its grace, it never was a finding.
        self.findings[gap.name] = replace(gap, closed_at=stored_at) if gap.opens_at <= stored_at else None
        before, after = gap.evidence["between"]
        if gap.low < link.seq:
            self._open(replace(gap, id=None, high=link.seq - 1, evidence=_between(before, _shown(link))))
        if link.seq < gap.high:
            self._open(replace(gap, id=None, low=link.seq + 1, evidence=_between(_shown(link), after)))

    def _open(self, gap: Finding) -> None:
        self._gaps.append(gap)
        self.findings[gap.name] = gap

    def _note_fault(self, fault: ChainFault, *, member_id: int | None, stored_at: int) -> None:
        rule, level = RULES[fault.rule]
        self._forks += fault.rule is ChainRule.FORK
        others = [_shown(rival) for rival in fault.rivals] or _ends(fault)
        finding = Finding(
            rule=rule,
            level=level,
            subject=self.kid,
            low=fault.link.seq,
            high=fault.link.seq,
            log_index=fault.link.index,
            member_id=member_id,
            evidence={"records": [*others, {**_shown(fault.link), "prev": fault.link.prev.hex()}]},
            first_seen=stored_at,
            opens_at=stored_at,
        )
        self.findings.setdefault(finding.name, finding)


def continued(run: ChainSegment, links: Sequence[ChainLink]) -> ChainSegment | None:
    """Lengthen the only run of a key by links of which each follows the one before; None where one does not.

    Nothing can be found of such links: their places are above every other, each names the record before it, and no
    gap reaches as high. A book would say the same, and has to be given what is kept of the key.
    """
    seq, sha256 = run.last_seq, run.last_sha256
    for link in links:
        if link.seq != seq + 1 or link.prev != sha256 or link.sha256 == run.first_prev:
            return None
        seq, sha256 = link.seq, link.sha256
    return replace(run, last_seq=seq, last_sha256=sha256, last_index=links[-1].index)


def differing_findings(one: Iterable[Finding], other: Iterable[Finding]) -> list[Finding]:
    """Give, in order, the findings that are in one of two collections and not in the other; their ids do not count."""
    ones, others = ({each.name: replace(each, id=None, step=None) for each in findings} for findings in (one, other))
    different = {name for name in ones.keys() | others.keys() if ones.get(name) != others.get(name)}
    return [(ones.get(name) or others[name]) for name in sorted(different)]


def _between(before: Shown, after: Shown) -> dict[str, Any]:
    return {"between": [before, after]}


def _shown(link: ChainLink) -> dict[str, Any]:
    return {"seq": link.seq, "index": link.index, "sha256": link.sha256.hex(), "kind": link.kind.value}


def _end(run: ChainSegment) -> dict[str, Any]:
    return {"seq": run.last_seq, "index": run.last_index, "sha256": run.last_sha256.hex()}


def _ends(fault: ChainFault) -> list[dict[str, Any]]:
    """The record that a link contradicts, where it is at an end of its run: a run remembers its ends alone."""
    run = fault.against
    if run is None:
        return []
    if fault.seq == run.last_seq:
        return [_end(run)]
    return [{"seq": fault.seq, "index": run.first_index}] if fault.seq == run.first_seq else [{"seq": fault.seq}]
