"""A plain EPCIS client sends a document: kept before 202, worked off all or nothing or each alone, whatever stops."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from builders.events import ABSENT, a_document, an_object_event, as_bytes
from builders.instance import Instance, Sender, found
from builders.xml_events import an_xml_document
from filiere_platform import bootstrap
from filiere_platform.domain.job import CaptureJob, ErrorBehaviour
from filiere_platform.domain.master_data_sentences import NOT_YOURS
from filiere_platform.domain.member import Member, MemberStatus, Scope
from filiere_platform.domain.sentences import JOB_FAILED, MEMBER_SUSPENDED
from filiere_platform.settings import read_settings
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.jobs import fail_job, open_job
from filiere_platform.usecases.members import add_member, create_api_token, set_status
from filiere_schemas.problems import Problem, Sentence

BEHAVIOUR = "GS1-Capture-Error-Behaviour"
PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module")
def sender(shared: Instance) -> Sender:
    return shared.admit("Plain client")


def event(number: int, **changes: Any) -> dict[str, Any]:
    return an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}", **changes)


def send(sender: Sender, body: bytes, behaviour: str = "rollback", kind: str = "application/ld+json") -> httpx.Response:
    headers = {**sender.headers, "Content-Type": kind, BEHAVIOUR: behaviour}
    return sender.client.post("/epcis/capture", content=body, headers=headers)


def path_of(response: httpx.Response) -> str:
    assert response.status_code == 202, response.text
    return httpx.URL(response.headers["location"]).path


def ended(client: httpx.Client, path: str, headers: dict[str, str]) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        job: dict[str, Any] = client.get(path, headers=headers).json()
        if not job["running"]:
            return job
        assert time.monotonic() < deadline, "the job does not end"
        time.sleep(0.01)


def opened(uow: UnitOfWork, member: Member, document: bytes, *, now: int) -> CaptureJob:
    return open_job(uow, member=member, document=document, behaviour=ErrorBehaviour.ROLLBACK, most=9, now=now)


def captured(sender: Sender, *events: dict[str, Any], behaviour: str = "rollback") -> dict[str, Any]:
    return ended(sender.client, path_of(send(sender, as_bytes(a_document(events)), behaviour)), sender.headers)


def kinds(job: dict[str, Any]) -> list[tuple[int, str]]:
    return [(error["status"], error["type"]) for error in job["errors"]]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        (JOB_FAILED, (500, "epcisException:ImplementationException")),
        (MEMBER_SUSPENDED, (403, "epcisException:SecurityException")),
        (NOT_YOURS, (400, "epcisException:ValidationException")),
    ],
)
def test_an_error_of_a_job_is_of_the_kind_that_it_would_be_as_an_answer(
    instance: Instance, sentence: Sentence, kind: tuple[int, str]
) -> None:
    sender = instance.admit("Told later")
    now = instance.platform.clock()
    problem = Problem(sentence=sentence, values={"found": "x", "member": "x"})
    with instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(sender.uri)
        assert member is not None
        job = opened(uow, member, as_bytes(a_document([])), now=now)
        fail_job(uow, job=job, problems=[problem], now=now)
    assert kinds(sender.get(f"/epcis/capture/{job.id}").json()) == [kind]


def test_a_document_is_taken_in_and_its_events_are_stored_as_attested(shared: Instance, sender: Sender) -> None:
    size = shared.log_size()
    response = send(sender, as_bytes(a_document([event(1), event(2)])))
    assert response.json()["captureID"] in response.headers["location"]
    assert response.headers["gs1-epcis-version"] == "2.0.0"
    job = ended(sender.client, path_of(response), sender.headers)
    assert (job["success"], job["errors"], "finishedAt" in job) == (True, [], True)
    assert shared.log_size() == size + 2
    assert sender.get(f"/api/v1/records/{size}").json()["assurance"] == "attested on receipt"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/xml", "application/json"),
        ("text/xml; version=1.2", "application/json"),
        ("application/xml, application/ld+json;q=0.1", "application/ld+json"),
    ],
)
def test_a_document_is_taken_in_whatever_its_sender_accepts(sender: Sender, accept: str, kind: str) -> None:
    for body, form in ((as_bytes(a_document([])), "application/ld+json"), (an_xml_document(), "application/xml")):
        headers = {**sender.headers, "Content-Type": form, "Accept": accept}
        response = sender.client.post("/epcis/capture", content=body, headers=headers)
        assert ended(sender.client, path_of(response), sender.headers)["success"]
        assert response.headers["content-type"] == kind
        assert response.json()["captureID"] in response.headers["location"]


def test_the_same_document_again_stores_nothing_and_succeeds(shared: Instance, sender: Sender) -> None:
    captured(sender, event(11), event(12))
    size = shared.log_size()
    assert captured(sender, event(11), event(12))["success"]
    assert shared.log_size() == size


def test_rollback_stores_nothing_where_one_event_is_bad_and_names_its_place(shared: Instance, sender: Sender) -> None:
    size = shared.log_size()
    bad = event(22, eventTime="2026-06-12T05:40:00")
    job = captured(sender, event(21), bad, event(23))
    assert not job["success"]
    assert [(e["code"], e["pointer"]) for e in job["errors"]] == [
        ("naive-event-time", "/epcisBody/eventList/1/eventTime")
    ]
    assert job["errors"][0]["fr"] != job["errors"][0]["en"]
    assert shared.log_size() == size


def test_rollback_stores_nothing_where_one_event_conflicts_with_another_of_the_document(
    shared: Instance, sender: Sender
) -> None:
    size = shared.log_size()
    job = captured(sender, event(31), event(32), event(31, bizStep="shipping"))
    assert [(e["code"], e["pointer"]) for e in job["errors"]] == [("event-conflict", "/epcisBody/eventList/2/eventID")]
    assert kinds(job) == [(409, "epcisException:ResourceAlreadyExistsException")]
    assert shared.log_size() == size


def test_proceed_stores_each_event_that_can_be(shared: Instance, sender: Sender) -> None:
    size = shared.log_size()
    large = event(43, ilmd={f"dairy:x{n}": "v" * 8_000 for n in range(110)})  # too large once it is attested
    events = [event(41), event(42, action="PAINT", ilmd=ABSENT), large, event(44), event(41, bizStep="shipping")]
    job = captured(sender, *events, behaviour="proceed")
    assert [(e["code"], e["pointer"].removeprefix("/epcisBody/eventList/")) for e in job["errors"]] == [
        ("unknown-word", "1/action"),
        ("envelope-too-large", "2"),
        ("event-conflict", "4/eventID"),
    ]
    assert shared.log_size() == size + 2


@pytest.mark.parametrize(("behaviour", "stored"), [("rollback", 0), ("proceed", 2)])
def test_an_event_that_is_too_large_or_none_is_refused_alone(
    shared: Instance, sender: Sender, behaviour: str, stored: int
) -> None:
    size = shared.log_size()
    start = {"rollback": 30_100, "proceed": 30_200}[behaviour]
    huge = event(start, ilmd={f"dairy:x{n}": "v" * 8_000 for n in range(140)})
    document = a_document([], epcisBody={"eventList": [event(start + 1), huge, None, event(start + 2)]})
    job = ended(sender.client, path_of(send(sender, as_bytes(document), behaviour)), sender.headers)
    assert [(e["code"], e["pointer"].removeprefix("/epcisBody/eventList/")) for e in job["errors"]] == [
        ("event-too-large", "1"),
        ("not-an-object", "2"),
    ]
    assert kinds(job) == [
        (413, "epcisException:CaptureLimitExceededException"),
        (400, "epcisException:ValidationException"),
    ]
    assert shared.log_size() == size + stored


def test_an_event_without_a_document_is_a_document_too(sender: Sender) -> None:
    path = path_of(send(sender, as_bytes(event(51))))
    assert ended(sender.client, path, sender.headers)["success"]
    assert sender.get("/epcis/events/urn:uuid:00000000-0000-4000-8000-000000000051").status_code == 200


def test_a_document_of_no_event_succeeds(shared: Instance, sender: Sender) -> None:
    size = shared.log_size()
    assert captured(sender)["success"]
    assert shared.log_size() == size


def test_what_is_no_document_is_refused_at_the_door(shared: Instance, sender: Sender) -> None:
    size = shared.log_size()
    no_version = as_bytes(a_document([], schemaVersion=ABSENT))
    one_event = as_bytes(a_document([event(1)]))
    for body, kind, behaviour, status, code in [
        (b"epcis", "text/plain", "rollback", 415, "unsupported-media-type"),
        (b"<EPCISDocument/>", "application/xml", "rollback", 400, "not-epcis-xml"),
        (b"<EPCISDocument/>", "application/json", "rollback", 400, "form-not-announced"),
        (b"{}", "text/xml", "rollback", 400, "form-not-announced"),
        (b"{", "application/json", "rollback", 400, "not-json"),
        (b"[]", "application/json", "rollback", 400, "not-an-object"),
        (b'{"type": "Party"}', "application/json", "rollback", 400, "missing-field"),
        (b'{"type": "PartyDocument"}', "application/json", "rollback", 400, "not-an-epcis-document"),
        (no_version, "application/ld+json", "rollback", 400, "missing-field"),
        (one_event, "application/ld+json", "maybe", 400, "error-behaviour-unknown"),
    ]:
        response = send(sender, body, behaviour, kind)
        assert (response.status_code, response.json()["code"]) == (status, code)
        expected = {400: "ValidationException", 415: "UnsupportedMediaTypeException"}[status]
        assert response.json()["type"] == f"epcisException:{expected}"
    assert shared.log_size() == size


def test_more_events_than_one_capture_may_hold_are_refused_whole(shared: Instance, sender: Sender) -> None:
    most = shared.platform.settings.max_records
    small = {"type": "ObjectEvent"}
    response = send(sender, as_bytes(a_document([small] * (most + 1))))
    assert (response.status_code, response.json()["code"]) == (413, "too-many-records")


def test_a_job_is_its_senders_alone(shared: Instance, sender: Sender) -> None:
    path = path_of(send(sender, as_bytes(a_document([event(61)]))))
    other = shared.admit("Curious")
    hidden, absent = other.get(path), other.get("/epcis/capture/00000000-0000-4000-8000-000000000000")
    assert [r.status_code for r in (hidden, absent)] == [404, 404]
    assert hidden.json().keys() == absent.json().keys()
    assert hidden.json()["code"] == absent.json()["code"] == "not-found"
    assert sender.client.get(path).status_code == 401


def test_a_member_suspended_before_its_job_runs_is_refused(instance: Instance) -> None:
    sender = instance.admit("Soon suspended")
    with instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(sender.uri)
        assert member is not None
        set_status(uow, uri=sender.uri, status=MemberStatus.SUSPENDED)
        document = as_bytes(a_document([event(71)]))
        job = opened(uow, member, document, now=instance.platform.clock())
    size = instance.log_size()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with instance.platform.database.unit_of_work() as uow:
            found_job = uow.jobs.read(job.id, member_id=member.id)
        if found_job is not None and not found_job.is_running:
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [e["code"] for e in found_job.errors] == ["member-suspended"]
    assert instance.log_size() == size


def test_jobs_that_a_stop_left_unfinished_are_finished_by_the_next_start(tmp_path: Path) -> None:
    settings = read_settings({}, data_dir=tmp_path / "data", publish_every_ms=20)
    found(settings)
    uri = "urn:filiere:party:duns:000000001"
    with bootstrap.open_platform(settings) as platform:
        with platform.database.unit_of_work() as uow:
            member = add_member(uow, uri=uri, name="Laiterie")
            token = create_api_token(uow, uri=uri, scopes=frozenset(Scope))
            documents = [as_bytes(a_document([event(n), event(n + 1)])) for n in (81, 91)]
            jobs = [opened(uow, member, document, now=platform.clock()) for document in documents]
        # The instance ended here, after its answers of 202; now it starts.
        with TestClient(platform.application(with_workers=True)) as client:
            headers = {"Authorization": f"Bearer {token}"}
            for job in jobs:
                assert ended(client, f"/epcis/capture/{job.id}", headers)["success"]
        with platform.database.unit_of_work() as uow:
            assert uow.log.head().size == 4


@pytest.mark.parametrize(("behaviour", "stored"), [("rollback", 0), ("proceed", 499)])
def test_one_bad_event_of_500(shared: Instance, sender: Sender, behaviour: str, stored: int) -> None:
    start = {"rollback": 10_000, "proceed": 20_000}[behaviour]
    events = [event(start + n) for n in range(500)]
    events[321] = event(start + 321, eventTime="yesterday")
    size = shared.log_size()
    job = captured(sender, *events, behaviour=behaviour)
    assert (job["running"], job["success"], job["captureErrorBehaviour"]) == (False, False, behaviour)
    assert {error["pointer"] for error in job["errors"]} == {"/epcisBody/eventList/321/eventTime"}
    assert shared.log_size() == size + stored


def test_the_answer_to_a_query_is_a_document_that_can_be_captured(shared: Instance, sender: Sender) -> None:
    captured(sender, event(30_001), event(30_002))
    wanted = "|".join(event(n)["eventID"] for n in (30_001, 30_002))
    answer = sender.get("/epcis/events", EQ_eventID=wanted)
    assert answer.json()["type"] == "EPCISQueryDocument"
    other = shared.admit("Who captures what was found")
    size = shared.log_size()
    assert ended(other.client, path_of(send(other, answer.content)), other.headers)["success"]
    assert shared.log_size() == size + 2
