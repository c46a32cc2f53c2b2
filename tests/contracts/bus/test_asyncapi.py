"""The AsyncAPI document says what there is: read from a real broker, by the addresses and schemas of the document."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import jsonschema
import pika
import pytest
from cloudevents.core.formats.json import JSONFormat

from builders.asyncapi import message_of, require_payload
from filiere_platform.bus.asyncapi import asyncapi_document
from filiere_platform.bus.declaring import declare
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.deliveries import SharedRecord, deliveries
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.record import GrantRow
from filiere_schemas.provenance.entry import EntryKind

pytestmark = pytest.mark.rabbitmq
ORIGIN = "log.example/filiere"
MEMBER = 2


@pytest.fixture
def document(bus_prefix):
    return asyncapi_document(Topology(prefix=bus_prefix), origin=ORIGIN, base_url="https://filiere.example")


@pytest.fixture
def channel(broker) -> Iterator[pika.adapters.blocking_connection.BlockingChannel]:
    connection = pika.BlockingConnection(pika.URLParameters(broker.url))
    yield connection.channel()
    if connection.is_open:
        connection.close()


def delivered(count: int):
    """The message that the relay makes of some records of one member, one of them erased."""
    jws = [f"h.p{number}.s".encode() for number in range(count)]
    records = {
        number: SharedRecord(
            number, EntryKind.EVENT, hashlib.sha256(jws[number]).digest(), 1_764_000_000_000_000 + number,
            "urn:filiere:party:siret:73282932000074", f"urn:uuid:{number}", jws[number] if number else None,
        )
        for number in range(count)
    }  # fmt: skip
    grants = [GrantRow(number + 1, number, MEMBER, 0) for number in range(count)]
    member = Member(id=MEMBER, uri="urn:m", name="M", status=MemberStatus.ACTIVE, sharing=None, identifiers=())
    (delivery,) = deliveries(grants, records, [member], origin=ORIGIN)
    return delivery.message


def test_a_program_that_follows_the_document_receives_what_it_says(document, channel, broker, bus_prefix) -> None:
    bus = RabbitBus(broker.url, topology=Topology(prefix=bus_prefix))
    message = delivered(3)
    bus.publish([message])
    bus.close()
    said = message_of(document, "memberQueue", "batch")
    address = document["channels"]["memberQueue"]["address"].replace("{memberId}", str(MEMBER))
    method, properties, body = channel.basic_get(address, auto_ack=True)
    assert method is not None
    assert method.routing_key in said["summary"]
    assert (properties.content_type, properties.delivery_mode) == (said["contentType"], 2)
    assert properties.message_id == message.id
    assert not (properties.headers or {}).keys() - {"x-delivery-count"}
    payload = json.loads(body)
    require_payload(document, said, payload)
    assert [JSONFormat().read(None, json.dumps(event)).get_id() for event in payload] == [e["id"] for e in payload]


@pytest.mark.parametrize("wrong", [{"jws": None}, {"sha256": "x"}, {"more": 1}])
def test_the_schema_refuses_what_is_not_delivered(document, wrong) -> None:
    said = message_of(document, "memberQueue", "batch")
    payload = json.loads(delivered(2).body)
    payload[1]["data"] |= wrong
    with pytest.raises(jsonschema.ValidationError):
        require_payload(document, said, payload)


def test_queues_and_exchanges_are_what_the_document_says(document, channel, broker, bus_prefix) -> None:
    declare(broker.url, Topology(prefix=bus_prefix).parts([MEMBER], streams=[MEMBER]))
    for name in ("memberQueue", "deadLetters", "memberStream"):
        said = document["channels"][name]
        queue = said["bindings"]["amqp"]["queue"]["name"].replace("{memberId}", str(MEMBER))
        # The broker refuses whoever declares what is there with other arguments.
        arguments = json.loads(json.dumps(said["x-arguments"]).replace("{memberId}", str(MEMBER)))
        channel.queue_declare(queue, durable=True, arguments=arguments)
        bound = said["x-bound-to"]
        channel.basic_publish(bound["exchange"], bound["routingKey"].replace("{memberId}", str(MEMBER)), b"x")
    capture = document["channels"]["capture"]
    exchange = capture["bindings"]["amqp"]["exchange"]
    channel.exchange_declare(exchange["name"], exchange["type"], durable=exchange["durable"])
    channel.confirm_delivery()
    channel.basic_publish(exchange["name"], capture["address"], b"x", mandatory=True)  # unroutable would raise
    for name in ("memberQueue", "deadLetters"):
        address = document["channels"][name]["address"].replace("{memberId}", str(MEMBER))
        method, _, body = channel.basic_get(address, auto_ack=True)
        assert (method is not None, body) == (True, b"x")
