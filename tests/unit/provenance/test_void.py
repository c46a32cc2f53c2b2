from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from builders.envelopes import ISSUER, KEY, ORIGIN, PAYLOAD, WHEN, a_forgery, a_header, an_envelope
from filiere_schemas.epcis.identity import identity_of
from filiere_schemas.provenance.envelope import (
    CHAINED,
    EVENT_TYP,
    FIRST_PREV,
    VOID_TYP,
    digest_of,
    parse_envelope,
    verify_envelope,
)
from filiere_schemas.provenance.fields import InvalidStatement
from filiere_schemas.provenance.jws import InvalidJws
from filiere_schemas.provenance.void import LONGEST_REASON, Void, read_void, sign_void

DISCARDED = an_envelope()
VOID = Void(
    sha256=digest_of(DISCARDED),
    seq=1,
    prev=FIRST_PREV,
    event=identity_of(json.loads(PAYLOAD), ISSUER),
    reason="saisi deux fois",
)
READ = {"event": "00" * 32, "prev": "00" * 32, "reason": "a", "seq": 1, "sha256": "00" * 32}


def a_void(void: Void = VOID) -> bytes:
    chain = {"seq": 2, "prev": digest_of(DISCARDED)}
    return sign_void(void, key=KEY, issuer=ISSUER, issued_at=WHEN, audience=ORIGIN, **chain)


def a_foreign_void(payload: Any) -> bytes:
    header = a_header(typ=VOID_TYP, cty="application/json", seq=2)
    return a_forgery(header, payload if isinstance(payload, bytes) else json.dumps(payload).encode())


def test_a_void_takes_the_next_place_in_the_chain_of_what_it_discards() -> None:
    envelope = parse_envelope(a_void(), typ=VOID_TYP)
    verify_envelope(envelope, KEY.public, issuer=ISSUER, audience=ORIGIN)
    assert read_void(envelope) == VOID
    assert (envelope.header.seq, envelope.header.prev) == (2, VOID.sha256)


def test_a_void_is_no_event_and_an_event_no_void() -> None:
    with pytest.raises(InvalidJws):
        parse_envelope(a_void())
    with pytest.raises(InvalidJws):
        parse_envelope(DISCARDED, typ=VOID_TYP)
    assert [parse_envelope(raw, typ=CHAINED).header.typ for raw in (DISCARDED, a_void())] == [EVENT_TYP, VOID_TYP]


def test_nothing_but_events_and_voids_stands_in_a_chain() -> None:
    for typ in ("filiere-receipt+jws", ["filiere-void+jws"], None):
        with pytest.raises(InvalidJws):
            parse_envelope(a_forgery(a_header() | {"typ": typ}), typ=CHAINED)


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ([], ""),
        (b'{"reason":"a","reason":"b"}', "/reason"),
        (READ | {"reason": 7}, "/reason"),
        (READ | {"reason": "x" * (LONGEST_REASON + 1)}, "/reason"),
        ({"reason": "a"}, "/sha256"),
        (READ | {"sha256": "00" * 31}, "/sha256"),
        (READ | {"prev": "00" * 31}, "/prev"),
        (READ | {"event": None}, "/event"),
        (READ | {"seq": 0}, "/seq"),
        (READ | {"seq": 2}, "/seq"),  # its own place: it takes that one, and discards an earlier one
    ],
)
def test_a_void_of_another_form_is_refused_at_its_place(payload: Any, pointer: str) -> None:
    with pytest.raises(InvalidStatement) as caught:
        read_void(parse_envelope(a_foreign_void(payload), typ=VOID_TYP))
    assert [p.pointer for p in caught.value.problems] == [pointer]


def test_what_could_not_be_read_is_not_signed() -> None:
    with pytest.raises(ValueError, match="at most"):
        a_void(replace(VOID, reason="x" * (LONGEST_REASON + 1)))
    with pytest.raises(ValueError, match="behind"):
        a_void(replace(VOID, seq=2))
