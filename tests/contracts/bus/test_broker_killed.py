"""RabbitMQ goes away while records are captured: capture goes on, nothing is lost, the relay catches up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from builders.ledger import Ledger
from filiere_platform.bus import declarations
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.usecases.relay import CURSOR, stopped_members
from filiere_platform.worker.relay import Relay
from mailboxes import BrokerMailboxes
from servers.rabbitmq import QUEUE_SETTLED_SECONDS
from wire import wait_until, wire_to

pytestmark = [
    pytest.mark.rabbitmq,
    pytest.mark.postgresql,
    pytest.mark.parametrize("founded", ["production"], indirect=True),
]
ORIGIN = "log.test.example/filiere"


class Sector:
    """An instance whose relay runs, and one member that everything is for."""

    def __init__(self, database, bus, member: int) -> None:
        self.database = database
        self.ledger = Ledger(database)
        self.member = member
        self._stop = threading.Event()
        self.relay = Relay(units=database, leadership=database.leadership, bus=bus, origin=ORIGIN, clock=int)
        self._thread = threading.Thread(target=self.relay.run, args=(self._stop,))
        self._thread.start()

    def capture(self, records: int) -> None:
        for _ in range(records):
            self.ledger.store((self.member,))

    def is_caught_up(self) -> bool:
        with self.database.unit_of_work() as uow:
            return uow.cursors.read(CURSOR) == uow.log.head().grants

    def stopped(self) -> dict[int, int]:
        with self.database.unit_of_work() as uow:
            return stopped_members(uow)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def open_sector(founded, monkeypatch) -> Iterator:
    monkeypatch.setattr(declarations, "AILING_SECONDS", 3.0)
    monkeypatch.setattr("filiere_platform.worker.relay.LONGEST_REFILL_WAIT", 1.0)
    opened = []

    def build(url: str, prefix: str) -> Sector:
        bus = RabbitBus(url, topology=Topology(prefix=prefix), patience=3.0)
        opened.append((Sector(founded.database, bus, member=1), bus))
        return opened[-1][0]

    yield build
    for sector, bus in opened:
        sector.close()
        bus.close()


def received(mailboxes: BrokerMailboxes, member: int = 1) -> list[int]:
    return [event["data"]["index"] for letter in mailboxes.letters(member) for event in letter.events]


def test_capture_goes_on_without_a_broker_and_the_relay_catches_up(open_sector, broker, rabbitmq_url, bus_prefix):
    with wire_to(rabbitmq_url) as (wire, through):
        sector = open_sector(through, bus_prefix)
        sector.capture(5)
        wait_until(sector.is_caught_up)
        wire.cut()
        sector.capture(50)
        assert not sector.is_caught_up()
        wait_until(lambda: sector.relay.status.waits_for)
        wire.mend()
        wait_until(sector.is_caught_up, 30)
        wait_until(lambda: not sector.relay.status.waits_for)
        sector.close()
    assert sorted(set(received(broker))) == list(range(55))


def test_a_broker_killed_while_the_relay_runs_loses_nothing_and_one_stuck_queue_stops_nobody_else(
    open_sector, own_rabbitmq
):
    # One test, since a broker of its own takes a dozen seconds to start.
    topology = Topology()
    mailboxes = BrokerMailboxes(own_rabbitmq.url, "")
    sector = open_sector(own_rabbitmq.url, "")
    sector.ledger.store((1,), (2,))
    wait_until(sector.is_caught_up)
    time.sleep(QUEUE_SETTLED_SECONDS)

    writer = threading.Thread(target=sector.capture, args=(300,))
    confirmed = sector.relay.status.messages
    writer.start()
    wait_until(lambda: sector.relay.status.messages > confirmed)
    own_rabbitmq.kill()  # as a power cut does, while messages are on their way
    writer.join()
    own_rabbitmq.start()
    wait_until(sector.is_caught_up, 60)
    assert set(received(mailboxes, 1)) == set(sector.ledger.due_to(1))

    # The replica of one queue hangs: the others are served all the same.
    stuck = f"'%2F_{topology.member_queue(2)}'"
    own_rabbitmq.control("eval", f"sys:suspend({stuck}).")
    later = sector.ledger.store((1,), (1, 2), (2,), (1,))
    arrived: set[int] = set()
    wait_until(lambda: arrived.update(received(mailboxes, 1)) or len(arrived) == 3, 90)
    assert arrived == {later[0], later[1], later[3]}
    assert 2 in sector.stopped()
    own_rabbitmq.control("eval", f"sys:resume({stuck}).")
    wait_until(lambda: sector.is_caught_up() and not sector.stopped(), 90)
    assert set(received(mailboxes, 2)) == set(sector.ledger.due_to(2))
