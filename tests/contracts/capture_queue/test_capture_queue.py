"""Records sent over a real broker: stored once, answered as over HTTP, refused with every reason, never lost."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pika
import pika.exceptions
import pytest

from builders.events import an_object_event
from filiere_platform.api.record_exchange import RecordsForm
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.capture import Capture
from filiere_platform.worker import capture_consumer
from wire import wait_until, wire_to

pytestmark = pytest.mark.rabbitmq


def an_event(number: int) -> dict[str, Any]:
    return an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}")


def test_records_are_stored_and_answered_as_over_http(house) -> None:
    member = house.admit("dairy")
    program = house.program(member)
    envelopes = [member.sender.sign(an_event(number)) for number in range(2)]
    reply = program.ask(b"\n".join(envelopes))
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert [record["status"] for record in reply.body["records"]] == ["stored", "stored"]
    again = program.ask(
        json.dumps({"records": [e.decode() for e in envelopes]}).encode(), content_type="application/json"
    )
    over_http = member.sender.send(*envelopes)
    assert again.body == over_http.json()
    assert again.body["receipt"] == reply.body["receipt"]
    wait_until(lambda: house.waiting() == 0)
    program.close()


def test_a_refused_record_lies_in_its_senders_dead_letters_with_every_reason_and_its_neighbour_is_stored(house) -> None:
    member = house.admit("dairy")
    program = house.program(member)
    good = member.sender.sign(an_object_event())
    bad = member.sender.sign(an_object_event(action="REPLACE", eventTime="yesterday"))
    reply = program.ask(b"\n".join((good, bad)))
    assert reply.status == 207
    assert [record["status"] for record in reply.body["records"]] == ["stored", "refused"]
    ((properties, letter),) = program.letters(member.dead)
    assert (properties.type, properties.content_type) == ("filiere.capture.refused.v1", "application/problem+json")
    assert properties.headers["filiere-sender"] == member.user
    assert letter["record"].encode() == bad
    assert letter["sentSha256"] == hashlib.sha256(bad.partition(b"~")[0]).hexdigest()
    assert letter["position"] == 1
    assert letter["index"] == reply.body["records"][1]["index"]
    assert letter["errors"] == reply.body["records"][1]["problem"]["errors"]
    assert len(letter["errors"]) >= 2
    assert all(error["fr"] and error["en"] and error["code"] for error in letter["errors"])
    program.close()


def test_messages_that_http_would_refuse_are_refused_alike(open_house) -> None:
    house = open_house(max_records=3, max_body_bytes=5_000)
    member = house.admit("dairy")
    program = house.program(member)
    for body, content_type, code, status in (
        (b"  ", "application/jose", "no-records", 400),
        (b"{", "application/json", "not-json", 400),
        (b"\xff\xfe", "text/csv", "unsupported-media-type", 415),
        (b"a b c d", "application/jose", "too-many-records", 413),
        (b"a" * 5_001, "application/jose", "body-too-large", 413),
    ):
        reply = program.ask(body, content_type=content_type)
        headers = {**member.sender.headers, "Content-Type": content_type, "Accept-Language": "en"}
        over_http = member.sender.client.post("/api/v1/records", content=body, headers=headers)
        assert (reply.status, reply.body) == (over_http.status_code, over_http.json())
        assert (reply.status, reply.body["code"]) == (status, code)
        ((_, letter),) = program.letters(member.dead)
        assert letter["code"] == code
        quoted = letter["body"].encode() if "body" in letter else base64.b64decode(letter["bodyBase64"])
        assert quoted == body
    program.close()


def test_who_sends_is_what_the_broker_has_checked(house) -> None:
    dairy, shop = house.admit("dairy"), house.admit("shop")
    program = house.program(dairy)
    envelope = dairy.sender.sign(an_object_event())
    with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="PRECONDITION_FAILED"):
        program.send(envelope, user_id=shop.user)
    program.close()

    program.enter()
    reply = program.ask(envelope, user_id=None)
    assert (reply.status, reply.body["code"]) == (401, "sender-unknown")
    operator = house.operator()
    ((_, letter),) = operator.letters("filiere.dead.capture")
    assert letter["body"].encode() == envelope
    assert house.instance.log_size() == 2  # the two keys alone

    # Another member's record under one's own user is what it is over HTTP: somebody else's key.
    reply = program.ask(shop.sender.sign(an_object_event()))
    assert (reply.status, reply.body["code"]) == (403, "sender-mismatch")
    program.close()
    operator.close()


def test_a_suspended_member_is_refused_and_a_name_in_reply_to_reaches_nobody_elses_queue(house) -> None:
    dairy = house.admit("dairy")
    program = house.program(dairy)
    with house.instance.platform.database.unit_of_work() as uow:
        uow.members.set_status(dairy.id, MemberStatus.SUSPENDED)
    reply = program.ask(dairy.sender.sign(an_object_event()))
    assert (reply.status, reply.body["code"]) == (403, "member-suspended")
    assert house.instance.log_size() == 1  # the key alone
    with pika.BlockingConnection(pika.URLParameters(house.broker.url)) as connection:
        somebodys = f"{house.topology.prefix}somebodys"
        connection.channel().queue_declare(somebodys, exclusive=True)
        program.send(b"x", reply_to=somebodys)
        assert program.ask(b"y").status == 403  # what was sent before is settled, too
        assert len(program.letters(dairy.dead, at_least=3)) == 3
        assert connection.channel().queue_declare(somebodys, passive=True).method.message_count == 0
    program.close()


def test_where_a_senders_dead_letters_are_full_the_operator_has_them_and_where_there_are_none_they_are_made(
    house,
) -> None:
    dairy, shop = house.admit("dairy"), house.admit("shop")
    queue, _ = house.topology.member_parts(dairy.id)
    small = replace(queue, arguments={**queue.arguments, "x-max-length": 1})
    with pika.BlockingConnection(pika.URLParameters(house.broker.url)) as connection:
        for _ in range(5):  # the relay makes the queues of whom it sends to for the first time, in between perhaps
            channel = connection.channel()
            for member in (dairy, shop):
                channel.queue_delete(f"{house.topology.prefix}{member.dead}")
            try:
                channel.queue_declare(small.name, durable=True, arguments=small.arguments)
            except pika.exceptions.ChannelClosedByBroker:
                continue
            break
        channel.queue_bind(small.name, small.bound_to, small.routing_key)
    program = house.program(dairy)
    sent = 6  # RabbitMQ refuses a few messages late
    for number in range(sent):
        assert program.ask(f"{number}".encode()).status == 400
    operator = house.operator()
    own = program.letters(dairy.dead)
    assert len(own) + len(operator.letters("filiere.dead.capture", at_least=sent - len(own))) == sent
    assert len(own) < sent
    other = house.program(shop)
    assert other.ask(b"x").status == 400
    assert len(other.letters(shop.dead)) == 1
    for each in (program, other, operator):
        each.close()


def test_a_message_that_fails_without_a_reason_is_tried_a_few_times_and_then_refused(house, monkeypatch) -> None:
    monkeypatch.setattr(capture_consumer, "FIRST_WAIT", 0.01)
    member = house.admit("dairy")
    program = house.program(member)
    poison, good = (member.sender.sign(an_event(number)) for number in range(2))
    prepare, tried = Capture.prepare, []

    def failing(self, parcel, directory):
        if poison in parcel.payloads:
            tried.append(1)
            raise RuntimeError("a fault of the platform")
        return prepare(self, parcel, directory)

    monkeypatch.setattr(Capture, "prepare", failing)
    first = program.send(poison)
    assert program.ask(good).status == 200
    reply = program.answer(first)
    assert (reply.status, reply.body["code"]) == (500, "record-not-stored")
    assert len(tried) == capture_consumer.MOST_FAILURES
    ((_, letter),) = program.letters(member.dead)
    assert letter["body"].encode() == poison
    assert house.waiting() == 0
    program.close()


@pytest.mark.postgresql
def test_while_the_database_is_away_messages_are_held_or_given_back_and_none_is_lost(
    open_house, create_database, monkeypatch
) -> None:
    monkeypatch.setattr(capture_consumer, "FIRST_WAIT", 0.05)
    with wire_to(create_database()) as (wire, through):
        house = open_house(database_url=through)
        member = house.admit("dairy")
        program = house.program(member)
        wire.cut()
        held = program.send(member.sender.sign(an_object_event()))
        with pytest.raises(KeyError):
            program.answer(held, seconds=1.0)
        assert house.waiting() == 0  # it is in hand
        monkeypatch.setattr(capture_consumer, "LONGEST_HOLD", 0.0)
        wait_until(lambda: house.waiting() == 1)  # it is given back
        wire.mend()
        assert program.answer(held).status == 200
        assert house.waiting() == 0
        program.close()


class BehindTheYear9999(pika.BasicProperties):
    """Properties with a header that pika cannot read back."""

    def encode(self) -> list[bytes]:
        dated = b"T" + struct.pack(">Q", int(self.headers["when"].timestamp()))
        whole = b"".join(super().encode())
        assert dated in whole
        return [whole.replace(dated, b"T" + b"\x7f" * 8)]


def test_a_header_that_cannot_be_read_ends_nobodys_connection(house, caplog) -> None:
    member = house.admit("dairy")
    program = house.program(member)
    properties = BehindTheYear9999(
        user_id=member.user,
        content_type="application/jose",
        reply_to="amq.rabbitmq.reply-to",
        correlation_id="odd",
        headers={"when": datetime(2026, 3, 4, tzinfo=UTC)},
    )
    exchange = f"{house.topology.prefix}filiere.capture"
    program.channel.basic_publish(exchange, "capture", member.sender.sign(an_event(1)), properties)
    assert program.answer("odd").status == 200
    assert house.waiting() == 0
    assert not [record for record in caplog.records if record.message.startswith("bus.")]
    program.close()


def test_a_fault_while_a_message_is_read_or_answered_loses_none_and_loops_none(house, monkeypatch) -> None:
    monkeypatch.setattr(capture_consumer, "FIRST_WAIT", 0.01)
    member = house.admit("dairy")
    program = house.program(member)
    take_out, answer, faults = RecordsForm.take_out, RecordsForm.answer, []

    def reading(self, body, content_type):
        if body == b"odd":
            raise RecursionError
        return take_out(self, body, content_type)

    def answering(self, *arguments):
        if len(faults) < 2:
            faults.append(1)
            raise OSError("a fault of the platform")
        return answer(self, *arguments)

    monkeypatch.setattr(RecordsForm, "take_out", reading)
    monkeypatch.setattr(RecordsForm, "answer", answering)
    unread = program.ask(b"odd")
    assert (unread.status, unread.body["code"]) == (500, "record-not-stored")
    reply = program.ask(member.sender.sign(an_event(1)))
    assert (reply.status, len(faults)) == (200, 2)
    assert [each["status"] for each in reply.body["records"]] == ["known"]
    program.close()


def test_a_consumer_that_is_cut_off_while_it_stores_is_given_the_message_again_and_answers_once_stored(
    open_house, broker, monkeypatch
) -> None:
    with wire_to(broker.url) as (wire, through):
        house = open_house(broker_url=through)
        member = house.admit("dairy")
        program = house.program(member)
        answer = RecordsForm.answer

        def cutting(self, *arguments):
            if not cut:
                wire.cut()
                cut.append(1)
            return answer(self, *arguments)

        cut: list[int] = []
        monkeypatch.setattr(RecordsForm, "answer", cutting)
        size = house.instance.log_size()
        name = program.send(member.sender.sign(an_event(1)))
        wait_until(lambda: cut)
        assert house.instance.log_size() == size + 1
        assert name not in program.replies
        wire.mend()
        reply = program.answer(name)
        assert [(each["status"], each["index"]) for each in reply.body["records"]] == [("known", size)]
        assert house.waiting() == 0
        program.close()


def test_a_broker_user_is_a_members_or_nobodys() -> None:
    names = Topology(prefix="a.")
    assert names.member_of_user(names.member_user(17)) == 17
    for user in (
        "",
        "guest",
        "member-17",
        "a.member-",
        "a.member-017",
        "a.member-١",
        "a.member-1x",
        "a.member-" + "9" * 99,
    ):
        assert names.member_of_user(user) is None
