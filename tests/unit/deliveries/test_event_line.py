"""An event on one line of the operator's terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.render.event_line import event_line
from filiere_schemas.provenance import base64url

SHIPMENT = {
    "type": "ObjectEvent",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "epcList": ["urn:epc:id:sscc:3012345.0000000001", "urn:epc:id:sscc:3012345.0000000002"],
}


def announced(payload, *, kind: str = "event"):
    jws = b".".join((b"header", base64url.encode(json.dumps(payload).encode()), b"signature")).decode()
    data = {
        "index": 12,
        "kind": kind,
        "sha256": "00" * 32,
        "member": "urn:member:1",
        "eventID": "urn:uuid:1",
        "jws": jws,
    }
    return {"id": "12-x", "time": "2026-03-04T05:06:07.000008Z", "data": data}


def test_a_line_says_where_when_how_sure_and_what_happened_to_what():
    assert event_line(announced(SHIPMENT)).split() == [
        "12",
        "2026-03-04",
        "05:06:07",
        "signed",
        "ObjectEvent",
        "OBSERVE",
        "shipping",
        "urn:epc:id:sscc:3012345.0000000001",
        "(+1)",
        "urn:member:1",
    ]


def test_an_event_that_came_unsigned_is_shown_as_attested():
    assert "attested" in event_line(announced(SHIPMENT, kind="receipt"))


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("outputQuantityList", [{"epcClass": "urn:lot:out", "quantity": 3}], "urn:lot:out"),
        ("parentID", "urn:pallet:1", "urn:pallet:1"),
        ("inputEPCList", ["urn:item:in"], "urn:item:in"),
    ],
)
def test_whatever_an_event_is_about_is_shown(field, value, shown):
    assert shown in event_line(announced({"type": "AggregationEvent", field: value}))


def test_words_that_are_written_as_uris_are_shown_short():
    line = event_line(announced({**SHIPMENT, "bizStep": "https://ref.gs1.org/cbv/BizStep-receiving"}))
    assert "BizStep-receiving" in line
    assert "https" not in line


def test_an_erased_event_still_has_its_line():
    event = announced(SHIPMENT)
    del event["data"]["jws"]
    assert event_line(event).split()[:4] == ["12", "2026-03-04", "05:06:07", "signed"]


def test_a_strangers_text_cannot_move_the_cursor_or_recolour_the_terminal():
    line = event_line(announced({"type": "ObjectEvent", "epcList": ["\x1b[2J\x1b[31murn:lot\r\n1"]}))
    assert line.isprintable()
    assert "urn:lot" in line


@given(st.text(), st.sampled_from(["event", "receipt", "void"]))
def test_no_bytes_in_place_of_an_event_break_the_line(jws, kind):
    event = announced(SHIPMENT, kind=kind)
    event["data"]["jws"] = jws
    assert event_line(event).isprintable()
