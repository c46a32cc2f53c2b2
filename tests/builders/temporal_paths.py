"""Follow traced material by brute force, instant by instant: an oracle that shares nothing with the search.

Time is a handful of integers. A token says "traced material at this object at this instant": the object as a whole with
what is in it at that instant, the object itself, or something that the object merely carries. Every rule is a sentence
about instants, and the closure is taken naively. `downstream` is the whole oracle: what is upstream of an object is
everything that the object is downstream of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from builders.traces import Told
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role

TIMES = range(-1, 9)  # the events of a test lie in 0..7
Token = tuple[str, int, str]  # object, instant, "whole", "is" or "carries"


def downstream(events: Sequence[Told], start: str) -> set[str]:
    """Every object that traced material may reach, for some choice of an instant for each use of an event."""
    return {node for node, _ in downstream_instants(events, start)}


def downstream_instants(events: Sequence[Told], start: str) -> set[tuple[str, int]]:
    """Every object that traced material may be at, or in, with each such instant."""
    stays = possible_stays(events)
    todo: list[Token] = [(start, instant, "whole") for instant in TIMES]
    tokens: set[Token] = set(todo)
    while todo:
        token = todo.pop()
        tokens.add(token)
        todo += [other for other in _next(events, stays, token) if other not in tokens]
    return {(node, instant) for node, instant, _ in tokens}


def exact_worlds(events: Sequence[Told]) -> Iterator[list[Told]]:
    """Every world that the intervals allow: each event at one instant."""
    choices = [range(event.when[0], event.when[1] + 1) for event in events]
    for instants in product(*choices):
        yield [
            Told(event.type, (at, at), event.action, event.ends, event.biz_step, event.transformation)
            for event, at in zip(events, instants, strict=True)
        ]


def _next(events: Sequence[Told], stays: set[tuple[str, str, int]], token: Token) -> Iterator[Token]:
    node, instant, how = token
    if how == "whole":
        yield node, instant, "is"
        yield from ((child, at, "whole") for child, parent, at in stays if parent == node and at == instant)
    if how == "is" and instant + 1 in TIMES:
        yield node, instant + 1, "is"
    yield from ((other, instant, how) for other in same_as(events, node))
    yield from ((item, instant, how) for item in items_of(events, node))
    yield from ((parent, at, "carries") for child, parent, at in stays if child == node and at == instant)
    for event in events:
        if event.when[0] <= instant <= event.when[1] and node in event.nodes(Role.INPUT):
            yield from ((made, at, "whole") for made, at in _made(events, event, instant))


def _made(events: Sequence[Told], event: Told, instant: int) -> Iterator[tuple[str, int]]:
    yield from ((made, instant) for made in event.nodes(Role.OUTPUT))
    for other in events:
        if other is not event and event.transformation and other.transformation == event.transformation:
            for at in range(max(instant, other.when[0]), other.when[1] + 1):
                yield from ((made, at) for made in other.nodes(Role.OUTPUT))


def same_as(events: Sequence[Told], node: str) -> set[str]:
    """What somebody says that an object is as well."""
    pairs = {(one, other) for e in events for one in e.nodes(Role.OBJECT) for other in e.nodes(Role.SAME_AS)}
    return {one for one, other in pairs if other == node} | {other for one, other in pairs if one == node}


def items_of(events: Sequence[Told], lot: str) -> set[str]:
    """The items that somebody says are of a lot."""
    said = (event for event in events if lot in event.nodes(Role.OF_LOT))
    return {node for event in said for node in event.nodes(Role.OBJECT, Role.OUTPUT) if node.startswith("item:")}


def possible_stays(events: Sequence[Told]) -> set[tuple[str, str, int]]:
    """Content, container, instant: every combination that is possible."""
    found = set()
    for parent in {key for event in events for key in event.nodes(Role.PARENT)}:
        for kind in ((EventTypeCode.AGGREGATION, EventTypeCode.TRANSACTION), (EventTypeCode.ASSOCIATION,)):
            about = [event for event in events if event.type in kind and parent in event.nodes(Role.PARENT)]
            ends_of_life = [event for event in events if _ends_life(event, parent)]
            for child in {key for event in about for key in event.nodes(Role.CHILD, Role.OBJECT)} - {parent}:
                found |= {(child, parent, at) for at in TIMES if _may_hold(child, about, ends_of_life, at)}
    return found


def _ends_life(event: Told, parent: str) -> bool:
    ended = event.action is ActionCode.DELETE and event.biz_step in ("decommissioning", "destroying")
    return event.type is EventTypeCode.OBJECT and ended and parent in event.nodes(Role.OBJECT)


def _may_hold(child: str, about: list[Told], ends_of_life: list[Told], at: int) -> bool:
    named = [event for event in about if child in event.nodes(Role.CHILD, Role.OBJECT)]
    adds = [e for e in named if e.action is ActionCode.ADD and e.type is not EventTypeCode.TRANSACTION]
    takes = [event for event in named if event.action is ActionCode.DELETE]
    ends = [*takes, *(e for e in about if e.action is ActionCode.DELETE and not e.nodes(Role.CHILD)), *ends_of_life]
    seen = [e for e in named if e.action is ActionCode.OBSERVE or e.type is EventTypeCode.TRANSACTION]
    if any(event.when[0] <= at <= event.when[1] for event in seen):
        return True
    if any(_may_lie_between(add, at, ends) for add in adds):
        return True
    return any(_may_be_unexplained(take, adds, ends, at) for take in takes)


def _may_lie_between(add: Told, at: int, ends: list[Told]) -> bool:
    """Some instant of the ADD is not after `at`, and every end may lie outside of what is between the two."""
    return any(
        put <= at and all(end.when[0] <= put or end.when[1] >= at for end in ends)
        for put in range(add.when[0], add.when[1] + 1)
    )


def _may_be_unexplained(take: Told, adds: list[Told], ends: list[Told], at: int) -> bool:
    """A DELETE whose ADD may be missing proves the content inside until then, back to when it surely was out."""
    explained = any(
        add.when[1] <= take.when[0]
        and not any(end is not take and end.when[1] > add.when[0] and end.when[0] < take.when[1] for end in ends)
        for add in adds
    )
    out = [end.when[0] for end in ends if end.when[1] < take.when[0]]
    return not explained and at <= take.when[1] and all(at >= instant for instant in out)
