"""The template of a role says what its sector's profile asks of it, and a spreadsheet helps who fills it in."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builders.templates import ZONE, every_cte, every_role, headings, listed, make_template, opened, visible
from filiere_connectors.cli.main import main
from filiere_connectors.templates.plan import Plan, UnknownRole
from filiere_schemas.sectors.checked_profile import InvalidProfile
from filiere_schemas.sectors.profile_files import find_sector
from filiere_schemas.spreadsheet import COMPUTED

ROLES = list(every_role())
EVERY_ROLE = pytest.mark.parametrize(("sector", "role"), ROLES, ids=["-".join(each) for each in ROLES])
Made = Callable[..., tuple[Any, Plan]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Make a template, once for each sector, role and language: the workbook and its plan."""
    folder = tmp_path_factory.mktemp("templates")

    @functools.cache
    def make(sector: str, role: str, language: str = "fr") -> tuple[Any, Plan]:
        path, plan = make_template(folder, sector, role, language=language)
        return opened(path), plan

    return make


EACH_LANGUAGE = pytest.mark.parametrize("language", ["fr", "en"])


@EVERY_ROLE
def test_a_role_has_a_sheet_for_each_event_that_it_or_anybody_does(made: Made, sector: str, role: str) -> None:
    workbook, _ = made(sector, role)
    hidden = [[cell.value for cell in row] for row in workbook["_filiere"].rows]
    assert all(len(row) == 3 for row in hidden)
    found = {cte for key, cte, _ in hidden if key == "sheet"}
    assert found == {cte["name"] for cte in every_cte(sector) if role in cte.get("roles", [role])}
    assert {title for key, _, title in hidden if key == "sheet"} == {sheet.title for sheet in visible(workbook)}


@EACH_LANGUAGE
@EVERY_ROLE
def test_every_kde_of_a_sheet_has_a_column_that_says_what_asks_for_it(
    made: Made, sector: str, role: str, language: str
) -> None:
    workbook, plan = made(sector, role, language)
    ctes = {cte["name"]: cte for cte in every_cte(sector)}
    for title, sheet in plan.titles(language).items():
        written = workbook[title]
        said = "\n".join(cell.comment.text for cell in written[1])
        for kde in ctes[sheet.cte.name].get("kde", ()):
            assert f"{sheet.cte.name}.{kde['name']} : {kde[language]}" in said
        assert sheet.left_out == ()


@EACH_LANGUAGE
@EVERY_ROLE
def test_headings_are_texts_that_differ_and_no_cell_is_computed(
    made: Made, sector: str, role: str, language: str
) -> None:
    workbook, _ = made(sector, role, language)
    for sheet in workbook.worksheets:
        assert len(sheet.title) <= 31
        for row in sheet.rows:
            for cell in row:
                assert cell.data_type != "f"
                assert not isinstance(cell.value, str) or cell.value[:1] not in COMPUTED
    for sheet in visible(workbook):
        names = [name.casefold() for name in headings(sheet)]
        assert len(set(names)) == len(names)


def test_headings_and_words_are_those_of_the_profile_in_the_language_that_was_asked(made: Made) -> None:
    for language, sheet_title, heading, words in (
        ("fr", "pièce numérotée", "classe de la pièce", ["produit fini", "composant", "matière première"]),
        ("en", "part serialised", "class of the part", ["finished product", "component", "raw material"]),
    ):
        workbook, _ = made("automotive", "supplier", language)
        assert listed(workbook, workbook[sheet_title], heading) == words


def test_units_are_those_that_the_profile_allows(made: Made) -> None:
    workbook = made("food", "fisher")[0]
    units = listed(workbook, workbook["premier réceptionnaire à terre"], "unité de masse ou de volume")
    assert units is not None
    codes = [unit.rpartition("(")[2].rstrip(")") for unit in units if unit != "vendu à la pièce"]
    assert sorted(codes) == sorted(["KGM", "GRM", "TNE", "LBR", "ONZ", "LTR", "HLT", "MLT", "MTQ", "GLL"])
    assert "kg (KGM)" in units
    assert "vendu à la pièce" in units  # the reason for which there may be none


def test_dates_numbers_and_times_are_checked_while_they_are_typed(made: Made) -> None:
    sheet = made("food", "packer")[0]["premier conditionnement"]
    checked = {
        check.type: {
            heading for cell, heading in zip(sheet[3], headings(sheet), strict=True) if cell.coordinate in check.sqref
        }
        for kind in ("date", "decimal", "time")
        for check in [merged(sheet, kind)]
    }
    assert checked["time"] == {"heure"}
    assert checked["decimal"] == {"quantité"}
    assert {"date", "date de récolte", "date de réception de la denrée"} <= checked["date"]


def merged(sheet, kind: str):
    """One check of a kind that covers the cells of all of them."""
    first, *others = [check for check in sheet.data_validations.dataValidation if check.type == kind]
    for other in others:
        first.add(str(other.sqref))
    return first


