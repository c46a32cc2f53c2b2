"""The gate of views: what somebody sees of events that are shared no further with him than their public fields.

`seen_by(viewer)` restricts every statement to records with a grant to `PUBLIC_VIEW` and none to any of the viewer's own
audiences: who is entitled to the whole sees it through `gate` and no view of it. Beyond that condition nothing is
decided by what the store knows of an event: a query is asked of the view itself, once more, and the ends of a trace are
those of the view. The rows only find candidates, by public fields alone, so that no index, count or order tells a
field that is not public.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, exists, false, not_, null, or_, select, true
from sqlmodel import Session

from filiere_platform.domain.audience import PUBLIC_VIEW, Viewer
from filiere_platform.domain.candidate import ACTIONS
from filiere_platform.domain.event_matching import meets, rank_of, shown_view, work_of
from filiere_platform.domain.event_query import FROM_THE_BEGINNING, EventQuery, OrderKey
from filiere_platform.domain.event_view import EventView, project, read_view
from filiere_platform.domain.event_walk import MOST_LOOKED_AT, Looked, Place, Walk, ranked, walk
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.record import EVENT_TYPE_CODES, KINDS_BY_CODE, Role
from filiere_platform.domain.trace_end import VIEWED, TraceEnd
from filiere_platform.domain.view_query import asked_of_rows
from filiere_platform.store.column_types import one_of
from filiere_platform.store.event_conditions import conditions_of, ends_asked, from_first_stored, windows_of
from filiere_platform.store.event_gate import EventGate
from filiere_platform.store.gate import declared_erroneous
from filiere_platform.store.tables import EDGE, EVENT, GRANT, NODE, RECORD
from filiere_schemas.epcis.event import Event
from filiere_schemas.sectors.public_fields import PublicFields
from filiere_schemas.sectors.sector_policies import SectorPolicies

_VIEWED = (
    RECORD.c.log_index,
    RECORD.c.kind,
    RECORD.c.stored_at,
    RECORD.c.body,
    EVENT.c.member_id,
    EVENT.c.event_id,
)


class ViewGate:
    """Stands before the views of one transaction."""

    def __init__(self, session: Session, gate: EventGate, policies: Callable[[], SectorPolicies]) -> None:
        """Open it; `policies` are the sector's, whose public fields a view has."""
        self._session = session
        self._gate = gate
        self._policies = policies

    def seen_by(self, viewer: Viewer) -> VisibleViews:
        """Open the gate for a viewer."""
        audiences = None if viewer.operator else self._gate.audiences_of(viewer)
        return VisibleViews(self._session, audiences, self._policies)

    def shared(self) -> VisibleViews:
        """Give the views of who is entitled to nothing: what the relay hands to everybody who sees no more."""
        return VisibleViews(self._session, (), self._policies)


