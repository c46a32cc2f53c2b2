from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.envelopes import b64
from filiere_schemas.provenance.disclosures import InvalidDisclosure, may_be_sealed, seal, unseal

SALT = "c2FsdHNhbHRzYWx0c2FsdA"  # 16 bytes
EVENT: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "TransformationEvent",
    "eventID": "urn:uuid:2f1a7ec4-6dd1-4bc6-a1a4-0d6e2e6a4f0b",
    "eventTime": "2026-03-01T08:30:00Z",
    "eventTimeZoneOffset": "+01:00",
    "inputQuantityList": [{"epcClass": "urn:filiere:lot:a", "quantity": 12.5, "uom": "KGM"}],
    "outputQuantityList": [{"epcClass": "urn:filiere:lot:b", "quantity": 11, "uom": "KGM"}],
    "bizStep": "commissioning",
    "readPoint": {"id": "urn:epc:id:sgln:952132.100001.0"},
    "sourceList": [{"type": "owning_party", "source": "urn:filiere:party:siret:73282932000074"}],
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:po:1"}],
    "ilmd": {"ex:recipe": {"ex:salt": 3, "ex:rennet": {"ex:origin": "FR"}}, "ex:bestBefore": "2026-09-01"},
    "ex:note/with~signs": "text",
}
SEALABLE = [
    *("/bizStep", "/readPoint", "/readPoint/id", "/bizTransactionList", "/bizTransactionList/0/bizTransaction"),
    *("/ilmd", "/ilmd/ex:recipe", "/ilmd/ex:recipe/ex:rennet", "/ilmd/ex:recipe/ex:rennet/ex:origin"),
    *("/inputQuantityList/0/quantity", "/outputQuantityList/0/uom", "/ex:note~1with~0signs"),
]
ALWAYS_READABLE = [
    *("/@context", "/type", "/action", "/eventTime", "/eventTimeZoneOffset", "/eventID", "/errorDeclaration"),
    *("/epcList", "/quantityList", "/parentID", "/childEPCs", "/childQuantityList", "/inputEPCList"),
    *("/inputQuantityList", "/outputEPCList", "/outputQuantityList", "/transformationID"),
    *("/sourceList", "/destinationList", "/filiere:eventTimePrecision", "/filiere:sharing"),
]


def a_disclosure(*parts: object) -> bytes:
    """A disclosure written with other white space than ours."""
    return b64(json.dumps(parts).encode())


def digest(disclosure: bytes) -> str:
    return b64(hashlib.sha256(disclosure).digest()).decode()


def a_payload(*disclosures: bytes, **members: Any) -> dict[str, Any]:
    return {"type": "ObjectEvent", **members, "_sd": [digest(d) for d in disclosures], "_sd_alg": "sha-256"}


def refusal_of(payload: dict[str, Any], *disclosures: bytes) -> tuple[str, str]:
    with pytest.raises(InvalidDisclosure) as caught:
        unseal(payload, disclosures)
    (problem,) = caught.value.problems
    assert problem.message("fr") != problem.message("en")
    return problem.code, problem.pointer


@given(st.sets(st.sampled_from(SEALABLE), min_size=1), st.randoms(use_true_random=False))
def test_what_is_sealed_and_disclosed_is_the_event_again_in_any_order(pointers: set[str], random: Any) -> None:
    payload, disclosures = seal(EVENT, pointers)
    before = deepcopy(payload)
    shuffled = random.sample(disclosures, len(disclosures))
    opened = unseal(payload, shuffled)
    assert opened.value == EVENT
    assert {found.pointer for found in opened.disclosed} == pointers
    assert opened.withheld == ()
    assert payload == before, "unsealing changed the payload"


@given(st.sets(st.sampled_from(SEALABLE), min_size=1))
def test_a_withheld_member_leaves_no_trace_but_its_digest(pointers: set[str]) -> None:
    payload, disclosures = seal(EVENT, pointers)
    opened = unseal(payload, ())
    text = json.dumps(payload)
    for pointer in pointers:
        name = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
        if name.startswith("ex:") or name == "bizStep":
            assert json.dumps(name) not in text
    assert "_sd" not in json.dumps(opened.value)
    assert 0 < len(opened.withheld) <= len(disclosures)
    assert all(found.digest in {hashlib.sha256(d).digest() for d in disclosures} for found in opened.withheld)


@given(st.sets(st.sampled_from(SEALABLE), min_size=1), st.data())
def test_any_part_may_be_withheld_and_the_rest_is_read(pointers: set[str], data: st.DataObject) -> None:
    payload, disclosures = seal(EVENT, pointers)
    kept = data.draw(st.sets(st.sampled_from(range(len(disclosures)))))
    try:
        opened = unseal(payload, [disclosures[at] for at in kept])
    except InvalidDisclosure as refusal:
        # A member inside a withheld one has no place to stand.
        assert [p.code for p in refusal.problems] == ["unreferenced-disclosure"]  # noqa: PT017 - the other outcome
        assert len(pointers) > 1
        return
    assert len(opened.disclosed) == len(kept)
    assert {found.pointer for found in opened.disclosed} <= pointers


