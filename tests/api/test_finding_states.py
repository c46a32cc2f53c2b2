"""A finding is explained by its member, closed with a reason, reopened; each is an act, and nothing is forgotten."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from builders.events import ABSENT, MILK_LOT, an_object_event
from builders.findings import do, explain, follow_findings, found_of, told
from builders.instance import Instance, Sender, open_instance
from builders.known_house import wait_until
from conftest import Backend
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.finding_acts import LONGEST_REASON, LONGEST_WORDS
from filiere_platform.domain.member import Scope
from filiere_platform.domain.message import Copy
from filiere_platform.usecases.members import create_api_token


@pytest.fixture
def dairy(instance: Instance) -> Sender:
    return instance.admit("dairy")


@pytest.fixture
def number(instance: Instance, dairy: Sender) -> int:
    return found_of(instance, dairy)


def show(sender: Sender, number: int) -> dict[str, Any]:
    shown: dict[str, Any] = sender.get(f"/api/v1/findings/{number}").json()
    return shown


def take_back(sender: Sender, number: int, **query: Any) -> httpx.Response:
    return sender.client.delete(f"/api/v1/findings/{number}/explanation", params=query, headers=sender.headers)


def codes(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


def acts(sender: Sender) -> list[dict[str, Any]]:
    found = sender.get("/api/v1/audit", limit=1000).json()["acts"]
    return [act for act in found if act["act"].startswith("finding.")]


def steps(finding: dict[str, Any]) -> list[str]:
    return [step["step"] for step in finding["history"]]


def test_the_bus_brings_its_member_what_becomes_of_it(instance: Instance, dairy: Sender) -> None:
    with instance.platform.database.unit_of_work() as uow:
        (member,) = [each for each in uow.members.all() if each.uri == dairy.uri]
    arrived: list[dict[str, Any]] = []

    def receive(copy: Copy) -> None:
        if copy.kind == "finding":
            arrived.extend(json.loads(copy.body))

    instance.platform.bus.subscribe(receive, member_id=member.id)
    number = found_of(instance, dairy)
    wait_until(lambda: bool(arrived))
    assert arrived[0]["data"] == {name: told for name, told in show(dairy, number).items() if name != "history"}
    explain(dairy, number)
    wait_until(lambda: arrived[-1]["data"]["state"] == "explained")
    assert arrived[-1]["subject"] == f"findings/{number}"


def test_a_finding_is_explained_closed_and_reopened_and_each_is_an_act(dairy: Sender, number: int) -> None:
    explained = explain(dairy, number, "Saisi deux fois.\nLe second est juste\u202f!", reason="data-error").json()
    assert (explained["state"], explained["version"]) == ("explained", 1)
    assert explained["explanation"]["text"] == "Saisi deux fois.\nLe second est juste\u202f!"
    assert (explained["explanation"]["reason"], explained["explanation"]["for"]) == ("data-error", dairy.uri)
    closed = do(dairy, number, "close", reason="vérifié avec le client").json()
    assert (closed["state"], closed["explanation"]) == ("closed", None)
    assert closed["closedBy"] == explained["explanation"]["by"]
    assert closed["closedBy"].startswith("token:")
    reopened = do(dairy, number, "reopen", reason="l'erreur y est toujours").json()
    assert (reopened["state"], reopened["closedAt"], reopened["closedBy"]) == ("open", None, None)
    assert steps(reopened) == ["explained", "closed", "reopened"]
    assert [act["act"] for act in acts(dairy)] == ["finding.explain", "finding.close", "finding.reopen"]
    assert [act["index"] for act in acts(dairy)] == [step["act"] for step in reopened["history"]]
    assert [act["at"] for act in acts(dairy)] == sorted(step["at"] for step in reopened["history"])
    assert [act["details"]["reason"] for act in acts(dairy)] == [
        "data-error",
        "vérifié avec le client",
        "l'erreur y est toujours",
    ]


def test_the_words_of_an_explanation_are_in_no_act(dairy: Sender, number: int) -> None:
    explain(dairy, number, "Madame Dupont était en congé.")
    (act,) = acts(dairy)
    assert "Dupont" not in str(act)
    assert set(act["details"]) == {"finding", "rule", "low", "high", "index", "reason"}


def test_an_explanation_is_taken_back_and_stays_in_the_history(dairy: Sender, number: int) -> None:
    explain(dairy, number, "La première.")
    back = take_back(dairy, number).json()
    assert (back["state"], back["explanation"]) == ("open", None)
    again = explain(dairy, number, "La seconde.").json()
    assert steps(again) == ["explained", "taken-back", "explained"]
    assert [step["text"] for step in again["history"]] == ["La première.", None, "La seconde."]
    assert again["version"] == 3


def test_a_list_is_restricted_by_state_and_level(instance: Instance, dairy: Sender, number: int) -> None:
    another = found_of(instance, dairy)
    explain(dairy, number)
    assert [each["id"] for each in told(dairy, "explained")] == [number]
    assert [each["id"] for each in told(dairy, "open")] == [another]
    do(dairy, number, "close", reason="x")
    assert [each["id"] for each in told(dairy, "closed")] == [number]
    assert told(dairy, "explained") == []
    level = show(dairy, number)["level"]
    other = {"error": "warning", "warning": "error"}[level]
    assert len(dairy.get("/api/v1/findings", level=level).json()["findings"]) == 2
    assert dairy.get("/api/v1/findings", level=other).json()["findings"] == []
    assert dairy.get("/api/v1/findings", level="fatal").status_code == 400


def test_somebody_elses_finding_is_answered_as_one_that_is_not(instance: Instance, dairy: Sender, number: int) -> None:
    other = instance.admit("rival")

    def asked(number: int) -> list[tuple[int, Any]]:
        answers = [
            other.get(f"/api/v1/findings/{number}"),
            explain(other, number),
            explain(other, number, version=0),
            take_back(other, number),
            do(other, number, "close", reason="x"),
            do(other, number, "reopen", reason="x"),
        ]
        return [(each.status_code, str(each.json()["errors"]).replace(str(number), "N")) for each in answers]

    assert asked(number) == asked(987_654)
    assert {status for status, _ in asked(number)} == {404}
    assert show(dairy, number)["history"] == []


def test_a_state_that_does_not_allow_a_step_is_refused_with_the_state_that_was_found(
    dairy: Sender, number: int
) -> None:
    assert codes(do(dairy, number, "close", reason="x")) == (409, "finding-state")
    assert codes(do(dairy, number, "reopen", reason="x")) == (409, "finding-state")
    assert codes(take_back(dairy, number)) == (409, "finding-state")
    explain(dairy, number)
    refused = explain(dairy, number)
    assert codes(refused) == (409, "finding-state")
    assert "“explained”" in refused.json()["errors"][0]["en"]
    assert len(acts(dairy)) == 1


def test_a_version_that_moved_since_it_was_read_is_refused_with_the_state_that_was_found(
    dairy: Sender, number: int
) -> None:
    explain(dairy, number, "La première.", version=0)
    take_back(dairy, number, version=1)
    explain(dairy, number, "Tout autre chose.")
    stale = do(dairy, number, "close", reason="vu", version=1)
    assert codes(stale) == (409, "finding-moved")
    assert "“explained”" in stale.json()["errors"][0]["en"]
    assert do(dairy, number, "close", reason="vu", version=3).status_code == 200


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (LONGEST_WORDS + 1), "a\u0000b", "a\u0007b", "a\u202eb"])
def test_an_explanation_has_a_length_and_no_control_characters(dairy: Sender, number: int, text: str) -> None:
    assert explain(dairy, number, text).status_code == 400
    assert show(dairy, number)["state"] == "open"


@pytest.mark.parametrize("reason", ["", " ", "x" * (LONGEST_REASON + 1), "a\nb", "a\u0000b"])
def test_a_decision_has_a_reason_of_one_line(dairy: Sender, number: int, reason: str) -> None:
    explain(dairy, number, "x" * LONGEST_WORDS)
    assert do(dairy, number, "close", reason=reason).status_code == 400
    assert show(dairy, number)["state"] == "explained"


def test_who_explains_may_not_therefore_decide(instance: Instance, dairy: Sender, number: int) -> None:
    with instance.platform.database.unit_of_work() as uow:
        capture = create_api_token(uow, uri=dairy.uri, scopes=frozenset({Scope.CAPTURE}))
        manage = create_api_token(uow, uri=dairy.uri, scopes=frozenset({Scope.MANAGE}))

    def ask(token: str, what: str, **said: Any) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return dairy.client.post(f"/api/v1/findings/{number}/{what}", json=said, headers=headers).status_code

    assert ask(manage, "explanation", reason="other", text="x") == 403
    assert ask(capture, "explanation", reason="other", text="x") == 200
    assert ask(capture, "close", reason="x") == 403
    assert ask(manage, "close", reason="x") == 200


def test_a_dispute_is_explained_by_its_members_and_closed_by_the_sector_body_alone(instance: Instance) -> None:
    owner, other = instance.admit("owner"), instance.admit("other")
    with instance.platform.database.unit_of_work() as uow:
        uri = uow.members.sector_body().uri
        body = {"Authorization": f"Bearer {create_api_token(uow, uri=uri, scopes=frozenset(Scope))}"}
    place = f"/api/v1/admin/members/{instance.member(owner.uri).id}/identifiers"
    assert instance.client.post(place, json={"identifier": "9521001"}, headers=body).is_success
    other.send_events(an_object_event())
    follow_findings(instance)
    ours, theirs = told(owner)[0]["id"], told(other)[0]["id"]
    explain(other, theirs, "Fabriqué à façon.", reason="agreed")
    assert codes(do(other, theirs, "close", reason="x")) == (409, "finding-is-dispute")
    shown = instance.client.get("/api/v1/admin/disputes", params={"state": "open"}, headers=body).json()
    assert {each["id"]: each["state"] for each in shown["findings"]} == {ours: "open", theirs: "explained"}
    closed = instance.client.post(f"/api/v1/admin/disputes/{theirs}/close", json={"reason": "vu"}, headers=body)
    assert [each["state"] for each in closed.json()["findings"]] == ["closed", "closed"]
    for member, its in ((owner, ours), (other, theirs)):
        shown = show(member, its)
        assert (shown["state"], shown["closedBy"]) == ("closed", closed.json()["findings"][0]["closedBy"])
        assert shown["history"][-1]["reason"] == "vu"
        assert codes(do(member, its, "reopen", reason="x")) == (409, "finding-not-holding")


def step(at: str, word: str, **changes: Any) -> dict[str, Any]:
    lot = [{"epcClass": MILK_LOT, "quantity": 1, "uom": "LTR"}]
    words: dict[str, Any] = {"action": "OBSERVE", "bizStep": word, "disposition": ABSENT, "ilmd": ABSENT}
    return an_object_event(**words, quantityList=lot, **changes, eventTime=at)


def test_what_the_instance_closed_and_found_again_keeps_its_history(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url, sector_rules="report") as instance:
        dairy, shop = instance.admit("dairy"), instance.admit("shop")
        to = {"destinationList": [{"type": "owning_party", "destination": shop.uri}]}
        seen = {"eventID": "urn:uuid:3f1de2a0-52ce-4c0a-9d0f-0a2f5f1c7e12", "filiere:sharedWith": [dairy.uri]}

        def now() -> dict[str, Any]:
            follow_findings(instance)
            found = dairy.get("/api/v1/findings", rule="sector-never-received").json()["findings"]
            return show(dairy, found[0]["id"])

        dairy.send_events(step("2020-03-01T08:00:00Z", "shipping", **to))
        explain(dairy, now()["id"], "Le client ne déclare rien.")
        assert now()["state"] == "explained"
        received = step("2020-03-02T08:00:00Z", "receiving", **seen, **to)
        shop.send_events(received)
        closed = now()
        assert (closed["state"], closed["closedBy"], closed["explanation"]) == ("closed", "instance", None)
        assert (steps(closed), closed["history"][-1]["by"]) == (["explained", "closed"], "instance")
        assert codes(do(dairy, closed["id"], "reopen", reason="x")) == (409, "finding-not-holding")
        wrong = {"declarationTime": "2020-03-03T08:00:00Z", "reason": "did_not_occur"}
        shop.send_events({**received, "errorDeclaration": wrong})
        again = now()
        assert (again["id"], again["state"], again["closedBy"]) == (closed["id"], "open", None)
        assert steps(again) == ["explained", "closed", "reopened"]
        assert again["history"][:2] == closed["history"]
        assert again["history"][2]["by"] == "instance"
        assert explain(dairy, again["id"], "Toujours rien.", version=3).json()["state"] == "explained"
        with instance.platform.database.unit_of_work() as uow:
            assert "sector-never-received" not in uow.findings.open_by_rule(instance.platform.clock())
            (found,) = [each for each in uow.findings.of_rules(["sector-never-received"]) if each.id == again["id"]]
            assert uow.findings.visible_to(OPERATOR).one(again["id"], now=0) is None
            assert found.version == 4


def test_what_was_done_to_a_finding_is_delivered_to_its_member_alone(
    instance: Instance, dairy: Sender, number: int
) -> None:
    other = instance.admit("rival")
    explain(dairy, number)
    (act,) = acts(dairy)
    assert act["jws"] in dairy.get("/api/v1/deliveries").text
    assert act["jws"] not in other.get("/api/v1/deliveries").text
