"""What a search shows: the steps it took, each with its event, its time and how sure it is, and the events it met.

A step is worked out again from everything that is known of its objects in the end, so that what it says does not
depend on the order in which they were found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from filiere_platform.domain.carry_over import CarryOver
from filiere_platform.domain.membership import Membership
from filiere_platform.domain.movement import moves_of
from filiere_platform.domain.record import EventTypeCode, Role
from filiere_platform.domain.span import END, Span, Sureness, at_event, slack, within
from filiere_platform.domain.trace import Search, arrivals_by_change, arrivals_by_stay
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.trace_graph import Change, Direction, seen, seen_times
from filiere_platform.domain.traced_event import TracedEvent

_TRANSFORMATION = EventTypeCode.TRANSFORMATION
UNLIMITED = END // 2  # a slack beyond this comes from a span without an end


class EdgeKind(StrEnum):
    """What a step says; read it from `source` to `target`, in the direction of time."""

    TRANSFORMED = "transformed-into"
    PACKED = "packed-in"
    FITTED = "fitted-in"
    MOVED = "moved"
    INSTANCE = "has-instance"  # from a lot to an item of it
    SAME = "same-as"  # in no direction of time: the object of the event is the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """Whether a step surely belongs to the trace; if not, by how many microseconds its order in time is possible.

    `margin` is None where nothing limits it: the step itself is in order, and what it follows from is doubtful.
    """

    certain: bool
    margin: int | None = None

    def or_else(self, other: Certainty) -> Certainty:
        """The better of two grounds for one step."""
        if self.certain or other.certain:
            return CERTAIN
        margins = (self.margin, other.margin)
        return Certainty(certain=False, margin=None if None in margins else max(m for m in margins if m is not None))


CERTAIN = Certainty(certain=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One edge of the answer, between nodes; only a move may leave a side open."""

    kind: EdgeKind
    source: int | None
    target: int | None
    event: TracedEvent
    other: TracedEvent | None = None  # of a transformation in two events, the input's; of a stay, what ended it
    quantity: Decimal | None = None  # of what goes in
    uom: str | None = None
    objects: tuple[int, ...] = ()  # what moved
    carry_over: CarryOver | None = None  # into and out of a vessel: how it gives out what is in it
    certainty: Certainty

    @property
    def identity(self) -> tuple[str, int | None, int | None, int, int | None]:
        """What makes it the same step when it is found in both directions."""
        return (
            self.kind,
            self.source,
            self.target,
            self.event.log_index,
            None if self.other is None else self.other.log_index,
        )

    def joined(self, other: Step) -> Step:
        """The same step found twice: the better of its grounds, and every object that moved."""
        objects = tuple(dict.fromkeys((*self.objects, *other.objects)))
        return replace(self, objects=objects, certainty=self.certainty.or_else(other.certainty))


@dataclass(slots=True)
class Shown:
    """The steps and the events of one search; of each event the traced objects, and how sure they are."""

    steps: list[Step] = field(default_factory=list)
    events: dict[int, TracedEvent] = field(default_factory=dict)
    met: dict[int, dict[int, Certainty]] = field(default_factory=lambda: defaultdict(dict))

    def meet(self, event: TracedEvent, node: int, certainty: Certainty) -> None:
        """An event of the answer concerns a traced object."""
        self.events[event.log_index] = event
        known = self.met[event.log_index].get(node)
        self.met[event.log_index][node] = certainty if known is None else known.or_else(certainty)


def steps_of(search: Search, node: int) -> Iterator[Step]:
    """Give the steps that a search found from a node; those of a stay are found from both of its sides."""
    yield from _changes(search, node)
    if search.graph.is_entangled(node):
        yield from _stays_of(search, node)
        yield from _stays_in(search, node)
        yield from _identities(search, node)
        yield from _instances(search, node)


def show(search: Search) -> Shown:
    """Work out everything that a search found."""
    shown = Shown()
    for node, state in search.reached.items():
        if not state.followed:
            continue
        for step in steps_of(search, node):
            shown.steps.append(step)
            _meet_ends(shown, step)
        for event in search.graph.events_of(node):
            if event.type is _TRANSFORMATION:
                continue  # shown as a step, or else a use or an origin that is not asked for
            certainty = _certainty_of_event(event, state.life, search.direction)
            if certainty is not None:
                shown.meet(event, node, certainty)
    shown.steps += _moves(shown)
    return shown


def _meet_ends(shown: Shown, step: Step) -> None:
    """The events of a step are events of the answer; a transformation is one of its input and of its output."""
    for event in (step.event, step.other):
        if event is not None:
            shown.events[event.log_index] = event
    if step.kind is EdgeKind.TRANSFORMED and step.source is not None and step.target is not None:
        shown.meet(step.event, step.target, step.certainty)
        shown.meet(step.other or step.event, step.source, step.certainty)


def _changes(search: Search, node: int) -> Iterator[Step]:
    life = search.reached[node].life
    for change in search.graph.changes_of(node, search.direction):
        arrivals = list(arrivals_by_change(change, life, search.direction))
        if not arrivals:
            continue
        certainty = _certainty(arrivals, (_slack_of_change(change, span, search.direction) for span in life))
        for target in dict.fromkeys(end.node_id for end in change.others):
            if target in search.reached:
                step = _change_step(search.direction, node, target, change, certainty)
                mode = None if step.source is None else search.graph.carry_over_of(step.source)
                yield step if mode is None else replace(step, carry_over=mode)


