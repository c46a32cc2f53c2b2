"""The chain of a key: which of the records that it signed are there, which are missing, and where it does not hold.

Every envelope carries its place among those of its key: `seq` counts from 1, `prev` is the digest of the one before.
Whoever holds some of them can therefore say which are missing, without the platform's word. A refusal stands in the
place of the record that it refused, and a void in the place of what its member discarded: both close the chain.

Links are read in the order of the log. Of two records that claim one place, the first one logged continues the run
and the other begins a run of its own, so that what was read so far is kept as runs, one row each, and reading on from
there gives what reading everything again would.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import Final

from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import FIRST_PREV

_ENDS: Final = ("first_seq", "last_seq", "first_prev", "last_sha256")
_CONTRADICTION: Final = frozenset({EntryKind.EVENT, EntryKind.VOID})  # one record, stored and discarded


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """One place of a key's chain, taken by a record, by its refusal (`refused`) or by its void (`void`)."""

    kid: str
    seq: int
    prev: bytes
    sha256: bytes  # of the compact JWS that took the place, whether it is in the log itself or was refused or voided
    index: int  # of the log entry that says so
    kind: EntryKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSegment:
    """A run of a key's chain without a gap: each of its links names the one before."""

    kid: str
    first_seq: int
    last_seq: int
    first_prev: bytes
    last_sha256: bytes
    first_index: int  # of the link `first_seq`; links may have come in another order than they were signed
    last_index: int  # of the link `last_seq`

    def covers(self, seq: int) -> bool:
        """Whether a place is taken in this run."""
        return self.first_seq <= seq <= self.last_seq


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainGap:
    """Places that nobody took although a later one is taken; both ends are missing."""

    kid: str
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFork:
    """Places that two or more different records took."""

    kid: str
    first_seq: int
    last_seq: int


class ChainRule(StrEnum):
    """In which way a link does not fit what was read before it."""

    FORK = "fork"  # another record has the same place
    PREV = "prev"  # the record in the place before is another than the one that `prev` names
    SEQ = "seq"  # `prev` names a record that is not in the place before: numbers go back, jump or start again
    VOID = "void"  # what is voided is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainFault:
    """A link that does not fit, and the run and place that it contradicts; no run where `prev` and 1 contradict."""

    rule: ChainRule
    link: ChainLink
    against: ChainSegment | None = None
    seq: int  # the place that is contradicted
    rivals: tuple[ChainLink, ...] = ()  # of a fork and a void: the earlier links at that place, as far as known


# Finds the earlier links at the place of a link, as far as they are known.
Lookup = Callable[[ChainLink], Sequence[ChainLink]]


class Chain:
    """One key's chain while its links are read, in the order of the log."""

    def __init__(self, segments: Iterable[ChainSegment] = (), *, lookup: Lookup) -> None:
        self._segments: set[ChainSegment] = set()
        # Runs by the number and the digest at either end: whoever numbers at random must not make reading slow.
        self._ends: defaultdict[tuple[str, int | bytes], set[ChainSegment]] = defaultdict(set)
        self._lookup = lookup
        self._highest = 0
        for segment in segments:
            self._keep(segment)

    @property
    def segments(self) -> tuple[ChainSegment, ...]:
        """The runs read so far, by place, then by their place in the log."""
        return tuple(sorted(self._segments, key=_order))

    def ending_at(self, seq: int) -> list[ChainSegment]:
        """Give the runs whose last place is this one."""
        return self._found("last_seq", seq)

    def add(self, link: ChainLink) -> list[ChainFault]:
        """Read the next link, and say in which ways it does not fit. The same record again changes nothing."""
        faults = []
        for segment in self._covering(link.seq)[:1]:
            there = tuple(self._lookup(link))
            same = [rival for rival in there if rival.sha256 == link.sha256]
            rule = ChainRule.VOID if same else ChainRule.FORK
            fault = ChainFault(rule=rule, link=link, against=segment, seq=link.seq, rivals=tuple(same) or there)
            if same:
                kinds = {rival.kind for rival in same}
                return [fault] if {link.kind} | kinds >= _CONTRADICTION > {link.kind} else []
            faults.append(fault)
        faults += self._backward_faults(link)
        faults += self._forward_faults(link)
        self._join(link)
        return faults

    def _covering(self, seq: int) -> list[ChainSegment]:
        return [s for s in self.segments if s.covers(seq)] if seq <= self._highest else []

    def _found(self, end: str, value: int | bytes) -> list[ChainSegment]:
        return sorted(self._ends.get((end, value), ()), key=_order)

    def _parent(self, link: ChainLink) -> ChainSegment | None:
        ends = (s for s in self._found("last_sha256", link.prev) if s.last_seq == link.seq - 1)
        return next(ends, None)

    def _child(self, link: ChainLink) -> ChainSegment | None:
        heads = (s for s in self._found("first_prev", link.sha256) if s.first_seq == link.seq + 1)
        return min(heads, key=lambda head: head.first_index, default=None)

    def _backward_faults(self, link: ChainLink) -> list[ChainFault]:
        """Compare what `prev` names with what is there."""
        if (link.seq == 1) != (link.prev == FIRST_PREV):
            rule = ChainRule.PREV if link.seq == 1 else ChainRule.SEQ
            return [ChainFault(rule=rule, link=link, seq=link.seq)]
        if link.seq == 1 or self._parent(link) is not None:
            return []
        for named in self._found("last_sha256", link.prev):
            return [ChainFault(rule=ChainRule.SEQ, link=link, against=named, seq=named.last_seq)]
        for rival in self._found("first_prev", link.prev):
            if rival.first_seq != link.seq:
                return [ChainFault(rule=ChainRule.SEQ, link=link, against=rival, seq=rival.first_seq)]
        before = self._found("last_seq", link.seq - 1)
        return [ChainFault(rule=ChainRule.PREV, link=link, against=each, seq=each.last_seq) for each in before[:1]]

    def _forward_faults(self, link: ChainLink) -> list[ChainFault]:
        """Compare the link with what was logged before it and claims to come after it."""
        following, naming = self._found("first_seq", link.seq + 1), self._found("first_prev", link.sha256)
        wrong = [(ChainRule.PREV, head) for head in following if head.first_prev != link.sha256]
        wrong += [(ChainRule.SEQ, head) for head in naming if head.first_seq != link.seq + 1]
        return [ChainFault(rule=rule, link=link, against=head, seq=head.first_seq) for rule, head in wrong]

    def _join(self, link: ChainLink) -> None:
        parent, child = self._parent(link), self._child(link)
        run = ChainSegment(
            kid=link.kid,
            first_seq=link.seq,
            last_seq=link.seq,
            first_prev=link.prev,
            last_sha256=link.sha256,
            first_index=link.index,
            last_index=link.index,
        )
        if parent is not None:
            self._drop(parent)
            run = _joined(parent, run)
        if child is not None:
            self._drop(child)
            run = _joined(run, child)
        self._keep(run)

    def _keep(self, run: ChainSegment) -> None:
        self._segments.add(run)
        for end in _ENDS:
            self._ends[end, getattr(run, end)].add(run)
        self._highest = max(self._highest, run.last_seq)

    def _drop(self, run: ChainSegment) -> None:
        self._segments.remove(run)
        for end in _ENDS:
            self._ends[end, getattr(run, end)].remove(run)


