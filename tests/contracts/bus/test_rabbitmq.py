"""RabbitMQ: what travels, what a full or missing queue does, and what a broken wire leaves behind."""

from __future__ import annotations

import socket
import threading
import time

import pika
import pytest

from filiere_platform.bus import rabbitmq
from filiere_platform.bus.declaring import check
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.tap import BrokerTap
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.message import BusUnavailable
from wire import wait_until, wire_to

pytestmark = pytest.mark.rabbitmq


@pytest.fixture
def open_bus(rabbitmq_url, bus_prefix, broker):
    """Build buses on this test's own names; all are closed before those are removed."""
    opened = []

    def build(url=rabbitmq_url, *, most_messages=100_000, **options):
        topology = Topology(prefix=bus_prefix, most_messages=most_messages)
        opened.append(RabbitBus(url, topology=topology, **options))
        return opened[-1]

    yield build
    for bus in opened:
        bus.close()


@pytest.fixture
def channel(rabbitmq_url):
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    yield connection.channel()
    connection.close()


def ids(letters):
    return [letter.id for letter in letters]


def refused(bus, message):
    """Publish one message; say whether the broker refused it while it was there."""
    try:
        bus.publish([message])
    except BusUnavailable as error:
        if error.refused != {0}:
            raise
        return True
    return False


def test_no_copy_names_another_recipient(open_bus, broker, message):
    open_bus().publish([message("a", 1, 2, 3)])
    for member in (1, 2, 3):
        [letter] = broker.letters(member)
        properties = letter.properties
        # RabbitMQ adds how often a message was delivered; everything else is what we sent less BCC.
        assert set(properties.headers) <= {"x-delivery-count"}
        said = {name: value for name, value in vars(properties).items() if value is not None and name != "headers"}
        assert said == {
            "content_type": "application/cloudevents-batch+json; charset=utf-8",
            "delivery_mode": 2,
            "message_id": "a",
        }
        assert letter.kind == "event"


def test_a_letter_that_a_member_rejects_waits_in_its_own_dead_letters_and_names_only_its_own_queue(
    open_bus, broker, message, channel
):
    bus = open_bus()
    bus.publish([message("a", 1, 2)])
    method, _, _ = channel.basic_get(bus.topology.member_queue(1))
    channel.basic_reject(method.delivery_tag, requeue=False)

    found = (None, None, None)

    def arrived():
        nonlocal found
        found = channel.basic_get(bus.topology.dead_letter_queue(1), auto_ack=True)
        return found[0]

    wait_until(arrived)
    _, properties, body = found
    assert body == message("a").body
    [death] = properties.headers["x-death"]
    assert death["queue"] == bus.topology.member_queue(1)
    assert death["reason"] == "rejected"
    assert "member.2" not in repr(properties.headers)
    assert channel.basic_get(bus.topology.dead_letter_queue(2)) == (None, None, None)


def test_a_message_for_very_many_goes_out_in_several_copies(open_bus, broker, message, monkeypatch):
    monkeypatch.setattr(rabbitmq, "MOST_RECIPIENTS", 2)
    open_bus().publish([message("a", 1, 2, 3), message("b", 3)])
    assert [ids(broker.letters(member)) for member in (1, 2, 3)] == [["a"], ["a"], ["a", "b"]]


def test_a_full_queue_refuses_its_messages_alone_and_loses_nothing_that_was_confirmed(open_bus, broker, message):
    bus = open_bus(most_messages=5)
    sent = [message(f"m{number}", 1 + number % 2) for number in range(40)]
    confirmed = [candidate.id for candidate in sent if not refused(bus, candidate)]
    assert len(confirmed) < len(sent)
    for member in (1, 2):
        assert ids(broker.letters(member)) == [i for i in confirmed if int(i[1:]) % 2 == member - 1]
    bus.publish([message("after", 1)])  # there is room again
    assert ids(broker.letters(1)) == ["after"]


def test_the_channel_that_follows_a_refusal_goes_on_where_the_last_one_was(open_bus, broker, message, monkeypatch):
    monkeypatch.setattr(rabbitmq, "RENEW_SECONDS", 0.0)  # each refusal has a new channel follow
    bus = open_bus(most_messages=3)
    sent = [message(f"m{number}", 1 + number % 2) for number in range(30)]
    confirmed = [candidate.id for candidate in sent if not refused(bus, candidate)]
    assert len(confirmed) < len(sent)
    assert ids(broker.letters(1)) + ids(broker.letters(2)) == sorted(confirmed, key=lambda i: int(i[1:]) % 2)
    bus.publish([message("after", 1), message("after", 3)])
    assert ids(broker.letters(1)) == ids(broker.letters(3)) == ["after"]


def test_a_full_queue_keeps_nobody_else_from_the_same_message(open_bus, broker, message):
    bus = open_bus(most_messages=3)
    for number in range(10):
        with_room = broker.letters(2) if number else []
        assert ids(with_room) == ([f"m{number - 1}"] if number else [])
        refused(bus, message(f"m{number}", 1, 2))
    assert ids(broker.letters(2)) == ["m9"]
    assert len(broker.letters(1)) < 10


def test_a_queue_that_was_removed_is_reported_and_made_again(open_bus, broker, message, channel):
    bus = open_bus()
    bus.publish([message("a", 1)])
    channel.queue_delete(bus.topology.member_queue(1))
    with pytest.raises(BusUnavailable) as caught:
        bus.publish([message("b", 1), message("c", 2)])
    assert caught.value.refused == {0}
    bus.publish([message("b", 1)])
    assert ids(broker.letters(1)) == ["b"]
    assert ids(broker.letters(2)) == ["c"]


