"""Extend grants where a later record, or a later identifier of a member, entitles somebody to an earlier record.

As with chains, reading is one transaction and keeping another. Cursor, identifiers and grants move in one commit:
a crash at any point repeats the round, and a grant that is there is not given again, so that it is delivered once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from filiere_platform.domain.audience import GrantCause, SharingMode
from filiere_platform.domain.late_grants import LateGrants, admit_grants, compare_grants, merge_causes
from filiere_platform.domain.links import CAUSES, LinkFact, linked_audiences
from filiere_platform.domain.record import Role
from filiere_platform.domain.standing import State
from filiere_platform.domain.visibility import audiences_of_places
from filiere_platform.store.unit_of_work import UnitOfWork

CURSOR = "links"
ROUND = 500  # records of one commit


class LinksMoved(Exception):  # noqa: N818 - a state of the world: step back and ask again
    """Somebody else moved the cursor since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round found: the records from a log index up to another, and identifiers that are new."""

    after: int
    stop: int
    parties: tuple[tuple[str, int], ...]
    due: dict[tuple[int, int], GrantCause]
    is_last: bool

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return self.stop == self.after and not self.parties


def read_round(uow: UnitOfWork, *, limit: int = ROUND) -> Round:
    """Read what is past the cursor, at most so many log indexes, and find who is entitled by it; changes nothing."""
    after, size = uow.cursors.read(CURSOR), uow.log.head().size
    if uow.standing.read().state is not State.OPEN:
        size = after  # what a restored database misses is given back at places that the cursor would have passed
    stop = max(after, min(size, after + limit))
    parties, applied = uow.links.parties(), uow.links.applied()
    new = tuple(sorted((key, member) for key, member in parties.items() if applied.get(key) != member))
    # Whoever has an identifier since yesterday is named by records of last year. All of them are looked at, also past
    # the cursor: what was stored before the identifier came may not have been followed yet.
    named = uow.links.naming(uow.links.nodes_of([key for key, _ in new])) if new else set()
    facts = {fact.log_index: fact for fact in uow.links.at(named)}
    due = named_audiences(uow, facts.values(), parties)
    if uow.links.any_linked():
        facts |= {fact.log_index: fact for fact in uow.links.between(after, stop)}
        for log_index, found in link_audiences(uow, facts.values(), parties).items():
            merge_causes(due, log_index, found)
    return Round(after=after, stop=stop, parties=new, due=due, is_last=stop >= size)


def keep_round(uow: UnitOfWork, found: Round) -> LateGrants:
    """Give what a round found to be due and is not there yet.

    Raises:
        LinksMoved: another worker was here meanwhile; roll back.
    """
    if not uow.cursors.advance(CURSOR, found.after, found.stop):
        raise LinksMoved
    uow.links.apply(found.parties)
    return give_missing(uow, found.due)


def give_missing(uow: UnitOfWork, due: Mapping[tuple[int, int], GrantCause]) -> LateGrants:
    """Give the grants that are not there yet, numbered under the log head's lock; say better reasons for others."""
    if not due:
        return LateGrants((), ())
    # A look without the lock first: most rounds find everything given, and capture need not wait for them.
    indexes = {log_index for log_index, _ in due}
    late = compare_grants(due, uow.grants.causes(indexes))
    if late.missing:
        head = uow.capture.begin(digests=(), node_keys=()).head
        late = compare_grants(due, uow.grants.causes(indexes))
        if late.missing:
            uow.capture.save(admit_grants(late.missing, head))
    for log_index, audience, cause in late.better:
        uow.grants.set_cause(log_index, audience, cause)
    return late


def named_audiences(
    uow: UnitOfWork, facts: Iterable[LinkFact], parties: Mapping[str, int]
) -> dict[tuple[int, int], GrantCause]:
    """Give the audiences that follow from each event's own words, as capture does."""
    facts = list(facts)
    keys = uow.links.nodes_of(parties)
    members = {node: parties[key] for node, key in keys.items()}
    due: dict[tuple[int, int], GrantCause] = {}
    for fact in facts:
        if fact.sharing is not None:
            found = audiences_of_places(fact.places, owner=fact.member_id, mode=fact.sharing, parties=members)
            merge_causes(due, fact.log_index, found)
    return due


