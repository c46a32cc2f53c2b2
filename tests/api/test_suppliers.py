"""The register over HTTP: kept, read as it stood, proven by acts, and nobody else's business."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from builders.instance import FixedClock, Instance, Sender, open_instance
from builders.partners import a_document
from conftest import Backend
from filiere_platform.domain import supplier
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Scope
from filiere_platform.domain.supplier import register_digest
from filiere_platform.usecases.members import create_api_token

PATH = "/api/v1/suppliers"
DAY = 86_400_000


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def instance(backend: Backend, clock: FixedClock) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def cheese(instance: Instance) -> Sender:
    return instance.admit("Fromagerie")


@pytest.fixture
def rival(instance: Instance) -> Sender:
    return instance.admit("Rivale")


def ask(sender: Sender, method: str, path: str = "", **asked: Any) -> httpx.Response:
    return sender.client.request(method, PATH + path, headers=sender.headers | asked.pop("headers", {}), **asked)


def add(sender: Sender, **changes: Any) -> dict[str, Any]:
    answer = ask(sender, "POST", json=a_document(**changes))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change(sender: Sender, partner: dict[str, Any], **changes: Any) -> httpx.Response:
    document = a_document(**{name: partner[name] for name in ("code", "name")}) | changes
    return ask(sender, "PUT", f"/{partner['id']}", json={"version": partner["version"], **document})


def test_a_partner_is_kept_with_everything_that_was_said_of_it(cheese: Sender) -> None:
    kept = add(cheese)
    assert kept["identifiers"] == ["urn:filiere:party:siret:73282932000074", "https://id.gs1.org/417/3012345678902"]
    assert kept["products"][0]["state"] == "approved"
    assert (kept["certificates"][0]["state"], kept["contacts"][0]["name"]) == ("suspended", "Jeanne Dupont")
    assert ask(cheese, "GET", f"/{kept['id']}").json() == kept
    (line,) = ask(cheese, "GET").json()["suppliers"]
    assert (line["code"], line["certificates"], line["products"]) == ("F001", {"suspended": 1}, 1)
    assert [ask(cheese, "GET", params={"q": q}).json()["suppliers"] != [] for q in ("alpes", "73282932", "zzz")] == [
        True,
        True,
        False,
    ]
    assert ask(cheese, "GET", params={"relation": "carrier"}).json()["suppliers"] == []


def test_states_are_said_for_the_day_that_is_asked_for(cheese: Sender) -> None:
    kept = add(cheese)
    states = {
        day: ask(cheese, "GET", f"/{kept['id']}", params={"on": day}).json()["certificates"][0]["state"]
        for day in ("2025-12-31", "2026-02-28", "2026-03-31", "2026-04-01", "2027-01-01")
    }
    assert list(states.values()) == ["not-yet", "valid", "suspended", "valid", "expired"]
    soon = ask(cheese, "GET", f"/{kept['id']}", params={"on": "2026-12-01"}).json()["certificates"][0]
    assert (soon["daysLeft"], soon["endsSoon"]) == (30, True)


def test_the_register_is_read_as_it_stood_and_each_version_is_proven_by_an_act(
    cheese: Sender, clock: FixedClock
) -> None:
    kept = add(cheese)
    before = iso_instant(clock())
    clock.advance(DAY)
    changed = change(cheese, kept, name="Laiterie du Lac", certificates=[])
    assert changed.status_code == 200
    clock.advance(DAY)
    assert ask(cheese, "DELETE", f"/{kept['id']}").status_code == 204
    assert ask(cheese, "GET", f"/{kept['id']}").status_code == 404
    then = ask(cheese, "GET", f"/{kept['id']}", params={"as_of": before}).json()
    assert (then["name"], len(then["certificates"]), then["contacts"]) == ("Laiterie des Alpes", 1, [])
    assert [p["name"] for p in ask(cheese, "GET", params={"as_of": before}).json()["suppliers"]] == [kept["name"]]
    versions = ask(cheese, "GET", f"/{kept['id']}/history").json()["versions"]
    assert [v["step"] for v in versions] == ["removed", "changed", "added"]
    acts = {act["index"]: act for act in cheese.get("/api/v1/audit").json()["acts"]}
    for version in versions:
        body = version["partner"]
        written = "" if body is None else json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert version["sha256"] == hashlib.sha256(written.encode()).hexdigest()
        act = acts[version["act"]]
        line = (kept["id"], version["version"], bytes.fromhex(version["sha256"]))
        assert act["details"]["sha256"] == register_digest([line])
        assert act["object"] == kept["id"]
        assert "Laiterie" not in json.dumps(act)
    assert [acts[v["act"]]["act"] for v in versions] == ["partner.remove", "partner.change", "partner.add"]
    assert acts[versions[1]["act"]]["details"]["parts"] == "name certificates"


def test_who_writes_over_a_change_of_somebody_else_is_told(cheese: Sender) -> None:
    kept = add(cheese)
    assert change(cheese, kept, name="Un").status_code == 200
    stale = change(cheese, kept, name="Deux")
    assert (stale.status_code, stale.json()["code"]) == (409, "partner-version-stale")
    assert ask(cheese, "DELETE", f"/{kept['id']}", params={"version": 1}).status_code == 409
    again = ask(cheese, "GET", f"/{kept['id']}").json()
    same = change(cheese, again)
    assert (same.status_code, same.json()["version"]) == (200, 2)
    other = add(cheese, code="F002")
    taken = change(cheese, other, code="F001")
    assert (taken.status_code, taken.json()["code"]) == (409, "partner-code-taken")
    assert ask(cheese, "POST", json=a_document()).json()["code"] == "partner-code-taken"


def test_what_is_wrong_is_told_at_its_place_and_changes_nothing(cheese: Sender) -> None:
    wrong = ask(cheese, "POST", json=a_document(identifiers=["73282932000075"], name=" "))
    assert wrong.status_code == 400
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/name", "/identifiers/0"]
    for body in ({"code": "x"}, {**a_document(), "nom": "x"}, a_document(relations=["friend"]), []):
        assert ask(cheese, "POST", json=body).status_code == 400
    large = ask(cheese, "POST", content=b" " * 500_001, headers={"Content-Type": "application/json"})
    assert large.status_code == 413
    assert ask(cheese, "GET").json()["suppliers"] == []


def test_nobody_learns_of_the_register_of_another_member(cheese: Sender, rival: Sender) -> None:
    """Non-interference: not a byte of any answer to the rival changes, save the size of the log (D1)."""
    kept = add(rival, code="R1")

    def seen() -> list[Any]:
        paths = ("", f"/{kept['id']}", f"/{kept['id']}/history", "?q=lait", "?as_of=2026-12-31")
        answers = [ask(rival, "GET", path) for path in paths]
        others = [rival.get(path) for path in ("/api/v1/audit", "/api/v1/findings", "/epcis/events")]
        return [(each.status_code, each.json().get("suppliers", each.text)) for each in answers] + [
            (each.status_code, each.text) for each in others
        ]

    before = seen()
    mine = add(cheese, identifiers=[rival.uri], code="F9")
    change(cheese, mine, name="Autre", identifiers=[rival.uri])
    after = seen()
    assert after[:5] == before[:5]
    assert after[5:7] == before[5:7]
    never = ask(rival, "GET", "/0123456789abcdef")
    for method, path in (("GET", ""), ("GET", "/history"), ("DELETE", "")):
        foreign = ask(rival, method, f"/{mine['id']}{path}")
        assert foreign.status_code == 404
        assert foreign.json()["code"] == never.json()["code"]
        assert foreign.text.replace(mine["id"], "0123456789abcdef") == never.text
    assert change(rival, mine).status_code == 404
    assert ask(cheese, "GET", f"/{mine['id']}").json()["version"] == 2


def test_an_identifier_tells_who_is_a_member_only_where_that_is_no_secret(instance: Instance, cheese: Sender) -> None:
    site, quiet = "https://id.gs1.org/417/9521001000031", "urn:filiere:party:duns:111111111"
    with instance.platform.database.unit_of_work() as uow:
        uow.members.add(quiet, "Discrète", None, [quiet])
    keyed = instance.admit("Connue", identifiers=(site,))

    def member(identifier: str, code: str) -> str | None:
        found: str | None = add(cheese, code=code, identifiers=[identifier])["member"]
        return found

    assert member(keyed.uri, "A") == keyed.uri  # its key stands in the log, for everybody
    assert member(site, "B") is None  # whose this is stands nowhere
    assert member(quiet, "C") is None
    assert member("urn:filiere:party:duns:222222222", "D") is None
    with instance.platform.database.unit_of_work() as uow:
        owner = uow.members.by_uri(keyed.uri)
        assert owner is not None
        uow.access_requests.set_named(owner.id, is_named=True)
    assert {line["code"]: line["member"] for line in ask(cheese, "GET").json()["suppliers"]} == {
        "A": keyed.uri,
        "B": keyed.uri,
        "C": None,
        "D": None,
    }


def test_a_usual_token_neither_reads_nor_changes_the_register(instance: Instance, cheese: Sender) -> None:
    kept = add(cheese)
    with instance.platform.database.unit_of_work() as uow:
        usual = create_api_token(uow, uri=cheese.uri, scopes=frozenset({Scope.READ, Scope.CAPTURE, Scope.MANAGE}))
    headers = {"Authorization": f"Bearer {usual}"}
    for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{kept['id']}"), ("DELETE", f"/{kept['id']}")):
        refused = cheese.client.request(method, PATH + path, headers=headers, json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")


def test_a_register_and_its_changes_have_their_limits(cheese: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    from filiere_platform.usecases import suppliers as use

    kept = add(cheese)
    limits = {
        "MOST_PARTNERS": (1, "partner-register-full", 400),
        "LARGEST_REGISTER": (10, "partner-register-size", 400),
        "MOST_VERSIONS_PER_DAY": (1, "partner-too-many-changes", 429),
    }
    for name, (value, code, status) in limits.items():
        assert getattr(supplier, name) >= value
        with monkeypatch.context() as patched:
            patched.setattr(use, name, value)
            refused = ask(cheese, "POST", json=a_document(code="F2"))
            assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert ask(cheese, "DELETE", f"/{kept['id']}").status_code == 204


def test_the_pages_of_a_register_follow_each_other(cheese: Sender) -> None:
    for number in range(5):
        add(cheese, code=f"F{number}")
    codes, after = [], ""
    for _ in range(5):
        page = ask(cheese, "GET", params={"limit": 2, "after": after}).json()
        codes += [line["code"] for line in page["suppliers"]]
        if page["nextAfter"] is None:
            break
        after = page["nextAfter"]
    assert codes == [f"F{number}" for number in range(5)]


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-02-30", "2026-01-01T00:00:00", "9999-12-31", "0001-01-01", "x" * 41]
)
def test_an_instant_that_is_none_is_refused(text: str, cheese: Sender) -> None:
    assert ask(cheese, "GET", params={"as_of": text}).status_code in {200, 400}
    assert ask(cheese, "GET", "/0123456789abcdef", params={"as_of": text}).status_code in {400, 404}