def test_a_workbook_says_what_it_was_made_from_in_a_hidden_sheet_and_in_its_properties(made: Made) -> None:
    workbook, plan = made("aeronautics", "mill", "en")
    expected = {
        "format": "1",
        "sector": "aeronautics",
        "version": plan.profile.version,
        "role": "mill",
        "language": "en",
        "zone": ZONE,
    }
    assert workbook["_filiere"].sheet_state == "hidden"
    hidden = {
        row[0].value: row[1].value for row in workbook["_filiere"].iter_rows(min_row=2) if row[0].value != "sheet"
    }
    assert hidden == expected
    told = {each.name: each.value for each in workbook.custom_doc_props.props}
    assert told == {f"filiere-{name}": value for name, value in expected.items()}


def test_the_example_is_one_of_the_profile_and_is_marked_as_such(made: Made) -> None:
    sheet = made("food", "processor")[0]["abattage"]
    rows = [{h: cell.value for h, cell in zip(headings(sheet), row, strict=True)} for row in sheet.iter_rows(min_row=3)]
    assert [row["n° d'événement"] for row in rows] == ["exemple", "exemple"]
    assert [(row["entrée ou sortie"], row["lot"], row["quantité"], row["unité"]) for row in rows] == [
        ("entrée", "A1", 500, "kg (KGM)"),
        ("sortie", "P1", 280, "kg (KGM)"),
    ]
    assert rows[0]["agrément de l'abattoir"] == "74.010.001"
    assert sheet["A2"].value == "aide"


def test_the_instructions_stand_in_both_languages(made: Made) -> None:
    workbook, plan = made("food", "processor", "en")
    version = plan.profile.version
    lines = [row[0].value for row in workbook.worksheets[0].rows if row[0].value]
    assert lines[0] == f"Alimentaire ({version}) : transformateur"
    assert f"Food ({version}): processor" in lines


def test_a_profile_that_begins_its_words_like_a_formula_is_written_as_text(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(str(find_sector("aeronautics")), own / "metals")
    ctes = own / "metals" / "ctes.toml"
    ctes.write_text(ctes.read_text("utf-8").replace('"alliage ou spécification"', '"=HYPERLINK(1)"'), "utf-8")
    path, _ = make_template(tmp_path, "metals", "mill", own=own)
    (cell,) = [cell for cell in opened(path)["coulée d'un métal"][1] if "HYPERLINK" in str(cell.value)]
    assert (cell.value, cell.data_type) == ("'=HYPERLINK(1)", "s")


def test_what_a_workbook_cannot_say_is_said_in_its_instructions(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(str(find_sector("aeronautics")), own / "metals")
    ctes = own / "metals" / "ctes.toml"
    ctes.write_text(ctes.read_text("utf-8").replace('"/ilmd/aero:alloy"', '"/errorDeclaration/reason"'), "utf-8")
    path, _ = make_template(tmp_path, "metals", "mill", own=own)
    lines = [row[0].value for row in opened(path).worksheets[0].rows if row[0].value]
    assert sum("/errorDeclaration/reason" in line for line in lines) == 2
    assert "alliage ou spécification" not in headings(opened(path)["coulée d'un métal"])


def test_an_unknown_role_is_answered_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(UnknownRole) as refused:
        make_template(tmp_path, "food", "smith")
    assert "processor" in refused.value.problems[0].message("fr")


def test_a_profile_with_a_mistake_is_answered_with_its_place(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(str(find_sector("food")), own / "mine")
    ctes = own / "mine" / "ctes.toml"
    ctes.write_text(ctes.read_text("utf-8").replace('regime = "beef"', 'regime = "boeuf"', 1), "utf-8")
    with pytest.raises(InvalidProfile) as refused:
        make_template(tmp_path, "mine", "processor", own=own)
    assert [problem.values["key"] for problem in refused.value.problems] == ["cte.slaughter.kde.born-in.regime"]


def test_a_role_that_does_nothing_has_no_template(tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(str(find_sector("automotive")), own / "mine")
    about = own / "mine" / "profile.toml"
    idle = '\n[[role]]\nname = "idle"\nfr = "qui ne fait rien"\nen = "who does nothing"\n'
    about.write_text(about.read_text(encoding="utf-8") + idle, encoding="utf-8")
    with pytest.raises(UnknownRole) as refused:
        make_template(tmp_path, "mine", "idle", own=own)
    assert refused.value.problems[0].code == "template-no-event"
    assert "carmaker" in refused.value.problems[0].message("en")


def test_the_command_never_writes_over_a_workbook_that_may_be_filled_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "mars.xlsx"
    words = ["template", "mill", "--sector", "aeronautics", "--language", "en", "-o", str(target)]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    before = target.read_bytes()
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 1
    assert "template-exists" in capsys.readouterr().err
    assert target.read_bytes() == before
