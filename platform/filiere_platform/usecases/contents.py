"""Say what was in the logistic units of an event at its time, as far as somebody may see what was packed.

A shipment often names its pallets alone. What lay on them says the packing, as a trace knows it: from the ADD until
what was taken out, with what stayed possible and what is sure (docs/trace.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.membership import Membership
from filiere_platform.domain.record import ActionCode, Role
from filiere_platform.domain.state import DEEPEST, contains, load_around, meets
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.domain.traced_event import TracedEvent, group_ends, object_nodes
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.trace import open_source
from filiere_schemas.problems import Refusal


class Content(NamedTuple):
    """Something that lay in a unit, directly, and held nothing itself; no quantity: nothing tells how much was left."""

    object: str  # canonical keys
    inside: str
    quantity: Decimal | None
    uom: str | None
    sure: bool


class Contained(NamedTuple):
    """What an event names as objects, by canonical keys, and what lay in it that it does not name."""

    named: frozenset[str]
    contents: tuple[Content, ...]

    def concerns(self, key: str) -> bool:
        """Whether something is named, or lay in what is."""
        return key in self.named or any(content.object == key for content in self.contents)


class _Held(NamedTuple):
    node: int
    stays: tuple[Membership, ...]  # in one holder
    holder: int
    sure: bool


@dataclass(frozen=True, slots=True)
class ContentsReader:
    """Reads contents over the log as it stands; no more than `most` events about holders are read."""

    uow: UnitOfWork
    viewer: Viewer
    graph: TraceGraph
    most: int
    too_many: Refusal
    _asked: set[int] = field(default_factory=set)
    _loaded: set[int] = field(default_factory=set)

    @classmethod
    def open(cls, uow: UnitOfWork, viewer: Viewer, *, most: int, too_many: Refusal) -> ContentsReader:
        """Begin to read."""
        return cls(uow, viewer, TraceGraph(open_source(uow, viewer, None)), most, too_many)

    def around(self, key: str) -> tuple[str, ...]:
        """Give the key of an object and of everything that it ever lay in."""
        nodes = self.uow.nodes.ids([key]).values()
        known = self.uow.nodes.names(load_around(self.graph, set(nodes)))
        return tuple(sorted({key, *(name for name, _ in known.values())}))

    def of(self, stored: Sequence[StoredEvent]) -> dict[int, Contained]:
        """Give what was in some events, by log index.

        Raises:
            Refusal: `too_many`.
        """
        indexes = [each.log_index for each in stored]
        events = group_ends(self.uow.events.visible_to(self.viewer).ends_of(indexes), {})
        held = self._held(events)
        nodes = {node for event in events.values() for node in object_nodes(event)}
        nodes |= {node for found in held.values() for each in found for node in (each.node, each.holder)}
        keys = {node: key for node, (key, _) in self.uow.nodes.names(nodes).items()}
        return {index: self._contained(event, held.get(index, ()), keys) for index, event in events.items()}

    def _held(self, events: dict[int, TracedEvent]) -> dict[int, list[_Held]]:
        """Open what each event names, level by level, for all events at once."""
        front: dict[int, dict[int, bool]] = {
            index: dict.fromkeys(object_nodes(event), True) for index, event in events.items()
        }
        found: dict[int, list[_Held]] = defaultdict(list)
        seen = {index: set(opened) for index, opened in front.items()}
        for _ in range(DEEPEST):
            self._load({node for opened in front.values() for node in opened})
            for index, opened in front.items():
                inner = [each for node, sure in opened.items() for each in self._inside(node, sure, events[index])]
                found[index] += inner
                new = {each.node: each.sure for each in inner}
                front[index] = {node: sure for node, sure in new.items() if node not in seen[index]}
                seen[index] |= new.keys()
            if not any(front.values()):
                break
        return found

    def _load(self, nodes: Collection[int]) -> None:
        """Fetch what touches those of some objects that ever held anything: a shipment may name a thousand items."""
        new = set(nodes) - self._asked
        self._asked.update(new)
        holding = self.uow.events.visible_to(self.viewer).parents_among(new)
        self.graph.load(holding)
        self._loaded.update(holding)
        if sum(len(self.graph.events_of(node)) for node in self._loaded) > self.most:
            raise self.too_many

    def _inside(self, holder: int, sure: bool, event: TracedEvent) -> Iterator[_Held]:  # noqa: FBT001 - as of _Held
        stays: dict[int, list[Membership]] = defaultdict(list)
        for stay in self.graph.stays_in(holder) if holder in self._loaded else ():
            if meets(stay, event):
                stays[stay.child].append(stay)
        for child, those in stays.items():
            yield _Held(child, tuple(those), holder, sure and any(contains(stay, event) for stay in those))

    def _contained(self, event: TracedEvent, held: Sequence[_Held], keys: dict[int, str]) -> Contained:
        named, holders = object_nodes(event), {each.holder for each in held}
        contents = []
        for each in held:
            if each.node in named or each.node in holders:
                continue
            quantity, uom = self._left(each, event)
            contents.append(Content(keys[each.node], keys[each.holder], quantity, uom, each.sure))
        return Contained(frozenset(keys[node] for node in named), tuple(sorted(contents, key=lambda each: each[:2])))

    def _left(self, held: _Held, event: TracedEvent) -> tuple[Decimal | None, str | None]:
        """Tell how much of a content lay there: what was put in, where nothing was taken out before the event."""
        ends = [stay.end for stay in held.stays]
        put_in = all(stay.shown.action is ActionCode.ADD for stay in held.stays)
        taken = any(
            each.action is ActionCode.DELETE
            and each.parent == held.holder
            and held.node in each.nodes(Role.CHILD)
            and each.earliest <= event.latest
            and any(stay.shown.earliest <= each.latest for stay in held.stays)
            for each in self.graph.events_of(held.holder)
        )
        units = {end.uom for end in ends}
        if not put_in or taken or len(units) != 1 or not held.sure:
            return None, None
        amounts = [end.quantity for end in ends if end.quantity is not None]
        return (sum(amounts, Decimal(0)), units.pop()) if len(amounts) == len(ends) else (None, None)
