"""Single calls of the hot path, in microseconds of processor time, each beside the floor that it stands on."""

from __future__ import annotations

import functools
import hashlib
import itertools
from collections.abc import Callable, Sequence

import orjson

from builders.instance import ORIGIN, seeded_key
from figures import taking_turns
from filiere_platform.domain.graph import ends_of
from filiere_schemas.epcis.identity import content_sha256
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.identifiers import identify
from filiere_schemas.provenance.envelope import Envelope, parse_envelope, verify_envelope
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.strict_json import strict_loads
from material import MEMBERS, party_uri

SAMPLE = 400

Call = Callable[[], object]


def compare(envelopes: Sequence[bytes]) -> list[dict[str, object]]:
    """Time each call against its floor, in pairs, on a sample of the envelopes."""
    sample = envelopes[:SAMPLE]
    key = seeded_key(MEMBERS[0]).public
    parsed = [parse_envelope(raw) for raw in sample]
    payloads = [envelope.payload for envelope in parsed]
    events = [read_event(strict_loads(payload)).event for payload in payloads]
    uris = [element.epc_class for event in events for element in event.quantities][:SAMPLE]
    fresh = itertools.count()

    def identify_new() -> None:
        _each(identify, [f"urn:epc:class:lgtin:9521001.000048.{next(fresh)}" for _ in uris])

    def verify(raw: bytes) -> Envelope:
        envelope = parse_envelope(raw)
        verify_envelope(envelope, key, issuer=party_uri(MEMBERS[0]), audience=ORIGIN)
        return envelope

    floors: list[tuple[str, Call, Call, int]] = [
        (
            "parse and verify an envelope / Ed25519 alone",
            lambda: _each(verify, sample),
            lambda: _verify_alone(parsed, key),
            len(sample),
        ),
        (
            "read an event (strict JSON, schema, rules, types) / orjson.loads",
            lambda: _each(lambda payload: read_event(strict_loads(payload)), payloads),
            lambda: _each(orjson.loads, payloads),
            len(sample),
        ),
        (
            "digest of an event's content / SHA-256 of its bytes",
            functools.partial(_digests, payloads),
            lambda: _each(lambda payload: hashlib.sha256(payload).digest(), payloads),
            len(sample),
        ),
        (
            "ends of an event / orjson.loads",
            lambda: _each(ends_of, events),
            lambda: _each(orjson.loads, payloads),
            len(events),
        ),
        (
            "identify(), seen before / str.upper",
            lambda: _each(identify, uris),
            lambda: _each(str.upper, uris),
            len(uris),
        ),
        ("identify(), never seen / str.upper", identify_new, lambda: _each(str.upper, uris), len(uris)),
    ]
    return [taking_turns(name, call, floor, (count, count)) for name, call, floor, count in floors]


def _each(call: Callable[..., object], values: Sequence[object]) -> None:
    for value in values:
        call(value)


def _verify_alone(parsed: Sequence[Envelope], key: PublicKey) -> None:
    for envelope in parsed:
        key.verify(envelope.signature, envelope.signing_input)


def _digests(payloads: Sequence[bytes]) -> None:
    for payload in payloads:
        content_sha256(orjson.loads(payload))
