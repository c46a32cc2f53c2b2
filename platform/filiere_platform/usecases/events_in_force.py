"""Walk along the events that a query finds, without those that their senders took back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_query import FROM_THE_BEGINNING, EventQuery
from filiere_platform.domain.event_view import EventView
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.reading import read_page
from filiere_schemas.problems import Refusal


def events_in_force(
    uow: UnitOfWork, viewer: Viewer, query: EventQuery, *, most: int, too_many: Refusal, before: int | None = None
) -> Iterator[StoredEvent | EventView]:
    """Walk along what a query in the order of the log finds of what somebody may see; `before`: as the log stood then.

    Raises:
        Refusal: `too_many`, where more than `most` events are looked at.
    """
    visible, after, read = uow.events.visible_to(viewer), FROM_THE_BEGINNING, 0
    while True:
        found, next_after = read_page(uow, viewer, replace(query, after=after))
        page = [event for event in found if before is None or event.log_index < before]
        read += len(page)
        if read > most:
            raise too_many
        stored = [event.log_index for event in page if isinstance(event, StoredEvent)]
        gone = visible.taken_back_among(stored, before=before)
        for event in page:
            if isinstance(event, EventView):
                if not event.is_withdrawn:
                    yield event
            elif not event.declares_error and event.log_index not in gone:
                yield event
        if next_after is None or len(page) < len(found):
            return
        after = next_after
