"""A process that stops inside its commit, a broker or a database that is away: the others go on, nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import servers
from builders.events import an_object_event
from builders.instance import Instance, Sender, open_instance
from filiere_platform.domain.audience import SharingMode
from mailboxes import BrokerMailboxes
from servers.filiere import Filiere
from servers.rabbitmq import QUEUE_SETTLED_SECONDS
from wire import wait_until

GO_ON_SECONDS = 5.0
PATIENCE_SECONDS = 60.0


def event(number: int) -> dict[str, object]:
    return an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}")


def wait(condition: Callable[[], object], what: str) -> None:
    wait_until(condition, PATIENCE_SECONDS, what, pause=0.1)


@pytest.mark.postgresql
def test_the_others_go_on_when_a_process_is_stopped_inside_its_commit(
    tmp_path: Path, create_database: Callable[..., str]
) -> None:
    url = create_database()
    environment = {"FILIERE_DATA_DIR": str(tmp_path / "data"), "FILIERE_DATABASE_URL": url}
    with open_instance(tmp_path, database_url=url) as instance:
        sender = instance.admit("Laiterie")
    (tmp_path / "frozen").mkdir()
    (tmp_path / "other").mkdir()
    frozen = Filiere("serve", environment, folder=tmp_path / "frozen")
    other = Filiere("serve", environment, folder=tmp_path / "other")
    frozen.freeze_at = "locked:1"
    try:
        frozen.start()
        other.start()
        held = threading.Thread(target=_send_in_vain, args=(frozen.url, sender, sender.sign(event(1))))
        held.start()
        wait(lambda: frozen.crash_point() == "locked", "the process did not stop inside its commit")
        started = time.monotonic()
        with httpx.Client(base_url=other.url, timeout=PATIENCE_SECONDS) as client:
            sender.client = client
            while (response := sender.send(sender.sign(event(2)))).status_code == 503:
                assert time.monotonic() - started < PATIENCE_SECONDS
        waited = time.monotonic() - started
        assert response.status_code == 200, response.text
        assert waited < GO_ON_SECONDS, f"the others waited {waited:.1f} s"
        frozen.thaw()
        held.join(PATIENCE_SECONDS)
        with httpx.Client(base_url=frozen.url, timeout=PATIENCE_SECONDS) as client:
            sender.client = client
            wait(lambda: sender.send(sender.sign(event(3))).status_code == 200, "it did not come back")
    finally:
        frozen.kill()
        other.kill()


def _send_in_vain(url: str, sender: Sender, envelope: bytes) -> None:
    headers = {**sender.headers, "Content-Type": "application/jose"}
    try:
        httpx.post(f"{url}/api/v1/records", content=envelope, headers=headers, timeout=PATIENCE_SECONDS)
    except httpx.HTTPError:
        return


@pytest.fixture
def production(
    tmp_path: Path, own_postgresql: servers.PostgreSQL, own_rabbitmq: servers.RabbitMQ
) -> Iterator[Instance]:
    with open_instance(tmp_path, database_url=own_postgresql.url, broker_url=own_rabbitmq.url) as instance:
        yield instance


@pytest.mark.postgresql
@pytest.mark.rabbitmq
def test_capture_goes_on_without_a_broker_and_the_relay_catches_up(
    production: Instance, own_rabbitmq: servers.RabbitMQ
) -> None:
    sender = production.admit("Laiterie", sharing=SharingMode.SECTOR)
    with production.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(sender.uri)
    assert member is not None
    before = sender.send(sender.sign(event(1))).json()["records"][0]["index"]
    boxes, received = BrokerMailboxes(own_rabbitmq.url, prefix=""), set[int]()

    def arrived() -> bool:
        letters = boxes.letters(member.id, at_least=1)
        received.update(e["data"]["index"] for letter in letters for e in letter.events)
        return wanted <= received

    wanted = {before}
    wait(arrived, "nothing was delivered before the broker went")
    time.sleep(QUEUE_SETTLED_SECONDS)
    own_rabbitmq.kill()
    stored = [sender.send(sender.sign(event(n))) for n in range(2, 12)]
    assert {r.status_code for r in stored} == {200}
    own_rabbitmq.start()
    wanted = {before, *(r.json()["records"][0]["index"] for r in stored)}
    wait(arrived, "the relay did not catch up")


@pytest.mark.postgresql
@pytest.mark.rabbitmq
def test_without_a_database_the_answer_is_503_with_a_time_to_come_back(
    production: Instance, own_postgresql: servers.PostgreSQL
) -> None:
    sender = production.admit("Laiterie")
    assert sender.send(sender.sign(event(1))).status_code == 200
    own_postgresql.kill()
    envelope = sender.sign(event(2))
    refused = sender.send(envelope)
    assert (refused.status_code, refused.json()["code"]) == (503, "store-unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert production.client.get("/readyz").status_code == 503
    assert production.client.get("/healthz").status_code == 200
    assert sender.get("/epcis/events").status_code == 503
    own_postgresql.start()
    wait(lambda: sender.send(envelope).status_code == 200, "capture did not come back")
