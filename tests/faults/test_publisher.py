"""A publisher that is killed at every file operation, or stopped before one and woken up after another took over.

A reader looks at the served checkpoint throughout, and keeps what it saw in a journal on disk: no head is ever smaller
than one seen before, no size has two roots, and in the end each head is that of the log's first records.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

import independent_log
from builders.events import an_object_event
from builders.instance import Instance, Sender, found
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.cli.main import filiere
from filiere_platform.settings import read_settings
from servers.publishers import POINTS, Publishers

PATIENCE_SECONDS = 60.0
TAKE_OVER_SECONDS = 10.0
EVENTS = 40
WHOLE_TILE = 256


class Reader(threading.Thread):
    """Somebody who polls the checkpoint and never forgets."""

    def __init__(self, checkpoint: Path, journal: Path, public: bytes) -> None:
        super().__init__(daemon=True)
        self.checkpoint, self.public = checkpoint, public
        self.journal = journal.open("a")
        self.ended = threading.Event()
        self.seen = b""

    def run(self) -> None:
        while not self.ended.wait(0.001):
            self.look()

    def look(self) -> None:
        note = self.checkpoint.read_bytes() if self.checkpoint.exists() else b""
        if note and note != self.seen:
            self.seen = note
            head = independent_log.read_head(note, self.public)
            self.journal.write(json.dumps([head.size, head.root.hex()]) + "\n")
            self.journal.flush()
            os.fsync(self.journal.fileno())

    @property
    def size(self) -> int:
        return independent_log.read_head(self.seen, self.public).size if self.seen else 0


@dataclass
class Site:
    """An instance that captures inside the test's process and is published by others, under a reader's eyes."""

    instance: Instance
    sender: Sender
    publishers: Publishers
    reader: Reader
    environment: dict[str, str]
    sent: int = 0

    def send(self, count: int) -> int:
        """Store so many events; gives the size of the log."""
        first, self.sent = self.sent, self.sent + count
        events = [an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{first + n:012d}") for n in range(count)]
        assert self.sender.send_events(*events).status_code == 200
        return self.instance.log_size()

    def check(self) -> None:
        """Everything that was ever seen is one growing history, which is the one that is stored."""
        self.reader.ended.set()
        self.reader.join()
        self.reader.look()
        files = self.instance.platform.files
        head, entries = independent_log.read_log(files.read, self.reader.public)
        assert head.size == self.instance.log_size()
        leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        seen = [json.loads(line) for line in Path(self.reader.journal.name).read_text().splitlines()]
        sizes = [size for size, _ in seen]
        assert sizes == sorted(sizes), "a head that was seen became smaller"
        for size, root in {tuple(one) for one in seen}:
            assert independent_log.tree_root(leaves[:size]).hex() == root, f"another head of size {size} was seen"
        checked = CliRunner().invoke(filiere, ["fsck", "--deep"], env=self.environment)
        assert checked.exit_code == 0, checked.output


def wait_until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> float:
    """Wait; gives the seconds that it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + seconds, what
        time.sleep(0.01)
    return time.monotonic() - started


def _open(stack: ExitStack, folder: Path, database_url: str) -> Site:
    environment = {"FILIERE_DATA_DIR": str(folder / "data"), "FILIERE_PUBLISH_EVERY_MS": "20"}
    if database_url:
        environment["FILIERE_DATABASE_URL"] = database_url
    settings = read_settings(environment)
    found(settings)
    platform = stack.enter_context(bootstrap.open_platform(settings))
    client = stack.enter_context(TestClient(platform.application(with_workers=False)))
    instance = Instance(platform=platform, client=client)
    reader = Reader(settings.data_dir / "log/checkpoint", folder / "journal", platform.key(Duty.LOG).public.raw)
    (folder / "publishers").mkdir()
    publishers = Publishers(environment, folder=folder / "publishers")
    stack.callback(publishers.kill)
    stack.callback(reader.ended.set)
    publishers.start()
    reader.start()
    return Site(instance, instance.admit("Laiterie"), publishers, reader, environment)


@pytest.fixture(params=["embedded", pytest.param("production", marks=pytest.mark.postgresql)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    url = request.getfixturevalue("create_database")() if request.param == "production" else ""
    with ExitStack() as stack:
        yield _open(stack, tmp_path, url)


@pytest.fixture
def production(tmp_path: Path, create_database: Callable[..., str]) -> Iterator[Site]:
    with ExitStack() as stack:
        yield _open(stack, tmp_path, create_database())


def test_a_publisher_killed_at_any_file_operation_is_followed_by_one_that_continues(site: Site) -> None:
    for round_no, point in enumerate(POINTS):
        # The later passages of a step that is passed once per file fall in the middle of a set of files.
        nth = 1 + round_no % 2 if point.startswith("tiles-") else 1
        doomed = site.publishers.spawn(point, nth=nth)
        site.send(WHOLE_TILE if point.startswith("superseded") else EVENTS)
        wait_until(lambda doomed=doomed: doomed.is_dead, f"{point} was never passed")
        assert doomed.point == point
    site.publishers.spawn()
    size = site.send(1)
    wait_until(lambda: site.reader.size == size, f"{site.reader.size} of {size} records are published")
    site.check()


@pytest.mark.postgresql
@pytest.mark.parametrize("point", ["gathered", "anchor-synced", "checkpoint-synced"])
def test_a_leader_that_is_stopped_is_followed_within_ten_seconds_and_signs_nothing_old_when_it_wakes_up(
    production: Site, point: str
) -> None:
    stopped = production.publishers.spawn(point, nth=2, sends=signal.SIGSTOP)
    size = production.send(EVENTS)
    wait_until(lambda: production.reader.size == size, "nothing was published")
    production.send(EVENTS)
    wait_until(lambda: stopped.point == point, "it did not stop")
    standby = [production.publishers.spawn() for _ in range(2)]
    size = production.send(EVENTS)
    took = wait_until(lambda: production.reader.size == size, "nobody took over", TAKE_OVER_SECONDS)
    print(f"stopped at {point}: another published after {took:.1f} s")
    # It wakes up, and does what it was about to do: nothing of it is seen, and it stands by from then on.
    stopped.send(signal.SIGCONT)
    log = production.publishers.folder / "server.log"
    wait_until(lambda: "publisher_waits" in log.read_text(), "it did not notice that it was overtaken")
    size = production.send(EVENTS)
    wait_until(lambda: production.reader.size == size, "the one that took over does not go on")
    for one in standby:
        one.send(signal.SIGKILL)
    size = production.send(EVENTS)
    took = wait_until(lambda: production.reader.size == size, "it does not lead again", TAKE_OVER_SECONDS)
    print(f"killed: another published after {took:.1f} s")
    production.check()
