"""The sheets of a report hold what its events say, place by place, and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.event_strategies import JSON
from builders.reports import examples, tables
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.sectors.checked_profile import load_profile, ready_profile
from filiere_schemas.sectors.field_path import FieldPath
from filiere_schemas.sectors.judging import cte_of
from filiere_schemas.sectors.profile import Text
from filiere_schemas.sectors.profile_files import find_sector
from filiere_schemas.sectors.report import RECORD, Report, reports_of
from filiere_schemas.sectors.report_rows import ReportedEvent, ReportRows
from filiere_schemas.sectors.report_totals import Cell, Row

FOOD = find_sector("food")
REPORTS, PROFILE = reports_of(load_profile(FOOD)), ready_profile(FOOD)
WORKED = tables("food")
SENDER = "urn:example:sender"
BY_JUDGEMENT = "kde-completeness"  # tests/cli/test_report.py
A1_KEY = canonical_key("urn:epc:class:lgtin:9521001.000001.A1")
A1, B2, P1, Q2 = (f"https://id.gs1.org/01/09521001000017/10/{lot}" for lot in ("A1", "B2", "P1", "Q2"))


def amount(lot: str, quantity: float) -> dict[str, Any]:
    return {"epcClass": lot, "quantity": quantity, "uom": "KGM"}


def shipped(*lots: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "quantityList": list(lots), **more}


def work_out(report: Report, *events: dict[str, Any], lot: str | None = None) -> ReportRows:
    rows = ReportRows(report, lot)
    for index, event in enumerate(events):
        record = {"index": index, "sender": SENDER}
        rows.add(ReportedEvent({**event, RECORD: record}, cte_of(PROFILE, event), 0, index))
    return rows


def sheet_of(rows: ReportRows, name: str) -> list[dict[str, Cell]]:
    (filled,) = [each for each in rows.sheets() if each.sheet.name == name]
    names = [column.name for column in filled.sheet.columns]
    return [dict(zip(names, row, strict=True)) for row in filled.rows]


def texts(row: Row) -> list[str]:
    return ["true" if cell == (True,) else "; ".join(map(str, cell)) for cell in row]


@pytest.mark.parametrize(("report", "sheet"), list(WORKED))
def test_every_field_of_the_examples_stands_where_a_hand_would_have_put_it(report: str, sheet: str) -> None:
    rows = work_out(REPORTS[report], *examples("food"))
    (filled,) = [each for each in rows.sheets() if each.sheet.name == sheet]
    assert [[column.name for column in filled.sheet.columns], *map(texts, filled.rows)] == WORKED[report, sheet]


def test_every_sheet_of_the_food_sector_is_worked_by_hand() -> None:
    assert list(WORKED) == [
        (report.name, sheet.name)
        for report in REPORTS.values()
        if report.name != BY_JUDGEMENT
        for sheet in report.sheets
        if sheet.things is None  # tests/api/test_reports_of_things.py
    ]


def test_each_lot_of_an_event_makes_a_row_and_what_other_lists_hold_stands_whole_in_each() -> None:
    papers = [{"type": "desadv", "bizTransaction": "urn:x:1"}, {"type": "bol", "bizTransaction": "urn:x:2"}]
    event = shipped(amount(A1, 1.5), amount(B2, 2), epcList=[P1 + "/21/7"], bizTransactionList=papers)
    rows = sheet_of(work_out(REPORTS["fda-sortable"], event), "shipping")
    assert [(row["lot-code"], row["quantity"], row["document"]) for row in rows] == [
        ((A1,), (Decimal("1.5"),), ("urn:x:1", "urn:x:2")),
        ((B2,), (Decimal(2),), ("urn:x:1", "urn:x:2")),
        ((P1 + "/21/7",), (), ("urn:x:1", "urn:x:2")),
    ]


def test_an_event_without_the_lists_of_a_sheet_makes_one_row_of_what_it_says() -> None:
    (row,) = sheet_of(work_out(REPORTS["fda-sortable"], shipped(eventID="urn:x:e")), "shipping")
    assert (row["event"], row["lot-code"], row["quantity"]) == (("urn:x:e",), (), ())


def test_a_transformation_makes_a_row_for_each_input_and_each_names_what_was_made() -> None:
    event = {
        "type": "TransformationEvent",
        "bizStep": "commissioning",
        "eventID": "urn:x:e",
        "inputQuantityList": [amount(A1, 1), amount(B2, 2)],
        "outputQuantityList": [amount(P1, 3)],
    }
    rows = sheet_of(work_out(REPORTS["fda-sortable"], event), "transformation")
    assert [(row["input-lot"], row["quantity-used"], row["new-lot"]) for row in rows] == [
        ((A1,), (Decimal(1),), (P1,)),
        ((B2,), (Decimal(2),), (P1,)),
    ]


def test_rows_of_one_group_stand_together_where_the_first_of_them_stands() -> None:
    events = shipped(amount(A1, 1)), shipped(amount(B2, 2)), shipped(amount(A1, 3))
    rows = sheet_of(work_out(REPORTS["fda-sortable"], *events), "shipping")
    assert [row["quantity"] for row in rows] == [(Decimal(1),), (Decimal(3),), (Decimal(2),)]


def test_rows_are_in_the_order_of_the_time_of_their_events_whatever_order_they_come_in() -> None:
    rows = ReportRows(REPORTS["slip-931"])
    for at, index in ((2, 0), (1, 2), (1, 1)):
        rows.add(ReportedEvent(shipped(amount(A1, index + 1)), "shipping", at, index))
    assert [row["quantity"] for row in sheet_of(rows, "dispatches")] == [(Decimal(n),) for n in (2, 3, 1)]


def test_a_report_of_one_lot_has_its_rows_alone_in_whatever_form_the_lot_is_written() -> None:
    event = shipped(amount("urn:epc:class:lgtin:9521001.000001.A1", 1), amount(B2, 2))
    rows = work_out(REPORTS["fda-sortable"], event, lot=A1_KEY)
    assert [row["quantity"] for row in sheet_of(rows, "shipping")] == [(Decimal(1),)]
    assert rows.count == 1


def test_a_value_that_is_no_text_is_written_as_it_was_sent() -> None:
    event = shipped(amount(A1, 0.1)) | {"food:productDescription": {"a": [1, "é"]}, "food:tlcSource": ""}
    (row,) = sheet_of(work_out(REPORTS["fda-sortable"], event), "shipping")
    assert row["description"] == ('{"a":[1,"é"]}',)
    assert row["quantity"] == (Decimal("0.1"),)
    assert row["lot-source"] == ()


@given(
    event=st.dictionaries(st.sampled_from("abc"), JSON, max_size=3),
    tokens=st.lists(st.sampled_from("abc*"), min_size=1, max_size=3),
)
def test_a_path_gives_something_of_every_event_in_which_it_is_there(event: dict[str, Any], tokens: list[str]) -> None:
    path = FieldPath("/" + "/".join(tokens))
    values = list(path.values(event))
    assert all(value is not None and value not in ("", [], {}) for value in values)
    if path.first_wrong(event, lambda value: value is not None and value not in ("", [], {})) is None:
        assert values
    elif "*" not in tokens:
        assert not values


def test_a_report_is_told_in_both_languages() -> None:
    assert REPORTS["slip-931"].text == Text("fiche des denrées d'origine animale", "slip for food of animal origin")


def made(*inputs: dict[str, Any], out: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    both = {"inputQuantityList": list(inputs), "outputQuantityList": out}
    return {"type": "TransformationEvent", "bizStep": "commissioning", "eventID": "urn:x:e", **both, **more}


def test_a_balance_adds_what_went_in_and_out_in_one_unit_and_says_the_yield() -> None:
    event = made(amount(A1, 1.5), amount(B2, 500) | {"uom": "GRM"}, out=[amount(P1, 0.0015) | {"uom": "TNE"}])
    (row,) = sheet_of(work_out(REPORTS["mass-balance"], event), "transformations")
    assert (row["unit"], row["input"], row["output"]) == (("KGM",), (Decimal(2),), (Decimal("1.5"),))
    assert (row["difference"], row["yield"]) == ((Decimal("0.5"),), (Decimal("75.00"),))
    assert row["lots"] == (A1, B2, P1)


def test_amounts_of_different_kinds_are_never_added() -> None:
    event = made(amount(A1, 1), amount(B2, 2) | {"uom": "HLT"}, {"epcClass": Q2, "quantity": 3}, out=[])
    rows = sheet_of(work_out(REPORTS["mass-balance"], event), "transformations")
    assert [(row["unit"], row["input"], row["output"], row["yield"]) for row in rows] == [
        (("KGM",), (Decimal(1),), (), ()),
        (("LTR",), (Decimal(200),), (), ()),
        ((), (Decimal(3),), (), ()),
    ]


def test_a_yield_of_nothing_put_in_is_not_stated() -> None:
    (row,) = sheet_of(work_out(REPORTS["mass-balance"], made(amount(A1, 0), out=[amount(P1, 1)])), "transformations")
    assert (row["input"], row["output"], row["yield"]) == ((Decimal(0),), (Decimal(1),), ())


def test_the_last_count_stands_and_what_is_not_accounted_for_is_what_came_in_less_what_went() -> None:
    def counted(quantity: int) -> dict[str, Any]:
        return shipped(amount(A1, quantity)) | {"bizStep": "stock_taking"}

    received = shipped(amount(A1, 100)) | {"bizStep": "receiving"}
    events = received, counted(90), shipped(amount(A1, 60.5)), counted(30)
    (row,) = sheet_of(work_out(REPORTS["etat-chiffre"], *events), "lots")
    assert (row["received"], row["shipped"], row["on-hand"]) == ((Decimal(100),), (Decimal("60.5"),), (Decimal(30),))
    assert (row["unaccounted"], row["unaccounted-percent"]) == ((Decimal("9.5"),), (Decimal("9.50"),))
    assert (row["produced"], row["destroyed"]) == ((), ())


def test_totals_of_a_recipient_count_each_shipment_once_and_add_its_lots_exactly() -> None:
    to = {"destinationList": [{"type": "owning_party", "destination": "urn:x:shop"}]}
    events = [shipped(amount(A1, 0.1), amount(A1, 0.2), **to), shipped(amount(A1, 0.3), amount(B2, 7), **to)]
    rows = sheet_of(work_out(REPORTS["recipients"], *events), "totals")
    assert [(row["lot"], row["quantity"], row["shipments"]) for row in rows] == [
        ((A1,), (Decimal("0.6"),), (Decimal(2),)),
        ((B2,), (Decimal(7),), (Decimal(1),)),
    ]
