"""Which lot an event's items are of: how it is said, and what says nothing."""

from __future__ import annotations

import pytest

from builders.events import an_object_event
from builders.traces import Chain, numbered, transformed
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.record import Role
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Refusal

GTIN = "https://id.gs1.org/01/09521001000116"
OTHER_GTIN = "https://id.gs1.org/01/09521001000017"
OURS = "urn:filiere:{noun}:duns:150483782:PUMP:{number}"
ITEM, LOT = f"{GTIN}/21/7", f"{GTIN}/10/L1"
NUMBERED = {"cbvmda:lotNumber": "L1"}


def lots(**changes):
    told = an_object_event(**({"epcList": [ITEM], "quantityList": [], "ilmd": {}} | changes))
    told = {name: value for name, value in told.items() if value not in ([], {})}
    return [end.key for end in ends_of(read_event(told).event) if end.role is Role.OF_LOT]


@pytest.mark.parametrize(
    "changes",
    [
        {"ilmd": NUMBERED},
        {"epcList": [ITEM, f"{GTIN}/21/8"], "ilmd": NUMBERED},
        {"epcList": [f"https://example.org/01/09521001000116/10/L1/21/{n}" for n in (7, 8)]},
        {"quantityList": [{"epcClass": LOT, "quantity": 3}]},
        {"ilmd": {"filiere:lot": LOT}},
        {"filiere:lot": LOT, "epcList": [ITEM, "urn:example:pump:7"]},
        {"filiere:lot": LOT, "action": "OBSERVE"},
    ],
)
def test_an_event_says_it_in_each_of_these_ways(changes):
    assert lots(**changes) == [canonical_key(LOT)]


def test_a_company_without_gs1_says_it_by_its_own_numbers():
    item, lot = OURS.format(noun="item", number="7"), OURS.format(noun="lot", number="L%201")
    assert lots(epcList=[item], ilmd={"cbvmda:lotNumber": "L 1"}) == [lot]
    assert lots(epcList=[item], quantityList=[{"epcClass": lot}]) == [lot]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"epcList": [ITEM, f"{OTHER_GTIN}/21/7"], "ilmd": NUMBERED},
        {"epcList": [f"{GTIN}/10/L1/21/7", f"{GTIN}/10/L2/21/8"]},
        {"quantityList": [{"epcClass": f"{OTHER_GTIN}/10/L1"}]},
        {"quantityList": [{"epcClass": LOT}, {"epcClass": f"{GTIN}/10/L2"}]},
        {"quantityList": [{"epcClass": LOT}], "action": "OBSERVE", "bizStep": "shipping"},
        {"ilmd": {"cbvmda:lotNumber": "longer than twenty characters"}},
        {"ilmd": {"cbvmda:lotNumber": 7}},
        {"epcList": ["urn:example:pump:7"], "ilmd": NUMBERED},
        {"epcList": [], "quantityList": [{"epcClass": LOT}], "ilmd": NUMBERED},
    ],
)
def test_it_says_nothing_of_several_lots_or_products_or_of_goods_that_are_moved_together(changes):
    assert lots(**changes) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"filiere:lot": 7},
        {"filiere:lot": ITEM},
        {"filiere:lot": "no identifier"},
        {"filiere:lot": LOT, "action": "DELETE"},
    ],
)
def test_what_names_no_lot_is_refused(changes):
    with pytest.raises(Refusal, match="invalid-lot"):
        lots(**changes)


def test_what_holds_of_a_lot_holds_of_its_items_and_of_one_item_of_no_other():
    chain = Chain().tell(
        transformed("a", "lot", 5),
        numbered("item:1 item:2", "lot", 1),
        transformed("item:1", "b", 7),
    )
    assert chain.down("a") == {"a", "lot", "item:1", "item:2", "b"}
    assert chain.up("b") == {"a", "lot", "item:1", "b"}
    assert chain.down("item:1") == {"item:1", "b"}
