"""The ends of an event: what the graph stores of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from builders.events import (
    ABSENT,
    CHEESE,
    CHEESE_LOT,
    CREAM_LOT,
    DAIRY,
    DAIRY_COMPANY,
    MILK_LOT,
    PALLET,
    RIPENING_ROOM,
    SHOP,
    SHOP_COMPANY,
    a_transaction_event,
    a_transformation_event,
    an_aggregation_event,
    an_association_event,
    an_object_event,
)
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.record import End, NodeKind, Role
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.identifiers import canonical_key


def ends(event):
    return ends_of(read_event(event).event)


def key(uri):
    return canonical_key(uri)


def test_a_lot_is_an_end_with_its_quantity_and_the_place_comes_last():
    assert ends(an_object_event()) == (
        End(Role.OBJECT, key(MILK_LOT), NodeKind.LOT, Decimal(1200), "LTR"),
        End(Role.READ_POINT, key(DAIRY), NodeKind.LOCATION),
    )


def test_a_transformation_has_one_end_for_each_input_and_output():
    found = [(end.role, end.key, end.quantity) for end in ends(a_transformation_event())]
    assert found == [
        (Role.INPUT, key(MILK_LOT), Decimal(1000)),
        (Role.INPUT, key(CREAM_LOT), Decimal("12.5")),
        (Role.OUTPUT, key(CHEESE_LOT), Decimal("96.4")),
        (Role.READ_POINT, key(DAIRY), None),
        (Role.BIZ_LOCATION, key(RIPENING_ROOM), None),
    ]


def test_a_pallet_is_the_parent_of_its_items_and_lots():
    roles = {end.key: (end.role, end.kind) for end in ends(an_aggregation_event(readPoint=ABSENT))}
    assert roles == {
        key(PALLET): (Role.PARENT, NodeKind.LOGISTIC_UNIT),
        key(CHEESE.format(serial=1)): (Role.CHILD, NodeKind.ITEM),
        key(CHEESE.format(serial=2)): (Role.CHILD, NodeKind.ITEM),
        key(CHEESE_LOT): (Role.CHILD, NodeKind.LOT),
    }


def test_an_assembly_is_the_parent_of_its_parts():
    roles = [end.role for end in ends(an_association_event(readPoint=ABSENT))]
    assert roles == [Role.PARENT, Role.CHILD]


def test_a_transaction_names_its_objects_and_parties_but_not_its_documents():
    assert [(end.role, end.key) for end in ends(a_transaction_event(readPoint=ABSENT))] == [
        (Role.OBJECT, key(PALLET)),
        (Role.SOURCE_OWNING_PARTY, key(DAIRY_COMPANY)),
        (Role.DESTINATION_OWNING_PARTY, key(SHOP_COMPANY)),
    ]


@pytest.mark.parametrize(
    ("kind", "giver", "taker"),
    [
        ("possessing_party", Role.SOURCE_POSSESSING_PARTY, Role.DESTINATION_POSSESSING_PARTY),
        ("location", Role.SOURCE_LOCATION, Role.DESTINATION_LOCATION),
        ("https://dairy.example/terms/agent", Role.SOURCE_OTHER, Role.DESTINATION_OTHER),
    ],
)
def test_each_type_of_source_and_destination_has_its_role(kind, giver, taker):
    event = an_object_event(
        readPoint=ABSENT,
        sourceList=[{"type": kind, "source": DAIRY}],
        destinationList=[{"type": kind, "destination": SHOP}],
    )
    assert [end.role for end in ends(event)][1:] == [giver, taker]


def test_one_item_in_two_spellings_is_one_end():
    other = canonical_key(CHEESE.format(serial=1)).replace("id.gs1.org", "dairy.example")
    event = an_object_event(epcList=[CHEESE.format(serial=1), other], quantityList=ABSENT, readPoint=ABSENT)
    assert len(ends(event)) == 1


def test_two_quantities_of_one_lot_are_two_statements():
    twice = [{"epcClass": MILK_LOT, "quantity": 5, "uom": "LTR"}] * 2
    assert len(ends(an_object_event(quantityList=twice, readPoint=ABSENT))) == 2
