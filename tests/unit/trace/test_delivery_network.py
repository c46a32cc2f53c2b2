"""Deliveries as events tell them: by the sender, by the receiver, by both, or by nobody."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.delivery_network import Delivery, deliveries_of, network_of
from filiere_platform.domain.record import EventTypeCode, Role
from filiere_platform.domain.trace_end import TraceEnd
from filiere_platform.domain.traced_event import TracedEvent

LOT, PALLET = 1, 2
FARM, MILL, SHOP, MILLER = 11, 12, 13, 14
NAMES = {FARM: "farm", MILL: "mill", SHOP: "shop", MILLER: "miller"}


def event(index: int, step: str | None, at: int, *, to: int | None = None, item: int = LOT, **ends: int) -> TracedEvent:
    told = TracedEvent(
        log_index=index,
        type=EventTypeCode.OBJECT,
        action=None,
        biz_step=step,
        earliest=at,
        latest=at if to is None else to,
        member_id=index + 100,
        transformation_id=None,
    )
    for role, node in {"OBJECT": item, **ends}.items():
        told.ends[Role[role]].append(end(told, node, Role[role]))
    return told


def end(told: TracedEvent, node: int, role: Role) -> TraceEnd:
    known: dict[str, Any] = dict.fromkeys(TraceEnd._fields)
    known |= {"node_id": node, "role": role, "log_index": told.log_index, "earliest": told.earliest}
    return TraceEnd(**known | {"latest": told.latest, "member_id": told.member_id, "event_type": told.type})


def read(*events: TracedEvent) -> list[Delivery]:
    return deliveries_of(LOT, events, NAMES.__getitem__)


def ways(deliveries: list[Delivery]) -> list[tuple[str, str]]:
    return [(each.source, each.target) for each in deliveries]


def test_a_shipment_and_its_reception_are_one_delivery() -> None:
    shipped = event(1, "shipping", 10, to=11, READ_POINT=FARM, DESTINATION_LOCATION=MILL)
    received = event(2, "receiving", 20, READ_POINT=MILL, SOURCE_LOCATION=FARM)
    (found,) = read(received, shipped)
    assert (found.source, found.target, found.inferred) == ("farm", "mill", False)
    assert (found.departed, found.arrived, found.events) == ((10, 11), (20, 20), (1, 2))
    assert (found.sent_by, found.received_by) == (101, 102)


def test_who_tells_alone_tells_what_he_knows() -> None:
    shipped = event(1, "shipping", 10, SOURCE_LOCATION=FARM, DESTINATION_LOCATION=MILL)
    (found,) = read(shipped)
    assert (found.departed, found.arrived, found.received_by) == ((10, 10), (10, None), None)
    received = event(2, "receiving", 20, SOURCE_LOCATION=FARM, DESTINATION_LOCATION=MILL)
    (found,) = read(received)
    assert (found.departed, found.arrived, found.sent_by) == ((None, 20), (20, 20), None)


def test_a_lot_that_goes_to_two_places_makes_two_deliveries_each_closed_by_its_own_reception() -> None:
    events = [
        event(1, "shipping", 10, READ_POINT=FARM, DESTINATION_LOCATION=MILL),
        event(2, "shipping", 11, READ_POINT=FARM, DESTINATION_LOCATION=SHOP),
        event(3, "receiving", 20, READ_POINT=SHOP),
        event(4, "receiving", 21, READ_POINT=MILL),
    ]
    found = read(*events)
    assert {(each.source, each.target, each.events) for each in found} == {
        ("farm", "shop", (2, 3)),
        ("farm", "mill", (1, 4)),
    }


def test_where_no_site_is_named_parties_are_stations_and_a_site_that_is_met_later_closes_what_was_sent() -> None:
    shipped = event(1, "shipping", 10, SOURCE_OWNING_PARTY=FARM, DESTINATION_OWNING_PARTY=MILLER)
    assert ways(read(shipped)) == [("farm", "miller")]
    met = event(2, "receiving", 20, READ_POINT=MILL, DESTINATION_OWNING_PARTY=MILLER)
    assert ways(read(shipped, met)) == [("farm", "mill")]


def test_what_is_met_elsewhere_without_a_word_was_delivered_and_what_stays_was_not() -> None:
    made, stored = event(1, "commissioning", 10, READ_POINT=FARM), event(2, "storing", 15, BIZ_LOCATION=FARM)
    met = event(3, "inspecting", 30, READ_POINT=SHOP)
    assert read(made, stored) == []
    (found,) = read(made, stored, met)
    assert (found.source, found.target, found.inferred) == ("farm", "shop", True)
    assert (found.departed, found.arrived) == ((15, 30), (15, 30))


def test_what_came_inside_of_something_else_is_not_delivered_twice() -> None:
    made = event(1, "commissioning", 10, READ_POINT=FARM)
    unpacked = event(4, "unpacking", 40, READ_POINT=MILL)
    shipped = event(2, "shipping", 20, item=PALLET, READ_POINT=FARM, DESTINATION_LOCATION=MILL)
    events = {LOT: [made, unpacked], PALLET: [shipped]}
    assert [(each.item, each.target) for each in network_of(events, {PALLET: {LOT}}, NAMES.__getitem__)] == [
        (PALLET, "mill")
    ]
    apart = network_of(events, {}, NAMES.__getitem__)
    assert [(each.item, each.inferred) for each in apart] == [(LOT, True), (PALLET, False)]


@pytest.mark.parametrize("contents", [{LOT: {PALLET}, PALLET: {LOT}}, {LOT: {LOT}}])
def test_containers_that_claim_to_be_in_each_other_end(contents: dict[int, set[int]]) -> None:
    shipped = event(2, "shipping", 20, item=PALLET, READ_POINT=FARM, DESTINATION_LOCATION=MILL)
    assert ways(network_of({PALLET: [shipped]}, contents, NAMES.__getitem__)) == [("farm", "mill")]


PLACES = st.sampled_from([FARM, MILL, SHOP])
ENDS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("READ_POINT", "BIZ_LOCATION", "SOURCE_LOCATION", "DESTINATION_LOCATION", "SOURCE_OWNING_PARTY"), PLACES
    ),
)
TOLD = st.tuples(st.sampled_from(["shipping", "receiving", "storing", None]), st.integers(0, 50), ENDS)


@given(st.lists(TOLD, max_size=8), st.randoms())
def test_no_order_of_arrival_changes_a_delivery_and_none_leaves_a_station_for_itself(
    told: list[Any], order: Any
) -> None:
    events = [event(index, step, at, **ends) for index, (step, at, ends) in enumerate(told)]
    found = read(*events)
    order.shuffle(events)
    assert read(*events) == found
    for each in found:
        assert each.source != each.target
        assert set(each.events) <= {one.log_index for one in events}
        assert each.events
