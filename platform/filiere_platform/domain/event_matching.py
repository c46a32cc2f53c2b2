"""Whether an event, as its reader is shown it, is what a query asks for."""

from __future__ import annotations

from typing import Any

from filiere_platform.domain.candidate import ACTIONS
from filiere_platform.domain.comparison import FIRST, LAST, rank
from filiere_platform.domain.event_condition import stated_value
from filiere_platform.domain.event_query import EventQuery, Order, OrderKey
from filiere_platform.domain.event_view import EventView, read_view
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.record import EVENT_TYPE_CODES, End
from filiere_platform.domain.sealing import opened_value
from filiere_platform.domain.shown_event import ShownEvent
from filiere_platform.domain.stored_event import StoredEvent
from filiere_schemas.epcis.building import Builder
from filiere_schemas.epcis.context import Context


def shown_event(stored: StoredEvent) -> ShownEvent | None:
    """Read a stored event with the disclosures that came with it; None once its payload is erased."""
    if stored.body is None:
        return None
    value = opened_value(stored.kind, stored.body, stored.disclosures)
    context = Context(value["@context"])
    return ShownEvent(event=Builder(context).event(value), namespaces=context.prefixes)


def shown_view(view: EventView) -> ShownEvent | None:
    """Read a view; None once the event's payload is erased."""
    if view.shown is None:
        return None
    return ShownEvent(event=read_view(view), namespaces=Context(view.shown["@context"]).prefixes)


def states(shown: ShownEvent | None, query: EventQuery) -> bool:
    """Whether an event that the rows have found states what a query asks beyond them."""
    return not query.conditions or (shown is not None and all(each.holds(shown) for each in query.conditions))


def work_of(query: EventQuery, size: int) -> int:
    """Say what it takes to ask an event of so many bytes all that a query asks beyond rows."""
    return size * max(1, len(query.conditions))


def rank_of(shown: ShownEvent | None, order: Order) -> Any:
    """Give what an event has its place in an answer by; without the field that orders it, it stands at the end."""
    if order.key is OrderKey.RECORD_TIME:
        return None
    if order.key is OrderKey.EVENT_TIME and shown is not None:
        return microseconds(shown.event.event_time.earliest)
    value = None if shown is None or order.field is None else stated_value(shown, order.field)
    if value is not None:
        return rank(value)
    return FIRST if order.descending else LAST


def meets(view: EventView, query: EventQuery) -> bool:
    """Whether a view, and not the event behind it, is what a query asks for; pages and storage times aside."""
    shown = shown_view(view)
    if shown is None or query.declares_error:  # of a declaration of error there is no view
        return False
    event = shown.event
    return (
        _is_any(EVENT_TYPE_CODES[event.type], query.event_types)
        and _is_any(None if event.action is None else ACTIONS[event.action], query.actions)
        and _is_any(event.biz_step, query.biz_steps)
        and _is_any(event.disposition, query.dispositions)
        and _is_any(view.event_id, query.event_ids)
        and _is_any(event.transformation_id, query.transformation_ids)
        and (query.event_from is None or microseconds(event.event_time.latest) >= query.event_from)
        and (query.event_before is None or microseconds(event.event_time.earliest) < query.event_before)
        and _touches(ends_of(event), query)
        and states(shown, query)
    )


def _is_any(found: object, wanted: tuple[object, ...]) -> bool:
    return not wanted or found in wanted


def _touches(ends: tuple[End, ...], query: EventQuery) -> bool:
    return all(any(end.role in roles and end.key in keys for end in ends) for roles, keys in query.matches)
