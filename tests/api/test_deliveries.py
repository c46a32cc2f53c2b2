"""A member's stream over HTTP, in batches: in order, from any position, what the bus would carry and nothing else."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest
from cloudevents.core.formats.json import JSONFormat

from builders.asyncapi import message_of, require_payload
from builders.events import an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.delivery_position import write_position
from filiere_schemas.provenance.envelope import digest_of

PATH = "/api/v1/deliveries"


@pytest.fixture
def sender(shared: Instance, request: pytest.FixtureRequest) -> Sender:
    return shared.admit(request.node.name, sharing=SharingMode.PRIVATE)


@pytest.fixture
def other(shared: Instance, request: pytest.FixtureRequest) -> Sender:
    return shared.admit(f"{request.node.name} other", sharing=SharingMode.PRIVATE)


def batch(member: Sender, **parameters: Any) -> httpx.Response:
    answer = member.get(PATH, **parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/cloudevents-batch+json"
    return answer


def everything(member: Sender, after: str = "", **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        answer = batch(member, after=after, **parameters)
        if not answer.json():
            return found
        found += answer.json()
        after = answer.headers["delivery-position"]


def indexes(events: list[dict[str, Any]]) -> list[int]:
    return [event["data"]["index"] for event in events]


def test_a_member_receives_its_records_in_order_whatever_the_batch(sender: Sender, other: Sender) -> None:
    stored = []
    for _ in range(3):
        stored += sender.send_new(3)
        other.send_new(2)
    of_sender = {"kind": "event"}
    assert indexes(everything(sender, **of_sender)) == stored
    assert indexes(everything(sender, limit=2, **of_sender)) == stored
    assert indexes(everything(sender, limit=1, **of_sender)) == stored


def test_an_event_is_what_its_sender_signed(sender: Sender) -> None:
    envelope = sender.sign(an_object_event(eventID=uuid.uuid4().urn))
    sender.send(envelope)
    (event,) = everything(sender, kind="event")
    assert event["data"]["jws"].encode() == envelope
    assert event["data"]["sha256"] == digest_of(envelope).hex()
    assert event["source"] == sender.origin


def test_a_position_resumes_behind_what_was_received(sender: Sender) -> None:
    first = sender.send_new(2)
    answer = batch(sender, kind="event")
    assert indexes(answer.json()) == first
    position = answer.headers["delivery-position"]
    assert everything(sender, position) == []
    second = sender.send_new(1)
    assert indexes(everything(sender, position, kind="event")) == second


def test_now_is_a_position_behind_everything_that_there_is(sender: Sender) -> None:
    sender.send_new(2)
    answer = batch(sender, after="now")
    assert answer.json() == []
    stored = sender.send_new(1)
    assert indexes(everything(sender, answer.headers["delivery-position"])) == stored


def test_a_position_says_nothing_and_opens_to_its_member_alone(sender: Sender, other: Sender) -> None:
    sender.send_new(1)
    position = batch(sender).headers["delivery-position"]
    assert batch(sender).headers["delivery-position"] != position  # nor whether anything has come for others
    for presented in (position[:-2] + "AA", "1", "é", "x" * 64):
        refused = sender.get(PATH, after=presented)
        assert (refused.status_code, refused.json()["code"]) == (400, "position-unknown")
    refused = other.get(PATH, after=position)
    assert (refused.status_code, refused.json()["code"]) == (400, "position-unknown")


def test_a_position_of_before_a_backup_was_restored_is_refused(shared: Instance, sender: Sender) -> None:
    platform, key = shared.platform, shared.platform.handle_key()
    with platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(sender.uri)
        ahead = uow.log.head().grants + 100_000
    assert member is not None
    assert key is not None
    refused = sender.get(PATH, after=write_position(ahead, member_id=member.id, key=key))
    assert (refused.status_code, refused.json()["code"]) == (400, "position-unknown")


def test_kinds_that_are_not_wanted_are_left_out_and_passed(sender: Sender) -> None:
    sender.send_new(2)
    assert everything(sender, kind="view") == []
    assert everything(sender, batch(sender, kind="view").headers["delivery-position"]) == []


def test_what_becomes_visible_late_comes_once_behind_the_cursor(sender: Sender, other: Sender) -> None:
    (index,) = sender.send_new(1)
    position = batch(other).headers["delivery-position"]
    given = sender.client.post(
        f"/api/v1/records/{index}/grants", json={"member": other.uri}, headers=sender.headers
    )  # fmt: skip
    assert given.status_code < 300, given.text
    assert indexes(everything(other, position, kind="event")) == [index]


def test_the_stream_is_what_the_asyncapi_document_says_views_included(
    shared: Instance, sender: Sender, other: Sender
) -> None:
    document = shared.client.get("/api/v1/asyncapi.json").json()
    farm = shared.admit(f"{sender.uri} farm", sharing=SharingMode.PUBLIC_FIELDS)
    sender.send_new(1)
    farm.send_new(1)
    found = everything(sender) + everything(other, kind="view")
    assert {event["type"] for event in found} == {"filiere.record.stored.v1", "filiere.record.view.v1"}
    message = message_of(document, "stream", "event")
    for event in found:
        require_payload(document, message, event)
        parsed = JSONFormat().read(None, json.dumps(event))
        assert (parsed.get_id(), parsed.get_data()) == (event["id"], event["data"])
    require_payload(document, message_of(document, "webhook", "signedBatch"), found[:100])
