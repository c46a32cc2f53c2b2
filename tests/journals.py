"""What clients of an instance under faults note, on disk before anybody acts on it: the oracle of the faults' tests."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from builders.events import an_object_event
from builders.instance import Sender
from filiere_schemas.provenance.envelope import parse_envelope


@dataclass
class Journal:
    """What was sent and what was acknowledged, on disk before anybody acts on it."""

    path: Path
    sent: dict[str, bytes] = field(default_factory=dict)
    acknowledged: dict[str, int] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)  # by a broker, which promises to hand it over
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, **entry: Any) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def send(self, envelope: bytes) -> str:
        digest = parse_envelope(envelope).sha256.hex()
        with self.lock:
            self.note(sent=digest)
            self.sent[digest] = envelope
        return digest

    def confirm(self, envelope: bytes) -> None:
        digest = parse_envelope(envelope).sha256.hex()
        with self.lock:
            self.note(confirmed=digest)
            self.confirmed.add(digest)

    def acknowledge(self, records: list[dict[str, Any]]) -> None:
        with self.lock:
            for record in records:
                self.note(acknowledged=record["sha256"], index=record["index"])
                earlier = self.acknowledged.setdefault(record["sha256"], record["index"])
                assert earlier == record["index"], "one record, two indexes"


@dataclass
class Client:
    """A member that sends without pause until its server is gone."""

    sender: Sender
    number: int
    journal: Journal
    made: int = 0
    stays: bool = False  # whether it goes on when its server is gone, as a connector does
    pause: float = 0.0  # seconds between two requests
    unanswered: int = 0
    put_off: int = 0  # 503
    changes: Callable[[int], dict[str, Any]] = lambda _number: {}  # what its event of a number has of its own

    def run(self, url: str, stop: threading.Event) -> None:
        with httpx.Client(base_url=url, timeout=20) as client:
            self.sender.client = client
            while not stop.is_set():
                envelopes = [self._sign() for _ in range(1 + self.made % 3)]
                for envelope in envelopes:
                    self.journal.send(envelope)
                try:
                    response = self.sender.send(*envelopes)
                except httpx.HTTPError:
                    if not self.stays:
                        return
                    self.unanswered += 1
                    stop.wait(0.2)
                    continue
                if response.status_code == 200:
                    self.journal.acknowledge(response.json()["records"])
                else:
                    assert response.status_code == 503, response.text
                    self.put_off += 1
                    stop.wait(0.05)
                stop.wait(self.pause)

    def _sign(self) -> bytes:
        self.made += 1
        event_id = f"urn:uuid:{self.number:08d}-0000-4000-8000-{self.made:012d}"
        return self.sender.sign(an_object_event(eventID=event_id, **self.changes(self.made)))


def send_everything_again(journal: Journal, clients: Iterable[Client], url: str) -> dict[str, int]:
    """Send every record once more: gives its index by digest, none twice, none two indexes."""
    indexes: dict[str, int] = {}
    with httpx.Client(base_url=url, timeout=60) as http:
        for client in clients:
            sender = client.sender
            sender.client = http
            own = [e for e in journal.sent.values() if parse_envelope(e).header.iss == sender.uri]
            for start in range(0, len(own), 200):
                answer = sender.send(*own[start : start + 200])
                assert answer.status_code == 200, answer.text
                for record in answer.json()["records"]:
                    assert indexes.setdefault(record["sha256"], record["index"]) == record["index"]
    assert indexes.keys() == journal.sent.keys()
    assert len(set(indexes.values())) == len(indexes), "two records with one index"
    return indexes
