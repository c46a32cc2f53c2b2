"""What is linked to what: who is entitled to an event because of what became of the things that it made.

An event that its owner shares `linked` or `chain` is seen by those who got what it made. Every link rests on a record
of the party that gives (docs/visibility.md, rules L1 to L6); nothing that somebody declares about himself makes one.

L1 A handover: a record names a member as destination. Its owner hands its objects over to that member.
L2 What the owner's own records say is in a container goes with it: packed not surely after the handover, and neither
   unpacked nor handed over in between, as far as was known when the later of the two records was stored.
L3 What came in a container, by its giver's records, goes on with it in the same way.
L4 Becoming: the owner's own transformation makes its outputs of its inputs, in the owner's hands.
L5 `linked`: the members to whom the owner itself handed over what the event made.
L6 `chain`: all members that L1 to L4 lead to from what the event made.

An event makes the outputs of a transformation, what an object event adds, and the parent that is packed. A private
record links nothing, nor does a declaration of error, and neither takes a link back. Links only grow with the log,
so that the order in which a worker follows it does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from filiere_platform.domain.audience import GrantCause, SharingMode
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role

GIVING_ROLES = frozenset({Role.DESTINATION_OWNING_PARTY, Role.DESTINATION_POSSESSING_PARTY, Role.DESTINATION_LOCATION})
_HANDED_ROLES = frozenset({Role.OBJECT, Role.PARENT, Role.CHILD})
_CONTAINING = frozenset({EventTypeCode.AGGREGATION, EventTypeCode.ASSOCIATION})
CAUSES = {SharingMode.LINKED: GrantCause.LINK, SharingMode.CHAIN: GrantCause.CHAIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFact:
    """What an event says that matters to links; objects are the nodes of lots, items and logistic units alone."""

    log_index: int
    member_id: int
    event_type: int
    action: int | None
    earliest: int
    latest: int
    declares_error: bool
    transformation_id: str | None
    sharing: SharingMode | None  # None: stored before modes were kept
    objects: Mapping[Role, Collection[int]]
    places: Mapping[Role, Collection[int]]

    def of(self, role: Role) -> Collection[int]:
        """The objects in a role."""
        return self.objects.get(role, ())

    @property
    def links(self) -> bool:
        """Whether the event may be a step of a link."""
        return self.sharing is not None and self.sharing is not SharingMode.PRIVATE and not self.declares_error

    @property
    def packs(self) -> bool:
        """Whether it says that its children are put into its parent."""
        return self.event_type in _CONTAINING and self.action == ActionCode.ADD

    @property
    def unpacks(self) -> bool:
        """Whether it takes children, or everything, out of its parent."""
        return self.event_type in _CONTAINING and self.action == ActionCode.DELETE

    @property
    def made(self) -> Iterator[int]:
        """The objects that it made."""
        yield from self.of(Role.OUTPUT)
        if self.action == ActionCode.ADD:
            yield from self.of(Role.OBJECT if self.event_type == EventTypeCode.OBJECT else Role.PARENT)

    @property
    def handed(self) -> set[int]:
        """The objects that it hands over, where it names somebody to hand over to."""
        return {node for role in _HANDED_ROLES for node in self.of(role)}


class _Handover(NamedTuple):
    giver: int
    node: int
    taker: int
    by: int  # log index of the record that says so


class _Content(NamedTuple):
    holder: int
    container: int
    node: int
    by: int  # what put it in, or handed the container over with it


def linked_audiences(facts: Iterable[LinkFact], parties: Mapping[int, int]) -> dict[int, dict[int, GrantCause]]:
    """Give, by log index, the members that links entitle to each event, with the cause.

    Of some facts of a log it gives a part of what all of them give: a fact more never takes anything away.

    Args:
        facts: events, in any order.
        parties: node of each party or site of a member, to its member id.
    """
    graph = _Graph({fact.log_index: fact for fact in facts}, parties)
    graph.follow()
    found: dict[int, dict[int, GrantCause]] = {}
    for fact in graph.facts.values():
        cause = CAUSES.get(fact.sharing) if fact.sharing is not None else None
        if cause is None:
            continue
        reach = graph.takers if cause is GrantCause.LINK else graph.reached
        members = {member for node in fact.made for member in reach(fact.member_id, node)}
        members.discard(fact.member_id)
        if members:
            found[fact.log_index] = dict.fromkeys(sorted(members), cause)
    return found


class Holders(NamedTuple):
    """In whose hands things came to be, by records of givers: (member, node); and each handover on the way.

    A handover is giver, node, taker and the log index of the record that says so.
    """

    held: set[tuple[int, int]]
    handovers: set[tuple[int, int, int, int]]


def holders_from(facts: Iterable[LinkFact], parties: Mapping[int, int], starts: Iterable[tuple[int, int]]) -> Holders:
    """Follow things from some hands on, by L1 to L4; `starts` are (member, node)."""
    graph = _Graph({fact.log_index: fact for fact in facts}, parties)
    graph.follow()
    return graph.onward(starts)


@dataclass(slots=True)
class _Graph:
    """Who holds what, by whose records; followed until nothing more comes of it."""

    facts: Mapping[int, LinkFact]
    parties: Mapping[int, int]
    handed: dict[tuple[int, int], set[_Handover]] = field(default_factory=lambda: defaultdict(set))
    held: dict[tuple[int, int], set[_Content]] = field(default_factory=lambda: defaultdict(set))
    became: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    # What ends a stay in a container, by holder and container: unpackings, and handovers of the container itself.
    ends: dict[tuple[int, int], list[tuple[LinkFact, frozenset[int] | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    pending: list[_Handover | _Content] = field(default_factory=list)
    known: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)

    def follow(self) -> None:
        """Lay out what each record says, then what follows from them together."""
        for fact in self.facts.values():
            if fact.links:
                self._lay_out(fact)
        self._lay_out_changes()
        while self.pending:
            step = self.pending.pop()
            here = (step.giver, step.node) if isinstance(step, _Handover) else (step.holder, step.container)
            if isinstance(step, _Handover):
                for content in tuple(self.held[here]):
                    self._carry(content, step)
            else:
                for handover in tuple(self.handed[here]):
                    self._carry(step, handover)

    def takers(self, member: int, node: int) -> Iterator[int]:
        """The members to whom a member handed an object over, by its own records (L5)."""
        for handover in self.handed.get((member, node), ()):
            yield handover.taker

    def reached(self, member: int, node: int) -> frozenset[int]:
        """The members that links lead to from an object in a member's hands (L6)."""
        found = self.known.get((member, node))
        if found is None:
            seen = {(member, node)}
            pending = [(member, node)]
            while pending:
                holder, held = pending.pop()
                onward = {(holder, made) for made in self.became.get((holder, held), ())}
                onward |= {(each.taker, held) for each in self.handed.get((holder, held), ())}
                pending += onward - seen
                seen |= onward
            found = self.known[member, node] = frozenset(holder for holder, _ in seen)
        return found

    def onward(self, starts: Iterable[tuple[int, int]]) -> Holders:
        """Follow several things at once, and say by which handovers."""
        seen = set(starts)
        pending, handovers = list(seen), set[tuple[int, int, int, int]]()
        while pending:
            holder, held = pending.pop()
            given = self.handed.get((holder, held), ())
            handovers.update((each.giver, each.node, each.taker, each.by) for each in given)
            onward = {(holder, made) for made in self.became.get((holder, held), ())}
            onward |= {(each.taker, held) for each in given}
            pending += onward - seen
            seen |= onward
        return Holders(seen, handovers)

    def _lay_out(self, fact: LinkFact) -> None:
        owner = fact.member_id
        takers = {
            self.parties[node] for role in GIVING_ROLES for node in fact.places.get(role, ()) if node in self.parties
        }
        for taker in takers - {owner}:
            for node in fact.handed:
                self._add(_Handover(owner, node, taker, fact.log_index))
        if takers - {owner}:
            for node in fact.handed:
                self.ends[owner, node].append((fact, None))
        for parent in fact.of(Role.PARENT):
            if fact.packs:
                for child in fact.of(Role.CHILD):
                    self._add(_Content(owner, parent, child, fact.log_index))
            elif fact.unpacks:
                children = frozenset(fact.of(Role.CHILD))
                self.ends[owner, parent].append((fact, children or None))

    def _lay_out_changes(self) -> None:
        """Join events of one owner that share a transformation id: together they are one (EPCIS 2.0, 7.4.6)."""
        together: dict[tuple[int, str | int], list[LinkFact]] = defaultdict(list)
        for fact in self.facts.values():
            if fact.links and fact.event_type == EventTypeCode.TRANSFORMATION:
                together[fact.member_id, fact.transformation_id or fact.log_index].append(fact)
        for (owner, _), changes in together.items():
            made = {node for fact in changes for node in fact.of(Role.OUTPUT)}
            for node in {node for fact in changes for node in fact.of(Role.INPUT)}:
                self.became[owner, node] |= made

    def _add(self, step: _Handover | _Content) -> None:
        if isinstance(step, _Handover):
            found: set[_Handover] | set[_Content] = self.handed[step.giver, step.node]
        else:
            found = self.held[step.holder, step.container]
        if step not in found:
            found.add(step)  # type: ignore[arg-type]
            self.pending.append(step)

    def _carry(self, content: _Content, handover: _Handover) -> None:
        """Hand over what is in a container with it (L2, L3)."""
        if self._goes_with(content, handover) and handover.taker != content.holder:
            self._add(_Handover(content.holder, content.node, handover.taker, handover.by))
            self._add(_Content(handover.taker, content.container, content.node, handover.by))

    def _goes_with(self, content: _Content, handover: _Handover) -> bool:
        put, given = self.facts[content.by], self.facts[handover.by]
        if put.earliest > given.latest:
            return False
        stored = max(put.log_index, given.log_index)
        return not any(
            end.log_index < stored
            and end.log_index not in (put.log_index, given.log_index)
            and (children is None or content.node in children)
            and end.latest >= put.earliest
            and end.earliest <= given.latest
            for end, children in self.ends.get((content.holder, content.container), ())
        )
