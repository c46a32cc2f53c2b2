"""A member's stream is handed over again, from a position or a time, on both buses; nobody else's is touched."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from builders.ledger import FIRST_STORED_AT, Ledger
from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.audience import SECTOR
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.store.database import Database
from filiere_platform.usecases.relay import CURSOR, plan_refill, plan_round, settle, stopped_members
from filiere_platform.usecases.replay import replay
from filiere_platform.worker.relay import Relay
from filiere_schemas.provenance.keys import SigningKey
from mailboxes import BrokerMailboxes, EmbeddedMailboxes, Mailboxes
from wire import wait_until

ORIGIN = "log.test.example/filiere"
ONE, TWO, THREE = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Office:
    """A database, its relay, and what members receive."""

    database: Database
    mailboxes: Mailboxes
    ledger: Ledger
    relay: Relay
    signer: ActSigner

    def again(self, member_id: int, **where: int) -> int:
        with self.database.unit_of_work() as uow:
            member = uow.members.by_id(member_id)
            assert member is not None
            return replay(uow, member, author=AT_CONSOLE, signer=self.signer, now=FIRST_STORED_AT, **where)

    def stopped(self) -> dict[int, int]:
        with self.database.unit_of_work() as uow:
            return stopped_members(uow)

    def received(self, member: int) -> list[int]:
        return [event["data"]["index"] for letter in self.mailboxes.letters(member) for event in letter.events]

    @contextmanager
    def relaying(self) -> Iterator[None]:
        """Relay until the block is through and everybody has caught up."""
        stop = threading.Event()
        thread = threading.Thread(target=self.relay.run, args=(stop,))
        thread.start()
        try:
            yield
            wait_until(lambda: not self.stopped() and self._is_through())
        finally:
            stop.set()
            thread.join()

    def _is_through(self) -> bool:
        with self.database.unit_of_work() as uow:
            return uow.cursors.read(CURSOR) == uow.log.head().grants


@pytest.fixture
def office(founded, bus_prefix) -> Iterator[Office]:
    bus: EmbeddedBus | RabbitBus
    if founded.broker_url is None:
        bus = EmbeddedBus()
        mailboxes: Mailboxes = EmbeddedMailboxes(bus)
    else:
        bus = RabbitBus(founded.broker_url, topology=Topology(prefix=bus_prefix))
        mailboxes = BrokerMailboxes(founded.broker_url, bus_prefix)
    mailboxes.open((ONE, TWO, THREE))
    database = founded.database
    relay = Relay(units=database, leadership=database.leadership, bus=bus, origin=ORIGIN, clock=int)
    signer = ActSigner(key=SigningKey.generate(), origin=ORIGIN)
    yield Office(database=database, mailboxes=mailboxes, ledger=Ledger(database), relay=relay, signer=signer)
    bus.close()
    mailboxes.close()


def test_a_stream_is_sent_again_behind_a_position_and_the_act_follows_it_to_the_member_alone(office):
    office.ledger.store((ONE,), (ONE, TWO), (TWO, SECTOR), (ONE,))
    office.relay.run_once()
    assert office.received(ONE) == [0, 1, 2, 3]
    assert office.received(TWO) == [1, 2]
    assert office.again(ONE, position=3) == 3  # its grants: 1 of record 0, 2 of record 1, 5 by the sector, 6
    with office.relaying():
        pass
    assert sorted(set(office.received(ONE))) == [2, 3, 4]
    assert office.received(TWO) == []
    assert office.received(THREE) == [2]
    with office.database.unit_of_work() as uow:
        [act] = list(uow.log.records(4, 5))
    assert act.member_id == ONE


def test_a_stream_is_sent_again_since_a_time_with_what_was_granted_late_once_and_in_its_place(office):
    office.ledger.store((ONE,), (ONE,), (ONE, TWO))
    office.ledger.grant(0, TWO)  # long after it was stored
    office.ledger.store((TWO,), (ONE,))
    office.relay.run_once()
    assert office.received(TWO) == [2, 0, 3]
    office.received(ONE)
    office.again(TWO, start=FIRST_STORED_AT + 3)
    with office.relaying():
        office.ledger.grant(1, TWO)  # while it is refilled
    # The record before that time is repeated, since what is granted late has no time; the act itself is index 5.
    arrived = office.received(TWO)
    assert arrived == [2, 0, 3, 5, 1]
    assert office.received(ONE) == []


def test_a_member_that_is_stopped_already_begins_at_the_earlier_of_the_two_places(office):
    office.ledger.store((ONE,), (ONE,), (ONE,))
    office.relay.run_once()
    office.received(ONE)
    office.again(ONE, position=1)
    office.again(ONE, position=2)
    assert office.stopped() == {ONE: 1}
    office.again(ONE, position=0)
    assert office.stopped() == {ONE: 0}
    with office.relaying():
        pass
    assert office.received(ONE)[:3] == [0, 1, 2]


def test_a_replay_that_is_asked_for_during_a_round_is_not_forgotten_when_the_round_is_settled(office):
    office.ledger.store((ONE,), (ONE,), (ONE,))
    with office.database.unit_of_work() as uow:
        plan = plan_round(uow, members=uow.members.all(), origin=ORIGIN, now=0)
    office.again(ONE, position=0)
    refusal = BusUnavailable("full", refused=range(len(plan.messages)))
    with office.database.unit_of_work() as uow:
        settle(uow, plan, refusal, [(ONE, plan.deliveries[-1])])
    assert office.stopped() == {ONE: 0}


def test_a_replay_that_is_asked_for_when_the_member_has_just_caught_up_is_not_forgotten(office):
    office.ledger.store((ONE,), (ONE,))
    office.relay.run_once()
    office.again(ONE, position=2)
    with office.database.unit_of_work() as uow:
        member = uow.members.by_id(ONE)
        remove = uow.cursors.remove

        def put_back_first(name: str, *, at: int | None = None) -> None:
            uow.cursors.move(name, 0)
            remove(name, at=at)

        uow.cursors.remove = put_back_first  # type: ignore[method-assign]
        assert plan_refill(uow, member=member, origin=ORIGIN, now=0) is None
    assert office.stopped() == {ONE: 0}
