"""Dead letters of members' queues on a real broker: looked at and left, sent again and removed, never lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

import pika
import pytest

from builders.ledger import Ledger
from filiere_platform.bus.capture_queue import LETTER_TYPE
from filiere_platform.bus.dead_letters import BrokerDeadLetters
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import CAPTURE_ADDRESS, Topology
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.domain.member import MemberStatus
from filiere_platform.store.database import Database
from filiere_platform.usecases.queue_road import QueueRoad
from filiere_platform.usecases.webhooks import Doing
from filiere_platform.worker.relay import Relay
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.audit import parse_act
from filiere_schemas.provenance.keys import SigningKey
from mailboxes import BrokerMailboxes, Letter
from wire import wait_until

pytestmark = [pytest.mark.rabbitmq, pytest.mark.parametrize("founded", ["embedded"], indirect=True)]

ORIGIN = "log.test.example/filiere"
DOING = Doing(author=AT_CONSOLE, signer=ActSigner(key=SigningKey.generate(), origin=ORIGIN), now=0)
ONE, TWO = 1, 2
ALL = 100


@dataclass(frozen=True, kw_only=True)
class Bureau:
    """An instance that relays to a broker, and the road over its dead letters."""

    database: Database
    relay: Relay
    ledger: Ledger
    road: QueueRoad
    names: Topology
    mailboxes: BrokerMailboxes
    channel: pika.adapters.blocking_connection.BlockingChannel

    def give_up(self, member: int, number: int = 1) -> list[Letter]:
        """Store, relay and have the member's program give everything up."""
        for _ in range(number):
            self.ledger.store((member,))
            self.relay.run_once()
        queue = self.names.member_queue(member)
        given_up = []
        for _ in range(number):
            method, properties, body = self.channel.basic_get(queue)
            given_up.append(Letter(id=properties.message_id, kind=method.routing_key, body=body))
            self.channel.basic_reject(method.delivery_tag, requeue=False)
        wait_until(lambda: len(self.listed(member)) >= number)
        return given_up

    def listed(self, member: int | None) -> list[dict]:
        return self.road.listed(member_id=member, limit=ALL)

    def acts(self) -> list[tuple[str, str]]:
        with self.database.unit_of_work() as uow:
            rows = list(uow.log.records(0, uow.log.head().size))
        acts = [parse_act(row.body, origin=ORIGIN) for row in rows if row.body and b".record" not in row.body]
        return [(act.act, act.object) for act in acts]


@pytest.fixture
def bureau(founded, rabbitmq_url, bus_prefix) -> Iterator[Bureau]:
    names, database = Topology(prefix=bus_prefix, most_messages=3), founded.database
    bus = RabbitBus(rabbitmq_url, topology=names)
    mailboxes = BrokerMailboxes(rabbitmq_url, bus_prefix)
    mailboxes.open((ONE, TWO))
    queues = BrokerDeadLetters(rabbitmq_url, topology=names, leadership=database.leadership)
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_url)) as operator:
        yield Bureau(
            database=database,
            relay=Relay(units=database, leadership=database.leadership, bus=bus, origin=ORIGIN, clock=int),
            ledger=Ledger(database),
            road=QueueRoad(queues, database),
            names=names,
            mailboxes=mailboxes,
            channel=operator.channel(),
        )
    bus.close()
    mailboxes.close()


def test_a_letter_is_looked_at_by_its_member_and_the_operator_alone_and_stays_where_it_is(bureau) -> None:
    [given_up] = bureau.give_up(ONE)
    for asker in (ONE, None):
        for _ in range(2):
            [letter] = bureau.listed(asker)
            assert letter["member"] == ONE
            assert (letter["road"], letter["kind"], letter["said"]) == ("queue", "event", "rejected")
            assert (letter["index"], letter["indexes"], letter["attempts"]) == (0, [0], 1)
            assert letter["died"].startswith("20")
    shown = bureau.road.shown(letter["id"], member_id=ONE)
    assert shown is not None
    assert shown["content"] == given_up.events
    assert bureau.listed(TWO) == []
    assert bureau.road.shown(letter["id"], member_id=TWO) is None
    assert not bureau.road.retry(letter["id"], DOING, member_id=TWO)
    assert not bureau.road.discard(letter["id"], DOING, member_id=TWO, reason="not mine")
    for unknown in ("", "1-", "1-" + "0" * 16, f"0{letter['id']}", "c-" + "f" * 16, "9" * 40):
        assert bureau.road.shown(unknown, member_id=None) is None
    assert bureau.listed(ONE) == [letter]
    assert bureau.acts() == []