def link_audiences(
    uow: UnitOfWork, new: Iterable[LinkFact], parties: Mapping[str, int]
) -> dict[int, dict[int, GrantCause]]:
    """Give the audiences that links entitle to events, as far as some events have a part in them."""
    around = _Neighbourhood(uow)
    around.take(new)
    makers, objects = around.upstream()
    if not any(fact.sharing in CAUSES for fact in makers):
        return {}
    around.downstream(objects)
    members = {node: parties[key] for node, key in uow.links.nodes_of(parties).items()}
    return linked_audiences(around.facts.values(), members)


def facts_downstream(uow: UnitOfWork, nodes: Collection[int]) -> list[LinkFact]:
    """Load what became of some objects and in what it went, whoever recorded it and however it is shared."""
    around = _Neighbourhood(uow, is_shared_alike=True)
    around.start = set(nodes)
    around.downstream(set(nodes))
    return list(around.facts.values())


@dataclass(slots=True)
class _Neighbourhood:
    """The events that may be on one way with some others: what they are made of, what became of that, in what it went.

    Every event that touches a container of these objects is in it, so that no stay looks longer than it was.
    """

    uow: UnitOfWork
    is_shared_alike: bool = False  # whether private records link, too
    facts: dict[int, LinkFact] = field(default_factory=dict)
    start: set[int] = field(default_factory=set)
    loaded: set[int] = field(default_factory=set)
    touching: dict[int, list[LinkFact]] = field(default_factory=lambda: defaultdict(list))
    together: dict[str, list[LinkFact]] = field(default_factory=lambda: defaultdict(list))

    def take(self, new: Iterable[LinkFact]) -> None:
        """Begin with some events."""
        for fact in new:
            if fact.sharing not in (None, SharingMode.PRIVATE):
                self._keep([fact])
                self.start |= _objects(fact)

    def upstream(self) -> tuple[list[LinkFact], set[int]]:
        """Load what the objects were made of and what they hold; give the events that made any of it, and all of it."""
        reached = self._follow(self.start, self._made_of)
        made = {fact.log_index: fact for node in reached for fact in self.touching[node] if node in set(fact.made)}
        return list(made.values()), reached

    def downstream(self, reached: set[int]) -> None:
        """Load what became of the objects and of what they hold, and every container on the way."""
        inside = self._follow(self.start, self._contents)
        self._follow(reached | self._follow(inside, self._became), self._containers)

    def _made_of(self, node: int) -> Iterator[int]:
        yield from self._contents(node)
        for fact in self.touching[node]:
            if node in fact.of(Role.OUTPUT):
                yield from (each for change in self._changes(fact) for each in change.of(Role.INPUT))

    def _became(self, node: int) -> Iterator[int]:
        for fact in self.touching[node]:
            if node in fact.of(Role.INPUT):
                yield from (each for change in self._changes(fact) for each in change.of(Role.OUTPUT))

    def _contents(self, node: int) -> Iterator[int]:
        for fact in self.touching[node]:
            if fact.packs and node in fact.of(Role.PARENT):
                yield from fact.of(Role.CHILD)

    def _containers(self, node: int) -> Iterator[int]:
        for fact in self.touching[node]:
            if fact.packs and node in fact.of(Role.CHILD):
                yield from fact.of(Role.PARENT)

    def _changes(self, fact: LinkFact) -> Iterable[LinkFact]:
        shared = fact.transformation_id
        if not fact.links:
            return ()
        return (fact,) if shared is None else [c for c in self.together[shared] if c.member_id == fact.member_id]

    def _follow(self, nodes: set[int], step: Callable[[int], Iterator[int]]) -> set[int]:
        seen = set(nodes)
        frontier = nodes
        while frontier:
            self._load(frontier)
            frontier = {found for node in frontier for found in step(node)} - seen
            seen |= frontier
        return seen

    def _load(self, nodes: Collection[int]) -> None:
        wanted = set(nodes) - self.loaded
        self.loaded |= wanted
        found = self.uow.links.at(self.uow.links.touching(wanted) - self.facts.keys())
        self._keep(found)
        shared = {fact.transformation_id for fact in found if fact.transformation_id is not None}
        self._keep(self.uow.links.at(self.uow.links.together(shared) - self.facts.keys()))

    def _keep(self, facts: Iterable[LinkFact]) -> None:
        for each in facts:
            fact = replace(each, sharing=SharingMode.PARTNERS) if self.is_shared_alike else each
            if fact.log_index in self.facts:
                continue
            self.facts[fact.log_index] = fact
            for node in _objects(fact):
                self.touching[node].append(fact)
            if fact.transformation_id is not None:
                self.together[fact.transformation_id].append(fact)


def _objects(fact: LinkFact) -> set[int]:
    return {node for nodes in fact.objects.values() for node in nodes}
