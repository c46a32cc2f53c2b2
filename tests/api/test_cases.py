"""A case between two members: who may know of it, whose step is next, who in person takes it, what the log keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from builders.cases import LOT, SAID, SECRET, Parties, listed, post
from builders.console import Console
from builders.events import an_object_event
from builders.house import House, open_house
from builders.instance import Sender
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.case import DAY, MOST_OPEN, digest_of
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import MemberStatus, Scope
from filiere_platform.domain.principal import Role
from filiere_platform.usecases import case as case_usecase
from filiere_platform.usecases.members import add_member, create_api_token, set_status
from filiere_platform.usecases.report import Reporting
from filiere_schemas.provenance.case import read_case


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


@pytest.fixture
def parties(house: House) -> Parties:
    return Parties(house)


def overdue(sender: Sender, state: str = "open") -> list[dict[str, Any]]:
    found = sender.get("/api/v1/findings", rule="case-overdue", **({"state": state} if state else {}))
    assert found.status_code == 200, found.text
    told: list[dict[str, Any]] = found.json()["findings"]
    return told


def test_a_case_passes_between_its_two_members_alone(parties: Parties) -> None:
    opened = parties.open()
    assert (opened["state"], opened["number"], opened["side"], opened["yours"]) == ("draft", 1, "sender", True)
    assert opened["subjects"] == [LOT]
    assert listed(parties.farm) == [], "a draft is its sender's alone"
    assert parties.farm.get(f"/api/v1/cases/{opened['id']}").status_code == 404
    sent = parties.advance(opened["id"], (parties.dairy, "sent"))
    assert (sent["state"], sent["yours"], sent["ways"]) == ("sent", False, [])
    assert listed(parties.farm) == listed(parties.dairy) == [opened["id"]]
    assert [way["to"] for way in parties.seen(parties.farm, opened["id"])["ways"]] == ["acknowledged"]
    done = parties.advance(opened["id"], (parties.farm, "acknowledged"), (parties.farm, "accepted"))
    assert [(step["to"], step["side"]) for step in done["steps"]] == [
        ("draft", "sender"),
        ("sent", "sender"),
        ("acknowledged", "receiver"),
        ("accepted", "receiver"),
    ]
    assert (done["steps"][0]["text"], done["steps"][0]["fields"]) == ("9 °C à cœur", {"defect": "temperature"})
    assert done["steps"][3]["fields"] == SAID
    # Nobody else learns that there is such a case, by any of its addresses.
    assert listed(parties.rival) == []
    assert parties.rival.get(f"/api/v1/cases/{opened['id']}").status_code == 404
    assert post(parties.rival, f"/{opened['id']}/steps", to="closed", number=4).status_code == 404
    assert parties.rival.get("/api/v1/cases", after=opened["id"]).status_code == 404


def test_the_log_keeps_each_step_and_tells_those_who_may_know_of_it(parties: Parties, house: House) -> None:
    opened = parties.open()
    done = parties.advance(opened["id"], (parties.dairy, "sent"), (parties.farm, "acknowledged"))
    previous = None
    for step in done["steps"]:
        assert digest_of(step["document"]) == step["sha256"]
        assert step["document"]["previous"] == previous
        previous = step["sha256"]
    told = {sender.uri: house.on_stream(sender.uri, "case") for sender in (parties.dairy, parties.farm, parties.rival)}
    assert [len(told[sender.uri]) for sender in (parties.dairy, parties.farm, parties.rival)] == [3, 2, 0]
    key = house.instance.platform.key(Duty.RECEIPT).public
    for step, event in zip(done["steps"][1:], told[parties.farm.uri], strict=True):
        said = read_case(event["data"]["jws"].encode(), key, origin=event["source"])
        assert (said.case, said.number, said.state, said.sha256) == (
            opened["id"],
            step["number"],
            step["to"],
            step["sha256"],
        )
        assert (said.index, said.sender, said.receiver) == (step["index"], parties.dairy.uri, parties.farm.uri)
    assert "9 °C" not in json.dumps(told, ensure_ascii=False), "what was said is not in the log"
    assert house.instance.fsck().holds


def test_each_side_takes_its_own_steps_from_what_it_has_read(parties: Parties) -> None:
    case_id = parties.open()["id"]
    parties.advance(case_id, (parties.dairy, "sent"))

    def refused(sender: object, **step: object) -> tuple[int, str]:
        answer = post(sender, f"/{case_id}/steps", **step)  # type: ignore[arg-type]
        return answer.status_code, answer.json()["code"]

    assert refused(parties.dairy, to="acknowledged", number=2) == (403, "case-side")
    assert refused(parties.farm, to="acknowledged", number=1) == (409, "case-moved")
    assert refused(parties.farm, to="closed", number=2) == (409, "case-state")
    assert refused(parties.farm, to="nowhere", number=2) == (409, "case-state")
    parties.advance(case_id, (parties.farm, "acknowledged"))
    assert refused(parties.farm, to="accepted", number=3, fields={"cause": "x"}) == (400, "case-field-missing")
    assert refused(parties.farm, to="disputed", number=3, fields={"cost": "1"}) == (400, "case-field-unknown")
    assert refused(parties.farm, to="disputed", number=3, fields={"defect": "hot"}) == (400, "case-field-value")
    assert refused(parties.farm, to="disputed", number=3, text="a\u202eb") == (400, "case-text")
    assert parties.seen(parties.dairy, case_id)["number"] == 3, "nothing of it was taken"


def test_two_people_of_one_side_close_it_and_no_token_does(parties: Parties) -> None:
    case_id = parties.open()["id"]
    parties.advance(case_id, (parties.dairy, "sent"), (parties.farm, "acknowledged"), (parties.farm, "accepted"))
    token = post(parties.dairy, f"/{case_id}/steps", to="closed", number=4)
    assert (token.status_code, token.json()["code"]) == (403, "case-person")
    quality = parties.person("q@dairy.example", parties.dairy, Role.QUALITY)
    first, second = (parties.person(f"{name}@dairy.example", parties.dairy) for name in "ab")
    farmer = parties.person("f@farm.example", parties.farm)

    def step(browser: object, **form: str) -> int:
        browser.get(f"/cases/{case_id}")  # type: ignore[attr-defined]
        return int(browser.post("/cases/step", case=case_id, number="4", to="closed", **form).status_code)  # type: ignore[attr-defined]

    assert step(quality) == 403, "the machine asks for a supervisor"
    assert step(farmer) == 403, "it is the other party's step"
    assert step(first, text="Réglé") == 303
    waiting = parties.seen(parties.dairy, case_id)
    assert (waiting["state"], waiting["proposal"]["text"]) == ("accepted", "Réglé")
    assert parties.seen(parties.farm, case_id)["proposal"] is None
    digest = waiting["proposal"]["sha256"]
    assert step(first, approves=digest) == 409, "the same person is not a second one"
    assert step(second, approves="0" * 64) == 409
    # What another person proposes takes the place of the first; what was read before is not approved any more.
    assert step(second, text="Réglé, avoir émis") == 303
    assert step(first, approves=digest) == 409
    assert step(first, approves=parties.seen(parties.dairy, case_id)["proposal"]["sha256"]) == 303
    closed = parties.seen(parties.farm, case_id)
    assert (closed["over"], closed["state"], closed["steps"][-1]["text"]) == (True, "closed", "Réglé, avoir émis")
    assert listed(parties.dairy, open=True) == []
    assert closed["ways"] == []


def test_of_two_steps_at_once_one_is_taken(parties: Parties) -> None:
    case_id = parties.open()["id"]
    barrier = Barrier(2)

    def take(to: str) -> int:
        barrier.wait(timeout=20)
        return post(parties.dairy, f"/{case_id}/steps", to=to, number=1).status_code

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(take, ("sent", "cancelled"))) == [200, 409]
    assert len(parties.seen(parties.dairy, case_id)["steps"]) == 2


@pytest.mark.parametrize(
    ("asked", "status", "code", "pointer"),
    [
        ({"machine": "nothing"}, 404, "case-machine", "/machine"),
        ({"receiver": "urn:filiere:party:siret:55208131766522"}, 400, "case-receiver", "/receiver"),
        ({"receiver": "itself"}, 400, "case-receiver", "/receiver"),
        ({"subjects": []}, 400, "case-subject-needed", "/subjects"),
        ({"subjects": [LOT, SECRET]}, 400, "case-subject", "/subjects/1"),
        ({"subjects": [LOT, "no identifier"]}, 400, "identifier-not-a-uri", "/subjects/1"),
        ({"text": " "}, 400, "case-text", "/text"),
        ({"text": "x" * 2_001}, 400, "field-unreadable", "/text"),
        ({"fields": {}}, 400, "case-field-missing", "/fields/defect"),
        ({"fields": {"defect": "hot"}}, 400, "case-field-value", "/fields/defect"),
        ({"fields": {"defect": 1}}, 400, "field-unreadable", "/fields/defect"),
        ({"unknown": 1}, 400, "field-unreadable", "/unknown"),
    ],
)
def test_a_case_that_cannot_be_opened_says_where_it_is_wrong(
    parties: Parties, asked: dict[str, object], status: int, code: str, pointer: str
) -> None:
    if asked.get("receiver") == "itself":
        asked = {"receiver": parties.dairy.uri}
    refused = parties.try_open(**asked)
    said = refused.json()
    assert (refused.status_code, said["code"]) == (status, code), refused.text
    assert pointer in {each["pointer"] for each in said["errors"]}
    assert listed(parties.dairy) == []


def test_a_lot_of_somebody_else_is_answered_as_one_that_is_nowhere(parties: Parties) -> None:
    said = [
        parties.try_open(subjects=[lot]).json()["errors"][0]["code"]
        for lot in (SECRET, "urn:filiere:lot:siret:73282932000074:NONE:9")
    ]
    assert said == ["case-subject", "case-subject"]


def test_who_is_a_member_is_learnt_only_where_that_is_no_secret(parties: Parties, house: House) -> None:
    quiet, nobody = "urn:filiere:party:duns:111111111", "urn:filiere:party:duns:222222222"
    with house.instance.platform.database.unit_of_work() as uow:
        member = uow.members.add(quiet, "Discrète", None, [quiet])
    refused = [parties.try_open(receiver=uri) for uri in (quiet, nobody)]
    assert [each.status_code for each in refused] == [400, 400]
    assert refused[0].text.replace(quiet, "") == refused[1].text.replace(nobody, "")
    with house.instance.platform.database.unit_of_work() as uow:
        uow.access_requests.set_named(member.id, is_named=True)
    assert parties.open(receiver=quiet)["receiver"] == quiet


def test_who_sent_what_one_was_handed_may_be_written_to(parties: Parties, house: House) -> None:
    """A plain client without a key, of which the sector says nothing."""
    farm = "urn:filiere:party:duns:111111111"
    with house.instance.platform.database.unit_of_work() as uow:
        add_member(uow, uri=farm, name="Ferme")
        token = create_api_token(uow, uri=farm, scopes=frozenset({Scope.CAPTURE}))
    assert parties.try_open(receiver=farm).json()["code"] == "case-receiver"
    handed = an_object_event(
        eventID="urn:uuid:00000000-0000-4000-a300-000000000009",
        quantityList=[{"epcClass": LOT, "quantity": 5, "uom": "KGM"}],
        destinationList=[{"type": "owning_party", "destination": parties.dairy.uri}],
    )
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/ld+json"}
    assert house.instance.client.post("/epcis/events", json=handed, headers=headers).status_code == 201
    assert parties.open(receiver=farm)["receiver"] == farm


def test_a_suspended_member_is_sent_nothing_and_its_cases_go_on(parties: Parties) -> None:
    case_id = parties.open()["id"]
    parties.advance(case_id, (parties.dairy, "sent"), (parties.farm, "acknowledged"), (parties.farm, "disputed"))
    with parties.house.instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=parties.farm.uri, status=MemberStatus.SUSPENDED)
    assert parties.try_open().json()["code"] == "case-receiver"
    assert parties.seen(parties.dairy, case_id)["receiver"] == parties.farm.uri
    assert parties.farm.get(f"/api/v1/cases/{case_id}").status_code == 403


def test_how_long_a_state_may_last_is_told(parties: Parties, house: House) -> None:
    case_id = parties.open()["id"]
    assert parties.seen(parties.dairy, case_id)["due"] is None
    sent = parties.advance(case_id, (parties.dairy, "sent"))
    assert (sent["overdue"], sent["due"]) == (False, iso_instant(house.clock() + 2 * DAY))
    assert overdue(parties.farm) == []
    house.clock.advance(2 * DAY // 1_000 + 1)
    assert parties.seen(parties.farm, case_id)["overdue"]
    # Who is waited for has a finding, and nobody else; it is closed by the step, and one in time leaves none behind.
    assert [overdue(sender) for sender in (parties.dairy, parties.rival)] == [[], []]
    (waited,) = overdue(parties.farm)
    assert (waited["subject"], waited["level"], waited["index"]) == (case_id, "warning", sent["steps"][-1]["index"])
    assert waited["evidence"] == {"machine": "nonconformity", "state": "sent", "days": 2}
    farmer = parties.person("f@farm.example", parties.farm)
    assert f'href="/cases/{case_id}"' in farmer.get(f"/findings/{waited['id']}").text
    assert not parties.advance(case_id, (parties.farm, "acknowledged"))["overdue"]
    assert overdue(parties.farm) == []
    parties.advance(case_id, (parties.farm, "disputed"))
    house.clock.advance(20 * DAY // 1_000)
    (ended,) = overdue(parties.farm, "")
    assert (ended["id"], ended["state"], ended["closedBy"]) == (waited["id"], "closed", "instance")


def test_cases_are_listed_page_by_page(parties: Parties) -> None:
    opened = [parties.open(text=f"lot {number}")["id"] for number in range(5)]
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(5):
        answer = parties.dairy.client.get(
            "/api/v1/cases", params={"limit": 2, **after}, headers=parties.dairy.headers
        ).json()
        seen += [each["id"] for each in answer["cases"]]
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert sorted(seen) == sorted(opened)


def test_a_member_opens_no_more_than_it_can_end(parties: Parties, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_usecase, "MOST_OPEN", 2)
    first, _ = parties.open(), parties.open()
    assert parties.try_open().json()["code"] == "case-too-many-open"
    parties.advance(first["id"], (parties.dairy, "cancelled"))
    parties.open()
    assert MOST_OPEN > 2


def test_a_case_follows_its_machine_as_it_was_when_it_was_opened(
    parties: Parties, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = parties.open()["id"]

    def changed(reporting: Reporting, name: str) -> dict[str, object]:
        return reporting.machines[name] | {"asks": ["cause"]}

    monkeypatch.setattr(Reporting, "machine", changed)
    assert parties.try_open().json()["code"] == "case-field-missing"
    done = parties.advance(case_id, (parties.dairy, "sent"), (parties.farm, "acknowledged"))
    assert done["state"] == "acknowledged"


def test_the_console_reads_cases_and_a_member_takes_them_along(
    parties: Parties, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    console = Console(parties.house.instance, monkeypatch)
    run = console.run
    case_id = parties.open()["id"]
    assert case_id in run("case", "list", parties.dairy.uri)
    assert case_id not in run("case", "list", parties.farm.uri)
    parties.advance(case_id, (parties.dairy, "sent"))
    assert case_id in run("case", "list", parties.farm.uri, "--open")
    assert json.loads(run("case", "list", parties.farm.uri, "--json"))["side"] == "receiver"
    shown = run("case", "show", case_id)
    assert LOT in shown
    assert "defect: temperature" in shown
    assert json.loads(run("case", "show", case_id, "--json"))["number"] == 2
    run("case", "show", "0" * 16, code=1)
    run("case", "list", "urn:x:nobody", code=2)
    with console.export(parties.dairy.uri, tmp_path / "member.zip") as taken:
        assert json.loads(taken.read("cases.jsonl"))["id"] == case_id
        assert sum(name.startswith("others/") for name in taken.namelist()) == 2


def test_the_machines_of_the_sector_are_told_in_two_languages(parties: Parties) -> None:
    said = {}
    for language in ("fr", "en"):
        headers = {**parties.dairy.headers, "Accept-Language": language}
        answer = parties.dairy.client.get("/api/v1/cases/machines", headers=headers).json()
        (said[language],) = answer["machines"]
    assert {language: each["title"] for language, each in said.items()} == {
        "fr": "avis de non-conformité",
        "en": "notice of nonconformity",
    }
    assert said["en"]["fields"][0]["words"]["temperature"] == "temperature"
    assert [way["to"] for way in said["fr"]["transitions"] if way["fourEyes"]] == ["closed", "closed"]
