"""What is wrong with a filled-in workbook is told where a person finds it, and keeps back nothing but its own rows."""

from __future__ import annotations

import shutil
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

from builders.templates import fill, headings, make_template, mapped, opened
from filiere_connectors.mapping import MappedEvent, RefusedRows
from filiere_connectors.report import annotate
from filiere_connectors.sources.csv_file import SourceRefused
from filiere_schemas.sectors.profile_files import find_sector

SHIPPED = {
    "event": "1",
    "time": date(2026, 3, 4),
    "gtin": "9521234000013",
    "lot": "F0304",
    "quantity": 1200.5,
    "unit": "kg (KGM)",
    "/destinationList/type=owning_party/destination": "00001004100010",
}
BLOCKED = {"event": "7", "time": date(2026, 3, 5), "item": "TOMME", "lot": "T1", "quantity": 3, "unit": "pièce"}
RECIPIENT = "/destinationList/type=owning_party/destination"


@pytest.fixture
def book(tmp_path: Path):
    """A template of a processor, and how rows are typed into it."""
    path, plan = make_template(tmp_path, "food", "processor")

    def typed(*rows: tuple[str, dict[str, Any]]) -> Path:
        fill(path, plan, "fr", rows)
        return path

    typed.path = path
    return typed


def events(found: list[Any]) -> list[dict[str, Any]]:
    return [each.event for each in found if isinstance(each, MappedEvent)]


def refusals(found: list[Any]) -> list[tuple[str, str | None, int | None, str | None, str | None]]:
    return [
        (problem.code, problem.place.sheet, problem.place.row, problem.place.column, problem.place.header)
        for each in found
        if isinstance(each, RefusedRows)
        for problem in each.problems
    ]


def notes(found: list[Any]) -> list[tuple[str, str | None]]:
    said = [note for each in found if isinstance(each, MappedEvent) for note in each.notes]
    return [(note.problem.values.get("rule", note.code), note.place.header) for note in said]


def test_a_row_is_an_event_in_the_companys_own_words(book) -> None:
    found = mapped(book(("shipping", SHIPPED), ("blocking", BLOCKED)))
    shipped, blocked = events(found)
    assert refusals(found) == []
    assert {name: value for name, value in shipped.items() if name != "@context"} == {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "eventTime": "2026-03-04T00:00:00+01:00",
        "eventTimeZoneOffset": "+01:00",
        "filiere:eventTimePrecision": "day",
        "quantityList": [
            {"epcClass": "https://id.gs1.org/01/09521234000013/10/F0304", "quantity": 1200.5, "uom": "KGM"}
        ],
        "destinationList": [{"type": "owning_party", "destination": "urn:filiere:party:siret:00001004100010"}],
    }
    assert blocked["quantityList"] == [
        {"epcClass": "urn:filiere:lot:siret:00001003300017:TOMME:T1", "quantity": 3, "uom": "H87"}
    ]


def test_the_rows_of_one_number_are_one_event_wherever_they_stand(book) -> None:
    made = {"event": "OF 12", "time": date(2026, 3, 4), "clock": time(14, 5), "side": "entrée", "item": "LAIT"}
    place = {"/ilmd/food:productDescription": "tomme"}
    path = book(
        ("transformation", {**made, "lot": "L1", "quantity": 800, "unit": "l"}),
        ("transformation", {**made, "event": "OF 13", "lot": "L9", "quantity": 1, "unit": "l"}),
        (
            "transformation",
            {"event": "OF 12", "side": "entrée", "item": "LAIT", "lot": "L2", "quantity": 200, "unit": "l"},
        ),
        (
            "transformation",
            {
                "event": "OF 12",
                "side": "sortie",
                "item": "TOMME",
                "lot": "T1",
                "quantity": 95.5,
                "unit": "KGM",
                **place,
            },
        ),
    )
    found = mapped(path)
    (event,) = events(found)
    assert [each["epcClass"].rpartition(":")[2] for each in event["inputQuantityList"]] == ["L1", "L2"]
    assert [each["quantity"] for each in event["outputQuantityList"]] == [95.5]
    assert event["eventTime"] == "2026-03-04T14:05:00+01:00"
    assert event["ilmd"] == {"food:productDescription": "tomme"}
    # What goes in and makes nothing is no transformation, and keeps nothing else back.
    assert [code for code, *_ in refusals(found)] == ["event-invalid"]


