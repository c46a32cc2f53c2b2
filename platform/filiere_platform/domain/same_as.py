"""Two identifiers of one thing: how an event says it, and when it counts.

An ObjectEvent that observes one object may name other identifiers of it, for all time or for a while. Whose an
identifier is decides whether that counts: where it belongs to a member, only with that member's own word; a stranger's
is a proposal. It is taken back as any event is, by an error declaration. It gives nobody a right to see anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.record import EventTypeCode, Role
from filiere_platform.domain.span import BEGINNING, END, Span, Sureness, within
from filiere_platform.domain.trace_sentences import INVALID_SAME_AS
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.event import Action, Event, EventType
from filiere_schemas.epcis.event_time import read_instant
from filiere_schemas.identifiers import InvalidIdentifier, Kind, identify
from filiere_schemas.problems import Problem, Refusal

SAME_AS_KEY: Final = "filiere:sameAs"
SINCE_KEY: Final = "filiere:sameAsFrom"
UNTIL_KEY: Final = "filiere:sameAsUntil"
MOST_SAME_AS: Final = 100  # identifiers of one event: each is a row

Identified = tuple[str, Kind]  # a canonical key, and what it identifies


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """That two nodes are one thing for a while, by the words that were needed: of each owner one."""

    one: int
    other: int
    shown: TracedEvent
    agreed: TracedEvent | None  # the other owner's word, where the identifiers belong to two
    spans: tuple[Span, ...]

    def beyond(self, node: int) -> int:
        """The other of the two."""
        return self.other if node == self.one else self.one


def same_as(event: Event) -> tuple[tuple[Identified, ...], int, int]:
    """Give the other identifiers of an event's object, each once, and from when on and until when they are.

    Raises:
        Refusal: code `invalid-same-as`.
    """
    stated = event.extensions.get(SAME_AS_KEY)
    if stated is None:
        return (), BEGINNING, END
    named = [stated] if isinstance(stated, str) else stated
    if not isinstance(named, list) or not 0 < len(named) <= MOST_SAME_AS:
        raise _invalid(SAME_AS_KEY, type(stated).__name__)
    others = tuple(dict.fromkeys(map(_identified, named)))
    objects = len(event.epcs) + len(event.quantities)
    if event.type is not EventType.OBJECT or event.action is not Action.OBSERVE or objects != 1:
        raise _invalid("type", f"{event.type.value}, {event.action}, {objects}")
    since, until = _instant(event, SINCE_KEY, BEGINNING), _instant(event, UNTIL_KEY, END)
    if since > until:
        raise _invalid(UNTIL_KEY, str(event.extensions[UNTIL_KEY]))
    return others, since, until


def _identified(text: object) -> Identified:
    try:
        identity = identify(text) if isinstance(text, str) else None
    except InvalidIdentifier:
        identity = None
    if identity is None:
        raise _invalid(SAME_AS_KEY, str(text)[:200])
    return identity.key, identity.kind


def identities_of(
    node: int, events: Collection[TracedEvent], owners: Mapping[int, int]
) -> tuple[list[Identity], list[TracedEvent]]:
    """Find what a node is the same as, from all events that touch it, and the words that do not count (yet).

    Args:
        node: the object.
        events: everything in force that touches it.
        owners: of nodes that belong to a member, that member.
    """
    said: dict[tuple[int, int], list[TracedEvent]] = defaultdict(list)
    for event in events:
        for pair in _pairs(event):
            if node in pair:
                said[min(pair), max(pair)].append(event)
    found: list[Identity] = []
    proposed: list[TracedEvent] = []
    for (one, other), words in said.items():
        needed = {owners[each] for each in (one, other) if each in owners}
        agreed = list(_agreed(one, other, words, sorted(needed)))
        found += agreed
        counting = {event.log_index for each in agreed for event in (each.shown, each.agreed) if event is not None}
        if not agreed:
            proposed += [event for event in words if event.log_index not in counting]
    return found, proposed


def _agreed(one: int, other: int, words: Sequence[TracedEvent], needed: Sequence[int]) -> Iterator[Identity]:
    """Give each choice of one word of every owner; of what is nobody's, everybody's word counts."""
    by_owner = [_distinct(event for event in words if event.member_id == member) for member in needed]
    by_owner = by_owner or [_distinct(words)]
    for choice in product(*by_owner):
        shown, *rest = sorted(choice, key=lambda event: event.log_index)
        spans: list[Span] = _spans(shown, one, other)
        for event in rest:
            spans = [met for span in _spans(event, one, other) for met in within(span, spans)]
        if spans:
            agreed = rest[0] if rest else None
            yield Identity(one=one, other=other, shown=shown, agreed=agreed, spans=tuple(spans))


def _distinct(words: Iterable[TracedEvent]) -> list[TracedEvent]:
    """Give the first of a member's words for each span: who says it a hundred times has said it once."""
    found: dict[tuple[int, tuple[tuple[int | None, int | None], ...]], TracedEvent] = {}
    for event in sorted(words, key=lambda event: event.log_index):
        times = tuple((end.since, end.until) for end in event.among(Role.SAME_AS))
        found.setdefault((event.member_id, times), event)
    return list(found.values())


def _pairs(event: TracedEvent) -> Iterator[tuple[int, int]]:
    if event.type is EventTypeCode.OBJECT and Role.SAME_AS in event.ends:
        for one, other in product(event.nodes(Role.OBJECT), event.nodes(Role.SAME_AS)):
            if one != other:
                yield one, other


def _spans(event: TracedEvent, one: int, other: int) -> list[Span]:
    ends = [end for end in event.among(Role.SAME_AS) if end.node_id in {one, other}]
    return [
        Span(end.since if end.since is not None else BEGINNING, end.until if end.until is not None else END, sureness)
        for end in ends
        for sureness in (Sureness.POSSIBLE, Sureness.THROUGHOUT)
    ]


def _instant(event: Event, key: str, default: int) -> int:
    text = event.extensions.get(key)
    if text is None:
        return default
    try:
        return microseconds(read_instant(text)) if isinstance(text, str) else _refuse(key, text)
    except ValueError:
        return _refuse(key, text)


def _refuse(key: str, found: object) -> int:
    raise _invalid(key, str(found)[:200])


def _invalid(key: str, found: str) -> Refusal:
    values = {"found": found, "expected": MOST_SAME_AS}
    return Refusal([Problem(sentence=INVALID_SAME_AS, pointer=f"/{key}", values=values)])
