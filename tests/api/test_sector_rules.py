"""Where the sector body asks for it, stored events are judged by the sector's profile and their senders are told."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from builders.events import ABSENT, MILK_LOT, ORDER, an_object_event
from builders.findings import follow_findings, told
from builders.instance import open_instance
from builders.strict_sector import a_strict_sector, shipment
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.sectors.new_profile import write_new_profile


def test_a_broken_rule_is_told_to_its_sender_alone_and_once_with_its_place(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        whole = shipment(destinationList=[{"type": "owning_party", "destination": shop.uri}])
        wrong = {"declarationTime": "2026-06-13T06:00:00Z", "reason": "did_not_occur"}
        erroneous = shipment(eventTime="2026-06-14T00:00:00Z", errorDeclaration=wrong)
        answers = dairy.send_events(whole, shipment(), erroneous)
        assert [record["status"] for record in answers.json()["records"]] == ["stored"] * 3
        sealed, disclosures = seal(
            shipment(bizTransactionList=[{"type": "po", "bizTransaction": ORDER}]), ("/bizTransactionList",)
        )
        assert dairy.send(dairy.sign(sealed, disclosures=disclosures)).status_code == 200
        follow_findings(instance)
        (finding,) = [each for each in told(dairy) if each["rule"] == "sector-rule-broken"]
        assert (finding["rule"], finding["subject"], finding["level"]) == (
            "sector-rule-broken",
            "shipping.next-recipient",
            "error",
        )
        assert finding["index"] == answers.json()["records"][1]["index"]
        assert finding["evidence"]["pointer"] == "/destinationList"
        assert finding["evidence"]["fr"] != finding["evidence"]["en"]
        assert "shipping.next-recipient" in finding["fr"]
        assert told(shop) == []
        follow_findings(instance)
        assert len([each for each in told(dairy) if each["rule"] == "sector-rule-broken"]) == 1


def test_nobody_is_judged_where_nobody_asked_for_it(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        dairy = instance.admit("dairy")
        dairy.send_events(shipment())
        follow_findings(instance)
        assert told(dairy) == []


def test_a_sector_of_ones_own_judges_without_any_code(backend: Backend, tmp_path: Path) -> None:
    write_new_profile("wood", tmp_path / "sectors")
    own = {"sector": "wood", "sector_dir": str(tmp_path / "sectors"), "sector_rules": "report"}
    with open_instance(backend.folder, database_url=backend.database_url, **own) as instance:
        sawmill = instance.admit("sawmill")
        sawmill.send_events(shipment())
        follow_findings(instance)
        assert sorted(finding["subject"] for finding in told(sawmill)) == [
            "shipping.despatch-advice",
            "shipping.recipient",
        ]


SHARING = '[sharing]\ndefault = "sector"\nnames_members = true\npublic_fields = {fields}\n'
SEALABLE = '[[fields]]\npointers = ["/bizTransactionList"]\nfr = "Documents"\nen = "Papers"\n'
BALANCE = '[[process]]\nname = "sawing"\ntolerance = "7"\nfr = "Sciage"\nen = "Sawing"\n'
RETENTION = '[[retention]]\nname = "forest-law"\nwhat = "payload"\nkeep = "P7Y"\nfr = "Loi"\nen = "Law"\n'


def test_a_sector_of_ones_own_decides_of_sharing_sealing_balances_and_keeping(backend: Backend, tmp_path: Path) -> None:
    folder = write_new_profile("wood", tmp_path / "sectors")
    fields = json.dumps(
        ["/type", "/eventTime", "/eventTimeZoneOffset", "/action", "/bizStep", "/quantityList/*/epcClass"]
    )
    contents = {
        "sharing": SHARING.format(fields=fields),
        "sealable": SEALABLE,
        "balance": BALANCE,
        "retention": RETENTION,
    }
    for name, text in contents.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    own = {"sector": "wood", "sector_dir": str(tmp_path / "sectors")}
    with open_instance(backend.folder, database_url=backend.database_url, **own) as instance:
        sawmill, stranger = instance.admit("sawmill"), instance.admit("stranger")
        said = instance.client.get("/api/v1/instance").json()
        assert said["sealable"] == [{"pointers": ["/bizTransactionList"], "fr": "Documents", "en": "Papers"}]
        assert "/quantityList/*/epcClass" in said["publicFields"]
        index = sawmill.send_events(shipment()).json()["records"][0]["index"]
        assert stranger.get(f"/api/v1/records/{index}").status_code == 200  # the whole sector sees it
        view = sawmill.send_events(
            shipment(**{"filiere:sharing": "public-fields", "eventTime": "2026-06-15T00:00:00Z"})
        )
        shown = stranger.get(f"/api/v1/records/{view.json()['records'][0]['index']}").json()["event"]
        assert shown["quantityList"] == [{"epcClass": MILK_LOT}]
        sealed, disclosures = seal(shipment(eventTime="2026-06-16T00:00:00Z"), ("/quantityList/0/quantity",))
        refused = sawmill.send(sawmill.sign(sealed, disclosures=disclosures))
        assert refused.status_code != 200, "only documents may be sealed in this sector"
        decided = instance.platform.policies
        assert decided.balance.tolerance == Fraction(7, 100)
        assert [rule.name for rule in decided.retention.rules] == ["forest-law"]
        with instance.platform.database.unit_of_work() as uow:
            assert uow.policies() is decided


def test_where_the_sector_body_enforces_it_a_rule_refuses_whichever_way_an_event_comes(
    backend: Backend, tmp_path: Path
) -> None:
    own = a_strict_sector(tmp_path / "sectors")
    with open_instance(backend.folder, database_url=backend.database_url, **own, sector_rules="enforce") as instance:
        sawmill, shop = instance.admit("sawmill"), instance.admit("shop")
        kept = shipment(destinationList=[{"type": "owning_party", "destination": shop.uri}])
        graded = an_object_event(bizStep="commissioning", ilmd={"own:grade": "first"})
        graded["@context"] = [graded["@context"][0], {"own": "https://wood.example/terms/"}]
        size = instance.log_size()
        answer = sawmill.send_events(kept, shipment(), graded)
        assert answer.status_code == 207
        stored, nobody, grade = answer.json()["records"]
        # What a rule warns of and does not refuse stays a finding: the despatch advice is missing too.
        assert stored["status"] == "stored"
        (reason,) = nobody["problem"]["errors"]
        assert (reason["code"], reason["pointer"]) == ("sector-rule-refuses", "/destinationList")
        assert "shipping.recipient" in reason["fr"]
        assert "destinataire" in reason["fr"]
        assert "recipient" in reason["en"]
        assert nobody["refusal"].count(".") == 2  # signed, and in the log
        assert [each["pointer"] for each in grade["problem"]["errors"]] == ["/ilmd/own:grade"]
        assert instance.log_size() == size + 3
        plain = {**sawmill.headers, "Content-Type": "application/ld+json"}
        refused = sawmill.client.post("/epcis/events", json=shipment(), headers=plain)
        assert (refused.status_code, refused.json()["code"]) == (400, "sector-rule-refuses")
        assert instance.log_size() == size + 3
        # What declares an error is not judged.
        wrong = {"declarationTime": "2026-06-13T06:00:00Z", "reason": "did_not_occur"}
        assert sawmill.send_events(shipment(errorDeclaration=wrong, eventID="urn:x:e")).status_code == 200
        follow_findings(instance)
        assert {finding["subject"] for finding in told(sawmill)} == {"shipping.despatch-advice"}


def test_a_profile_that_refuses_refuses_nothing_where_its_rules_are_reported(backend: Backend, tmp_path: Path) -> None:
    own = a_strict_sector(tmp_path / "sectors")
    with open_instance(backend.folder, database_url=backend.database_url, **own, sector_rules="report") as instance:
        sawmill = instance.admit("sawmill")
        assert sawmill.send_events(shipment()).status_code == 200
        follow_findings(instance)
        assert "shipping.recipient" in {finding["subject"] for finding in told(sawmill)}


def test_another_version_is_tried_on_the_past_and_changes_nothing(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"sector": "wood", "sector_dir": str(tmp_path / "sectors")}
    write_new_profile("wood", tmp_path / "sectors")
    later = a_strict_sector(tmp_path / "later")["sector_dir"]
    path = Path(later) / "wood" / "ctes.toml"
    text = path.read_text(encoding="utf-8")
    advice = text.index('[[cte.kde]]\nname = "despatch-advice"')
    path.write_text(text[:advice], encoding="utf-8")  # the last KDE of the file is asked no more
    profile = Path(later) / "wood" / "profile.toml"
    profile.write_text(profile.read_text(encoding="utf-8").replace("2026.1", "2026.2"), encoding="utf-8")
    for example in (Path(later) / "wood" / "examples").glob("ship*.json"):
        told_in = json.loads(example.read_text(encoding="utf-8"))
        told_in["fails"] = [each for each in told_in["fails"] if "despatch" not in each["rule"]]
        example.write_text(json.dumps(told_in), encoding="utf-8")
    with open_instance(backend.folder, database_url=backend.database_url, **own, sector_rules="report") as instance:
        sawmill, shop = instance.admit("sawmill"), instance.admit("shop")
        kept = shipment(destinationList=[{"type": "owning_party", "destination": shop.uri}])
        made = an_object_event(bizStep="commissioning", ilmd=ABSENT)
        answer = sawmill.send_events(kept, shipment(), made).json()
        with_advice, nobody, _ = (record["index"] for record in answer["records"])
        follow_findings(instance)
        before = (instance.log_size(), told(sawmill))
        monkeypatch.setenv("FILIERE_DATA_DIR", str(instance.platform.settings.data_dir))
        monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
        monkeypatch.setenv("FILIERE_SECTOR_DIR", own["sector_dir"])
        monkeypatch.setenv("FILIERE_LANG", "en")

        def run(*words: str, code: int = 0) -> str:
            done = CliRunner().invoke(filiere, ["sector", "try", f"{later}/wood", *words])
            assert done.exit_code == code, done.output
            return done.output

        tried = json.loads(run("--json"))
        assert (tried["before"], tried["after"], tried["events"]) == ("2026.1", "2026.2", 3)
        rules = {each["rule"]: each for each in tried["rules"]}
        gone = rules["shipping.despatch-advice"]
        assert (gone["before"], gone["after"]) == (2, 0)
        assert gone["vanishes"] == {"events": 2, "examples": [with_advice, nobody]}
        same = rules["shipping.recipient"]
        assert (same["before"], same["after"], same["appears"]["events"], same["vanishes"]["events"]) == (1, 1, 0, 0)
        assert tried["refused"] == {"events": 1, "examples": [nobody]}
        lines = run().splitlines()
        assert f"  - 2 less, record(s) {with_advice}, {nobody}" in lines
        assert json.loads(run("--json", "--from", "2999-01-01"))["events"] == 0
        assert json.loads(run("--json", "--limit", "1"))["events"] == 0  # the first record is a key
        run("--from", "yesterday", code=2)
        assert (instance.log_size(), told(sawmill)) == before


def test_an_event_that_the_judgement_fails_at_is_stored_and_told_of_loudly(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: Any) -> Any:
        raise RuntimeError("a fault of the platform")

    own = a_strict_sector(tmp_path / "sectors")
    with open_instance(backend.folder, database_url=backend.database_url, **own, sector_rules="enforce") as instance:
        sawmill = instance.admit("sawmill")
        monkeypatch.setattr("filiere_platform.domain.sector_refusal.judge", failing)
        assert sawmill.send_events(shipment()).status_code == 200
    assert "sector_refusal.failed" in {record.message for record in caplog.records}
