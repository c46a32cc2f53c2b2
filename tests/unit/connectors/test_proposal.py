"""A proposed flow reads its own file: what is sure is said so, what is not is left to a person."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from builders.sheets import GOOD_ROW, HEADERS, MEMBER, Sheet, changed
from filiere_connectors.checking import check_flow
from filiere_connectors.flow import parse_flow, read_flow
from filiere_connectors.mapping import MappedEvent, map_table
from filiere_connectors.mapping_source import open_source
from filiere_connectors.proposal import Proposal, propose
from filiere_connectors.proposal_file import flow_file
from filiere_connectors.report import annotate, can_annotate, errors_csv
from filiere_connectors.sources.opening import open_table
from filiere_schemas.problems import Refusal


def proposed(sheet: Sheet, folder: Path, *, name: str = "Expéditions mars") -> tuple[Proposal, Path]:
    sheet.write(folder)
    source = (folder / f"fichier{sheet.suffix}").rename(folder / f"{name}{sheet.suffix}")
    found = propose(open_table(source), file=source.name)
    flow = folder / "flux.toml"
    kind = "csv" if sheet.suffix == ".csv" else "excel"
    flow.write_text(flow_file(found, path=source.name, source_type=kind, member=MEMBER), encoding="utf-8")
    return found, flow


def mapped(path: Path) -> list[dict[str, Any]]:
    flow = read_flow(path)
    assert [p for p in check_flow(flow, member=MEMBER) if p.level == "error"] == []
    (source,) = flow.files()
    return [
        each.event
        for each in map_table(flow, open_source(flow, source), member=MEMBER)
        if isinstance(each, MappedEvent)
    ]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_usual_file_gives_events_without_anybody_editing_the_proposal(suffix: str, tmp_path: Path) -> None:
    rows = [HEADERS, GOOD_ROW, changed(BL="BL2", Lot="F0305")]
    found, flow = proposed(Sheet(rows, suffix=suffix), tmp_path)
    assert found.kind == "shipping"
    assert {guess.header: guess.role for guess in found.guesses} == {
        "BL": "document",
        "Date": "time",
        "Client": "taker",
        "GTIN": "gtin",
        "Lot": "lot",
        "Quantité": "quantity",
        "Unité": "unit",
    }
    assert all(guess.is_sure for guess in found.guesses)
    events = mapped(flow)
    assert len(events) == 2
    assert events[0]["quantityList"][0]["quantity"] == 1200.5
    assert events[0]["destinationList"][0]["destination"].endswith("00001004100010")


def test_what_nobody_can_know_is_left_to_a_person_as_a_comment(tmp_path: Path) -> None:
    rows = [HEADERS, changed(Client="Épicerie de la Place", Unité="seau")]
    found, flow = proposed(Sheet(rows), tmp_path)
    assert found.partners == {"Épicerie de la Place": 1}
    assert found.unknown_units == {"seau": 1}
    content = flow.read_text(encoding="utf-8")
    assert '# "Épicerie de la Place" = "..."' in content
    assert tomllib.loads(content)["tables"]["unites"] == {}


def test_a_column_whose_cells_contradict_its_header_is_not_sure(tmp_path: Path) -> None:
    rows = [HEADERS, *(changed(BL=f"B{n}", GTIN=f"REF-{n}") for n in range(9))]
    found, _ = proposed(Sheet(rows), tmp_path)
    gtin = next(guess for guess in found.guesses if guess.header == "GTIN")
    assert not gtin.is_sure


def test_inputs_and_outputs_are_told_apart_by_their_headers(tmp_path: Path) -> None:
    rows = [
        ("OF", "Date", "Article MP", "Lot MP", "Qté MP (kg)", "Article fini", "Lot fini", "Qté fini (kg)"),
        ("OF1", "04/03/2026", "LAIT", "L1", "100", "TOMME", "F1", "10"),
    ]
    found, flow = proposed(Sheet(rows), tmp_path, name="Fabrication mars")
    assert found.kind == "transforming"
    (event,) = mapped(flow)
    assert event["inputQuantityList"][0] == {
        "epcClass": "urn:filiere:lot:siret:00001003300017:LAIT:L1",
        "quantity": 100,
        "uom": "KGM",
    }
    assert event["outputQuantityList"][0]["epcClass"].endswith(":TOMME:F1")


def test_a_flow_is_checked_against_its_file_and_against_its_own_examples(tmp_path: Path) -> None:
    flow = Sheet([HEADERS, GOOD_ROW]).write(tmp_path)
    text = flow.read_text(encoding="utf-8")
    flow.write_text(text.replace('"Lot"', '"Lots"'), encoding="utf-8")
    problems = check_flow(read_flow(flow), member=MEMBER)
    assert [(p.code, p.values["expected"]) for p in problems] == [("flow-unknown-column", "Lot")]

    row = dict(zip(HEADERS, GOOD_ROW, strict=True))
    content = tomllib.loads(text) | {
        "tests": [
            {"row": row, "expect": {"bizStep": "shipping", "quantityList": [{"quantity": 1200.5}]}},
            {"row": row | {"GTIN": "1"}, "expect_code": "not-an-identifier"},
        ]
    }
    assert check_flow(parse_flow(content, flow), member=MEMBER) == []
    content["tests"] = [
        {"row": row, "expect": {"bizStep": "receiving"}},
        {"row": row, "expect_code": "not-a-date"},
        {"row": row | {"Lot": ""}, "expect": {"bizStep": "shipping"}},
    ]
    failed = check_flow(parse_flow(content, flow), member=MEMBER)
    assert [(p.code, p.values["number"]) for p in failed] == [("flow-test-failed", number) for number in (1, 2, 3)]


def test_the_annotated_copy_says_each_problem_in_its_cell(tmp_path: Path) -> None:
    from filiere_connectors.mapping import RefusedRows

    flow = read_flow(Sheet([HEADERS, changed(Lot=None, Quantité=1), changed(BL=None)], suffix=".xlsx").write(tmp_path))
    (source,) = flow.files()
    problems = [
        problem
        for each in map_table(flow, open_source(flow, source), member=MEMBER)
        if isinstance(each, RefusedRows)
        for problem in each.problems
    ]
    assert can_annotate(source)
    annotate(source, problems, tmp_path / "annote.xlsx", "fr")
    sheet = openpyxl.load_workbook(tmp_path / "annote.xlsx")["Mars"]
    assert sheet["E2"].comment.text.startswith("cell-empty : La cellule est vide")
    assert sheet["A3"].comment.text.startswith("key-empty")
    assert sheet["D2"].comment is None
    assert sheet["D2"].value == "9521234000013"


def test_a_report_holds_no_formula_of_a_strangers(tmp_path: Path) -> None:
    flow = read_flow(Sheet([HEADERS, changed(GTIN="=HYPERLINK(1)")]).write(tmp_path))
    mapped_rows = map_table(flow, open_source(flow, flow.files()[0]), member=MEMBER)
    problems = [problem for each in mapped_rows for problem in getattr(each, "problems", ())]
    report = errors_csv(problems, "fr").decode("utf-8-sig")
    assert "'=HYPERLINK" in report
    assert ";=HYPERLINK" not in report


def test_no_flow_is_guessed_for_a_file_that_has_no_table(tmp_path: Path) -> None:
    path = tmp_path / "vide.csv"
    path.write_text("\n\n")
    with pytest.raises(Refusal):
        propose(open_table(path), file=path.name)
