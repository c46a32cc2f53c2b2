"""The parameters of a query mean the same in an address and in the `query` of a named query."""

from __future__ import annotations

from typing import Any

import pytest

from filiere_platform.domain.epcis_parameters import read_parameters, read_query_object
from filiere_schemas.problems import Refusal

PAIRS = [
    (
        [("EQ_bizStep", "shipping|urn:epcglobal:cbv:bizstep:receiving"), ("GE_eventTime", "2026-01-01T00:00:00Z")],
        {"EQ_bizStep": ["shipping", "receiving"], "GE_eventTime": "2026-01-01T00:00:00Z"},
    ),
    (
        [("MATCH_anyEPC", "urn:epc:id:sscc:3000000.0000000001")],
        {"MATCH_anyEPC": ["https://id.gs1.org/00/030000000000000014"]},
    ),
    (
        [("EQ_action", "ADD")],
        {"EQ_action": "ADD", "@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld"},
    ),
]


@pytest.mark.parametrize(("address", "written"), PAIRS)
def test_an_address_and_a_named_query_ask_the_same(address: list[tuple[str, str]], written: dict[str, Any]) -> None:
    assert read_parameters(address) == read_query_object(written)


@pytest.mark.parametrize(
    "written",
    [{"EQ_unheardOf": "x"}, {"EQ_action": []}, {"EQ_action": None}, {"EQ_action": [{}]}, {"perPage": 3}],
)
def test_a_named_query_is_refused_by_the_name_of_its_parameter(written: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        read_query_object(written)
    assert [problem.values["name"] for problem in refused.value.problems] == list(written)
