"""The witness over HTTP/1.1, on the standard library's server, within limits.

A witness answers a few small requests a second; what it must be is small enough to be read before it is trusted. The
standard library has no limit on time, size or number, so they are set here: one deadline for a whole request however
slowly it drips, a bound on its body, a bound on connections. TLS is a reverse proxy's.

Source: C2SP tlog-witness (paths, statuses, content types).
"""

from __future__ import annotations

import io
import logging
import re
import socket
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.add_checkpoint import MAX_REQUEST_BYTES, InvalidRequest
from filiere_witness.decision import NotProved, NotSigned, StaleSize, UnknownLog
from filiere_witness.witness import Witness

ADD_CHECKPOINT: Final = "/add-checkpoint"
REQUEST_SECONDS: Final = 15.0  # from the end of one request of a connection to that of the next
MOST_CONNECTIONS: Final = 64
SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

# Not the protocol's: what a log asks that has lost its own memory of what it signed.
_LATEST: Final = re.compile(r"/checkpoint/([0-9a-f]{64})")
_STATUSES: Final[dict[type[Refusal], HTTPStatus]] = {
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    UnknownLog: HTTPStatus.NOT_FOUND,
    NotSigned: HTTPStatus.FORBIDDEN,
    NotProved: HTTPStatus.UNPROCESSABLE_ENTITY,
}

log = logging.getLogger(__name__)


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; a thread per connection, and no more than so many."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], witness: Witness, *, seconds: float = REQUEST_SECONDS) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.witness = witness
        self.seconds = seconds
        self._free = threading.Semaphore(MOST_CONNECTIONS)
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, or close it where there are too many."""
        if not self._free.acquire(blocking=False):
            log.warning("connections_exhausted")
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, then make room for another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the library's signature
        """Note what was not foreseen; a connection that its client broke is not worth a warning."""
        log.debug("connection_failed", extra={"reason": str(sys.exception())})


class _DeadlineReader(io.RawIOBase):
    """Reads a socket until a deadline, however slowly bytes come."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self.deadline = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    server_version = "filiere-witness"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self._reader = _DeadlineReader(self.connection)
        self.rfile = io.BufferedReader(self._reader)

    def handle_one_request(self) -> None:
        self._reader.deadline = time.monotonic() + self.server.seconds
        super().handle_one_request()

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self.path != ADD_CHECKPOINT:
            self._answer(HTTPStatus.NOT_FOUND, b"")
            return
        try:
            line = self.server.witness.add_checkpoint(body)
        except StaleSize as refused:
            self._answer(HTTPStatus.CONFLICT, b"%d\n" % refused.size, SIZE_TYPE)
        except tuple(_STATUSES) as refused:
            self._answer(_STATUSES[type(refused)], _sentences(refused))
        except OSError:
            log.exception("witness_cannot_write")
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"")
        else:
            self._answer(HTTPStatus.OK, line)

    def do_GET(self) -> None:
        match = _LATEST.fullmatch(self.path)
        note = self.server.witness.latest(match[1]) if match else None
        self.close_connection |= "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        self._answer(HTTPStatus.NOT_FOUND if note is None else HTTPStatus.OK, note or b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        log.debug(format, *args)

    def _body(self) -> bytes | None:
        """Read a body whose length was said; None where an answer was given instead."""
        length = self.headers.get("Content-Length", "")
        refused = None
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            refused = HTTPStatus.LENGTH_REQUIRED
        elif len(length) > len(str(MAX_REQUEST_BYTES)) or int(length) > MAX_REQUEST_BYTES:
            refused = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if refused:
            self.close_connection = True  # where the body ends is not known, or too far away
            self._answer(refused, b"")
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _answer(self, status: HTTPStatus, body: bytes, content_type: str = TEXT_TYPE) -> None:
        self.connection.settimeout(self.server.seconds)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _sentences(refused: Refusal) -> bytes:
    lines = [f"{problem.code}: {problem.message('en')}\n{problem.message('fr')}\n" for problem in refused.problems]
    return "".join(lines).encode()
