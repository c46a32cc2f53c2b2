"""One request behind the guard: what it does not follow, what it does not wait for, what it does not read."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from builders.witnessed_log import answering
from filiere_platform.outbound.exchange import Answer, Unreachable, exchange
from filiere_platform.outbound.guard import AddressRefused, Guard

LOOPBACK = Guard(allowed_hosts=frozenset({"127.0.0.1"}))


def post(url: str, *, seconds: float = 5.0, most_bytes: int = 1_000, guard: Guard = LOOPBACK) -> Answer:
    return exchange(guard, url, body=b"hello", content_type="text/plain", seconds=seconds, most_bytes=most_bytes)


@contextmanager
def dripping(start: bytes) -> Iterator[str]:
    """A server that sends a beginning and then one byte every tenth of a second, for ever."""
    stop = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(start)
            while not stop.wait(0.1):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            stop.set()
            thread.join()


def test_an_answer_comes_back_whole() -> None:
    with answering((201, {"Content-Type": "text/x"}, b"done")) as (url, asked):
        assert post(f"{url}/a?b=c") == Answer(status=201, content_type="text/x", body=b"done")
        assert asked == ["/a?b=c"]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with answering((200, {}, b"secret")) as (secret, asked), answering((302, {"Location": secret}, b"")) as (url, _):
        assert post(url).status == 302
        assert asked == []


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"]
)
def test_a_server_that_drips_is_left_at_the_deadline(start: bytes) -> None:
    with dripping(start) as url:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            post(url, seconds=1.0)
        assert time.monotonic() - began < 4


def test_no_more_is_read_than_was_asked_for() -> None:
    with answering((200, {}, b"x" * 1_001)) as (url, _), pytest.raises(Unreachable):
        post(url, most_bytes=1_000)
    with answering((200, {}, b"x" * 1_000)) as (url, _):
        assert len(post(url, most_bytes=1_000).body) == 1_000


def test_nobody_there_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable):
        post(f"http://127.0.0.1:{port}/")


def test_a_host_that_was_not_named_is_not_even_connected_to() -> None:
    with answering((200, {}, b"secret")) as (url, asked):
        for guard in (Guard(), Guard(allowed_hosts=frozenset({"witness.example"}))):
            with pytest.raises(AddressRefused):
                post(url, guard=guard)
            with pytest.raises(AddressRefused):
                post(url.replace("http:", "https:"), guard=guard)
        assert asked == []


def test_an_encrypted_address_must_prove_that_it_is_the_host() -> None:
    with answering((200, {}, b"plain")) as (url, _), pytest.raises(Unreachable):
        post(url.replace("http:", "https:"), seconds=2.0)