@pytest.mark.parametrize(
    ("wrong", "code", "heading"),
    [
        ({"unit": "seau"}, "template-unknown-word", "unité"),
        ({"time": "31/02/2026"}, "not-a-date", "date"),
        ({"time": None}, "cell-empty", "date"),
        ({"quantity": "beaucoup"}, "not-a-decimal", "quantité de chaque lot"),
        ({"quantity": "1.234"}, "template-ambiguous-number", "quantité de chaque lot"),
        ({"quantity": -1}, "quantity-not-positive", "quantité de chaque lot"),
        ({"gtin": "9521234000014"}, "not-an-identifier", "GTIN"),
        ({"gtin": None}, "template-no-product", "lot"),
        ({"item": "TOMME"}, "template-named-twice", "code article"),
        ({"gtin": None, "lot": None}, "template-no-thing", "quantité de chaque lot"),
        (
            {"gtin": None, "lot": None, "id": "095210010000000420"},
            "template-quantity-of-part",
            "quantité de chaque lot",
        ),
        ({RECIPIENT: "Dupont"}, "not-a-party", "destinataire immédiat"),
        ({"/filiere:organic": "peut-être"}, "template-unknown-word", "production biologique"),
        ({"/food:dispatchDate": "demain"}, "not-a-date", "date d'expédition"),
    ],
)
def test_a_bad_cell_is_told_by_sheet_row_and_column_and_its_neighbours_go(
    book, wrong: dict[str, Any], code: str, heading: str
) -> None:
    path = book(("shipping", {**SHIPPED, **wrong}), ("shipping", {**SHIPPED, "event": "2"}), ("blocking", BLOCKED))
    sheet = opened(path)["expédition"]
    letter = sheet.cell(row=1, column=headings(sheet).index(heading) + 1).column_letter
    found = mapped(path)
    assert refusals(found) == [(code, "expédition", 4, letter, heading)]
    assert len(events(found)) == 2


def test_a_missing_column_keeps_back_its_sheet_alone(book) -> None:
    path = book(("shipping", SHIPPED), ("shipping", {**SHIPPED, "event": "2"}), ("blocking", BLOCKED))
    workbook = opened(path)
    sheet = workbook["expédition"]
    sheet.cell(row=1, column=headings(sheet).index("lot") + 1).value = "n° de lot"
    workbook.save(path)
    found = mapped(path)
    assert refusals(found) == [
        ("template-missing-column", "expédition", 4, None, None),
        ("template-missing-column", "expédition", 5, None, None),
    ]
    assert [event["bizStep"] for event in events(found)] == ["holding"]


def test_columns_may_change_places_and_others_may_stand_beside_them(book) -> None:
    path = book(("shipping", SHIPPED))
    workbook = opened(path)
    workbook["expédition"].insert_cols(3)
    workbook["expédition"]["C1"] = "à moi"
    workbook["expédition"]["C4"] = "rien"
    workbook.save(path)
    assert len(events(mapped(path))) == 1


def test_a_row_without_a_number_is_told(book) -> None:
    found = mapped(book(("shipping", {**SHIPPED, "event": None}), ("blocking", BLOCKED)))
    assert refusals(found) == [("template-no-number", "expédition", 4, "A", "n° d'événement")]
    assert len(events(found)) == 1


def test_rows_that_disagree_about_their_event_are_told(book) -> None:
    found = mapped(book(("shipping", SHIPPED), ("shipping", {**SHIPPED, "lot": "F0305", RECIPIENT: "00001003300017"})))
    assert [(code, row, header) for code, _, row, _, header in refusals(found)] == [
        ("rows-disagree", 5, "destinataire immédiat")
    ]


def test_what_was_filled_down_is_said_once(book) -> None:
    document = {"/bizTransactionList/*/type": "desadv", "/bizTransactionList/*/bizTransaction": "BL 42"}
    (event,) = events(mapped(book(*(("shipping", {**SHIPPED, **document, "lot": lot}) for lot in ("A", "B")))))
    assert event["bizTransactionList"] == [
        {"type": "desadv", "bizTransaction": "urn:filiere:document:siret:00001003300017:desadv:BL%2042"}
    ]
    assert len(event["quantityList"]) == 2


def test_a_reason_stands_for_a_value_that_is_not_known(book) -> None:
    row = {**SHIPPED, "quantity": "le fournisseur ne l'a pas donnée", "unit": None}
    found = mapped(book(("shipping", row)))
    (event,) = events(found)
    assert event["filiere:knownAbsent"] == [{"kde": "quantity", "reason": "not-given-by-supplier"}]
    assert "quantity" not in event["quantityList"][0]
    assert notes(found) == []


