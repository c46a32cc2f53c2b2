"""From a stranger's application to a member's first event, and how it ends."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from builders.events import an_object_event
from builders.instance import Instance, Sender, seeded_key
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.domain.application import MOST_PER_HOUR, MOST_WAITING_OF_ONE

URI = "urn:filiere:party:siret:73282932000074"
APPLICATIONS, INVITATIONS = "/api/v1/applications", "/api/v1/invitations"
CHARTER = b"Article 1. On partage ce qui concerne l'autre."
Run = Callable[..., Result]


@pytest.fixture
def run(instance: Instance, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(instance.platform.settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments))


def apply(instance: Instance, **changes: Any) -> Any:
    asked = {"uri": URI, "name": "Laiterie du Vexin", "contact": "qualite@laiterie.example"} | changes
    return instance.client.post(APPLICATIONS, json=asked)


def invited(instance: Instance, run: Run, **changes: Any) -> str:
    """Apply and be approved; gives the text of the invitation."""
    answer = apply(instance, **changes)
    assert answer.status_code == 202, answer.text
    approved = run("application", "approve", answer.json()["id"])
    assert approved.exit_code == 0, approved.output
    return approved.output.split()[-1]


def take(instance: Instance, invitation: str) -> Any:
    return instance.client.post(INVITATIONS, json={"invitation": invitation})


def test_an_application_leads_to_an_invitation_to_a_key_and_to_a_first_event(instance: Instance, run: Run) -> None:
    invitation = invited(instance, run, identifiers=["9521001", "https://id.gs1.org/417/9521001000017"])
    taken = take(instance, invitation)
    assert taken.status_code == 201
    assert taken.headers["cache-control"] == "no-store"
    first = taken.json()
    assert (first["member"], first["name"], first["origin"]) == (
        *(URI, "Laiterie du Vexin"),
        instance.platform.instance.origin,
    )
    key = seeded_key("laiterie")
    assert instance.enrol(URI, key, first["enrolmentToken"]).status_code == 201
    sender = Sender(uri=URI, token=first["token"], key=key, client=instance.client, origin=first["origin"])
    assert sender.send_events(an_object_event()).status_code == 200
    acts = [act["act"] for act in sender.get("/api/v1/audit").json()["acts"]]
    assert acts == [
        *("member.admit", "identifier.add", "identifier.add", "member.invite", "invitation.take", "token.create"),
    ]
    assert "qualite@laiterie.example" not in sender.get("/api/v1/audit").text
    assert instance.fsck().holds


def test_an_invitation_is_taken_once_even_by_two_at_a_time(instance: Instance, run: Run) -> None:
    invitation = invited(instance, run)
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(answer.status_code for answer in pool.map(lambda _: take(instance, invitation), range(4)))
    assert statuses == [201, 401, 401, 401]
    assert take(instance, invitation).json()["code"] == "invitation-refused"
    assert take(instance, "fili_unknown").status_code == 401
    assert instance.client.get(f"{INVITATIONS}?invitation={invitation}").status_code == 405


def test_an_invitation_of_a_suspended_member_yields_nothing(instance: Instance, run: Run) -> None:
    invitation = invited(instance, run)
    assert run("member", "suspend", URI, "--reason", "charte").exit_code == 0
    assert take(instance, invitation).status_code == 401
    assert run("member", "resume", URI, "--reason", "réglé").exit_code == 0
    assert take(instance, invitation).status_code == 201  # what was refused was not used up


def test_who_applies_accepts_the_charter_in_force_to_the_byte(instance: Instance, run: Run, tmp_path: Path) -> None:
    text = tmp_path / "charte.txt"
    text.write_bytes(CHARTER)
    assert instance.client.get("/api/v1/charter").status_code == 404
    assert run("charter", "publish", "2026-01", str(text)).exit_code == 0
    assert run("charter", "publish", "2026-01", str(text)).exit_code != 0
    in_force = instance.client.get("/api/v1/charter").json()
    accepted = {"version": "2026-01", "sha256": hashlib.sha256(CHARTER).hexdigest()}
    assert in_force == accepted | {"mandates": False}
    for wrong in ({}, {"charter": accepted | {"sha256": "0" * 64}}, {"charter": accepted | {"version": "2025-01"}}):
        assert apply(instance, **wrong).json()["code"] == "charter-not-accepted"
    waiting = apply(instance, charter=accepted).json()["id"]
    first = take(instance, invited(instance, run, charter=accepted)).json()
    told = instance.client.get("/api/v1/audit", headers={"Authorization": f"Bearer {first['token']}"}).json()["acts"]
    assert [act["details"] for act in told if act["act"] == "charter.accept"] == [accepted]
    text.write_bytes(CHARTER + b" Article 2.")
    assert run("charter", "publish", "2026-02", str(text)).exit_code == 0
    assert "2026-02" in run("charter", "show").output
    newer = {"version": "2026-02", "sha256": hashlib.sha256(text.read_bytes()).hexdigest()}
    bearer = {"Authorization": f"Bearer {first['token']}"}
    older = instance.client.post("/api/v1/charter/acceptance", json=accepted, headers=bearer)
    assert (older.status_code, older.json()["code"]) == (400, "charter-not-accepted")
    for _ in range(2):
        answer = instance.client.post("/api/v1/charter/acceptance", json=newer, headers=bearer)
        assert answer.json() == {"charters": [accepted, newer]}
    told = instance.client.get("/api/v1/audit", headers=bearer).json()["acts"]
    assert [act["details"] for act in told if act["act"] == "charter.accept"] == [accepted, newer]
    refused = run("application", "approve", waiting)
    assert refused.exit_code != 0  # another charter came into force: the applicant has not accepted it
    assert waiting in run("application", "list", "--state", "pending").output


def test_no_charter_is_accepted_where_none_is_in_force(instance: Instance) -> None:
    sender = instance.admit("Dairy")
    asked = {"version": "1", "sha256": "0" * 64}
    answer = instance.client.post("/api/v1/charter/acceptance", json=asked, headers=sender.headers)
    assert answer.status_code == 404


def test_strangers_fill_neither_the_table_nor_the_patience_of_the_sector_body(instance: Instance) -> None:
    statuses = [apply(instance).status_code for _ in range(MOST_WAITING_OF_ONE + 1)]
    assert statuses == [202] * MOST_WAITING_OF_ONE + [429]
    others = [f"urn:filiere:party:duns:{number:09d}" for number in range(MOST_PER_HOUR)]
    statuses = [apply(instance, uri=uri).status_code for uri in others]
    assert statuses.count(202) == MOST_PER_HOUR - MOST_WAITING_OF_ONE
    assert set(statuses[MOST_PER_HOUR - MOST_WAITING_OF_ONE :]) == {429}


@pytest.mark.parametrize(
    "changes",
    [
        {"uri": "no uri"},
        {"name": ""},
        {"name": "x" * 201},
        {"contact": None},
        {"message": "x" * 2_001},
        {"identifiers": ["9521001"] * 21},
        {"identifiers": ["not one"]},
        {"charter": {"version": "1", "sha256": "short"}},
        {"message": "x" * 30_000},
    ],
)
def test_a_malformed_application_is_refused_and_kept_nowhere(changes: dict[str, Any], shared: Instance) -> None:
    assert apply(shared, **changes).status_code in {400, 413}
    with shared.platform.database.unit_of_work() as uow:
        assert uow.admission.in_state(None) == []


def test_an_application_does_not_tell_whether_the_applicant_is_a_member(instance: Instance, run: Run) -> None:
    instance.admit("laiterie", uri=URI)
    answer = apply(instance)
    assert (answer.status_code, set(answer.json())) == (202, {"id", "state"})
    refused = run("application", "approve", answer.json()["id"])
    assert refused.exit_code != 0
    declined = run("application", "decline", answer.json()["id"], "--reason", "déjà membre")
    assert declined.exit_code == 0
    (row,) = [json.loads(line) for line in run("application", "list", "--json").output.splitlines()]
    assert (row["state"], row["contact"], row["message"]) == ("declined", "", "")
    assert run("application", "decline", answer.json()["id"], "--reason", "encore").exit_code != 0


def test_a_suspension_ends_sending_reading_tokens_enrolment_and_delivery_at_once(instance: Instance, run: Run) -> None:
    dairy, shop = instance.admit("dairy"), instance.admit("shop")
    shown = dairy.send_events(an_object_event()).json()["records"][0]["index"]
    page = dairy.get("/epcis/events", perPage=1)
    assert page.status_code == 200
    assert run("member", "suspend", dairy.uri, "--reason", " ").exit_code != 0
    assert run("member", "suspend", dairy.uri, "--reason", "charte non signée").exit_code == 0
    again = an_object_event(eventID="urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-3f6f0f1d0010")
    assert dairy.send_events(again).status_code == 403
    for path in (f"/api/v1/records/{shown}", "/epcis/events?perPage=1", "/api/v1/findings", "/api/v1/audit"):
        assert dairy.get(path).status_code == 403, path
    assert dairy.get("/epcis/events", nextPageToken="x").status_code == 403
    assert shop.get("/api/v1/findings").status_code == 200
    assert run("member", "resume", dairy.uri, "--reason", "signée").exit_code == 0
    acts = {act["act"]: act["details"] for act in dairy.get("/api/v1/audit").json()["acts"]}
    assert acts == {"member.suspend": {"reason": "charte non signée"}, "member.resume": {"reason": "signée"}}
