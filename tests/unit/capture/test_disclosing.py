"""An owner's later disclosure is decided by the rules of admission, whatever order it comes in."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.envelopes import an_envelope
from builders.events import an_object_event
from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.disclosing import hand_over, require_owner
from filiere_platform.domain.stored_event import StoredEvent
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.disclosures import seal, unseal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.sectors.sealable import NOTHING, Sealable

OWNER = 7
SEALABLE = Sealable.from_json(
    [{"pointers": ["/quantityList/*/quantity", "/quantityList/*/uom", "/ilmd", "/ilmd/*"], "fr": "x", "en": "y"}]
)
EVENT = an_object_event(ilmd={"dairy:a": 1, "dairy:b": {"dairy:c": 2}})
POINTERS = ["/quantityList/0/quantity", "/quantityList/0/uom", "/ilmd/dairy:a", "/ilmd/dairy:b"]
PAYLOAD, DISCLOSURES = seal(EVENT, POINTERS)


def a_record(disclosures: bytes | None = None, **changes: Any) -> StoredEvent:
    fields: dict[str, Any] = {
        "log_index": 3,
        "kind": EntryKind.EVENT,
        "sha256": bytes(32),
        "stored_at": 0,
        "member_id": OWNER,
        "member_uri": "urn:x",
        "event_id": "urn:x:1",
        "body": an_envelope(canonicalize(PAYLOAD)),
        "disclosures": disclosures,
        "declares_error": False,
        "earliest": 0,
        "latest": 0,
    }
    return StoredEvent(**(fields | changes))


def give(record: StoredEvent, *given: bytes, **changes: Any) -> Any:
    return hand_over(record, given, **({"sealable": SEALABLE} | changes))


def code_of(record: StoredEvent, *given: bytes, **changes: Any) -> str:
    with pytest.raises(Refusal) as caught:
        give(record, *given, **changes)
    return caught.value.problems[0].code


@given(st.lists(st.lists(st.sampled_from(DISCLOSURES), min_size=1, unique=True), min_size=1, max_size=6))
def test_any_order_of_handing_over_ends_with_what_was_given(parcels: list[list[bytes]]) -> None:
    kept: bytes | None = None
    for parcel in parcels:
        decided = give(a_record(kept), *parcel)
        assert decided.added + decided.known == len(parcel)
        assert (decided.disclosures is None) is (decided.added == 0)
        kept = decided.disclosures or kept
    given_at_all = {each for parcel in parcels for each in parcel}
    assert set((kept or b"").split(b"~")) == given_at_all
    opened = unseal(strict_loads(canonicalize(PAYLOAD)), tuple((kept or b"").split(b"~")))
    assert sum(each.fields for each in decided.withheld) == len(opened.withheld) == len(POINTERS) - len(given_at_all)


def test_what_lies_inside_a_sealed_field_needs_the_outer_one_first() -> None:
    payload, disclosures = seal(EVENT, ["/ilmd", "/ilmd/dairy:a"])
    inner, outer = disclosures
    record = a_record(body=an_envelope(canonicalize(payload)))
    assert code_of(record, inner) == "unreferenced-disclosure"
    assert give(record, outer).added == 1
    assert give(a_record(outer, body=record.body), inner).withheld == ()
    assert give(record, inner, outer).withheld == ()


def test_only_the_owner_gives_and_only_what_the_profile_allows() -> None:
    require_owner(a_record(), OWNER)
    with pytest.raises(Forbidden):
        require_owner(a_record(), OWNER + 1)
    assert code_of(a_record()) == "no-disclosures"
    assert code_of(a_record(), *DISCLOSURES, sealable=NOTHING) == "sealed-field-not-in-profile"


def test_what_was_erased_does_not_come_back() -> None:
    gone = hashlib.sha256(DISCLOSURES[1]).digest()
    assert code_of(a_record(), *DISCLOSURES, erased={gone}) == "disclosure-erased"
    assert give(a_record(), DISCLOSURES[0], erased={gone}).added == 1


def test_a_field_with_which_the_event_is_none_any_more_is_refused() -> None:
    payload, disclosures = seal({**EVENT, "quantityList": [{"epcClass": "urn:x:a", "quantity": "much"}]}, POINTERS[:1])
    assert code_of(a_record(body=an_envelope(canonicalize(payload))), *disclosures) != ""


def test_no_disclosure_names_the_bytes_in_which_an_event_came() -> None:
    event = {**EVENT, "@context": [*EVENT["@context"], {"ilmd": "filiere:source"}]}
    payload, disclosures = seal(event, ["/ilmd"])
    assert code_of(a_record(body=an_envelope(canonicalize(payload))), *disclosures) == "source-reserved"


def test_an_attested_record_has_nothing_to_disclose() -> None:
    plain = a_record(body=an_envelope(canonicalize(EVENT)))
    assert code_of(plain, *DISCLOSURES) in {"unknown-sd-alg", "unreferenced-disclosure"}
