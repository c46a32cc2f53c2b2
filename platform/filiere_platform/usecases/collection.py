"""List what the events that somebody may see speak of: objects, places, words.

Words and places are few and said again and again: a process remembers them by audience, in the order in which they
were first shown, and reads of each question only the grants that came since. Objects are many: they are read a page at
a time, along the grants.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.collection import (
    PLACES,
    VOCABULARIES,
    Collection,
    ObjectPlace,
    about,
    as_stored,
    standard_members,
)
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import GrantRow
from filiere_platform.store.unit_of_work import UnitOfWork

MOST_READ: Final = 200_000  # sayings of words or places read for one question; the next page goes on behind them
MOST_GRANTS: Final = 1_000  # read for one page of objects; a page may be short, and the next one goes on behind it
MOST_KEPT: Final = 500_000  # words and places that a process remembers
_WINDOW: Final = 200_000  # grants of everybody's, read by one statement
_GRANTS_AT_ONCE: Final = 20
_ENDS_AT_ONCE: Final = 60_000  # more than one event can state (schemas/filiere_schemas/epcis/limits.py)
_ASKED_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a collection, and where the next one begins (None: this is the last)."""

    members: tuple[str, ...]
    following: str | None


class _Known(NamedTuple):
    """What is remembered of one collection for some audiences: complete up to a grant."""

    changes: tuple[int, int]
    upto: int = 0
    members: tuple[str, ...] = ()


@dataclass(slots=True)
class KnownMembers:
    """Remembers the words and places that audiences were shown; the oldest are forgotten."""

    _known: OrderedDict[tuple[tuple[int, ...], Collection], _Known] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, uow: UnitOfWork, audiences: tuple[int, ...], collection: Collection) -> tuple[tuple[str, ...], bool]:
        """Give the members of a collection in the order in which they were first shown, and whether these are all."""
        last = uow.log.head().grants
        changes = uow.collections.changes()
        known = self._known.get((audiences, collection))
        if known is None or known.changes != changes:
            known = _Known(changes)
        members = dict.fromkeys(known.members)
        upto, read = known.upto, 0
        while upto < last and read < MOST_READ:
            to = min(last, upto + _WINDOW)
            for member, times in _said(uow, collection, audiences, upto, to):
                members.setdefault(member)
                read += times
            upto = to
        found = tuple(members)
        self._keep((audiences, collection), _Known(changes, upto, found))
        return found, upto >= last

    def _keep(self, key: tuple[tuple[int, ...], Collection], known: _Known) -> None:
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > 1 and sum(len(each.members) + 1 for each in self._known.values()) > MOST_KEPT:
                self._known.popitem(last=False)


def list_members(
    uow: UnitOfWork, viewer: Viewer, collection: Collection, known: KnownMembers, *, after: str | None, limit: int
) -> Listed:
    """Give one page of a collection, from behind a place on.

    Members come in the order in which the viewer was first shown them, those of the standard first: what is new stands
    at the end, and nobody who turns the pages misses it or sees anything twice.
    """
    if collection is Collection.EPCS:
        return _list_objects(uow, viewer.audiences, after, limit)
    members, are_all = standard_members(collection), True
    if collection in VOCABULARIES or collection in PLACES:
        more, are_all = known.of(uow, viewer.audiences, collection)
        members += tuple(member for member in more if member not in members)
    start = 0 if after is None else int(after)
    shown = members[start : start + limit]
    end = start + len(shown)
    return Listed(members=shown, following=str(end) if end < len(members) or not are_all else None)


def is_member(uow: UnitOfWork, viewer: Viewer, collection: Collection, member: str) -> bool:
    """Say whether a collection has a member, for this viewer: one of the standard's, or said by an event he may see.

    Raises:
        Refusal: it looks like an identifier and is a wrong one.
    """
    stored = as_stored(collection, member)
    if stored in standard_members(collection):
        return True
    if collection is Collection.EVENT_TYPES or "|" in stored:  # which would ask for one or the other
        return False
    query = about(EventQuery(limit=1), collection, stored)
    found = uow.events.visible_to(viewer).walk(query, 1).found
    # They are read, so that what a mandate shows is written down.
    shown = uow.events.visible_to(viewer).records(place.log_index for place in found)
    return bool(shown or uow.views.seen_by(viewer).find(query))


def _said(
    uow: UnitOfWork, collection: Collection, audiences: tuple[int, ...], after: int, to: int
) -> list[tuple[str, int]]:
    if collection in PLACES:
        return uow.collections.places(PLACES[collection], audiences, after, to)
    return uow.collections.words(collection.value, audiences, after, to)


def _list_objects(uow: UnitOfWork, audiences: tuple[int, ...], after: str | None, limit: int) -> Listed:
    start = ObjectPlace() if after is None else ObjectPlace.read(after)
    walk = _Walk(uow, audiences, start)
    found: list[tuple[ObjectPlace, str]] = []
    for each in walk.new_objects():
        found.append(each)
        if len(found) > limit:
            break
    if len(found) > limit:
        return Listed(members=tuple(key for _, key in found[:limit]), following=str(found[limit - 1][0]))
    return Listed(members=tuple(key for _, key in found), following=None if walk.is_at_end else str(walk.passed))


class _Walk:
    """Goes along the grants to some audiences, from one object's place on."""

    def __init__(self, uow: UnitOfWork, audiences: tuple[int, ...], start: ObjectPlace) -> None:
        self._uow = uow
        self._audiences = audiences
        self._start = start
        self._met: set[int] = set()
        self.is_at_end = False
        self.passed = start

    def new_objects(self) -> Iterator[tuple[ObjectPlace, str]]:
        """Give each object behind the start that no earlier grant shows, with its place and key, in order."""
        candidates = self._candidates()
        while asked := dict(islice(candidates, _ASKED_AT_ONCE)):
            new = self._uow.collections.keys_not_shown(asked, self._audiences, self._start.last_whole + 1)
            for node, place in asked.items():
                if node in new:
                    yield place, new[node]

    def _candidates(self) -> Iterator[tuple[int, ObjectPlace]]:
        """Give each object that the walk comes to for the first time."""
        behind = self._start.last_whole
        read = 0
        while read < MOST_GRANTS:
            grants = self._uow.grants.for_audiences(self._audiences, behind, _GRANTS_AT_ONCE)
            if not grants:
                self.is_at_end = True
                return
            grants, ends = self._ends_of(grants)
            for grant in grants:
                for ordinal, node in ends.get(grant.log_index, ()):
                    place = ObjectPlace(grant.grant_no, ordinal)
                    is_new = node not in self._met and place > self._start
                    self._met.add(node)
                    if is_new:
                        yield node, place
            behind = grants[-1].grant_no
            self.passed = ObjectPlace.behind(behind)
            read += len(grants)

    def _ends_of(self, grants: list[GrantRow]) -> tuple[list[GrantRow], dict[int, list[tuple[int, int]]]]:
        """Give the first of some grants whose records fit into memory together, and their ends."""
        while True:
            rows = self._uow.collections.ends({grant.log_index for grant in grants}, _ENDS_AT_ONCE)
            if len(rows) < _ENDS_AT_ONCE or len(grants) == 1:
                break
            grants = grants[: len(grants) // 2]
        ends: dict[int, list[tuple[int, int]]] = {}
        for log_index, ordinal, node in rows:
            ends.setdefault(log_index, []).append((ordinal, node))
        return grants, ends
