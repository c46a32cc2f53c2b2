"""What makes two events the same, and the ID of an event that came without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.event_strategies import valid_events
from builders.events import an_object_event
from filiere_schemas.epcis.identity import assigned_event_id, content_of, content_sha256

VECTORS = Path(__file__).parents[2] / "vectors" / "epcis" / "content_identity.json"
MEMBER = "urn:filiere:party:siret:73282932000074"


def test_content_leaves_out_context_record_time_and_event_id() -> None:
    event = an_object_event(recordTime="2026-06-12T06:00:00Z", eventID="urn:uuid:7f0c6bd2-3a55-4e0a-8f6c-4a2f3f0b8a10")
    assert content_of(event) == {k: v for k, v in an_object_event().items() if k != "@context"}


@given(valid_events(), st.randoms())
def test_the_order_of_members_is_not_content(event: dict[str, Any], random: Any) -> None:
    members = list(event.items())
    random.shuffle(members)
    assert content_sha256(dict(members)) == content_sha256(event)


@given(valid_events(), valid_events())
def test_other_content_has_another_digest(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (content_sha256(one) == content_sha256(other)) == (content_of(one) == content_of(other))


@given(st.binary(min_size=32, max_size=32))
def test_an_assigned_id_is_a_uuid_of_version_8(digest: bytes) -> None:
    uuid = UUID(assigned_event_id(MEMBER, digest))
    assert (uuid.version, uuid.variant) == (8, "specified in RFC 4122")
    assert uuid.urn == assigned_event_id(MEMBER, digest)


def test_two_members_never_share_an_assigned_id() -> None:
    digest = content_sha256(an_object_event())
    assert assigned_event_id(MEMBER, digest) != assigned_event_id("urn:filiere:party:siret:73282932000082", digest)


@pytest.mark.parametrize("vector", json.loads(VECTORS.read_bytes()), ids=lambda vector: vector["why"])
def test_content_and_assigned_ids_never_change(vector: dict[str, Any]) -> None:
    digest = content_sha256(vector["event"])
    assert digest.hex() == vector["content_sha256"]
    assert assigned_event_id(vector["member"], digest) == vector["assigned_event_id"]
