"""Who is suspended while an answer is on its way to him gets no more of it, and is not told that it was the whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from fastapi.testclient import TestClient

from builders.access_tale import Tale
from builders.instance import Instance, Sender
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.members import set_status

LEVELS = 12


@pytest.fixture
def reader(shared: Instance, request: pytest.FixtureRequest) -> Sender:
    return shared.admit(request.node.name)


@pytest.fixture
def lot(shared: Instance, reader: Sender) -> str:
    """What is made of what, some levels deep."""
    tale = Tale(shared, {"house": reader})
    tale.make("house", "0", "private")
    for number in range(LEVELS):
        tale.change("house", str(number), str(number + 1))
    return tale.lot("0")


def streamed(instance: Instance, reader: Sender, lot: str, *, at_first: Callable[[], None]) -> list[str]:
    """Read a stream, and do something once its first line is there; gives the lines that came."""
    client = instance.client
    assert isinstance(client, TestClient)
    assert client.portal is not None
    lines: list[bytes] = []
    given = [b""]

    async def receive() -> dict[str, Any]:
        if not given:
            await anyio.sleep_forever()
        return {"type": "http.request", "body": given.pop(), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            lines.append(message["body"])
            if len(lines) == 1:
                await anyio.to_thread.run_sync(at_first)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/api/v1/trace/stream", "raw_path": b"/api/v1/trace/stream", "root_path": "",
        "query_string": f"object={lot}&direction=down".encode(),
        "headers": [(b"host", b"testserver"), (b"authorization", f"Bearer {reader.token}".encode())],
        "client": ("testclient", 1), "server": ("testserver", 80),
    }  # fmt: skip
    try:
        client.portal.call(client.app, scope, receive, send)
    except Exception:  # noqa: BLE001 - a server breaks the connection off
        lines.append(b"")
    return b"".join(lines).decode().splitlines()


def suspend(instance: Instance, uri: str) -> None:
    with instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=uri, status=MemberStatus.SUSPENDED)


def revoke(instance: Instance, token: str) -> None:
    with instance.platform.database.unit_of_work() as uow:
        uow.tokens.revoke(token.split("_")[1])


def test_a_stream_that_nobody_ends_is_whole(shared: Instance, reader: Sender, lot: str) -> None:
    told = [json.loads(line) for line in streamed(shared, reader, lot, at_first=lambda: None)]
    assert "summary" in told[-1]
    assert len(told) == LEVELS + 3


def test_a_member_that_is_suspended_gets_no_more_of_an_open_stream(shared: Instance, reader: Sender, lot: str) -> None:
    lines = streamed(shared, reader, lot, at_first=lambda: suspend(shared, reader.uri))
    assert len(lines) <= 2
    assert "summary" not in "".join(lines)


def test_a_token_that_is_taken_back_gets_no_more_of_an_open_stream(shared: Instance, reader: Sender, lot: str) -> None:
    lines = streamed(shared, reader, lot, at_first=lambda: revoke(shared, reader.token))
    assert len(lines) <= 2
    assert "summary" not in "".join(lines)
