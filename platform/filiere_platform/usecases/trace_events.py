"""The events behind a trace as one EPCIS document, read through the gate a few at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_document import event_document
from filiere_platform.domain.event_view import EventView
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork

_AT_ONCE: Final = 500


def events_of_answer(uow: UnitOfWork, viewer: Viewer, answer: Mapping[str, Any], *, now: int) -> Iterator[bytes]:
    """Write the events of a whole answer (`trace_object`), in the order of the log."""
    about = {name: answer[name] for name in ("object", "objects", "direction", "as_of", "cut") if name in answer}
    about["hidden_events"] = sum(node["hidden_events"] for node in answer["nodes"])
    indexes = sorted(event["index"] for event in answer["events"])
    return event_document(_read(uow, viewer, indexes), lambda: about, now=now)


def events_of_parts(
    uow: UnitOfWork, viewer: Viewer, parts: Iterator[Mapping[str, Any]], *, now: int
) -> Iterator[bytes]:
    """Write the events on which the steps of a streamed answer (`trace_parts`) rest, level by level, each once."""
    about = dict(next(parts))
    return event_document(_of_levels(uow, viewer, parts, about), lambda: about, now=now)


def _of_levels(
    uow: UnitOfWork, viewer: Viewer, parts: Iterable[Mapping[str, Any]], about: dict[str, Any]
) -> Iterator[Sequence[StoredEvent | EventView]]:
    written: set[int] = set()
    for part in parts:
        if "level" not in part:
            about["cut"] = part["cut"]
            return
        edges = part["edges"]
        met = {*edges["event"].tolist(), *(other for other in edges["other_event"] if other is not None)} - written
        written |= met
        yield from _read(uow, viewer, sorted(met))


def _read(uow: UnitOfWork, viewer: Viewer, indexes: Sequence[int]) -> Iterator[Sequence[StoredEvent | EventView]]:
    events, views = uow.events.visible_to(viewer), uow.views.seen_by(viewer)
    for start in range(0, len(indexes), _AT_ONCE):
        chosen = indexes[start : start + _AT_ONCE]
        read: list[StoredEvent | EventView] = [*events.records(chosen)]
        if len(read) < len(chosen):
            read += views.views(chosen)
            read.sort(key=lambda event: event.log_index)
        yield read
