"""Events as links see them, in few words, and whole histories of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.links import LinkFact
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role

FARM, MILL, BAKER, SHOP, CARRIER, STRANGER = MEMBERS = range(11, 17)
PARTIES = {member + 100: member for member in MEMBERS}  # node of each member's party -> member
HOUR = 3_600_000_000  # microseconds
SHARED = (SharingMode.PRIVATE, SharingMode.PARTNERS, SharingMode.LINKED, SharingMode.CHAIN)


def a_fact(
    owner: int,
    event_type: EventTypeCode = EventTypeCode.OBJECT,
    *,
    objects: Mapping[Role, Iterable[int]],
    action: ActionCode | None = None,
    to: int | None = None,
    at: int = 1,
    sharing: SharingMode = SharingMode.PARTNERS,
    **changes: Any,
) -> LinkFact:
    """An event of a member, at an hour."""
    values: dict[str, Any] = {
        "log_index": 0,
        "earliest": at * HOUR,
        "latest": at * HOUR,
        "declares_error": False,
        "transformation_id": None,
    }
    return LinkFact(
        member_id=owner,
        event_type=event_type,
        action=action,
        sharing=sharing,
        objects={role: set(nodes) for role, nodes in objects.items()},
        places={} if to is None else {Role.DESTINATION_OWNING_PARTY: {to + 100}},
        **(values | changes),
    )


def a_shipment(owner: int, to: int, *nodes: int, at: int = 9, source: int | None = None, **changes: Any) -> LinkFact:
    """An observation of objects that names a destination."""
    fact = a_fact(owner, objects={Role.OBJECT: nodes}, action=ActionCode.OBSERVE, to=to, at=at, **changes)
    if source is not None:
        fact.places[Role.SOURCE_OWNING_PARTY] = {source + 100}  # type: ignore[index] - a dict, in this builder
    return fact


def packed(owner: int, container: int, *nodes: int, at: int = 2, **changes: Any) -> LinkFact:
    """Objects put into a container."""
    objects = {Role.PARENT: [container], Role.CHILD: nodes}
    return a_fact(owner, EventTypeCode.AGGREGATION, objects=objects, action=ActionCode.ADD, at=at, **changes)


@st.composite
def a_history(draw: st.DrawFn, *, most: int = 12) -> list[LinkFact]:
    """A log of few members and objects, so that everything meets; times are vague now and then."""
    return [_numbered(draw(_facts()), index) for index in range(draw(st.integers(0, most)))]


def _numbered(fact: LinkFact, index: int) -> LinkFact:
    values = {name: getattr(fact, name) for name in LinkFact.__dataclass_fields__}
    return LinkFact(**(values | {"log_index": index}))


@st.composite
def _facts(draw: st.DrawFn) -> LinkFact:
    nodes = st.integers(1, 6)
    at, vague = draw(st.integers(1, 8)), draw(st.sampled_from([0, 0, 5 * HOUR]))
    common: dict[str, Any] = {
        "at": at,
        "latest": at * HOUR + vague,
        "sharing": draw(st.sampled_from(SHARED)),
        "to": draw(st.none() | st.sampled_from(MEMBERS)),
        "declares_error": draw(st.sampled_from([False, False, False, True])),
    }
    owner = draw(st.sampled_from(MEMBERS))
    kind = draw(st.sampled_from(EventTypeCode))
    if kind is EventTypeCode.TRANSFORMATION:
        objects = {Role.INPUT: draw(st.sets(nodes, max_size=2)), Role.OUTPUT: draw(st.sets(nodes, max_size=2))}
        shared = draw(st.sampled_from([None, None, "urn:t:1"]))
        return a_fact(owner, kind, objects=objects, transformation_id=shared, **common)
    action = draw(st.sampled_from(ActionCode))
    if kind in (EventTypeCode.AGGREGATION, EventTypeCode.ASSOCIATION):
        objects = {Role.PARENT: {draw(nodes)}, Role.CHILD: draw(st.sets(nodes, max_size=2))}
    else:
        objects = {Role.OBJECT: draw(st.sets(nodes, min_size=1, max_size=2))}
    return a_fact(owner, kind, objects=objects, action=action, **common)
