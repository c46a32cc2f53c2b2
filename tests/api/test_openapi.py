"""The OpenAPI document says what the edge does, and no request that it allows, or forbids, is an internal error."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.events import an_object_event
from builders.instance import JOSE, Instance, Sender

PROBLEM = "application/problem+json"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


@pytest.fixture(scope="module")
def sender(shared: Instance) -> Sender:
    return shared.admit("Fuzzer")


@pytest.fixture(scope="module")
def document(shared: Instance) -> dict[str, Any]:
    read: dict[str, Any] = shared.client.get("/api/v1/openapi.json").json()
    return read


def schema_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A component as a schema that stands alone."""
    return {"$ref": f"#/components/schemas/{name}", "components": document["components"]}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])
    assert "HTTPValidationError" not in text


def test_every_operation_says_that_a_problem_document_may_answer(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert PROBLEM in operation["responses"]["default"]["content"], (method, path)
            assert "422" not in operation["responses"], (method, path)


def test_capture_documents_its_body_its_answers_and_its_credential(document: dict[str, Any]) -> None:
    send = document["paths"]["/api/v1/records"]["post"]
    assert set(send["requestBody"]["content"]) == {JOSE, "application/json"}
    assert set(send["responses"]) >= {"200", "207", "400", "401", "403", "409", "413", "415", "503"}
    assert "Retry-After" in send["responses"]["503"]["headers"]
    assert send["security"] == [{"bearer": []}]
    enrol = document["paths"]["/api/v1/keys"]["post"]
    assert set(enrol["requestBody"]["content"]) == {"application/json"}
    assert set(enrol["responses"]) >= {"201", "400", "401", "409"}


def test_every_query_parameter_of_events_is_documented(document: dict[str, Any], sender: Sender) -> None:
    named = {p["name"] for p in document["paths"]["/epcis/events"]["get"]["parameters"] if p["in"] == "query"}
    refused = sender.get("/epcis/events", **dict.fromkeys(named, "\u0001"))
    assert "unknown" not in refused.text
    assert sender.get("/epcis/events", unknown="1").status_code == 400
    assert {"MATCH_anyEPC", "EQ_bizStep", "GE_eventTime", "nextPageToken"} <= named


@pytest.mark.parametrize("path", ["/epcis/events", "/epcis/queries/{query_name}/events"])
def test_the_headers_and_the_refusals_of_a_question_are_documented(document: dict[str, Any], path: str) -> None:
    """Source: EPCIS 2.0 OpenAPI, GET /events."""
    asks = document["paths"][path]["get"]
    headers = {each["name"] for each in asks["parameters"] if each["in"] == "header"}
    assert headers >= {"GS1-EPCIS-Min", "GS1-EPCIS-Max", "GS1-CBV-Min", "GS1-CBV-Max"}
    assert headers >= {"GS1-EPC-Format", "GS1-CBV-XML-Format"}
    assert set(asks["responses"]) >= {"200", "400", "401", "403", "406", "413", "414"}
    assert set(asks["responses"]["200"]["headers"]) == {"Link", "GS1-Next-Page-Token-Expires"}


def test_answers_have_the_form_that_is_documented(document: dict[str, Any], sender: Sender) -> None:
    good, bad = sender.sign(an_object_event()), sender.sign(an_object_event(action="PAINT"))
    both = sender.send(good, bad)
    assert both.status_code == 207
    jsonschema.validate(both.json(), schema_of(document, "RecordsAnswer"))
    one = sender.send(bad)
    jsonschema.validate(one.json(), schema_of(document, "ProblemDocument"))
    index = both.json()["records"][0]["index"]
    jsonschema.validate(sender.get(f"/api/v1/records/{index}").json(), schema_of(document, "StoredRecord"))


def is_served_well(response: httpx.Response) -> None:
    assert response.status_code < 500, (response.request.method, response.url, response.text)
    if response.status_code >= 400 and response.request.method != "HEAD":
        assert response.headers["content-type"] == PROBLEM, (response.request.method, response.url)
        assert response.json()["code"]


AWKWARD = (
    *("", "0", "-1", str(2**63), "9" * 400, "NaN", "\x00", "é", "a|b", "|", "../..", "%2e%2e", "true", "null"),
    *("urn:epc:id:sscc:9521001.0000000042", "urn:", "https://", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00"),
)
PATHS = (
    *(
        "/api/v1/records",
        "/api/v1/records/{x}",
        "/api/v1/keys",
        "/api/v1/trace",
        "/api/v1/trace/stream",
        "/api/v1/trace/ancestors",
        "/api/v1/trace/investigation",
        "/api/v1/trace/difference",
        "/api/v1/trace/presence",
        "/api/v1/state",
        "/api/v1/accounts",
        "/api/v1/accounts/{x}",
        "/api/v1/cases",
        "/api/v1/cases/{x}",
        "/api/v1/cases/{x}/steps",
        "/api/v1/reports",
        "/api/v1/reports/{x}",
        "/api/v1/balance",
        "/api/v1/balance/dilution",
        "/epcis/capture",
        "/epcis/capture/{x}",
    ),
    *("/epcis/events", "/epcis/events/{x}", "/log/keys/{x}", "/log/tile/{x}", "/log/tile/entries/{x}", "/{x}"),
)
awkward = st.sampled_from(AWKWARD) | st.text(max_size=20)
paths = st.sampled_from(PATHS)
names = st.one_of(
    st.sampled_from(["object", "direction", "max_depth", "max_nodes", "as_of", "perPage", "nextPageToken"]),
    st.sampled_from(["MATCH_anyEPC", "EQ_bizStep", "EQ_eventID", "GE_eventTime", "LT_recordTime", "eventType"]),
    awkward,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | awkward,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "records", "token", "_sd"]), inner)
    ),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=60),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {
            "@context": json_values,
            "type": st.sampled_from(["EPCISDocument", "ObjectEvent", "x"]),
            "epcisBody": json_values,
        }
    ).map(lambda value: json.dumps(value).encode()),
    st.lists(st.sampled_from([b"e30", b"", b"=", b"~", b"\xff"]), min_size=2, max_size=5).map(b".".join),
)
kinds = st.sampled_from(
    [JOSE, "application/json", "application/ld+json", "text/plain", "", "application/json; charset=x"]
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(METHODS),
    path=paths,
    piece=awkward,
    query=st.dictionaries(names, awkward, max_size=3),
    body=bodies,
    kind=kinds,
    language=awkward,
    signed_in=st.booleans(),
)
def test_no_request_is_an_internal_error(sender: Sender, **request: Any) -> None:
    headers = {"Content-Type": request["kind"], "Accept-Language": request["language"].encode("utf-8", "replace")}
    if request["signed_in"]:
        headers |= sender.headers
    url = request["path"].replace("{x}", quote(request["piece"], safe="/", errors="replace"))
    is_served_well(
        sender.client.request(
            request["method"], url, params=request["query"] or None, content=request["body"], headers=headers
        )
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    place=st.sampled_from(
        ["eventTime", "bizStep", "epcList", "quantityList", "readPoint", "ilmd", "eventID", "action"]
    ),
    value=json_values,
)
def test_no_signed_event_is_an_internal_error(sender: Sender, place: str, value: Any) -> None:
    raw = json.dumps(an_object_event(**{place: value})).encode()
    is_served_well(sender.send(sender.sign(raw)))
