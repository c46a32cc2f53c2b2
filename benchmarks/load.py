"""The clients: many keep-alive connections that send prepared bytes and read whole answers, and little else.

A general HTTP client costs as much as the server that it measures. Requests are laid out before the clock starts;
an answer is read as far as its status and its length.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length: "
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, ready to be written, and how many events it carries."""

    raw: bytes
    events: int = 1


@dataclass(slots=True, kw_only=True)
class Load:
    """What a slot of load came to. Times in seconds, latencies of whole requests."""

    seconds: float = 0.0
    events: int = 0
    latencies: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0  # of the clients themselves
    last: bytes = b""  # the body of the last answer

    @property
    def events_per_second(self) -> float:
        """Events acknowledged per second of wall time."""
        return self.events / self.seconds

    def latency_ms(self, percent: int) -> float:
        """A percentile of the requests' latencies, in milliseconds."""
        return sorted(self.latencies)[len(self.latencies) * percent // 100] * 1_000


class UnexpectedAnswer(Exception):  # noqa: N818 - a finding about the server, not an error of ours
    """A server under load gave another status than 200: what was measured would mean nothing."""


def post(path: str, body: bytes, *, token: str, media_type: str, events: int) -> Request:
    """Lay out a POST request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return Request(raw=head.encode() + body, events=events)


def get(path: str, *, token: str) -> Request:
    """Lay out a GET request."""
    return Request(raw=f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode())


def apply_load(
    port: int, queues: Mapping[str, Iterable[Request]], *, clients: int, seconds: float = float("inf")
) -> Load:
    """Send requests from so many clients for so long, or until the queues are empty; clients take turns among queues.

    Raises:
        UnexpectedAnswer: an answer was not 200.
    """
    lines = [deque(queue) for queue in queues.values()]
    load = Load()
    cpu = time.process_time()
    asyncio.run(_run(port, lines, load, clients, seconds))
    load.cpu_seconds = time.process_time() - cpu
    return load


async def _run(port: int, lines: Sequence[deque[Request]], load: Load, clients: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    connections = []
    for number in range(clients):
        _, connection = await loop.create_connection(
            functools.partial(_Client, lines[number % len(lines)], load, started + seconds), "127.0.0.1", port
        )
        connections.append(connection)
    async with asyncio.timeout(ANSWER_SECONDS + (seconds if seconds < float("inf") else 0)):
        await asyncio.gather(*(connection.done for connection in connections))
    load.seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()


class _Client(asyncio.Protocol):
    """One connection: writes its line's next request when the last answer is whole."""

    def __init__(self, line: deque[Request], load: Load, until: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line = line
        self._load = load
        self._until = until
        self._received = bytearray()
        self._sent_at = 0.0
        self._request: Request
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(END_OF_HEAD)
        if head_end < 0:
            return
        head = bytes(self._received[:head_end]).lower()
        start = head.find(LENGTH)
        if start < 0:
            self._fail(UnexpectedAnswer(f"an answer without a length: {head!r}"))
            return
        length = int(head[start + len(LENGTH) :].split(b"\r\n", 1)[0])
        whole = head_end + len(END_OF_HEAD) + length
        if len(self._received) < whole:
            return
        if not head.startswith(b"http/1.1 200"):
            self._fail(UnexpectedAnswer(bytes(self._received[:2_000]).decode(errors="replace")))
            return
        self._load.last = bytes(self._received[head_end + len(END_OF_HEAD) :])
        self._received.clear()
        now = time.perf_counter()
        self._load.latencies.append(now - self._sent_at)
        self._load.events += self._request.events
        if now < self._until:
            self._next()
        else:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._fail(exc or UnexpectedAnswer("the server closed the connection"))

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def _next(self) -> None:
        if not self._line:
            self._finish()
            return
        self._request = self._line.popleft()
        self._sent_at = time.perf_counter()
        self._transport.write(self._request.raw)

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)
