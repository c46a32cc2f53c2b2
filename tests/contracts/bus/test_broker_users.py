"""A suspended member's program at a real broker: the worker ends its connection and keeps it out, until it is back.

The tests go on from one another, since a broker with its management takes long to start.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace

import pika
import pika.exceptions
import pytest
from click.testing import CliRunner

import servers
from filiere_platform.bus.declaring import check, declare, is_there, remove_empty, replace_empty
from filiere_platform.bus.inspection import BrokerInspection
from filiere_platform.bus.management import BrokerManagement
from filiere_platform.bus.topology import CAPTURE_ADDRESS, Topology
from filiere_platform.cli.main import filiere
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


def test_a_members_user_sends_to_be_captured_and_reads_its_own_queues_and_nothing_else(founded, broker) -> None:
    names = Topology(prefix="rights.")
    declare(broker.url, names.parts([1, 2]))
    with founded.database.unit_of_work() as uow:
        [member] = [each for each in uow.members.all() if each.id == 1]
    BrokerManagement(broker.management_url, broker_url=broker.url, topology=names).make(member, PASSWORD)
    user = pika.PlainCredentials(names.member_user(1), PASSWORD)
    program = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", broker.port, "/", user))

    def is_refused(ask) -> bool:
        channel = program.channel()
        channel.confirm_delivery()
        try:
            ask(channel)
        except pika.exceptions.ChannelClosedByBroker as refused:
            return "ACCESS_REFUSED" in refused.reply_text
        channel.close()
        return False

    own = (names.member_queue(1), names.dead_letter_queue(1))
    others = (names.member_queue(2), names.dead_letter_queue(2), names.capture_queue, names.capture_dead_letter_queue)
    assert not is_refused(lambda c: c.basic_publish(names.capture_exchange, CAPTURE_ADDRESS, b"mine", mandatory=True))
    assert not any(is_refused(lambda c, q=queue: c.basic_get(q)) for queue in own)
    assert all(is_refused(lambda c, q=queue: c.basic_get(q)) for queue in others)
    for exchange in ("", names.exchange, names.dead_letter_exchange):
        assert is_refused(lambda c, e=exchange: c.basic_publish(e, names.member_address(2), b"forged"))
    for queue in (*own, names.capture_queue):
        for exchange in (names.exchange, names.capture_exchange, names.dead_letter_exchange):
            assert is_refused(lambda c, q=queue, e=exchange: c.queue_bind(q, e, "event"))
    assert is_refused(lambda c: c.exchange_bind(names.capture_exchange, names.exchange, "event"))
    assert is_refused(lambda c: c.queue_declare("rights.another"))
    assert is_refused(lambda c: c.queue_delete(own[0]))
    program.close()


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


def test_a_binding_too_few_or_too_many_and_a_queue_on_too_few_nodes_are_found(founded, broker) -> None:
    names = Topology(prefix="bound.")
    parts, known = names.parts([1, 2]), names.parts([1, 2, 3])
    inspection = BrokerInspection(broker.management_url, broker_url=broker.url)

    def wrong(**options: int) -> list[tuple[str, PartFault]]:
        found = inspection.examine(parts, known=known, replicas=options.get("replicas", 0))
        return [(each.name, each.what) for each in found]

    declare(broker.url, names.parts([1, 2, 3]))  # the third is suspended: it may be there
    wait_until(lambda: wrong() == [])
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as operator:
        channel = operator.channel()
        watching = channel.queue_declare("", exclusive=True, auto_delete=True).method.queue
        channel.queue_bind(watching, names.exchange, "event")  # `filiere events tail`
        channel.queue_unbind(names.dead_letter_queue(2), names.dead_letter_exchange, names.member_address(2))
        channel.queue_bind(names.member_queue(1), names.exchange, "event")  # it would get everybody's
        unbound, extra = (names.dead_letter_queue(2), PartFault.UNBOUND), (names.member_queue(1), PartFault.EXTRA)
        wait_until(lambda: wrong(replicas=3) == [unbound, extra])  # one node cannot keep it on three
        declare(broker.url, parts)
        channel.queue_unbind(names.member_queue(1), names.exchange, "event")
        wait_until(lambda: wrong() == [])


def test_a_queue_of_before_is_made_anew_once_it_is_empty_and_unused_and_nothing_of_it_is_lost(founded, broker) -> None:
    names = Topology(prefix="anew.")
    dead, queue = names.member_parts(1)
    former = {"x-queue-type": "quorum", "x-max-length": 10, "x-dead-letter-exchange": names.former_dead_letters}
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as operator:
        channel = operator.channel()
        channel.exchange_declare(names.former_dead_letters, "fanout", durable=True)
        channel.queue_declare(names.former_dead_letters, durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_bind(names.former_dead_letters, names.former_dead_letters)
        channel.queue_declare(queue.name, durable=True, arguments=former)
        assert [found.name for found in declare(broker.url, names.parts([1]))] == [queue.name]
        channel.confirm_delivery()
        channel.basic_publish(names.exchange, queue.routing_key, b"waits", mandatory=True)
        assert replace_empty(broker.url, queue) == "1 messages, 0 consumers"
        assert [found.what for found in check(broker.url, [queue])] == [PartFault.DIFFERS]
        assert channel.basic_get(queue.name, auto_ack=True)[2] == b"waits"
        consuming = channel.basic_consume(queue.name, lambda *_: None)
        assert replace_empty(broker.url, queue) == "0 messages, 1 consumers"
        channel.basic_cancel(consuming)
        assert replace_empty(broker.url, queue) == ""
        assert check(broker.url, names.parts([1])) == []
        channel.basic_publish(names.exchange, queue.routing_key, b"arrives", mandatory=True)
        method, _, body = channel.basic_get(queue.name)
        assert body == b"arrives"
        channel.basic_reject(method.delivery_tag, requeue=False)
        wait_until(lambda: channel.basic_get(dead.name, auto_ack=True)[2] == b"arrives")
    assert is_there(broker.url, names.former_dead_letters)
    assert remove_empty(broker.url, names.former_dead_letters) == ""
    assert not is_there(broker.url, names.former_dead_letters)


def test_the_operators_command_declares_checks_and_replaces(founded, broker, tmp_path, monkeypatch) -> None:
    names = Topology(prefix="command.")
    for name, value in {
        "DATA_DIR": tmp_path / "data", "BROKER_URL": broker.url, "BROKER_PREFIX": names.prefix,
        "BROKER_MANAGEMENT_URL": broker.management_url, "LANG": "en",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"FILIERE_{name}", str(value))

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(filiere, arguments)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    run("init", "--origin", "log.test.example/filiere", "--body", "urn:filiere:party:duns:060704780")
    dead, queue = names.member_parts(1)
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as operator:
        channel = operator.channel()
        channel.queue_declare(queue.name, durable=True, arguments={"x-queue-type": "quorum"})
        channel.queue_declare(names.former_dead_letters, durable=True)
        found = json.loads(run("bus", "check", "--json", code=1))
        assert found["managementAsked"]
        wrong = {(each["what"], each["name"]) for each in found["wrong"]}
        assert {("missing", dead.name), ("differs", queue.name), ("former", names.former_dead_letters)} <= wrong
        assert ("absent", names.member_user(1)) in wrong
        said = run("bus", "declare")
        assert f"{queue.name} (left as it is)" in said
        assert re.search(rf"^{names.member_user(1)} \S{{32}}$", said, re.MULTILINE)
        channel.confirm_delivery()
        channel.basic_publish(names.exchange, queue.routing_key, b"waits", mandatory=True)
        said = run("bus", "declare", "--replace")
        assert f"{queue.name} (1 messages, 0 consumers)" in said
        assert "queues still send there" in said
        channel.queue_purge(queue.name)
        said = run("bus", "declare", "--replace")
        assert f"{queue.name} (made anew)" in said
        assert f"{names.former_dead_letters} (removed)" in said
    wait_until(lambda: CliRunner().invoke(filiere, ["bus", "check"]).exit_code == 0)


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
