"""A trace as tables and as a graph: what readers written elsewhere make of it is what the answer says."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.render.csv_rows import BYTE_ORDER_MARK, Dialect, write_csv
from filiere_platform.render.graphml import write_graphml
from filiere_platform.render.trace_forms import TraceForm, write_table
from filiere_platform.render.trace_table import (
    EDGE_COLUMNS,
    NODE_COLUMNS,
    Batch,
    TraceTable,
    table_of_answer,
)

texts = st.text(max_size=12)
COMPUTED = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1")


def node(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "lot",
        "depth": 0,
        "certainty": "certain",
        "followed": True,
        "tombstone": None,
        "hidden_events": 0,
        "quantities": {},
        **changes,
    }


def edge(source: str | None, target: str | None, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "transformed-into",
        "from": source,
        "to": target,
        "event": 7,
        "other_event": None,
        "certainty": "certain",
        "margin_seconds": None,
        "event_id": "urn:uuid:7",
        "other_event_id": None,
        "earliest": "2026-03-01T10:00:00.000Z",
        "latest": "2026-03-01T10:00:00.000Z",
        "quantity": None,
        "uom": None,
        "objects": [],
        "erasure": None,
        **changes,
    }


def an_answer(nodes: list[Any], edges: list[Any], **changes: Any) -> dict[str, Any]:
    whole = {"object": "a", "direction": "down", "as_of": 9, "places": [], "cut": None}
    return {**whole, "nodes": nodes, "edges": edges, **changes}


def graph_of(answer: dict[str, Any]) -> nx.MultiDiGraph:
    text = "".join(write_graphml(table_of_answer(answer)))
    return nx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)


def test_another_reader_finds_the_nodes_the_steps_and_the_amounts_of_the_answer() -> None:
    made = {"made": {"amounts": [{"quantity": "12.50", "uom": "KGM"}], "open": 1}}
    answer = an_answer(
        [node("a", quantities=made), node("b", depth=1, certainty="doubtful", tombstone=True, hidden_events=2)],
        [edge("a", "b", quantity="0.000000000001", uom="KGM", margin_seconds=1.5)],
        cut={"reason": "depth", "depth": 1, "remaining": 3, "directions": ["down"]},
    )
    graph = graph_of(answer)
    told = {data["key"]: data for _, data in graph.nodes(data=True)}
    assert (told["a"]["made"], told["a"]["made_uom"], told["a"]["made_open"]) == (12.5, "KGM", 1)
    assert (told["b"]["tombstone"], told["b"]["hidden_events"], told["b"]["certainty"]) == (True, 2, "doubtful")
    assert told["b"]["label"] == "b"
    ((source, target, step),) = graph.edges(data=True)
    assert (graph.nodes[source]["key"], graph.nodes[target]["key"]) == ("a", "b")
    assert (step["kind"], step["quantity"], step["margin_seconds"], step["event"]) == (
        "transformed-into",
        1e-12,
        1.5,
        7,
    )
    assert (graph.graph["cut"], graph.graph["cut_remaining"], graph.graph["hidden_events"]) == ("depth", 3, 2)


def test_a_move_with_an_open_side_leads_to_a_node_that_says_so() -> None:
    moved = [edge("p", None, kind="moved"), edge(None, "q", kind="moved")]
    places = [{"key": key, "kind": "location"} for key in "pq"]
    graph = graph_of(an_answer([node("a")], moved, places=places))
    kinds = {name: data["kind"] for name, data in graph.nodes(data=True)}
    assert sorted(kinds.values()) == ["location", "location", "lot", "unknown"]
    assert sorted((kinds[s], kinds[t]) for s, t in graph.edges()) == [("location", "unknown"), ("unknown", "location")]


def test_what_is_object_and_place_at_once_is_one_node() -> None:
    graph = graph_of(an_answer([node("a")], [], places=[{"key": "a", "kind": "location"}]))
    assert [data["kind"] for _, data in graph.nodes(data=True)] == ["lot"]


@given(st.lists(texts, min_size=1, max_size=4, unique=True), texts)
def test_no_text_of_a_sender_breaks_the_graph(keys: list[str], word: str) -> None:
    graph = graph_of(an_answer([node(key) for key in keys], [edge(key, keys[0], event_id=word) for key in keys]))
    writable = "".join(mark if _in_xml(mark) else "\ufffd" for mark in keys[0])
    assert len(graph.nodes) == len(keys)
    assert len(graph.edges) == len(keys)
    first = graph.nodes["n0"]["key"] or ""
    assert first == writable


def _in_xml(mark: str) -> bool:
    return mark in "\t\n\r" or " " <= mark <= "\ud7ff" or "\ue000" <= mark <= "\ufffd" or mark >= "\U00010000"


def read_csv(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=4), st.sampled_from(Dialect))
def test_another_reader_gets_every_text_back(rows: list[list[str]], dialect: Dialect) -> None:
    text = "".join(write_csv(["x", "y"], rows, dialect)).removeprefix(BYTE_ORDER_MARK)
    read = read_csv(text, ";" if dialect is Dialect.FR else ",")
    assert read[0] == ["x", "y"]
    assert [[cell.removeprefix("'") for cell in row] for row in read[1:]] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("text", COMPUTED)
def test_no_text_is_computed_by_a_spreadsheet(text: str, dialect: Dialect) -> None:
    _, line = write_csv(["x"], [[text]], dialect)
    assert read_csv(line) == [["'" + text]]


def test_numbers_are_no_text_and_keep_every_digit() -> None:
    row = [-3, Decimal("-0.0000001"), Decimal("1E+3"), 1e-7, True, None]
    _, line = write_csv([], [row], Dialect.RFC4180)
    assert line == "-3,-0.0000001,1000,0.0000001,true,\r\n"


def test_french_spreadsheets_read_amounts_as_numbers_and_accents_as_accents() -> None:
    header, line = write_csv(["pièce"], [[Decimal("12.5"), "a;b"]], Dialect.FR)
    assert header.encode() == b"\xef\xbb\xbfpi\xc3\xa8ce\r\n"
    assert line == '12,5;"a;b"\r\n'


def test_both_tables_have_a_column_for_everything_and_a_row_for_each() -> None:
    two = {"used": {"amounts": [{"quantity": "1", "uom": "KGM"}, {"quantity": "2", "uom": "LTR"}], "open": 1}}
    answer = an_answer(
        [node("a", quantities=two)], [edge("a", "a", objects=["x", "y"], erasure={"rule": "on-request"})]
    )
    tables = {form: read_csv("".join(_written(answer, form))) for form in (TraceForm.NODES, TraceForm.EDGES)}
    (nodes_header, nodes_row), (edges_header, edges_row) = tables.values()
    assert nodes_header == [column.name for column in NODE_COLUMNS]
    assert edges_header == [column.name for column in EDGE_COLUMNS]
    told = dict(zip(nodes_header, nodes_row, strict=True))
    assert (told["used"], told["used_uom"], told["used_open"]) == ("", "", "3")
    step = dict(zip(edges_header, edges_row, strict=True))
    assert (step["objects"], step["erased_by_rule"]) == ("x y", "on-request")


def _written(answer: dict[str, Any], form: TraceForm):
    return write_table(table_of_answer(answer), form, Dialect.RFC4180)


def test_a_table_that_was_cut_says_so_in_its_last_row() -> None:
    cut = {"reason": "nodes", "depth": 3, "remaining": 7, "directions": ["down"]}
    answer = an_answer([node("a")], [edge("a", "a")], cut=cut)
    nodes, edges = (read_csv("".join(_written(answer, form))) for form in (TraceForm.NODES, TraceForm.EDGES))
    assert [row[:3] for row in nodes[1:]] == [["a", "lot", "0"], ["nodes", "cut", "3"]]
    assert [row[:3] for row in edges[1:]] == [["transformed-into", "a", "a"], ["cut", "nodes", ""]]
    assert {len(row) for row in nodes} == {len(NODE_COLUMNS)}
    assert {len(row) for row in edges} == {len(EDGE_COLUMNS)}


def test_an_answer_is_written_as_it_comes_and_not_gathered_first() -> None:
    asked: list[int] = []

    def batches():
        for number in range(3):
            asked.append(number)
            yield Batch(nodes=[(str(number), "lot")], edges=[])

    table = TraceTable(node_columns=NODE_COLUMNS[:2], edge_columns=EDGE_COLUMNS[:3], batches=batches())
    written = write_graphml(table)
    while 'id="n0"' not in next(written):
        pass
    assert asked == [0]
    with pytest.raises(ValueError, match="no table"):
        write_table(table, TraceForm.EPCIS, Dialect.RFC4180)
