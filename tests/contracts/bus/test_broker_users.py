"""A suspended member's program at a real broker: the worker ends its connection and keeps it out, until it is back.

The tests go on from one another, since a broker with its management takes long to start.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pika
import pika.exceptions
import pytest

import servers
from filiere_platform.bus.declaring import check, declare
from filiere_platform.bus.management import BrokerManagement
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.broker_access import AccessFault, BrokerAccessUnknown, PartFault
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.usecases.broker_users import BrokerKeeping, BrokerState, broker_state
from filiere_platform.worker.broker_users import BrokerUserKeeper
from wire import wait_until

pytestmark = [pytest.mark.rabbitmq, pytest.mark.parametrize("founded", ["embedded"], indirect=True)]

PREFIX = "keeping."
PASSWORD = "of-a-program"
NAMES = Topology(prefix=PREFIX)


@pytest.fixture(scope="module")
def broker() -> Iterator[servers.RabbitMQ]:
    server = servers.RabbitMQ(plugins=("rabbitmq_management",))
    try:
        server.start()
        yield server
    finally:
        server.kill()  # in order it takes six seconds
        server.close()


def enter(broker: servers.RabbitMQ, member_id: int = 1) -> pika.BlockingConnection:
    user = pika.PlainCredentials(NAMES.member_user(member_id), PASSWORD)
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port, "/", user))


def run_on(program: pika.BlockingConnection) -> None:
    for _ in range(60):
        program.process_data_events(time_limit=1.0)


def test_a_suspended_members_open_connection_is_cut_and_it_comes_in_again_once_it_is_back(founded, broker) -> None:
    management = BrokerManagement(broker.management_url, broker_url=broker.url, topology=NAMES)
    with founded.database.unit_of_work() as uow:
        members = uow.members.all()
    assert {fault.what for fault in management.examine(members)} == {AccessFault.ABSENT}
    for member in members:
        management.make(member, PASSWORD)
    assert management.examine(members) == []
    queue = NAMES.member_queue(1)
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as operator:
        operator.channel().queue_declare(queue, durable=True)
    database, stop = founded.database, threading.Event()
    keeper = BrokerUserKeeper(units=database, leadership=database.leadership, users=management, pause=0.05)
    thread = threading.Thread(target=keeper.run, args=(stop,))
    thread.start()

    def state() -> BrokerState | None:
        with database.unit_of_work() as uow:
            return broker_state(uow, BrokerKeeping.BY_WORKER)

    def become(status: MemberStatus) -> None:
        with database.unit_of_work() as uow:
            uow.members.set_status(1, status)
        wait_until(lambda: state() is BrokerState.DONE)

    try:
        program, neighbour = enter(broker), enter(broker, 2)
        program.channel().basic_consume(queue, lambda *_: None)
        become(MemberStatus.SUSPENDED)
        with pytest.raises(pika.exceptions.AMQPError):
            run_on(program)
        with pytest.raises(pika.exceptions.ProbableAccessDeniedError):
            enter(broker)
        neighbour.process_data_events(time_limit=0.1)
        assert neighbour.is_open
        become(MemberStatus.ACTIVE)
        back = enter(broker)
        back.channel().basic_consume(queue, lambda *_: None)
        back.close()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"):
            neighbour.channel().basic_consume(queue, lambda *_: None)
    finally:
        stop.set()
        thread.join()


def test_what_somebody_else_opened_is_found_and_put_right(founded, broker) -> None:
    management = BrokerManagement(broker.management_url, broker_url=broker.url, topology=NAMES)
    with founded.database.unit_of_work() as uow:
        first, *others = uow.members.all()
    suspended: list[Member] = [replace(first, status=MemberStatus.SUSPENDED), *others]
    assert [fault.what for fault in management.examine(suspended)] == [AccessFault.OPEN]
    management.keep(suspended)
    assert management.examine(suspended) == []
    assert [fault.what for fault in management.examine([first])] == [AccessFault.DIFFERS]
    management.keep([first])
    assert management.examine([first]) == []


def test_everything_is_declared_once_and_what_is_missing_or_differs_is_found(founded, broker) -> None:
    parts = Topology(prefix="declared.").parts([1, 2])
    assert [found.what for found in check(broker.url, parts)] == [PartFault.MISSING] * len(parts)
    assert declare(broker.url, parts) == []
    assert check(broker.url, parts) == []
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as operator:
        channel = operator.channel()
        channel.confirm_delivery()
        channel.basic_publish("declared.filiere.events", "member.2", b"news", mandatory=True)
        assert channel.basic_get("declared.filiere.member.2", auto_ack=True)[2] == b"news"
        channel.queue_delete("declared.filiere.member.1")
        channel.queue_delete("declared.filiere.member.2")
        channel.queue_declare("declared.filiere.member.2", durable=True)
    wrong = [("declared.filiere.member.1", PartFault.MISSING), ("declared.filiere.member.2", PartFault.DIFFERS)]
    assert [(found.name, found.what) for found in check(broker.url, parts)] == wrong
    assert [(found.name, found.what) for found in declare(broker.url, parts)] == wrong[1:]


def test_a_broker_that_cannot_be_asked_is_said_to_be_behind_and_no_password_is_told(founded, broker) -> None:
    url = broker.management_url.replace("guest:guest", "guest:not-the-password")
    management = BrokerManagement(url, broker_url=broker.url, topology=NAMES)
    database = founded.database
    keeper = BrokerUserKeeper(units=database, leadership=database.leadership, users=management)
    with pytest.raises(BrokerAccessUnknown, match="401") as refused:
        keeper.keep()
    assert "not-the-password" not in str(refused.value)
    with database.unit_of_work() as uow:
        assert broker_state(uow, BrokerKeeping.BY_WORKER) is BrokerState.WAITS
        assert broker_state(uow, BrokerKeeping.BY_HAND) is BrokerState.BY_HAND
        assert broker_state(uow, BrokerKeeping.NONE) is None
