"""One thing in two containers at once: the second was filled, and nobody says that it left the first.

A lot lies on as many pallets as it likes; an item, or a logistic unit, in one. Who lists what is in a case as contents
of the case's pallet too says nothing wrong: the case is in the pallet.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from filiere_platform.domain.membership import Membership
from filiere_platform.domain.neighbourhood import DAY, SINGLE, Neighbourhood, Suspicion
from filiere_platform.domain.span import Sureness
from filiere_schemas.sectors.profile import Neighbour


def in_two_containers(near: Neighbourhood, rule: Neighbour) -> Iterator[Suspicion]:
    """Give the events that put a thing into a second container, which it did not leave the first for within `days`."""
    for node, key in near.keys.items():
        if near.graph.kinds[node] not in SINGLE or not near.graph.is_entangled(node):
            continue
        stays = list(near.graph.stays_of(node))
        holders = {stay.parent for stay in stays}
        if len(holders) == 1 or near.hides_any({node, *holders}):
            continue
        for one, other in combinations(stays, 2):
            since = None if _may_be_together(near, one, other) else _both_since(one, other, rule.days * DAY)
            if since is not None:
                for event in near.last([one.shown, other.shown]):
                    yield Suspicion(event, key, since, {})


def _may_be_together(near: Neighbourhood, one: Membership, other: Membership) -> bool:
    if one.parent == other.parent or one.kind is not other.kind:
        return True
    parents = {one.parent, other.parent}
    return any(
        event.parent in parents - {node} and any(end.node_id == node for end in event.contents)
        for node in parents
        for event in near.graph.events_of(node)
    )


def _both_since(one: Membership, other: Membership, patience: int) -> int | None:
    """Give from when on a thing surely is in both, if that lasts longer than some microseconds."""
    for here in one.spans:
        for there in other.spans:
            if here.sureness is there.sureness is Sureness.THROUGHOUT:
                since = max(here.lo, there.lo)
                if min(here.hi, there.hi) - since > patience:
                    return since
    return None
