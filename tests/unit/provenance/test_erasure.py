from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from builders.envelopes import KEY, ORIGIN, an_envelope
from filiere_schemas.provenance.envelope import IssuerMismatch
from filiere_schemas.provenance.erasure import ERASURE_TYP, Erased, Erasure, read_erasure, sign_erasure
from filiere_schemas.provenance.fields import InvalidStatement
from filiere_schemas.provenance.jws import InvalidJws, WrongKey, parse_jws
from filiere_schemas.provenance.keys import BadSignature, SigningKey
from filiere_schemas.provenance.statements import REFUSAL_TYP, sign_statement

PLATFORM, OTHER = (SigningKey.from_seed(bytes([number]) * 32) for number in (10, 11))
ENVELOPE = an_envelope()
NOW = 1_772_353_800_123_456  # microseconds: 2026-03-01T08:30:00.123456Z
DIGESTS = (bytes(32), b"\1" * 32)
PAYLOAD_GONE = Erasure(
    index=7,
    sha256=hashlib.sha256(ENVELOPE).digest(),
    what=Erased.PAYLOAD,
    rule="food-5-years",
    basis="Regulation (EC) 178/2002, article 18",
    author="urn:filiere:party:siret:73282932000074",
    erased_at=NOW,
    protected=ENVELOPE.split(b".")[0],
)
SEALED_GONE = replace(PAYLOAD_GONE, what=Erased.DISCLOSURES, protected=None, disclosures=DIGESTS)


def signed(erasure: Erasure = PAYLOAD_GONE) -> bytes:
    return sign_erasure(erasure, key=PLATFORM, origin=ORIGIN)


def payload_of(compact: bytes) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(parse_jws(compact, typ=ERASURE_TYP).payload)
    return payload


def read(compact: bytes) -> Erasure:
    return read_erasure(compact, PLATFORM.public, origin=ORIGIN)


def resigned(erasure: Erasure = PAYLOAD_GONE, **changes: Any) -> bytes:
    """Sign what `sign_erasure` would not write: its payload with some members changed, or removed by None."""
    changed = {**payload_of(signed(erasure)), **changes}
    return sign_statement(
        {name: value for name, value in changed.items() if value is not None},
        key=PLATFORM,
        typ=ERASURE_TYP,
        issuer=ORIGIN,
    )


@pytest.mark.parametrize("erasure", [PAYLOAD_GONE, SEALED_GONE])
def test_what_was_signed_is_read_back_and_the_same_erasure_gives_the_same_bytes(erasure: Erasure) -> None:
    assert read(signed(erasure)) == erasure
    assert signed(erasure) == signed(erasure)


def test_an_erasure_says_what_the_format_says() -> None:
    assert payload_of(signed()) == {
        "author": "urn:filiere:party:siret:73282932000074",
        "basis": "Regulation (EC) 178/2002, article 18",
        "erased": "2026-03-01T08:30:00.123456Z",
        "index": 7,
        "log": ORIGIN,
        "protected": ENVELOPE.split(b".")[0].decode(),
        "rule": "food-5-years",
        "sha256": hashlib.sha256(ENVELOPE).hexdigest(),
        "what": "payload",
    }
    sealed = payload_of(signed(SEALED_GONE))
    assert sealed["what"] == "disclosures"
    assert sealed["disclosures"] == [digest.hex() for digest in DIGESTS]
    assert "protected" not in sealed


def test_the_kept_header_still_names_the_key_and_its_place_in_the_chain() -> None:
    header = read(signed()).header
    assert {"kid", "iss", "seq", "prev", "iat"} <= set(header)
    assert read(signed(SEALED_GONE)).header == {}


def test_neither_payload_nor_signature_of_the_erased_record_is_in_its_erasure() -> None:
    _, payload, signature = ENVELOPE.split(b".")
    written = json.dumps(payload_of(signed())).encode()
    assert payload not in written
    assert signature not in written


def test_somebody_who_guesses_the_payload_cannot_check_the_guess_by_what_is_kept() -> None:
    # The guess is right to the last byte. The digest is that of the envelope with a signature that nobody else makes.
    protected, payload, _ = ENVELOPE.split(b".")
    kept = read(signed())
    signed_by_the_guesser = an_envelope(key=OTHER)
    for attempt in (payload, protected + b"." + payload, protected + b"." + payload + b".", signed_by_the_guesser):
        assert hashlib.sha256(attempt).digest() != kept.sha256
    assert hashlib.sha256(an_envelope(key=KEY)).digest() == kept.sha256  # its signer alone can


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"log": "elsewhere.example/log"}, "/log"),
        ({"index": -1}, "/index"),
        ({"index": True}, "/index"),
        ({"sha256": "00"}, "/sha256"),
        ({"what": "everything"}, "/what"),
        ({"rule": ""}, "/rule"),
        ({"rule": "r" * 101}, "/rule"),
        ({"basis": " "}, "/basis"),
        ({"author": None}, "/author"),
        ({"erased": "2026-03-01"}, "/erased"),
        ({"protected": None}, "/protected"),
        ({"protected": "é"}, "/protected"),
        ({"protected": "e30="}, "/protected"),
        ({"protected": "W10"}, "/protected"),
        ({"protected": "bm90IGpzb24"}, "/protected"),
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_refused_with_its_place(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidStatement) as refused:
        read(resigned(**changes))
    assert refused.value.problems[0].pointer == pointer


@pytest.mark.parametrize("texts", [None, [], ["00"], [7], ["00" * 32, "00" * 32], ["01" * 32, "00" * 32], "00" * 32])
def test_erased_disclosures_are_listed_once_each_and_in_one_order(texts: Any) -> None:
    with pytest.raises(InvalidStatement) as refused:
        read(resigned(SEALED_GONE, disclosures=texts))
    assert refused.value.problems[0].pointer.startswith("/disclosures/")


@pytest.mark.parametrize(
    "erasure",
    [
        replace(PAYLOAD_GONE, protected=None),
        replace(PAYLOAD_GONE, disclosures=DIGESTS),
        replace(SEALED_GONE, disclosures=()),
        replace(SEALED_GONE, protected=PAYLOAD_GONE.protected),
        replace(SEALED_GONE, disclosures=DIGESTS[::-1]),
        replace(PAYLOAD_GONE, basis=""),
    ],
)
def test_what_a_reader_would_refuse_or_read_otherwise_is_not_signed(erasure: Erasure) -> None:
    with pytest.raises(InvalidStatement):
        signed(erasure)


def test_only_the_receipts_key_of_this_log_erases() -> None:
    with pytest.raises(WrongKey):
        read(sign_erasure(PAYLOAD_GONE, key=OTHER, origin=ORIGIN))
    head, _, signature = signed().rpartition(b".")
    _, _, other = signed(SEALED_GONE).rpartition(b".")
    assert signature != other
    with pytest.raises(BadSignature):
        read(head + b"." + other)
    with pytest.raises(IssuerMismatch):  # another log's erasure
        read(sign_erasure(PAYLOAD_GONE, key=PLATFORM, origin="elsewhere.example/log"))


def test_no_other_statement_of_the_platform_passes_for_an_erasure() -> None:
    payload = payload_of(signed())
    with pytest.raises(InvalidJws):
        read(sign_statement(payload, key=PLATFORM, typ=REFUSAL_TYP, issuer=ORIGIN))
