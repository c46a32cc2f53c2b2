"""Hypothesis strategies: small worlds in which events meet, hide, repeat and take one another back."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from contracts.store.telling import NOW, an_event
from filiere_platform.domain.audience import ANYBODY, OPERATOR, PUBLIC, SECTOR, Viewer
from filiere_platform.domain.event_query import FROM_THE_BEGINNING, EventQuery
from filiere_platform.domain.record import ActionCode, End, EventTypeCode, NodeKind, Role

MEMBERS = (1, 2, 3)
KEYS = tuple(f"urn:lot:{n}" for n in range(5))
EVENT_IDS = tuple(f"urn:event:{n}" for n in range(8))
ROLES = (Role.OBJECT, Role.PARENT, Role.INPUT, Role.OUTPUT, Role.READ_POINT, Role.DESTINATION_OWNING_PARTY)
BIZ_STEPS = ("shipping", "receiving", None)

viewers = st.sampled_from([*(Viewer(member_id=number) for number in (*MEMBERS, 99)), ANYBODY, OPERATOR])
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=Decimal("-1e20"), max_value=Decimal("1e20"))
times = st.integers(NOW, NOW + 6)
ends = st.builds(
    End,
    st.sampled_from(ROLES),
    st.sampled_from(KEYS),
    st.just(NodeKind.LOT),
    st.none() | decimals,
    st.none() | st.just("KGM"),
    # Every field of a named tuple is drawn unless it is given: no end here has a time of its own.
    st.none(),
    st.none(),
)


@st.composite
def _events(draw: st.DrawFn) -> object:
    earliest, latest = sorted((draw(times), draw(times)))
    owner = draw(st.sampled_from(MEMBERS))
    audiences = draw(st.sets(st.sampled_from((*MEMBERS, SECTOR, PUBLIC)), max_size=2)) - {owner}
    return an_event(
        draw(st.sampled_from(EVENT_IDS)),
        member_id=owner,
        ends=draw(st.lists(ends, max_size=4)),
        audiences=sorted(audiences),
        event_type=draw(st.sampled_from(EventTypeCode)),
        action=draw(st.none() | st.sampled_from(ActionCode)),
        biz_step=draw(st.sampled_from(BIZ_STEPS)),
        earliest=earliest,
        latest=latest,
        declares_error=draw(st.booleans()) and draw(st.booleans()),
        transformation_id=draw(st.none() | st.none() | st.sampled_from(["urn:t:1", "urn:t:2"])),
    )


histories = st.lists(st.lists(_events(), min_size=1, max_size=6), min_size=2, max_size=6)


def _optional(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.just(()) | st.just(()) | st.lists(values, min_size=1, max_size=2).map(tuple)


_bounds = st.none() | st.none() | times
queries = st.builds(
    EventQuery,
    matches=_optional(
        st.tuples(
            st.sets(st.sampled_from(ROLES), min_size=1, max_size=3).map(frozenset),
            st.lists(st.sampled_from([*KEYS, "urn:lot:never"]), min_size=1, max_size=2).map(tuple),
        )
    ),
    event_types=_optional(st.sampled_from(EventTypeCode)),
    actions=_optional(st.sampled_from(ActionCode)),
    biz_steps=_optional(st.sampled_from(["shipping", "receiving", "sold"])),
    dispositions=_optional(st.sampled_from(["in_transit", "lost"])),
    event_ids=_optional(st.sampled_from(EVENT_IDS)),
    event_from=_bounds,
    event_before=_bounds,
    record_from=_bounds,
    record_before=_bounds,
    after=st.just(FROM_THE_BEGINNING) | st.integers(-1, 20),
    limit=st.integers(1, 30),
)
