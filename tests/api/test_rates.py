"""Limits at the edge: the greedy are slowed, their neighbours are not, and no address is forgotten."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
from fastapi.testclient import TestClient

from builders.events import an_object_event
from builders.instance import Instance, open_instance
from conftest import Backend
from filiere_platform.api import calling
from filiere_platform.api.calling import UNCOUNTED, Gate
from filiere_platform.domain.callers import AT_ONCE_SECONDS, Callers, Rates
from filiere_platform.domain.routes import ROUTES

PER_SECOND = 0.5
AT_ONCE = round(PER_SECOND * AT_ONCE_SECONDS)


@pytest.fixture
def slow(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """An instance on which time stands still for who is counted: nothing comes back, however long a test takes."""
    monkeypatch.setattr(calling, "time", SimpleNamespace(monotonic_ns=lambda: 0))
    rates = dict.fromkeys(("requests_per_token", "requests_per_person", "requests_per_address"), PER_SECOND)
    with open_instance(backend.folder, database_url=backend.database_url, **rates) as opened:
        yield opened


def passed(answers: list[httpx.Response]) -> int:
    return sum(answer.status_code != 429 for answer in answers)


def visitor(instance: Instance, address: str) -> TestClient:
    return TestClient(instance.client.app, client=(address, 1))


def test_a_greedy_token_is_slowed_and_its_neighbour_is_not(slow: Instance) -> None:
    greedy, neighbour = slow.admit("Greedy"), slow.admit("Neighbour")
    greedy.get("/api/v1/findings")  # from here on the token is known
    answers = [greedy.get("/api/v1/findings") for _ in range(AT_ONCE + 3)]
    assert passed(answers) == AT_ONCE
    refused = answers[-1]
    assert refused.json()["code"] == "too-many-requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 1 / PER_SECOND
    assert refused.json()["errors"][0]["fr"].startswith("Trop de requêtes")
    assert greedy.send_events(an_object_event()).status_code == 429  # the fast lane counts, too
    assert neighbour.send_events(an_object_event()).status_code == 200


def test_a_token_that_is_only_made_up_counts_for_its_address(slow: Instance) -> None:
    client = visitor(slow, "192.0.2.1")
    made_up = [f"Bearer fil_{number:012x}_{'A' * 43}" for number in range(AT_ONCE + 2)]
    answers = [client.get("/api/v1/findings", headers={"Authorization": each}) for each in made_up]
    assert [answer.status_code for answer in answers] == [401] * AT_ONCE + [429] * 2
    stolen = slow.admit("Known").token[:-1] + "x"  # the prefix of a true one
    assert client.get("/api/v1/findings", headers={"Authorization": f"Bearer {stolen}"}).status_code == 429
    assert visitor(slow, "192.0.2.2").get("/api/v1/instance").status_code == 200


def test_no_address_is_left_out(slow: Instance) -> None:
    answered = {}
    for number, path in enumerate(sorted({path for _, path in ROUTES} | {"/nothing/here"})):
        client = visitor(slow, f"192.0.2.{number}")
        for _ in range(AT_ONCE):
            client.get("/healthz/none")
        answered[path] = client.get(path).status_code
    assert {path for path, status in answered.items() if status != 429} == UNCOUNTED


def test_a_browser_is_told_in_a_page_of_its_language(slow: Instance) -> None:
    client = visitor(slow, "192.0.2.1")
    for language, said in (("fr", "Trop de requêtes"), ("en", "Too many requests")):
        headers = {"Accept": "text/html", "Accept-Language": language}
        answers = [client.get("/sign-in", headers=headers) for _ in range(AT_ONCE + 1)]
        assert said in answers[-1].text
        assert answers[-1].headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_what_was_slowed_is_counted_for_the_operator(slow: Instance) -> None:
    client = visitor(slow, "192.0.2.1")
    for _ in range(AT_ONCE + 4):
        client.get("/api/v1/instance")
    said = visitor(slow, "192.0.2.2").get("/metrics").text
    assert "filiere_slowed_requests_total 4.0" in said


def test_the_gate_costs_less_than_twenty_microseconds(instance: Instance) -> None:
    sender = instance.admit("Quick")
    sender.get("/api/v1/findings")
    services = instance.platform
    gate = Gate(Callers(Rates(token=1e6, person=1e6, address=1e6)), services.directory, services.metrics)
    headers = [(b"host", b"x"), (b"accept", b"*/*"), (b"user-agent", b"y")]
    for more in (
        [(b"authorization", f"Bearer {sender.token}".encode())],
        [(b"cookie", b"filiere_person=" + b"A" * 43)],
    ):
        scope = {"type": "http", "path": "/api/v1/records", "headers": headers + more, "client": ("2001:db8::1", 1)}
        rounds = 5_000
        best = min(_seconds(gate, scope, rounds) for _ in range(5)) / rounds
        print(f"gate: {best * 1e6:.1f} µs")
        assert best < 20e-6


def _seconds(gate: Gate, scope: dict[str, object], rounds: int) -> float:
    began = time.process_time()
    for _ in range(rounds):
        assert gate.stop(scope) is None
    return time.process_time() - began
