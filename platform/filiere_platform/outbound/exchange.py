"""One request and its answer, behind the guard: no redirect, a deadline for all of it, a bound on what is read."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from filiere_platform.outbound.guard import Destination, Guard

NONE: Final[Mapping[str, str]] = {}
USER_AGENT: Final = "filiere"


class Unreachable(Exception):  # noqa: N818 - a state of the world: try again later
    """No answer within the bounds; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever its status; a redirect is an answer like another."""

    status: int
    content_type: str
    body: bytes
    retry_after: str = ""  # as it was written; RFC 9110, 10.2.3


def exchange(
    guard: Guard,
    url: str,
    *,
    body: bytes | None = None,
    content_type: str = "",
    headers: Mapping[str, str] = NONE,
    seconds: float,
    most_bytes: int,
) -> Answer:
    """Send a POST with a body, or a GET where there is none.

    Args:
        guard: decides whether the address may be connected to.
        url: where to.
        body: what to send.
        content_type: of what is sent.
        headers: further ones.
        seconds: until the whole answer is here.
        most_bytes: of the answer's body.

    Raises:
        AddressRefused: the guard refused the address.
        Unreachable: no answer in time, a broken one, or a larger one.
    """
    deadline = time.monotonic() + seconds
    try:
        destination = guard.destination(url)
        connection = _Pinned(destination, _connect(destination, deadline))
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(_reason(error)) from error
    # A peer that sends one byte a second never runs into a socket's time-out: the deadline ends the connection itself.
    end = threading.Timer(max(0.0, deadline - time.monotonic()), connection.end)
    end.daemon = True
    end.start()
    try:
        sent = {**headers, "User-Agent": USER_AGENT, "Accept-Encoding": "identity", "Connection": "close"}
        if body is not None:
            sent["Content-Type"] = content_type
        connection.request("GET" if body is None else "POST", destination.path, body, sent)
        response = connection.getresponse()
        content = response.read(most_bytes + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable("timeout" if connection.has_ended else _reason(error)) from error
    finally:
        end.cancel()
        connection.close()
    if connection.has_ended:
        raise Unreachable("timeout")
    if len(content) > most_bytes:
        raise Unreachable(f"an answer of more than {most_bytes} bytes")
    named = response.headers
    return Answer(
        status=response.status,
        content_type=named.get("Content-Type", ""),
        body=content,
        retry_after=named.get("Retry-After", ""),
    )


class _Pinned(http.client.HTTPConnection):
    """A connection on a socket that is connected already: it resolves nothing."""

    def __init__(self, destination: Destination, connected: socket.socket) -> None:
        super().__init__(destination.host, destination.port)
        self.sock = connected
        # The library lets go of its socket once an answer begins that closes the connection, and reads on from a file.
        self._connected = connected
        self.has_ended = False

    def end(self) -> None:
        """Make every read and write on the socket end now, from another thread."""
        self.has_ended = True
        with contextlib.suppress(OSError):
            self._connected.shutdown(socket.SHUT_RDWR)


def _connect(destination: Destination, deadline: float) -> socket.socket:
    """Connect to the first address that answers.

    Raises:
        OSError: none does, or it cannot prove that it is the host.
    """
    failure: OSError = TimeoutError()
    for address in destination.addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            connected = socket.create_connection((address, destination.port), timeout=left)
        except OSError as error:
            failure = error
            continue
        if not destination.is_encrypted:
            return connected
        try:
            return ssl.create_default_context().wrap_socket(connected, server_hostname=destination.host)
        except OSError:
            connected.close()
            raise
    raise failure


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
