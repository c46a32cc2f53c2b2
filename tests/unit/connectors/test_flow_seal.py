"""A flow seals what it names, in the way it says, and nothing that a trace rests on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from builders.events import ABSENT, an_object_event
from filiere_connectors.checking import check_flow
from filiere_connectors.flow import Flow, parse_flow
from filiere_connectors.flow_seal import open_content, seal_event, sealed_fields
from filiere_connectors.flow_section import InvalidFlow
from filiere_schemas.epcis.identity import content_sha256
from filiere_schemas.provenance.disclosures import unseal
from filiere_schemas.sectors.sealable import Sealable

BASE = """
[source]
path = "absent-*.csv"
key = ["A"]
[event]
kind = "{kind}"
time = {{ column = "D", as = "date" }}
[seal]
{seal}
"""
EVENT = an_object_event(
    bizTransactionList=[{"type": "po", "bizTransaction": "urn:po:1"}], ilmd={"ex:price": "1.20", "ex:a/b": 1}
)


def a_flow(seal: str, kind: str = "creating") -> Flow:
    return parse_flow(tomllib.loads(BASE.format(kind=kind, seal=seal)), Path("flows/f.toml"))


def refusal_of(seal: str, kind: str = "creating") -> tuple[str, str]:
    with pytest.raises(InvalidFlow) as caught:
        a_flow(seal, kind)
    problem = caught.value.problems[0]
    return problem.code, str(problem.values["key"])


@pytest.mark.parametrize(
    ("kind", "line", "pattern"),
    [
        ("creating", 'items.quantity = "keep"', "/quantityList/*/quantity"),
        ("creating", 'items.unit = "keep"', "/quantityList/*/uom"),
        ("packing", 'items.quantity = "keep"', "/childQuantityList/*/quantity"),
        ("transforming", 'inputs.quantity = "keep"', "/inputQuantityList/*/quantity"),
        ("transforming", 'outputs.unit = "keep"', "/outputQuantityList/*/uom"),
        ("creating", 'documents = "keep"', "/bizTransactionList"),
        ("creating", 'ilmd = "keep"', "/ilmd"),
        ("creating", 'ilmd."ex:a/b" = "keep"', "/ilmd/ex:a~1b"),
        ("creating", '"/sensorElementList" = "keep"', "/sensorElementList"),
    ],
)
def test_a_field_is_named_as_the_flow_names_it_or_by_its_pointer(kind: str, line: str, pattern: str) -> None:
    (found,) = a_flow(line, kind).seals
    assert (found.pattern, found.mode) == (pattern, "keep")


@pytest.mark.parametrize(
    ("kind", "line", "code", "key"),
    [
        ("creating", 'items.lot = "keep"', "flow-unknown-key", "seal.items.lot"),
        ("creating", 'inputs.quantity = "keep"', "flow-unknown-key", "seal.inputs.quantity"),
        ("creating", 'documents = "hide"', "flow-wrong-value", "seal.documents"),
        ("creating", "documents = 1", "flow-wrong-value", "seal.documents"),
        ("creating", '"/eventTime" = "keep"', "flow-never-sealed", "seal./eventTime"),
        ("creating", '"/quantityList/*/epcClass" = "keep"', "flow-never-sealed", "seal./quantityList/*/epcClass"),
        ("creating", '"/*/quantity" = "keep"', "flow-never-sealed", "seal./*/quantity"),
        ("creating", '"/filiere:sharing" = "keep"', "flow-never-sealed", "seal./filiere:sharing"),
        ("creating", 'ilmd = "keep"\n"/ilmd/ex:price" = "send"', "flow-sealed-twice", "seal./ilmd/ex:price"),
        ("creating", 'documents = "keep"\n"/bizTransactionList" = "send"', "flow-sealed-twice", "seal.documents"),
    ],
)
def test_what_cannot_be_sealed_is_refused_by_its_name(kind: str, line: str, code: str, key: str) -> None:
    found = refusal_of(line, kind)
    assert found[0] == code
    if code != "flow-sealed-twice":
        assert found[1] == key


def test_disclosures_go_or_stay_as_the_flow_says() -> None:
    flow = a_flow('items.quantity = "keep"\nitems.unit = "keep"\ndocuments = "send"')
    sealed = seal_event(flow.seals, EVENT)
    opened = unseal(sealed.payload, sealed.sent)
    assert [each.pointer for each in opened.disclosed] == ["/bizTransactionList"]
    assert {pointer for pointer, _ in sealed.kept} == {"/quantityList/0/quantity", "/quantityList/0/uom"}
    assert opened.value["quantityList"] == [{"epcClass": EVENT["quantityList"][0]["epcClass"]}]
    whole = unseal(sealed.payload, [*sealed.sent, *(text for _, text in sealed.kept)])
    assert whole.value == EVENT


def test_an_event_without_the_field_is_signed_as_it_is() -> None:
    event = an_object_event(ilmd=ABSENT)
    sealed = seal_event(a_flow('documents = "keep"\nilmd = "send"').seals, event)
    assert (sealed.payload, sealed.sent, sealed.kept) == (event, (), ())


def test_the_id_of_a_sealed_event_tells_nothing_of_what_is_sealed() -> None:
    seals = a_flow('items.quantity = "keep"').seals

    def content(**changes: Any) -> bytes:
        event = an_object_event(**changes)
        return open_content(seals, event, content_sha256(event))

    lot = EVENT["quantityList"][0]["epcClass"]
    amounts = [{"epcClass": lot, "quantity": n, "uom": "LTR"} for n in (1200, 1, 10**6)]
    assert len({content(quantityList=[amount]) for amount in amounts}) == 1
    assert content(bizStep="shipping") != content(bizStep="receiving")
    assert open_content((), EVENT, b"as it is") == b"as it is"


def test_a_flow_that_seals_more_than_the_sector_allows_is_refused() -> None:
    flow = a_flow('items.quantity = "keep"\nilmd = "send"')
    allowed = Sealable.from_json([{"pointers": ["/quantityList/*/quantity"], "fr": "a", "en": "b"}])

    def codes(**given: Any) -> list[tuple[str, object]]:
        problems = check_flow(flow, member="urn:x", **given)
        return [(p.code, p.values["key"]) for p in problems if p.code == "flow-not-sealable"]

    assert codes(sealable=allowed) == [("flow-not-sealable", "seal.ilmd")]
    assert len(codes()) == 2, "where the instance was never asked, nothing may be sealed"


def test_the_modes_of_an_event_are_told_by_pointer() -> None:
    flow = a_flow('"/ilmd/*" = "send"')
    assert sealed_fields(flow.seals, EVENT) == {"/ilmd/ex:price": "send", "/ilmd/ex:a~1b": "send"}
