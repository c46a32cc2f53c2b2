"""Signed records in, one signed receipt per request out."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from builders.events import ABSENT, an_object_event
from builders.instance import JOSE, Instance, Sender, seeded_key
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.members import create_enrolment_token, set_status
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.statements import read_receipt, read_refusal


def event(number: int, **changes: Any) -> dict[str, Any]:
    return an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}", **changes)


@pytest.fixture
def sender(instance: Instance) -> Sender:
    return instance.admit("Laiterie")


def log_size(instance: Instance) -> int:
    with instance.platform.database.unit_of_work() as uow:
        return uow.log.head().size


def test_a_record_is_stored_and_its_receipt_verifies(instance: Instance, sender: Sender) -> None:
    envelope = sender.sign(event(1))
    response = sender.send(envelope)
    assert response.status_code == 200
    (record,) = response.json()["records"]
    assert record["status"] == "stored"
    key = instance.platform.key(Duty.RECEIPT).public
    (line,) = read_receipt(response.json()["receipt"].encode(), key, origin=instance.platform.instance.origin)
    assert (line.index, line.sha256.hex(), line.kind) == (record["index"], record["sha256"], EntryKind.EVENT)


def test_the_bytes_are_given_back_as_received(sender: Sender) -> None:
    envelope = sender.sign(event(1))
    index = sender.send(envelope).json()["records"][0]["index"]
    read = sender.get(f"/api/v1/records/{index}").json()
    assert read["jws"].encode() == envelope
    assert read["assurance"] == "signed at source"


def test_the_same_bytes_again_give_the_same_receipt(instance: Instance, sender: Sender) -> None:
    envelopes = [sender.sign(event(n)) for n in range(3)]
    first = sender.send(*envelopes)
    size = log_size(instance)
    again = sender.send(*envelopes)
    assert again.json()["receipt"] == first.json()["receipt"]
    assert {r["status"] for r in again.json()["records"]} == {"known"}
    assert log_size(instance) == size


def test_the_same_event_signed_again_is_recorded_once(instance: Instance, sender: Sender) -> None:
    first = sender.send(sender.sign(event(1))).json()["records"][0]
    again = sender.send(sender.sign(event(1))).json()["records"][0]
    assert again["status"] == "known"
    assert (again["index"], again["sha256"]) == (first["index"], first["sha256"])


def test_an_event_without_an_id_gets_the_same_one_each_time(sender: Sender) -> None:
    plain = an_object_event(eventID=ABSENT)
    first = sender.send(sender.sign(plain)).json()["records"][0]
    again = sender.send(sender.sign(plain)).json()["records"][0]
    assert first["eventID"] == again["eventID"]
    assert first["eventID"].startswith("urn:uuid:")


def test_the_same_id_with_other_content_is_a_conflict_with_a_signed_logged_refusal(
    instance: Instance, sender: Sender
) -> None:
    sender.send(sender.sign(event(1)))
    other = sender.sign(event(1, bizStep="shipping"))
    response = sender.send(other)
    assert response.status_code == 409
    assert response.json()["code"] == "event-conflict"
    (record,) = response.json()["records"]
    refusal = read_refusal(
        record["refusal"].encode(),
        instance.platform.key(Duty.RECEIPT).public,
        origin=instance.platform.instance.origin,
    )
    assert refusal.problems == (("event-conflict", "/eventID"),)
    again = sender.send(other)
    assert again.status_code == 409
    assert again.json()["records"][0]["index"] == record["index"]


def test_one_conflict_among_ninety_nine_others_is_refused_alone(sender: Sender) -> None:
    sender.send(sender.sign(event(0)))
    envelopes = [sender.sign(event(n)) for n in range(1, 100)]
    envelopes.insert(50, sender.sign(event(0, bizStep="shipping")))
    response = sender.send(*envelopes)
    assert response.status_code == 207
    statuses = [r["status"] for r in response.json()["records"]]
    assert statuses.count("stored") == 99
    assert statuses[50] == "refused"
    assert response.json()["records"][50]["problem"]["code"] == "event-conflict"


def test_one_conflict_is_refused_alone_however_the_others_are_grouped(sender: Sender) -> None:
    sender.send(sender.sign(event(0)))
    envelopes = [sender.sign(event(n)) for n in range(1, 60)]
    envelopes.insert(30, sender.sign(event(0, bizStep="shipping")))
    with ThreadPoolExecutor(8) as pool:
        statuses = [r.status_code for r in pool.map(sender.send, envelopes)]
    assert statuses.count(200) == 59
    assert statuses[30] == 409


def test_an_error_declaration_shares_its_event_id(sender: Sender) -> None:
    sender.send(sender.sign(event(1)))
    declaration = {"declarationTime": "2026-06-13T00:00:00Z", "reason": "incorrect_data"}
    response = sender.send(sender.sign(event(1, errorDeclaration=declaration)))
    assert response.status_code == 200
    found = sender.get("/epcis/events/urn:uuid:00000000-0000-4000-8000-000000000001").json()
    events = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert ["errorDeclaration" in e for e in events] == [False, True]


def test_a_refused_event_names_every_reason_in_both_languages(instance: Instance, sender: Sender) -> None:
    response = sender.send(sender.sign(event(1, eventTime="2026-06-12T05:40:00", action="PAINT")))
    errors = {error["pointer"]: error for error in response.json()["errors"]}
    assert {"/eventTime", "/action"} <= set(errors)
    assert all(error["fr"] and error["en"] and error["fr"] != error["en"] for error in errors.values())
    with instance.platform.database.unit_of_work() as uow:
        head = uow.log.head()
    assert response.json()["records"][0]["index"] == head.size - 1


@pytest.mark.parametrize("name", ["urn:filiere:ns:source", "filiere:source"])
def test_no_signer_says_for_the_platform_in_which_bytes_an_event_came(sender: Sender, name: str) -> None:
    response = sender.send(sender.sign(event(1, **{name: {"@value": "<ObjectEvent/>"}})))
    assert (response.status_code, response.json()["code"]) == (400, "source-reserved")


@pytest.mark.parametrize(("language", "word"), [("fr", "fuseau"), ("en", "zone"), ("de, en;q=0.4", "zone")])
def test_a_problem_speaks_the_readers_language(sender: Sender, language: str, word: str) -> None:
    response = sender.send(sender.sign(event(1, eventTime="2026-06-12T05:40:00")), language=language)
    assert word in response.json()["message"].lower()


def test_json_is_accepted_as_well_as_lines(sender: Sender) -> None:
    body = {"records": [sender.sign(event(n)).decode() for n in range(2)]}
    response = sender.client.post("/api/v1/records", json=body, headers=sender.headers)
    assert [r["status"] for r in response.json()["records"]] == ["stored", "stored"]


def test_a_key_enrolled_meanwhile_may_sign_at_once(instance: Instance, sender: Sender) -> None:
    sender.send(sender.sign(event(1)))
    with instance.platform.database.unit_of_work() as uow:
        token = create_enrolment_token(uow, uri=sender.uri, now=instance.platform.clock())
    second = seeded_key("second connector")
    assert instance.enrol(sender.uri, second, token).status_code == 201
    other = Sender(uri=sender.uri, token=sender.token, key=second, client=sender.client, origin=sender.origin)
    assert other.send(other.sign(event(2))).status_code == 200


def test_an_enrolment_token_serves_once(instance: Instance, sender: Sender) -> None:
    with instance.platform.database.unit_of_work() as uow:
        token = create_enrolment_token(uow, uri=sender.uri, now=instance.platform.clock())
    assert instance.enrol(sender.uri, seeded_key("b"), token).status_code == 201
    refused = instance.enrol(sender.uri, seeded_key("c"), token)
    assert (refused.status_code, refused.json()["code"]) == (401, "enrolment-token-refused")


def test_a_suspended_member_is_turned_away_with_the_next_commit(instance: Instance, sender: Sender) -> None:
    assert sender.send(sender.sign(event(1))).status_code == 200
    with instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=sender.uri, status=MemberStatus.SUSPENDED)
    size = log_size(instance)
    response = sender.send(sender.sign(event(2)))
    assert (response.status_code, response.json()["code"]) == (403, "member-suspended")
    assert sender.get("/epcis/events").status_code == 403
    assert log_size(instance) == size


def post(sender: Sender, body: bytes, **headers: str) -> httpx.Response:
    return sender.client.post(
        "/api/v1/records", content=body, headers={**sender.headers, "Content-Type": JOSE, **headers}
    )


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": ""}, 401, "token-refused"),
        ({"Authorization": "Bearer fil_000000000000_" + "A" * 43}, 401, "token-refused"),
        ({"Authorization": "Basic YTpi"}, 401, "token-refused"),
        ({"Content-Type": "text/csv"}, 415, "unsupported-media-type"),
    ],
)
def test_a_request_that_may_not_be_is_refused_before_its_body(
    instance: Instance, sender: Sender, headers: dict[str, str], status: int, code: str
) -> None:
    size = log_size(instance)
    response = post(sender, sender.sign(event(1)), **headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert log_size(instance) == size


@pytest.mark.parametrize(("body", "status", "code"), [(b"", 400, "no-records"), (b"\n \n", 400, "no-records")])
def test_an_empty_request_is_refused(sender: Sender, body: bytes, status: int, code: str) -> None:
    response = post(sender, body)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_body_of_twenty_megabytes_is_refused(instance: Instance, sender: Sender) -> None:
    response = post(sender, b"x" * 20_000_000)
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


def test_a_body_without_a_length_is_cut_at_the_limit(sender: Sender) -> None:
    def endless() -> Any:
        for _ in range(40):
            yield b"x" * 500_000

    response = sender.client.post(
        "/api/v1/records", content=endless(), headers={**sender.headers, "Content-Type": JOSE}
    )
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


def test_too_many_records_are_refused_whole(instance: Instance, sender: Sender) -> None:
    size = log_size(instance)
    response = post(sender, b"\n".join([b"a.b.c"] * (instance.platform.settings.max_records + 1)))
    assert (response.status_code, response.json()["code"]) == (413, "too-many-records")
    assert log_size(instance) == size


def test_an_unknown_path_or_method_is_a_problem_document_too(sender: Sender) -> None:
    for response in (sender.client.get("/api/v1/nothing"), sender.client.delete("/api/v1/records")):
        assert response.headers["content-type"] == "application/problem+json"
        assert json.loads(response.text)["code"] in {"not-found", "method-not-allowed"}


def test_what_is_stored_although_it_is_not_quite_right_has_warnings(sender: Sender) -> None:
    steps = [f"https://ref.gs1.org/cbv/BizStep-{word}" for word in ("shipping", "teleporting")]
    odd = [event(number, bizStep=step) for number, step in enumerate(steps, 1)]
    answer = sender.send(*(sender.sign(each) for each in (*odd, event(3)))).json()
    long, unknown, right = answer["records"]
    (told,) = long["warnings"]
    assert (told["code"], told["level"], told["pointer"]) == ("word-in-long-form", "warning", "/bizStep")
    assert steps[0] in told["fr"]
    assert told["fr"] != told["en"]
    assert (long["status"], long["warningCount"]) == ("stored", 1)
    assert unknown["warnings"][0]["pointer"] == "/bizStep"
    assert "warnings" not in right
    again = sender.send(*(sender.sign(each) for each in odd)).json()["records"]
    assert [each["status"] for each in again] == ["known", "known"]
    assert again[0]["warnings"] == long["warnings"]


def test_no_more_than_ten_warnings_of_a_record_are_written_out(sender: Sender) -> None:
    many = [f"https://ref.gs1.org/cbv/Disp-{word}" for word in WORDS[Vocabulary.DISPOSITION].words[:16]]
    (record,) = sender.send(sender.sign(event(1, persistentDisposition={"set": many}))).json()["records"]
    assert (record["warningCount"], len(record["warnings"])) == (16, 10)
