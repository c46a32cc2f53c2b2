"""A member replaces and ends its keys by their own signatures; who has none, or an old one, does nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from builders.events import an_object_event
from builders.instance import Instance, Sender, seeded_key
from builders.key_log import a_revocation, a_rotation
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.directory import DirectoryChanged
from filiere_platform.usecases.keys import revoke_key
from filiere_platform.usecases.members import set_status
from filiere_platform.usecases.trace_verification import verify_records
from filiere_schemas.provenance.key_history import KeyStanding, read_key_history
from filiere_schemas.provenance.key_statements import RevocationReason
from filiere_schemas.provenance.keys import Algorithm, SigningKey

NEXT = seeded_key("the next key")
THIEF = seeded_key("a thief's key")


@pytest.fixture
def dairy(instance: Instance) -> Sender:
    return instance.admit("Dairy")


def post(instance: Instance, what: str, statement: bytes) -> httpx.Response:
    return instance.client.post(f"/api/v1/keys/{what}", json={"statement": statement.decode()})


def rotation(sender: Sender, following: SigningKey = NEXT, **changes: Any) -> bytes:
    arguments: dict[str, Any] = {"issuer": sender.uri, "origin": sender.origin, **changes}
    previous = arguments.pop("previous", sender.key)
    return a_rotation(previous, following, **arguments)


def revocation(sender: Sender, **changes: Any) -> bytes:
    return a_revocation(sender.key, **{"signer": sender.key, "issuer": sender.uri, "origin": sender.origin, **changes})


def an_event(number: int) -> dict[str, Any]:
    return an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}")


def revoke(instance: Instance, sender: Sender, *, suspect_from: int | None = None) -> int:
    platform = instance.platform
    registrar = platform.own_keys.registrar()
    assert registrar is not None
    with platform.database.unit_of_work() as uow:
        return revoke_key(
            uow,
            kid=sender.key.public.thumbprint,
            reason=RevocationReason.KEY_COMPROMISE,
            suspect_from=suspect_from,
            registrar=registrar,
            origin=sender.origin,
            now=platform.clock(),
        ).log_index


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("algorithm", Algorithm)
def test_after_a_rotation_the_new_key_signs_and_the_old_one_does_not(
    instance: Instance, dairy: Sender, algorithm: Algorithm
) -> None:
    assert dairy.send_events(an_event(1)).status_code == 200
    following = SigningKey.generate(algorithm)
    answer = post(instance, "rotation", rotation(dairy, following))
    assert answer.status_code == 200, answer.text
    assert answer.json()["kid"] == following.public.thumbprint
    assert code_of(dairy.send_events(an_event(2))) == (401, "replaced-key")
    new = Sender(uri=dairy.uri, token=dairy.token, key=following, client=dairy.client)
    assert new.send_events(an_event(2)).status_code == 200
    assert instance.fsck().holds, instance.fsck().as_json()


def test_a_rotation_that_is_sent_again_gets_the_same_answer_and_is_in_the_log_once(
    instance: Instance, dairy: Sender
) -> None:
    """A connector that lost the answer sends the same bytes: it must not lose its key."""
    statement = rotation(dairy)
    first = post(instance, "rotation", statement)
    size = instance.log_size()
    again = post(instance, "rotation", statement)
    assert (again.status_code, again.json()) == (200, first.json())
    assert instance.log_size() == size


def test_each_change_is_readable_by_everybody_and_tells_the_whole_history(instance: Instance, dairy: Sender) -> None:
    post(instance, "rotation", rotation(dairy))
    new = Sender(uri=dairy.uri, token=dairy.token, key=NEXT, client=dairy.client)
    assert post(instance, "revocation", revocation(new, suspect_from=1)).status_code == 200
    listed = instance.client.get("/log/keys/").json()["keys"]
    assert [each["op"] for each in listed] == ["register", "rotate", "revoke"]
    assert listed[1]["previous"] == dairy.key.public.thumbprint
    for kid, expected in ((dairy.key, ["register", "rotate"]), (NEXT, ["rotate", "revoke"])):
        shown = instance.client.get(f"/log/keys/{kid.public.thumbprint}").json()["keys"]
        assert [each["op"] for each in shown] == expected
    found = read_key_history(
        [(each["index"], each["statement"].encode()) for each in listed],
        registrar=instance.platform.public_key(Duty.REGISTRAR),
        origin=dairy.origin,
    )
    with instance.platform.database.unit_of_work() as uow:
        assert {key.kid: key.life for key in uow.keys.all()} == dict(found.lives)


def test_a_rotated_key_keeps_its_label(instance: Instance, dairy: Sender) -> None:
    with instance.platform.database.unit_of_work() as uow:
        key = uow.keys.by_kid(dairy.key.public.thumbprint)
        assert key is not None
        other = replace(key.life, public=THIEF.public)
        uow.keys.write(key.member_id, {other.kid: other}, label="line 2")
    second = Sender(uri=dairy.uri, token=dairy.token, key=THIEF, client=dairy.client)
    post(instance, "rotation", rotation(second))
    with instance.platform.database.unit_of_work() as uow:
        assert [key.label for key in uow.keys.all()] == ["", "line 2", "line 2"]


def test_a_key_that_its_member_revoked_signs_nothing_more(instance: Instance, dairy: Sender) -> None:
    assert post(instance, "revocation", revocation(dairy)).status_code == 200
    assert code_of(dairy.send_events(an_event(1))) == (401, "revoked-key")


def test_a_suspended_member_may_end_a_key_and_begin_none(instance: Instance, dairy: Sender) -> None:
    with instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=dairy.uri, status=MemberStatus.SUSPENDED)
    assert code_of(post(instance, "rotation", rotation(dairy))) == (403, "member-suspended")
    assert post(instance, "revocation", revocation(dairy)).status_code == 200


def test_a_backdated_record_of_a_revoked_key_is_refused(instance: Instance, dairy: Sender) -> None:
    """A thief may claim any time: the place in the log decides, and that is after the revocation."""
    revoke(instance, dairy)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert code_of(dairy.send(dairy.sign(an_event(1), issued_at=long_ago))) == (401, "revoked-key")


def attacks(instance: Instance, dairy: Sender) -> Iterator[tuple[str, str, bytes, tuple[int, str]]]:
    shop = instance.admit("Shop")
    old = replace(dairy, key=seeded_key("old key"))
    instance.enrol(dairy.uri, old.key, token_of(instance, dairy.uri))
    assert post(instance, "rotation", rotation(old, seeded_key("newer key"))).status_code == 200
    yield "an ended key rotates", "rotation", rotation(old, THIEF), (409, "key-entry-not-active")
    yield "an ended key revokes itself", "revocation", revocation(old, suspect_from=0), (409, "key-entry-not-active")
    yield "a rotation for another member", "rotation", rotation(dairy, issuer=shop.uri), (403, "key-entry-other-member")
    yield "to a key that is registered", "rotation", rotation(dairy, shop.key), (409, "key-entry-known")
    yield "from a stranger's key", "rotation", rotation(dairy, previous=THIEF), (404, "key-entry-unknown")
    yield "for another log", "rotation", rotation(dairy, origin="log.other.example/x"), (403, "wrong-audience")
    tampered = rotation(dairy)[:-8] + b"AAAAAAAA"
    yield "tampered", "rotation", tampered, (401, "bad-signature")
    yield "a stranger revokes", "revocation", revocation(dairy, signer=THIEF), (400, "key-change-kind")
    yield "another member revokes", "revocation", revocation(dairy, signer=shop.key), (400, "key-change-kind")
    # Only the registrar's own door takes the registrar's signature: what is stolen in transit cannot be posted here.
    registrar = instance.platform.own_keys.registrar()
    assert registrar is not None
    assert registrar.key is not None
    yield "the registrar's", "revocation", revocation(dairy, signer=registrar.key), (400, "key-change-kind")
    yield "a rotation as revocation", "revocation", rotation(dairy), (400, "key-change-kind")
    ahead = revocation(dairy, suspect_from=10**6)
    yield "suspect from what is not there", "revocation", ahead, (400, "key-entry-suspect-ahead")
    yield "an event", "rotation", dairy.sign(an_event(1)), (400, "wrong-typ")
    yield "nothing", "revocation", b"", (400, "not-a-jws")


def token_of(instance: Instance, uri: str) -> str:
    from filiere_platform.usecases.members import create_enrolment_token

    with instance.platform.database.unit_of_work() as uow:
        return create_enrolment_token(uow, uri=uri, now=instance.platform.clock())


def test_who_attacks_a_key_changes_nothing(instance: Instance, dairy: Sender) -> None:
    played = 0
    for name, what, statement, expected in attacks(instance, dairy):
        size = instance.log_size()
        response = post(instance, what, statement)
        assert (name, *code_of(response)) == (name, *expected)
        assert response.json()["errors"][0]["fr"] != response.json()["errors"][0]["en"]
        assert instance.log_size() == size
        played += 1
    assert played == 14
    assert dairy.send_events(an_event(2)).status_code == 200
    assert instance.fsck().holds


def test_a_malformed_change_is_refused(instance: Instance) -> None:
    for body in (b"", b"[]", b'{"statement": 1}', json.dumps({"statement": "x" * 16_000}).encode()):
        answer = instance.client.post(
            "/api/v1/keys/rotation", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400


def test_a_record_that_was_prepared_before_its_key_ended_is_refused_under_the_lock(
    instance: Instance, dairy: Sender
) -> None:
    platform = instance.platform
    parcel = Parcel(sender=_member_id(instance, dairy), payloads=(dairy.sign(an_event(1)),), signed=True)
    prepared = platform.capture.prepare(parcel, platform.directory.current())
    assert len(prepared.submissions) == 1
    post(instance, "rotation", rotation(dairy))
    size = instance.log_size()
    with pytest.raises(DirectoryChanged), platform.database.capture_transaction() as transaction:
        platform.capture.capture_group(transaction, [prepared])
    assert instance.log_size() == size
    again = platform.capture.prepare(parcel, platform.directory.current())
    with platform.database.capture_transaction() as transaction:
        [[outcome]] = platform.capture.capture_group(transaction, [again])
    assert [problem.code for problem in outcome.problems] == ["replaced-key"]
    assert outcome.log_index is None
    assert instance.log_size() == size


@pytest.mark.parametrize("end", [rotation, revocation])
def test_a_record_whose_receipt_was_lost_is_answered_for_after_its_key_has_ended(
    instance: Instance, dairy: Sender, end: Callable[[Sender], bytes]
) -> None:
    """The bytes were stored while the key held: who sends them again learns where they are, and may let them go."""
    stored, refused = dairy.sign(an_event(1)), dairy.sign({**an_event(2), "action": "NEVER"})
    first = dairy.send(stored, refused)
    assert [each["status"] for each in first.json()["records"]] == ["stored", "refused"]
    what = "rotation" if end is rotation else "revocation"
    assert post(instance, what, end(dairy)).status_code == 200
    size = instance.log_size()
    again = dairy.send(stored, refused)
    assert [each["status"] for each in again.json()["records"]] == ["known", "refused"]
    assert again.json()["receipt"] == first.json()["receipt"]
    assert dairy.send(stored).status_code == 200
    assert instance.log_size() == size


def test_nothing_else_of_an_ended_key_passes_for_what_is_stored(instance: Instance, dairy: Sender) -> None:
    """Signed again, at another place of the chain, or altered: it is not what was stored, and leaves no entry."""
    stored = dairy.sign(an_event(1))
    assert dairy.send(stored).status_code == 200
    post(instance, "revocation", revocation(dairy))
    size = instance.log_size()
    assert code_of(dairy.send(dairy.sign(an_event(1)))) == (401, "revoked-key")
    assert code_of(dairy.send(dairy.sign({**an_event(1), "action": "NEVER"}))) == (401, "revoked-key")
    forged = stored[:-4] + (b"AAAA" if stored[-4:] != b"AAAA" else b"BBBB")
    assert code_of(dairy.send(forged)) == (401, "bad-signature")
    assert instance.log_size() == size
    assert instance.fsck().holds


def test_records_since_the_suspicion_are_disputed_and_still_hold(instance: Instance, dairy: Sender) -> None:
    for number in range(3):
        assert dairy.send_events(an_event(number)).status_code == 200
    revoked_at = revoke(instance, dairy, suspect_from=2)
    assert revoked_at == 4
    verdicts = verdicts_of(instance, dairy, range(1, 4))
    assert [verdict.problem for verdict in verdicts.values()] == [None, None, None]
    assert [verdicts[index].standing for index in (1, 2, 3)] == [
        KeyStanding.ACTIVE,
        KeyStanding.DISPUTED,
        KeyStanding.DISPUTED,
    ]
    assert instance.fsck().holds


def test_revoking_a_key_ends_what_was_rotated_from_it_while_suspect(instance: Instance, dairy: Sender) -> None:
    """The thief rotates a stolen key to one of its own; its owner calls the registrar."""
    assert dairy.send_events(an_event(1)).status_code == 200
    assert post(instance, "rotation", rotation(dairy, THIEF)).status_code == 200
    thief = Sender(uri=dairy.uri, token=dairy.token, key=THIEF, client=dairy.client)
    assert thief.send_events(an_event(2)).status_code == 200
    revoke(instance, dairy, suspect_from=1)
    assert code_of(thief.send_events(an_event(3))) == (401, "revoked-key")
    assert code_of(post(instance, "rotation", rotation(thief, NEXT))) == (409, "key-entry-not-active")
    standings = {index: verdict.standing for index, verdict in verdicts_of(instance, dairy, (1, 3)).items()}
    assert standings == {1: KeyStanding.DISPUTED, 3: KeyStanding.DISPUTED}
    assert instance.fsck().holds


def verdicts_of(instance: Instance, sender: Sender, indexes: Any) -> dict[int, Any]:
    platform = instance.platform
    deadline = time.monotonic() + 20
    while True:
        with platform.database.unit_of_work() as uow:
            found = verify_records(
                uow, Viewer(member_id=_member_id(instance, sender)), platform.files, indexes, trust=platform.trust()
            ).verdicts
        if all(verdict.state == "published" for verdict in found.values()):
            return found
        assert time.monotonic() < deadline, "nothing was published"
        time.sleep(0.02)


def _member_id(instance: Instance, sender: Sender) -> int:
    return instance.platform.directory.current().members_by_uri[sender.uri]
