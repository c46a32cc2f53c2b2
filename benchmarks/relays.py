"""The relay: grants of a captured log to confirmed messages on RabbitMQ, beside one confirm at a time.

Runs on what the capture scenarios left in the platform's database. The baseline reads the same grants, and publishes
each record in a message of its own on a blocking connection that waits for each confirm.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
import pika

from cpu import Meter, ProcessTree
from figures import Figures, paired
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.usecases.relay import CURSOR, Plan, plan_round, settle
from services import Service
from sites import Site

ROUNDS = 3
GRANTS = 2_000  # of one round: the relay's own
QUEUE = "filiere.benchmark.baseline"

Publish = Callable[[bytes], None]


def compare(site: Site, broker: Service) -> list[dict[str, object]]:
    """Measure rounds of the relay, and the same records published one confirm at a time."""
    bus = RabbitBus(broker.url)
    try:
        relay_round(site, bus)  # declares queues, opens the connection
        with one_by_one(broker.url) as publish:
            pairs = [
                (
                    measure(lambda: relay_round(site, bus), broker),
                    measure(lambda: publish_records(read_round(site), publish), broker),
                )
                for _ in range(ROUNDS)
            ]
        return [paired("relay to RabbitMQ", pairs, unit="records/s")]
    finally:
        bus.close()


def measure(work: Callable[[], int], broker: Service) -> Figures:
    """Time what relays so many records, with this process's and the broker's processor time."""
    process = broker.server.process if broker.server else None
    meter = Meter({"rabbitmq": ProcessTree(process.pid)} if process else {})
    started, cpu = time.perf_counter(), time.process_time()
    records = work()
    seconds, own = time.perf_counter() - started, time.process_time() - cpu
    used = {"relay": own, **meter.read()}
    return Figures(
        rate=records / seconds,
        microseconds={name: value / records * 1e6 for name, value in used.items()},
        count=records,
        seconds=seconds,
    )


def relay_round(site: Site, bus: RabbitBus) -> int:
    """Relay one full round of grants; gives how many records were in it."""
    plan = read_round(site)
    bus.publish(plan.messages)
    with site.platform.database.unit_of_work() as uow:
        settle(uow, plan)
    return sum(message.body.count(b'"specversion"') for message in plan.messages)


def read_round(site: Site) -> Plan:
    """Read one round of grants and make its messages.

    Raises:
        AssertionError: there is nothing left to relay, so that nothing would be measured.
    """
    with site.platform.database.unit_of_work() as uow:
        plan = plan_round(uow, members=uow.members.all(), origin=site.platform.instance.origin, now=0, limit=GRANTS)
    assert plan.deliveries, f"nothing past the cursor {CURSOR} ({plan.after})"
    return plan


def publish_records(plan: Plan, publish: Publish) -> int:
    """Publish each record of a plan alone, once for each recipient's view of it; gives how many records."""
    records = [record for message in plan.messages for record in orjson.loads(message.body)]
    for record in records:
        publish(orjson.dumps([record]))
    return len(records)


@contextmanager
def one_by_one(url: str) -> Iterator[Publish]:
    """Open a blocking channel with confirms on a quorum queue; gives the function that publishes one message."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = connection.channel()
        channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        persistent = pika.BasicProperties(delivery_mode=2)

        def publish(body: bytes) -> None:
            channel.basic_publish("", QUEUE, body, persistent, mandatory=True)

        yield publish
    finally:
        connection.close()
