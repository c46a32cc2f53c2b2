"""Several relays share the members by lock, on both databases and buses: nobody is left out when one of them goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from builders.ledger import Ledger
from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.audience import SECTOR
from filiere_platform.store.database import Database
from filiere_platform.usecases.relay import CURSOR, Share, found_shares, relayed_grants
from filiere_platform.worker.relay import Relay
from filiere_platform.worker.relay_shares import RelayShares
from mailboxes import BrokerMailboxes, EmbeddedMailboxes, Mailboxes
from wire import wait_until

PAUSE = 0.05
ORIGIN = "log.test.example/filiere"


@dataclass(eq=False, kw_only=True)
class Process:
    """What one process of the instance runs: relays of its part of the members, with connections of its own."""

    database: Database
    bus: EmbeddedBus | RabbitBus
    count: int
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        units = self.database
        self.shares = RelayShares(
            units=units,
            leadership=units.leadership,
            leaders=units.leaders,
            relay=self._relay,
            count=self.count,
            pause=PAUSE,
        )
        self.thread = threading.Thread(target=self.shares.run, args=(self.stop,))
        self.thread.start()

    def _relay(self, share: Share) -> Relay:
        return Relay(
            units=self.database,
            leadership=self.database.leadership,
            bus=self.bus,
            origin=ORIGIN,
            clock=int,
            share=share,
        )

    @property
    def leads(self) -> set[int]:
        return {share.number for share, status in self.shares.statuses.items() if status.leads}

    def end(self) -> None:
        self.stop.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


@dataclass(frozen=True, kw_only=True)
class Sector:
    """The database and the bus of an instance, its members, and who is entitled to what."""

    database: Database
    mailboxes: Mailboxes
    ledger: Ledger
    members: tuple[int, ...]
    start: Callable[[int], Process]

    def is_relayed(self) -> bool:
        with self.database.unit_of_work() as uow:
            return relayed_grants(uow) == uow.log.head().grants

    def received(self, member: int) -> list[int]:
        return [event["data"]["index"] for letter in self.mailboxes.letters(member) for event in letter.events]

    def cursors(self) -> dict[str, int]:
        with self.database.unit_of_work() as uow:
            return uow.cursors.named("relay")


@pytest.fixture
def sector(founded, bus_prefix: str) -> Iterator[Sector]:
    database, running = founded.database, list[Process]()
    with database.unit_of_work() as uow:
        members = tuple(member.id for member in uow.members.all())
    embedded = EmbeddedBus()
    mailboxes: Mailboxes = EmbeddedMailboxes(embedded)
    if founded.broker_url is not None:
        mailboxes = BrokerMailboxes(founded.broker_url, bus_prefix)
    mailboxes.open(members)

    def start(count: int) -> Process:
        url = founded.broker_url
        bus = RabbitBus(url, topology=Topology(prefix=bus_prefix)) if url else embedded
        running.append(Process(database=Database.open(founded.url), bus=bus, count=count))
        return running[-1]

    yield Sector(database=database, mailboxes=mailboxes, ledger=Ledger(database), members=members, start=start)
    for process in running:
        process.end()
        process.bus.close()
        process.database.close()
    mailboxes.close()


def test_two_processes_share_the_members_and_one_takes_over_from_the_other(sector: Sector) -> None:
    one, two, three = sector.members
    first = sector.start(3)
    wait_until(lambda: first.leads == {0, 1, 2})
    sector.ledger.store((one, SECTOR))
    wait_until(sector.is_relayed)
    second = sector.start(3)
    wait_until(lambda: len(first.leads) == 2 and len(second.leads) == 1)
    assert first.leads | second.leads == {0, 1, 2}
    sector.ledger.store((one,), (two, three), (two,), (one, two, SECTOR))
    wait_until(sector.is_relayed)
    first.end()
    wait_until(lambda: second.leads == {0, 1, 2}, 20)
    sector.ledger.store((three, SECTOR))
    wait_until(sector.is_relayed)
    assert sector.received(one) == [0, 1, 4, 5]
    assert sector.received(two) == [0, 2, 3, 4, 5]
    assert sector.received(three) == [0, 2, 4, 5]


def test_who_finds_no_seat_stands_by_until_somebody_leaves(sector: Sector) -> None:
    first = sector.start(1)
    wait_until(lambda: first.leads == {0})
    second = sector.start(1)
    sector.ledger.store((sector.members[0],))
    wait_until(sector.is_relayed)
    assert second.leads == set()
    first.end()
    wait_until(lambda: second.leads == {0})
    assert sector.cursors() == {CURSOR: 1}


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 2), (3, 1)])
def test_dealing_the_members_out_anew_loses_nothing(sector: Sector, before: int, after: int) -> None:
    old = sector.start(before)
    sector.ledger.store(*[(member,) for member in sector.members])
    wait_until(sector.is_relayed)
    old.end()
    sector.ledger.store(*[(member,) for member in sector.members], (sector.members[0], SECTOR))
    new = sector.start(after)
    wait_until(lambda: new.leads == set(range(after)) and sector.is_relayed())
    assert set(sector.cursors()) == {Share(number, after).cursor for number in range(after)}
    for number, member in enumerate(sector.members):
        assert sector.received(member) == [number, 3 + number, 6]


def test_shares_begin_where_the_slowest_before_them_stood(sector: Sector) -> None:
    with sector.database.unit_of_work() as uow:
        for number, position in enumerate((7, 4, 9)):
            uow.cursors.move(Share(number, 3).cursor, position)
        uow.cursors.move("relay.member.1", 2)
        assert relayed_grants(uow) == 4
        assert found_shares(uow, 2)
        assert not found_shares(uow, 2)
        assert relayed_grants(uow) == 4
    assert sector.cursors() == {"relay.share.0of2": 4, "relay.share.1of2": 4, "relay.member.1": 2}
