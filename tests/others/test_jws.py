"""npm's jose verifies every event of a bundle, by Ed25519 and by ES256, and none that was changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from builders.bundles import DAIRY, SHOP, TRUST, SmallLog, a_key
from filiere_schemas.provenance.bundle import read_bundle, write_bundle
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.keys import Algorithm, SigningKey
from filiere_schemas.provenance.verify import verify_bundle

SCRIPT = Path(__file__).with_name("jws.mjs")


def a_bundle() -> bytes:
    """Events of two members, one with a software key and one with a key as hardware has it."""
    log, dairy, shop = SmallLog(), a_key("dairy"), SigningKey.generate(Algorithm.ES256)
    log.register(DAIRY, dairy)
    log.register(SHOP, shop)
    for number in range(6):
        uri, key = (DAIRY, dairy) if number % 2 else (SHOP, shop)
        log.send(uri, key, sealed=("/quantityList/0/quantity",) if number > 3 else ())
    return write_bundle(log.bundle())


def questions(raw: bytes) -> list[dict[str, Any]]:
    """Each event's JWS, with the key that the log's own entries give for it."""
    keys = verify_bundle(raw, TRUST).keys.lives
    asked = []
    for entry in read_bundle(raw).of_kind(EntryKind.EVENT):
        envelope = parse_envelope(entry.body or b"")
        public = keys[envelope.header.kid].public
        asked.append({"jws": envelope.compact.decode(), "jwk": public.jwk, "alg": public.alg.value})
    return asked


def test_jose_verifies_every_event_of_a_bundle(node) -> None:
    asked = questions(a_bundle())
    assert {each["alg"] for each in asked} == {"Ed25519", "ES256"}
    done = node(SCRIPT, input=json.dumps(asked).encode())
    assert done.stdout.decode().split() == ["holds"] * 6, done.stderr.decode()


def test_jose_verifies_none_that_was_changed(node) -> None:
    asked = questions(a_bundle())
    for each in asked:
        header, payload, signature = each["jws"].split(".")
        each["jws"] = ".".join((header, payload[:-1] + ("A" if payload[-1] != "A" else "Q"), signature))
    done = node(SCRIPT, input=json.dumps(asked).encode())
    assert done.stdout.decode().split() == ["fails"] * 6, done.stderr.decode()
