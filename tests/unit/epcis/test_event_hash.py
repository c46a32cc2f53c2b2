"""The event hash names one event: not its order, its spelling, nor who received it; and it is no proof."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.event_strategies import valid_events
from builders.events import MILK_LOT, an_object_event
from filiere_schemas.epcis.event_hash import contradicts_its_hash, event_hash, fields_to_ignore, pre_hash
from filiere_schemas.identifiers.canonical import canonical_key

OTHER = "urn:uuid:7f0c6bd2-3a55-4e0a-8f6c-4a2f3f0b8a10"


@given(valid_events(), st.randoms())
def test_the_order_of_members_is_not_hashed(event: dict[str, Any], random: Any) -> None:
    members = list(event.items())
    random.shuffle(members)
    assert event_hash(dict(members)) == event_hash(event)


@given(valid_events())
def test_an_event_that_carries_its_hash_as_its_id_keeps_it(event: dict[str, Any]) -> None:
    named = {**event, "eventID": event_hash(event)}
    assert event_hash(named) == event_hash(event)
    assert not contradicts_its_hash(named)
    assert contradicts_its_hash({**named, "eventTime": "1970-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    "said",
    [
        {"recordTime": "2026-06-12T06:00:00Z"},
        {"eventID": OTHER},
        {"errorDeclaration": {"declarationTime": "2026-06-13T06:00:00Z", "reason": "incorrect_data"}},
        {"eventTime": "2026-06-12T07:40:00.0001+02:00"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:commissioning"},
        {"bizStep": "cbv:BizStep-commissioning"},
        {"quantityList": [{"epcClass": canonical_key(MILK_LOT), "quantity": 1200.0, "uom": "LTR"}]},
        {"@context": [an_object_event()["@context"][0], {"ours": "https://dairy.example/terms/"}], "ilmd": "ours"},
        {"rdfs:comment": "Collected in the rain", "comment": "twice"},
    ],
    ids=lambda said: next(iter(said)),
)
def test_what_does_not_change_an_event_does_not_change_its_hash(said: dict[str, Any]) -> None:
    if "ilmd" in said:
        said = {**said, "ilmd": {"ours:farm": "Alpage du Lac"}}
    assert event_hash(an_object_event(**said)) == event_hash(an_object_event())


def test_two_events_may_share_a_hash_so_that_it_proves_nothing() -> None:
    one = an_object_event(**{"dairy:a": "1{https://dairy.example/terms/}b=2"})
    other = an_object_event(**{"dairy:a": "1", "dairy:b": "2"})
    assert event_hash(one) == event_hash(other)


@pytest.mark.parametrize(
    ("said", "hashed"),
    [
        ("2026-06-12T05:40:59.9995Z", "2026-06-12T05:41:00.000Z"),
        ("2026-06-12T05:40:59.99949999Z", "2026-06-12T05:40:59.999Z"),
        ("2026-12-31T23:59:60Z", "2026-12-31T23:59:60Z"),
        ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.9999Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_instants_are_rounded_to_the_millisecond_where_a_calendar_holds_it(said: str, hashed: str) -> None:
    assert f"eventTime={hashed}eventTimeZoneOffset" in pre_hash(an_object_event(eventTime=said))


@pytest.mark.parametrize(
    ("said", "hashed"),
    [("+007.50", "7.5"), ("1e3", "1000"), (0.00001, "1e-05"), (-0.0, "0"), ("1e999", "1e999"), (" AB  ", "AB")],
)
def test_a_number_has_one_spelling(said: Any, hashed: str) -> None:
    assert pre_hash(an_object_event(**{"dairy:x": said})).endswith(f"x={hashed}")


def test_the_version_is_named_and_either_is_compared() -> None:
    event = an_object_event()
    draft = event_hash(event, version="CBV2.1")
    assert draft == event_hash(event).replace("CBV2.0", "CBV2.1")
    assert not contradicts_its_hash({**event, "eventID": draft})


@pytest.mark.parametrize("event_id", [OTHER, "ni:///sha-256;00?ver=CBV9", "ni:///md5;00?ver=CBV2.0", None])
def test_an_id_that_is_no_event_hash_contradicts_nothing(event_id: str | None) -> None:
    event = an_object_event() if event_id is None else an_object_event(eventID=event_id)
    assert not contradicts_its_hash(event)


def test_what_a_repository_has_added_and_named_takes_no_part() -> None:
    context = [*an_object_event()["@context"], {"store": "https://store.example/"}]
    document = {"@context": context, "store:ignoreFields": ["store:captureID"]}
    answer = {"@context": context, "epcisBody": {"queryResults": {"store:ignoreFields": ["store:captureID"]}}}
    given_out = an_object_event(**{"@context": context, "store:captureID": "17"})
    for asking in (document, answer):
        assert event_hash(given_out, ignored=fields_to_ignore(asking)) == event_hash(an_object_event())
    assert event_hash(given_out) != event_hash(an_object_event())
