"""What a flow says becomes EPCIS events that every reader accepts, whatever the kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_connectors.flow import parse_flow
from filiere_connectors.flow_section import InvalidFlow
from filiere_connectors.kinds import KINDS
from filiere_connectors.mapping import MappedEvent, RefusedRows, map_table
from filiere_connectors.sources.given import GivenTable
from filiere_schemas.epcis.reading import Strictness, read_event

SSCC = "395212340000000014"
GLN = "9521234000006"
MEMBER = "urn:filiere:party:siret:00001003300017"
ITEM = {"item": {"column": "Article"}, "lot": {"column": "Lot"}, "quantity": {"column": "Kg", "decimal": ","}}
ROW = {
    "N": "1",
    "Date": "04/03/2026",
    "Article": "TOMME",
    "Lot": "F0304",
    "Kg": "12,5",
    "Palette": SSCC,
}
LOT = "urn:filiere:lot:siret:00001003300017:TOMME:F0304"


def a_flow(kind: str, **event: Any) -> dict[str, Any]:
    return {
        "source": {"type": "csv", "path": "x.csv", "key": ["N"]},
        "event": {"kind": kind, "time": {"column": "Date", "as": "date"}, **event},
    }


def events_of(content: dict[str, Any], *rows: dict[str, Any]) -> list[dict[str, Any]]:
    flow = parse_flow(content, Path("flow.toml"))
    mapped = list(map_table(flow, GivenTable("x.csv", rows), member=MEMBER))
    refused = [problem.code for each in mapped if isinstance(each, RefusedRows) for problem in each.problems]
    assert refused == []
    return [each.event for each in mapped if isinstance(each, MappedEvent)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_an_event_that_the_strictest_reader_accepts(kind: str) -> None:
    lists: dict[str, Any] = {"items": [ITEM]}
    if KINDS[kind].type == "TransformationEvent":
        lists = {"inputs": [ITEM], "outputs": [ITEM | {"lot": {"template": "{Lot}-B"}}]}
    if KINDS[kind].type == "AggregationEvent":
        lists["container"] = {"column": "Palette"}
    (event,) = events_of(a_flow(kind, **lists), ROW)
    assert read_event(event, strictness=Strictness.STRICT).warnings == ()
    assert event["bizStep"] == KINDS[kind].step


def test_inputs_and_outputs_of_one_order_are_one_transformation() -> None:
    content = a_flow(
        "transforming",
        inputs=[ITEM | {"when": {"column": "Sens", "equals": "E"}}],
        outputs=[ITEM | {"when": {"column": "Sens", "equals": "S"}}],
        transformation={"column": "N"},
    )
    content["source"] = {"type": "csv", "path": "x.csv", "group": ["N"]}
    (event,) = events_of(
        content,
        ROW | {"Sens": "e", "Lot": "L1"},
        ROW | {"Sens": "E", "Lot": "L2"},
        ROW | {"Sens": "S", "Lot": "L3", "Kg": "20"},
    )
    assert [each["epcClass"].rpartition(":")[2] for each in event["inputQuantityList"]] == ["L1", "L2"]
    assert event["outputQuantityList"] == [{"epcClass": LOT.replace("F0304", "L3"), "quantity": 20}]
    assert event["transformationID"] == "urn:filiere:document:siret:00001003300017:prodorder:1"


def test_parties_places_and_documents_take_the_names_that_the_company_has() -> None:
    content = a_flow(
        "receiving",
        items=[ITEM],
        place={"value": "Quai 2"},
        to={"value": MEMBER},
        documents=[{"type": "desadv", "id": {"template": "BL-{N}"}}],
        sharing="partners",
        **{"from": {"column": "Fournisseur"}},
    )
    (event,) = events_of(content, ROW | {"Fournisseur": GLN})
    assert event["readPoint"] == {"id": "urn:filiere:site:siret:00001003300017:Quai%202"}
    assert event["sourceList"] == [{"type": "owning_party", "source": f"https://id.gs1.org/417/{GLN}"}]
    assert event["bizTransactionList"][0]["bizTransaction"].endswith(":desadv:BL-1")
    assert event["filiere:sharing"] == "partners"


def test_the_same_rows_in_another_order_of_columns_are_the_same_event() -> None:
    flow = parse_flow(a_flow("creating", items=[ITEM]), Path("flow.toml"))
    turned = dict(reversed(list(ROW.items())))
    contents = {
        each.content
        for row in (ROW, turned)
        for each in map_table(flow, GivenTable("x.csv", [row]), member=MEMBER)
        if isinstance(each, MappedEvent)
    }
    assert len(contents) == 1


# What a hurried person leaves in a cell: nothing of it may stop the program.
CELLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.sampled_from(["04/03/2026", "1 200,5", "9521234000013", "Total", "#N/A", "urn:filiere:lot:siret:1:2:3", "=1+1"]),
)


@given(rows=st.lists(st.fixed_dictionaries(dict.fromkeys(ROW, CELLS)), min_size=1, max_size=4))
def test_whatever_stands_in_cells_every_row_is_an_event_or_a_refusal(rows: list[dict[str, Any]]) -> None:
    flow = parse_flow(a_flow("creating", items=[ITEM], place={"column": "Palette", "optional": True}), Path("f.toml"))
    accounted: list[int] = []
    for each in map_table(flow, GivenTable("x.csv", rows), member=MEMBER):
        if isinstance(each, MappedEvent):
            read_event(each.event)
        if isinstance(each, MappedEvent | RefusedRows):
            accounted += [row.number for row in each.rows]
        if isinstance(each, RefusedRows):
            assert each.problems
            for problem in each.problems:
                assert problem.problem.message("fr")
                assert problem.problem.message("en")
    assert accounted == list(range(2, len(rows) + 2))


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"event": {"kind": "shiping"}}, "flow-wrong-value", "/event/kind"),
        ({"event": {"kind": "creating"}}, "flow-missing-key", "/event/time"),
        ({"sorce": {}}, "flow-unknown-key", "/sorce"),
        ({"source": {"type": "csv", "path": "x"}}, "flow-missing-key", "/source/key"),
        ({"deliver": {"batch": 10_000}}, "flow-wrong-value", "/deliver/batch"),
        ({"tables": {"unites": ["KG"]}}, "flow-wrong-value", "/tables/unites"),
        (
            {"event": {"kind": "creating", "time": {"column": "Date", "table": "nulle"}}},
            "flow-wrong-value",
            "/event/time/table",
        ),
        (
            {"event": {"kind": "creating", "time": {"column": "Date", "value": "x"}}},
            "flow-wrong-value",
            "/event/time",
        ),
    ],
)
def test_a_flow_that_does_not_hold_names_the_key(change: dict[str, Any], code: str, pointer: str) -> None:
    with pytest.raises(InvalidFlow) as refused:
        parse_flow(a_flow("creating", items=[ITEM]) | change, Path("flow.toml"))
    assert (code, pointer) in [(problem.code, problem.pointer) for problem in refused.value.problems]