def join_segments(segments: Iterable[ChainSegment], links: Iterable[ChainLink]) -> tuple[ChainSegment, ...]:
    """Join links to the runs read before them; every link is later in the log than those of the runs.

    What is given as a link and stands in a run already must not be given again, except where it ends the run.
    """
    known: defaultdict[tuple[str, int], list[ChainLink]] = defaultdict(list)
    runs: defaultdict[str, list[ChainSegment]] = defaultdict(list)
    for segment in segments:
        runs[segment.kid].append(segment)
        known[segment.kid, segment.last_seq].append(_last_link(segment))

    def lookup(link: ChainLink) -> Sequence[ChainLink]:
        return known[link.kid, link.seq]

    chains = {kid: Chain(found, lookup=lookup) for kid, found in runs.items()}
    for link in sorted(links, key=lambda link: link.index):
        chains.setdefault(link.kid, Chain(lookup=lookup)).add(link)
        known[link.kid, link.seq].append(link)
    return tuple(segment for kid in sorted(chains) for segment in chains[kid].segments)


def gaps_of(segments: Iterable[ChainSegment]) -> tuple[ChainGap, ...]:
    """Say which places of each key are missing below its highest one."""
    found = []
    for kid, runs in groupby(sorted(segments, key=_order), key=lambda segment: segment.kid):
        reached = 0
        for run in runs:
            if run.first_seq > reached + 1:
                found.append(ChainGap(kid=kid, first_seq=reached + 1, last_seq=run.first_seq - 1))
            reached = max(reached, run.last_seq)
    return tuple(found)


def forks_of(segments: Iterable[ChainSegment]) -> tuple[ChainFork, ...]:
    """Say which places of each key were taken twice or more."""
    found = []
    for kid, runs in groupby(sorted(segments, key=_order), key=lambda segment: segment.kid):
        # How many runs cover a place changes only where one begins or has ended.
        changes: dict[int, int] = {}
        for run in runs:
            changes[run.first_seq] = changes.get(run.first_seq, 0) + 1
            changes[run.last_seq + 1] = changes.get(run.last_seq + 1, 0) - 1
        taken, since = 0, None
        for seq, change in sorted(changes.items()):
            taken += change
            if taken > 1 and since is None:
                since = seq
            elif taken <= 1 and since is not None:
                found.append(ChainFork(kid=kid, first_seq=since, last_seq=seq - 1))
                since = None
    return tuple(found)


def breaks_of(segments: Iterable[ChainSegment]) -> tuple[ChainSegment, ...]:
    """Give the runs that begin just after another one without naming its last record; forks are told apart."""
    found = []
    for _, ordered in groupby(sorted(segments, key=_order), key=lambda segment: segment.kid):
        runs, reached = list(ordered), 0
        starts = Counter(run.first_seq for run in runs)
        for run in runs:
            is_alone = reached < run.first_seq and starts[run.first_seq] == 1
            is_first = run.first_seq == 1
            follows = not is_first and reached == run.first_seq - 1
            if is_alone and (follows or is_first != (run.first_prev == FIRST_PREV)):
                found.append(run)
            reached = max(reached, run.last_seq)
    return tuple(found)


def _order(segment: ChainSegment) -> tuple[str, int, int]:
    return segment.kid, segment.first_seq, segment.first_index


def _joined(earlier: ChainSegment, later: ChainSegment) -> ChainSegment:
    return replace(earlier, last_seq=later.last_seq, last_sha256=later.last_sha256, last_index=later.last_index)


def _last_link(segment: ChainSegment) -> ChainLink:
    """The last link of a run, as far as a run remembers it: what it followed and what it was are not kept."""
    return ChainLink(
        kid=segment.kid,
        seq=segment.last_seq,
        prev=segment.first_prev if segment.first_seq == segment.last_seq else b"",
        sha256=segment.last_sha256,
        index=segment.last_index,
        kind=EntryKind.EVENT,
    )
