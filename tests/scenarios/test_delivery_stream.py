"""Server-sent events of a real server, read by a client of others: across a kill, up to a suspension, within bounds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent, connect_sse

from builders.instance import Sender, open_instance
from filiere_platform import bootstrap
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import MemberStatus
from filiere_platform.settings import Settings, read_settings
from filiere_platform.usecases.members import set_status
from servers.filiere import Filiere
from servers.receiver import Reply, receiver

PATH = "/api/v1/deliveries"
MOST = 5  # streams of one member
SECONDS = 20
WEBHOOKS = {"FILIERE_WEBHOOK_HOSTS": "127.0.0.1", "FILIERE_WEBHOOK_SECONDS": "0.5"}


@pytest.fixture(scope="module")
def members(folder: Path) -> dict[str, Sender]:
    with open_instance(folder) as instance:
        return {
            name: instance.admit(name, sharing=SharingMode.PRIVATE) for name in ("reader", "leaver", "crowd", "called")
        }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("streamed")


@pytest.fixture(scope="module")
def server(folder: Path, members: dict[str, Sender]) -> Iterator[Filiere]:
    server = Filiere(
        "serve",
        {"FILIERE_DATA_DIR": str(folder / "data"), "FILIERE_REQUESTS_PER_ADDRESS": "0"} | WEBHOOKS,
        folder=folder,
    )
    server.start()
    yield server
    server.stop()


def at(server: Filiere, member: Sender) -> Sender:
    member.client = httpx.Client(base_url=server.url, timeout=SECONDS)
    return member


@contextmanager
def opened(member: Sender, *, after: str = "", last: str = "") -> Iterator[EventSource]:
    headers = member.headers | ({"Last-Event-ID": last} if last else {})
    with connect_sse(member.client, "GET", PATH, params={"after": after}, headers=headers) as source:
        yield source


def next_events(source: Iterator[ServerSentEvent], count: int) -> list[ServerSentEvent]:
    """Read some events; what tells a position alone is no event."""
    found: list[ServerSentEvent] = []
    while len(found) < count:
        event = next(source)
        found += [event] if event.data else []
    return found


def index(event: ServerSentEvent) -> int:
    told: dict[str, Any] = json.loads(event.data)
    return int(told["data"]["index"])


def test_a_stream_goes_on_where_it_was_across_a_kill_of_the_server(server: Filiere, members: dict[str, Sender]) -> None:
    member = at(server, members["reader"])
    stored = member.send_new(3)
    received: list[int] = []
    with opened(member) as source:
        assert source.response.headers["x-accel-buffering"] == "no"
        events = source.iter_sse()
        found = next_events(events, 4)  # the entry of its key is its own, too
        received += [index(event) for event in found[1:]]
        stored += member.send_new()  # while the stream is open
        found = next_events(events, 1)
        received += [index(found[0])]
        server.kill()
        with pytest.raises(httpx.HTTPError):
            next(events)
    server.start()
    member = at(server, member)
    stored += member.send_new(2)
    with opened(member, last=found[-1].id) as source:
        received += [index(event) for event in next_events(source.iter_sse(), 2)]
    assert received == stored


def test_the_stream_of_who_is_suspended_ends_and_is_not_opened_again(
    server: Filiere, members: dict[str, Sender]
) -> None:
    member = at(server, members["leaver"])
    with opened(member, after="now") as source:
        events = source.iter_sse()
        position = next(events)
        assert position.id
        assert not position.data
        with bootstrap.open_database(_settings(server)) as database, database.unit_of_work() as uow:
            set_status(uow, uri=member.uri, status=MemberStatus.SUSPENDED)
        assert list(events) == []
    refused = member.get(PATH)
    assert (refused.status_code, refused.json()["code"]) == (403, "member-suspended")


def test_a_member_holds_so_many_streams_and_a_place_is_free_once_one_is_closed(
    server: Filiere, members: dict[str, Sender]
) -> None:
    member = at(server, members["crowd"])
    held = [opened(member, after="now") for _ in range(MOST)]
    for each in held:
        each.__enter__()
    with opened(member) as source:
        assert source.response.status_code == 429
        assert source.response.headers["retry-after"]
    held.pop().__exit__(None, None, None)
    deadline = time.monotonic() + SECONDS
    while True:
        with opened(member, after="now") as source:
            if source.response.status_code == 200:
                break
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for each in held:
        each.__exit__(None, None, None)


def test_a_server_that_is_told_to_stop_does_not_wait_for_open_streams(
    server: Filiere, members: dict[str, Sender]
) -> None:
    member = at(server, members["reader"])
    with opened(member, after="now") as source:
        events = source.iter_sse()
        next(events)
        began = time.monotonic()
        server.stop()
        assert list(events) == []
    assert time.monotonic() - began < SECONDS / 2
    server.start()


def test_what_a_webhook_has_not_answered_when_the_server_is_killed_is_sent_again(
    server: Filiere, members: dict[str, Sender]
) -> None:
    member = at(server, members["called"])
    with receiver(lambda _: Reply(hang=0.3)) as hook:
        asked = {"url": hook.url, "kinds": ["event"]}
        assert member.client.post("/api/v1/webhooks", json=asked, headers=member.headers).status_code == 201
        stored = member.send_new(2)
        hook.wait_for(lambda: len(hook.received) == 1)
        server.kill()
        hook.wait_for(lambda: len(hook.accepted) == 1)
        hook.answer = lambda _: Reply()
        server.start()
        hook.wait_for(lambda: len(hook.accepted) == 2)
    first, second = hook.accepted
    assert first.indexes == second.indexes == stored
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def _settings(server: Filiere) -> Settings:
    return read_settings(server.environment)
