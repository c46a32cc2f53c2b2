from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.problems import Refusal
from filiere_schemas.provenance import multibase
from filiere_schemas.provenance.credential import InvalidCredential, sign_credential, verify_credential
from filiere_schemas.provenance.keys import Algorithm, BadSignature, InvalidKey, SigningKey

KEY, OTHER = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2))
SUBJECT = {"id": "https://id.gs1.org/01/03012345000003/10/L1", "urn:filiere:ns:objects": 12}


def a_credential(key: SigningKey = KEY) -> dict[str, Any]:
    return sign_credential(
        types=("urn:filiere:ns:LotHistorySummary",),
        subject=SUBJECT,
        issuer_name="Filière d'essai",
        issued="2026-03-04T05:06:07Z",
        key=key,
    )


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(place for key, item in value.items() for place in places(item, (*path, key)))]
    if isinstance(value, list):
        return [path, *(place for key, item in enumerate(value) for place in places(item, (*path, key)))]
    return [path]


@given(st.binary(max_size=70))
def test_base58_comes_back(value: bytes) -> None:
    assert multibase.decode(multibase.encode(value)) == value


@given(st.text(alphabet="z123456789ABCabc0OIl", max_size=60))
def test_a_value_has_one_text(text: str) -> None:
    try:
        value = multibase.decode(text)
    except ValueError:
        return
    assert multibase.encode(value) == text


def test_base58_equals_the_drafts_vectors() -> None:
    # draft-msporny-base58-03, section 5.
    assert multibase.encode(b"Hello World!") == "z2NEpo7TZRRrLZSi2U"
    assert multibase.encode(bytes.fromhex("0000287fb4cd")) == "z11233QC4"


def test_a_did_names_its_key() -> None:
    did = multibase.did_key(KEY.public)
    assert did.startswith("did:key:z6Mk")
    assert multibase.read_did_key(did) == KEY.public


@pytest.mark.parametrize("did", ["", "did:web:example.org", "did:key:", "did:key:z", "did:key:z6Mk", "did:key:zDnae"])
def test_another_did_is_refused(did: str) -> None:
    with pytest.raises(InvalidKey):
        multibase.read_did_key(did)


def test_an_es256_key_has_no_did_here() -> None:
    with pytest.raises(TypeError):
        multibase.did_key(SigningKey.generate(Algorithm.ES256).public)


def test_a_credential_gives_its_subject_to_who_trusts_the_key() -> None:
    assert verify_credential(a_credential(), KEY.public) == SUBJECT
    assert a_credential() == a_credential()


def test_who_trusts_another_key_gets_nothing() -> None:
    with pytest.raises(InvalidCredential) as refused:
        verify_credential(a_credential(), OTHER.public)
    assert refused.value.problems[0].code == "credential-issuer"


def test_a_credential_that_names_our_key_and_is_signed_by_another_is_refused() -> None:
    ours, forged = a_credential(), a_credential(OTHER)
    ours["proof"]["proofValue"] = forged["proof"]["proofValue"]
    with pytest.raises(BadSignature):
        verify_credential(ours, KEY.public)


@pytest.mark.parametrize("place", places(a_credential())[1:], ids=str)
@pytest.mark.parametrize("change", ["remove", "replace"])
def test_any_member_that_is_changed_fails(place: tuple[Any, ...], change: str) -> None:
    document = deepcopy(a_credential())
    holder: Any = document
    for step in place[:-1]:
        holder = holder[step]
    if change == "remove":
        del holder[place[-1]]
    else:
        holder[place[-1]] = "another"
    with pytest.raises(Refusal):
        verify_credential(document, KEY.public)


@pytest.mark.parametrize("member", ["credentialStatus", "termsOfUse"])
def test_nothing_can_be_added(member: str) -> None:
    with pytest.raises(BadSignature):
        verify_credential({**a_credential(), member: {"id": "https://example.org"}}, KEY.public)
