"""Who is entitled to an event, decided from the record of the party that gives it.

An entitlement comes only from the owner's own record: the sharing mode that the owner set, and the parties that
the owner named. Nothing that a viewer declared itself entitles it to anything. One pure module, so that grants can
be recomputed with an identical result.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from filiere_platform.domain.audience import PUBLIC, SECTOR, GrantCause, SharingMode
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

# The grounds on which a viewer is shown the sealed fields of a record that he may see, as far as their disclosures are
# here: it is his own, or its owner named him as the other side. Who sees it because it is shared with the sector or
# with everybody sees that there are sealed fields, and the signature holds for him without them.
DISCLOSING_CAUSES = frozenset({GrantCause.OWNER, GrantCause.NAMED_PARTNER})


def audiences_of(
    ends: Iterable[End], *, owner: int, mode: SharingMode, parties: Mapping[str, int]
) -> tuple[tuple[int, GrantCause], ...]:
    """Give the audiences of an event, the owner first, then in ascending order, each with its cause.

    Args:
        ends: the event's ends, of which source and destination name partners.
        owner: member id of the sender.
        mode: how far the owner shares it.
        parties: canonical key of each party or site of a member, to its member id.
    """
    granted = {owner: GrantCause.OWNER}
    if mode is not SharingMode.PRIVATE:
        for end in ends:
            if end.role in PARTNER_ROLES:
                partner = parties.get(end.key)
                if partner is not None:
                    granted.setdefault(partner, GrantCause.NAMED_PARTNER)
    if mode is SharingMode.SECTOR:
        granted[SECTOR] = GrantCause.SECTOR_SHARING
    if mode is SharingMode.PUBLIC:
        granted[PUBLIC] = GrantCause.PUBLIC_SHARING
    others = sorted(audience for audience in granted if audience != owner)
    return tuple((audience, granted[audience]) for audience in (owner, *others))
