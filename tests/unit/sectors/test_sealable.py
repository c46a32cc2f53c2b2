"""What may be sealed is the sector's decision, within what no sector may allow."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.sectors.sealable import (
    NOTHING,
    InvalidSealable,
    Sealable,
    expand,
    matches,
    parse_sealable,
)
from filiere_schemas.sectors.sector_policies import sector_policies

SECTORS = sorted(
    folder.name
    for folder in files("filiere_schemas.sectors").iterdir()
    if folder.is_dir() and folder.joinpath("sealable.toml").is_file()
)
EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "quantityList": [{"epcClass": "urn:x:a", "quantity": 1}, {"epcClass": "urn:x:b", "quantity": 2, "uom": "KGM"}],
    "ilmd": {"ex:a/b~c": 1, "ex:d": [1, 2]},
    "bizTransactionList": [{"bizTransaction": "urn:po:1"}],
}


def a_list(*pointers: str) -> Sealable:
    return Sealable.from_json([{"pointers": [*pointers], "fr": "champ", "en": "field"}])


def test_there_is_a_sector_that_says_what_may_be_sealed() -> None:
    assert "food" in SECTORS


@pytest.mark.parametrize("sector", SECTORS)
def test_every_sectors_list_is_readable_and_names_each_field_once(sector: str) -> None:
    found = sector_policies(sector).sealable
    assert found.patterns
    assert len(found.patterns) == len(set(found.patterns))
    assert Sealable.from_json(found.as_json()) == found
    assert all(field.fr != field.en for field in found.fields)


@pytest.mark.parametrize("sector", ["", "nowhere", "../food", "food/../food", ".", "FOOD"])
def test_a_sector_that_says_nothing_allows_nothing(sector: str) -> None:
    assert sector_policies(sector).sealable is NOTHING
    assert not NOTHING.allows("/ilmd")
    assert not NOTHING.allows_inside("")


def test_a_star_means_one_place_or_name_and_no_more() -> None:
    allowed = a_list("/quantityList/*/quantity", "/ilmd/*")
    assert allowed.allows("/quantityList/0/quantity")
    assert allowed.allows("/quantityList/12/quantity")
    assert not allowed.allows("/quantityList/0/uom")
    assert not allowed.allows("/quantityList/quantity")
    assert allowed.allows("/ilmd/ex:price")
    assert not allowed.allows("/ilmd")
    assert not allowed.allows("/ilmd/ex:recipe/ex:salt")


def test_a_pattern_is_allowed_where_all_that_it_means_is() -> None:
    allowed = a_list("/ilmd/ex:price", "/quantityList/*/quantity")
    assert allowed.allows("/quantityList/*/quantity")
    assert not allowed.allows("/ilmd/*")


def test_an_object_may_hold_a_withheld_field_where_some_field_of_it_may_be_sealed() -> None:
    allowed = a_list("/quantityList/*/quantity", "/bizTransactionList")
    assert allowed.allows_inside("")
    assert allowed.allows_inside("/quantityList/3")
    assert not allowed.allows_inside("/ilmd")
    assert not allowed.allows_inside("/quantityList")


def test_a_pattern_finds_the_fields_of_an_event() -> None:
    assert [*expand("/quantityList/*/quantity", EVENT)] == ["/quantityList/0/quantity", "/quantityList/1/quantity"]
    assert [*expand("/quantityList/*/uom", EVENT)] == ["/quantityList/1/uom"]
    assert [*expand("/ilmd/*", EVENT)] == ["/ilmd/ex:a~1b~0c", "/ilmd/ex:d"]
    assert [*expand("/bizTransactionList", EVENT)] == ["/bizTransactionList"]
    assert [*expand("/sensorElementList", EVENT)] == []


@given(st.sampled_from(["/quantityList/*/quantity", "/quantityList/*/uom", "/ilmd/*", "/ilmd", "/bizTransactionList"]))
def test_what_a_pattern_finds_it_also_means_and_can_be_sealed(pattern: str) -> None:
    found = [*expand(pattern, EVENT)]
    assert all(matches(pattern, pointer) for pointer in found)
    seal(EVENT, found)


@pytest.mark.parametrize(
    "pointer",
    [
        *("/eventTime", "/quantityList", "/quantityList/*", "/quantityList/*/epcClass", "/quantityList/*/*", "/*"),
        *("/*/quantity", "/filiere:sharing", "/sourceList", "/sourceList/*/source", "", "ilmd"),
    ],
)
def test_no_sector_can_allow_what_is_never_sealed(pointer: str) -> None:
    with pytest.raises(InvalidSealable):
        a_list(pointer)


@pytest.mark.parametrize(
    "text",
    [
        "fields = 1",
        "[[fields]]\nfr = 'a'\nen = 'b'",
        "[[fields]]\nfr = 'a'\nen = 'b'\npointers = []",
        "[[fields]]\nfr = 'a'\nen = 'b'\npointers = '/ilmd'",
        "[[fields]]\nfr = 'a'\nen = 'b'\npointers = ['/ilmd']\nmore = 1",
        "[[fields]]\nfr = 1\nen = 'b'\npointers = ['/ilmd']",
        "other = 1",
        "[[fields",
    ],
)
def test_a_list_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidSealable):
        parse_sealable(text)
