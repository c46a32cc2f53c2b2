from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.envelopes import ISSUER, ORIGIN, PAYLOAD, a_forgery, an_envelope
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import IssuerMismatch, WrongAudience, parse_envelope
from filiere_schemas.provenance.fields import InvalidStatement
from filiere_schemas.provenance.jws import AlgorithmNotPinned, InvalidJws, WrongKey
from filiere_schemas.provenance.keys import Algorithm, BadSignature, InvalidKey, PublicKey, SigningKey
from filiere_schemas.provenance.statements import (
    ENROLMENT_TYP,
    KEY_TYP,
    RECEIPT_TYP,
    REFUSAL_TYP,
    ReceiptRecord,
    RefusedPlace,
    attest_event,
    read_attestation,
    read_enrolment_proof,
    read_key_registration,
    read_receipt,
    read_refusal,
    sign_enrolment_proof,
    sign_key_registration,
    sign_receipt,
    sign_refusal,
    sign_statement,
    verify_statement,
)

PLATFORM, REGISTRAR, MEMBER = (SigningKey.from_seed(bytes([number]) * 32) for number in (10, 11, 12))
TOKEN = bytes(range(32))
NOW = 1_772_353_800_123_456  # microseconds: 2026-03-01T08:30:00.123456Z
PLACE = RefusedPlace(kid="k7", seq=7, prev=bytes(32))
RECORDS = st.lists(
    st.builds(
        ReceiptRecord,
        index=st.integers(0, 2**53 - 1),
        sha256=st.binary(min_size=32, max_size=32),
        kind=st.sampled_from(EntryKind),
        stored_at=st.integers(0, 253_402_300_799_999_999),
    ),
    unique_by=lambda record: record.index,
    max_size=20,
)


def a_receipt(**changes: Any) -> bytes:
    record = ReceiptRecord(index=7, sha256=TOKEN, kind=EntryKind.EVENT, stored_at=NOW)
    return sign_receipt([record], **{"key": PLATFORM, "origin": ORIGIN, **changes})


def a_refusal(**changes: Any) -> bytes:
    arguments = {"sha256": TOKEN, "place": PLACE, "problems": [("bad", "/a/0")], "key": PLATFORM, "origin": ORIGIN}
    arguments["refused_at"] = NOW
    return sign_refusal(**{**arguments, **changes})


def an_attestation(**changes: Any) -> bytes:
    arguments = {"issuer": ORIGIN, "subject": ISSUER, "received_at": NOW, "audience": ORIGIN, "key": PLATFORM}
    return attest_event(PAYLOAD, **{**arguments, **changes})


def a_proof(**changes: Any) -> bytes:
    return sign_enrolment_proof(**{"key": MEMBER, "issuer": ISSUER, "token_sha256": TOKEN, "origin": ORIGIN, **changes})


def a_registration(**changes: Any) -> bytes:
    arguments = {"public": MEMBER.public, "issuer": ISSUER, "proof": a_proof(), "registered_at": NOW}
    return sign_key_registration(**{"key": REGISTRAR, "origin": ORIGIN, **arguments, **changes})


def read_a_receipt(raw: bytes, key: PublicKey = PLATFORM.public) -> Any:
    return read_receipt(raw, key, origin=ORIGIN)


def read_a_refusal(raw: bytes, key: PublicKey = PLATFORM.public) -> Any:
    return read_refusal(raw, key, origin=ORIGIN)


def read_an_attestation(raw: bytes, key: PublicKey = PLATFORM.public) -> Any:
    return read_attestation(raw, key, issuer=ORIGIN, audience=ORIGIN)


def read_a_proof(raw: bytes, _: PublicKey | None = None) -> Any:
    return read_enrolment_proof(raw, issuer=ISSUER, token_sha256=TOKEN, origin=ORIGIN)


def read_a_registration(raw: bytes, key: PublicKey = REGISTRAR.public) -> Any:
    return read_key_registration(raw, key, origin=ORIGIN)


STATEMENTS: dict[str, tuple[Callable[..., bytes], Callable[..., Any]]] = {
    "receipt": (a_receipt, read_a_receipt),
    "refusal": (a_refusal, read_a_refusal),
    "attestation": (an_attestation, read_an_attestation),
    "enrolment": (a_proof, read_a_proof),
    "key": (a_registration, read_a_registration),
}


