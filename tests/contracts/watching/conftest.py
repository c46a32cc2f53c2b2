"""A served instance and a worker beside it, as in production: two processes, each with `/metrics` of its own."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

import services
from builders.events import an_object_event
from builders.instance import Sender, open_instance
from filiere_platform.domain.audience import SharingMode
from mailboxes import BrokerMailboxes
from servers.filiere import Filiere

PATIENCE_SECONDS = 40.0


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A server and a worker of one instance, which has taken in two records and refused one."""

    serve: Filiere
    worker: Filiere
    sender: Sender
    member_id: int
    mailboxes: BrokerMailboxes


@pytest.fixture(scope="package")
def pair(postgresql_url: str, rabbitmq_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder, prefix = tmp_path_factory.mktemp("watched"), f"t{os.getpid()}-{secrets.token_hex(4)}."
    database_url = services.create_database(postgresql_url)
    environment = {
        "FILIERE_DATA_DIR": str(folder / "data"),
        "FILIERE_DATABASE_URL": database_url,
        "FILIERE_BROKER_URL": rabbitmq_url,
        "FILIERE_BROKER_PREFIX": prefix,
        "FILIERE_PUBLISH_EVERY_MS": "50",
    }
    with open_instance(folder, database_url=database_url) as instance:
        sender = instance.admit("dairy", sharing=SharingMode.SECTOR)
        with instance.platform.database.unit_of_work() as uow:
            (member_id,) = (member.id for member in uow.members.all() if member.uri == sender.uri)
    serve, worker = (Filiere(name, environment, folder=_folder(folder / name)) for name in ("serve", "worker"))
    worker.is_watched = True
    mailboxes = BrokerMailboxes(rabbitmq_url, prefix)
    mailboxes.open([member_id])
    try:
        serve.start()
        worker.start()
        with httpx.Client(base_url=serve.url, timeout=20) as client:
            sender.client = client
            assert sender.send_events(an_object_event()).status_code == 200
            assert sender.send_events(an_object_event(action="PAINT")).status_code == 400
            yield Pair(serve=serve, worker=worker, sender=sender, member_id=member_id, mailboxes=mailboxes)
    finally:
        serve.stop()
        worker.stop()
        mailboxes.close()
        services.drop_database(database_url)


def scraped(process: Filiere) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Scrape a process, as Prometheus reads it: labels and value of each sample, by its name."""
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(httpx.get(f"{process.url}/metrics", timeout=20).text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((dict(sample.labels), sample.value))
    return found


def eventually(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
