"""The objects of the last events that somebody may see: what a newcomer clicks on first."""

from __future__ import annotations

from filiere_platform.domain.audience import PUBLIC_VIEW, Viewer
from filiere_platform.domain.record import NodeKind
from filiere_platform.store.unit_of_work import UnitOfWork

LOOKED_AT = 200  # records that the viewer may see
SHOWN = 12


def recent_objects(uow: UnitOfWork, viewer: Viewer) -> list[str]:
    """Give the canonical keys of some objects of the last visible events, the latest first.

    Looks at the last grants of the viewer, mandates included, and not at the end of the log: what others record moves
    nothing here.
    """
    events, views = uow.events.visible_to(viewer), uow.views.seen_by(viewer)
    touched = events.objects_of(uow.grants.latest(events.audiences, LOOKED_AT))
    uow.events.note_shown(viewer, touched)
    touched |= views.objects_of(uow.grants.latest((PUBLIC_VIEW,), LOOKED_AT))
    rows = uow.nodes.read({node for nodes in touched.values() for node in nodes})
    found: dict[str, None] = {}
    for index in sorted(touched, reverse=True):
        for node in touched[index]:
            if NodeKind(rows[node].kind) is not NodeKind.CLASS:
                found[rows[node].key] = None
    return list(found)[:SHOWN]