def test_sealing_is_random_unless_salts_are_given() -> None:
    assert seal(EVENT, ["/bizStep"]) != seal(EVENT, ["/bizStep"])
    again = [seal(EVENT, SEALABLE, salts=(bytes([n]) * 16 for n in range(20))) for _ in range(2)]
    assert again[0] == again[1]
    with pytest.raises(ValueError, match="16 bytes"):
        seal(EVENT, ["/bizStep"], salts=[bytes(15)])


def test_digests_are_sorted_so_that_their_order_tells_nothing() -> None:
    payload, _ = seal(EVENT, ["/bizStep", "/readPoint", "/ilmd", "/bizTransactionList"])
    assert payload["_sd"] == sorted(payload["_sd"])
    assert len(payload["_sd"]) == 4


def test_the_event_given_is_left_as_it_was() -> None:
    event = deepcopy(EVENT)
    seal(event, SEALABLE)
    assert event == EVENT


def test_a_disclosure_made_elsewhere_is_read() -> None:
    # RFC 9901, section 4.2.1 and 4.2.3: a disclosure with white space, and its digest.
    disclosure = b"WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    assert digest(disclosure) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    assert unseal(a_payload(disclosure), [disclosure]).value == {"type": "ObjectEvent", "family_name": "Möbius"}


def test_a_payload_without_seals_is_returned_as_it_is() -> None:
    assert unseal(EVENT, ()).value is EVENT


def test_decoys_are_withheld_members_like_others() -> None:
    opened = unseal(a_payload(b"nothing", b"nothing else"), ())
    assert [found.pointer for found in opened.withheld] == ["", ""]


@pytest.mark.parametrize("pointer", ALWAYS_READABLE)
def test_what_a_trace_rests_on_is_never_sealed(pointer: str) -> None:
    assert not may_be_sealed(pointer)
    event = EVENT | {pointer[1:]: "anything"}
    with pytest.raises(InvalidDisclosure) as caught:
        seal(event, [pointer])
    assert caught.value.problems[0].code == "sealed-field-not-allowed"
    disclosure = a_disclosure(SALT, pointer[1:], "anything")
    payload = {"_sd": [digest(disclosure)], "_sd_alg": "sha-256"}
    assert refusal_of(payload, disclosure) == ("sealed-field-not-allowed", pointer)


@pytest.mark.parametrize(
    ("pointer", "allowed"),
    [
        ("", False),
        ("/quantityList/0/quantity", True),
        ("/quantityList/0/uom", True),
        ("/quantityList/0/epcClass", False),
        ("/quantityList/0", False),
        ("/quantityList/0/quantity/deep", False),
        ("/sourceList/0/source", False),
        ("/errorDeclaration/reason", False),
        ("/ilmd/type", True),
        ("/ilmd/epcList", True),
    ],
)
def test_within_what_is_readable_only_amounts_are_sealed(pointer: str, allowed: bool) -> None:  # noqa: FBT001 - a table
    assert may_be_sealed(pointer) is allowed


def test_an_identifier_is_not_sealed_inside_its_element_either() -> None:
    disclosure = a_disclosure(SALT, "epcClass", "urn:x")
    payload = {"quantityList": [{"quantity": 1, "_sd": [digest(disclosure)]}], "_sd_alg": "sha-256"}
    assert refusal_of(payload, disclosure) == ("sealed-field-not-allowed", "/quantityList/0/epcClass")


def test_nothing_is_withheld_where_nothing_may_be_sealed() -> None:
    payload = {"sourceList": [{"_sd": [digest(b"x")]}], "_sd_alg": "sha-256"}
    assert refusal_of(payload) == ("sealed-field-not-allowed", "/sourceList/0/_sd")


def test_a_disclosure_without_its_digest_is_refused() -> None:
    known, stray = a_disclosure(SALT, "a", 1), a_disclosure(SALT, "b", 2)
    assert refusal_of(a_payload(known), known, stray) == ("unreferenced-disclosure", "/disclosures/1")
    assert refusal_of({"type": "ObjectEvent", "_sd_alg": "sha-256"}, stray)[0] == "unreferenced-disclosure"
    assert refusal_of({"type": "ObjectEvent"}, stray)[0] == "unknown-sd-alg"


def test_a_digest_stands_once() -> None:
    disclosure = a_disclosure(SALT, "a", 1)
    twice = a_payload(disclosure, disclosure)
    assert refusal_of(twice, disclosure) == ("duplicate-digest", "/_sd")
    assert refusal_of(twice) == ("duplicate-digest", "/_sd")
    elsewhere = a_payload(disclosure, ilmd={"_sd": [digest(disclosure)]})
    assert refusal_of(elsewhere, disclosure)[0] == "duplicate-digest"
    assert refusal_of(a_payload(disclosure), disclosure, disclosure) == ("duplicate-digest", "/disclosures/1")


