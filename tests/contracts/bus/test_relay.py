"""The relay, on both databases and both buses: everybody gets what they are entitled to, whatever goes wrong."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from broken_buses import CrashingBus, LosingBus
from builders.ledger import Ledger
from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.audience import PUBLIC, SECTOR
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.store.database import Database
from filiere_platform.usecases.relay import CURSOR, LOOKED_CURSOR, LeadershipLost, plan_round, settle, stopped_members
from filiere_platform.worker.relay import Relay
from filiere_schemas.provenance.entry import EntryKind
from mailboxes import BrokerMailboxes, EmbeddedMailboxes, Mailboxes
from wire import wait_until

ORIGIN = "log.test.example/filiere"
CAPACITY = 4  # messages that a small mailbox holds


@dataclass(frozen=True, kw_only=True)
class Station:
    """An instance's database, bus and members, and a ledger of who is entitled to what."""

    database: Database
    bus: EmbeddedBus | RabbitBus
    mailboxes: Mailboxes
    ledger: Ledger
    members: tuple[int, ...]

    def relay(self, bus=None, **options) -> Relay:
        units, wanted = self.database, {"bus": bus or self.bus, "origin": ORIGIN, "clock": int, **options}
        return Relay(units=units, leadership=units.leadership, **wanted)

    def cursor(self) -> int:
        with self.database.unit_of_work() as uow:
            return uow.cursors.read(CURSOR)

    def looked(self) -> int:
        """Where the cursor stood when the relay last found every queue."""
        with self.database.unit_of_work() as uow:
            return uow.cursors.read(f"{LOOKED_CURSOR}{CURSOR}")

    def grants(self) -> int:
        with self.database.unit_of_work() as uow:
            return uow.log.head().grants

    def stopped(self) -> dict[int, int]:
        with self.database.unit_of_work() as uow:
            return stopped_members(uow)

    def set_status(self, member: int, status: MemberStatus) -> None:
        with self.database.unit_of_work() as uow:
            uow.members.set_status(member, status)

    def due(self, member: int) -> list[int]:
        return self.ledger.due_to(member, SECTOR, PUBLIC)

    def received(self, member: int) -> list[int]:
        """The log indexes that have arrived since the last look, in order of arrival."""
        return [event["data"]["index"] for letter in self.mailboxes.letters(member) for event in letter.events]


@contextmanager
def _station(founded, prefix: str, *, capacity: int = 100_000) -> Iterator[Station]:
    database = founded.database
    with database.unit_of_work() as uow:
        members = tuple(member.id for member in uow.members.all())
    bus: EmbeddedBus | RabbitBus
    if founded.broker_url is None:
        bus = EmbeddedBus()
        mailboxes: Mailboxes = EmbeddedMailboxes(bus, capacity)
    else:
        bus = RabbitBus(founded.broker_url, topology=Topology(prefix=prefix, most_messages=capacity))
        mailboxes = BrokerMailboxes(founded.broker_url, prefix)
    mailboxes.open(members)
    yield Station(database=database, bus=bus, mailboxes=mailboxes, ledger=Ledger(database), members=members)
    bus.close()
    mailboxes.close()


@pytest.fixture
def station(founded, bus_prefix) -> Iterator[Station]:
    with _station(founded, bus_prefix) as station:
        yield station


@pytest.fixture
def small_station(founded, bus_prefix, monkeypatch) -> Iterator[Station]:
    """A station whose mailboxes hold few messages, and whose relay comes back to a full one soon."""
    monkeypatch.setattr("filiere_platform.worker.relay.LONGEST_REFILL_WAIT", 0.3)
    with _station(founded, bus_prefix, capacity=CAPACITY) as station:
        yield station


@pytest.fixture
def running() -> Iterator[Callable[[Relay], Callable[[], None]]]:
    """Run relays in threads of their own; each is stopped by what `running` returned, or at the end."""
    stops = []

    def run(relay: Relay) -> Callable[[], None]:
        stop = threading.Event()
        thread = threading.Thread(target=relay.run, args=(stop,))
        thread.start()

        def end() -> None:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()

        stops.append(end)
        return end

    yield run
    for end in stops:
        end()


def test_each_member_gets_what_it_is_entitled_to_in_order_and_nothing_else(station):
    one, two, three = station.members
    station.ledger.store((one,), (one, two), (two, SECTOR))
    station.ledger.store((three, one, PUBLIC), (two,), (three,))
    assert station.relay().run_once()
    assert station.received(one) == [0, 1, 2, 3]
    assert station.received(two) == [1, 2, 3, 4]
    assert station.received(three) == [2, 3, 5]


