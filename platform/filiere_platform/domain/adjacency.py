"""The graph in memory: which events touch which objects, as integer arrays that grow with the log.

A trace of a hundred thousand objects follows half a million ends; as rows and objects of Python that takes minutes, as
arrays milliseconds. Nothing here decides what somebody may see or what a step is: it answers which events name these
nodes, and which nodes those events name, for many at once.

An adjacency never changes: `extended` gives another one, which shares with it all that was there before, so that a
search that is under way is not disturbed by what is captured meanwhile. Each is extended once: what follows is written
behind it into the same memory. Events have ordinals, 0, 1, 2, ... in the order
of the log; the ends of older events lie in few large parts and those of newer ones in small parts, which are merged
when they have grown (a log-structured merge), so that a record costs the same to add however long the log is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from filiere_platform.domain.of_lot import MADE_AS
from filiere_platform.domain.record import Role

Integers = npt.NDArray[np.int64]
Compact = npt.NDArray[np.int32]  # what is kept: two thousand million events and nodes are room enough for one process
Small = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

NO_GROUP: Final = 0
# Ends by what a search asks of them: into a transformation, out of one, everything else that touches an object.
INTO, OUT_OF, BESIDE = range(3)
USES: Final = (INTO, OUT_OF, BESIDE)
# Marks of a node: it is a parent somewhere, it is in a parent somewhere, somebody says that it is another node,
# it is an item of a lot or has items.
HOLDS, IS_HELD, IS_ANOTHER, IS_OF_LOT = 1, 2, 4, 8
_SHARE: Final = 4  # a part is merged into the one before when it has grown to a quarter of it
_GROUP_BYTES: Final = 8


def group_number(transformation_id: str) -> int:
    """Give the number under which the events of one transformation id are found: 64 bits of its SHA-256.

    Two ids with one number would be searched as one transformation, and no step would be shown between them; among
    ten million ids that happens once in a hundred thousand logs. Who could choose such an id could as well choose the
    same one.
    """
    digest = hashlib.sha256(transformation_id.encode()).digest()
    return int.from_bytes(digest[:_GROUP_BYTES], "big", signed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphColumns:
    """What one stretch of the log, [start, stop), adds to the graph; arrays of one length each, in the log's order."""

    start: int
    stop: int
    log_index: Integers
    earliest: Integers
    latest: Integers
    end_event: Integers  # log index of the event that an end belongs to, ascending
    end_node: Integers
    end_role: Small
    kind_node: Integers  # the nodes that were new, with what they are
    kind: Small
    group_event: Integers  # log indexes of the events that name a transformation, ascending, and its `group_number`
    group: Integers
    withdrawals: Sequence[tuple[int, int]] = ()  # log index of an event, and of an error declaration of it


@dataclass(frozen=True, slots=True)
class _Index:
    """Values by key: those of key k are `values[pointers[p]:pointers[p + 1]]`, p its place."""

    values: Compact
    pointers: Compact
    keys: Integers | None  # sorted, where few of all keys have values; else a key is its own place, less `first`
    first: int = 0

    @classmethod
    def build(cls, keys: Integers, values: Integers, *, first: int, count: int) -> _Index:
        """Index values; `first` and `count` bound the keys."""
        order = np.argsort(keys, kind="stable")
        if count <= _SHARE * len(keys) + 1024:
            pointers = np.zeros(count + 1, np.int32)
            np.cumsum(np.bincount(keys - first, minlength=count), out=pointers[1:])
            return cls(values[order].astype(np.int32), pointers, None, first)
        found, counts = np.unique(keys, return_counts=True)
        pointers = np.zeros(len(found) + 1, np.int32)
        np.cumsum(counts, out=pointers[1:])
        return cls(values[order].astype(np.int32), pointers, found)

    def gather(self, keys: Integers) -> tuple[Integers, Integers]:
        """Give all values of some keys, and for each value the position of its key among those asked for."""
        places, owners = self._places(keys)
        begins = self.pointers[places].astype(np.int64)
        at, keys = stretches(begins, self.pointers[places + 1] - begins)
        return self.values[at].astype(np.int64), owners[keys]

    def _places(self, keys: Integers) -> tuple[Integers, Integers]:
        if self.keys is None:
            places = keys - self.first
            owners = np.flatnonzero((places >= 0) & (places < len(self.pointers) - 1))
            return places[owners], owners
        at = np.searchsorted(self.keys, keys)
        owners = np.flatnonzero(at < len(self.keys))
        owners = owners[self.keys[at[owners]] == keys[owners]]
        return at[owners], owners

    def pairs(self) -> tuple[Integers, Integers]:
        """Give every key with each of its values."""
        keys = np.arange(self.first, self.first + len(self.pointers) - 1) if self.keys is None else self.keys
        return np.repeat(keys, np.diff(self.pointers)), self.values.astype(np.int64)

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.pointers.nbytes + (0 if self.keys is None else self.keys.nbytes)


