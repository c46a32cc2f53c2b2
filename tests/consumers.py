"""Programs of members that receive under faults and note what they got, on disk before they acknowledge it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pika
import pika.exceptions

# What waits for an acknowledgement when a program is cut off, the broker may give again after later messages: who wants
# their order takes one at a time, and looks at `redelivered`.
PREFETCH = 1
FINDING_TYPE = "filiere.finding.changed.v1"  # what comes on the broker beside records
PAUSE = 0.3  # seconds until a program that was cut off comes back


@dataclass
class Arrivals:
    """The events that one member got, in order of arrival; each is in a synced file before it counts."""

    path: Path
    digests: list[str] = field(default_factory=list)  # of events
    again: set[str] = field(default_factory=set)  # of events that the broker gave again: where, is its affair
    others: set[tuple[str, str]] = field(default_factory=set)  # kind and member of what else arrived

    def note(self, events: Collection[dict[str, Any]]) -> None:
        told = [event["data"] for event in events]
        digests = [data["sha256"] for data in told if data["kind"] == "event"]
        self.others.update((data["kind"], data["member"]) for data in told if data["kind"] != "event")
        with self.path.open("a") as file:
            file.write("".join(f"{digest}\n" for digest in digests))
            file.flush()
            os.fsync(file.fileno())
        self.digests.extend(digests)


@dataclass
class Consumer(threading.Thread):
    """One member's program; what it does while it is connected is `session`. It comes back whenever it is cut off."""

    arrivals: Arrivals
    url: str = ""
    sleeps: threading.Event = field(default_factory=threading.Event)  # while set, it acknowledges nothing
    unacknowledged: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    cut_off: int = 0

    def __post_init__(self) -> None:
        super().__init__(name=f"consumer {self.arrivals.path.name}", daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.session()
            except (pika.exceptions.AMQPError, httpx.HTTPError, OSError):
                self.cut_off += 1
            self.stop.wait(PAUSE)

    def session(self) -> None:
        """Receive until told to stop.

        Raises:
            AMQPError: the broker is gone, or no longer lets it in.
            HTTPError: the server is gone.
        """
        raise NotImplementedError

    def end(self) -> None:
        self.stop.set()
        self.join(30)
        assert not self.is_alive()


@dataclass(eq=False)
class BrokerConsumer(Consumer):
    """Reads a member's queue with a broker user of its own.

    What `rejects` says of a message's records sends it to the dead letters. While `sleeps`, it takes messages and
    acknowledges none, until it leaves without a word.
    """

    queue: str = ""
    rejects: Callable[[list[dict[str, Any]]], bool] = lambda _events: False
    rejected: set[str] = field(default_factory=set)

    def session(self) -> None:
        nodes = [pika.URLParameters(url) for url in self.url.split(",")]
        for parameters in nodes:
            parameters.heartbeat, parameters.connection_attempts = 5, 1
        connection = pika.BlockingConnection(nodes)
        try:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=PREFETCH)
            for method, _properties, body in channel.consume(self.queue, inactivity_timeout=0.2):
                if self.stop.is_set():
                    return
                if method is None:
                    continue
                if self.sleeps.is_set():
                    self.unacknowledged += 1
                    while self.sleeps.is_set() and not self.stop.is_set():
                        connection.process_data_events(time_limit=0.2)
                    return
                events = json.loads(body)
                self._receive(channel, method, [e for e in events if e["type"] != FINDING_TYPE])
        finally:
            if connection.is_open:
                connection.close()

    def _receive(self, channel: Any, method: Any, events: list[dict[str, Any]]) -> None:
        tag = method.delivery_tag
        if method.redelivered:
            self.arrivals.again.update(event["data"]["sha256"] for event in events)
        self.arrivals.note(events)
        if self.rejects(events):
            self.rejected.update(event["data"]["sha256"] for event in events)
            channel.basic_reject(tag, requeue=False)
        else:
            channel.basic_ack(tag)


@dataclass(eq=False)
class HttpConsumer(Consumer):
    """Reads a member's stream over HTTP in batches; its position is on disk behind what it got.

    While `sleeps`, it asks again and again for the same batch, as a program does that acknowledges nothing.
    """

    token: str = ""
    position: str = ""

    def session(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.url, headers=headers, timeout=20) as client:
            while not self.stop.is_set():
                answer = client.get("/api/v1/deliveries", params={"after": self.position} if self.position else {})
                if answer.status_code != 200:
                    time.sleep(0.1)
                    continue
                events = answer.json()
                self.arrivals.note(events)
                if self.sleeps.is_set() and events:
                    self.unacknowledged += 1
                    time.sleep(0.1)
                    continue
                self.position = answer.headers["Delivery-Position"]
                if not events:
                    self.stop.wait(0.3)
