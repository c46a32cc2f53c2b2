"""Records go over the broker while it and the workers are killed: what the broker confirmed is stored, and once."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pika.exceptions
import pytest

import servers
from broker_programs import Program
from builders.instance import open_instance
from filiere_platform import bootstrap
from filiere_platform.bus.declaring import declare
from filiere_platform.bus.topology import Topology
from filiere_platform.settings import read_settings
from filiere_schemas.provenance.entry import EntryKind
from journals import Client, Journal
from servers.filiere import Filiere
from servers.rabbitmq import QUEUE_SETTLED_SECONDS
from wire import wait_until

PATIENCE_SECONDS = 90.0
PASSWORD = "of-a-program"


class Publisher(Client):
    """A member's program: a record that the broker has not confirmed is sent again, as a connector does."""

    def publish(self, broker: servers.RabbitMQ, user: str, stop: threading.Event) -> None:
        waiting: list[bytes] = []
        while not stop.is_set():
            with contextlib.suppress(pika.exceptions.AMQPError, OSError):
                program = Program("127.0.0.1", broker.port, user, PASSWORD, "")
                with contextlib.closing(program):
                    while not stop.is_set():
                        if not waiting:
                            waiting.append(self._sign())
                            self.journal.send(waiting[0])
                        program.send(waiting[0])
                        self.journal.confirm(waiting.pop())
                        stop.wait(self.pause)
            self.unanswered += bool(waiting)
            stop.wait(0.2)


@pytest.fixture
def workers(
    tmp_path: Path, folder: Callable[[str], Path], own_rabbitmq: servers.RabbitMQ, create_database: Callable[..., str]
) -> Iterator[list[Filiere]]:
    environment = {
        "FILIERE_DATA_DIR": str(tmp_path / "data"),
        "FILIERE_DATABASE_URL": create_database(),
        "FILIERE_BROKER_URL": own_rabbitmq.url,
    }
    processes = [Filiere("worker", environment, folder=folder(name)) for name in ("one", "two")]
    yield processes
    for process in processes:
        process.kill()


@pytest.mark.postgresql
@pytest.mark.rabbitmq
def test_what_the_broker_confirmed_is_stored_once_whoever_is_killed(
    tmp_path: Path, workers: list[Filiere], own_rabbitmq: servers.RabbitMQ
) -> None:
    one, two = workers
    database_url = one.environment["FILIERE_DATABASE_URL"]
    with open_instance(tmp_path, database_url=database_url) as instance:
        senders = [instance.admit(f"client {n}") for n in range(3)]
        users = [_enter(own_rabbitmq, instance.member(sender.uri).id) for sender in senders]
    journal = Journal(tmp_path / "journal")
    publishers = [Publisher(sender, n, journal, pause=0.02) for n, sender in enumerate(senders, start=1)]
    for worker in workers:
        worker.start()
    with _publishing(publishers, users, own_rabbitmq):
        _wait_for_more(journal)
        one.kill()
        _wait_for_more(journal)
        time.sleep(QUEUE_SETTLED_SECONDS)
        own_rabbitmq.kill()
        time.sleep(0.5)
        own_rabbitmq.start()
        _wait_for_more(journal)
        two.kill()
        two.crash_at = "committed:2"
        two.start()
        assert two.wait_for_death(PATIENCE_SECONDS), two.log_tail()
        assert two.crash_point() == "committed"
        one.start()
        _wait_for_more(journal)
    assert sum(publisher.unanswered for publisher in publishers) > 0, "nobody noticed that the broker was killed"
    wait_until(
        lambda: journal.confirmed <= _stored(one).keys(), PATIENCE_SECONDS, "confirmed and not stored", pause=0.2
    )
    stored = _stored(one)
    assert set(stored.values()) == {1}, "stored twice"
    assert stored.keys() <= journal.sent.keys(), "stored and never sent"
    print(f"\nsent {len(journal.sent)}, confirmed {len(journal.confirmed)}, stored {len(stored)}")


def _enter(broker: servers.RabbitMQ, member: int) -> str:
    topology = Topology()
    user = topology.member_user(member)
    declare(broker.url, topology.parts([member]))
    broker.control("add_user", user, PASSWORD)
    broker.control("set_permissions", user, *topology.member_permissions(member))
    return user


@contextlib.contextmanager
def _publishing(publishers: list[Publisher], users: list[str], broker: servers.RabbitMQ) -> Iterator[None]:
    stop = threading.Event()
    threads = [
        threading.Thread(target=publisher.publish, args=(broker, user, stop))
        for publisher, user in zip(publishers, users, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def _wait_for_more(journal: Journal) -> None:
    """Wait until each of some more records was confirmed."""
    known = len(journal.confirmed)
    wait_until(lambda: len(journal.confirmed) >= known + 100, PATIENCE_SECONDS, "nothing is confirmed", pause=0.05)


def _stored(process: Filiere) -> Counter[str]:
    """Count the events in the log by their digests."""
    with bootstrap.open_database(read_settings(process.environment)) as database, database.unit_of_work() as uow:
        records = uow.log.records(0, uow.log.head().size, [EntryKind.EVENT])
        return Counter(record.sha256.hex() for record in records)