@pytest.mark.parametrize("limit", [1, 7, 2_000])
def test_any_mixture_arrives_whole_and_in_order_whatever_the_size_of_a_round(station, limit):
    chance = random.Random(limit)
    audiences = (*station.members, SECTOR, PUBLIC)
    for _ in range(12 if limit > 1 else 3):
        group = [
            (chance.choice(station.members), *chance.sample(audiences, chance.randrange(4)))
            for _ in range(chance.randrange(1, 12))
        ]
        station.ledger.store(*(tuple(dict.fromkeys(record)) for record in group))
    station.relay(limit=limit).run_once()
    for member in station.members:
        received = station.received(member)
        # A round of one grant tears records apart, so that a member may get a record once for each of its grants.
        assert list(dict.fromkeys(received)) == station.due(member)
        assert limit == 1 or received == station.due(member)
    assert station.cursor() == station.grants()


def test_what_becomes_visible_late_is_delivered_then_and_only_to_whom_it_was_granted(station):
    one, two, three = station.members
    station.ledger.store((one,), (one,))
    relay = station.relay()
    relay.run_once()
    station.ledger.grant(0, two)
    relay.run_once()
    assert station.received(one) == [0, 1]
    assert station.received(two) == [0]
    assert station.received(three) == []


def test_a_new_relay_goes_on_where_the_last_one_stopped(station):
    one = station.members[0]
    station.ledger.store((one,), (one,))
    station.relay().run_once()
    station.ledger.store((one,))
    station.relay().run_once()
    assert station.received(one) == [0, 1, 2]


def test_a_crash_after_the_bus_confirmed_repeats_messages_under_the_same_ids(station):
    one = station.members[0]
    station.ledger.store((one,), (one,))
    with pytest.raises(KeyboardInterrupt):
        station.relay(CrashingBus(station.bus, 10)).run_once()
    station.relay().run_once()
    letters = station.mailboxes.letters(one)
    assert [letter.id for letter in letters] == [letters[0].id] * 2
    ids = [[event["id"] for event in letter.events] for letter in letters]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


@pytest.mark.parametrize("takes", [0, 1, 2, 3])
def test_a_bus_that_goes_away_in_the_middle_loses_nothing(station, takes):
    one, two, _ = station.members
    station.ledger.store((one,), (one, two), (two,), (one, two))
    with pytest.raises(BusUnavailable):
        station.relay(LosingBus(station.bus, takes)).run_once()
    assert station.cursor() < station.grants()
    station.relay().run_once()
    for member in (one, two):
        assert sorted(set(station.received(member))) == station.due(member)
    assert station.stopped() == {}


def test_what_was_confirmed_before_a_failure_is_not_sent_again(station):
    one, two, _ = station.members
    station.ledger.store((one,), (two,), (one, two))
    with pytest.raises(BusUnavailable):
        station.relay(LosingBus(station.bus, 2)).run_once()
    station.relay().run_once()
    assert station.received(one) == [0, 2]
    assert station.received(two) == [1, 2]


def test_a_refusal_reaches_its_sender_alone_and_says_its_kind(station):
    one, two, _ = station.members
    station.ledger.store((one,), kind=EntryKind.REFUSED)
    station.relay().run_once()
    [letter] = station.mailboxes.letters(one)
    assert letter.kind == "refused"
    assert letter.events[0]["data"]["kind"] == "refused"
    assert station.received(two) == []


def test_disclosures_of_sealed_fields_do_not_travel(station):
    one = station.members[0]
    station.ledger.store((one,), disclosures=b"WyJzYWx0Iiwic2VjcmV0Il0")
    station.relay().run_once()
    [letter] = station.mailboxes.letters(one)
    assert b"WyJzYWx0Iiwic2VjcmV0Il0" not in letter.body
    assert letter.events[0]["data"]["jws"] == "eyJ0eXAi.record0.signature"


def test_a_suspended_member_gets_nothing_and_what_it_missed_once_it_is_back(station, running):
    one, two, _ = station.members
    relay = station.relay()
    station.ledger.store((one,), (one, SECTOR))
    relay.run_once()
    station.set_status(two, MemberStatus.SUSPENDED)
    station.ledger.store((one, two), (two,), (one, SECTOR))
    relay.run_once()
    assert station.received(two) == [1]
    assert station.received(one) == [0, 1, 2, 4]
    station.set_status(two, MemberStatus.ACTIVE)
    station.ledger.store((one, two))
    running(relay)
    wait_until(lambda: not station.stopped() and station.cursor() == station.grants())
    assert station.received(two) == [2, 3, 4, 5]
    assert station.received(one) == [5]


def test_a_full_mailbox_stops_its_member_alone_and_is_refilled_in_order(small_station, running):
    station = small_station
    reader, sleeper, _ = station.members
    running(station.relay())
    read, slept = [], []
    for number in range(6 * CAPACITY):
        station.ledger.store((reader, sleeper))
        wait_until(lambda: read[-1:] == [number] or read.extend(station.received(reader)))  # noqa: B023 - called at once
    assert list(dict.fromkeys(read)) == station.due(reader)  # the reader missed nothing while the other slept
    assert set(station.stopped()) == {sleeper}
    # The sleeper wakes up and empties its mailbox again and again.
    wait_until(lambda: slept.extend(station.received(sleeper)) or not station.stopped(), 60)
    slept += station.received(sleeper)
    assert list(dict.fromkeys(slept)) == station.due(sleeper)
    station.ledger.store((reader, sleeper))
    wait_until(lambda: station.cursor() == station.grants())
    assert station.received(sleeper) == station.due(sleeper)[-1:]


