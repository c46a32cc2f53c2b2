"""Tell small chains of events to a search, and answer its questions as the store would."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from filiere_platform.domain.carry_over import CLEANING, ROLES, CarryOver, Supposed
from filiere_platform.domain.record import OBJECT_ROLES, ActionCode, EventTypeCode, NodeKind, Role
from filiere_platform.domain.trace import Limits, Search, search
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.trace_graph import Direction, TraceGraph

FAR = Limits(max_depth=1000, max_nodes=100_000)
_KINDS = {"class": NodeKind.CLASS, "sscc": NodeKind.LOGISTIC_UNIT, "item": NodeKind.ITEM}
When = int | tuple[int, int]


@dataclass(frozen=True)
class Told:
    """One event of a story: who is what in it, and when."""

    type: EventTypeCode
    when: tuple[int, int]
    action: ActionCode | None = None
    ends: tuple[tuple[Role, str, Decimal | None, str | None], ...] = ()
    biz_step: str | None = None
    transformation: str | None = None
    member: int = 1

    def nodes(self, *roles: Role) -> list[str]:
        return [key for role, key, _, _ in self.ends if role in roles]


@dataclass
class Chain:
    """A source of ends, told event by event; keys are lots; `class:` products, `sscc:` pallets, `item:` items."""

    told: list[Told] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    owned: dict[str, int] = field(default_factory=dict)  # keys that belong to a member
    supposes: Supposed | None = None  # of a vessel that says nothing

    def tell(self, *events: Told) -> Chain:
        self.told += events
        for event in events:
            for _, key, _, _ in event.ends:
                self.ids.setdefault(key, len(self.ids) + 1)
        return self

    def ends_touching(self, node_ids: Collection[int]) -> Iterable[TraceEnd]:
        self.asked += node_ids
        touching = [event for event in self.told if self._touches(event, node_ids)]
        shared = {event.transformation for event in touching} - {None}
        for index, event in enumerate(self.told):
            if event in touching or event.transformation in shared:
                yield from self._ends(index, event)

    def kinds(self, node_ids: Collection[int]) -> Mapping[int, NodeKind]:
        keys = {self.ids[key]: key for key in self.ids}
        return {node: _KINDS.get(keys[node].partition(":")[0], NodeKind.LOT) for node in node_ids}

    def owners(self, node_ids: Collection[int]) -> Mapping[int, int]:
        keys = {self.ids[key]: key for key in self.ids}
        return {node: self.owned[keys[node]] for node in node_ids if keys[node] in self.owned}

    def supposed(self) -> Supposed | None:
        return self.supposes

    def follow(self, start: str, direction: Direction, limits: Limits = FAR) -> Search:
        return search(TraceGraph(self), self.ids.setdefault(start, len(self.ids) + 1), direction, limits)

    def names(self, nodes: Iterable[int]) -> set[str]:
        wanted = set(nodes)
        return {key for key, node in self.ids.items() if node in wanted}

    def down(self, start: str) -> set[str]:
        return self.names(self.follow(start, Direction.DOWN).reached)

    def up(self, start: str) -> set[str]:
        return self.names(self.follow(start, Direction.UP).reached)

    def _touches(self, event: Told, node_ids: Collection[int]) -> bool:
        return any(self.ids[key] in node_ids for key in event.nodes(*OBJECT_ROLES))

    def _ends(self, index: int, event: Told) -> Iterable[TraceEnd]:
        for role, key, quantity, uom in event.ends:
            yield TraceEnd(
                log_index=index,
                event_type=event.type,
                action=event.action,
                biz_step=event.biz_step,
                earliest=event.when[0],
                latest=event.when[1],
                member_id=event.member,
                role=role,
                node_id=self.ids[key],
                quantity=quantity,
                uom=uom,
                transformation_id=event.transformation,
            )


def transformed(inputs: str, outputs: str, when: When, *, transformation: str | None = None) -> Told:
    """Inputs and outputs are names separated by blanks."""
    ends = [*_ends(Role.INPUT, inputs), *_ends(Role.OUTPUT, outputs)]
    return Told(EventTypeCode.TRANSFORMATION, _interval(when), ends=tuple(ends), transformation=transformation)


def packed(children: str, parent: str, when: When) -> Told:
    return _held(EventTypeCode.AGGREGATION, ActionCode.ADD, children, parent, when)


def unpacked(children: str, parent: str, when: When) -> Told:
    """No children: everything is taken out."""
    return _held(EventTypeCode.AGGREGATION, ActionCode.DELETE, children, parent, when)


def seen_in(children: str, parent: str, when: When) -> Told:
    return _held(EventTypeCode.AGGREGATION, ActionCode.OBSERVE, children, parent, when)


def fitted(children: str, parent: str, when: When) -> Told:
    return _held(EventTypeCode.ASSOCIATION, ActionCode.ADD, children, parent, when)


def removed(children: str, parent: str, when: When) -> Told:
    return _held(EventTypeCode.ASSOCIATION, ActionCode.DELETE, children, parent, when)


def observed(objects: str, when: When, *, step: str = "shipping", action: ActionCode = ActionCode.OBSERVE) -> Told:
    return Told(EventTypeCode.OBJECT, _interval(when), action, tuple(_ends(Role.OBJECT, objects)), step)


def alias(one: str, other: str, when: When) -> Told:
    """Both are one thing."""
    ends = [*_ends(Role.OBJECT, one), *_ends(Role.SAME_AS, other)]
    return Told(EventTypeCode.OBJECT, _interval(when), ActionCode.OBSERVE, tuple(ends))


def numbered(items: str, lot: str, when: When) -> Told:
    """Items get their numbers, and are of a lot."""
    ends = [*_ends(Role.OBJECT, items), (Role.OF_LOT, lot, None, None)]
    return Told(EventTypeCode.OBJECT, _interval(when), ActionCode.ADD, tuple(ends), "commissioning")


def vessel(name: str, mode: str, when: When, *, window: int | None = None) -> Told:
    """Master data of a vessel that carries over; the window in seconds."""
    role = ROLES[CarryOver(mode)]
    ends = [*_ends(Role.OBJECT, name), (role, name, None if window is None else Decimal(window), "SEC")]
    return Told(EventTypeCode.OBJECT, _interval(when), ActionCode.ADD, tuple(ends), "commissioning")


def cleaned(name: str, when: When) -> Told:
    return observed(name, when, step=CLEANING)


def transacted(objects: str, parent: str, when: When) -> Told:
    ends = [*_ends(Role.PARENT, parent), *_ends(Role.OBJECT, objects)]
    return Told(EventTypeCode.TRANSACTION, _interval(when), ActionCode.ADD, tuple(ends))


def _held(kind: EventTypeCode, action: ActionCode, children: str, parent: str, when: When) -> Told:
    ends = [*_ends(Role.PARENT, parent), *_ends(Role.CHILD, children)]
    return Told(kind, _interval(when), action, tuple(ends))


def _ends(role: Role, names: str) -> list[tuple[Role, str, Decimal | None, str | None]]:
    """A name may carry a quantity: `wheat*12.5KGM`."""
    found = []
    for name in names.split():
        key, _, amount = name.partition("*")
        digits = amount.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        found.append((role, key, Decimal(digits) if digits else None, amount[len(digits) :] or None))
    return found


def _interval(when: When) -> tuple[int, int]:
    return when if isinstance(when, tuple) else (when, when)
