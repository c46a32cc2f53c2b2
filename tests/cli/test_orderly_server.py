"""A server that ends hears who is in already, and lets nobody else in."""

from __future__ import annotations

import asyncio

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from filiere_platform.cli.serve import OrderlyServer


async def answer_the_path(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(Request(scope).url.path)(scope, receive, send)


async def begin() -> tuple[OrderlyServer, int]:
    config = uvicorn.Config(answer_the_path, port=0, lifespan="off", log_config=None, access_log=False)
    config.load()
    server = OrderlyServer(config, lambda: None)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    return server, server.servers[0].sockets[0].getsockname()[1]


async def ask_while_it_ends() -> tuple[bytes, bool]:
    """Return what a client reads that came before the end and spoke after it began, and whether one more got in."""
    server, port = await begin()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(0.1)
    assert server.server_state.connections
    ending = asyncio.create_task(server.shutdown())
    await asyncio.sleep(0)
    try:
        _, late = await asyncio.open_connection("127.0.0.1", port)
        late.close()
        let_in = True
    except ConnectionRefusedError:
        let_in = False
    writer.write(b"GET /here HTTP/1.1\r\nHost: localhost\r\n\r\n")
    heard = await reader.read()
    writer.close()
    await ending
    return heard, let_in


def test_who_is_in_is_heard_and_answered_and_nobody_else_is_let_in() -> None:
    heard, let_in = asyncio.run(asyncio.wait_for(ask_while_it_ends(), timeout=20))
    assert heard.startswith(b"HTTP/1.1 200")
    assert heard.endswith(b"/here")
    assert not let_in


def test_uvicorn_alone_hangs_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the class is for: should this fail, uvicorn has learnt it, and the class can go."""
    monkeypatch.setattr(OrderlyServer, "shutdown", uvicorn.Server.shutdown)
    heard, _ = asyncio.run(asyncio.wait_for(ask_while_it_ends(), timeout=20))
    assert heard == b""
