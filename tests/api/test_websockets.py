"""Subscriptions over a websocket: what a query finds as it comes, for who may have it, and a reason when it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from builders.events import an_object_event
from builders.instance import Instance, Sender
from builders.served import newcomers, served_instance
from builders.subscribing import QUERIES, SHIPPING, define, delete, ids_of, ship
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.members import set_status


@pytest.fixture
def member(shared: Instance, request: pytest.FixtureRequest) -> Sender:
    return shared.admit(request.node.name, sharing=SharingMode.PRIVATE)


def opened(member: Sender, path: str, asked: str = "stream=true", **headers: str) -> Any:
    assert isinstance(member.client, TestClient)
    return member.client.websocket_connect(f"{path}/events?{asked}", headers=member.headers | headers)


def taken(session: WebSocketTestSession, count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        found += ids_of(json.loads(session.receive_text()))
    return found


def test_what_comes_is_sent_as_it_comes_and_what_is_shown_later_once(shared: Instance, member: Sender) -> None:
    partner = shared.admit(f"{member.uri} partner", sharing=SharingMode.PRIVATE)
    path, (hidden,) = define(member), ship(partner)
    with opened(member, path) as session:
        sent = [*ship(member, 2), *ship(member)]
        assert taken(session, 3) == sent
        records = [e["data"] for e in partner.get("/api/v1/deliveries").json() if e["data"]["kind"] == "event"]
        index = next(each["index"] for each in records if each["eventID"] == hidden)
        grant = partner.client.post(
            f"/api/v1/records/{index}/grants", json={"member": member.uri}, headers=partner.headers
        )
        assert grant.is_success, grant.text
        assert taken(session, 1) == [hidden]
        last = ship(member)
        assert taken(session, 1) == last


def test_it_begins_with_what_was_stored_since_the_asked_time(member: Sender) -> None:
    path = define(member)
    sent = ship(member, 2)
    since = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with opened(member, path, f"stream=true&initialRecordTime={since}") as session:
        assert taken(session, 2) == sent
        # Source: EPCIS 2.0 OpenAPI, 101: at first it is the initial time.
        (said,) = [value for name, value in session.extra_headers or () if name == b"gs1-query-min-record-time"]
        assert datetime.fromisoformat(said.decode()) == datetime.fromisoformat(since)


def test_a_schedule_tells_each_of_its_times_that_is_to_be_told(member: Sender) -> None:
    path = define(member)
    with opened(member, path, "second=[0-59]&reportIfEmpty=true") as session:
        assert ids_of(json.loads(session.receive_text())) == []
        sent = ship(member)
        assert taken(session, 1) == sent


@pytest.mark.parametrize(
    ("asked", "headers", "status", "code"),
    [
        ("", {}, 400, "subscription-controls"),
        ("stream=true&hour=1", {}, 400, "subscription-controls"),
        ("stream=yes", {}, 400, "subscription-control"),
        ("stream=true&perPage=1", {}, 400, "subscription-control"),
        ("hour=25", {}, 400, "subscription-schedule"),
        ("stream=true&stream=true", {}, 400, "subscription-control"),
        ("hour=1&minute=5&hour=2", {}, 400, "subscription-control"),
        ("stream=true&dest=https://a.example/", {}, 400, "subscription-control"),
        ("stream=true&signatureToken=s3cret", {}, 400, "subscription-control"),
        ("stream=true&secret=s3cret", {}, 400, "subscription-control"),
        (f"stream=true&initialRecordTime={'0' * 20_000}", {}, 414, "address-too-long"),
        ("stream=true", {"GS1-EPCIS-Min": "9.0"}, 406, "not-acceptable"),
        ("stream=true", {"GS1-CBV-Max": "1.0"}, 406, "not-acceptable"),
        ("stream=true", {"Accept": "application/xml"}, 406, "not-acceptable"),
        ("stream=true", {"Origin": "https://elsewhere.example"}, 403, "websocket-origin"),
        ("stream=true", {"Authorization": "Bearer nothing"}, 401, "token-refused"),
    ],
)
def test_what_is_refused_is_refused_before_it_is_opened(
    member: Sender, asked: str, headers: dict[str, str], status: int, code: str
) -> None:
    path = define(member)
    with pytest.raises(WebSocketDenialResponse) as refused, opened(member, path, asked, **headers):
        pass
    assert (refused.value.status_code, refused.value.json()["code"]) == (status, code)
    assert "s3cret" not in refused.value.text


def test_nobody_follows_another_s_query(shared: Instance, member: Sender) -> None:
    path, other = define(member), shared.admit(f"{member.uri} other")
    with pytest.raises(WebSocketDenialResponse) as refused, opened(other, path):
        pass
    assert refused.value.status_code == 404


def test_a_member_has_so_many_open(member: Sender) -> None:
    path = define(member)
    sessions = [opened(member, path) for _ in range(5)]
    for session in sessions:
        session.__enter__()
    try:
        with pytest.raises(WebSocketDenialResponse) as refused, opened(member, path):
            pass
        assert (refused.value.status_code, refused.value.json()["code"]) == (429, "too-many-streams")
    finally:
        for session in sessions:
            session.__exit__(None, None, None)


def closed(session: WebSocketTestSession) -> tuple[int, str]:
    with pytest.raises(WebSocketDisconnect) as end:
        session.receive_text()
    return end.value.code, end.value.reason or ""


def test_it_ends_with_a_reason_when_the_query_is_removed_or_the_member_suspended(
    shared: Instance, member: Sender
) -> None:
    path = define(member)
    with opened(member, path) as session:
        assert delete(member, path) == 204
        code, reason = closed(session)
        assert (code, "shipped" in reason) == (1008, True)
    define(member)
    with opened(member, path) as session:
        with shared.platform.database.unit_of_work() as uow:
            set_status(uow, uri=member.uri, status=MemberStatus.SUSPENDED)
        code, reason = closed(session)
        assert (code, bool(reason)) == (1008, True)


def test_a_served_instance_speaks_to_a_client_written_elsewhere_and_says_goodbye(tmp_path: Path) -> None:
    with served_instance(tmp_path) as instance:
        company = newcomers(instance, tmp_path)()
        headers = {"Authorization": f"Bearer {company.token}"}
        asked = {"name": "shipped", "query": SHIPPING}
        assert httpx.post(f"{company.url}{QUERIES}", json=asked, headers=headers).status_code == 201
        address = company.url.replace("http://", "ws://") + f"{QUERIES}/shipped/events?"
        with pytest.raises(InvalidStatus) as refused:
            connect(address, additional_headers=headers)
        assert refused.value.response.status_code == 400
        assert json.loads(refused.value.response.body)["type"] == "epcisException:SubscriptionControlsException"
        with connect(address + "stream=true", additional_headers=headers) as session:
            event = an_object_event(eventID="urn:uuid:5f9d6b1a-1f0e-4d0c-9a51-0f6f0a1c7e11", bizStep="shipping")
            assert httpx.post(f"{company.url}/epcis/events", json=event, headers=headers).status_code == 201
            assert ids_of(json.loads(session.recv(timeout=20))) == [event["eventID"]]
            instance.server.stop()
            with pytest.raises(ConnectionClosed):
                session.recv(timeout=20)
            assert session.close_code == 1012
