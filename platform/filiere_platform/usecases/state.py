"""Say the state of objects at an instant, as far as a viewer may see what was said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_words import words_of
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.sentences import NOT_FOUND, QUERY_PARAMETER
from filiere_platform.domain.state import StateReader, load_around
from filiere_platform.domain.state_answer import StateFacts, nodes_named_by, unknown_object
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.trace_answer import instant
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_platform.store.gate import VisibleEvents
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.trace import known_objects, open_source, read_as_of
from filiere_schemas.problems import Problem, Refusal

MOST_OBJECTS: Final = 100  # in one question
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StateQuestion:
    """Which objects, and when: `at` in microseconds; `as_of` is what was known, as of a trace."""

    objects: tuple[str, ...]
    at: int
    as_of: int | datetime | None = None


def states_of(uow: UnitOfWork, viewer: Viewer, question: StateQuestion) -> dict[str, Any]:
    """Answer as docs/state.md says; an object that the viewer knows nothing of is one that nobody ever mentioned.

    Raises:
        InvalidIdentifier: an object's identifier is not one.
        Refusal: code `not-found` where none of them is known, `as-of-beyond-log`; `query-parameter` for too many
            objects, or none.
    """
    if not 1 <= len(question.objects) <= MOST_OBJECTS:
        raise _refused("object", str(len(question.objects)), f"1..{MOST_OBJECTS}")
    source = open_source(uow, viewer, question.as_of)
    keys, starts = known_objects(uow, viewer, question.objects)
    if not starts:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": ", ".join(question.objects)})])
    graph = TraceGraph(source)
    around = load_around(graph, set(starts.values()))
    events = {event.log_index: event for node in around for event in graph.events_of(node)}
    records = {record.log_index: record for record in _read(source.events, sorted(events))}
    words = {index: words_of(record) for index, record in records.items()}
    reader = StateReader(graph=graph, words=words, at=question.at)
    states = {key: reader.state_of(node) for key, node in starts.items()}
    hidden = source.events.hidden_at(source.count_hidden(around).keys(), before=source.before)
    facts = StateFacts(
        nodes=uow.nodes.read(nodes_named_by(states.values())),
        hidden={node: len(found) for node, found in hidden.items()},
        events=events,
        records=records,
    )
    answers = [facts.lay_out(states[key]) if key in states else unknown_object(key) for key in keys]
    return {
        "at": instant(question.at),
        "as_of": source.before,
        "objects": answers,
        "events": facts.events_of(answers),
    }


def state_in(
    uow: UnitOfWork, viewer: Viewer, key: str, *, at: int, as_of: int | datetime | None
) -> dict[str, Any] | None:
    """Give one object's state beside its trace; None where the viewer sees no more of it than public fields.

    Raises:
        InvalidIdentifier, Refusal: as `states_of`.
    """
    _, known = known_objects(uow, viewer, [key])
    if not known:
        return None
    (state,) = states_of(uow, viewer, StateQuestion(objects=(key,), at=at, as_of=as_of))["objects"]
    return dict(state)


def read_at(text: str | None, *, now: int) -> int:
    """Read the instant of a question; without one it is now.

    Raises:
        Refusal: code `query-parameter`.
    """
    if text is None:
        return now
    found = None if text.isdigit() else read_as_of(text)
    if not isinstance(found, datetime):
        raise _refused("at", text, "2026-03-04T05:06:07Z")
    return microseconds(found)


def _read(events: VisibleEvents, indexes: list[int]) -> Iterable[StoredEvent]:
    for start in range(0, len(indexes), _AT_ONCE):
        yield from events.records(indexes[start : start + _AT_ONCE])


def _refused(name: str, found: str, expected: str) -> Refusal:
    values: Mapping[str, object] = {"name": name, "found": found, "expected": expected}
    return Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