def test_a_look_says_whose_queues_are_not_there_and_declares_them(open_bus, broker, message, channel):
    bus = open_bus()
    bus.publish([message("a", 1, 2)])
    channel.queue_delete(bus.topology.member_queue(2))
    assert bus.missing([1, 2, 3]) == {2, 3}
    assert bus.missing([1, 2, 3]) == set()
    bus.publish([message("b", 1, 2)])
    assert ids(broker.letters(1)) == ["a", "b"]
    assert ids(broker.letters(2)) == ["b"]


def test_a_queue_that_somebody_declared_differently_is_used_as_it_is(open_bus, broker, message, channel):
    names = open_bus().topology
    channel.queue_declare(names.member_queue(1), durable=True, arguments={"x-queue-type": "quorum", "x-max-length": 7})
    bus = open_bus()
    for _ in range(2):  # the refusal is of a chunk of queues first, and then of the one
        with pytest.raises(BusUnavailable):
            bus.publish([message("a", 1, 2)])
        wait_until(lambda: bus.is_connected)
    bus.publish([message("a", 1, 2)])
    assert ids(broker.letters(1)) == ids(broker.letters(2)) == ["a"]


def test_a_connection_cut_inside_the_window_fails_what_was_not_confirmed_and_loses_nothing(
    open_bus, broker, message, rabbitmq_url
):
    sent = [message(f"m{number}", 1, size=500) for number in range(400)]
    with wire_to(rabbitmq_url) as (wire, through):
        bus = open_bus(through, window=100)
        bus.publish([message("before", 1)])
        wire.cut_after(150_000)
        with pytest.raises(BusUnavailable) as caught:
            bus.publish(sent)
        failed = caught.value.failed
        assert not caught.value.refused
        assert 0 < len(failed) < len(sent)  # the cut fell inside
        arrived = ids(broker.letters(1))
        confirmed = {m.id for position, m in enumerate(sent) if position not in failed}
        assert confirmed <= set(arrived)
        wire.mend()
        bus.publish([m for position, m in enumerate(sent) if position in failed])
    arrived += ids(broker.letters(1))
    assert set(arrived) == {"before"} | {m.id for m in sent}


def test_a_broker_that_falls_silent_is_given_up_and_found_again(open_bus, broker, message, rabbitmq_url):
    with wire_to(rabbitmq_url) as (wire, through):
        bus = open_bus(through, patience=0.5)
        bus.publish([message("a", 1)])
        wire.die()
        start = time.monotonic()
        with pytest.raises(BusUnavailable) as caught:
            bus.publish([message("b", 1)])
        assert caught.value.failed == {0}
        assert time.monotonic() - start < 5
        wire.mend()  # for new connections: the silent one never answers a goodbye either
        wait_until(lambda: bus.is_connected, 15)
        bus.publish([message("b", 1)])
        bus.close()
    assert set(ids(broker.letters(1))) == {"a", "b"}


def test_a_broker_that_is_away_when_the_bus_opens_is_waited_for(open_bus, broker, message, rabbitmq_url):
    with wire_to(rabbitmq_url) as (wire, through):
        wire.cut()
        bus = open_bus(through, patience=0.3)
        with pytest.raises(BusUnavailable):
            bus.publish([message("a", 1)])
        wire.mend()
        wait_until(lambda: bus.is_connected, 15)
        bus.publish([message("a", 1)])
        bus.close()
    assert ids(broker.letters(1)) == ["a"]


def test_closing_waits_for_the_batch_under_way(open_bus, broker, message):
    bus = open_bus()
    sent = [message(f"m{number}", 1) for number in range(1_000)]
    failures = []

    def publish():
        try:
            bus.publish(sent)
        except BusUnavailable as error:
            failures.append(error)

    thread = threading.Thread(target=publish)
    thread.start()
    wait_until(lambda: broker.letters(1) or not thread.is_alive())
    bus.close()
    thread.join(10)
    assert not failures


def test_a_broker_whose_name_nobody_knows_is_away(monkeypatch):
    def nobody(*_arguments, **_options):
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(BusUnavailable, match="Name or service not known"):
        check("amqp://guest:guest@broker.example/%2F", [])


def test_a_password_never_reaches_a_message(message):
    with pytest.raises(BusUnavailable) as caught:
        BrokerTap("amqp://operator:s3cret-word@127.0.0.1:9/%2F")
    assert "s3cret-word" not in str(caught.value)


def test_a_tap_sees_what_passes_from_now_on_and_takes_nothing_from_members(
    open_bus, broker, message, rabbitmq_url, bus_prefix
):
    bus = open_bus()
    bus.publish([message("early", 1)])
    with BrokerTap(rabbitmq_url, topology=Topology(prefix=bus_prefix)) as tap:
        bus.publish([message("a", 1, 2), message("b", 2, kind="receipt")])
        copies = tap.copies(idle_seconds=2)
        assert [(copy.id, copy.kind) for copy in (next(copies), next(copies))] == [("a", "event"), ("b", "receipt")]
        assert next(copies) is None
    assert ids(broker.letters(1)) == ["early", "a"]
    assert ids(broker.letters(2)) == ["a", "b"]