class VisibleViews:
    """The events of which one viewer sees the public fields, and no more."""

    def __init__(
        self, session: Session, audiences: tuple[int, ...] | None, policies: Callable[[], SectorPolicies]
    ) -> None:
        """Open the gate for who belongs to some audiences; None: who sees everything, and so no views."""
        self._session = session
        self._audiences = audiences
        self._policies = policies

    def find(self, query: EventQuery) -> list[EventView]:
        """Find views that meet a query, in log order, one page of them."""
        behind = None if query.after == FROM_THE_BEGINNING else Place(None, query.after)
        return self.views([place.log_index for place in self.walk(query, query.limit, behind).found])

    def walk(self, query: EventQuery, limit: int, behind: Place | None = None) -> Walk:
        """Find so many views from a place on, in the order that a query asks for.

        Raises:
            Refusal: code `query-reads-too-much`.
        """
        query = from_first_stored(self._session, replace(query, after=FROM_THE_BEGINNING))
        rows = asked_of_rows(query, self._fields()) if self._are_any else None
        ends = None if rows is None else ends_asked(self._session, rows)
        if rows is None or ends is None:
            return Walk(found=())
        conditions = [*conditions_of(self._session, rows, ends), or_(*windows_of(rows, true()))]
        conditions.append(not_(EVENT.c.declares_error))
        descending, ranks = query.order.descending, dict[int, Any]()

        def find(behind: Place | None, size: int) -> list[Place]:
            after, still = query.after, [*conditions]
            if behind is not None and descending:
                still.append(GRANT.c.log_index < behind.log_index)
            elif behind is not None:
                after = max(after, behind.log_index)
            # From the grants, of which there may be few, to the events: the other way would walk along the whole log.
            page = (
                select(null(), GRANT.c.log_index)
                .join_from(GRANT, EVENT, EVENT.c.log_index == GRANT.c.log_index)
                .where(GRANT.c.audience == PUBLIC_VIEW, GRANT.c.log_index > after, self._may_see(after=after), *still)
                .order_by(GRANT.c.log_index.desc() if descending else GRANT.c.log_index)
                .limit(size)
            )
            return [Place(*row) for row in self._session.execute(page).all()]

        def look(indexes: Collection[int]) -> Iterator[Looked]:
            read = {view.log_index: view for view in self.views(indexes)}
            for index in indexes:
                view = read.get(index)
                is_wanted = view is not None and meets(view, query)
                if view is not None and is_wanted:
                    ranks[index] = rank_of(shown_view(view), query.order)
                # The size of what is hidden does not count: a page would end where it tells of it.
                yield Looked(is_wanted, 0 if view is None else work_of(query, len(orjson.dumps(view.shown))))

        if query.order.key is OrderKey.RECORD_TIME:
            return walk(find, look, limit, behind)
        return ranked(walk(find, look, MOST_LOOKED_AT, None), ranks, limit, behind, descending=descending)

    def among(self, query: EventQuery, indexes: Collection[int]) -> list[EventView]:
        """Give the views at some log indexes that meet a query, in log order; its page does not count."""
        first = 0 if query.record_from is None else query.record_from
        return [
            view
            for view in self.views(indexes)
            if view.stored_at >= first
            and (query.record_before is None or view.stored_at < query.record_before)
            and meets(view, query)
        ]

    def view(self, log_index: int) -> EventView | None:
        """Give the view at a log index; None where there is none for this viewer."""
        return next(iter(self.views([log_index])), None)

    def views(self, indexes: Collection[int]) -> list[EventView]:
        """Give the views at some log indexes, in log order; declarations of error have none."""
        if not indexes or not self._are_any:
            return []
        fields = self._fields()
        if not fields:
            return []
        by_key = and_(one_of(RECORD.c.log_index, indexes), one_of(EVENT.c.log_index, indexes))
        chosen = (
            select(*_VIEWED)
            .join_from(RECORD, EVENT, EVENT.c.log_index == RECORD.c.log_index)
            .where(by_key, not_(EVENT.c.declares_error), self._may_see(indexes))
            .order_by(RECORD.c.log_index)
        )
        rows = self._session.execute(chosen).all()
        gone = declared_erroneous(self._session, {row.event_id for row in rows})
        return [
            EventView(
                log_index=row.log_index,
                kind=KINDS_BY_CODE[row.kind],
                stored_at=row.stored_at,
                shown=project(KINDS_BY_CODE[row.kind], row.body, fields),
                is_withdrawn=(row.member_id, row.event_id) in gone,
            )
            for row in rows
        ]

    def by_event_id(self, event_id: str) -> list[EventView]:
        """Give the views that say an event ID, in log order."""
        chosen = select(EVENT.c.log_index).where(EVENT.c.event_id == event_id)
        views = self.views(list(self._session.execute(chosen).scalars()))
        return [view for view in views if view.event_id == event_id]

    def touching(self, node_ids: Collection[int], *, before: int | None = None) -> list[EventView]:
        """Give the views in force that say one of some objects, in log order."""
        wanted = set(node_ids)
        views = self.views(self._candidates(wanted, before))
        return [view for view in self._in_force(views, before) if self._objects(read_view(view)) & wanted]

    def ends_touching(self, node_ids: Collection[int], *, before: int | None = None) -> list[TraceEnd]:
        """Give every end of the views in force that say one of some objects, whole views in log order."""
        return [end for view in self.touching(node_ids, before=before) for end in self._ends(view)]

    def objects_of(self, indexes: Collection[int]) -> dict[int, list[int]]:
        """Give, by log index, the nodes of the objects that views say."""
        return {
            view.log_index: sorted(self._objects(read_view(view)))
            for view in self.views(indexes)
            if view.shown is not None
        }

    def _may_see(self, among: Collection[int] | None = None, *, after: int | None = None) -> ColumnElement[bool]:
        """The condition that makes this gate: a grant for the public fields, and none for the whole."""
        grant = GRANT.alias()
        granted = [grant.c.log_index == EVENT.c.log_index]
        if among is not None:
            granted.append(one_of(grant.c.log_index, among))
        if after is not None:
            granted.append(grant.c.log_index > after)
        shown = exists().where(*granted, grant.c.audience == PUBLIC_VIEW)
        if not self._audiences:
            return false() if self._audiences is None else shown
        return and_(shown, not_(exists().where(*granted, one_of(grant.c.audience, self._audiences))))

    @cached_property
    def _are_any(self) -> bool:
        """Whether anything is shared by its public fields; where nothing is, this is all that views cost."""
        shared = select(GRANT.c.log_index).where(GRANT.c.audience == PUBLIC_VIEW).limit(1)
        return self._audiences is not None and self._session.execute(shared).first() is not None

    def _fields(self) -> PublicFields:
        return self._policies().sharing.public_fields

    def _candidates(self, node_ids: Collection[int], before: int | None) -> list[int]:
        """Find what touches nodes, whether in a view or not, and is shared by its public fields."""
        if not node_ids or not self._are_any:
            return []
        touching = (
            select(EDGE.c.log_index)
            .join_from(EDGE, GRANT, GRANT.c.log_index == EDGE.c.log_index)
            .where(one_of(EDGE.c.node_id, node_ids), EDGE.c.role < Role.READ_POINT, GRANT.c.audience == PUBLIC_VIEW)
        )
        if before is not None:
            touching = touching.where(EDGE.c.log_index < before)
        return sorted(set(self._session.execute(touching).scalars()))

    def _in_force(self, views: Collection[EventView], before: int | None) -> Iterator[EventView]:
        """Leave out what is erased or (yet) taken back."""
        known = set()
        if before is not None and any(view.is_withdrawn for view in views):
            indexes = [view.log_index for view in views if view.is_withdrawn]
            rows = select(EVENT.c.log_index, EVENT.c.member_id, EVENT.c.event_id).where(
                one_of(EVENT.c.log_index, indexes)
            )
            events = self._session.execute(rows).all()
            gone = declared_erroneous(self._session, {event.event_id for event in events}, before=before)
            known = {e.log_index for e in events if (e.member_id, e.event_id) not in gone}
        for view in views:
            if view.shown is not None and (not view.is_withdrawn or view.log_index in known):
                yield view

    def _objects(self, event: Event) -> set[int]:
        return set(self._numbers([end.key for end in ends_of(event) if end.role < Role.READ_POINT]).values())

    def _numbers(self, keys: Collection[str]) -> dict[str, int]:
        chosen = select(NODE.c.key, NODE.c.node_id).where(one_of(NODE.c.key, sorted(set(keys))))
        return {row.key: row.node_id for row in self._session.execute(chosen)} if keys else {}

    def _ends(self, view: EventView) -> Iterator[TraceEnd]:
        event = read_view(view)
        ends = ends_of(event)
        nodes = self._numbers([end.key for end in ends])
        for end in (end for end in ends if end.key in nodes):  # of a lot that it names in part, nothing may be known
            yield TraceEnd(
                log_index=view.log_index,
                event_type=EVENT_TYPE_CODES[event.type],
                action=None if event.action is None else ACTIONS[event.action],
                biz_step=event.biz_step,
                earliest=microseconds(event.event_time.earliest),
                latest=microseconds(event.event_time.latest),
                member_id=VIEWED,
                role=end.role,
                node_id=nodes[end.key],
                quantity=end.quantity,
                uom=end.uom,
                transformation_id=event.transformation_id,
            )