def test_a_letter_that_is_sent_again_arrives_as_it_was_and_is_gone_from_the_dead(bureau) -> None:
    first, second = bureau.give_up(ONE, 2)
    letters = sorted(bureau.listed(ONE), key=lambda letter: letter["index"])
    assert bureau.road.retry(letters[1]["id"], DOING, member_id=ONE)
    [arrived] = bureau.mailboxes.letters(ONE, at_least=1)
    assert (arrived.id, arrived.kind, arrived.body) == (second.id, second.kind, second.body)
    assert set(arrived.properties.headers or {}) <= {"x-delivery-count"}
    assert [letter["index"] for letter in bureau.listed(ONE)] == [0]
    assert first.id != second.id
    assert bureau.acts() == [("dead-letter.retry", letters[1]["id"])]
    assert not bureau.road.retry(letters[1]["id"], DOING, member_id=ONE)


def test_a_letter_that_its_members_queue_does_not_take_stays_among_the_dead(bureau) -> None:
    bureau.give_up(ONE)
    [letter] = bureau.listed(ONE)
    for _ in range(10):  # it holds three, and one or two more
        bureau.ledger.store((ONE,))
        bureau.relay.run_once()
    with pytest.raises(Refusal) as refused:
        bureau.road.retry(letter["id"], DOING, member_id=ONE)
    assert refused.value.problems[0].code == "bus-unavailable"
    assert bureau.listed(ONE) == [letter]
    assert bureau.acts() == []


def test_a_letter_is_discarded_for_a_reason_and_its_neighbours_stay(bureau) -> None:
    bureau.give_up(ONE, 3)
    letters = sorted(bureau.listed(ONE), key=lambda letter: letter["index"])
    with pytest.raises(Refusal) as refused:
        bureau.road.discard(letters[1]["id"], DOING, member_id=ONE, reason="  ")
    assert refused.value.problems[0].code == "dead-letter-reason"
    assert bureau.road.discard(letters[1]["id"], DOING, member_id=None, reason="entered twice")
    assert sorted(letter["index"] for letter in bureau.listed(ONE)) == [0, 2]
    assert bureau.acts() == [("dead-letter.discard", letters[1]["id"])]


def test_what_was_erased_since_or_is_a_suspended_members_or_was_never_a_delivery_is_not_sent_again(
    bureau, tmp_path
) -> None:
    bureau.give_up(ONE, 2)
    erased, other = sorted(bureau.listed(ONE), key=lambda letter: letter["index"])
    with sqlite3.connect(tmp_path / "filiere.db") as database:
        database.execute("UPDATE record SET body = NULL WHERE log_index = 0")

    def code(letter_id: str) -> str:
        with pytest.raises(Refusal) as refused:
            bureau.road.retry(letter_id, DOING, member_id=None)
        return refused.value.problems[0].code

    assert code(erased["id"]) == "dead-letter-erased"
    with bureau.database.unit_of_work() as uow:
        uow.members.set_status(ONE, MemberStatus.SUSPENDED)
    assert code(other["id"]) == "dead-letter-member-inactive"
    refusal = pika.BasicProperties(type=LETTER_TYPE, timestamp=1_800_000_000)
    for address in (bureau.names.member_address(ONE), CAPTURE_ADDRESS):
        bureau.channel.basic_publish(bureau.names.dead_letter_exchange, address, b'{"code":"why"}', refusal)
    wait_until(lambda: len(bureau.listed(None)) == 4)
    refusals = [letter for letter in bureau.listed(None) if letter["kind"] == "refusal"]
    assert sorted(str(letter["member"]) for letter in refusals) == ["1", "None"]
    for letter in refusals:
        assert (letter["index"], letter["said"], letter["died"]) == (None, "refused", "2027-01-15T08:00:00.000Z")
        assert code(letter["id"]) == "dead-letter-not-sent-again"
        assert bureau.road.shown(letter["id"], member_id=None)["content"] == {"code": "why"}
    assert len(bureau.listed(None)) == 4


def test_who_asks_while_the_broker_is_away_is_told_so(founded) -> None:
    away = BrokerDeadLetters("amqp://u:hush@127.0.0.1:9/x", topology=Topology(), leadership=founded.database.leadership)
    with pytest.raises(Refusal) as refused:
        QueueRoad(away, founded.database).listed(member_id=ONE, limit=1)
    assert refused.value.problems[0].code == "bus-unavailable"
    assert "hush" not in str(refused.value)
