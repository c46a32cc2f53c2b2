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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from filiere_platform.domain.record import Role

Integers = npt.NDArray[np.int64]
Small = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

NO_GROUP: Final = -1
# Ends by what a search asks of them: into a transformation, out of one, everything else that touches an object.
INTO, OUT_OF, BESIDE = range(3)
USES: Final = (INTO, OUT_OF, BESIDE)
HOLDS, IS_HELD = 1, 2  # marks of a node: it is a parent somewhere, it is in a parent somewhere
_SHARE: Final = 4  # a part is merged into the one before when it has grown to a quarter of it
_CONTAINING: Final = (Role.PARENT, Role.CHILD)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphColumns:
    """What one stretch of the log, [start, stop), adds to the graph; arrays of one length each, in the log's order."""

    start: int
    stop: int
    log_index: Integers
    earliest: Integers
    latest: Integers
    end_event: Integers  # log index of the event that an end belongs to
    end_node: Integers
    end_role: Small
    kind_node: Integers  # the nodes that were new, with what they are
    kind: Small
    transformation_ids: Sequence[tuple[int, str]] = ()  # log index of the event, its transformation id
    withdrawals: Sequence[tuple[int, int]] = ()  # log index of an event, and of a later error declaration of it


@dataclass(frozen=True, slots=True)
class _Index:
    """Values by key: those of key k are `values[pointers[p]:pointers[p + 1]]`, p its place."""

    values: Integers
    pointers: Integers
    keys: Integers | None  # sorted, where few of all keys have values; else a key is its own place, less `first`
    first: int = 0

    @classmethod
    def build(cls, keys: Integers, values: Integers, *, first: int, count: int) -> _Index:
        """Index values; `first` and `count` bound the keys."""
        order = np.argsort(keys, kind="stable")
        if count <= 4 * len(keys) + 1024:
            pointers = np.zeros(count + 1, np.int64)
            np.cumsum(np.bincount(keys - first, minlength=count), out=pointers[1:])
            return cls(values[order], pointers, None, first)
        found, counts = np.unique(keys, return_counts=True)
        return cls(values[order], np.concatenate(([0], np.cumsum(counts))), found)

    def gather(self, keys: Integers) -> tuple[Integers, Integers]:
        """Give all values of some keys, and for each value the position of its key among those asked for."""
        places, owners = self._places(keys)
        begins = self.pointers[places]
        counts = self.pointers[places + 1] - begins
        total = int(counts.sum())
        if not total:
            return _EMPTY, _EMPTY
        # Position n of the answer lies as far behind its key's first value as behind the first position of the key.
        shifts = begins - np.concatenate(([0], np.cumsum(counts)[:-1]))
        return self.values[np.repeat(shifts, counts) + np.arange(total)], np.repeat(owners, counts)

    def _places(self, keys: Integers) -> tuple[Integers, Integers]:
        if self.keys is None:
            places = keys - self.first
            owners = np.flatnonzero((places >= 0) & (places < len(self.pointers) - 1))
            return places[owners], owners
        at = np.searchsorted(self.keys, keys)
        owners = np.flatnonzero(at < len(self.keys))
        owners = owners[self.keys[at[owners]] == keys[owners]]
        return at[owners], owners

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.pointers.nbytes + (0 if self.keys is None else self.keys.nbytes)


_EMPTY: Final[Integers] = np.empty(0, np.int64)
_EMPTY_SMALL: Final[Small] = np.empty(0, np.int8)


def _no_integers() -> Integers:
    return _EMPTY


