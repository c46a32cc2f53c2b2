"""A cluster of three nodes: what is declared is kept on all of them, and the bus goes on when one of them goes.

One test, since three nodes take long to start.
"""

from __future__ import annotations

import pika
import pytest

import servers
from filiere_platform.bus.declaring import check, declare
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.message import BusUnavailable
from wire import wait_until

pytestmark = pytest.mark.rabbitmq


def test_a_queue_has_three_replicas_and_its_leaders_node_may_stop_under_the_relay(message) -> None:
    names = Topology(replicas=3)
    with servers.RabbitMQCluster() as cluster:
        parts = names.parts([1])
        assert declare(cluster.url, parts) == []
        queue = names.member_queue(1)
        leader, members = cluster.replicas(queue)
        assert members == {node.node for node in cluster.nodes}
        # The relay is connected to the very node that goes.
        others = [node for node in cluster.nodes if node is not leader]
        bus = RabbitBus(",".join(node.url for node in (leader, *others)), topology=names, patience=5.0)
        try:
            bus.publish([message("before", 1)])
            leader.kill()

            def goes_on() -> bool:
                try:
                    bus.publish([message("after", 1)])
                except BusUnavailable:
                    return False
                return True

            wait_until(goes_on, 30)
        finally:
            bus.close()
        assert check(cluster.url, parts) == []  # its first address may be that of the node that is gone
        with pika.BlockingConnection([pika.URLParameters(node.url) for node in others]) as reader:
            channel = reader.channel()
            arrived = [channel.basic_get(queue, auto_ack=True)[1].message_id for _ in range(2)]
        assert arrived[0] == "before"
        assert set(arrived) == {"before", "after"}
