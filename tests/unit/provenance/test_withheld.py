"""What a reader learns of a sealed field that he is not shown: that it is there, in which object, and no more."""

from __future__ import annotations

import base64
import hashlib
import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.envelopes import ISSUER, KEY, ORIGIN, an_envelope, b64
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.disclosures import WithheldFields, seal, unseal, withheld_digests, withheld_fields
from filiere_schemas.provenance.envelope import parse_envelope, verify_envelope
from filiere_schemas.provenance.known_amounts import known_amounts
from filiere_schemas.provenance.strict_json import strict_loads

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "quantityList": [
        {"epcClass": "urn:filiere:lot:a", "quantity": 500, "uom": "KGM"},
        {"epcClass": "urn:filiere:lot:b", "quantity": 7},
    ],
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:po:1"}],
    "ilmd": {"ex:price": "1.20", "ex:supplierReference": "F-77"},
}
SEALABLE = (
    "/quantityList/0/quantity",
    "/quantityList/0/uom",
    "/bizTransactionList",
    "/ilmd/ex:price",
    "/ilmd/ex:supplierReference",
)
SALTS = [bytes([n]) * 16 for n in range(1, 6)]


@given(st.sets(st.sampled_from(SEALABLE)), st.data())
def test_any_subset_of_disclosures_leaves_signature_and_digest_whole(sealed: set[str], data: st.DataObject) -> None:
    payload, disclosures = seal(EVENT, sealed)
    shown = data.draw(st.lists(st.sampled_from(disclosures), unique=True) if disclosures else st.just([]))
    whole = parse_envelope(an_envelope(canonicalize(payload), disclosures=disclosures))
    partial = parse_envelope(whole.compact + b"~" + b"".join(each + b"~" for each in shown))
    verify_envelope(partial, KEY.public, issuer=ISSUER, audience=ORIGIN)
    assert partial.sha256 == whole.sha256
    opened = unseal(strict_loads(partial.payload), partial.disclosures)
    assert len(opened.disclosed) == len(shown)
    assert sum(found.fields for found in withheld_fields(opened.withheld)) == len(disclosures) - len(shown)


def test_a_reader_is_told_how_many_fields_of_which_object_and_never_their_names() -> None:
    payload, disclosures = seal(EVENT, SEALABLE)
    found = withheld_fields(unseal(payload, ()).withheld)
    assert found == (
        WithheldFields("", 1, 0),
        WithheldFields("/ilmd", 2, 0),
        WithheldFields("/quantityList/0", 2, 0),
    )
    told = repr(found)
    assert not any(name in told for name in ("price", "supplierReference", "uom", "bizTransactionList"))
    assert len(withheld_digests(payload, ())) == len(disclosures)


def test_what_was_erased_is_told_apart_from_what_is_kept_from_this_reader() -> None:
    payload, disclosures = seal(EVENT, ["/ilmd/ex:price", "/ilmd/ex:supplierReference"])
    gone = {hashlib.sha256(disclosures[0]).digest()}
    assert withheld_fields(unseal(payload, ()).withheld, erased=gone) == (WithheldFields("/ilmd", 2, 1),)
    assert withheld_digests(payload, disclosures[1:]) == tuple(gone)


@given(st.permutations(SEALABLE), st.permutations(SALTS))
def test_nobody_can_tell_which_digest_stands_for_which_member(order: list[str], salts: list[bytes]) -> None:
    """Digests stand in their own order, which says nothing of names nor of who was sealed first."""
    payload, disclosures = seal(EVENT, order, salts=salts)
    for holder in (payload, payload["ilmd"], payload["quantityList"][0]):
        assert holder["_sd"] == sorted(holder["_sd"])
        assert {len(digest) for digest in holder["_sd"]} == {43}
    text = json.dumps(payload)
    assert not any(word in text for word in ("price", "F-77", "1.20", "500", "KGM", "urn:po:1"))
    assert len({hashlib.sha256(each).digest() for each in disclosures}) == len(SEALABLE)


def test_a_value_is_not_guessed_from_its_digest_without_the_salt() -> None:
    """Whoever tries every quantity up to ten thousand, with every salt that a lazy signer would use, finds nothing."""
    payload, (disclosure,) = seal(EVENT, ["/quantityList/0/quantity"])
    wanted = set(withheld_digests(payload, ()))
    lazy = ("", "A" * 22, "c2FsdA", "0" * 22)
    guesses = (
        hashlib.sha256(_disclosure(salt, "quantity", value)).digest() for salt, value in product(lazy, range(10_000))
    )
    assert wanted.isdisjoint(guesses)
    salt = json.loads(_decoded(disclosure))[0]
    assert hashlib.sha256(_disclosure(salt, "quantity", 500)).digest() in wanted, "the guesser is able to guess"


def test_the_same_value_sealed_twice_is_not_recognised() -> None:
    first, second = (seal(EVENT, ["/ilmd/ex:price"])[0]["ilmd"]["_sd"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("sealed", "shown", "expected"),
    [
        (("quantity", "uom"), (), {}),
        (("quantity",), (), {}),
        (("uom",), (), {}),
        (("quantity", "uom"), ("quantity",), {}),
        (("quantity", "uom"), ("uom",), {}),
        (("quantity", "uom"), ("quantity", "uom"), {"quantity": 500, "uom": "KGM"}),
    ],
)
def test_half_an_amount_is_no_amount(sealed: tuple[str, ...], shown: tuple[str, ...], expected: dict[str, Any]) -> None:
    payload, disclosures = seal(EVENT, [f"/quantityList/0/{name}" for name in sealed])
    named = {json.loads(_decoded(each))[1]: each for each in disclosures}
    read = known_amounts(unseal(payload, [named[name] for name in shown]))
    assert read["quantityList"][0] == {"epcClass": "urn:filiere:lot:a", **expected}
    assert read["quantityList"][1] == EVENT["quantityList"][1], "an amount that nobody sealed is known"


def test_an_amount_beside_a_decoy_is_known() -> None:
    payload, _ = seal(EVENT, ["/ilmd/ex:price"])
    payload["quantityList"][0]["_sd"] = ["A" * 43]
    assert known_amounts(unseal(payload, ()))["quantityList"][0] == EVENT["quantityList"][0]


def _disclosure(salt: str, name: str, value: object) -> bytes:
    return b64(canonicalize([salt, name, value]))


def _decoded(disclosure: bytes) -> bytes:
    return base64.urlsafe_b64decode(disclosure + b"=" * (-len(disclosure) % 4))
