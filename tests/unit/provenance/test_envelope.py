from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.envelopes import ISSUER, KEY, ORIGIN, PAYLOAD, WHEN, a_forgery, a_header, an_envelope, b64
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.provenance.envelope import (
    FIRST_PREV,
    MAX_DISCLOSURES,
    IssuerMismatch,
    WrongAudience,
    digest_of,
    parse_envelope,
    verify_envelope,
)
from filiere_schemas.provenance.jws import (
    MAX_HEADER_BYTES,
    MAX_JWS_BYTES,
    AlgorithmNotPinned,
    InvalidJws,
    WrongKey,
)
from filiere_schemas.provenance.keys import Algorithm, BadSignature, PublicKey, SigningKey

ES256 = SigningKey.generate(Algorithm.ES256)
OTHER = SigningKey.generate()


def receive(raw: bytes, key: PublicKey = KEY.public) -> Any:
    """What a platform does with an envelope of a key it knows."""
    envelope = parse_envelope(raw)
    verify_envelope(envelope, key, issuer=ISSUER, audience=ORIGIN)
    return envelope


def refusal_of(raw: bytes, key: PublicKey = KEY.public) -> Refusal:
    with pytest.raises(Refusal) as caught:
        receive(raw, key)
    for problem in caught.value.problems:
        assert problem.message("fr") != problem.message("en")
    return caught.value


def codes_of(raw: bytes, key: PublicKey = KEY.public) -> list[tuple[str, str]]:
    return [(p.code, p.pointer) for p in refusal_of(raw, key).problems]


def test_the_builder_of_forgeries_can_write_a_valid_envelope() -> None:
    # Otherwise the refusals below could have another reason than the one they name.
    assert receive(a_forgery(a_header())).payload == PAYLOAD


@pytest.mark.parametrize("key", [KEY, ES256], ids=["Ed25519", "ES256"])
@given(payload=st.binary(max_size=300), seq=st.integers(1, 2**53 - 1), prev=st.binary(min_size=32, max_size=32))
def test_what_is_signed_is_what_is_read(key: SigningKey, payload: bytes, seq: int, prev: bytes) -> None:
    raw = an_envelope(payload, key=key, seq=seq, prev=prev)
    envelope = receive(raw, key.public)
    header = envelope.header
    assert envelope.payload == payload
    assert (header.seq, header.prev, header.kid, header.alg) == (seq, prev, key.public.thumbprint, key.public.alg)
    assert (header.issued_at, header.iss, header.aud) == (WHEN, ISSUER, ORIGIN)
    assert envelope.sha256 == hashlib.sha256(raw).digest() == digest_of(raw)


@given(st.text(min_size=1, max_size=500), st.text(min_size=1, max_size=500), st.integers(0, 253_402_300_799))
def test_any_issuer_audience_and_time_come_back(issuer: str, audience: str, seconds: int) -> None:
    when = datetime.fromtimestamp(seconds, UTC)
    try:
        raw = an_envelope(issuer=issuer, audience=audience, issued_at=when)
    except InvalidJws as refusal:
        assert [p.code for p in refusal.problems] == ["envelope-too-large"]  # noqa: PT017 - the other outcome allowed
        return
    envelope = parse_envelope(raw)
    verify_envelope(envelope, KEY.public, issuer=issuer, audience=audience)
    assert envelope.header.issued_at == when


@pytest.mark.parametrize("key", [KEY, ES256], ids=["Ed25519", "ES256"])
@given(st.data())
def test_any_flipped_byte_is_refused(key: SigningKey, data: st.DataObject) -> None:
    raw = bytearray(an_envelope(key=key))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    refusal_of(bytes(raw), key.public)


