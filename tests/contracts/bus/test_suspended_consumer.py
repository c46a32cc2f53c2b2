"""A suspended member's program at the broker, and the commands of docs/bus.md that shut it out and let it back in."""

from __future__ import annotations

import re
import shlex

import pika
import pika.exceptions
import pytest

from builders.ledger import Ledger
from codebase import ROOT
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.relay import CURSOR, stopped_members
from filiere_platform.worker.relay import Relay
from wire import wait_until

pytestmark = [pytest.mark.rabbitmq, pytest.mark.parametrize("founded", ["embedded"], indirect=True)]

ORIGIN = "log.test.example/filiere"
VHOST = "filiere"
QUEUE = "filiere.member.1"
QUIET_SECONDS = 1.0


class Program:
    """A member's own program: consumes its queue with its own user, and keeps what it was given."""

    def __init__(self, port: int) -> None:
        user = pika.PlainCredentials("member-1", "secret")
        self._connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port, VHOST, user))
        self._channel = self._connection.channel()
        self.received = 0
        self._channel.basic_qos(prefetch_count=1)
        self._channel.basic_consume(QUEUE, self._take)

    def _take(self, channel, method, _properties, _body) -> None:
        self.received += 1
        channel.basic_ack(method.delivery_tag)

    def run(self, seconds: float = QUIET_SECONDS) -> None:
        self._connection.process_data_events(time_limit=seconds)

    def run_on(self) -> None:
        """Run for longer than any test takes, unless the broker ends the connection."""
        for _ in range(60):
            self.run()


def commands(section: str) -> list[list[str]]:
    """The commands that docs/bus.md prints, for member 1 in place of 17."""
    text = (ROOT / "docs" / "bus.md").read_text(encoding="utf-8")
    block = text.partition(f"<!-- {section} -->")[2].partition("```sh\n")[2].partition("```")[0]
    found = [shlex.split(line.replace("17", "1")) for line in block.strip().split("\n")]
    assert found
    assert all(line[0] == "rabbitmqctl" for line in found)
    return [line[1:] for line in found]


def test_a_suspended_member_is_shut_out_by_the_documented_commands_and_misses_nothing(founded, own_rabbitmq) -> None:
    own_rabbitmq.control("add_vhost", VHOST)
    own_rabbitmq.control("set_permissions", "-p", VHOST, "guest", ".*", ".*", ".*")
    own_rabbitmq.control("add_user", "member-1", "secret")
    bus = RabbitBus(re.sub("%2F$", VHOST, own_rabbitmq.url), topology=Topology(), patience=5.0)
    database, ledger = founded.database, Ledger(founded.database)
    relay = Relay(units=database, leadership=database.leadership, bus=bus, origin=ORIGIN, clock=int)

    def set_status(status: MemberStatus) -> None:
        with database.unit_of_work() as uow:
            uow.members.set_status(1, status)

    def is_caught_up() -> bool:
        relay.run_once()
        with database.unit_of_work() as uow:
            return not stopped_members(uow) and uow.cursors.read(CURSOR) == uow.log.head().grants

    try:
        ledger.store((1,))
        wait_until(is_caught_up)
        for command in commands("let back in"):
            own_rabbitmq.control(*command)
        program = Program(own_rabbitmq.port)
        wait_until(lambda: program.run() or program.received == 1)
        # Suspended: nothing more is published to it, although its connection is open.
        set_status(MemberStatus.SUSPENDED)
        ledger.store((1,))
        relay.run_once()
        program.run()
        assert program.received == 1
        # Shut out: the open connection ends, and the next one does not come in.
        for command in commands("shut out"):
            own_rabbitmq.control(*command)
        with pytest.raises(pika.exceptions.AMQPError):
            program.run_on()
        with pytest.raises(pika.exceptions.ProbableAccessDeniedError):
            Program(own_rabbitmq.port)
        # Let back in: it gets what it missed.
        set_status(MemberStatus.ACTIVE)
        for command in commands("let back in"):
            own_rabbitmq.control(*command)
        wait_until(is_caught_up)
        back = Program(own_rabbitmq.port)
        wait_until(lambda: back.run() or back.received == 1)
        back.run()
        assert back.received == 1
    finally:
        bus.close()
