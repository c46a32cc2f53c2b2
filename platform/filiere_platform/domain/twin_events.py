"""Near-duplicates: events of one member that say the same of the same objects, under different eventIDs.

The same what, where, when and why: objects with their amounts, places and parties, the time, the step, the disposition,
the documents, and what sensors read. Two deliveries of one day differ in their documents, two readings of one minute in
what was read; what else an event carries does not make it another. A member's own events alone are compared, so that
nothing that is hidden from it plays a part.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Final

from filiere_platform.domain.neighbourhood import Neighbourhood, Suspicion
from filiere_platform.domain.record import Role
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word

MOST_NAMED: Final = 20  # of an event's twins, in its finding
_WHY: Final = ("persistentDisposition", "sensorElementList")


def near_duplicates(near: Neighbourhood) -> Iterator[Suspicion]:
    """Give each event that has a twin, once: with the first of its objects as the subject."""
    for node, key in near.keys.items():
        for group in _groups(near.events_of(node), _moment):
            for alike in _groups(group, _what):
                for twins in _by_content(near, alike):
                    yield from _told(near, node, key, twins)


def _told(near: Neighbourhood, node: int, key: str, twins: list[TracedEvent]) -> Iterator[Suspicion]:
    indexes = sorted(event.log_index for event in twins)
    for event in twins:
        if near.first_object(event) == node:
            others = [index for index in indexes if index != event.log_index][:MOST_NAMED]
            yield Suspicion(event, key, event.latest, {"others": others})


def _groups(events: Iterable[TracedEvent], key: Any) -> Iterator[list[TracedEvent]]:
    """Give what several events have in common; who is alone is left out before anything dearer is asked of it."""
    found: dict[Hashable, list[TracedEvent]] = defaultdict(list)
    for event in events:
        found[key(event)].append(event)
    return (group for group in found.values() if len(group) > 1)


def _moment(event: TracedEvent) -> Hashable:
    return event.earliest, event.latest, event.type, event.action, event.biz_step, event.transformation_id


def _what(event: TracedEvent) -> Hashable:
    said = Counter(
        (role, end.node_id, end.quantity, end.uom)
        for role, ends in event.ends.items()
        if role != Role.SHARED_WITH
        for end in ends
    )
    return frozenset(said.items())


def _by_content(near: Neighbourhood, alike: list[TracedEvent]) -> Iterator[list[TracedEvent]]:
    found: dict[str, list[TracedEvent]] = defaultdict(list)
    for event in alike:
        content = near.own.content(event.log_index)
        if content is not None:
            found[_why(content)].append(event)
    return (group for group in found.values() if len(group) > 1)


def _why(content: Mapping[str, Any]) -> str:
    """Write what the graph does not keep of why an event happened; the order of lists says nothing."""
    disposition = content.get("disposition")
    documents = [
        (_word(Vocabulary.BIZ_TRANSACTION_TYPE, each.get("type")), each["bizTransaction"])
        for each in content.get("bizTransactionList", ())
    ]
    said = (_word(Vocabulary.DISPOSITION, disposition), documents, *(content.get(name) for name in _WHY))
    return json.dumps([sorted(map(_written, part)) if isinstance(part, list) else _written(part) for part in said])


def _word(vocabulary: Vocabulary, word: str | None) -> str | None:
    """Write a word of the standard in one form, whichever its sender wrote."""
    return word if word is None else bare_word(vocabulary, word) or word


def _written(part: Any) -> str:
    return json.dumps(part, sort_keys=True)
