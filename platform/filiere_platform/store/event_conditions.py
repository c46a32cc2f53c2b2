"""What a query asks of the rows of events, as conditions. They select nothing: a gate adds who is looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from filiere_platform.domain.event_query import EventQuery
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import EDGE, EVENT, LOG_HEAD, NODE, RECORD


def conditions_of(session: Session, query: EventQuery) -> list[ColumnElement[bool]] | None:
    """Turn a query into conditions; None where a key that must match was never mentioned by anybody.

    Where it begins is no condition: `from_first_stored` comes first, and the caller asks behind `query.after`.
    """
    conditions = _bounds(query)
    conditions += [one_of(column, values) for column, values in _lists(query) if values]
    if query.record_before is not None:
        conditions.append(EVENT.c.log_index < _first_stored(session, query.record_before))
    for roles, keys in query.matches:
        nodes = list(session.execute(select(NODE.c.node_id).where(one_of(NODE.c.key, keys))).scalars())
        if not nodes:
            return None
        touching = select(EDGE.c.log_index).where(
            one_of(EDGE.c.node_id, nodes), one_of(EDGE.c.role, sorted(roles)), EDGE.c.log_index > query.after
        )
        conditions.append(EVENT.c.log_index.in_(touching))
    return conditions


def from_first_stored(session: Session, query: EventQuery) -> EventQuery:
    """Say the first instant of storing as the log index that a page begins after, which each table can begin at."""
    if query.record_from is None:
        return query
    return replace(query, after=max(query.after, _first_stored(session, query.record_from) - 1), record_from=None)


def _first_stored(session: Session, instant: int) -> int:
    """Find the first log index stored at an instant or later, by halving: stored times never go back."""
    low, high = 0, int(session.execute(select(LOG_HEAD.c.size)).scalar_one())
    while low < high:
        middle = (low + high) // 2
        stored = select(RECORD.c.stored_at).where(RECORD.c.log_index == middle)
        if session.execute(stored).scalar_one() < instant:
            low = middle + 1
        else:
            high = middle
    return low


def _lists(query: EventQuery) -> Sequence[tuple[ColumnElement[Any], tuple[int, ...] | tuple[str, ...]]]:
    return (
        (EVENT.c.event_type, query.event_types),
        (EVENT.c.action, query.actions),
        (EVENT.c.biz_step, query.biz_steps),
        (EVENT.c.disposition, query.dispositions),
        (EVENT.c.event_id, query.event_ids),
    )


def _bounds(query: EventQuery) -> list[ColumnElement[bool]]:
    # An event whose time is an interval may have happened in the window unless it lies wholly outside it.
    bounds: list[ColumnElement[bool]] = []
    if query.event_from is not None:
        bounds.append(EVENT.c.latest >= query.event_from)
    if query.event_before is not None:
        bounds.append(EVENT.c.earliest < query.event_before)
    return bounds
