"""`filiere events tail`, as its own process beside a serving instance, in both modes."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from builders.events import an_object_event
from builders.instance import Instance, open_instance
from mailboxes import BrokerMailboxes

SECONDS = 30.0  # a command line starts in two on a busy machine


@dataclass
class Tail:
    """A running `filiere events tail`; `lines` are what it printed."""

    process: subprocess.Popen
    lines: queue.Queue

    def next(self) -> str:
        return self.lines.get(timeout=SECONDS)


@dataclass
class Site:
    instance: Instance
    environment: dict[str, str]

    @property
    def command(self) -> list[str]:
        # A run in the background of a shell inherits an ignored SIGINT; a person's terminal does not.
        start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        start += "from filiere_platform.cli.main import main; main()"
        return [sys.executable, "-c", start, "events", "tail"]

    def run(self, *options: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*self.command, *options], env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture
def site(backend) -> Iterator[Site]:
    more = {"broker_prefix": backend.prefix}
    environment = {
        **os.environ,
        "FILIERE_DATA_DIR": str(backend.folder / "data"),
        "FILIERE_DATABASE_URL": backend.database_url,
        "FILIERE_BROKER_URL": backend.broker_url or "",
        "FILIERE_BROKER_PREFIX": backend.prefix,
        "FILIERE_LANG": "en",
        "PYTHONUNBUFFERED": "1",
    }
    with open_instance(
        backend.folder, database_url=backend.database_url, broker_url=backend.broker_url or "", **more
    ) as instance:
        yield Site(instance, environment)
    if backend.broker_url:
        mailboxes = BrokerMailboxes(backend.broker_url, backend.prefix)
        mailboxes.open((1, 2))
        mailboxes.close()


@pytest.fixture
def tail(site) -> Iterator:
    started = []

    def start(*options: str) -> Tail:
        process = subprocess.Popen(
            [*site.command, *options], env=site.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        lines: queue.Queue = queue.Queue()

        def read() -> None:
            for line in process.stdout:
                lines.put(line)

        reader = threading.Thread(target=read)
        reader.start()
        started.append((process, reader))
        return Tail(process, lines)

    yield start
    for process, reader in started:
        process.kill()
        process.wait(10)
        reader.join(10)
        process.stdout.close()
        process.stderr.close()


def test_tail_shows_history_and_then_what_comes_each_event_once(site, tail):
    dairy = site.instance.admit("dairy")
    assert dairy.send_events(an_object_event(eventID="urn:uuid:00000000-0000-4000-8000-000000000001")).status_code < 300
    running = tail("--json", "--from", "0")
    first = json.loads(running.next())
    assert first["data"]["eventID"].endswith("01")
    for number in range(2, 6):
        dairy.send_events(an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-0000000000{number:02d}"))
    shown = [json.loads(running.next()) for _ in range(4)]
    assert [event["data"]["eventID"][-2:] for event in shown] == ["02", "03", "04", "05"]
    assert {event["source"] for event in (first, *shown)} == {site.instance.platform.instance.origin}
    assert shown[0]["data"]["jws"].count(".") == 2


def test_without_follow_tail_shows_what_is_stored_and_ends(site):
    dairy = site.instance.admit("dairy")
    dairy.send_events(an_object_event())
    done = site.run("--no-follow")
    assert done.returncode == 0, done.stderr
    assert "ObjectEvent" in done.stdout
    assert dairy.uri in done.stdout
    assert len(done.stdout.splitlines()) == 1
    assert not site.run("--no-follow", "--from", "1000").stdout


def test_tail_ends_quietly_when_interrupted(site, tail):
    dairy = site.instance.admit("dairy")
    dairy.send_events(an_object_event())
    running = tail()
    running.next()
    running.process.send_signal(signal.SIGINT)
    code = running.process.wait(SECONDS)
    said = running.process.stderr.read()
    assert code == 130, said
    assert not said.strip()


def test_tail_says_so_when_the_broker_cannot_be_reached(site):
    site.environment["FILIERE_BROKER_URL"] = "amqp://guest:hidden-word@127.0.0.1:9/%2F"
    done = site.run()
    assert done.returncode == 1
    assert "FILIERE_BROKER_URL" in done.stderr
    assert "hidden-word" not in done.stderr
    assert "Traceback" not in done.stderr