@given(RECORDS, st.randoms(use_true_random=False))
def test_the_same_records_give_the_same_receipt_in_any_order_and_twice(
    records: list[ReceiptRecord], random: Any
) -> None:
    receipt = sign_receipt(records, key=PLATFORM, origin=ORIGIN)
    repeated = random.sample(records * 2, 2 * len(records))
    assert sign_receipt(repeated, key=PLATFORM, origin=ORIGIN) == receipt
    assert read_a_receipt(receipt) == tuple(sorted(records, key=lambda record: record.index))


def test_a_receipt_says_what_the_format_says() -> None:
    payload = json.loads(parse_payload(a_receipt(), RECEIPT_TYP))
    line = {"index": 7, "kind": "event", "sha256": TOKEN.hex(), "stored": "2026-03-01T08:30:00.123456Z"}
    assert payload == {"log": ORIGIN, "records": [line]}


def test_a_refusal_names_reasons_and_no_value_of_the_sender() -> None:
    found = read_a_refusal(a_refusal())
    assert (found.sha256, found.problems, found.refused_at) == (TOKEN, (("bad", "/a/0"),), NOW)
    assert set(json.loads(parse_payload(a_refusal(), REFUSAL_TYP))) == {
        "kid",
        "log",
        "prev",
        "problems",
        "refused",
        "seq",
        "sha256",
    }


def test_an_attested_event_keeps_its_bytes_and_names_its_sender() -> None:
    found = read_an_attestation(an_attestation())
    assert (found.payload, found.subject) == (PAYLOAD, ISSUER)
    assert found.received_at == NOW // 1_000_000 * 1_000_000


def test_an_attestation_never_passes_for_the_members_own_signature() -> None:
    with pytest.raises(InvalidJws) as caught:
        parse_envelope(an_attestation())
    assert "wrong-typ" in [p.code for p in caught.value.problems]


def test_a_registered_key_proved_itself() -> None:
    found = read_a_registration(a_registration())
    assert (found.public, found.issuer, found.registered_at) == (MEMBER.public, ISSUER, NOW)
    assert (found.proof.token_sha256, found.proof.compact) == (TOKEN, a_proof())


def test_a_hardware_key_enrols_too() -> None:
    key = SigningKey.generate(Algorithm.ES256)
    raw = a_registration(public=key.public, proof=a_proof(key=key))
    assert read_a_registration(raw).public == key.public


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_holds_for_its_typ_alone(name: str) -> None:
    sign, read = STATEMENTS[name]
    assert read(sign())
    for other, (sign_other, _) in STATEMENTS.items():
        if other != name:
            with pytest.raises(InvalidJws) as caught:
                read(sign_other())
            assert "wrong-typ" in [p.code for p in caught.value.problems]
    with pytest.raises(InvalidJws):
        read(an_envelope())


@pytest.mark.parametrize("name", STATEMENTS)
def test_any_changed_byte_of_a_statement_is_refused(name: str) -> None:
    sign, read = STATEMENTS[name]
    raw = sign()
    for place in range(len(raw)):
        with pytest.raises(Refusal):
            read(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])


@pytest.mark.parametrize("name", [name for name in STATEMENTS if name != "enrolment"])
def test_a_statement_by_another_key_is_refused(name: str) -> None:
    sign, read = STATEMENTS[name]
    with pytest.raises(WrongKey):
        read(sign(key=SigningKey.from_seed(b"x" * 32)))
    with pytest.raises(AlgorithmNotPinned):
        read(sign(), SigningKey.generate(Algorithm.ES256).public)


@pytest.mark.parametrize("name", ["receipt", "refusal", "key"])
def test_a_statement_about_another_log_is_refused(name: str) -> None:
    sign, read = STATEMENTS[name]
    with pytest.raises(IssuerMismatch):
        read(sign(origin="another.example/log"))


