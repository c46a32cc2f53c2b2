"""A key is enrolled once, by whoever holds the token and the key, for this member and this log; nothing else is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from builders.events import an_object_event
from builders.instance import Instance, Sender, seeded_key
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.members import create_enrolment_token, set_status
from filiere_schemas.provenance.keys import Algorithm, SigningKey
from filiere_schemas.provenance.statements import sign_enrolment_proof

STRANGER = "urn:filiere:party:duns:999999999"
FRESH = (f"fresh key {n}" for n in range(1_000))


@pytest.fixture(scope="module")
def member(shared: Instance) -> Sender:
    return shared.admit("Enroller")


def a_token(instance: Instance, uri: str, **changes: Any) -> str:
    with instance.platform.database.unit_of_work() as uow:
        return create_enrolment_token(uow, uri=uri, now=instance.platform.clock(), **changes)


def prove(sender: Sender, key: SigningKey, token: str, **changes: str) -> str:
    arguments = {"issuer": sender.uri, "origin": sender.origin} | changes
    return sign_enrolment_proof(key=key, token_sha256=hashlib.sha256(token.encode()).digest(), **arguments).decode()


def enrol(sender: Sender, token: str, proof: str) -> httpx.Response:
    return sender.client.post("/api/v1/keys", json={"token": token, "proof": proof})


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ES256])
def test_a_key_of_either_kind_is_enrolled_and_signs_at_once(
    shared: Instance, member: Sender, algorithm: Algorithm
) -> None:
    key, token = SigningKey.generate(algorithm), a_token(shared, member.uri)
    size = shared.log_size()
    response = enrol(member, token, prove(member, key, token))
    assert response.status_code == 201
    answer = response.json()
    assert (answer["kid"], answer["member"], answer["index"]) == (key.public.thumbprint, member.uri, size)
    sender = Sender(uri=member.uri, token=member.token, key=key, client=member.client)
    assert sender.send(sender.sign(an_object_event(eventID=f"urn:uuid:{algorithm}"))).status_code == 200
    (entry,) = member.client.get(f"/log/keys/{answer['kid']}").json()["keys"]
    assert (entry["index"], entry["sha256"], entry["iss"]) == (size, answer["sha256"], member.uri)


Forgery = Callable[[Instance, Sender, SigningKey, str], str]
FORGERIES: list[tuple[str, Forgery, int, str]] = [
    ("for another member", lambda _, m, k, t: prove(m, k, t, issuer=STRANGER), 403, "issuer-mismatch"),
    ("for another log", lambda _, m, k, t: prove(m, k, t, origin="log.other.example/x"), 403, "wrong-audience"),
    ("over another token", lambda _, m, k, t: prove(m, k, t + "x"), 400, "wrong-token"),
    ("tampered", lambda _, m, k, t: prove(m, k, t)[:-8] + "AAAAAAAA", 401, "bad-signature"),
    ("an event instead", lambda _, m, __, ___: m.sign(an_object_event()).decode(), 400, "wrong-typ"),
    ("nothing", lambda *_: "", 400, "not-a-jws"),
    ("not even ASCII", lambda *_: "é.é.é", 400, "bad-base64url"),
    ("a registered key", lambda _, m, __, t: prove(m, m.key, t), 409, "key-already-registered"),
]  # fmt: skip


@pytest.mark.parametrize(("forge", "status", "code"), [pytest.param(*f[1:], id=f[0]) for f in FORGERIES])
def test_a_proof_that_does_not_hold_enrols_nothing_and_leaves_the_token_valid(
    shared: Instance, member: Sender, forge: Forgery, status: int, code: str
) -> None:
    key, token = seeded_key(next(FRESH)), a_token(shared, member.uri)
    size = shared.log_size()
    response = enrol(member, token, forge(shared, member, key, token))
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["errors"][0]["fr"] != response.json()["errors"][0]["en"]
    assert shared.log_size() == size
    # A mistake costs no token: what was taken was given back with everything else of the request.
    assert enrol(member, token, prove(member, key, token)).status_code == 201


def test_an_enrolment_that_is_sent_again_gets_the_same_answer(shared: Instance, member: Sender) -> None:
    """A connector that lost the answer, or crashed before it wrote it down, must not need another token."""
    key, token = seeded_key(next(FRESH)), a_token(shared, member.uri)
    proof = prove(member, key, token)
    first = enrol(member, token, proof)
    size = shared.log_size()
    again = enrol(member, token, proof)
    assert (again.status_code, again.json()) == (201, first.json())
    assert enrol(member, token + "x", proof).status_code == 401
    assert shared.log_size() == size


def test_an_enrolment_proof_is_worth_nothing_for_another_member(shared: Instance, member: Sender) -> None:
    """Proofs become public with the log: another member's token does not make one its own."""
    key, token = seeded_key(next(FRESH)), a_token(shared, member.uri)
    proof = prove(member, key, token)
    assert enrol(member, token, proof).status_code == 201
    other = shared.admit("Another enroller")
    answer = enrol(other, a_token(shared, other.uri), proof)
    assert (answer.status_code, answer.json()["code"]) == (403, "issuer-mismatch")
    again = enrol(other, a_token(shared, member.uri), proof)
    assert (again.status_code, again.json()["code"]) == (400, "wrong-token")