def _change_step(direction: Direction, node: int, target: int, change: Change, certainty: Certainty) -> Step:
    down = direction is Direction.DOWN
    taking, giving = (change.entered, change.left) if down else (change.left, change.entered)
    source, product = (node, target) if down else (target, node)
    quantity, uom = _amount(end for end in taking.among(Role.INPUT) if end.node_id == source)
    return Step(
        kind=EdgeKind.TRANSFORMED,
        source=source,
        target=product,
        event=giving,
        other=None if taking is giving else taking,
        quantity=quantity,
        uom=uom,
        certainty=certainty,
    )


def _stays_of(search: Search, node: int) -> Iterator[Step]:
    for stay in search.graph.stays_of(node):
        if stay.parent in search.reached:
            yield from _stay_step(stay, search.reached[node].life, search.direction)


def _stays_in(search: Search, node: int) -> Iterator[Step]:
    for stay in search.graph.stays_in(node):
        if stay.child in search.reached:
            yield from _stay_step(stay, search.reached[node].contents, search.direction)


def _stay_step(stay: Membership, spans: list[Span], direction: Direction) -> Iterator[Step]:
    arrivals = list(arrivals_by_stay(stay, spans, direction))
    if not arrivals:
        return
    possible = next(span for span in seen(stay.spans, direction) if span.sureness is Sureness.POSSIBLE)
    slacks = (slack(span, possible.lo, possible.hi) for span in spans if span.sureness is Sureness.POSSIBLE)
    yield Step(
        kind=EdgeKind(stay.kind),
        source=stay.child,
        target=stay.parent,
        event=stay.shown,
        other=stay.closed if stay.closed is not stay.shown else None,
        quantity=stay.end.quantity,
        uom=stay.end.uom,
        carry_over=stay.carry_over,
        certainty=_certainty(arrivals, slacks),
    )


def _identities(search: Search, node: int) -> Iterator[Step]:
    for identity in search.graph.identities_of(node):
        if identity.beyond(node) not in search.reached:
            continue
        held, life = seen(identity.spans, search.direction), search.reached[node].life
        arrivals = [met for span in life for met in within(span, held)]
        if not arrivals:
            continue
        slacks = (
            slack(span, other.lo, other.hi)
            for span in life
            for other in held
            if span.sureness is Sureness.POSSIBLE and other.sureness is Sureness.POSSIBLE
        )
        source = next(iter(identity.shown.nodes(Role.OBJECT)))
        yield Step(
            kind=EdgeKind.SAME,
            source=source,
            target=identity.beyond(source),
            event=identity.shown,
            other=identity.agreed,
            certainty=_certainty(arrivals, slacks),
        )


def _instances(search: Search, node: int) -> Iterator[Step]:
    arrivals = search.reached[node].life
    for other, event in search.graph.instances_of(node, search.direction).items() if arrivals else ():
        if other in search.reached:
            lot, item = (node, other) if search.direction is Direction.DOWN else (other, node)
            certainty = _certainty(arrivals, (END for _ in arrivals))
            yield Step(kind=EdgeKind.INSTANCE, source=lot, target=item, event=event, certainty=certainty)


def _moves(shown: Shown) -> Iterator[Step]:
    for index, nodes in shown.met.items():
        event = shown.events[index]
        products = event.nodes(Role.OUTPUT)  # what went into a transformation is no longer there to be moved
        moved = {node: nodes[node] for node in nodes if node in products or event.type is not _TRANSFORMATION}
        for source, target in moves_of(event) if moved else ():
            certainty = Certainty(certain=False, margin=0)
            for each in moved.values():
                certainty = certainty.or_else(each)
            yield Step(
                kind=EdgeKind.MOVED,
                source=source,
                target=target,
                event=event,
                objects=tuple(moved),
                certainty=certainty,
            )


def _certainty_of_event(event: TracedEvent, life: list[Span], direction: Direction) -> Certainty | None:
    """How sure it is that an event concerns traced material; None where it is impossible."""
    times = seen_times(event, direction)
    for lo, hi, sureness in life:
        if sureness is Sureness.THROUGHOUT and lo <= times[0] and times[1] <= hi:
            return CERTAIN
    arrivals = [at for span in life if (at := at_event(span, *times)) is not None]
    if not arrivals:
        return None
    return _certainty(arrivals, (slack(span, *times) for span in life if span.sureness is Sureness.POSSIBLE))


def _slack_of_change(change: Change, span: Span, direction: Direction) -> int:
    times = seen_times(change.entered, direction)
    taken = at_event(span, *times)
    if span.sureness is not Sureness.POSSIBLE or taken is None:
        return -1
    entering = slack(span, *times)
    if change.left is change.entered:
        return entering
    return min(entering, slack(taken.onward(), *seen_times(change.left, direction)))


def _certainty(arrivals: Iterable[Span], slacks: Iterable[int]) -> Certainty:
    if any(span.sureness is not Sureness.POSSIBLE for span in arrivals):
        return CERTAIN
    margin = max(slacks)
    return Certainty(certain=False, margin=None if margin > UNLIMITED else margin)


def _amount(ends: Iterable[TraceEnd]) -> tuple[Decimal | None, str | None]:
    """Give what one node's ends state: one quantity, or several in one unit added up; else nothing."""
    stated = [(end.quantity, end.uom) for end in ends if end.quantity is not None]
    units = {uom for _, uom in stated}
    if len(units) != 1:
        return None, None
    return sum((quantity for quantity, _ in stated), Decimal(0)), units.pop()