def test_what_a_rule_of_the_profile_asks_is_a_note_at_its_column(book) -> None:
    found = mapped(book(("shipping", {**SHIPPED, "/filiere:organic": "oui", RECIPIENT: None})))
    assert notes(found) == [
        ("shipping.next-recipient", "destinataire immédiat"),
        ("shipping.organic-certificate", "certificat biologique"),
        ("shipping.organic-operator", "numéro d'opérateur biologique"),
    ]
    (note, *_) = next(each for each in found if isinstance(each, MappedEvent)).notes
    assert "destinataire immédiat" in note.problem.message("fr")
    assert "immediate next recipient" in note.problem.message("en")


def test_rows_that_are_another_event_than_their_sheet_says_are_kept_back(tmp_path: Path) -> None:
    path, plan = make_template(tmp_path, "automotive", "supplier", language="en")
    part = {"event": "1", "time": "2026-03-04", "item": "BR-220", "/ilmd/auto:manufacturerPartId": "BR-220"}
    fill(
        path,
        plan,
        "en",
        [("part-serialised", {**part, "lot": "B7"}), ("part-serialised", {**part, "event": "2", "serial": "S1"})],
    )
    found = mapped(path)
    assert [code for code, *_ in refusals(found)] == ["template-other-event"]
    assert [event["epcList"] for event in events(found)] == [["urn:filiere:item:siret:00001003300017:BR-220:S1"]]


def test_a_text_that_was_kept_from_being_computed_comes_back_as_it_was(tmp_path: Path) -> None:
    path, plan = make_template(tmp_path, "food", "farmer")
    row = {
        "event": "1",
        "time": date(2026, 3, 4),
        "item": "POMME",
        "lot": "P1",
        "/food:businessPhone": "+33 4 00 00 00 00",
    }
    fill(path, plan, "fr", [("harvesting", row)])
    (event,) = events(mapped(path))
    assert event["food:businessPhone"] == "+33 4 00 00 00 00"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"type": "Point", "coordinates": [6.1, 45.9]}', []),
        ('{"type": "Point", "coordinates": [1e999, 45.9]}', ["template-not-json"]),
        ('{"type": "Point", "coordinates": [6.1, 45.9]', ["template-not-json"]),
    ],
)
def test_what_a_program_draws_is_pasted_as_json(tmp_path: Path, text: str, told: list[str]) -> None:
    path, plan = make_template(tmp_path, "food", "farmer")
    plot = {"/ilmd/food:plots/*/food:geometry": text, "/ilmd/food:plots/*/food:area": 1.5}
    row = {"event": "1", "time": date(2026, 3, 4), "item": "CACAO", "lot": "C1", **plot}
    fill(path, plan, "fr", [("harvesting", row)])
    found = mapped(path)
    assert [code for code, *_ in refusals(found)] == told
    if not told:
        geometry = {"type": "Point", "coordinates": [6.1, 45.9]}
        assert events(found)[0]["ilmd"]["food:plots"] == [{"food:geometry": geometry, "food:area": 1.5}]


MORE = """
[[cte]]
name = "melt"
type = "ObjectEvent"
actions = ["ADD"]
steps = ["commissioning"]
roles = ["mill"]
fr = "coulée"
en = "melt"
kde = [
  { name = "things", paths = ["/quantityList"], fr = "lots", en = "lots" },
  { name = "where", paths = ["/readPoint"], fr = "four", en = "furnace" },
  { name = "certificate", paths = ["/bizTransactionList/type=cert"], fr = "certificat", en = "certificate" },
  { name = "papers", paths = ["/bizTransactionList"], fr = "papiers", en = "papers" },
  { name = "heat", paths = ["/sensorElementList/*/sensorReport"], fr = "mesures", en = "measures" },
  { name = "shape", paths = ["/ilmd/aero:shape/aero:length"], fr = "longueur", en = "length" },
  { name = "shaped", paths = ["/ilmd/aero:shape"], fr = "forme", en = "shape" },
]
"""


