"""What each process of an instance shows of itself, and what the shipped rules and dashboard make of it."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from builders.events import an_object_event
from contracts.watching.conftest import Pair, eventually, scraped
from servers.filiere import Filiere

RECORDS = 300
SECONDS = 20.0  # for a process to end in order
pytestmark = [pytest.mark.postgresql, pytest.mark.rabbitmq]

MONITORING = Path(__file__).resolve().parents[3] / "platform" / "monitoring"
NAME = re.compile(r"\b(?:filiere_[a-z_]+|up)\b")
SUFFIX = re.compile(r"_(?:bucket|sum|count|created|total)$")
BY = re.compile(r"\bby \(([a-z_, ]+)\)")
CHOSEN = re.compile(r"\b(filiere_[a-z_]+)\{([a-z_]+)=")
LABELS_OF_PROMETHEUS = {"instance", "job"}


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return group["rules"]


def expressions() -> list[str]:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))
    drawn = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [*drawn, *(rule["expr"] for rule in alerts())]


@pytest.fixture
def labels(pair: Pair) -> dict[str, set[str]]:
    """The labels of every metric that one of the processes exports, once its worker has relayed something."""
    eventually(lambda: "filiere_queue_messages" in scraped(pair.worker), "the worker counts no queue")
    found: dict[str, set[str]] = {}
    for process in (pair.serve, pair.worker):
        for name, samples in scraped(process).items():
            found.setdefault(name, set()).update(*(set(of) for of, _ in samples))
    return found


def test_every_metric_and_label_that_rules_and_dashboard_name_is_exported(labels: dict[str, set[str]]) -> None:
    for expression in expressions():
        names = set(NAME.findall(expression)) - {"up"}
        assert names or "up{" in expression, f"asks for nothing of ours: {expression}"
        assert names <= labels.keys(), f"{names - labels.keys()} of {expression}"
        known = LABELS_OF_PROMETHEUS.union(*(labels[name] for name in names))
        grouped = {label.strip() for listed in BY.findall(expression) for label in listed.split(",")}
        assert grouped <= known, f"{grouped - known} of {expression}"
        for name, label in CHOSEN.findall(expression):
            assert label in labels[name], f"{name} has no {label}: {expression}"


def test_every_metric_of_ours_is_drawn_or_alerts(labels: dict[str, set[str]]) -> None:
    named = {SUFFIX.sub("", name) for expression in expressions() for name in NAME.findall(expression)}
    assert {SUFFIX.sub("", name) for name in labels if name.startswith("filiere_")} - named == set()


def test_processes_count_for_themselves_and_tell_the_same_of_the_log(pair: Pair) -> None:
    served, worked = scraped(pair.serve), scraped(pair.worker)
    assert ({"outcome": "stored"}, 1.0) in served["filiere_records_total"]
    assert "filiere_records_total" not in worked
    assert served["filiere_log_size"] == worked["filiere_log_size"]
    threads = {labels["thread"] for labels, alive in worked["filiere_thread_alive"] if alive == 1}
    assert {"publisher", "relay", "capture", "intake"} <= threads
    assert [labels for labels, _ in served["filiere_thread_alive"]] == [{"thread": "intake"}]


def test_what_waits_for_a_member_is_counted(pair: Pair) -> None:
    def waiting() -> list[tuple[dict[str, str], float]]:
        return scraped(pair.worker).get("filiere_queue_messages", [])

    eventually(lambda: any(labels["member"] == pair.sender.uri and n >= 1 for labels, n in waiting()), "nothing waits")
    dead = scraped(pair.worker)["filiere_dead_letters"]
    assert ({"member": pair.sender.uri}, 0.0) in dead


def test_a_worker_says_which_of_its_parts_are_well(pair: Pair) -> None:
    answer = httpx.get(f"{pair.worker.url}/readyz", timeout=20)
    parts = {"database", "writer", "workers", "publisher", "running", "broker"}
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "checks": dict.fromkeys(parts, "ok")})
    assert httpx.get(f"{pair.worker.url}/healthz", timeout=20).json() == {"alive": True}
    assert httpx.get(f"{pair.worker.url}/api/v1/openapi.json", timeout=20).status_code == 404


def test_a_worker_that_is_told_to_end_as_soon_as_it_listens_delivers_everything_once(pair: Pair) -> None:
    ended_in_order(pair.worker)
    events = (an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{n:012d}") for n in range(RECORDS))
    stored = {record["index"] for record in pair.sender.send_events(*events).json()["records"]}
    assert len(stored) == RECORDS
    pair.worker.start()
    ended_in_order(pair.worker)
    delivered = delivered_to(pair)
    pair.worker.start()
    eventually(lambda: scraped(pair.worker)["filiere_relay_lag_grants"][0][1] == 0, "the rest is not relayed")
    delivered += delivered_to(pair)
    assert len(delivered) == len(set(delivered)), "something was delivered twice"
    assert stored <= set(delivered)


def ended_in_order(process: Filiere) -> None:
    process._signal(signal.SIGTERM)
    assert process.wait_for_death(SECONDS), process.log_tail()
    assert process.process is not None
    assert process.process.returncode == 0, process.log_tail()


def delivered_to(pair: Pair) -> list[int]:
    letters = pair.mailboxes.letters(pair.member_id)
    return [event["data"]["index"] for letter in letters for event in letter.events]
