"""A company seals amounts with its own commands, others read no value, and it discloses them when it wants to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from builders.company import Company, ServedInstance
from builders.sheets import GOOD_ROW, HEADERS, changed
from filiere_schemas.provenance.envelope import parse_envelope

FILE = "expeditions.csv"
SEAL = '\n[seal]\nitems.quantity = "keep"\nitems.unit = "keep"\ndocuments = "send"\n'
DOCUMENT = '\n[[event.documents]]\ntype = "desadv"\nid = { column = "BL" }\n'
PARTNER = "urn:filiere:party:siret:00001004100010"  # whom the file names


def write(company: Company, *rows: tuple[str, ...]) -> None:
    lines = [";".join(row) for row in (HEADERS, *rows)]
    (company.folder / FILE).write_bytes("\r\n".join([*lines, ""]).encode("cp1252"))


def seal(company: Company, text: str = SEAL) -> None:
    """Add to the proposed flow what its author would."""
    company.connect("init", "--from", FILE)
    (path,) = (company.folder / "flows").glob("*.toml")
    flow = path.read_text(encoding="utf-8").replace("[event]\n", "[event]\n", 1)
    # What the proposal says of documents gives way, so that the flow has exactly one.
    head, *_ = flow.split("[[event.documents]]")
    rest = flow[len(head) :].split("\n\n", 1)[1] if "[[event.documents]]" in flow else ""
    path.write_text(f"{head}{rest}{DOCUMENT}{text}", encoding="utf-8")


def reads(company: Company, path: str, **parameters: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {company.token}"}
    answer = httpx.get(f"{company.url}{path}", headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def events_of(company: Company) -> list[dict[str, Any]]:
    body = reads(company, "/epcis/events", perPage="1000")["epcisBody"]["queryResults"]["resultsBody"]
    found: list[dict[str, Any]] = body["eventList"]
    return found


def test_sealed_amounts_are_kept_previewed_and_disclosed(
    company: Company, newcomer: Callable[[], Company], instance: ServedInstance
) -> None:
    reader, partner = newcomer(), instance.admit(PARTNER, company.folder.parent / "partner")
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    seal(company)
    checked = company.connect("check", "--connect")
    assert checked.returncode == 0, checked.stderr + checked.stdout
    preview = [json.loads(line) for line in company.connect("preview", "--json").stdout.splitlines()]
    assert preview[0]["sealed"] == {
        "/quantityList/0/quantity": "keep",
        "/quantityList/0/uom": "keep",
        "/bizTransactionList": "send",
    }
    assert "/quantityList/0/quantity (gardé ici)" in company.connect("preview").stdout

    ran = company.connect("run", "--wait-published", "20")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for who, shown in ((reader, False), (partner, True), (company, True)):
        mine = [event for event in events_of(who) if "bizTransactionList" in event or "filiere:withheld" in event]
        assert len(mine) == 2
        for event in mine:
            assert set(event["quantityList"][0]) == {"epcClass"}
            assert ("bizTransactionList" in event) is shown
            assert sum(each["filiere:fields"] for each in event["filiere:withheld"]) == (2 if shown else 3)
    assert "1200.5" not in json.dumps(events_of(company))

    kept = company.connect("disclose")
    assert kept.returncode == 0
    assert "4 champs scellés gardés ici" in kept.stdout
    index = int(kept.stdout.split()[0])
    one = company.connect("disclose", "--index", str(index))
    assert one.returncode == 0, one.stderr + one.stdout
    assert "2 champs divulgués" in one.stdout
    assert "2 champs scellés gardés ici" in company.connect("disclose").stdout
    for who, amounts in ((company, 1), (partner, 1), (reader, 0)):
        found = [event for event in events_of(who) if event["quantityList"][0].get("quantity") == 1200.5]
        assert len(found) == amounts
    traced = reads(reader, "/api/v1/trace", object=preview[0]["event"]["quantityList"][0]["epcClass"])
    assert "1200.5" not in json.dumps(traced)
    assert company.connect("disclose", "--all").returncode == 0
    assert company.connect("disclose", "--all").stdout.startswith("0 champs divulgués")
    record = reads(company, f"/api/v1/records/{index}")
    assert record["withheld"] == []
    assert len(parse_envelope(record["jws"].encode()).disclosures) == 3
    assert instance.log_holds()


def test_the_same_rows_again_send_nothing_and_a_changed_sealed_amount_is_a_correction(company: Company) -> None:
    write(company, GOOD_ROW)
    seal(company)
    assert company.connect("run").returncode == 0
    assert "0 nouvelles, 1 connues" in company.connect("run").stdout
    write(company, changed(Quantité="1100"))
    corrected = company.connect("run", "--corrections")
    assert corrected.returncode == 0, corrected.stderr + corrected.stdout
    assert "1 corrections" in corrected.stdout
    mine = events_of(company)
    assert sum("errorDeclaration" in event for event in mine) == 1
    assert "1100" not in json.dumps([event["quantityList"] for event in mine])
    done = company.connect("disclose", "--field", "/quantityList/*/quantity")
    assert done.returncode == 0, done.stderr
    assert "2 champs divulgués" in done.stdout


@pytest.mark.parametrize("line", ['place = "keep"', '"/readPoint" = "keep"'])
def test_a_flow_that_seals_what_the_sector_does_not_allow_sends_nothing(company: Company, line: str) -> None:
    write(company, GOOD_ROW)
    seal(company, f"\n[seal]\n{line}\n")
    ran = company.connect("run")
    assert ran.returncode != 0
    assert ("flow-not-sealable" in ran.stderr) or ("flow-unknown-key" in ran.stderr)
    assert company.status().get("stored", 0) == 0 if (company.folder / ".filiere" / "spool.db").exists() else True


def test_what_is_not_in_the_log_yet_waits(company: Company, instance: ServedInstance) -> None:
    write(company, GOOD_ROW)
    seal(company)
    text = (company.folder / "filiere.toml").read_text()
    (company.folder / "filiere.toml").write_text(text.replace(company.url, "http://127.0.0.1:9"))
    assert company.connect("run", "--patience", "0").returncode == 4
    (company.folder / "filiere.toml").write_text(text)
    waiting = company.connect("disclose", "--all")
    assert waiting.returncode == 4
    assert "2 en attente" in waiting.stdout
