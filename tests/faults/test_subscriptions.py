"""Subscriptions under load while who delivers is killed or stopped, and while nobody is at their address.

Afterwards each, the one that is sent events as they come and the one that runs every second, has had every event that
its query finds among those its member may see, in their order, and nothing else. What came again is the same under the
same id, and came when the lease of who had died was over: two processes never send to one subscription at once. The
oracle is what clients noted before they sent, and what the endpoint took.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

import servers
from builders.instance import Sender, open_instance
from builders.subscribing import define, post, ship
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.provenance.envelope import parse_envelope
from journals import Client, Journal, send_everything_again
from servers.filiere import Filiere
from servers.receiver import Received, Reply, receiver
from wire import wait_until

PATIENCE_SECONDS = 60.0
ANSWER_SECONDS = 3.0  # that the endpoint has
LEASE_SECONDS = 3.5
SLACK_SECONDS = 1.5  # a lease begins before what is sent under it is read, and the request arrives after that
TAKES_SECONDS = 0.03  # for the endpoint to take a message
TAKES_LONG = 0.5
CONTROLS: dict[str, dict[str, Any]] = {"stream": {"stream": True}, "schedule": {"schedule": {"second": "[0-59]"}}}

wait = functools.partial(wait_until, seconds=PATIENCE_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Message:
    """What the endpoint took, and when it began and ended to."""

    body: bytes
    signature: str
    began: float
    ended: float

    @functools.cached_property
    def results(self) -> dict[str, Any]:
        results: dict[str, Any] = orjson.loads(self.body)["epcisBody"]["queryResults"]
        return results

    @property
    def events(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.results["resultsBody"]["eventList"]
        return events


@dataclass
class Endpoint:
    """A receiver that may be away for a while; what it took outlives that."""

    port: int = field(default_factory=servers.free_port)
    takes: float = TAKES_SECONDS
    messages: list[Message] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def open(self) -> None:
        self.running.enter_context(receiver(self._take, port=self.port))

    def close(self) -> None:
        self.running.close()

    def of(self, subscription: str) -> list[Message]:
        """What was taken for a subscription, in the order in which it came."""
        found = (each for each in tuple(self.messages) if each.results["subscriptionID"] == subscription)
        return sorted(found, key=lambda message: message.began)

    def wait_until_asked(self) -> None:
        """Wait until a request has come that is not answered yet, and will not be for a while."""
        self.takes = TAKES_LONG
        self.asked.clear()
        assert self.asked.wait(PATIENCE_SECONDS), "nothing is sent"
        self.takes = TAKES_SECONDS

    def _take(self, request: Received) -> Reply:
        began, takes = time.monotonic(), self.takes
        self.asked.set()
        time.sleep(takes)
        signature = request.headers.get("GS1-Signature", "")
        self.messages.append(Message(body=request.body, signature=signature, began=began, ended=time.monotonic()))
        return Reply()


@dataclass
class Site:
    """An instance, who tells it events, and a listener with two subscriptions to what is shipped."""

    serve: Filiere
    deliverers: tuple[Filiere, Filiere]  # one and the same where one process is the whole instance
    listener: Sender
    partner: Client
    stranger: Client
    journal: Journal
    http: httpx.Client
    endpoint: Endpoint = field(default_factory=Endpoint)
    subscriptions: dict[str, str] = field(default_factory=dict)  # by id, the token that signs
    path: str = ""

    @property
    def clients(self) -> list[Client]:
        return [self.partner, self.stranger]

    def open(self, deliverer: Filiere) -> None:
        """Start the API and who delivers first, and subscribe."""
        for process in dict.fromkeys((deliverer, self.serve)):
            process.start()
        self.endpoint.open()
        self.listener.client = self.http
        self.path = define(self.listener)
        for token, controls in CONTROLS.items():
            asked = {"dest": f"http://127.0.0.1:{self.endpoint.port}/", "signatureToken": token, **controls}
            answer = post(self.listener, f"{self.path}/subscriptions", asked)
            assert answer.status_code == 201, answer.text
            self.subscriptions[answer.json()["subscriptionID"]] = token

    @contextlib.contextmanager
    def load(self) -> Iterator[None]:
        """Send as long as the context lasts."""
        stop = threading.Event()
        threads = [threading.Thread(target=client.run, args=(self.serve.url, stop)) for client in self.clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)

    def wait_for_more(self) -> None:
        """Wait until each subscription was sent something that begins from now on."""
        now = time.monotonic()
        for each, token in self.subscriptions.items():
            wait(lambda: any(m.began > now for m in self.endpoint.of(each)), what=f"{token}: nothing comes")  # noqa: B023 - called at once

    def is_failing(self) -> bool:
        """Say whether every subscription has found nobody at its address."""
        shown = [self.listener.get(f"{self.path}/subscriptions/{each}").json() for each in self.subscriptions]
        return all(each.get("said") for each in shown)

    def wanted(self, indexes: dict[str, int], client: Client) -> list[str]:
        """The ids of what a client has shipped, in the order of the log."""
        told = sorted((indexes[digest], parse_envelope(each)) for digest, each in self.journal.sent.items())
        own = [json.loads(each.payload) for _, each in told if each.header.iss == client.sender.uri]
        return [event["eventID"] for event in own if event["bizStep"] == "shipping"]

    def had(self, subscription: str) -> list[str]:
        """The ids that came for a subscription, each where it came first."""
        ids = (event["eventID"] for message in self.endpoint.of(subscription) for event in message.events)
        return list(dict.fromkeys(ids))

    def wait_for(self, wanted: list[str]) -> None:
        """Wait until every subscription has had everything of a list, and see that it had nothing else."""
        for each, token in self.subscriptions.items():
            wait(lambda: set(wanted) <= set(self.had(each)), what=f"{token}: something is missing")  # noqa: B023
            assert self.had(each) == wanted, f"{token}: something else came, or in another order"

    def repetitions(self) -> int:
        """Count the messages that held something known, and check them all."""
        return sum(_repetitions(self.endpoint.of(each), token) for each, token in self.subscriptions.items())


def _repetitions(messages: list[Message], token: str) -> int:
    had: dict[str, tuple[dict[str, Any], float]] = {}
    again = 0
    for message in messages:
        wanted = hmac.new(token.encode(), message.body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(wanted, message.signature)
        known = [had[event["eventID"]] for event in message.events if event["eventID"] in had]
        assert all(event in message.events for event, _ in known), "one id, two events"
        assert all(message.began - began > LEASE_SECONDS - SLACK_SECONDS for _, began in known), "sent twice at once"
        again += bool(known)
        had |= {event["eventID"]: (event, message.began) for event in message.events}
    for one, other in pairwise(messages):
        assert other.began >= one.ended or other.began - one.began > LEASE_SECONDS - SLACK_SECONDS, "two senders"
    return again


@pytest.fixture(params=["embedded", "production"])
def site(request: pytest.FixtureRequest, tmp_path: Path, folder: Callable[[str], Path]) -> Iterator[Site]:
    url = request.getfixturevalue("create_database")() if request.param == "production" else ""
    environment = {
        "FILIERE_DATA_DIR": str(tmp_path / "data"),
        "FILIERE_DATABASE_URL": url,
        "FILIERE_WEBHOOK_HOSTS": "127.0.0.1",
        "FILIERE_WEBHOOK_SECONDS": str(ANSWER_SECONDS),
        "FILIERE_TEST_LEASE_MARGIN": str(LEASE_SECONDS - ANSWER_SECONDS),
    }
    options = ("--no-workers",) if url else ()
    serve = Filiere("serve", environment, folder=folder("serve"), options=options)
    one, two = (Filiere("worker", environment, folder=folder(name)) if url else serve for name in ("one", "two"))
    modes = {"listener": SharingMode.PRIVATE, "partner": SharingMode.SECTOR, "stranger": SharingMode.PRIVATE}
    with open_instance(tmp_path, database_url=url) as instance:
        listener, *senders = [instance.admit(name, sharing=mode) for name, mode in modes.items()]
    journal = Journal(tmp_path / "journal")
    partner, stranger = (
        Client(sender, n, journal, stays=True, pause=0.05, changes=_step) for n, sender in enumerate(senders, start=1)
    )
    with httpx.Client(base_url=serve.url, timeout=PATIENCE_SECONDS) as http:
        made = Site(serve, (one, two), listener, partner, stranger, journal, http)
        try:
            yield made
        finally:
            made.endpoint.close()
            for process in (serve, one, two):
                process.kill()


def _step(number: int) -> dict[str, Any]:
    """Two events of three are what the subscriptions are about."""
    return {"bizStep": "shipping" if number % 3 else "receiving"}


def test_every_event_comes_whoever_is_killed_and_whoever_is_away_and_a_late_one_once(site: Site) -> None:
    first, last = site.deliverers
    first.crash_at = "answered:3"
    site.open(first)
    with site.load():
        assert first.wait_for_death(PATIENCE_SECONDS), "nothing is sent"
        assert first.crash_point() == "answered"
        first.crash_at = ""
        last.start()
        site.endpoint.wait_until_asked()
        last.kill()
        for process in dict.fromkeys(site.deliverers):
            process.start()
        site.wait_for_more()
        site.endpoint.close()
        wait(site.is_failing, what="nobody noticed that the endpoint is away", pause=0.1)
        site.endpoint.open()
        site.wait_for_more()
    indexes = send_everything_again(site.journal, site.clients, site.serve.url)
    wanted = site.wanted(indexes, site.partner)
    site.wait_for(wanted)
    assert 2 <= site.repetitions() <= 4, "of two that were killed while they sent"
    late = _grant_late(site, indexes)
    site.wait_for([*wanted, late])
    site.partner.sender.client = site.http
    site.wait_for([*wanted, late, *ship(site.partner.sender)])
    assert sum(event["eventID"] == late for m in site.endpoint.messages for event in m.events) == len(CONTROLS)
    site.repetitions()


def _grant_late(site: Site, indexes: dict[str, int]) -> str:
    """Let a stranger show the listener two old records, one of them shipped; gives the id of that one."""
    stranger = site.stranger.sender
    stranger.client = site.http
    by_id = {
        json.loads(parse_envelope(each).payload)["eventID"]: indexes[digest]
        for digest, each in site.journal.sent.items()
    }
    late, other = (f"urn:uuid:{site.stranger.number:08d}-0000-4000-8000-{number:012d}" for number in (2, 3))
    for each in (late, other, late):
        answer = post(stranger, f"/api/v1/records/{by_id[each]}/grants", {"member": site.listener.uri})
        assert answer.is_success, answer.text
    return late


@pytest.mark.parametrize("site", ["production"], indirect=True)
def test_another_goes_on_where_a_stopped_one_s_lease_has_ended_and_it_comes_back_and_disturbs_nothing(
    site: Site,
) -> None:
    other, stopped = site.deliverers
    stopped.freeze_at = "answered:3"
    site.open(stopped)
    with site.load():
        wait(lambda: stopped.crash_point() == "answered", what="nothing is sent")
        other.start()
        site.wait_for_more()
        before = len(site.endpoint.messages)
        stopped.thaw()
        wait(lambda: len(site.endpoint.messages) > before + 10, what="nothing comes beside who came back")
        other.stop()
        site.wait_for_more()
    site.wait_for(site.wanted(send_everything_again(site.journal, site.clients, site.serve.url), site.partner))
    assert 1 <= site.repetitions() <= len(CONTROLS)
