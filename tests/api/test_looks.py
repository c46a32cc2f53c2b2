"""Looks: every answer that needed a mandate is written down before it is given, for each member that it tells of."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from builders.instance import FixedClock, Sender
from builders.mandated import Mandated, open_mandated
from conftest import Backend
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.look import Look, Question, read_ranges
from filiere_platform.domain.mandate import DAY
from filiere_platform.domain.member import Scope
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.store.looks import LookStore
from filiere_platform.usecases.looks import state_looks
from filiere_platform.usecases.mandate_deliveries import DELIVERY
from filiere_platform.usecases.members import create_api_token
from filiere_platform.usecases.trace import TraceQuestion
from filiere_platform.usecases.trace_stream import stream_trace
from filiere_schemas.provenance.canonical import canonicalize


@pytest.fixture
def case(backend: Backend) -> Iterator[Mandated]:
    with open_mandated(backend.folder, backend.database_url) as opened:
        yield opened


Ask = Callable[[Mandated, int], Any]


def post(case: Mandated, path: str, **asked: Any) -> Any:
    return case.auditor.client.post(path, json={"objects": [case.lot()], **asked}, headers=case.auditor.headers)


WAYS: dict[str, tuple[str, Ask]] = {
    "query": ("GET /epcis/events", lambda case, _: case.auditor.get("/epcis/events")),
    "record": ("GET /api/v1/records/{index}", lambda case, index: case.auditor.get(f"/api/v1/records/{index}")),
    "trace": ("GET /api/v1/trace", lambda case, _: case.auditor.get("/api/v1/trace", object=case.lot())),
    "proof": (
        "GET /api/v1/records/{index}/proof",
        lambda case, index: case.auditor.get_published(f"/api/v1/records/{index}/proof"),
    ),
    "bundle": ("GET /api/v1/bundle", lambda case, _: case.auditor.get_published("/api/v1/bundle", object=case.lot())),
    "credential": (
        "GET /api/v1/credential",
        lambda case, _: case.auditor.get_published("/api/v1/credential", object=case.lot()),
    ),
    "COSE receipt": (
        "GET /api/v1/cose-receipt/{index}",
        lambda case, index: case.auditor.get_published(f"/api/v1/cose-receipt/{index}"),
    ),
    "state": ("GET /api/v1/state", lambda case, _: case.auditor.get("/api/v1/state", object=case.lot())),
    "balance": ("GET /api/v1/balance", lambda case, _: case.auditor.get("/api/v1/balance", object=case.lot())),
    "dilution": (
        "GET /api/v1/balance/dilution",
        lambda case, _: case.auditor.get("/api/v1/balance/dilution", object=case.lot()),
    ),
    "trace of several": ("POST /api/v1/trace", lambda case, _: post(case, "/api/v1/trace")),
    "ancestors": ("POST /api/v1/trace/ancestors", lambda case, _: post(case, "/api/v1/trace/ancestors")),
    "investigation": (
        "POST /api/v1/trace/investigation",
        lambda case, _: post(case, "/api/v1/trace/investigation", weights=[{"event": 0}]),
    ),
    "difference": (
        "GET /api/v1/trace/difference",
        lambda case, _: case.auditor.get("/api/v1/trace/difference", object=case.lot()),
    ),
    "presence": (
        "GET /api/v1/trace/presence",
        lambda case, _: case.auditor.get("/api/v1/trace/presence", object=case.lot(), member="urn:x"),
    ),
    "trace as events": (
        "GET /api/v1/trace",
        lambda case, _: case.auditor.get("/api/v1/trace", object=case.lot(), format="epcis"),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_read_under_a_mandate_is_a_look(case: Mandated, way: str) -> None:
    index = case.tell()
    mandate = case.give()
    route, ask = WAYS[way]
    before = len(case.looks())
    answer = ask(case, index)
    assert answer.status_code == 200, answer.text
    look = case.last()
    assert len(case.looks()) > before
    assert (look["mandate"], look["records"], look["count"]) == (mandate, str(index), 1)
    assert look["question"]["route"] == route
    assert look["by"] == f"token:{case.auditor.token.split('_')[1]}"


def test_what_a_body_asks_is_told_as_what_an_address_asks(case: Mandated) -> None:
    case.tell()
    case.give()
    assert post(case, "/api/v1/trace").status_code == 200
    assert case.last()["question"]["parameters"] == [{"name": "object", "value": case.lot()}]


def test_the_pages_are_looks_too(case: Mandated) -> None:
    index = case.tell()
    case.give()
    client = case.instance.client
    signed_in = client.post("/sign-in", data={"token": case.auditor.token}, follow_redirects=False)
    assert signed_in.status_code == 303
    for address, route in (
        (f"/lot?object={case.lot()}", "GET /lot"),
        (f"/lot.json?object={case.lot()}", "GET /lot.json"),
        (f"/record/{index}", "GET /record/{index}"),
        ("/", "GET /"),
    ):
        assert client.get(address).status_code == 200
        assert case.last()["question"]["route"] == route
        assert case.last()["records"] == str(index)
    client.cookies.clear()


def test_an_answer_that_needed_no_mandate_is_no_look(case: Mandated) -> None:
    own, shared = case.tell(case.auditor), case.tell(**{"filiere:sharing": "sector"})
    case.give()
    for index in (own, shared):
        assert case.auditor.get(f"/api/v1/records/{index}").status_code == 200
    case.dairy.get("/epcis/events")
    case.auditor.get("/api/v1/records/999999")
    assert case.looks() == []


def test_a_page_of_an_answer_counts_what_it_shows_and_not_what_follows(case: Mandated) -> None:
    indexes = [case.tell() for _ in range(5)]
    case.give()
    token, found = "0", []
    while token:
        answer = case.auditor.get("/epcis/events", perPage="2", **({"nextPageToken": token} if token != "0" else {}))
        token = answer.json().get("nextPageToken", "")
        found.append(read_ranges(case.last()["records"]))
    assert found == [indexes[:2], indexes[2:4], indexes[4:]]


def under(case: Mandated, by: Sender, mandate: str, **asked: Any) -> Any:
    answer = by.get(f"/api/v1/mandates/{mandate}/looks", **asked)
    assert answer.status_code in {200, 404}, answer.text
    return answer.json().get("looks", answer.status_code)


def test_who_holds_a_mandate_reads_his_own_looks_under_it_and_no_guests(case: Mandated) -> None:
    index = case.tell()
    mandate, other = case.give(), case.give(case.rival, scope={"members": [case.rival.uri]})
    case.auditor.get(f"/api/v1/records/{index}")
    made = case.post(case.dairy, f"/{mandate}/guests", label="expert").json()["address"]
    guest = TestClient(case.instance.client.app, base_url="http://testserver")  # type: ignore[attr-defined]
    assert guest.get(urlsplit(made).path).status_code == 200
    assert guest.get(f"/record/{index}").status_code == 200
    (mine,) = (look for look in under(case, case.auditor, mandate) if look["by"] != "delivery")
    assert mine["by"].startswith("token:")
    assert (mine["member"], mine["route"]) == (case.dairy.uri, "GET /api/v1/records/{index}")
    assert (mine["parameters"], mine["records"]) == ([{"name": "index", "value": str(index)}], str(index))
    assert {"seq", "sha256", "chained"}.isdisjoint(mine)  # would tell of the looks of others
    whole = [look for look in under(case, case.dairy, mandate) if look["by"] != "delivery"]
    assert {look["by"].partition(":")[0] for look in whole} == {"guest", "token"}
    assert under(case, case.rival, mandate) == 404
    assert under(case, case.auditor, other) == []


def test_the_sector_body_reads_that_somebody_looked_and_nothing_of_what(case: Mandated) -> None:
    index, foreign = case.tell(), case.tell(case.rival)
    with case.instance.platform.database.unit_of_work() as uow:
        body = uow.members.sector_body()
        assert body is not None
        token = create_api_token(uow, uri=body.uri, scopes=frozenset(Scope))
    of_body = replace(case.dairy, uri=body.uri, token=token)
    charter = {"version": "1", "sha256": "0" * 64}
    client = case.instance.client
    assert client.post("/api/v1/admin/charter", json={**charter, "mandates": True}, headers=of_body.headers).is_success
    for member in (case.dairy, case.rival):
        assert client.post("/api/v1/charter/acceptance", json=charter, headers=member.headers).is_success
    mandate = case.give(of_body, scope={"members": [case.dairy.uri, case.rival.uri]})
    for each in (index, foreign):
        case.auditor.get(f"/api/v1/records/{each}")
        case.clock.advance()
    found = [look for look in under(case, of_body, mandate) if look["by"] != "delivery"]
    assert [look["member"] for look in found] == [case.rival.uri, case.dairy.uri]
    assert [(look["parameters"], look["records"], look["count"]) for look in found] == [(None, None, 1)] * 2
    assert {look["member"] for look in under(case, case.rival, mandate)} == {case.rival.uri}
    own = case.give()
    assert under(case, of_body, own) == 404
    page = of_body.get(f"/api/v1/mandates/{mandate}/looks", limit=1).json()
    rest = of_body.get(f"/api/v1/mandates/{mandate}/looks", before=page["nextBefore"]).json()
    parts = page["looks"] + rest["looks"]
    assert under(case, of_body, mandate)[-len(parts) :] == parts  # deliveries come when they come, the newest first


def test_each_member_is_told_of_looks_at_its_own_records_alone(case: Mandated) -> None:
    mine, theirs = case.tell(), case.tell(case.rival)
    case.give()
    case.give(case.rival, scope={"members": [case.rival.uri]})
    case.auditor.get("/epcis/events")
    assert [look["records"] for look in case.looks(case.dairy)] == [str(mine)]
    assert [look["records"] for look in case.looks(case.rival)] == [str(theirs)]
    assert case.looks(case.auditor) == []


def test_a_question_tells_a_member_no_name_that_its_own_records_do_not_speak_of(case: Mandated) -> None:
    case.tell()
    case.tell(case.rival, lot=7)
    case.give()
    case.give(case.rival, scope={"members": [case.rival.uri]})
    case.auditor.get("/epcis/events", MATCH_anyEPCClass=f"{case.lot(1)}|{case.lot(7)}", EQ_bizStep="inspecting")
    told = {
        who.uri: {each["name"]: each["value"] for each in case.last(who)["question"]["parameters"]}
        for who in (case.dairy, case.rival)
    }
    assert told == {
        case.dairy.uri: {"MATCH_anyEPCClass": f"{case.lot(1)}|…", "EQ_bizStep": "inspecting"},
        case.rival.uri: {"MATCH_anyEPCClass": f"…|{case.lot(7)}", "EQ_bizStep": "inspecting"},
    }


def a_chain_of_lots(case: Mandated, steps: int) -> None:
    for step in range(1, steps):
        case.tell(
            type="TransformationEvent",
            inputQuantityList=[{"epcClass": case.lot(step), "quantity": 5, "uom": "KGM"}],
            outputQuantityList=[{"epcClass": case.lot(step + 1), "quantity": 5, "uom": "KGM"}],
            eventTime=f"2026-03-{step:02d}T06:00:00Z",
            **dict.fromkeys(("action", "quantityList")),
        )


def test_a_look_that_cannot_be_written_is_no_answer(case: Mandated, monkeypatch: pytest.MonkeyPatch) -> None:
    index = case.tell()
    a_chain_of_lots(case, 3)
    case.give()

    def away(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(LookStore, "_append", away)
    for path, parameters in (
        (f"/api/v1/records/{index}", {}),
        ("/epcis/events", {}),
        ("/api/v1/trace", {"object": case.lot()}),
        ("/api/v1/bundle", {"object": case.lot()}),
    ):
        answer = case.auditor.get(path, **parameters)
        assert answer.status_code == 503
        assert "L1" not in answer.text.replace(path, "")
    parameters = {"object": case.lot(), "direction": "down"}
    stream = case.auditor.client.get("/api/v1/trace/stream", params=parameters, headers=case.auditor.headers)
    lines = [json.loads(line) for line in stream.text.splitlines()]
    assert [line["edges"]["event"] for line in lines if line.get("level")] == []
    monkeypatch.undo()
    assert case.looks() == []


def test_a_mandate_that_is_revoked_while_an_answer_is_made_shows_nothing(
    case: Mandated, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = case.tell()
    mandate = case.give()
    append = LookStore.keep

    def revoked_meanwhile(self: LookStore, look: Look, *arguments: Any, **named: Any) -> bool:
        if look.question.route != DELIVERY.route:  # the relay's own look, whose transaction writes already
            with monkeypatch.context() as patch:
                patch.setattr(LookStore, "keep", append)
                assert case.revoke(mandate) == 204
        return append(self, look, *arguments, **named)

    monkeypatch.setattr(LookStore, "keep", revoked_meanwhile)
    answer = case.auditor.get(f"/api/v1/records/{index}")
    assert (answer.status_code, answer.json()["code"]) == (403, "mandate-over")
    monkeypatch.undo()
    assert case.looks() == []


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_an_open_stream_ends_with_the_mandate_and_says_so(case: Mandated, end: str) -> None:
    a_chain_of_lots(case, 6)
    mandate = case.give()
    clock: FixedClock = case.clock
    with case.instance.platform.database.unit_of_work() as uow:
        auditor = uow.members.by_uri(case.auditor.uri)
        assert auditor is not None
        look = Look(at=clock(), by="token:x", question=Question(route="stream"), member_id=auditor.id)
        viewer = Viewer(member_id=auditor.id, look=look)
        lines = stream_trace(uow, viewer, TraceQuestion(object=case.lot(1)), Direction.DOWN, clock)
        read = [json.loads(next(lines)) for _ in range(3)]
        assert [line.get("level") for line in read] == [None, 0, 1]
        if end == "revoked":
            case.revoke(mandate)
        else:
            clock.advance(30 * DAY // 1_000)
        rest = [json.loads(line) for line in lines]
    assert [line["cut"]["reason"] for line in rest] == ["mandate-over"]
    shown = {index for line in read for index in line.get("edges", {}).get("event", [])}
    assert {index for look in case.looks() for index in read_ranges(look["records"])} == shown


def test_a_member_checks_its_chain_of_looks_and_the_log_holds_its_end(case: Mandated) -> None:
    for _ in range(3):
        case.tell()
    case.give()
    for _ in range(4):
        case.auditor.get("/epcis/events")
    answer = case.dairy.get("/api/v1/looks").json()["looks"]
    digest = bytes(32)
    for look in answer:
        digest = hashlib.sha256(digest + canonicalize(look["chained"])).digest()
        assert digest.hex() == look["sha256"]
    assert [look["chained"]["seq"] for look in answer] == list(range(1, len(answer) + 1))
    follower = case.instance.platform.mandate_follower()
    follower.state()
    case.auditor.get("/epcis/events")
    assert follower.state() == 0, "once a day is enough"
    acts = [act for act in case.dairy.get("/api/v1/audit").json()["acts"] if act["act"] == "looks.state"]
    covered = {int(act["details"]["last"]): act["details"]["sha256"] for act in acts}
    assert covered[max(covered)] == case.dairy.get("/api/v1/looks").json()["looks"][max(covered) - 1]["sha256"]
    seen = case.dairy.get("/api/v1/looks").json()["looks"][-1]["chained"]["seq"]
    case.clock.advance(DAY // 1_000)
    with case.instance.platform.database.unit_of_work() as uow:
        signer = case.instance.platform.act_signer()
        assert signer is not None
        state_looks(uow, signer=signer, now=case.clock())
    acts = [act for act in case.dairy.get("/api/v1/audit").json()["acts"] if act["act"] == "looks.state"]
    # A delivery may be a look of its own at any moment; what was there is covered.
    assert int(acts[-1]["details"]["last"]) >= seen
    assert case.instance.fsck().holds


def test_looks_are_paged_and_written_as_csv(case: Mandated) -> None:
    index = case.tell()
    case.give()
    for _ in range(3):
        case.auditor.get(f"/api/v1/records/{index}")
    first = case.dairy.get("/api/v1/looks", limit=2).json()
    assert (len(first["looks"]), first["nextAfter"]) == (2, 2)
    rest = case.dairy.get("/api/v1/looks", limit=900, after=first["nextAfter"]).json()
    assert (rest["looks"][0]["chained"]["seq"], rest["nextAfter"]) == (3, None)
    written = case.dairy.get("/api/v1/looks", format="csv")
    assert written.headers["content-type"].startswith("text/csv")
    rows = [row for row in csv.DictReader(io.StringIO(written.text)) if row["route"] != "delivery"]
    assert [(row["holder"], row["count"], row["records"]) for row in rows] == [(case.auditor.uri, "1", str(index))] * 3
    hostile = case.auditor.get("/epcis/events", EQ_bizStep="=HYPERLINK(1)")
    assert hostile.status_code in {200, 400}
    assert "\n=" not in case.dairy.get("/api/v1/looks", format="csv").text
