"""Files as French companies send them: each gives exactly the events, or exactly the cells and codes, stated here."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from builders.sheets import GOOD_ROW, HEADERS, MEMBER, Sheet, changed
from filiere_connectors.flow import read_flow
from filiere_connectors.mapping import MappedEvent, RefusedRows, map_table
from filiere_connectors.mapping_source import open_source
from filiere_connectors.sources.csv_file import SourceRefused
from filiere_connectors.sources.opening import open_table

LOT = "https://id.gs1.org/01/09521234000013/10/{}"
CLOCK = 'clock = {column = "Heure"}'


def mapped(sheet: Sheet, folder: Path) -> tuple[list[dict[str, Any]], list[tuple[str, str]], list[tuple[str, str]]]:
    """The events of a file, then the addresses and codes of its problems, then those of its notes."""
    flow = read_flow(sheet.write(folder))
    events, problems, notes = [], [], []
    for path in flow.files():
        for each in map_table(flow, open_source(flow, path), member=MEMBER):
            if isinstance(each, MappedEvent):
                events.append(each.event)
                notes += [(address(n.place), n.code) for n in each.notes]
            elif isinstance(each, RefusedRows):
                problems += [(address(p.place), p.code) for p in each.problems]
    return events, problems, notes


def address(place: Any) -> str:
    return f"{place.column or ''}{place.row}"


def quantities(events: list[dict[str, Any]]) -> list[tuple[str, Any, str]]:
    return [(q["epcClass"], q["quantity"], q["uom"]) for event in events for q in event["quantityList"]]


READABLE: dict[str, tuple[Sheet, list[tuple[str, Any, str]]]] = {
    "cp1252, semicolons, decimal comma": (Sheet([HEADERS, GOOD_ROW]), [(LOT.format("F0304"), 1200.5, "KGM")]),
    "UTF-8 with a mark": (Sheet([HEADERS, GOOD_ROW], encoding="utf-8-sig"), [(LOT.format("F0304"), 1200.5, "KGM")]),
    "UTF-16 from an old export": (
        Sheet([HEADERS, GOOD_ROW], encoding="utf-16"),
        [(LOT.format("F0304"), 1200.5, "KGM")],
    ),
    "tabulators": (Sheet([HEADERS, GOOD_ROW], delimiter="\t"), [(LOT.format("F0304"), 1200.5, "KGM")]),
    "a title, a date and an empty line above the headers": (
        Sheet([("Laiterie", *[""] * 6), ("Édité le 04/03/2026", *[""] * 6), [""] * 7, HEADERS, GOOD_ROW]),
        [(LOT.format("F0304"), 1200.5, "KGM")],
    ),
    "thousands with a no-break space": (
        Sheet([HEADERS, changed(Quantité="1 200,5")]),
        [(LOT.format("F0304"), 1200.5, "KGM")],
    ),
    "a GTIN and a lot that the spreadsheet made numbers": (
        Sheet([HEADERS, changed(GTIN=9521234000013, Lot=26001, Quantité=3)], suffix=".xlsx"),
        [(LOT.format("26001"), 3, "KGM")],
    ),
    "a table that begins in column C, row 4": (
        Sheet([[], [], [], HEADERS, changed(Quantité=7)], suffix=".xlsx", left=3),
        [(LOT.format("F0304"), 7, "KGM")],
    ),
    "a total row that the flow leaves out": (
        Sheet(
            [HEADERS, GOOD_ROW, ("TOTAL", "", "", "", "", "1200,5", "")],
            source='skip = [{column = "BL", starts_with = ["total"]}]',
        ),
        [(LOT.format("F0304"), 1200.5, "KGM")],
    ),
    "merged cells, filled down": (
        Sheet(
            [HEADERS, changed(Quantité=1), (None, None, None, "9521234000013", "F0305", 2, "KG")],
            suffix=".xlsx",
            merged=("A2:A3", "B2:B3", "C2:C3"),
            source='group = ["BL"]\nfill_down = ["BL", "Date", "Client"]',
        ),
        [(LOT.format("F0304"), 1, "KGM"), (LOT.format("F0305"), 2, "KGM")],
    ),
    "one lot twice in a delivery note": (
        Sheet([HEADERS, changed(Quantité="2"), changed(Quantité="3,25")], source='group = ["BL"]'),
        [(LOT.format("F0304"), 5.25, "KGM")],
    ),
}

REFUSED: dict[str, tuple[Sheet, list[tuple[str, str]]]] = {
    "a wrong check digit": (Sheet([HEADERS, changed(GTIN="9521234000014")]), [("D2", "not-an-identifier")]),
    "a GTIN in scientific notation": (Sheet([HEADERS, changed(GTIN="9,52123E+12")]), [("D2", "lost-digits")]),
    "an empty lot": (Sheet([HEADERS, changed(Lot="")]), [("E2", "cell-empty")]),
    "a lot that the spreadsheet made a date": (
        Sheet([HEADERS, changed(Lot=date(2026, 3, 4), Quantité=1)], suffix=".xlsx"),
        [("E2", "lost-digits")],
    ),
    "31 February": (Sheet([HEADERS, changed(Date="31/02/2026")]), [("B2", "not-a-date")]),
    "an American date": (Sheet([HEADERS, changed(Date="03/25/2026")]), [("B2", "not-a-date")]),
    "a quantity that could be two": (Sheet([HEADERS, changed(Quantité="1.200")]), [("F2", "ambiguous-decimal")]),
    "a quantity in words": (Sheet([HEADERS, changed(Quantité="env. 12")]), [("F2", "not-a-decimal")]),
    "a negative quantity": (Sheet([HEADERS, changed(Quantité="-3")]), [("F2", "quantity-not-positive")]),
    "a unit that no table knows": (Sheet([HEADERS, changed(Unité="caisse")]), [("G2", "look-up-miss")]),
    "a client by name": (Sheet([HEADERS, changed(Client="Carrefour Dijon")]), [("C2", "not-a-party")]),
    "a SIRET with a slip": (Sheet([HEADERS, changed(Client="00001004100011")]), [("C2", "not-an-identifier")]),
    "a formula that failed": (
        Sheet([HEADERS, changed(GTIN="#N/A", Quantité=1)], suffix=".xlsx"),
        [("D2", "cell-is-error")],
    ),
    "a total row that nobody announced": (
        Sheet([HEADERS, GOOD_ROW, ("Total", "", "", "", "", "1200,5", "")]),
        [("A3", "row-looks-like-total")],
    ),
    "a key twice": (Sheet([HEADERS, GOOD_ROW, changed(Lot="F0305")]), [("A3", "key-twice")]),
    "no key": (Sheet([HEADERS, changed(BL="")]), [("A2", "key-empty")]),
    "a semicolon too many": (Sheet([HEADERS, (*GOOD_ROW, "oups")]), [("2", "row-ragged")]),
    "rows of one note that disagree": (
        Sheet([HEADERS, GOOD_ROW, changed(Date="05/03/2026", Lot="F0305")], source='group = ["BL"]'),
        [("B3", "rows-disagree")],
    ),
    "a column that somebody renamed": (
        Sheet([("BL", "Date", "Client", "GTIN", "Lots", "Quantité", "Unité"), GOOD_ROW]),
        [("2", "column-absent")],
    ),
    "everything at once": (
        Sheet([HEADERS, ("BL9", "hier", "Machin", "123", "", "beaucoup", "caisse")]),
        [
            ("B2", "not-a-date"),
            ("D2", "not-an-identifier"),
            ("E2", "cell-empty"),
            ("F2", "not-a-decimal"),
            ("C2", "not-a-party"),
        ],
    ),
    "an hour that does not exist": (
        Sheet([(*HEADERS, "Heure"), (*changed(Date="29/03/2026"), "02:30")], event=CLOCK),
        [("B2", "time-absent")],
    ),
}

UNREADABLE: dict[str, tuple[bytes, str, str]] = {
    "a workbook that is named .csv": (b"PK\x03\x04rest", ".csv", "source-is-other"),
    "a CSV that is named .xlsx": (b"BL;Date\r\n1;2\r\n", ".xlsx", "source-is-other"),
    "a protected workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xlsx", "source-protected"),
    "an empty file": (b"", ".csv", "source-no-header"),
    "half a workbook": (b"PK\x03\x04" + bytes(40), ".xlsx", "source-unreadable"),
}


@pytest.mark.parametrize("name", READABLE)
def test_what_a_person_reads_without_doubt_is_read(name: str, tmp_path: Path) -> None:
    sheet, expected = READABLE[name]
    events, problems, _ = mapped(sheet, tmp_path)
    assert problems == []
    assert quantities(events) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_be_wrong_is_refused_at_its_cell(name: str, tmp_path: Path) -> None:
    sheet, expected = REFUSED[name]
    _, problems, _ = mapped(sheet, tmp_path)
    assert problems == expected


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_is_something_else_is_refused_as_a_whole(name: str, tmp_path: Path) -> None:
    content, suffix, code = UNREADABLE[name]
    flow = read_flow(Sheet([HEADERS], suffix=suffix).write(tmp_path))
    (tmp_path / f"fichier{suffix}").write_bytes(content)
    with pytest.raises(SourceRefused) as refused:
        list(map_table(flow, open_source(flow, flow.files()[0]), member=MEMBER))
    assert [problem.code for problem in refused.value.problems] == [code]


def test_a_day_stays_a_day_and_a_minute_a_minute(tmp_path: Path) -> None:
    rows = [(*HEADERS, "Heure"), (*changed(BL="1"), ""), (*changed(BL="2"), "14h05"), (*changed(BL="3"), "14:05:30")]
    events, problems, _ = mapped(Sheet(rows, event='clock = {column = "Heure", optional = true}'), tmp_path)
    assert problems == []
    assert [(event["eventTime"], event["filiere:eventTimePrecision"]) for event in events] == [
        ("2026-03-04T00:00:00+01:00", "day"),
        ("2026-03-04T14:05:00+01:00", "minute"),
        ("2026-03-04T14:05:30+01:00", "second"),
    ]


def test_a_midnight_that_calamine_makes_a_date_is_known_to_the_day(tmp_path: Path) -> None:
    rows = [HEADERS, changed(Date=datetime(2026, 7, 1), Quantité=1)]  # noqa: DTZ001 - a cell has no zone
    events, _, _ = mapped(Sheet(rows, suffix=".xlsx", formats={"B2": "dd/mm/yyyy"}), tmp_path)
    assert events[0]["eventTime"] == "2026-07-01T00:00:00+02:00"
    assert events[0]["filiere:eventTimePrecision"] == "day"


def test_an_hour_that_came_twice_is_known_to_the_day_and_said(tmp_path: Path) -> None:
    rows = [(*HEADERS, "Heure"), (*changed(Date="25/10/2026"), "02:30")]
    events, problems, notes = mapped(Sheet(rows, event=CLOCK), tmp_path)
    assert problems == []
    assert events[0]["filiere:eventTimePrecision"] == "day"
    assert notes == [("B2", "time-ambiguous")]


def test_zeros_that_a_number_lost_come_back_where_the_check_digit_holds(tmp_path: Path) -> None:
    # 00012345678905 typed as a number is 12345678905: eleven digits, which no GTIN has.
    rows = [HEADERS, changed(GTIN=12345678905, Quantité=1)]
    events, problems, notes = mapped(Sheet(rows, suffix=".xlsx"), tmp_path)
    assert problems == []
    assert events[0]["quantityList"][0]["epcClass"].startswith("https://id.gs1.org/01/00012345678905/")
    assert notes == [("D2", "digits-restored")]


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_file_that_another_program_holds_open_is_not_said_to_be_absent(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel locks what it shows on Windows; here the operating system's answer is played."""
    path = tmp_path / name
    path.write_bytes(b"A;B\n1;2\n")

    def locked(*_: object, **__: object) -> None:
        raise PermissionError(13, "used by another process")

    monkeypatch.setattr(Path, "open", locked)
    with pytest.raises(SourceRefused) as refused:
        open_table(path).layout  # noqa: B018 - reading is what fails
    assert [problem.code for problem in refused.value.problems] == ["source-locked"]
