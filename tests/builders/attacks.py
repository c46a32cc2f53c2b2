"""Ways to smuggle a record past its signature, its form or its limits, each with the answer that it deserves.

The forgeries are written here and not by the code under test, which would refuse to write them.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from builders.envelopes import a_forgery, a_header, b64
from builders.events import MILK_LOT, an_object_event
from builders.instance import Sender, seeded_key
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.provenance.envelope import FIRST_PREV
from filiere_schemas.provenance.keys import Algorithm, SigningKey
from filiere_schemas.provenance.statements import ENROLMENT_TYP

EVENT_ID: Final = "urn:uuid:11111111-0000-4000-8000-000000000001"
FOREIGN: Final = seeded_key("somebody else's key")
ES256: Final = SigningKey.generate(Algorithm.ES256)
DEEP: Final = b'{"a":' * 70 + b"1" + b"}" * 70
STRANGE_DISCLOSURE: Final = b64(b'["' + b"s" * 22 + b'","x",1]')

Envelope = Callable[[Sender], bytes]


class Attack(NamedTuple):
    """What is sent, and how it is answered."""

    name: str
    envelope: Envelope
    status: int
    code: str


def header(sender: Sender, **changes: Any) -> dict[str, Any]:
    return a_header(sender.key, **{"iss": sender.uri, "aud": sender.origin} | changes)


def honest(sender: Sender) -> bytes:
    return a_forgery(header(sender), payload(), sign=sender.key.sign)


def payload(**changes: Any) -> bytes:
    return json.dumps(an_object_event(eventID=EVENT_ID, **changes)).encode()


def with_header(**changes: Any) -> Callable[[Sender], bytes]:
    return lambda sender: a_forgery(header(sender, **changes), payload(), sign=sender.key.sign)


def with_payload(raw: bytes) -> Callable[[Sender], bytes]:
    return lambda sender: a_forgery(header(sender), raw, sign=sender.key.sign)


def with_event(**changes: Any) -> Callable[[Sender], bytes]:
    return with_payload(payload(**changes))


def with_text(old: bytes, new: bytes) -> Callable[[Sender], bytes]:
    raw = payload()
    assert old in raw
    return with_payload(raw.replace(old, new, 1))


def sealed(tamper: Callable[[bytes, list[bytes]], tuple[bytes, list[bytes]]]) -> Callable[[Sender], bytes]:
    """An event with two sealed members, after somebody handled its payload or its disclosures."""
    event, disclosures = seal(an_object_event(eventID=EVENT_ID), ["/ilmd", "/disposition"])

    def envelope(sender: Sender) -> bytes:
        raw, given = tamper(json.dumps(event).encode(), list(disclosures))
        return with_payload(raw)(sender) + b"~" + b"".join(disclosure + b"~" for disclosure in given)

    return envelope


def tampered(place: int) -> Callable[[Sender], bytes]:
    def envelope(sender: Sender) -> bytes:
        parts = honest(sender).split(b".")
        middle = len(parts[place]) // 2
        swapped = b"A" if parts[place][middle : middle + 1] != b"A" else b"B"
        parts[place] = parts[place][:middle] + swapped + parts[place][middle + 1 :]
        return b".".join(parts)

    return envelope


def padded(place: int) -> Callable[[Sender], bytes]:
    def envelope(sender: Sender) -> bytes:
        parts = honest(sender).split(b".")
        parts[place] += b"=" * (-len(parts[place]) % 4 or 4)
        return b".".join(parts)

    return envelope


def signed_by_hmac(sender: Sender) -> bytes:
    """The public key, which everybody knows, as the secret of a symmetric signature."""
    return a_forgery(
        header(sender, alg="HS256"), payload(), sign=lambda data: hmac.digest(sender.key.public.raw, data, "sha256")
    )


def signed_by_another_curve(sender: Sender) -> bytes:
    return a_forgery(header(sender, alg="ES256"), payload(), sign=ES256.sign)


def brought_its_own_key(sender: Sender) -> bytes:
    return a_forgery(header(sender, jwk=FOREIGN.public.jwk), payload(), sign=FOREIGN.sign)


def a_duplicated_header_member(sender: Sender) -> bytes:
    raw = json.dumps(header(sender))[:-1] + ', "alg": "none"}'
    return a_forgery(raw.encode(), payload(), sign=sender.key.sign)


def signature_of_nothing(sender: Sender) -> bytes:
    return b".".join([*honest(sender).split(b".")[:2], b64(bytes(64))])


def unknown_key(sender: Sender) -> bytes:
    return a_forgery(header(sender, kid=FOREIGN.public.thumbprint), payload(), sign=FOREIGN.sign)


def seq_beyond_doubles(sender: Sender) -> bytes:
    raw = json.dumps(header(sender)).replace('"seq": 1,', f'"seq": {2**53},')
    return a_forgery(raw.encode(), payload(), sign=sender.key.sign)


def without_signature(envelope: Envelope) -> Envelope:
    return lambda sender: envelope(sender).rpartition(b".")[0] + b"."


def with_a_disclosure(sender: Sender) -> bytes:
    return honest(sender) + b"~" + STRANGE_DISCLOSURE + b"~"


def with_a_repeated_digest(raw: bytes) -> bytes:
    event = json.loads(raw)
    event["_sd"].append(event["_sd"][0])
    return json.dumps(event).encode()


# Nobody we know has signed these: they are turned away and leave nothing.
UNSIGNED: tuple[Attack, ...] = (
    Attack("tampered signature", tampered(2), 401, "bad-signature"),
    Attack("tampered payload", tampered(1), 401, "bad-signature"),
    Attack("signature of another payload", signature_of_nothing, 401, "bad-signature"),
    Attack("empty signature", without_signature(honest), 401, "bad-signature"),
    Attack("unknown key", unknown_key, 401, "unknown-key"),
    Attack(
        "another's key under a known name",
        lambda s: a_forgery(header(s), payload(), sign=FOREIGN.sign),
        401,
        "bad-signature",
    ),
    Attack("alg none", with_header(alg="none"), 400, "algorithm-refused"),
    Attack("alg none without signature", without_signature(with_header(alg="none")), 400, "algorithm-refused"),
    Attack("HS256 keyed with the public key", signed_by_hmac, 400, "algorithm-refused"),
    Attack("ES256 on an Ed25519 key", signed_by_another_curve, 400, "alg-not-pinned"),
    Attack("embedded jwk", brought_its_own_key, 400, "embedded-key"),
    Attack("address of a key", with_header(jku="https://evil.example/keys"), 400, "embedded-key"),
    Attack("certificates", with_header(x5c=["MIIB"]), 400, "embedded-key"),
    Attack("unknown crit", with_header(crit=["exp"]), 400, "unknown-crit"),
    Attack("empty crit", with_header(crit=[]), 400, "unknown-crit"),
    Attack("unencoded payload", with_header(b64=False), 400, "unencoded-payload"),
    Attack("the type of another statement", with_header(typ=ENROLMENT_TYP), 400, "wrong-typ"),
    Attack("no type", with_header(typ=None), 400, "wrong-typ"),
    Attack("duplicate key in the header", a_duplicated_header_member, 400, "duplicate-key"),
    Attack("seq of zero", with_header(seq=0), 400, "bad-header-number"),
    Attack("seq beyond 2^53-1", seq_beyond_doubles, 400, "integer-too-large"),
    Attack("prev of another length", with_header(prev=b64(FIRST_PREV[:31]).decode()), 400, "bad-header-digest"),
    Attack("padded header", padded(0), 400, "bad-base64url"),
    Attack("padded payload", padded(1), 400, "bad-base64url"),
    Attack("padded signature", padded(2), 400, "bad-base64url"),
    Attack("two parts", lambda s: honest(s).rpartition(b".")[0], 400, "not-a-jws"),
    Attack("four parts", lambda s: honest(s) + b".AAAA", 400, "not-a-jws"),
    Attack("larger than any envelope", lambda _: b"x" * ((1 << 20) + 1), 413, "envelope-too-large"),
    Attack("a header of 5,000 bytes", with_header(iss="x" * 5_000), 413, "envelope-too-large"),
    Attack("a disclosure that does not end", lambda s: honest(s) + b"~abc", 400, "bad-disclosure-list"),
    Attack("an empty disclosure", lambda s: honest(s) + b"~~", 400, "bad-disclosure-list"),
)
# A known key has signed these: its holder gets a signed refusal, and the log the entry.
SIGNED: tuple[Attack, ...] = (
    Attack("for another log", with_header(aud="log.other.example/filiere"), 403, "wrong-audience"),
    Attack("in another member's name", with_header(iss="urn:filiere:party:duns:999999999"), 403, "issuer-mismatch"),
    Attack(
        "duplicate key", with_text(b'"action": "ADD"', b'"action": "ADD", "action": "DELETE"'), 400, "duplicate-key"
    ),
    Attack(
        "duplicate key deep inside", with_text(b'"uom": "LTR"', b'"uom": "LTR", "uom": "KGM"'), 400, "duplicate-key"
    ),
    Attack("NaN", with_text(b'"quantity": 1200', b'"quantity": NaN'), 400, "not-a-number"),
    Attack("infinity", with_text(b'"quantity": 1200', b'"quantity": -Infinity'), 400, "not-a-number"),
    Attack("a number beyond doubles", with_text(b'"quantity": 1200', b'"quantity": 1e999'), 400, "not-a-number"),
    Attack("2^53", with_text(b'"quantity": 1200', b'"quantity": 9007199254740992'), 400, "integer-too-large"),
    Attack("an integer of 5,000 digits", with_text(b"1200", b"9" * 5_000), 400, "integer-too-large"),
    Attack("lone surrogate", with_text(b"Alpage du Lac", b"\\ud800"), 400, "lone-surrogate"),
    Attack("lone surrogate in a name", with_text(b"dairy:farm", b"dairy:\\udfff"), 400, "lone-surrogate"),
    Attack("surrogates in UTF-8", with_text(b"Alpage du Lac", b"\xed\xa0\x80"), 400, "not-utf8"),
    Attack("byte order mark", with_payload(b"\xef\xbb\xbf" + payload()), 400, "not-utf8"),
    Attack("deep nesting", with_text(b'"Alpage du Lac"', DEEP), 400, "nested-too-deep"),
    Attack("nesting beyond any stack", with_payload(b"[" * 200_000), 400, "nested-too-deep"),
    Attack("two values", with_payload(payload() + b"{}"), 400, "not-json"),
    Attack("a list", with_payload(b"[" + payload() + b"]"), 400, "payload-not-object"),
    Attack("nothing", with_payload(b""), 400, "not-json"),
    Attack("naive time", with_event(eventTime="2026-06-12T05:40:00"), 400, "naive-event-time"),
    Attack("a day that is not", with_event(eventTime="2026-02-30T05:40:00Z"), 400, "invalid-time"),
    Attack("bad zone offset", with_event(eventTimeZoneOffset="+25:00"), 400, "bad-zone-offset"),
    Attack("zone by name", with_event(eventTimeZoneOffset="CEST"), 400, "bad-zone-offset"),
    Attack(
        "unknown unit",
        with_event(quantityList=[{"epcClass": MILK_LOT, "quantity": 1, "uom": "QQQ"}]),
        400,
        "unknown-unit",
    ),
    Attack("unknown sharing", with_event(**{"filiere:sharing": "everybody"}), 400, "unknown-sharing-mode"),
    Attack(
        "unreferenced disclosure",
        sealed(lambda raw, given: (raw, [*given, STRANGE_DISCLOSURE])),
        400,
        "unreferenced-disclosure",
    ),
    Attack("disclosure of another event", with_a_disclosure, 400, "unknown-sd-alg"),
    Attack("the same disclosure twice", sealed(lambda raw, given: (raw, [*given, given[0]])), 400, "duplicate-digest"),
    Attack(
        "the same digest twice",
        sealed(lambda raw, given: (with_a_repeated_digest(raw), given)),
        400,
        "duplicate-digest",
    ),
    Attack("a disclosure that is none", sealed(lambda raw, _: (raw, [b"e30"])), 400, "disclosure-malformed"),
    Attack(
        "a padded disclosure",
        sealed(lambda raw, given: (raw, [given[0] + b"=", given[1]])),
        400,
        "disclosure-malformed",
    ),
)
