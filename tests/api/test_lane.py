"""The lane to a capture skips the framework's layers, and nobody outside can tell."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from builders.events import an_object_event
from builders.instance import JOSE, Instance, Sender
from filiere_platform.api.lane import Application
from filiere_platform.usecases.capture import Capture

PATH = "/api/v1/records"
# What differs by nature: when it was answered.
VARYING = {"date"}


@pytest.fixture(scope="module")
def sender(shared: Instance) -> Sender:
    return shared.admit("lane")


def both_ways(
    shared: Instance, monkeypatch: pytest.MonkeyPatch, **request: Any
) -> tuple[httpx.Response, httpx.Response]:
    app = shared.client.app
    assert isinstance(app, Application)
    assert ("POST", PATH) in app.lanes
    by_lane = shared.client.post(PATH, **request)
    with monkeypatch.context() as patch:
        patch.setattr(app, "lanes", {})
        by_route = shared.client.post(PATH, **request)
    return by_lane, by_route


def told(response: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    return response.status_code, {k: v for k, v in response.headers.items() if k not in VARYING}, response.content


def test_a_record_is_answered_alike(shared: Instance, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    record = sender.sign(an_object_event(eventID="urn:uuid:00000000-0000-4000-8000-00000000001a"))
    headers = {**sender.headers, "Content-Type": JOSE}
    assert shared.client.post(PATH, content=record, headers=headers).status_code == 200
    by_lane, by_route = both_ways(shared, monkeypatch, content=record, headers=headers)
    assert by_lane.json()["records"][0]["status"] == "known"
    assert told(by_lane) == told(by_route)


@pytest.mark.parametrize(
    ("changes", "body", "status"),
    [
        ({"Authorization": ""}, b"a.b.c", 401),
        ({"Content-Type": "text/plain"}, b"a.b.c", 415),
        ({}, b"", 400),
        ({}, b"not a record", 207),
        ({}, b"a.b.c", 400),
        ({"Accept-Language": "en"}, b"a.b.c", 400),
        ({"Content-Length": "99999999999"}, b"a.b.c", 413),
    ],
    ids=["no token", "media type", "nothing", "several", "one", "in English", "too large"],
)
def test_a_refusal_is_answered_alike(
    *,
    shared: Instance,
    sender: Sender,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    body: bytes,
    status: int,
) -> None:
    headers = {**sender.headers, "Content-Type": JOSE, **changes}
    by_lane, by_route = both_ways(shared, monkeypatch, content=body, headers=headers)
    assert by_lane.status_code == status, by_lane.text
    assert told(by_lane) == told(by_route)


def test_a_fault_of_ours_is_answered_alike(shared: Instance, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(Capture, "receipt", fail)
    headers = {**sender.headers, "Content-Type": JOSE}
    by_lane, by_route = both_ways(shared, monkeypatch, content=b"a.b.c", headers=headers)
    assert by_lane.status_code == 500
    assert told(by_lane) == told(by_route)


def test_other_methods_go_to_the_route(shared: Instance) -> None:
    assert shared.client.put(PATH).status_code == 405
    assert PATH in shared.client.get("/api/v1/openapi.json").json()["paths"]