EMPTY: Final[Integers] = np.empty(0, np.int64)
_EMPTY_SMALL: Final[Small] = np.empty(0, np.int8)


def stretches(begins: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Give the numbers of some stretches, one stretch behind the other, and for each the position of its stretch."""
    ends = np.cumsum(counts)
    if not len(ends) or not ends[-1]:
        return EMPTY, EMPTY
    # Position n of the answer lies as far behind its stretch's first number as behind the first position of it.
    at = np.repeat(begins - ends + counts, counts)
    at += np.arange(len(at))
    return at, np.repeat(np.arange(len(counts)), counts)


def distinct(numbers: Integers) -> Integers:
    """Give some numbers in order, each once; `numpy.unique` hashes them, which costs a small level a tenth of it."""
    ordered = np.sort(numbers)
    other = np.empty(len(ordered), np.bool_)
    other[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=other[1:])
    return ordered[other]


def are_among(numbers: Integers, ordered: Integers) -> Flags:
    """Say which of some numbers are among others, which are in order."""
    if not len(ordered):
        return np.zeros(len(numbers), np.bool_)
    found: Flags = ordered[np.minimum(np.searchsorted(ordered, numbers), len(ordered) - 1)] == numbers
    return found


def _no_integers() -> Integers:
    return EMPTY


def _no_codes() -> Small:
    return _EMPTY_SMALL


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A run of events and their ends: by use the events of a node and the nodes of an event, and groups."""

    first: int  # ordinal
    count: int
    events_of: tuple[_Index, ...]
    nodes_of: tuple[_Index, ...]
    groups: _Index  # events by group

    @classmethod
    def build(
        cls,
        ends: tuple[tuple[Integers, Integers], ...],
        grouped: tuple[Integers, Integers],
        *,
        first: int,
        count: int,
        nodes: int,
    ) -> _Part:
        ordinals, groups = grouped
        return cls(
            first=first,
            count=count,
            events_of=tuple(_Index.build(node, ordinal, first=0, count=nodes) for ordinal, node in ends),
            nodes_of=tuple(_Index.build(ordinal, node, first=first, count=count) for ordinal, node in ends),
            groups=_Index.build(groups, ordinals, first=0, count=_NO_BOUND),
        )

    def merged(self, later: _Part, *, nodes: int) -> _Part:
        count = self.count + later.count
        uses = zip(self.nodes_of, later.nodes_of, strict=True)
        groups, ordinals = _both(self.groups, later.groups)
        ends = tuple(_both(mine, theirs) for mine, theirs in uses)
        return _Part.build(ends, (ordinals, groups), first=self.first, count=count, nodes=nodes)

    @property
    def nbytes(self) -> int:
        return sum(index.nbytes for index in (*self.events_of, *self.nodes_of, self.groups))


def _both(one: _Index, other: _Index) -> tuple[Integers, Integers]:
    (keys, values), (more_keys, more_values) = one.pairs(), other.pairs()
    return np.concatenate((keys, more_keys)), np.concatenate((values, more_values))


_NO_BOUND: Final = 1 << 62  # group numbers are spread over all of 64 bits: they are always looked up by halving


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjacency:
    """The graph of the first `size` entries of a log."""

    size: int = 0
    nodes: int = 0  # the greatest number of a node that was given
    log_index: Integers = field(default_factory=_no_integers)  # by ordinal, ascending
    earliest: Integers = field(default_factory=_no_integers)
    latest: Integers = field(default_factory=_no_integers)
    group: Integers = field(default_factory=_no_integers)  # of the transformation that an event names, or NO_GROUP
    kind: Small = field(default_factory=_no_codes)  # by node: the stored code of what it is; 0 for a number not given
    mark: Small = field(default_factory=_no_codes)  # by node: HOLDS, IS_HELD, IS_ANOTHER, IS_OF_LOT
    withdrawn: Integers = field(default_factory=_no_integers)  # log indexes of withdrawn events, ascending
    withdrawn_at: Integers = field(default_factory=_no_integers)  # log indexes of the first declarations of each
    parts: tuple[_Part, ...] = ()

    def extended(self, columns: GraphColumns) -> Adjacency:
        """Add the next stretch of the log.

        Raises:
            ValueError: it does not follow.
        """
        if columns.start != self.size or columns.stop < columns.start:
            raise ValueError(f"expected a stretch from {self.size} on, found {columns.start} to {columns.stop}")
        first, count = len(self.log_index), len(columns.log_index)
        known = max(int(column.max(initial=0)) for column in (columns.kind_node, columns.end_node))
        nodes = max(len(self.kind), known + 1)
        # A node's marks may be added to later; a search that has them early looks closer than it needs to, no more.
        kind = appended(self.kind, np.zeros(nodes - len(self.kind), np.int8))
        mark = appended(self.mark, np.zeros(nodes - len(self.mark), np.int8))
        kind[columns.kind_node] = columns.kind
        ordinal = np.searchsorted(columns.log_index, columns.end_event) + first
        role, node = columns.end_role, columns.end_node
        mark[node[role == Role.PARENT]] |= HOLDS
        # A transaction that names a parent says that its objects are in it.
        with_parent = np.isin(ordinal, ordinal[role == Role.PARENT])
        mark[node[(role == Role.CHILD) | ((role == Role.OBJECT) & with_parent)]] |= IS_HELD
        naming = np.isin(ordinal, ordinal[role == Role.SAME_AS])
        mark[node[naming]] |= IS_ANOTHER
        of_lot = np.isin(ordinal, ordinal[role == Role.OF_LOT]) & np.isin(role, (Role.OF_LOT, *MADE_AS))
        mark[node[of_lot]] |= IS_OF_LOT
        use = np.where(role == Role.INPUT, INTO, np.where(role == Role.OUTPUT, OUT_OF, BESIDE))
        ends = tuple(_each_once(ordinal[use == each], node[use == each], nodes) for each in USES)
        group = np.full(count, NO_GROUP, np.int64)
        grouped = np.searchsorted(columns.log_index, columns.group_event)
        group[grouped] = columns.group
        part = _Part.build(ends, (grouped + first, columns.group), first=first, count=count, nodes=nodes)
        withdrawn, withdrawn_at = _withdrawn(self, columns)
        return Adjacency(
            size=columns.stop,
            nodes=max(self.nodes, int(columns.kind_node.max(initial=0))),
            log_index=appended(self.log_index, columns.log_index),
            earliest=appended(self.earliest, columns.earliest),
            latest=appended(self.latest, columns.latest),
            group=appended(self.group, group),
            kind=kind,
            mark=mark,
            withdrawn=withdrawn,
            withdrawn_at=withdrawn_at,
            parts=_merged((*self.parts, part), nodes=nodes) if count else self.parts,
        )

    @property
    def count_of_nodes(self) -> int:
        """See `searchable`."""
        return len(self.kind)

    @property
    def has_withdrawn(self) -> bool:
        """See `searchable`."""
        return bool(len(self.withdrawn))

    def kinds_of(self, nodes: Integers) -> Small:
        """See `searchable`."""
        return self.kind[nodes]

    def marks_of(self, nodes: Integers, entering: int) -> Small:  # noqa: ARG002 - a part of a graph asks for it
        """See `searchable`."""
        return self.mark[nodes]

    def events_of(self, nodes: Integers, use: int) -> tuple[Integers, Integers]:
        """See `searchable`."""
        return _joined([part.events_of[use].gather(nodes) for part in self.parts])

    def nodes_of(self, ordinals: Integers, use: int) -> tuple[Integers, Integers]:
        """See `searchable`."""
        return _joined([part.nodes_of[use].gather(ordinals) for part in self.parts])

    def touching(self, nodes: Integers) -> tuple[Integers, Integers]:
        """See `searchable`."""
        found = _joined([self.events_of(nodes, use) for use in USES])
        # One number for each pair: sorting pairs costs ten times as much.
        pairs = np.unique(found[1] * len(self.log_index) + found[0])
        return pairs % max(len(self.log_index), 1), pairs // max(len(self.log_index), 1)

    def siblings(self, ordinals: Integers) -> tuple[Integers, Integers]:
        """See `searchable`."""
        grouped = np.flatnonzero(self.group[ordinals] != NO_GROUP)
        if not len(grouped):
            return EMPTY, EMPTY
        groups = self.group[ordinals[grouped]]
        others, at = _joined([part.groups.gather(groups) for part in self.parts])
        owners = grouped[at]
        other = others != ordinals[owners]
        return others[other], owners[other]

    def in_force(self, ordinals: Integers, *, before: int) -> Flags:
        """See `searchable`."""
        if before >= self.size and not len(self.withdrawn):
            return np.ones(len(ordinals), np.bool_)
        known: Flags = self.log_index[ordinals] < before
        return known & ~self.taken_back(ordinals, before=before)

    def taken_back(self, ordinals: Integers, *, before: int) -> Flags:
        """See `searchable`."""
        if not len(self.withdrawn):
            return np.zeros(len(ordinals), np.bool_)
        index = self.log_index[ordinals]
        at = np.minimum(np.searchsorted(self.withdrawn, index), len(self.withdrawn) - 1)
        gone: Flags = (self.withdrawn[at] == index) & (self.withdrawn_at[at] < before)
        return gone

    def count_ends(self) -> int:
        """Count the ends that are held."""
        return sum(len(index.values) for part in self.parts for index in part.nodes_of)

    @property
    def nbytes(self) -> int:
        """How much memory the arrays take."""
        columns = (self.log_index, self.earliest, self.latest, self.group, self.kind, self.mark)
        return sum(column.nbytes for column in columns) + sum(part.nbytes for part in self.parts)


def _each_once(ordinal: Integers, node: Integers, nodes: int) -> tuple[Integers, Integers]:
    """Two quantities of one lot are two ends in one event, and one touch."""
    pairs = np.unique(ordinal * nodes + node)
    return pairs // max(nodes, 1), pairs % max(nodes, 1)


def _withdrawn(known: Adjacency, columns: GraphColumns) -> tuple[Integers, Integers]:
    """The first declaration of an event counts, before it or after it."""
    if not columns.withdrawals:
        return known.withdrawn, known.withdrawn_at
    first = dict(zip(known.withdrawn.tolist(), known.withdrawn_at.tolist(), strict=True))
    for index, at in columns.withdrawals:
        first[index] = min(first.get(index, at), at)
    pairs = sorted(first.items())
    return np.array([index for index, _ in pairs], np.int64), np.array([at for _, at in pairs], np.int64)


def _merged(parts: tuple[_Part, ...], *, nodes: int) -> tuple[_Part, ...]:
    while len(parts) > 1 and parts[-1].count * _SHARE >= parts[-2].count:
        parts = (*parts[:-2], parts[-2].merged(parts[-1], nodes=nodes))
    return parts


def _joined(found: list[tuple[Integers, Integers]]) -> tuple[Integers, Integers]:
    if len(found) == 1:
        return found[0]
    values = np.concatenate([EMPTY, *(values for values, _ in found)])
    return values, np.concatenate([EMPTY, *(owners for _, owners in found)])


def appended(array: npt.NDArray[Any], more: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add values behind an array, in the same memory while there is room: a growing log is not copied each time."""
    size = len(array) + len(more)
    buffer = array.base if isinstance(array.base, np.ndarray) else array
    if len(buffer) < size:
        buffer = np.empty(max(2 * len(array), size, 1024), array.dtype)
        buffer[: len(array)] = array
    buffer[len(array) : size] = more
    return buffer[:size]