def test_every_byte_matters() -> None:
    raw = an_envelope()
    for place in range(len(raw)):
        refusal_of(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        refusal_of(raw[:place])
        refusal_of(raw[:place] + raw[place + 1 :])


@given(st.binary(max_size=200))
def test_noise_is_refused_and_never_crashes(noise: bytes) -> None:
    refusal_of(noise)
    refusal_of(an_envelope() + noise + b"x")


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS256", "PS256", "ES256K", "ES384", "", 7, ["ES256"]])
@pytest.mark.parametrize("signature", [b"", b"x" * 64], ids=["unsigned", "signed"])
def test_only_two_algorithms_exist(alg: object, signature: bytes) -> None:
    raw = a_forgery(a_header() | {"alg": alg}, sign=lambda _: signature)
    assert codes_of(raw) == [("algorithm-refused", "/protected/alg")]


def test_the_public_key_is_no_shared_secret() -> None:
    def sign(data: bytes) -> bytes:
        return hmac.digest(KEY.public.raw, data, "sha256")

    assert codes_of(a_forgery(a_header(alg="HS256"), sign=sign)) == [("algorithm-refused", "/protected/alg")]


@pytest.mark.parametrize(("named", "key"), [("ES256", KEY), ("Ed25519", ES256), ("EdDSA", ES256)])
def test_an_algorithm_cannot_be_swapped(named: str, key: SigningKey) -> None:
    raw = a_forgery(a_header(key, alg=named), sign=key.sign)
    assert isinstance(refusal_of(raw, key.public), AlgorithmNotPinned)


def test_the_former_name_of_ed25519_is_accepted() -> None:
    assert receive(a_forgery(a_header(alg="EdDSA"))).header.alg == "EdDSA"


def test_a_signature_by_another_key_is_refused() -> None:
    assert isinstance(refusal_of(a_forgery(a_header(), sign=OTHER.sign)), BadSignature)


def test_an_envelope_that_names_another_key_is_refused() -> None:
    assert isinstance(refusal_of(an_envelope(key=OTHER)), WrongKey)


def test_a_member_signs_only_for_itself() -> None:
    assert isinstance(refusal_of(an_envelope(issuer="urn:another")), IssuerMismatch)


def test_an_envelope_for_another_log_is_refused() -> None:
    assert isinstance(refusal_of(an_envelope(audience="another.example/log")), WrongAudience)


def test_a_claim_that_nobody_signed_is_a_bad_signature_first() -> None:
    # A signed refusal answers only what the key's holder did.
    raw = a_forgery(a_header(aud="another.example/log", iss="urn:another"), sign=OTHER.sign)
    assert isinstance(refusal_of(raw), BadSignature)


@pytest.mark.parametrize(
    ("change", "code", "name"),
    [
        ({"jwk": OTHER.public.jwk}, "embedded-key", "jwk"),
        ({"jku": "https://example.org/keys"}, "embedded-key", "jku"),
        ({"x5u": "https://example.org/chain"}, "embedded-key", "x5u"),
        ({"x5c": ["MIIB"]}, "embedded-key", "x5c"),
        ({"crit": ["exp"]}, "unknown-crit", "crit"),
        ({"crit": []}, "unknown-crit", "crit"),
        ({"b64": True}, "unencoded-payload", "b64"),
        ({"typ": "JWT"}, "wrong-typ", "typ"),
        ({"typ": None}, "wrong-typ", "typ"),
        ({"typ": "epcis-receipt+jws"}, "wrong-typ", "typ"),
        ({"cty": None}, "bad-header-value", "cty"),
        ({"cty": "application/json"}, "bad-header-value", "cty"),
        ({"alg": None}, "algorithm-refused", "alg"),
        ({"kid": None}, "bad-header-text", "kid"),
        ({"kid": 7}, "bad-header-text", "kid"),
        ({"iss": ""}, "bad-header-text", "iss"),
        ({"iss": "x" * 513}, "bad-header-text", "iss"),
        ({"aud": None}, "bad-header-text", "aud"),
        ({"aud": [ORIGIN]}, "bad-header-text", "aud"),
        ({"seq": None}, "bad-header-number", "seq"),
        ({"seq": 0}, "bad-header-number", "seq"),
        ({"seq": True}, "bad-header-number", "seq"),
        ({"seq": 1.0}, "bad-header-number", "seq"),
        ({"iat": -1}, "bad-header-number", "iat"),
        ({"iat": 253_402_300_800}, "bad-header-number", "iat"),
        ({"iat": "2026"}, "bad-header-number", "iat"),
        ({"prev": None}, "bad-header-digest", "prev"),
        ({"prev": b64(bytes(31)).decode()}, "bad-header-digest", "prev"),
        ({"prev": b64(bytes(32)).decode() + "="}, "bad-header-digest", "prev"),
        ({"prev": "é" * 43}, "bad-header-digest", "prev"),
        ({"prev": "A" * 42 + "B"}, "bad-header-digest", "prev"),  # trailing bits that decode to nothing
    ],
)
def test_a_wrong_header_member_is_refused_at_its_place(change: dict[str, Any], code: str, name: str) -> None:
    assert codes_of(a_forgery(a_header(**change))) == [(code, f"/protected/{name}")]


def test_every_wrong_header_member_is_said_at_once() -> None:
    raw = a_forgery(a_header(seq=0, iat=None, prev=None, aud=3))
    assert {pointer for _, pointer in codes_of(raw)} == {f"/protected/{name}" for name in ("seq", "iat", "prev", "aud")}


def test_unknown_header_members_that_ask_for_nothing_are_ignored() -> None:
    # RFC 7515, section 4: what is not understood and not critical is ignored.
    assert receive(a_forgery(a_header(x5t="AAAA", note="hello")))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b'{"alg":"Ed25519","alg":"none"}', "duplicate-key"),
        (b'{"seq":9007199254740992}', "integer-too-large"),
        (b'{"iss":"\\ud800"}', "lone-surrogate"),
        (b'{"iat":NaN}', "not-a-number"),
        (b"[" * 100 + b"]" * 100, "nested-too-deep"),
        (b"\xef\xbb\xbf{}", "not-utf8"),
        (b"{", "not-json"),
        (b"[]", "header-not-object"),
        (b'"alg"', "header-not-object"),
    ],
)
def test_a_header_is_read_as_strictly_as_an_event(header: bytes, code: str) -> None:
    ((found, pointer),) = codes_of(a_forgery(header))
    assert found == code
    assert pointer.startswith("/protected")


