"""The sector body administers the instance over HTTP, every act is in the log, and nobody else gets anywhere."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from builders.events import an_object_event
from builders.instance import Instance, Sender, seeded_key
from filiere_platform.domain.member import Scope
from filiere_platform.domain.routes import ROUTES
from filiere_platform.usecases.members import create_api_token

URI = "urn:filiere:party:siret:73282932000074"
ADMIN = "/api/v1/admin"
FOLLOW_SECONDS = 30
GTIN = "https://id.gs1.org/01/09521001000031"
ADMINISTRATION = sorted(route for route in ROUTES if route[1].startswith(ADMIN))


@dataclass
class Body:
    """The sector body, with a token that may administer."""

    instance: Instance
    uri: str
    token: str

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.instance.client.request(method, f"{ADMIN}{path}", headers=headers, **more)

    def acts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/audit", params={"limit": 1000}).json()["acts"]
        return found

    def id_of(self, uri: str) -> int:
        members = self.ask("GET", "/members").json()["members"]
        found: int = next(member["id"] for member in members if member["uri"] == uri)
        return found


def body_with(instance: Instance, *scopes: Scope) -> Body:
    with instance.platform.database.unit_of_work() as uow:
        found = uow.members.sector_body()
        assert found is not None
        token = create_api_token(uow, uri=found.uri, scopes=frozenset(scopes))
    return Body(instance=instance, uri=found.uri, token=token)


@pytest.fixture
def body(instance: Instance) -> Body:
    return body_with(instance, Scope.ADMINISTER)


def applied(instance: Instance, **changes: Any) -> str:
    asked = {"uri": URI, "name": "Laiterie du Vexin", "contact": "qualite@laiterie.example"} | changes
    answer = instance.client.post("/api/v1/applications", json=asked)
    assert answer.status_code == 202, answer.text
    found: str = answer.json()["id"]
    return found


def test_an_application_is_read_approved_and_leads_to_a_first_event(instance: Instance, body: Body) -> None:
    waiting = applied(instance, identifiers=["9521001"])
    (shown,) = body.ask("GET", "/applications", params={"state": "pending"}).json()["applications"]
    assert (shown["id"], shown["contact"], shown["identifiers"]) == (waiting, "qualite@laiterie.example", ["9521001"])
    approved = body.ask("POST", f"/applications/{waiting}/approve")
    assert approved.status_code == 201
    assert approved.headers["cache-control"] == "no-store"
    assert set(approved.json()["member"]["identifiers"]) == {URI, "9521001"}
    taken = instance.client.post("/api/v1/invitations", json={"invitation": approved.json()["invitation"]}).json()
    assert instance.enrol(URI, seeded_key("x"), taken["enrolmentToken"]).status_code == 201
    sender = Sender(uri=URI, token=taken["token"], key=seeded_key("x"), client=instance.client, origin=taken["origin"])
    assert sender.send_events(an_object_event()).status_code == 200
    assert body.ask("POST", f"/applications/{waiting}/approve").status_code == 404
    admitted = next(act for act in body.acts() if act["act"] == "member.admit")
    assert (admitted["actor"], admitted["for"]) == (f"token:{body.token.split('_')[1]}", body.uri)
    told = body.ask("GET", f"/members/{body.id_of(URI)}").json()
    assert [key["state"] for key in told["keys"]] == ["active"]
    assert [token["name"] for token in told["tokens"]] == ["invitation"]
    assert instance.fsck().holds


def test_a_declined_applicant_is_forgotten_and_not_named_in_the_log(instance: Instance, body: Body) -> None:
    waiting = applied(instance)
    assert body.ask("POST", f"/applications/{waiting}/decline", json={"reason": " "}).status_code == 400
    declined = body.ask("POST", f"/applications/{waiting}/decline", json={"reason": "hors filière"})
    assert (declined.status_code, declined.json()["contact"]) == (200, "")
    act = body.acts()[-1]
    assert (act["act"], act["object"], act["details"]) == ("application.decline", waiting, {})


def test_a_member_is_admitted_suspended_resumed_and_ended(instance: Instance, body: Body) -> None:
    made = body.ask("POST", "/members", json={"uri": URI, "name": "Laiterie", "identifiers": [GTIN]})
    assert made.status_code == 201
    member = made.json()["member"]["id"]
    assert body.ask("POST", "/members", json={"uri": URI, "name": "Laiterie"}).status_code == 409
    taken = instance.client.post("/api/v1/invitations", json={"invitation": made.json()["invitation"]}).json()
    headers = {"Authorization": f"Bearer {taken['token']}"}

    def reads() -> int:
        return instance.client.get("/api/v1/findings", headers=headers).status_code

    assert reads() == 200
    for change, status, then in (("suspend", "suspended", 403), ("resume", "active", 200), ("end", "left", 401)):
        assert body.ask("POST", f"/members/{member}/{change}", json={"reason": ""}).status_code == 400
        changed = body.ask("POST", f"/members/{member}/{change}", json={"reason": "charte"})
        assert (changed.status_code, changed.json()["status"], reads()) == (200, status, then)
    assert body.ask("POST", f"/members/{member}/resume", json={"reason": "erreur"}).status_code == 409
    assert [act["act"] for act in body.acts() if act["details"].get("reason") == "charte"] == [
        *("member.suspend", "member.resume", "member.leave"),
    ]


def test_the_sector_body_locks_itself_out_by_no_way(instance: Instance, body: Body) -> None:
    own = body.id_of(body.uri)
    for change in ("suspend", "end"):
        refused = body.ask("POST", f"/members/{own}/{change}", json={"reason": "erreur"})
        assert (refused.status_code, refused.json()["code"]) == (409, "sector-body-stays")
    assert body.ask("GET", "/members").status_code == 200


def test_identifiers_come_and_go_and_belong_to_one_member(instance: Instance, body: Body) -> None:
    dairy, rival = instance.admit("dairy"), instance.admit("rival")
    one, other = body.id_of(dairy.uri), body.id_of(rival.uri)
    given = body.ask("POST", f"/members/{one}/identifiers", json={"identifier": "9521001"})
    assert "9521001" in given.json()["identifiers"]
    assert body.ask("POST", f"/members/{other}/identifiers", json={"identifier": "95210012"}).status_code == 409
    assert body.ask("POST", f"/members/{one}/identifiers", json={"identifier": "what"}).status_code == 400
    gone = body.ask("DELETE", f"/members/{one}/identifiers", params={"identifier": "9521001"})
    assert gone.json()["identifiers"] == [dairy.uri]
    assert body.ask("DELETE", f"/members/{one}/identifiers", params={"identifier": "9521001"}).status_code == 404
    assert body.ask("DELETE", f"/members/{one}/identifiers", params={"identifier": dairy.uri}).status_code == 400


def test_a_charter_is_published_once_and_is_what_applicants_accept(instance: Instance, body: Body) -> None:
    charter = {"version": "2026-01", "sha256": "ab" * 32}
    assert body.ask("POST", "/charter", json=charter).status_code == 201
    assert body.ask("POST", "/charter", json=charter).status_code == 409
    assert body.ask("POST", "/charter", json=charter | {"sha256": "x"}).status_code == 400
    assert instance.client.get("/api/v1/charter").json() == charter | {"mandates": False}
    later = {"version": "2026-02", "sha256": "cd" * 32, "mandates": True}
    assert body.ask("POST", "/charter", json=later).json() == later
    assert instance.client.get("/api/v1/charter").json() == later


def test_a_dispute_is_read_from_both_sides_and_closed_for_both(instance: Instance, body: Body) -> None:
    owner, squatter = instance.admit("owner"), instance.admit("squatter")
    body.ask("POST", f"/members/{body.id_of(owner.uri)}/identifiers", json={"identifier": "9521001"})
    assert squatter.send_events(an_object_event()).status_code == 200
    deadline = time.monotonic() + FOLLOW_SECONDS
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < deadline:  # the instance's own worker comes by
        time.sleep(0.05)
        found = body.ask("GET", "/disputes", params={"state": "open"}).json()["findings"]
    assert {each["rule"] for each in found} == {"foreign-declaration", "declared-by-another"}
    closed = body.ask("POST", f"/disputes/{found[0]['id']}/close", json={"reason": "prefixe cédé"})
    assert len(closed.json()["findings"]) == 2
    assert body.ask("POST", f"/disputes/{found[0]['id']}/close", json={"reason": "encore"}).status_code == 404
    for member in (owner, squatter):
        assert member.get("/api/v1/findings", state="open").json()["findings"] == []
        assert member.get("/api/v1/audit").json()["acts"][-1]["details"]["reason"] == "prefixe cédé"


@pytest.mark.parametrize("with_scopes", [[], [Scope.READ, Scope.CAPTURE, Scope.MANAGE]])
def test_a_token_of_the_sector_body_without_the_scope_administers_nothing(
    instance: Instance, with_scopes: list[Scope]
) -> None:
    weak = body_with(instance, *with_scopes)
    dairy = instance.admit("dairy")  # with every scope there is
    for method, path in ADMINISTRATION:
        address = path.removeprefix(ADMIN).replace("{member_id}", "1").replace("{dispute}", "1")
        refused = weak.ask(method, address.replace("{application_id}", "x"), json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing"), (method, path)
        theirs = Body(instance=instance, uri=dairy.uri, token=dairy.token).ask(method, address, json={})
        assert (theirs.status_code, theirs.json()["code"]) == (403, "permission-missing"), (method, path)
