"""Sealed fields are RFC 9901's: a library written elsewhere reads ours, and we read what it seals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builders.envelopes import KEY, an_envelope
from builders.events import an_object_event
from filiere_schemas.provenance import base64url
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.disclosures import seal, unseal

SCRIPT = Path(__file__).with_name("sealed.mjs")
EVENT = an_object_event(bizTransactionList=[{"type": "po", "bizTransaction": "urn:po:Größe-7"}])
POINTERS = ("/quantityList/0/quantity", "/quantityList/0/uom", "/bizTransactionList", "/ilmd", "/ilmd/dairy:farm")

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(node) -> Ask:
    def run(**question: Any) -> dict[str, Any]:
        done = node(SCRIPT, input=json.dumps(question).encode())
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return run


def sealed() -> str:
    payload, disclosures = seal(EVENT, POINTERS)
    return an_envelope(canonicalize(payload), disclosures=disclosures).decode()


def test_another_library_verifies_our_envelope_and_reads_every_disclosure(ask: Ask) -> None:
    assert ask(read=sealed(), jwk=KEY.public.jwk) == {"answer": EVENT}


def test_another_library_verifies_it_with_everything_withheld(ask: Ask) -> None:
    compact = sealed().partition("~")[0]
    found = ask(read=f"{compact}~", jwk=KEY.public.jwk)["answer"]
    assert found["quantityList"] == [{"epcClass": EVENT["quantityList"][0]["epcClass"]}]
    assert {"ilmd", "bizTransactionList"}.isdisjoint(found)


@pytest.mark.parametrize("at", range(2))
def test_another_library_refuses_what_we_refuse(ask: Ask, at: int) -> None:
    """A flipped character of the payload, and the signature of another key."""
    text = sealed()
    if at == 0:
        middle = text.index(".") + 20
        text = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
    jwk = KEY.public.jwk if at == 0 else KEY.generate().public.jwk
    assert "refused" in ask(read=text, jwk=jwk)


def test_we_read_what_another_library_seals(ask: Ask) -> None:
    frame = {"_sd": ["ilmd", "bizTransactionList"], "quantityList": {"0": {"_sd": ["quantity", "uom"]}}}
    written = ask(write=EVENT, frame=frame)["answer"]
    compact, *disclosures, last = written.encode().split(b"~")
    assert last == b""
    payload = json.loads(base64url.decode(compact.split(b".")[1]))
    opened = unseal(payload, disclosures)
    assert opened.value == EVENT
    assert {each.pointer for each in opened.disclosed} == {
        "/ilmd",
        "/bizTransactionList",
        "/quantityList/0/quantity",
        "/quantityList/0/uom",
    }
    assert "ilmd" not in unseal(payload, ()).value
