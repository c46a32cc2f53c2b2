"""A cluster of three nodes loses the leader of a member's queue under load: nothing that was acknowledged is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import servers
from filiere_platform.bus.topology import Topology
from servers.filiere import Filiere
from storm import Storm, assert_nothing_is_lost, open_storm, receive_at_broker, running, wait

BEFORE, AFTER = 3.0, 6.0  # seconds of load


@pytest.fixture(scope="module")
def cluster() -> Iterator[servers.RabbitMQCluster]:
    with servers.RabbitMQCluster() as started:
        yield started


@pytest.fixture
def storm(
    tmp_path: Path,
    folder: Callable[[str], Path],
    cluster: servers.RabbitMQCluster,
    create_database: Callable[..., str],
) -> Iterator[Storm]:
    environment = {
        "FILIERE_DATA_DIR": str(tmp_path / "data"),
        "FILIERE_PUBLISH_EVERY_MS": "50",
        "FILIERE_DATABASE_URL": create_database(),
        "FILIERE_BROKER_URL": cluster.url,
        "FILIERE_BROKER_REPLICAS": "3",
    }
    processes = {name: Filiere(name, environment, folder=folder(name)) for name in ("serve", "worker")}
    opened = open_storm(environment, tmp_path, processes)
    receive_at_broker(opened, cluster.nodes[0], cluster.url, tmp_path)
    for process in processes.values():
        process.start()
    yield from running(opened)


@pytest.mark.postgresql
@pytest.mark.rabbitmq
def test_the_leader_of_a_queue_dies_under_load_and_nobody_misses_anything(
    storm: Storm, cluster: servers.RabbitMQCluster
) -> None:
    queue = Topology().member_queue(storm.members[0])
    consumer = storm.consumers[0]
    with storm.load():
        wait(lambda: len(consumer.arrivals.digests) > 0, "nothing arrived")
        time.sleep(BEFORE)
        leader, members = cluster.replicas(queue)
        assert len(members) == len(cluster.nodes)
        arrived = len(consumer.arrivals.digests)
        leader.kill()
        time.sleep(AFTER)
        wait(lambda: len(consumer.arrivals.digests) > arrived, "the queue has no new leader")
    assert cluster.replicas(queue)[0] is not leader
    assert_nothing_is_lost(storm)
