"""A wire between a client and a server that a test can cut, or let go dead, at any moment."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit


class Wire:
    """Forwards TCP from a port of its own on loopback.

    Cut: connections are closed and new ones refused. Dead: bytes vanish, and nobody closes.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._is_cut = False
        self._is_dead = False
        self._cut_after: int | None = None
        self.bytes_sent = 0  # from clients to the server
        self.bytes_lost = 0  # in either direction, while it was dead
        threading.Thread(target=self._accept, name="wire", daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """Reset every connection and refuse new ones until mended."""
        with self._lock:
            self._is_cut = True
            pairs, self._pairs = self._pairs, []
        for sock in (sock for pair in pairs for sock in pair):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def cut_after(self, count: int) -> None:
        """Cut once, when so many more bytes have gone to the server."""
        self._cut_after = self.bytes_sent + count

    def die(self) -> None:
        """Keep connections open and carry nothing more on them, until mended."""
        self._is_dead = True

    def mend(self) -> None:
        """Carry new connections; those that were dead stay useless."""
        self._is_cut = self._is_dead = False
        self._cut_after = None

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                client.close()
                continue
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._pairs.append((client, server))
            for source, sink, upstream in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._carry, args=(source, sink, upstream), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, upstream: bool) -> None:  # noqa: FBT001 - one caller
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if self._is_dead:
                    self.bytes_lost += len(data)
                    continue
                if upstream:
                    room = len(data) if self._cut_after is None else max(0, self._cut_after - self.bytes_sent)
                    sink.sendall(data[:room])
                    self.bytes_sent += min(room, len(data))
                    if room < len(data):
                        self.cut()
                        return
                else:
                    sink.sendall(data)
        for sock in (source, sink):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def wire_to(url: str) -> Iterator[tuple[Wire, str]]:
    """Lay a wire to the server of a URL; gives it, and the URL that goes through it."""
    parts = urlsplit(url)
    wire = Wire(parts.hostname or "127.0.0.1", parts.port or 5672)
    credentials, separator, _ = parts.netloc.rpartition("@")
    through = urlunsplit(parts._replace(netloc=f"{credentials}{separator}127.0.0.1:{wire.port}"))
    try:
        yield wire, through
    finally:
        wire.close()


def wait_until(
    condition: Callable[[], object],
    seconds: float = 10.0,
    what: str = "it did not happen in time",
    *,
    pause: float = 0.02,
) -> None:
    """Wait until a callable says yes, which is asked again after each pause in seconds.

    Raises:
        AssertionError: it did not in time; with `what`.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(pause)
