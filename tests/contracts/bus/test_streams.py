"""A member's stream on a real broker: one event a message, kept when it was read, and begun anywhere by any reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pika
import pytest

from builders.ledger import Ledger
from filiere_platform.bus.declaring import check
from filiere_platform.bus.rabbitmq import EVENT_CONTENT_TYPE, RabbitBus
from filiere_platform.bus.topology import StreamTopology, Topology
from filiere_platform.domain.audience import SECTOR
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.domain.member import MemberStatus
from filiere_platform.store.cursors import CursorStore
from filiere_platform.store.database import Database
from filiere_platform.usecases.broker_streams import begin_stream, end_stream, streaming_members
from filiere_platform.worker.broker_streams import StreamWriter
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.keys import SigningKey
from mailboxes import BrokerMailboxes

pytestmark = [pytest.mark.rabbitmq, pytest.mark.parametrize("founded", ["embedded"], indirect=True)]

ORIGIN = "log.test.example/filiere"
DOING = {"author": AT_CONSOLE, "signer": ActSigner(key=SigningKey.generate(), origin=ORIGIN), "now": 0}
ONE, TWO = 1, 2


@dataclass(frozen=True, kw_only=True)
class Press:
    """An instance that writes streams, and readers of them."""

    database: Database
    ledger: Ledger
    writer: StreamWriter
    names: Topology
    url: str

    def choose(self, member_id: int, *, from_beginning: bool = False) -> None:
        with self.database.unit_of_work() as uow:
            member = uow.members.by_id(member_id)
            begin_stream(uow, member, has_broker=True, from_beginning=from_beginning, **DOING)

    def write(self) -> None:
        while not self.writer.write_round():
            pass

    def read(self, member_id: int, offset: str | int = "first") -> list[tuple[int, int]]:
        """What a new reader finds from an offset on: offsets and log indexes."""
        found = []
        with pika.BlockingConnection(pika.URLParameters(self.url)) as connection:
            channel = connection.channel()
            channel.basic_qos(prefetch_count=100)
            reading = channel.consume(
                self.names.stream(member_id), arguments={"x-stream-offset": offset}, inactivity_timeout=0.5
            )
            for method, properties, body in reading:
                if method is None:
                    break
                assert properties.content_type == EVENT_CONTENT_TYPE
                event = json.loads(body)
                assert event["specversion"] == "1.0"
                found.append((properties.headers["x-stream-offset"], event["data"]["index"]))
                channel.basic_ack(method.delivery_tag)
            channel.cancel()
        return found

    def indexes(self, member_id: int) -> list[int]:
        return [index for _, index in self.read(member_id)]


@pytest.fixture
def press(founded, rabbitmq_url, bus_prefix) -> Iterator[Press]:
    names, database = StreamTopology(prefix=bus_prefix, stream_bytes=16 * 1024**2), founded.database
    bus = RabbitBus(rabbitmq_url, topology=names, content_type=EVENT_CONTENT_TYPE)
    mailboxes = BrokerMailboxes(rabbitmq_url, bus_prefix)
    mailboxes.open((ONE, TWO))
    writer = StreamWriter(units=database, leadership=database.leadership, bus=bus, origin=ORIGIN, clock=int)
    yield Press(database=database, ledger=Ledger(database), writer=writer, names=names, url=rabbitmq_url)
    bus.close()
    mailboxes.close()


def test_each_reader_finds_all_events_one_a_message_and_begins_where_it_wants(press) -> None:
    press.ledger.store((ONE,), (ONE, TWO), (TWO, SECTOR))
    press.choose(ONE, from_beginning=True)  # the act is record 3
    press.ledger.store((TWO,))
    press.ledger.grant(4, ONE)  # late, and once
    press.write()
    everything = press.read(ONE)
    assert [index for _, index in everything] == [0, 1, 2, 3, 4]
    assert press.read(ONE) == everything  # reading takes nothing away
    assert press.read(ONE, everything[3][0]) == everything[3:]
    own = Topology(prefix=press.names.prefix, stream_bytes=press.names.stream_bytes)
    assert check(press.url, [own.stream_part(ONE)]) == []
    with pika.BlockingConnection(pika.URLParameters(press.url)) as connection:
        channel = connection.channel()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="NOT_FOUND"):
            channel.queue_declare(press.names.stream(TWO), passive=True)  # who has not chosen has none


def test_a_stream_that_is_begun_now_has_nothing_of_before_and_one_that_is_ended_nothing_of_after(press) -> None:
    press.ledger.store((ONE,))
    press.choose(ONE)
    press.choose(ONE, from_beginning=True)  # goes on as it is
    press.ledger.store((ONE,), (TWO,))
    press.write()
    assert press.indexes(ONE) == [1, 2]
    with press.database.unit_of_work() as uow:
        end_stream(uow, uow.members.by_id(ONE), **DOING)
        end_stream(uow, uow.members.by_id(ONE), **DOING)
        assert streaming_members(uow) == {}
    press.ledger.store((ONE,))
    press.write()
    assert press.indexes(ONE) == [1, 2]


def test_a_stream_that_is_ended_while_its_first_round_is_settled_stays_ended(press, monkeypatch) -> None:
    """What is written from the beginning stands at 0, where a cursor that is not there stands, too."""
    press.choose(ONE, from_beginning=True)
    press.ledger.store((ONE,))
    follow = CursorStore.follow

    def ended_first(cursors: CursorStore, name: str, *places: int) -> bool:
        with press.database.unit_of_work() as uow:
            uow.cursors.remove(name)
        return follow(cursors, name, *places)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(CursorStore, "follow", ended_first)
        press.writer.write_round()
    with press.database.unit_of_work() as uow:
        assert streaming_members(uow) == {}


def test_a_suspended_members_stream_waits_and_goes_on_where_it_was(press) -> None:
    press.choose(ONE)
    press.ledger.store((ONE,))
    press.write()
    with press.database.unit_of_work() as uow:
        uow.members.set_status(ONE, MemberStatus.SUSPENDED)
    press.ledger.store((ONE,))
    press.write()
    assert press.indexes(ONE) == [0, 1]
    with press.database.unit_of_work() as uow:
        uow.members.set_status(ONE, MemberStatus.ACTIVE)
    press.write()
    assert press.indexes(ONE) == [0, 1, 2]


def test_what_was_written_and_not_settled_comes_again_under_the_same_id(press, monkeypatch) -> None:
    press.choose(ONE)
    press.ledger.store((ONE,))
    with monkeypatch.context() as crash:
        crash.setattr("filiere_platform.worker.broker_streams.settle_stream", lambda *_: False)
        press.writer.write_round()
    press.write()
    assert press.indexes(ONE) == [0, 1, 0, 1]


def test_a_stream_needs_a_broker(founded) -> None:
    with founded.database.unit_of_work() as uow, pytest.raises(Refusal) as refused:
        begin_stream(uow, uow.members.by_id(ONE), has_broker=False, from_beginning=False, **DOING)
    assert refused.value.problems[0].code == "stream-without-broker"
