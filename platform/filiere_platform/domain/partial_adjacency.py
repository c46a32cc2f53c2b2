"""As much of the graph as a search has come to, in arrays, with the questions of `adjacency`.

It serves a search over a database of which nothing is in memory.
Each level of a search asks its source twice: which events touch the objects that it reached, and what these events say.
Three things are fetched each for itself, and once: which events touch an object in a use; the times of an event and
whether it counts; the nodes that it names. An event that is merely counted is never fetched whole.

Nodes and log indexes get places here, 0, 1, 2, ... in the order in which they are met. Where the place of a number is
kept there is room for all of them, in memory that the system hands out page by page as it is written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, Protocol

import numpy as np

from filiere_platform.domain.adjacency import (
    BESIDE,
    EMPTY,
    HOLDS,
    INTO,
    IS_ANOTHER,
    IS_HELD,
    IS_OF_LOT,
    NO_GROUP,
    OUT_OF,
    USES,
    Flags,
    Integers,
    Small,
    appended,
    are_among,
    distinct,
    stretches,
)
from filiere_platform.domain.record import NodeKind, Role

NEVER: Final = np.iinfo(np.int64).max
IS_CLASS: Final = 16  # a mark: everybody's events touch it, and nobody looks at them to say what else it is
SIGNS: Final = {int(Role.PARENT): IS_HELD, int(Role.SAME_AS): IS_ANOTHER, int(Role.OF_LOT): IS_OF_LOT}
_OWN_MARKS: Final = {Role.PARENT: HOLDS, Role.CHILD: IS_HELD, Role.SAME_AS: IS_ANOTHER, Role.OF_LOT: IS_OF_LOT}
_ROLE_BITS: Final = 4  # object roles are below 10
_ROLE: Final = (1 << _ROLE_BITS) - 1
_ABSENT: Final = -1  # in the place of an ordinal: no event, or an error declaration
_TOUCHED = {use: 1 << use for use in USES}
_LOOKED_AT = {use: 1 << (use + len(USES)) for use in USES}


class Ends(NamedTuple):
    """Ends of events, in columns of one length each."""

    log_index: Integers
    node: Integers
    role: Integers

    @classmethod
    def none(cls) -> Ends:
        """No ends."""
        return cls(EMPTY, EMPTY, EMPTY)


class Times(NamedTuple):
    """Events that are no error declarations, in columns of one length each."""

    log_index: Integers
    earliest: Integers
    latest: Integers
    group: Integers  # `adjacency.group_number` of the transformation that an event names, or NO_GROUP
    withdrawn_at: Integers  # log index of the first declaration that takes it back, or NEVER
    granted: Flags  # whether the viewer may see it
    viewed: Flags  # whether anybody sees its public fields


class Told(NamedTuple):
    """What events say: the times of some, every object that some name, which signs some others bear."""

    times: Times
    ends: Ends
    signs: Ends  # of roles in SIGNS; nodes mean nothing


class GraphSource(Protocol):
    """Where a graph is fetched from; each call is one question for a whole level."""

    def kinds(self, nodes: Integers) -> tuple[Integers, Integers]:
        """Give the stored kinds of some nodes, in any order, beside their numbers."""

    def touches(self, nodes: Integers, uses: Iterable[int], *, classes: bool) -> tuple[tuple[Integers, Integers], Ends]:
        """Give the kinds of nodes, and their ends in some uses; those of products without a lot with `classes`."""

    def tell(self, times_of: Integers, ends_of: Integers, signs_of: Integers) -> Told:
        """Say of events at log indexes what `Told` holds."""

    def together(self, indexes: Integers) -> Integers:
        """Give the log indexes of all events of the transformations to which some events belong."""


class _Lists:
    """Numbers by key; what a key has is written once."""

    def __init__(self) -> None:
        self._begins, self._counts, self._values = EMPTY, EMPTY, EMPTY

    def add(self, keys: Integers, values: Integers, *, room: int) -> None:
        """Add pairs; all keys, those that are known and those that will be, are below `room`."""
        order = np.lexsort((values, keys))
        keys, values = keys[order], values[order]
        other = np.ones(len(keys), np.bool_)
        other[1:] = (keys[1:] != keys[:-1]) | (values[1:] != values[:-1])  # two quantities of a lot are one touch
        keys, values = keys[other], values[other]
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))) if len(keys) else EMPTY
        self.widen(room)
        self._begins[keys[first]] = first + len(self._values)
        self._counts[keys[first]] = np.diff(np.append(first, len(keys)))
        self._values = appended(self._values, values)

    def widen(self, room: int) -> None:
        """Make room for keys that have nothing yet."""
        more = np.zeros(max(room - len(self._begins), 0), np.int64)
        self._begins, self._counts = appended(self._begins, more), appended(self._counts, more)

    def gather(self, keys: Integers) -> tuple[Integers, Integers]:
        """Give all values of some keys, and for each value the position of its key."""
        at, owners = stretches(self._begins[keys], self._counts[keys])
        return self._values[at], owners


class PartialAdjacency:
    """The graph of the first `size` entries of a log as far as it was asked for; nodes are numbered up to `nodes`."""

    has_withdrawn: Final = True

    def __init__(self, source: GraphSource, *, size: int, nodes: int) -> None:
        """Fetch nothing yet."""
        self._source = source
        self.count_of_nodes = nodes + 1
        self._place = np.zeros(nodes + 1, np.int32)  # by node, plus one
        self._kind = self._mark = self._known = np.zeros(0, np.int8)  # by place
        self._touches = _Lists()  # log index and role, by place and use
        self._ordinal = np.zeros(size, np.int32)  # by log index, plus one
        self.log_index = self.earliest = self.latest = self._group = self._withdrawn_at = EMPTY  # by ordinal
        self._granted = self._viewed = self._whole = self._of_lot = np.zeros(0, np.bool_)
        self._ends = _Lists()  # nodes, by ordinal and use
        self._members: dict[int, Integers] = {}  # ordinals, by group

    def kinds_of(self, nodes: Integers) -> Small:
        """See `searchable`."""
        places = self._places(nodes)
        unknown = distinct(nodes[self._kind[places] == 0])
        if len(unknown):
            self._take_kinds(self._source.kinds(unknown))
        return self._kind[places]

    def marks_of(self, nodes: Integers, entering: int) -> Small:
        """See `searchable`: everything is fetched that the next level asks for."""
        places = self._places(nodes)
        todo = distinct(nodes[self._known[places] & _LOOKED_AT[entering] == 0])
        if len(todo):
            self._look_at(todo, entering)
        return self._mark[places]

    def events_of(self, nodes: Integers, use: int) -> tuple[Integers, Integers]:
        """See `searchable`."""
        self._touch(nodes, (use,), classes=True)
        values, owners = self._touches.gather(self._places(nodes) * len(USES) + use)
        indexes = values >> _ROLE_BITS
        if use == BESIDE and len(indexes):  # in several roles
            other = np.ones(len(indexes), np.bool_)
            other[1:] = (indexes[1:] != indexes[:-1]) | (owners[1:] != owners[:-1])
            indexes, owners = indexes[other], owners[other]
        ordinals = self._ordinals(indexes)
        there = ordinals >= 0
        return ordinals[there], owners[there]

    def nodes_of(self, ordinals: Integers, use: int) -> tuple[Integers, Integers]:
        """See `searchable`."""
        unknown = distinct(ordinals[~self._whole[ordinals]])
        if len(unknown):
            self._fetch(self.log_index[unknown], signs_of=EMPTY)
        return self._ends.gather(ordinals * len(USES) + use)

    def touching(self, nodes: Integers) -> tuple[Integers, Integers]:
        """See `searchable`."""
        self._touch(nodes, USES, classes=True)
        found = [self.events_of(nodes, use) for use in USES]
        count = max(len(self.log_index), 1)
        pairs = distinct(np.concatenate([owners * count + ordinals for ordinals, owners in found]))
        return pairs % count, pairs // count

    def siblings(self, ordinals: Integers) -> tuple[Integers, Integers]:
        """See `searchable`."""
        grouped = np.flatnonzero(self._group[ordinals] != NO_GROUP)
        if not len(grouped):
            return EMPTY, EMPTY
        groups = self._group[ordinals[grouped]]
        unknown = [place for place, group in enumerate(groups.tolist()) if group not in self._members]
        if unknown:
            found = self._ordinals(self._source.together(distinct(self.log_index[ordinals[grouped[unknown]]])))
            found = found[found >= 0]
            for group in set(groups[unknown].tolist()):
                self._members[group] = found[self._group[found] == group]
        others = [self._members[group] for group in groups.tolist()]
        owners = np.repeat(grouped, [len(each) for each in others])
        found = np.concatenate([EMPTY, *others])
        other = found != ordinals[owners]
        return found[other], owners[other]

    def in_force(self, ordinals: Integers, *, before: int) -> Flags:
        """See `searchable`."""
        known: Flags = self.log_index[ordinals] < before
        return known & ~self.taken_back(ordinals, before=before)

    def taken_back(self, ordinals: Integers, *, before: int) -> Flags:
        """See `searchable`."""
        gone: Flags = self._withdrawn_at[ordinals] < before
        return gone

    def may_see(self, ordinals: Integers) -> Flags:
        """Say of some events whether the viewer may see them."""
        return self._granted[ordinals]

    def views(self, ordinals: Integers) -> Flags:
        """Say of some events whether anybody sees their public fields."""
        return self._viewed[ordinals]

    def _look_at(self, nodes: Integers, entering: int) -> None:
        """Fetch how a search goes on from some nodes, and with it what marks them."""
        self._touch(nodes, (entering, BESIDE), classes=False)
        places = self._places(nodes)
        beside, owners = self._touches.gather(places * len(USES) + BESIDE)
        beside, roles = beside >> _ROLE_BITS, beside & _ROLE
        entered, of = self._touches.gather(places * len(USES) + entering)
        entered >>= _ROLE_BITS
        # Most objects were observed, and lay in nothing: of such an event it is asked no more than that.
        spoken = np.flatnonzero(roles == Role.OBJECT)
        signs = self._fetch(distinct(entered), signs_of=distinct(beside[spoken]))
        for role, mark in _OWN_MARKS.items():
            self._mark[places[owners[roles == role]]] |= mark
        for sign, mark in SIGNS.items():
            bearing = spoken[are_among(beside[spoken], distinct(signs.log_index[signs.role == sign]))]
            self._mark[places[owners[bearing]]] |= mark
        if entering == OUT_OF:
            ordinals = self._ordinal[entered]
            of, ordinals = of[ordinals > 0], ordinals[ordinals > 0] - 1
            self._mark[places[of[self._of_lot[ordinals]]]] |= IS_OF_LOT
        self._mark[places[self._kind[places] == NodeKind.CLASS]] |= IS_CLASS
        self._known[places] |= _LOOKED_AT[entering]

    def _touch(self, nodes: Integers, uses: Iterable[int], *, classes: bool) -> None:
        """Fetch which events touch some nodes in some uses, where it is not known yet."""
        places = self._places(nodes)
        for wanted in _by_what_is_missing(self._known[places], uses):
            missing, positions = wanted
            chosen = distinct(nodes[positions])
            kinds, ends = self._source.touches(chosen, missing, classes=classes)
            self._take_kinds(kinds)
            of = self._places(ends.node)
            use = uses_of(ends.role)
            self._touches.add(
                of * len(USES) + use, ends.log_index << _ROLE_BITS | ends.role, room=len(self._kind) * len(USES)
            )
            told = self._places(chosen)
            if not classes:
                told = told[self._kind[told] != NodeKind.CLASS]
            self._known[told] |= sum(_TOUCHED[each] for each in missing)

    def _fetch(self, whole: Integers, *, signs_of: Integers) -> Ends:
        """Fetch events with all their ends, and which signs others bear."""
        ordinals = self._ordinal[whole]
        told = ordinals > 0
        lacking = told.copy()
        lacking[told] = ~self._whole[ordinals[told] - 1]
        times_of, ends_of = whole[ordinals == 0], whole[(ordinals == 0) | lacking]
        if not len(ends_of) and not len(signs_of):
            return Ends.none()
        found = self._source.tell(times_of, ends_of, signs_of)
        self._take(found.times, times_of)
        self._take_ends(found.ends, ends_of)
        return found.signs

    def _ordinals(self, indexes: Integers) -> Integers:
        """Give the ordinals of events, which are fetched as far as they are not known; negative: there is none."""
        unknown = distinct(indexes[self._ordinal[indexes] == 0])
        if len(unknown):
            self._take(self._source.tell(unknown, EMPTY, EMPTY).times, unknown)
        return self._ordinal[indexes].astype(np.int64) - 1

    def _take(self, times: Times, asked: Integers) -> None:
        count = len(times.log_index)
        self._ordinal[asked] = _ABSENT
        self._ordinal[times.log_index] = np.arange(len(self.log_index) + 1, len(self.log_index) + count + 1)
        self.log_index = appended(self.log_index, times.log_index)
        self.earliest = appended(self.earliest, times.earliest)
        self.latest = appended(self.latest, times.latest)
        self._group = appended(self._group, times.group)
        self._withdrawn_at = appended(self._withdrawn_at, times.withdrawn_at)
        self._granted = appended(self._granted, times.granted)
        self._viewed = appended(self._viewed, times.viewed)
        self._whole = appended(self._whole, np.zeros(count, np.bool_))
        self._of_lot = appended(self._of_lot, np.zeros(count, np.bool_))
        self._ends.widen(len(self.log_index) * len(USES))

    def _take_ends(self, ends: Ends, asked: Integers) -> None:
        ordinals = self._ordinal[ends.log_index].astype(np.int64) - 1
        there = ordinals >= 0
        keys = ordinals[there] * len(USES) + uses_of(ends.role[there])
        self._ends.add(keys, ends.node[there], room=len(self.log_index) * len(USES))
        self._of_lot[ordinals[there & (ends.role == Role.OF_LOT)]] = True
        known = self._ordinal[asked]
        self._whole[known[known > 0] - 1] = True

    def _take_kinds(self, kinds: tuple[Integers, Integers]) -> None:
        nodes, kind = kinds
        self._kind[self._places(nodes)] = kind

    def _places(self, nodes: Integers) -> Integers:
        places = self._place[nodes]
        if not places.all():
            new = distinct(nodes[places == 0])
            first = len(self._kind) + 1
            self._place[new] = np.arange(first, first + len(new))
            nothing = np.zeros(len(new), np.int8)
            self._kind, self._mark = appended(self._kind, nothing), appended(self._mark, nothing)
            self._known = appended(self._known, nothing)
            self._touches.widen(len(self._kind) * len(USES))
            places = self._place[nodes]
        return places.astype(np.int64) - 1


def uses_of(roles: Integers) -> Integers:
    """Give the uses of ends by their roles."""
    return np.where(roles == Role.INPUT, INTO, np.where(roles == Role.OUTPUT, OUT_OF, BESIDE))


def _by_what_is_missing(known: Small, uses: Iterable[int]) -> Iterator[tuple[list[int], Integers]]:
    """Give, together, the positions of nodes of which the same uses are not known yet, and these uses."""
    wanted = sum(_TOUCHED[use] for use in uses)
    missing = wanted & ~known
    for bits in distinct(missing[missing != 0]).tolist():
        yield [use for use in USES if bits & _TOUCHED[use]], np.flatnonzero(missing == bits)
