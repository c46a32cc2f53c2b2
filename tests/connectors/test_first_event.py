"""A small company comes aboard with its own commands and its own file; nobody edits anything."""

from __future__ import annotations

import json
from collections.abc import Callable

from builders.company import Company, ServedInstance
from builders.sheets import GOOD_ROW, HEADERS, Sheet, changed

FILE = "Expéditions mars.csv"


def write(company: Company, *rows: tuple[str, ...]) -> None:
    lines = [";".join(row) for row in (HEADERS, *rows)]
    (company.folder / FILE).write_bytes("\r\n".join([*lines, ""]).encode("cp1252"))


def test_from_nothing_to_a_published_event(newcomer: Callable[[], Company], instance: ServedInstance) -> None:
    company = newcomer()
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    company.board()
    proposed = company.connect("init", "--from", FILE)
    assert proposed.returncode == 0, proposed.stderr
    assert "nature : shipping" in proposed.stdout
    checked = company.connect("check", "--connect")
    assert checked.returncode == 0, checked.stderr + checked.stdout
    preview = company.connect("preview", "--json")
    assert preview.returncode == 0
    assert [json.loads(line)["standing"] for line in preview.stdout.splitlines()] == ["new", "new"]
    assert not (company.folder / ".filiere" / "spool.db").exists()

    ran = company.connect("run", "--wait-published", "20")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert company.status()["published"] == 2
    mine = company.events()
    assert {event["quantityList"][0]["epcClass"].rpartition("/")[2] for event in mine} == {"F0304", "F0305"}
    assert instance.log_holds()

    again = company.connect("run")
    assert again.returncode == 0
    assert "0 nouvelles, 2 connues" in again.stdout
    assert len(company.events()) == 2


def test_the_command_line_never_shows_a_secret(newcomer: Callable[[], Company]) -> None:
    company = newcomer()
    company.environment = {"FILIERE_ENROLMENT_TOKEN": company.enrolment, "FILIERE_TOKEN": company.token}
    company.connect("init", "--member", company.uri, "--url", company.url)
    company.connect("keygen")
    shown = [company.connect("enroll"), company.connect("enroll"), company.connect("status")]
    assert shown[0].returncode == 0
    assert shown[1].returncode == 0  # the same key with the same token again: the same answer
    for done in shown:
        assert company.token not in done.stdout + done.stderr
        assert company.enrolment not in done.stdout + done.stderr
    assert company.token not in (company.folder / "filiere.toml").read_text()
    assert (company.folder / "secrets" / "key.pem").stat().st_mode & 0o077 == 0
    assert (company.folder / "secrets" / "token").stat().st_mode & 0o077 == 0


def test_a_changed_row_is_corrected_only_when_somebody_says_so(company: Company, instance: ServedInstance) -> None:
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    company.connect("init", "--from", FILE)
    assert company.connect("run").returncode == 0

    write(company, changed(Quantité="1100"), changed(BL="BL2", Lot="F0305"))
    preview = company.connect("preview")
    assert "déclaration d'erreur de urn:uuid:" in preview.stdout
    waiting = company.connect("run")
    assert "1 lignes modifiées attendent" in waiting.stdout
    assert company.status()["stored"] + company.status()["published"] == 2

    corrected = company.connect("run", "--corrections")
    assert corrected.returncode == 0, corrected.stderr
    assert "1 corrections" in corrected.stdout
    mine = company.events()
    declared = [event for event in mine if "errorDeclaration" in event]
    assert len(declared) == 1
    assert declared[0]["quantityList"][0]["quantity"] == 1200.5
    (corrective,) = declared[0]["errorDeclaration"]["correctiveEventIDs"]
    (right,) = [event for event in mine if event["eventID"] == corrective]
    assert right["quantityList"][0]["quantity"] == 1100
    assert company.connect("run", "--corrections").stdout.count("0 corrections") == 1

    # And back again: what was said first is said anew, under an ID of its own.
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    assert company.connect("run", "--corrections").returncode == 0
    assert sum("errorDeclaration" in event for event in company.events()) == 2
    assert instance.log_holds()


def test_a_vanished_row_is_reported_and_nothing_is_declared(company: Company) -> None:
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    company.connect("init", "--from", FILE)
    company.connect("run")
    write(company, GOOD_ROW)
    ran = company.connect("run")
    assert ran.returncode == 0
    assert "row-vanished" in ran.stderr
    assert "BL2" in ran.stderr
    assert company.status()["queued"] == 0


def test_a_bad_row_waits_while_the_others_go_and_leaves_when_it_is_mended(company: Company) -> None:
    sheet = [GOOD_ROW, changed(BL="BL2", GTIN="9521234000014"), changed(BL="BL3", Lot="F0306")]
    write(company, *sheet)
    company.connect("init", "--from", FILE)
    ran = company.connect("run")
    assert ran.returncode == 3
    assert "D3 « GTIN » not-an-identifier" in ran.stderr
    assert company.status()["quarantined"] == 1
    (waiting,) = [json.loads(line) for line in company.connect("quarantine", "--json").stdout.splitlines()]
    assert (waiting["row"], waiting["problems"][0]["column"]) == (3, "D")
    reports = list((company.folder / ".filiere" / "reports").glob("*.csv"))
    assert len(reports) == 1

    sheet[1] = changed(BL="BL2")
    write(company, *sheet)
    replayed = company.connect("replay")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert company.status()["quarantined"] == 0
    assert len(company.events()) == 3


def test_a_workbook_comes_back_with_its_problems_in_their_cells(company: Company) -> None:
    Sheet([HEADERS, changed(Quantité=1), changed(BL="BL2", Lot=None)], suffix=".xlsx").write(company.folder)
    company.connect("init", "--from", "fichier.xlsx", "--kind", "shipping")
    assert company.connect("run").returncode == 3
    assert len(list((company.folder / ".filiere" / "reports").glob("*-annote.xlsx"))) == 1