def test_an_attestation_for_another_log_is_refused() -> None:
    with pytest.raises(WrongAudience):
        read_an_attestation(an_attestation(audience="another.example/log"))
    with pytest.raises(IssuerMismatch):
        read_an_attestation(an_attestation(issuer="another.example/log"))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"issuer": "urn:another"}, IssuerMismatch),
        ({"origin": "another.example/log"}, WrongAudience),
        ({"token_sha256": bytes(32)}, InvalidStatement),
    ],
)
def test_a_proof_holds_for_one_member_one_log_and_one_token(change: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        read_a_proof(a_proof(**change))


def test_a_proof_by_a_key_that_one_does_not_hold_is_refused() -> None:
    # The victim's public key in the payload, the thief's signature under it.
    payload = json.dumps({"jwk": MEMBER.public.jwk, "token": TOKEN.hex()}).encode()
    header = {"alg": "Ed25519", "kid": MEMBER.public.thumbprint, "iss": ISSUER, "aud": ORIGIN, "typ": ENROLMENT_TYP}
    with pytest.raises(BadSignature):
        read_a_proof(a_forgery(header, payload, sign=SigningKey.generate().sign))


def test_a_registration_with_another_keys_proof_is_refused() -> None:
    thief = SigningKey.generate()
    with pytest.raises(InvalidStatement) as caught:
        read_a_registration(a_registration(public=thief.public))
    assert caught.value.problems[0].pointer == "/proof"
    with pytest.raises(IssuerMismatch):
        read_a_registration(a_registration(issuer="urn:another"))


@pytest.mark.parametrize(
    ("payload", "pointer"),
    [
        ([], ""),
        ({}, "/jwk"),
        ({"jwk": "key", "token": TOKEN.hex()}, "/jwk"),
        ({"jwk": MEMBER.public.jwk}, "/token"),
        ({"jwk": MEMBER.public.jwk, "token": TOKEN.hex().upper()}, "/token"),
        ({"jwk": MEMBER.public.jwk, "token": 7}, "/token"),
    ],
)
def test_a_proof_of_another_form_is_refused_at_its_place(payload: Any, pointer: str) -> None:
    header = {"alg": "Ed25519", "kid": MEMBER.public.thumbprint, "iss": ISSUER, "aud": ORIGIN, "typ": ENROLMENT_TYP}
    raw = a_forgery(header, json.dumps(payload).encode(), sign=MEMBER.sign)
    with pytest.raises(InvalidStatement) as caught:
        read_a_proof(raw)
    assert [p.pointer for p in caught.value.problems] == [pointer]
    assert caught.value.problems[0].message("fr") != caught.value.problems[0].message("en")


def test_a_proof_with_an_unusable_key_is_refused_at_its_place() -> None:
    header = {"alg": "Ed25519", "kid": "x", "iss": ISSUER, "aud": ORIGIN, "typ": ENROLMENT_TYP}
    with pytest.raises(InvalidKey) as caught:
        read_a_proof(a_forgery(header, json.dumps({"jwk": MEMBER.public.jwk | {"d": "AA"}}).encode()))
    assert [(p.code, p.pointer) for p in caught.value.problems] == [("private-key-given", "/jwk/d")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("index", -1),
        ("index", True),
        ("index", "7"),
        ("kind", "unknown"),
        ("kind", None),
        ("sha256", "00"),
        ("stored", "2026-03-01T08:30:00Z"),
        ("stored", "2026-03-01T08:30:00.1Z"),
        ("stored", "2026-03-01T08:30:00.000000+00:00"),
        ("stored", 7),
    ],
)
def test_a_receipt_of_another_form_is_refused_at_its_place(field: str, value: Any) -> None:
    line = {"index": 7, "kind": "event", "sha256": TOKEN.hex(), "stored": "2026-03-01T08:30:00.123456Z", field: value}
    payload = {"log": ORIGIN, "records": [line]}
    raw = sign_statement(payload, key=PLATFORM, typ=RECEIPT_TYP, issuer=ORIGIN)
    with pytest.raises(InvalidStatement) as caught:
        read_a_receipt(raw)
    assert [p.pointer for p in caught.value.problems] == [f"/records/0/{field}"]


def test_a_payload_is_read_as_strictly_as_an_event() -> None:
    header = {"alg": "Ed25519", "kid": PLATFORM.public.thumbprint, "iss": ORIGIN, "typ": KEY_TYP}
    raw = a_forgery(header, b'{"a":1,"a":2}', sign=PLATFORM.sign)
    with pytest.raises(InvalidStatement) as caught:
        verify_statement(raw, PLATFORM.public, typ=KEY_TYP, issuer=ORIGIN)
    assert caught.value.problems[0].code == "duplicate-key"


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 9) | st.text(max_size=9)), st.integers(0, 2**52))
def test_any_statement_comes_back(payload: dict[str, Any], issued_at: int) -> None:
    raw = sign_statement(payload, key=PLATFORM, typ="x+jws", issuer=ORIGIN, issued_at=issued_at, audience="a")
    found = verify_statement(raw, PLATFORM.public, typ="x+jws", issuer=ORIGIN, audience="a")
    assert found.payload == payload
    assert found.jws.header["iat"] == issued_at // 1_000_000


def parse_payload(compact: bytes, typ: str) -> bytes:
    key = PLATFORM.public
    return verify_statement(compact, key, typ=typ, issuer=ORIGIN).jws.payload