def test_a_member_whose_queue_was_removed_gets_what_others_were_confirmed_without_it(station, running, monkeypatch):
    monkeypatch.setattr("filiere_platform.worker.relay.LOOK_SECONDS", 0.2)
    one, two, _ = station.members
    station.ledger.store((one, two))
    running(station.relay())
    wait_until(lambda: station.cursor() == station.grants())
    received = {member: station.received(member) for member in (one, two)}
    wait_until(lambda: station.looked() == station.grants())
    station.mailboxes.remove(two)
    for _ in range(5):
        station.ledger.store((one, two))
    wait_until(lambda: received[two].extend(station.received(two)) or set(received[two]) >= set(station.due(two)))
    assert list(dict.fromkeys(received[two])) == station.due(two)
    received[one] += station.received(one)
    assert list(dict.fromkeys(received[one])) == station.due(one)


def test_a_members_stream_is_sent_again_from_wherever_its_cursor_is_set(station, running):
    one, two, _ = station.members
    relay = station.relay()
    station.ledger.store((one,), (one, two), (two, SECTOR))
    relay.run_once()
    assert station.received(one) == [0, 1, 2]
    assert station.received(two) == [1, 2]
    with station.database.unit_of_work() as uow:
        uow.cursors.move(f"relay.member.{one}", 0)
    running(relay)
    wait_until(lambda: not station.stopped())
    assert station.received(one) == [0, 1, 2]
    assert station.received(two) == []


def test_of_two_relays_one_leads_and_the_other_takes_over(station, running):
    one = station.members[0]
    first, second = station.relay(), station.relay()
    end_first = running(first)
    wait_until(lambda: first.status.leads)
    running(second)
    station.ledger.store((one,))
    wait_until(lambda: station.cursor() == station.grants())
    assert not second.status.leads
    assert not second.run_once()
    end_first()
    station.ledger.store((one,))
    wait_until(lambda: station.cursor() == station.grants())
    wait_until(lambda: second.status.leads)
    assert station.received(one) == [0, 1]


def test_a_relay_that_lost_its_lead_does_not_move_the_cursor_back(station):
    one = station.members[0]
    station.ledger.store((one,))
    with station.database.unit_of_work() as uow:
        plan = plan_round(uow, members=uow.members.all(), origin=ORIGIN, now=0)
    station.ledger.store((one,))
    station.relay().run_once()
    with pytest.raises(LeadershipLost), station.database.unit_of_work() as uow:
        settle(uow, plan)
    assert station.cursor() == station.grants()


def test_a_fault_of_the_relay_is_said_loudly_and_does_not_end_it(station, running, monkeypatch, caplog):
    one = station.members[0]
    real, calls = plan_round, []

    def failing_once(*arguments, **options):
        calls.append(1)
        if len(calls) == 1:
            raise KeyError("a fault of ours")
        return real(*arguments, **options)

    monkeypatch.setattr("filiere_platform.worker.relay.plan_round", failing_once)
    station.ledger.store((one,))
    running(station.relay())
    wait_until(lambda: station.cursor() == station.grants())
    assert station.received(one) == [0]
    assert [entry.levelname for entry in caplog.records if entry.message == "relay.failed"] == ["ERROR"]


def test_a_relay_told_to_stop_relays_what_is_stored_first(station, running):
    one = station.members[0]
    end = running(station.relay())
    station.ledger.store(*[(one,)] * 50)
    end()
    assert station.received(one) == list(range(50))


def test_a_relay_that_is_woken_does_not_wait_for_its_pause(station, running, monkeypatch):
    monkeypatch.setattr("filiere_platform.worker.relay.IDLE_PAUSE", 30.0)
    one = station.members[0]
    relay = station.relay()
    end = running(relay)
    wait_until(lambda: relay.status.position is not None)
    station.ledger.store((one,))
    start = time.monotonic()
    relay.wake()
    wait_until(lambda: station.cursor() == station.grants(), 10)
    assert time.monotonic() - start < 10
    relay.wake()
    end()


def test_each_distinct_view_is_one_message(station):
    one, two, three = station.members
    station.ledger.store(*[(one, two)] * 30, *[(three,)] * 20)
    station.relay().run_once()
    assert [len(letter.events) for letter in station.mailboxes.letters(one)] == [30]
    assert [len(letter.events) for letter in station.mailboxes.letters(two)] == [30]
    assert [len(letter.events) for letter in station.mailboxes.letters(three)] == [20]