def test_a_key_has_the_label_that_its_connector_gives(shared: Instance, member: Sender) -> None:
    key, token = seeded_key(next(FRESH)), a_token(shared, member.uri)
    body = {"token": token, "proof": prove(member, key, token), "label": "Atelier n° 2"}
    assert member.client.post("/api/v1/keys", json=body).status_code == 201
    with shared.platform.database.unit_of_work() as uow:
        found = uow.keys.by_kid(key.public.thumbprint)
    assert found is not None
    assert found.label == "Atelier n° 2"
    body = {"token": "x", "proof": "x", "label": "x" * 101}
    assert member.client.post("/api/v1/keys", json=body).json()["errors"][0]["pointer"] == "/label"


def test_a_token_that_is_unknown_used_expired_or_of_a_suspended_member_is_refused_alike(
    shared: Instance, member: Sender
) -> None:
    used, expired = a_token(shared, member.uri), a_token(shared, member.uri, hours=-1)
    assert enrol(member, used, prove(member, seeded_key(next(FRESH)), used)).status_code == 201
    other = shared.admit("Suspended enroller")
    of_suspended = a_token(shared, other.uri)
    with shared.platform.database.unit_of_work() as uow:
        set_status(uow, uri=other.uri, status=MemberStatus.SUSPENDED)
    size = shared.log_size()
    answers = [
        enrol(who, token, prove(who, seeded_key(next(FRESH)), token))
        for who, token in [(member, "file_unknown"), (member, used), (member, expired), (other, of_suspended)]
    ]
    assert {r.status_code for r in answers} == {401}
    assert len({r.text for r in answers}) == 1
    assert shared.log_size() == size


@pytest.mark.parametrize(
    "body",
    [b"", b"NaN", b"[]", b'"text"', b'{"token": 1, "proof": []}', b'{"token": "file_secret"}', b'{"token": "\\ud800"}'],
)
def test_a_malformed_enrolment_is_refused_and_its_secret_not_repeated(member: Sender, body: bytes) -> None:
    response = member.client.post("/api/v1/keys", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert "file_secret" not in response.text


def test_an_enrolment_says_every_field_that_is_wrong(member: Sender) -> None:
    response = member.client.post("/api/v1/keys", json={"token": "t" * 201})
    assert [e["pointer"] for e in response.json()["errors"]] == ["/token", "/proof"]
    assert {e["code"] for e in response.json()["errors"]} == {"request-field"}


def test_whoever_enrols_cannot_send_much(member: Sender) -> None:
    body = json.dumps({"token": "x", "proof": "x" * 20_000}).encode()
    response = member.client.post("/api/v1/keys", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
    response = member.client.post("/api/v1/keys", content=b"{}", headers={"Content-Type": "text/plain"})
    assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type")
