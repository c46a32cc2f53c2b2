"""What a query asks of the rows of events, as conditions. They select nothing: a gate adds who is looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, select, true
from sqlmodel import Session

from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.instant import MICROSECOND
from filiere_platform.domain.record import Role
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import EDGE, EVENT, LOG_HEAD, NODE, RECORD
from filiere_schemas.epcis.event_time import LONGEST_UNIT

_MOST_IN_WINDOW = 50_000  # counted in some milliseconds


class Ends(NamedTuple):
    """The ends by which one condition of a query finds events: any of the nodes in any of the roles."""

    nodes: list[int]
    roles: list[Role]

    def touching(self, *where: ColumnElement[bool]) -> Select[tuple[int]]:
        """Select the log indexes of the events that have such an end."""
        return select(EDGE.c.log_index).where(
            one_of(EDGE.c.node_id, self.nodes), one_of(EDGE.c.role, self.roles), *where
        )


def ends_asked(session: Session, query: EventQuery) -> list[Ends] | None:
    """Give the ends that a query asks for, objects first, of which each has few events; places have many.

    None where a key that must match was never mentioned by anybody.
    """
    asked = []
    for roles, keys in sorted(query.matches, key=lambda match: min(match[0])):
        nodes = list(session.execute(select(NODE.c.node_id).where(one_of(NODE.c.key, keys))).scalars())
        if not nodes:
            return None
        asked.append(Ends(nodes, sorted(roles)))
    return asked


def conditions_of(session: Session, query: EventQuery, ends: Sequence[Ends]) -> list[ColumnElement[bool]]:
    """Turn a query into conditions, of the ends that it asks for those that are given.

    Where it begins is no condition: `from_first_stored` comes first, and the caller asks behind `query.after`.
    """
    conditions: list[ColumnElement[bool]] = [one_of(column, values) for column, values in _lists(query) if values]
    if query.declares_error:
        conditions.append(EVENT.c.declares_error)
    if query.record_before is not None:
        conditions.append(EVENT.c.log_index < _first_stored(session, query.record_before))
    conditions += [EVENT.c.log_index.in_(each.touching(EDGE.c.log_index > query.after)) for each in ends]
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
        (EVENT.c.transformation_id, query.transformation_ids),
    )


def place_in_log(session: Session, query: EventQuery) -> ColumnElement[bool]:
    """Say between which log indexes the events begin that a window of time asks for, where they are not too many.

    What happened in a week is stored in a part of the log, which no planner knows: it would walk along all of it.
    """
    if query.event_from is None and query.event_before is None:
        return true()
    window = select(EVENT.c.log_index).where(*_begins_in(query)).limit(_MOST_IN_WINDOW + 1).subquery()
    among = window.c.log_index
    count, low, high = session.execute(select(func.count(), func.min(among), func.max(among))).one()
    if count > _MOST_IN_WINDOW:
        return true()
    return EVENT.c.log_index.between(low, high) if count else false()


def _begins_in(query: EventQuery) -> list[ColumnElement[bool]]:
    begins_in: list[ColumnElement[bool]] = []
    if query.event_from is not None:
        begins_in.append(EVENT.c.earliest >= query.event_from)
    if query.event_before is not None:
        begins_in.append(EVENT.c.earliest < query.event_before)
    return begins_in


def windows_of(query: EventQuery, place: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """Ask for the events that may have happened in a window of time: all but those that lie wholly outside it.

    Nearly all of them have an instant, and begin in the window. The others may have begun before it, but not longer
    before than the longest unit of time to which an event may be known; they have an index of their own. The two are
    alternatives, each for a statement of its own: of one condition for both, PostgreSQL has no idea how many events
    meet it, and would rather walk along the whole log. `place` is where in the log the first ones are.
    """
    begins_in = and_(place, *_begins_in(query))
    if query.event_from is None:
        return [begins_in]
    long = EVENT.alias()
    reaches_into = select(long.c.log_index).where(
        long.c.latest > long.c.earliest,
        long.c.latest >= query.event_from,
        long.c.earliest >= query.event_from - LONGEST_UNIT // MICROSECOND,
        long.c.earliest < query.event_from,
    )
    if query.event_before is not None:
        reaches_into = reaches_into.where(long.c.earliest < query.event_before)
    kept = reaches_into.cte("reaches_into").prefix_with("MATERIALIZED", dialect="postgresql")
    return [begins_in, EVENT.c.log_index.in_(select(kept.c.log_index))]
