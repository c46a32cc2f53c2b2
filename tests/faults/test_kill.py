"""kill -9, twenty times per mode, at named points and at random: what was acknowledged is there, once.

The oracle is the clients' journal, written and synced before anything is sent and after anything is acknowledged. In
the end every record is sent again: each is known or stored, under one index, and what was acknowledged keeps its own.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

import servers
from builders.instance import Sender, open_instance
from filiere_platform import bootstrap
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import SharingMode
from filiere_platform.settings import read_settings
from journals import Client, Journal, send_everything_again
from mailboxes import BrokerMailboxes
from servers.filiere import Filiere

ROUNDS = 20
CLIENTS = 4
SEED = 20260322
LEAST_INSIDE = 5  # kills between BEGIN and the receipt
PATIENCE_SECONDS = 60.0
INSIDE = ("locked", "saved", "committed", "signing")


@dataclass
class Site:
    """An instance whose processes are killed: one `serve` when embedded, `serve` and `worker` in production."""

    environment: dict[str, str]
    folder: Path
    serve: Filiere
    worker: Filiere | None
    clients: list[Client]
    journal: Journal

    @property
    def processes(self) -> list[Filiere]:
        return [self.serve, self.worker] if self.worker else [self.serve]


@pytest.fixture(params=["embedded", "production"])
def site(request: pytest.FixtureRequest, tmp_path: Path, folder: Callable[[str], Path]) -> Iterator[Site]:
    environment = {"FILIERE_DATA_DIR": str(tmp_path / "data"), "FILIERE_PUBLISH_EVERY_MS": "50"}
    if request.param == "production":
        broker: servers.RabbitMQ = request.getfixturevalue("own_rabbitmq")
        environment["FILIERE_DATABASE_URL"] = request.getfixturevalue("create_database")()
        environment["FILIERE_BROKER_URL"] = broker.url
    journal = Journal(tmp_path / "journal")
    clients = [Client(sender, n, journal) for n, sender in enumerate(_admit(environment), start=1)]
    serve = Filiere("serve", environment, folder=folder("serve"))
    worker = None
    if request.param == "production":
        worker = Filiere("worker", environment, folder=folder("worker"))
    opened = Site(environment, tmp_path, serve, worker, clients, journal)
    try:
        yield opened
    finally:
        for process in opened.processes:
            process.kill()


def _admit(environment: dict[str, str]) -> list[Sender]:
    settings = read_settings(environment)
    with open_instance(
        settings.data_dir.parent,
        database_url=environment.get("FILIERE_DATABASE_URL", ""),
        # The bus is the workers' business: members are admitted without one.
    ) as instance:
        return [instance.admit(f"client {n}", sharing=SharingMode.SECTOR) for n in range(CLIENTS)]


def _round(site: Site, target: Filiere, crash_at: str, seconds: float) -> str | None:
    """Send until the target dies: at its point, or after so many seconds; gives the point it died at."""
    if crash_at:
        target.kill()  # a point is told to a process at its start
    for process in site.processes:
        process.crash_at = crash_at if process is target else ""
        if process.process is None or process.process.poll() is not None:
            try:
                process.start()
            except servers.ServerUnavailableError:
                # What the round before left behind is published and relayed at the start: it may die there.
                point = process.crash_point()
                assert point, process.log_tail()
                return point
    stop = threading.Event()
    threads = [threading.Thread(target=c.run, args=(site.serve.url, stop)) for c in site.clients]
    for thread in threads:
        thread.start()
    died = target.wait_for_death(PATIENCE_SECONDS if crash_at else seconds)
    assert died or not crash_at, f"{crash_at} was never passed"
    target.kill()
    stop.set()
    for thread in threads:
        thread.join(30)
    return target.crash_point()


def _plan(site: Site) -> list[tuple[Filiere, str]]:
    """Ten named points and ten kills at random, in an order that is the same in every run."""
    behind = site.worker or site.serve
    named = [(site.serve, f"{point}:{nth}") for point, nth in zip(INSIDE * 2, (1, 2, 3, 1, 9, 7, 5, 4), strict=True)]
    named += [(behind, "anchor:2"), (behind, "relayed:2")]
    at_random = [(behind if n % 4 == 0 else site.serve, "") for n in range(ROUNDS - len(named))]
    plan = named + at_random
    random.Random(SEED).shuffle(plan)
    return plan


def test_what_was_acknowledged_survives_kill_9_once_and_everywhere(site: Site) -> None:
    randomness = random.Random(SEED)
    inside = 0
    for target, crash_at in _plan(site):
        point = _round(site, target, crash_at, seconds=randomness.uniform(0.2, 1.0))
        inside += point in INSIDE
    assert inside >= LEAST_INSIDE, f"only {inside} kills between BEGIN and the receipt"
    assert len(site.journal.acknowledged) > ROUNDS
    for process in site.processes:
        process.crash_at = ""
        process.kill()
        process.start()
    indexes = send_everything_again(site.journal, site.clients, site.serve.url)
    assert site.journal.acknowledged.items() <= indexes.items(), "an acknowledged record has moved"
    size = _wait_until_published(site, indexes)
    # Everything stored is a key's registration or an event that a client sent: one index each, without a gap.
    assert sorted(indexes.values()) == list(range(CLIENTS, size))
    assert _on_the_bus(site, size) >= set(indexes.values())
    _fsck(site)


def _wait_until_published(site: Site, indexes: dict[str, int]) -> int:
    wanted = max(indexes.values()) + 1
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        response = httpx.get(f"{site.serve.url}/log/checkpoint")
        size = int(response.content.split(b"\n")[1]) if response.status_code == 200 else 0
        if size >= wanted:
            return size
        assert time.monotonic() < deadline, f"{size} of {wanted} records published"
        time.sleep(0.1)


def _on_the_bus(site: Site, size: int) -> set[int]:
    """Every log index that a member has received: from its queue, or, embedded, from the log that feeds the bus."""
    if "FILIERE_BROKER_URL" in site.environment:
        boxes = BrokerMailboxes(site.environment["FILIERE_BROKER_URL"], prefix="")
        member, received = _member_id(site), set[int]()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while size - 1 not in received and time.monotonic() < deadline:
            letters = boxes.letters(member, at_least=1)
            received |= {event["data"]["index"] for letter in letters for event in letter.events}
        return received
    shown = CliRunner().invoke(
        filiere, ["events", "tail", "--from", "0", "--no-follow", "--json"], env=site.environment
    )
    assert shown.exit_code == 0, shown.output
    return {json.loads(line)["data"]["index"] for line in shown.output.splitlines()}


def _member_id(site: Site) -> int:
    with bootstrap.open_database(read_settings(site.environment)) as database, database.unit_of_work() as uow:
        member = uow.members.by_uri(site.clients[0].sender.uri)
    assert member is not None
    return member.id


def _fsck(site: Site) -> None:
    checked = CliRunner().invoke(filiere, ["fsck", "--deep"], env=site.environment)
    assert checked.exit_code == 0, checked.output