def test_a_member_is_not_both_readable_and_sealed() -> None:
    disclosure = a_disclosure(SALT, "bizStep", "shipping")
    assert refusal_of(a_payload(disclosure, bizStep="receiving"), disclosure) == ("sealed-member-exists", "/bizStep")
    other = a_disclosure(SALT, "bizStep", "receiving")
    assert refusal_of(a_payload(disclosure, other), disclosure, other) == ("sealed-member-exists", "/bizStep")


@pytest.mark.parametrize(
    "disclosure",
    [
        b"%%%",
        a_disclosure(SALT, "a"),
        a_disclosure(SALT, "a", 1, 2),
        a_disclosure("short", "a", 1),
        a_disclosure(7, "a", 1),
        a_disclosure(SALT, 7, 1),
        a_disclosure(SALT, "_sd", []),
        a_disclosure(SALT, "_sd_alg", "md5"),
        a_disclosure(SALT, "...", "x"),
        a_disclosure(SALT, "a", 1) + b"=",
        b64(b'{"salt":"x"}'),
    ],
)
def test_a_malformed_disclosure_is_refused(disclosure: bytes) -> None:
    assert refusal_of(a_payload(disclosure), disclosure) == ("disclosure-malformed", "/disclosures/0")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'["%s","a",{"b":1,"b":2}]', "duplicate-key"),
        (b'["%s","a",NaN]', "not-a-number"),
        (b'["%s","a",9007199254740992]', "integer-too-large"),
        (b'["%s","a","\\ud800"]', "lone-surrogate"),
        (b'["%s","a",' + b"[" * 70 + b"]" * 70 + b"]", "nested-too-deep"),
    ],
)
def test_a_disclosure_is_read_as_strictly_as_an_event(raw: bytes, code: str) -> None:
    disclosure = b64(raw.replace(b"%s", SALT.encode()))
    found, pointer = refusal_of(a_payload(disclosure), disclosure)
    assert found == code
    assert pointer.startswith("/disclosures/0/")


def test_disclosures_do_not_nest_without_end() -> None:
    inner = a_disclosure(SALT, "a", 1)
    disclosures = [inner]
    for _ in range(100):
        disclosures.append(a_disclosure(SALT, "a", {"_sd": [digest(disclosures[-1])]}))
    assert refusal_of(a_payload(disclosures[-1]), *disclosures)[0] == "nested-too-deep"


@pytest.mark.parametrize("digests", [[], "x", {}, [1], ["AAAA"], ["é"], None, [digest(b"x") + "="]], ids=repr)
def test_malformed_digests_are_refused(digests: Any) -> None:
    assert refusal_of({"_sd": digests, "_sd_alg": "sha-256"}) == ("digests-malformed", "/_sd")


@pytest.mark.parametrize("alg", ["sha-512", "md5", "SHA-256", 1, None])
def test_only_sha_256_seals(alg: Any) -> None:
    disclosure = a_disclosure(SALT, "a", 1)
    payload = a_payload(disclosure) | {"_sd_alg": alg}
    assert refusal_of(payload, disclosure) == ("unknown-sd-alg", "/_sd_alg")


def test_seals_without_their_algorithm_are_refused_wherever_they_are() -> None:
    assert refusal_of({"ilmd": {"a": [{"_sd": [digest(b"x")]}]}})[0] == "unknown-sd-alg"


def test_list_elements_are_not_sealed() -> None:
    payload = {"bizTransactionList": [{"...": digest(b"x")}], "_sd_alg": "sha-256"}
    assert refusal_of(payload) == ("sealed-list-element", "/bizTransactionList/0")


def test_the_algorithm_is_named_once_at_the_top() -> None:
    payload = {"ilmd": {"_sd_alg": "sha-256"}, "_sd_alg": "sha-256"}
    assert refusal_of(payload) == ("reserved-member", "/ilmd/_sd_alg")


@pytest.mark.parametrize("payload", [[1], "text", 3, None], ids=repr)
def test_only_an_object_has_members_to_seal(payload: Any) -> None:
    assert refusal_of(payload)[0] == "payload-not-object"


@pytest.mark.parametrize("pointer", ["/absent", "/ilmd/absent", "/bizTransactionList/0", "/bizTransactionList/7/type"])
def test_only_members_that_exist_are_sealed(pointer: str) -> None:
    with pytest.raises(InvalidDisclosure) as caught:
        seal(EVENT, [pointer])
    assert [(p.code, p.pointer) for p in caught.value.problems] == [("nothing-to-seal", pointer)]


@pytest.mark.parametrize("name", ["_sd", "_sd_alg", "..."])
def test_an_event_that_uses_a_reserved_name_is_not_sealed(name: str) -> None:
    with pytest.raises(InvalidDisclosure) as caught:
        seal({"ilmd": {name: 1}, "bizStep": "shipping"}, ["/bizStep"])
    assert caught.value.problems[0].code == "reserved-member"