def test_a_path_that_ends_early_is_written_where_a_person_has_something_to_say(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(str(find_sector("aeronautics")), own / "metals")
    for name in ("ctes.toml", "checks.toml", "counters.toml", "machines.toml"):
        (own / "metals" / name).unlink()
    shutil.rmtree(own / "metals" / "examples")
    (own / "metals" / "ctes.toml").write_text(MORE, "utf-8")
    path, plan = make_template(tmp_path, "metals", "mill", own=own)
    (sheet,) = plan.sheets
    assert sheet.left_out == ()
    said = {
        "/bizTransactionList/type=cert/bizTransaction": "C-1",
        "/bizTransactionList/*/bizTransaction": "P-1",
        "/sensorElementList/*/sensorReport/*/value": 1650,
        "/sensorElementList/*/sensorReport/*/type": "Temperature",
        "/sensorElementList/*/sensorReport/*/uom": "CEL",
        "/ilmd/aero:shape/aero:length": "3 m",
    }
    row = {
        "event": "1",
        "time": date(2026, 3, 4),
        "item": "TI",
        "lot": "H1",
        "quantity": 5,
        "unit": "kg",
        "place": "Four 2",
    }
    fill(path, plan, "fr", [("melt", {**row, **said})])
    found = mapped(path, own=own)
    assert (refusals(found), notes(found)) == ([], [])
    (event,) = events(found)
    assert event["readPoint"] == {"id": "urn:filiere:site:siret:00001003300017:Four%202"}
    assert event["sensorElementList"] == [{"sensorReport": [{"type": "Temperature", "value": 1650, "uom": "CEL"}]}]
    assert event["ilmd"] == {"aero:shape": {"aero:length": "3 m"}}
    assert [each["bizTransaction"].rpartition(":")[2] for each in event["bizTransactionList"]] == ["C-1", "P-1"]


def changed_mark(path: Path, **values: str) -> None:
    workbook = opened(path)
    for row in workbook["_filiere"].rows:
        if row[0].value in values:
            row[1].value = values[row[0].value]
    workbook.save(path)


def refused(path: Path, **more: Any) -> Any:
    with pytest.raises(SourceRefused) as found:
        mapped(path, **more)
    return found.value.problems[0]


def test_a_workbook_of_another_version_of_the_profile_is_refused_with_what_to_do(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(str(find_sector("aeronautics")), own / "metals")
    path, plan = make_template(tmp_path, "metals", "mill", own=own)
    version = plan.profile.version
    assert events(mapped(path, own=own)) == []
    about = own / "metals" / "profile.toml"
    about.write_text(about.read_text("utf-8").replace(f'"{version}"', '"2099.4"'), "utf-8")
    problem = refused(path, own=own)
    assert problem.code == "template-other-version"
    for language in ("fr", "en"):
        said = problem.message(language)
        assert version in said
        assert "2099.4" in said
        assert "filiere-connect template mill --sector metals" in said


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"format": "2"}, "template-other-format"),
        ({"sector": "../../etc"}, "sector-unknown"),
        ({"sector": "wood"}, "sector-unknown"),
        ({"role": "smith"}, "template-unknown-role"),
        ({"language": "de"}, "template-unmarked"),
        ({"zone": "../../etc/passwd"}, "template-unmarked"),
    ],
)
def test_a_mark_that_says_what_is_not_here_is_refused(book, values: dict[str, str], code: str) -> None:
    path = book(("shipping", SHIPPED))
    changed_mark(path, **values)
    assert refused(path).code == code


def test_a_sheet_that_was_renamed_is_not_passed_over_in_silence(book) -> None:
    path = book(("shipping", SHIPPED))
    workbook = opened(path)
    workbook["expédition"].title = "expéditions mars"
    workbook.save(path)
    problem = refused(path)
    assert problem.code == "template-unknown-sheet"
    assert "expéditions mars" in problem.message("fr")


def test_a_sheet_may_be_deleted_and_one_of_the_companys_own_added(book) -> None:
    path = book(("blocking", BLOCKED))
    workbook = opened(path)
    del workbook["expédition"]
    workbook.create_sheet("mes notes")["A1"] = "à demander"
    workbook.create_sheet("vide")
    workbook.save(path)
    assert len(events(mapped(path))) == 1


def test_the_annotated_copy_of_a_report_is_not_read_as_a_workbook(book, tmp_path: Path) -> None:
    path = book(("shipping", {**SHIPPED, "lot": None}), ("shipping", {**SHIPPED, "event": "2", "unit": "seau"}))
    problems = [problem for each in mapped(path) if isinstance(each, RefusedRows) for problem in each.problems]
    copy = tmp_path / "copie.xlsx"
    annotate(path, problems, copy, "fr")
    assert refused(copy).code == "template-unmarked"
    assert "template-unknown-word" in opened(copy)["expédition"]["I5"].comment.text
