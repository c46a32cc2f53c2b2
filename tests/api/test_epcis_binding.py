"""What every address of the EPCIS binding does alike: versions, forms, lengths, discovery, pages, problems.

Source: EPCIS 2.0, 12, and its OpenAPI document.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from builders.events import a_document, an_object_event, as_bytes
from builders.instance import Instance, Sender
from filiere_platform.domain.routes import ROUTES

JSON, LD_JSON = "application/json", "application/ld+json"
LONG = 17_000
# Read as they stand, without anything in their place.
READ = ["/epcis/", "/epcis/capture", "/epcis/events"]


@pytest.fixture(scope="module")
def reader(shared: Instance) -> Sender:
    return shared.admit("Reader of the binding")


def ask(reader: Sender, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return reader.client.request(method, path, headers={**reader.headers, **named})


def event_id(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8b00-{number:012d}"


def ids_of(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [event["eventID"] for event in response.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]


def refusal(response: httpx.Response) -> tuple[int, str, str]:
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert body["status"] == response.status_code
    return response.status_code, body["type"], body["code"]


def send(sender: Sender, path: str, body: bytes, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return sender.client.post(path, content=body, headers={**sender.headers, "Content-Type": LD_JSON, **named})


def test_the_root_names_the_nine_collections_of_the_standard(reader: Sender) -> None:
    answer = ask(reader, "/epcis/")
    assert answer.json()["type"] == "Collection"
    assert set(answer.json()["member"]) == {
        "queries", "capture", "events", "eventTypes", "epcs", "readPoints", "bizLocations", "dispositions", "bizSteps",
    }  # fmt: skip


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("GS1-EPCIS-Min", "1.0.0", 200),
        ("GS1-EPCIS-Min", "2.0", 200),
        ("GS1-EPCIS-Min", "2.1.0", 406),
        ("GS1-EPCIS-Max", "2.0.1", 200),
        ("GS1-EPCIS-Max", "1.0.0", 406),
        ("GS1-CBV-Min", "3.0.0", 406),
        ("GS1-CBV-Version", "2.0.0", 200),
        ("GS1-EPCIS-Version", "two", 406),
        ("Accept", "*/*", 200),
        ("Accept", "text/html, application/json;q=0.1", 200),
        ("Accept", "application/*", 200),
        ("Accept", "image/png", 406),
        ("Accept", "application/json;q=0, application/ld+json;q=0.0", 406),
    ],
)
def test_what_is_said_of_versions_and_forms_is_met_or_refused(
    reader: Sender, path: str, name: str, value: str, status: int
) -> None:
    answer = ask(reader, path, **{name: value})
    assert answer.status_code == status
    if answer.is_success:
        assert answer.headers["gs1-epcis-version"] == "2.0.0"
    else:
        assert refusal(answer) == (406, "epcisException:NotAcceptableException", "not-acceptable")


@pytest.mark.parametrize("path", READ)
def test_the_form_of_an_answer_is_the_one_that_was_preferred(reader: Sender, path: str) -> None:
    for accept, expected in [("application/json", JSON), ("application/json;q=0.2, application/ld+json", LD_JSON)]:
        assert ask(reader, path, Accept=accept).headers["content-type"] == expected


def test_an_event_in_a_version_that_is_not_spoken_is_refused_before_it_is_stored(
    shared: Instance, reader: Sender
) -> None:
    size = shared.log_size()
    for path in ("/epcis/capture", "/epcis/events"):
        answer = send(reader, path, as_bytes(an_object_event()), GS1_EPCIS_Version="3.0.0")
        assert refusal(answer)[:2] == (406, "epcisException:NotAcceptableException")
    assert shared.log_size() == size


@pytest.mark.parametrize("path", READ)
def test_an_address_that_is_too_long_is_refused(reader: Sender, path: str) -> None:
    answer = ask(reader, f"{path}?EQ_bizStep={'x' * LONG}")
    assert refusal(answer) == (414, "epcisException:URITooLongException", "address-too-long")


@pytest.mark.parametrize("kind", [JSON, LD_JSON])
def test_what_is_too_large_for_a_capture_is_refused_with_both_limits(
    shared: Instance, reader: Sender, kind: str
) -> None:
    limits = shared.platform.settings
    many = as_bytes(a_document([{"type": "ObjectEvent"}] * (limits.max_records + 1)))
    for body in (b" " * limits.max_body_bytes + many, many):
        answer = send(reader, "/epcis/capture", body, Content_Type=kind)
        assert refusal(answer)[:2] == (413, "epcisException:CaptureLimitExceededException")
        assert {"gs1-epcis-capture-limit", "gs1-epcis-capture-file-size-limit"} <= answer.headers.keys()


def test_an_event_that_is_too_large_is_refused_with_both_limits(reader: Sender) -> None:
    huge = as_bytes(an_object_event(ilmd={f"dairy:x{n}": "v" * 8_000 for n in range(140)}))
    for path in ("/epcis/capture", "/epcis/events"):
        answer = send(reader, path, huge)
        expected = (413, "epcisException:CaptureLimitExceededException", "event-too-large")
        assert refusal(answer) == expected
        assert {"gs1-epcis-capture-limit", "gs1-epcis-capture-file-size-limit"} <= answer.headers.keys()


def test_every_address_says_what_it_takes(reader: Sender) -> None:
    room = {"id": "https://id.gs1.org/414/9521234000006"}
    event = an_object_event(eventID=f"urn:uuid:{uuid4()}", bizLocation=room, **{"filiere:sharing": "private"})
    assert reader.send_events(event).status_code == 200
    places = {
        "event_id": event["eventID"],
        "event_type": "ObjectEvent",
        "epc": event["quantityList"][0]["epcClass"],
        "biz_step": event["bizStep"],
        "disposition": event["disposition"],
        "read_point": event["readPoint"]["id"],
        "biz_location": room["id"],
    }
    addresses: dict[str, set[str]] = {}
    for method, path in ROUTES:
        if path.startswith("/epcis/") and method != "OPTIONS":
            addresses.setdefault(path, set()).add(method)
    for path, methods in addresses.items():
        filled = re.sub(r"{(\w+)(?::path)?}", lambda found: quote(places.get(found[1], found[1]), safe=""), path)
        named = re.findall(r"{(\w+)", path)
        # Of a query or a job there is none to ask for: who asks without a credential is told of the address alone.
        answer = reader.client.options(filled, headers=reader.headers if set(named) <= places.keys() else {})
        assert answer.status_code == 204, path
        assert set(answer.headers["allow"].split(", ")) == {"OPTIONS", *methods}, path
        for name in ("EPCIS-Version", "EPCIS-Min", "EPCIS-Max", "CBV-Version", "CBV-Min", "CBV-Max", "EPC-Format"):
            assert answer.headers[f"GS1-{name}"]
        for name in ("CBV-XML-Format", "Extensions", "Vendor-Version"):
            assert answer.headers[f"GS1-{name}"]
        assert ("gs1-capture-error-behaviour" in answer.headers) == (path in {"/epcis/capture", "/epcis/events"})


def test_what_is_not_there_takes_nothing(reader: Sender) -> None:
    for method in ("OPTIONS", "GET", "POST"):
        assert refusal(ask(reader, "/epcis/elsewhere", method))[:2] == (404, "epcisException:NoSuchResourceException")
    assert ask(reader, "/epcis/events", "PATCH").status_code == 405


def test_what_names_a_thing_says_whether_there_is_one_for_who_asks(shared: Instance, reader: Sender) -> None:
    event = an_object_event(eventID=f"urn:uuid:{uuid4()}", **{"filiere:sharing": "private"})
    assert reader.send_events(event).status_code == 200
    stranger = shared.admit("Stranger to an event")
    name = quote(event["eventID"], safe="")
    for path, there in ((f"/epcis/events/{name}", True), (f"/epcis/events/{uuid4()}", False)):
        answers = [ask(each, path, "OPTIONS") for each in (reader, stranger)]
        assert [each.status_code for each in answers] == [204 if there else 404, 404], path
    assert "GET" in ask(reader, f"/epcis/events/{name}", "OPTIONS").headers["allow"]
    assert refusal(ask(reader, "/epcis/capture/none", "OPTIONS"))[:2] == (404, "epcisException:NoSuchResourceException")
    assert reader.client.options("/epcis/capture/none").status_code == 204, "who may not ask learns nothing"


def test_a_token_of_a_page_cannot_be_cancelled_and_says_so(reader: Sender) -> None:
    answer = ask(reader, "/epcis/nextPageToken/abc", "DELETE")
    assert refusal(answer) == (501, "epcisException:ImplementationException", "page-tokens-expire")


@pytest.fixture(scope="module")
def paged(shared: Instance) -> Sender:
    sender = shared.admit("Sender of seven events")
    events = [an_object_event(eventID=event_id(n)) for n in range(7)]
    assert sender.send_events(*events).status_code == 200
    return sender


def walk(reader: Sender, path: str, **parameters: Any) -> list[httpx.Response]:
    """Turn the pages of an answer by the header alone; the token of the body is the same."""
    answers = [reader.get(path, **parameters)]
    while "next" in answers[-1].links:
        link = httpx.URL(answers[-1].links["next"]["url"])
        body = answers[-1].json()
        if isinstance(body, dict):
            assert link.params["nextPageToken"] == body["nextPageToken"]
        assert answers[-1].headers["gs1-next-page-token-expires"]
        answers.append(reader.client.get(link.raw_path.decode(), headers=reader.headers))
    return answers


def test_pages_follow_one_another_to_the_end(paged: Sender) -> None:
    pages = [ids_of(answer) for answer in walk(paged, "/epcis/events", perPage="3")]
    assert pages == [[event_id(n) for n in numbers] for numbers in ([0, 1, 2], [3, 4, 5], [6])]


def test_a_token_goes_on_with_its_own_question_alone(paged: Sender) -> None:
    question = {"EQ_action": "ADD", "eventType": "ObjectEvent"}
    token = paged.get("/epcis/events", perPage="2", **question).json()["nextPageToken"]
    assert ids_of(paged.get("/epcis/events", nextPageToken=token, perPage="4", **question)) == [
        event_id(n) for n in range(2, 6)
    ]
    for other in (
        {"EQ_action": "ADD"},
        question | {"EQ_action": "OBSERVE"},
        question | {"EQ_bizStep": "shipping"},
    ):
        refused = paged.get("/epcis/events", nextPageToken=token, **other)
        assert refusal(refused) == (400, "epcisException:QueryParameterException", "page-token-refused")


def test_a_token_alone_goes_on_with_its_question(paged: Sender) -> None:
    """Real clients send the token of the body, and nothing of what they asked first."""
    question = {"EQ_eventID": "|".join(event_id(n) for n in range(0, 7, 2))}
    token = paged.get("/epcis/events", perPage="1", **question).json()["nextPageToken"]
    second = paged.get("/epcis/events", perPage="2", nextPageToken=token)
    assert ids_of(second) == [event_id(2), event_id(4)]
    assert ids_of(paged.get("/epcis/events", nextPageToken=second.json()["nextPageToken"])) == [event_id(6)]


def test_the_token_of_a_very_long_question_stays_short_and_needs_the_question(paged: Sender) -> None:
    noise = "|".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(150))
    question = {"EQ_eventID": f"{noise}|{event_id(1)}|{event_id(2)}"}
    token = paged.get("/epcis/events", perPage="1", **question).json()["nextPageToken"]
    assert len(token) < 4_000
    assert ids_of(paged.get("/epcis/events", nextPageToken=token, **question)) == [event_id(2)]
    assert refusal(paged.get("/epcis/events", nextPageToken=token))[2] == "page-token-refused"


@pytest.mark.parametrize("token", ["", "7", "-1", "x" * 5_000, "AAAA", "é"])
def test_a_token_that_nobody_gave_is_refused(paged: Sender, token: str) -> None:
    for path in ("/epcis/events", "/epcis/capture"):
        assert refusal(paged.get(path, nextPageToken=token))[2] == "page-token-refused"


def test_jobs_are_listed_latest_first_and_to_their_sender_alone(shared: Instance) -> None:
    sender, other = shared.admit("Sender of jobs"), shared.admit("Other sender of jobs")
    sent = [send(sender, "/epcis/capture", as_bytes(a_document([]))).json()["captureID"] for _ in range(5)]
    pages = [answer.json() for answer in walk(sender, "/epcis/capture", perPage="2")]
    assert [[job["captureID"] for job in page] for page in pages] == [[sent[4], sent[3]], [sent[2], sent[1]], [sent[0]]]
    assert other.get("/epcis/capture").json() == []
    assert refusal(sender.get("/epcis/capture", perPage="0"))[1:] == (
        "epcisException:QueryParameterException",
        "query-parameter",
    )
    assert refusal(sender.get("/epcis/capture", colour="blue"))[2] == "query-parameter"
