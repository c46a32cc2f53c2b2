"""An HTTP server of a member: keeps what it is sent, and answers as it is told, badly too."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request."""

    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        return list(orjson.loads(self.body))

    @property
    def indexes(self) -> list[int]:
        return [event["data"]["index"] for event in self.events]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """How a request is answered; `drip` sends the body a byte at a time, `hang` is in seconds before anything."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: float = 0.0
    drip: bool = False


Answer = Callable[[Received], Reply]


def taken(_: Received) -> Reply:
    return Reply()


@dataclass
class Receiver:
    """What has come, and how the next is answered."""

    port: int
    answer: Answer = taken
    received: list[Received] = field(default_factory=list)
    accepted: list[Received] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def indexes(self) -> list[int]:
        """Of all that was taken, in its order."""
        with self.lock:
            return [index for each in self.accepted for index in each.indexes]

    def wait_for(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, [(each.indexes, each.headers) for each in self.received[-3:]]
            time.sleep(0.02)


@contextmanager
def receiver(answer: Answer = taken, *, port: int = 0) -> Iterator[Receiver]:
    """Run one on loopback, at a port of the system's choice unless one is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._reply(Received(headers=dict(self.headers.items()), body=body))

        def do_GET(self) -> None:
            self._reply(Received(headers=dict(self.headers.items()), body=b"[]"))

        def _reply(self, request: Received) -> None:
            with made.lock:
                made.received.append(request)
            reply = made.answer(request)
            time.sleep(reply.hang)
            if 200 <= reply.status < 300:
                with made.lock:
                    made.accepted.append(request)
            with contextlib.suppress(OSError):  # who sent it has gone
                self._write(reply)

        def _write(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.body:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            pieces = [bytes([byte]) for byte in reply.body] if reply.drip else [reply.body]
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(0.2 if reply.drip else 0)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    made = Receiver(port=server.server_address[1], answer=answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
