"""From where to where an event moves its objects: sources and destinations first, else the places it names.

Nothing is made up: a side that the event does not name stays open, and an event that names one place alone shows
where its objects were, which is no movement.
"""

from __future__ import annotations

from collections.abc import Iterator

from filiere_platform.domain.record import Role
from filiere_platform.domain.traced_event import TracedEvent

# What is handed over, by pairs of one type. Source: CBV 2.0, source/destination types.
TRANSFERS = (
    (Role.SOURCE_LOCATION, Role.DESTINATION_LOCATION),
    (Role.SOURCE_POSSESSING_PARTY, Role.DESTINATION_POSSESSING_PARTY),
    (Role.SOURCE_OWNING_PARTY, Role.DESTINATION_OWNING_PARTY),
    (Role.SOURCE_OTHER, Role.DESTINATION_OTHER),
)

# Places by node, None where the event leaves a side open; at least one side is named.
Move = tuple[int | None, int | None]


def moves_of(event: TracedEvent) -> list[Move]:
    """Name the moves of an event, each once."""
    if max(event.ends, default=0) < Role.READ_POINT:
        return []
    transfers = dict.fromkeys(_transfers(event))
    if transfers:
        return list(transfers)
    # The read point is where the objects were, the business location where they are taken to be from then on.
    # Source: EPCIS 2.0, 7.3.5.
    seen, stays = _first(event, Role.READ_POINT), _first(event, Role.BIZ_LOCATION)
    return [(seen, stays)] if seen is not None and stays is not None and seen != stays else []


def places_of(event: TracedEvent) -> list[tuple[Role, int]]:
    """Name every place and party of an event with its role, each once."""
    if max(event.ends, default=0) < Role.READ_POINT:
        return []
    roles = sorted(role for role in event.ends if Role.READ_POINT <= role < Role.SHARED_WITH)
    return [(Role(role), node) for role in roles for node in event.nodes(Role(role))]


def _transfers(event: TracedEvent) -> Iterator[Move]:
    if max(event.ends, default=0) < Role.SOURCE_OWNING_PARTY:
        return  # the usual event names places alone
    for source, destination in TRANSFERS:
        givers: list[int | None] = [*event.nodes(source)]
        takers: list[int | None] = [*event.nodes(destination)]
        if givers or takers:
            yield from ((giver, taker) for giver in givers or [None] for taker in takers or [None])


def _first(event: TracedEvent, role: Role) -> int | None:
    return next(iter(event.nodes(role)), None)
