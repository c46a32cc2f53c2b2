"""Who is entitled to an event, decided from the record of the party that gives it.

An entitlement comes only from the owner's own record: the sharing mode that the owner set, and the parties that
the owner named. Nothing that a viewer declared itself entitles it to anything. One pure module, so that grants can
be recomputed with an identical result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from filiere_platform.domain.audience import PUBLIC, PUBLIC_VIEW, SECTOR, GrantCause, SharingMode
from filiere_platform.domain.record import End, Role

# The parties that an event names as its other side. A read point or business location names a place where
# something happened, not somebody to share with: a haulier's event at a customer's gate stays the haulier's.
PARTNER_ROLES = frozenset(
    {
        Role.SOURCE_OWNING_PARTY,
        Role.SOURCE_POSSESSING_PARTY,
        Role.SOURCE_LOCATION,
        Role.DESTINATION_OWNING_PARTY,
        Role.DESTINATION_POSSESSING_PARTY,
        Role.DESTINATION_LOCATION,
    }
)
# Every role in which an event names somebody who is entitled to it.
NAMING_ROLES = PARTNER_ROLES | {Role.SHARED_WITH}

# The other side first: it is shown what is sealed, and who is both is shown it too.
_NAMED = ((PARTNER_ROLES, GrantCause.NAMED_PARTNER), (frozenset({Role.SHARED_WITH}), GrantCause.NAMED_BY_OWNER))
Place = TypeVar("Place")  # a canonical key, or the number of its node

# The grounds on which a viewer is shown the sealed fields of a record that he may see, as far as their disclosures are
# here: it is his own, or its owner named him as the other side. Who sees it because it is shared with the sector or
# with everybody sees that there are sealed fields, and the signature holds for him without them.
DISCLOSING_CAUSES = frozenset({GrantCause.OWNER, GrantCause.NAMED_PARTNER})


def audiences_of(
    ends: Iterable[End], *, owner: int, mode: SharingMode, parties: Mapping[str, int]
) -> tuple[tuple[int, GrantCause], ...]:
    """Give the audiences of an event, the owner first, then in ascending order, each with its cause.

    Args:
        ends: the event's ends, of which source and destination name partners, and its owner's list everybody else.
        owner: member id of the sender.
        mode: how far the owner shares it.
        parties: canonical key of each party or site of a member, to its member id.
    """
    places: dict[Role, list[str]] = {}
    for end in ends:
        if end.role in NAMING_ROLES:
            places.setdefault(end.role, []).append(end.key)
    granted = audiences_of_places(places, owner=owner, mode=mode, parties=parties)
    others = sorted(audience for audience in granted if audience != owner)
    return tuple((audience, granted[audience]) for audience in (owner, *others))


def audiences_of_places(
    places: Mapping[Role, Iterable[Place]], *, owner: int, mode: SharingMode, parties: Mapping[Place, int]
) -> dict[int, GrantCause]:
    """Give the audiences of an event, each with its cause, from the places and parties that it names by role."""
    granted = {owner: GrantCause.OWNER}
    if mode is not SharingMode.PRIVATE:
        for roles, cause in _NAMED:
            for place in (place for role in roles for place in places.get(role, ())):
                if place in parties:
                    granted.setdefault(parties[place], cause)
    if mode is SharingMode.SECTOR:
        granted[SECTOR] = GrantCause.SECTOR_SHARING
    if mode is SharingMode.PUBLIC:
        granted[PUBLIC] = GrantCause.PUBLIC_SHARING
    if mode is SharingMode.PUBLIC_FIELDS:
        granted[PUBLIC_VIEW] = GrantCause.PUBLIC_FIELDS
    return granted
