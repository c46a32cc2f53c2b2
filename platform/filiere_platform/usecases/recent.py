"""The objects of the last events that somebody may see: what a newcomer clicks on first."""

from __future__ import annotations

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import NodeKind
from filiere_platform.store.unit_of_work import UnitOfWork

LOOKED_AT = 200  # records at the end of the log
SHOWN = 12


def recent_objects(uow: UnitOfWork, viewer: Viewer) -> list[str]:
    """Give the canonical keys of some objects of the last visible events, the latest first.

    Looks at the end of the log alone: where others are busy, a member's own last events may lie further back.
    """
    size = uow.log.head().size
    query = EventQuery(after=max(-1, size - LOOKED_AT - 1), limit=LOOKED_AT)
    events, views = uow.events.visible_to(viewer), uow.views.seen_by(viewer)
    touched = events.objects_of([event.log_index for event in events.find(query)])
    touched |= views.objects_of([view.log_index for view in views.find(query)])
    rows = uow.nodes.read({node for nodes in touched.values() for node in nodes})
    found: dict[str, None] = {}
    for index in sorted(touched, reverse=True):
        for node in touched[index]:
            if NodeKind(rows[node].kind) is not NodeKind.CLASS:
                found[rows[node].key] = None
    return list(found)[:SHOWN]