def test_a_duplicate_of_a_header_member_is_refused_even_when_both_are_equal() -> None:
    text = json.dumps(a_header())
    assert codes_of(a_forgery((text[:-1] + f',"aud":"{ORIGIN}"}}').encode())) == [("duplicate-key", "/protected/aud")]


@pytest.mark.parametrize(("part", "name"), [(0, "protected"), (1, "payload"), (2, "signature")])
@pytest.mark.parametrize("spoil", [b"=", b"==", b"\n", b" ", b"+", b"/", b"%", b"\xff", b"A"], ids=repr)
def test_base64url_has_one_spelling(part: int, name: str, spoil: bytes) -> None:
    payload = PAYLOAD + b" " * ((-len(PAYLOAD) - 1) % 3)  # a length after which "A" would be a stray digit
    parts = an_envelope(payload).split(b".")
    parts[part] += spoil
    found = codes_of(b".".join(parts))
    assert found in ([("bad-base64url", f"/{name}")], [("bad-signature", "")], [("not-json", "/protected")])
    assert found == [("bad-base64url", f"/{name}")] or spoil == b"A"


def test_padding_that_completes_a_part_is_refused_too() -> None:
    # What lenient libraries accept: the text followed by exactly the padding that base64 would have.
    for size in range(1, 4):
        protected, payload, signature = an_envelope(b"x" * size).split(b".")
        padded = payload + b"=" * (-len(payload) % 4)
        if padded != payload:
            assert codes_of(b".".join((protected, padded, signature))) == [("bad-base64url", "/payload")]


@pytest.mark.parametrize("count", [1, 2, 4, 5])
def test_a_jws_has_three_parts(count: int) -> None:
    assert codes_of(b".".join([b"e30"] * count)) == [("not-a-jws", "")]


def test_sizes_are_bounded() -> None:
    assert codes_of(b"a" * (MAX_JWS_BYTES + 1)) == [("envelope-too-large", "")]
    assert codes_of(a_forgery(a_header(x="x" * MAX_HEADER_BYTES))) == [("envelope-too-large", "/protected")]
    many = b"~" + b"WyJh~" * (MAX_DISCLOSURES + 1)
    assert codes_of(an_envelope() + many) == [("bad-disclosure-list", "/disclosures")]
    assert codes_of(an_envelope() + b"~" + b"a" * (1 << 18) + b"~") == [("envelope-too-large", "/disclosures")]


def test_what_could_not_be_read_is_not_signed() -> None:
    with pytest.raises(InvalidJws):
        an_envelope(seq=0)
    with pytest.raises(InvalidJws):
        an_envelope(b"x" * MAX_JWS_BYTES)
    with pytest.raises(ValueError, match="aware"):
        an_envelope(issued_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the naive time is what is refused


def test_disclosures_change_neither_signature_nor_digest() -> None:
    payload, disclosures = seal({"type": "ObjectEvent", "bizStep": "shipping", "ilmd": {"a": 1}}, ["/bizStep", "/ilmd"])
    raw = an_envelope(json.dumps(payload).encode(), disclosures=disclosures)
    whole = receive(raw)
    assert whole.disclosures == disclosures
    assert raw.endswith(b"~")
    for kept in ((), disclosures[:1], disclosures[::-1]):
        partial = receive(b"~".join((whole.compact, *kept, b"")))
        assert (partial.sha256, partial.disclosures) == (whole.sha256, tuple(kept))
    assert receive(whole.compact).disclosures == ()


@pytest.mark.parametrize("tail", [b"~~", b"~abc", b"~abc~~", b"~abc~eyJ.e30.AA"])
def test_disclosures_end_with_a_tilde_and_nothing_follows(tail: bytes) -> None:
    assert codes_of(an_envelope() + tail) == [("bad-disclosure-list", "/disclosures")]


def test_a_chain_of_envelopes_shows_what_is_missing() -> None:
    prev, chain = FIRST_PREV, []
    for seq in range(1, 6):
        chain.append(an_envelope(seq=seq, prev=prev))
        prev = digest_of(chain[-1])
    parsed = [receive(raw) for raw in chain]
    assert [e.header.prev for e in parsed[1:]] == [e.sha256 for e in parsed[:-1]]