def _no_codes() -> Small:
    return _EMPTY_SMALL


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """The ends of one use in a run of events, by their nodes and by their events."""

    ordinal: Integers
    node: Integers
    role: Small
    by_node: _Index  # ordinals
    by_event: _Index  # positions in the three columns

    @classmethod
    def build(cls, ordinal: Integers, node: Integers, role: Small, *, first: int, count: int, nodes: int) -> _Ends:
        return cls(
            ordinal=ordinal,
            node=node,
            role=role,
            by_node=_Index.build(node, ordinal, first=0, count=nodes),
            by_event=_Index.build(ordinal, np.arange(len(ordinal)), first=first, count=count),
        )

    @property
    def nbytes(self) -> int:
        columns = self.ordinal.nbytes + self.node.nbytes + self.role.nbytes
        return columns + self.by_node.nbytes + self.by_event.nbytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A run of events and their ends, by use."""

    first: int  # ordinal
    count: int
    ends: tuple[_Ends, ...]

    def merged(self, later: _Part, *, nodes: int) -> _Part:
        count = self.count + later.count
        ends = tuple(
            _Ends.build(
                np.concatenate((mine.ordinal, theirs.ordinal)),
                np.concatenate((mine.node, theirs.node)),
                np.concatenate((mine.role, theirs.role)),
                first=self.first,
                count=count,
                nodes=nodes,
            )
            for mine, theirs in zip(self.ends, later.ends, strict=True)
        )
        return _Part(first=self.first, count=count, ends=ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjacency:
    """The graph of the first `size` entries of a log."""

    size: int = 0
    log_index: Integers = field(default_factory=_no_integers)  # by ordinal, ascending
    earliest: Integers = field(default_factory=_no_integers)
    latest: Integers = field(default_factory=_no_integers)
    group: Integers = field(
        default_factory=_no_integers
    )  # the transformation that an event belongs to, where it names one
    kind: Small = field(default_factory=_no_codes)  # by node: the stored code of what it is; 0 for a number not given
    mark: Small = field(default_factory=_no_codes)  # by node: HOLDS, IS_HELD
    groups: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    grouped: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))  # by group: ordinals
    withdrawn: Integers = field(default_factory=_no_integers)  # log indexes of withdrawn events, ascending
    withdrawn_at: Integers = field(default_factory=_no_integers)  # log indexes of the first declarations after them
    parts: tuple[_Part, ...] = ()

    def extended(self, columns: GraphColumns) -> Adjacency:
        """Add the next stretch of the log.

        Raises:
            ValueError: it does not follow.
        """
        if columns.start != self.size or columns.stop < columns.start:
            raise ValueError(f"expected a stretch from {self.size} on, found {columns.start} to {columns.stop}")
        first, count = len(self.log_index), len(columns.log_index)
        nodes = max(
            len(self.kind), int(columns.kind_node.max(initial=-1)) + 1, int(columns.end_node.max(initial=-1)) + 1
        )
        # A node's marks may be added to later; a search that has them early looks closer than it needs to, no more.
        kind = _appended(self.kind, np.zeros(nodes - len(self.kind), np.int8))
        mark = _appended(self.mark, np.zeros(nodes - len(self.mark), np.int8))
        kind[columns.kind_node] = columns.kind
        log_index = _appended(self.log_index, columns.log_index)
        ordinal = np.searchsorted(columns.log_index, columns.end_event) + first
        role, node = columns.end_role, columns.end_node
        mark[node[role == Role.PARENT]] |= HOLDS
        # A transaction that names a parent says that its objects are in it.
        with_parent = np.isin(ordinal, ordinal[role == Role.PARENT])
        mark[node[(role == Role.CHILD) | ((role == Role.OBJECT) & with_parent)]] |= IS_HELD
        use = np.where(role == Role.INPUT, INTO, np.where(role == Role.OUTPUT, OUT_OF, BESIDE))
        ends = tuple(
            _Ends.build(
                ordinal[use == each], node[use == each], role[use == each], first=first, count=count, nodes=nodes
            )
            for each in USES
        )
        groups, grouped, group = self._grouped(columns, log_index, first)
        withdrawn, withdrawn_at = _withdrawn(self, columns)
        return Adjacency(
            size=columns.stop,
            log_index=log_index,
            earliest=_appended(self.earliest, columns.earliest),
            latest=_appended(self.latest, columns.latest),
            group=_appended(self.group, group),
            kind=kind,
            mark=mark,
            groups=groups,
            grouped=grouped,
            withdrawn=withdrawn,
            withdrawn_at=withdrawn_at,
            parts=_merged((*self.parts, _Part(first=first, count=count, ends=ends)), nodes=nodes),
        )

    def events_of(self, nodes: Integers, use: int) -> tuple[Integers, Integers]:
        """Give the ordinals of the events that touch some nodes in a use, and for each the position of its node."""
        return _joined([part.ends[use].by_node.gather(nodes) for part in self.parts])

    def ends_of(self, ordinals: Integers, use: int) -> tuple[Integers, Small, Integers]:
        """Give the nodes and roles that some events name in a use, and for each the position of its event."""
        found = []
        roles = []
        for part in self.parts:
            ends = part.ends[use]
            at, owners = ends.by_event.gather(ordinals)
            found.append((ends.node[at], owners))
            roles.append(ends.role[at])
        nodes, owners = _joined(found)
        return nodes, np.concatenate([_EMPTY_SMALL, *roles]), owners

    def in_force(self, ordinals: Integers, *, before: int) -> Flags:
        """Say of some events whether they are known before a log index, and not yet declared erroneous there."""
        index = self.log_index[ordinals]
        known: Flags = index < before
        if not len(self.withdrawn):
            return known
        at = np.minimum(np.searchsorted(self.withdrawn, index), len(self.withdrawn) - 1)
        gone: Flags = (self.withdrawn[at] == index) & (self.withdrawn_at[at] < before)
        return known & ~gone

    def siblings(self, ordinal: int) -> tuple[int, ...]:
        """Give the events of the transformation that an event belongs to; the event alone where it names none."""
        group = int(self.group[ordinal])
        return (ordinal,) if group == NO_GROUP else tuple(o for o in self.grouped[group] if o < len(self.log_index))

    @property
    def nbytes(self) -> int:
        """How much memory the arrays take."""
        columns = (self.log_index, self.earliest, self.latest, self.group, self.kind, self.mark)
        return sum(column.nbytes for column in columns) + sum(ends.nbytes for part in self.parts for ends in part.ends)

    def _grouped(
        self, columns: GraphColumns, log_index: Integers, first: int
    ) -> tuple[Mapping[str, int], Mapping[int, tuple[int, ...]], Integers]:
        group = np.full(len(columns.log_index), NO_GROUP, np.int64)
        if not columns.transformation_ids:
            return self.groups, self.grouped, group
        groups, grouped = dict(self.groups), dict(self.grouped)
        for index, name in columns.transformation_ids:
            ordinal = int(np.searchsorted(log_index, index))
            number = groups.setdefault(name, len(groups))
            grouped[number] = (*grouped.get(number, ()), ordinal)
            group[ordinal - first] = number
        return groups, grouped, group


def _withdrawn(known: Adjacency, columns: GraphColumns) -> tuple[Integers, Integers]:
    """The first declaration after an event counts."""
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
    values = np.concatenate([_EMPTY, *(values for values, _ in found)])
    return values, np.concatenate([_EMPTY, *(owners for _, owners in found)])


def _appended(array: npt.NDArray[Any], more: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Add values behind an array, in the same memory while there is room: a growing log is not copied each time."""
    size = len(array) + len(more)
    buffer = array.base if isinstance(array.base, np.ndarray) else array
    if len(buffer) < size:
        buffer = np.empty(max(2 * len(array), size, 1024), array.dtype)
        buffer[: len(array)] = array
    buffer[len(array) : size] = more
    return buffer[:size]
