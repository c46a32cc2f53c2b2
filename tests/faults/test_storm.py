"""Load from four members while everything around them fails, one thing after another and some at once.

Afterwards every acknowledged record is once in the store and in the log, and every member received every record that
it may see at least once, in order, and nothing else. The oracle is what clients and consumers noted in synced files. A
fault that did not land fails the test: it would prove nothing.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest

import servers
from consumers import Arrivals, BrokerConsumer, HttpConsumer
from filiere_platform.bus.topology import Topology
from filiere_platform.usecases.relay import stopped_members
from servers.filiere import Filiere
from storm import (
    PATIENCE_SECONDS,
    Storm,
    assert_nothing_is_lost,
    open_storm,
    permit,
    receive_at_broker,
    running,
    wait,
)
from wire import Wire, wire_to

SEED = 20261127
SECONDS = 60.0
SMALL_QUEUE = 5  # messages


@pytest.fixture
def embedded(tmp_path: Path, folder: Callable[[str], Path]) -> Iterator[Storm]:
    environment = {"FILIERE_DATA_DIR": str(tmp_path / "data"), "FILIERE_PUBLISH_EVERY_MS": "50"}
    storm = open_storm(environment, tmp_path, {"serve": Filiere("serve", environment, folder=folder("serve"))})
    storm.serve.start()
    for client in storm.clients:
        arrivals = Arrivals(tmp_path / f"arrivals-{client.number}")
        storm.consumers.append(HttpConsumer(arrivals, url=storm.serve.url, token=client.sender.token))
    yield from running(storm)


@pytest.fixture
def production(
    tmp_path: Path,
    folder: Callable[[str], Path],
    own_postgresql: servers.PostgreSQL,
    own_rabbitmq: servers.RabbitMQ,
) -> Iterator[tuple[Storm, Wire]]:
    with wire_to(own_rabbitmq.url) as (network, through):
        environment = {
            "FILIERE_DATA_DIR": str(tmp_path / "data"),
            "FILIERE_PUBLISH_EVERY_MS": "50",
            "FILIERE_RELAY_SHARES": "2",
            "FILIERE_DATABASE_URL": own_postgresql.url,
            "FILIERE_BROKER_URL": through,
        }
        names = ("serve", "worker one", "worker two")
        processes = {name: Filiere(name.partition(" ")[0], environment, folder=folder(name)) for name in names}
        storm = open_storm(environment, tmp_path, processes)
        receive_at_broker(storm, own_rabbitmq, own_rabbitmq.url, tmp_path)
        _declare_small_queue(own_rabbitmq, storm.members[-1])
        for process in processes.values():
            process.start()
        yield from ((each, network) for each in running(storm))


def _declare_small_queue(broker: servers.RabbitMQ, member: int) -> None:
    *_, queue = Topology(most_messages=SMALL_QUEUE).member_parts(member)
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    connection.channel().queue_declare(queue.name, durable=True, arguments=queue.arguments)
    connection.close()


@pytest.mark.postgresql
@pytest.mark.rabbitmq
def test_every_entitled_member_receives_every_event_whatever_fails_in_production(
    production: tuple[Storm, Wire], own_postgresql: servers.PostgreSQL, own_rabbitmq: servers.RabbitMQ
) -> None:
    storm, network = production
    reader, poisoned, revoked, full = (c for c in storm.consumers if isinstance(c, BrokerConsumer))
    chance = random.Random(SEED)
    poisoned.rejects = lambda events: any(int(event["data"]["sha256"][:8], 16) % 50 == 0 for event in events)
    started = time.monotonic()
    with storm.load():
        full.sleeps.set()  # its queue fills behind it
        storm.kill("serve")
        time.sleep(chance.uniform(0, 1))
        storm.kill("worker one")
        storm.kill_at("worker two", "relayed:2")
        storm.stop_for("worker one", 7.0)  # longer than its lease: the other takes its share over
        storm.stop_for("serve", 2.0)
        wait(lambda: storm.members[-1] in _stopped(storm), "the full queue stopped nobody")
        storm.landed["full queue"] += 1
        full.sleeps.clear()
        reader.sleeps.set()
        own_rabbitmq.kill()
        time.sleep(chance.uniform(0, 1))
        own_rabbitmq.start()
        storm.landed["broker restarted"] += reader.cut_off > 0
        network.die()
        wait(lambda: network.bytes_lost > 0, "nobody noticed the network")
        time.sleep(4)
        network.cut()
        network.mend()
        storm.landed["stalled network"] += 1
        wait(lambda: reader.unacknowledged > 0, "nothing arrived after the network came back")
        unanswered = sum(client.put_off + client.unanswered for client in storm.clients)
        own_postgresql.kill()
        wait(lambda: sum(c.put_off + c.unanswered for c in storm.clients) > unanswered, "the database was not missed")
        own_postgresql.start()
        storm.landed["database restarted"] += 1
        reader.sleeps.clear()
        _revoke_for(3.0, own_rabbitmq, storm, revoked)
        storm.fill_disk(("worker one", "worker two"), 3.0)
        storm.kill_at("serve", "locked:3")
        storm.kill_at("serve", "committed:5")
        time.sleep(max(0.0, SECONDS - (time.monotonic() - started)))
    storm.landed["consumer that acknowledges nothing"] += full.unacknowledged and reader.unacknowledged
    storm.landed["poison message"] += len(poisoned.rejected) > 0
    assert_nothing_is_lost(storm)
    _assert_poison_is_kept(storm, poisoned, own_rabbitmq)
    assert min(storm.landed.values()) > 0, storm.landed
    assert len(storm.landed) == 13, storm.landed


def _revoke_for(seconds: float, broker: servers.RabbitMQ, storm: Storm, consumer: BrokerConsumer) -> None:
    member = storm.members[storm.consumers.index(consumer)]
    user, before = Topology().member_user(member), consumer.cut_off
    broker.control("clear_permissions", user)
    broker.control("close_all_user_connections", user, "revoked")
    time.sleep(seconds)
    wait(lambda: consumer.cut_off > before + 1, "a revoked user was let in")
    permit(broker, member)
    storm.landed["broker user revoked"] += 1


def _stopped(storm: Storm) -> dict[int, int]:
    with storm.database() as database, database.unit_of_work() as uow:
        return stopped_members(uow)


def test_every_entitled_member_receives_every_event_whatever_fails_embedded(embedded: Storm) -> None:
    storm = embedded
    sleeper = storm.consumers[1]
    assert isinstance(sleeper, HttpConsumer)
    with storm.load():
        sleeper.sleeps.set()
        storm.kill("serve")
        storm.stop_for("serve", 1.5)
        for point in ("committed:4", "relayed:2"):
            storm.kill_at("serve", point)
        storm.fill_disk(("serve",), 2.0)
        sleeper.sleeps.clear()
        time.sleep(2)
    storm.landed["consumer that acknowledges nothing"] += sleeper.unacknowledged
    assert_nothing_is_lost(storm)
    assert min(storm.landed.values()) > 0, storm.landed
    assert len(storm.landed) == 6, storm.landed


def _assert_poison_is_kept(storm: Storm, consumer: BrokerConsumer, broker: servers.RabbitMQ) -> None:
    member = storm.members[storm.consumers.index(consumer)]
    kept: set[str] = set()
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    channel = connection.channel()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not consumer.rejected <= kept and time.monotonic() < deadline:
        method, _properties, body = channel.basic_get(Topology().dead_letter_queue(member), auto_ack=True)
        if method is None:
            time.sleep(0.1)
        else:
            kept |= {event["data"]["sha256"] for event in json.loads(body)}
    connection.close()
    assert consumer.rejected <= kept, "a rejected message is not among the dead letters"
