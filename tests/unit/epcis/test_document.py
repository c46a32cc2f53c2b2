"""Documents are cut into events byte for byte, whatever stands in them."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.event_strategies import JSON, valid_events
from builders.events import (
    ABSENT,
    CONTEXT,
    EPCIS_CONTEXT,
    ONE_OF_EACH,
    a_document,
    an_object_event,
    as_bytes,
)
from filiere_schemas.epcis import document as document_module
from filiere_schemas.epcis import received as received_module
from filiere_schemas.epcis.document import InvalidDocument, read_bare_event, read_document
from filiere_schemas.epcis.duplicates import keep_last_values
from filiere_schemas.epcis.limits import LONGEST_TERM, MOST_CONTEXTS
from filiere_schemas.epcis.reading import InvalidEvent, read_event
from filiere_schemas.epcis.received import receive
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

HEADER = {
    "epcisMasterData": {
        "vocabularyList": [
            {
                "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                "vocabularyElementList": [
                    {
                        "id": "urn:epc:id:sgln:9521001.00001.0",
                        "attributes": [{"id": "urn:epcglobal:cbv:mda#name", "attribute": "Fromagerie du Lac"}],
                        "children": ["urn:epc:id:sgln:9521001.00001.R3"],
                    },
                ],
            },
        ],
    },
}


def refused(raw: bytes) -> set[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as caught:
        read_document(raw)
    return {(problem.code, problem.pointer) for problem in caught.value.problems}


def query_document(events: list[dict[str, Any]]) -> dict[str, Any]:
    body = {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": events}}}
    return a_document([], type="EPCISQueryDocument", epcisBody=body, schemaVersion=ABSENT, creationDate=ABSENT)


# --- What comes out -----------------------------------------------------------------------------------------------


def test_a_document_says_what_it_is_and_holds_its_events_in_order() -> None:
    document = read_document(as_bytes(a_document([build() for build in ONE_OF_EACH], epcisHeader=HEADER)))
    assert document.kind == "EPCISDocument"
    assert document.schema_version == "2.0"
    assert document.creation_date is not None
    assert document.creation_date.isoformat() == "2026-06-12T06:00:00+00:00"
    assert json.loads(document.header or b"") == HEADER
    assert [strict_loads(event) for event in document.events] == [build() for build in ONE_OF_EACH]
    assert document.pointers == tuple(f"/epcisBody/eventList/{at}" for at in range(len(ONE_OF_EACH)))
    for event in document.events:
        assert read_event(strict_loads(event)).warnings == ()


def test_a_query_document_holds_its_events_deeper() -> None:
    document = read_document(as_bytes(query_document([an_object_event(**{"@context": ABSENT})])))
    assert document.kind == "EPCISQueryDocument"
    assert (document.schema_version, document.creation_date, document.header) == (None, None, None)
    assert document.pointers == ("/epcisBody/queryResults/resultsBody/eventList/0",)
    assert strict_loads(document.events[0]) == an_object_event()


def test_a_bare_event_is_a_document_of_itself() -> None:
    raw = as_bytes(an_object_event())
    for document in (read_document(raw), read_bare_event(raw)):
        assert document.kind == "event"
        assert document.events == (raw,)
        assert document.pointers == ("",)
        assert json.loads(document.context) == CONTEXT


def test_nothing_of_an_event_changes_but_the_context_in_front() -> None:
    event = b'{ "type" :\t"ObjectEvent", "ex:n": 1.50e1, "ex:u": "\\u00e9\\/", "ex:list" : [ 1 ,2 ] }'
    raw = b'{"@context":["https://a.example/ctx"],"type":"EPCISDocument","schemaVersion":"2.0",'
    raw += b'"creationDate":"2026-06-12T06:00:00Z","epcisBody":{"eventList":[ ' + event + b" ]}}"
    assert read_document(raw).events == (b'{"@context":["https://a.example/ctx"],' + event[1:],)


def test_an_empty_event_and_an_empty_list_are_cut_too() -> None:
    assert read_document(as_bytes(a_document([]))).events == ()
    document = read_document(as_bytes(a_document([{}, {}])))
    assert [strict_loads(event) for event in document.events] == [{"@context": CONTEXT}] * 2


@given(st.lists(valid_events(), max_size=3), st.booleans())
def test_every_event_comes_out_of_a_document_with_the_value_it_went_in_with(events: list[Any], compact: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
    separators = (",", ":") if compact else (" , ", " : ")
    raw = json.dumps(a_document(events), separators=separators).encode()
    document = read_document(raw)
    assert [strict_loads(event) for event in document.events] == events


# --- An event with a context of its own ---------------------------------------------------------------------------

OWN = {"own": "https://own.example/"}


@pytest.mark.parametrize(
    ("outer", "inner", "joined"),
    [
        (CONTEXT, OWN, [*CONTEXT, OWN]),
        (CONTEXT, [OWN, "https://x.example/ctx"], [*CONTEXT, OWN, "https://x.example/ctx"]),
        (EPCIS_CONTEXT, EPCIS_CONTEXT, EPCIS_CONTEXT),
        (CONTEXT, CONTEXT, CONTEXT),
        (CONTEXT, [EPCIS_CONTEXT, OWN], [*CONTEXT, OWN]),
        (OWN, EPCIS_CONTEXT, [OWN, EPCIS_CONTEXT]),
        ([], OWN, [OWN]),
    ],
)
@pytest.mark.parametrize("place", ["first", "middle", "last", "only"])
def test_an_own_context_is_joined_after_the_document_s(outer: Any, inner: Any, joined: Any, place: str) -> None:
    rest = {} if place == "only" else {"type": "ObjectEvent", "ex:a": {"@context": "nested, stays"}, "ex:b": '"{'}
    members = list(rest.items())
    members.insert({"first": 0, "middle": 1, "last": len(members), "only": 0}[place], ("@context", inner))
    document = a_document([], **{"@context": outer}, epcisBody={"eventList": [dict(members)]})
    for raw in (as_bytes(document), json.dumps(document, indent=1).encode(), json.dumps(document).encode()):
        (event,) = read_document(raw).events
        assert strict_loads(event) == {"@context": joined, **rest}
        assert list(strict_loads(event)) == ["@context", *rest]


def test_an_own_context_under_an_escaped_name_is_still_found() -> None:
    raw = as_bytes(a_document([])).replace(b"[]", b'[{"type":"x","\\u0040context":{"own":"https://own.example/"}}]')
    (event,) = read_document(raw).events
    assert strict_loads(event)["@context"] == [*CONTEXT, OWN]


# --- Repeated keys ------------------------------------------------------------------------------------------------


def test_a_document_that_repeats_a_key_keeps_the_last_value_and_warns() -> None:
    raw = as_bytes(a_document([an_object_event()])).replace(b'"action": "ADD"', b'"action": "OBSERVE", "action": "ADD"')
    document = read_document(raw)
    assert [(w.code, w.pointer, w.level) for w in document.warnings] == [
        ("duplicate-key", "/epcisBody/eventList/0/action", "warning"),
    ]
    assert strict_loads(document.events[0]) == an_object_event()


def test_a_bare_event_that_repeats_a_key_is_refused() -> None:
    raw = as_bytes(an_object_event()).replace(b'"action": "ADD"', b'"action": "OBSERVE", "action": "ADD"')
    for read in (read_document, read_bare_event):
        with pytest.raises(InvalidJson) as caught:
            read(raw)
        assert [problem.code for problem in caught.value.problems] == ["duplicate-key"]


REPEATING = st.recursive(
    st.sampled_from(["1", '"a"', '"\\"{,"', "null", "[]", "{}"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + " , ".join(items) + "]"),
        st.lists(st.tuples(st.sampled_from(['"k"', '"\\u006b"', '"m,"']), inner), max_size=5).map(
            lambda members: "{ " + " ,".join(f"{key} : {value}" for key, value in members) + "}",
        ),
    ),
    max_leaves=12,
)


@given(REPEATING)
def test_keeping_last_values_leaves_one_reading_the_one_that_json_loads_gives(text: str) -> None:
    kept = keep_last_values(text.encode())
    assert strict_loads(kept) == json.loads(text)


@given(JSON)
def test_keeping_last_values_changes_nothing_where_nothing_is_repeated(value: Any) -> None:
    raw = json.dumps(value).encode()
    assert keep_last_values(raw) == raw


# --- What is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"@context": ABSENT}, ("missing-field", "")),
        ({"schemaVersion": ABSENT}, ("missing-field", "")),
        ({"creationDate": ABSENT}, ("missing-field", "")),
        ({"epcisBody": ABSENT}, ("missing-field", "")),
        ({"epcisBody": {}}, ("missing-field", "/epcisBody")),
        ({"epcisBody": {"eventList": {}}}, ("wrong-type", "/epcisBody/eventList")),
        ({"schemaVersion": "two"}, ("invalid-schema-version", "/schemaVersion")),
        ({"creationDate": "2026-06-12"}, ("naive-event-time", "/creationDate")),
        ({"creationDate": "0000-06-12T00:00:00Z"}, ("invalid-time", "/creationDate")),
        ({"comment": "x"}, ("unknown-field", "/comment")),
        ({"@context": 1}, ("wrong-type", "/@context")),
        ({"@context": "epcis context"}, ("invalid-uri", "/@context")),
        ({"type": "EPCISMasterDataDocument"}, ("not-an-epcis-document", "/type")),
        ({"type": 1}, ("not-an-epcis-document", "/type")),
        ({"type": ABSENT}, ("not-an-epcis-document", "")),
        (
            {"epcisHeader": {"epcisMasterData": {"vocabularyList": [{}]}}},
            ("missing-field", "/epcisHeader/epcisMasterData/vocabularyList/0"),
        ),
    ],
)
def test_an_envelope_that_does_not_hold_is_refused(changes: dict[str, Any], problem: tuple[str, str]) -> None:
    assert refused(as_bytes(a_document([an_object_event()], **changes))) == {problem}


def test_an_extension_of_the_envelope_is_let_through() -> None:
    assert read_document(as_bytes(a_document([an_object_event()], **{"dairy:batch": {"n": 1}}))).events


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"EPCISDocument"', b"null"])
def test_what_is_not_an_object_is_refused(raw: bytes) -> None:
    assert refused(raw) == {("not-an-object", "")}
    with pytest.raises(InvalidDocument):
        read_bare_event(raw)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"type":NaN}', b'{"type":1e999}'])
def test_what_has_no_single_reading_as_json_is_refused(raw: bytes) -> None:
    for read in (read_document, read_bare_event):
        with pytest.raises(InvalidJson):
            read(raw)


def test_a_bare_event_needs_a_context() -> None:
    raw = as_bytes(an_object_event(**{"@context": ABSENT}))
    assert refused(raw) == {("missing-field", "")}


# --- Limits -------------------------------------------------------------------------------------------------------


def test_the_limits_of_documents_are_taken_and_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = as_bytes(a_document([an_object_event(), an_object_event()]))
    for name, code in (
        ("LARGEST_DOCUMENT", "document-too-large"),
        ("MOST_EVENTS", "too-many-events"),
    ):
        at_limit = {"LARGEST_DOCUMENT": len(raw), "MOST_EVENTS": 2}[name]
        with monkeypatch.context() as limits:
            limits.setattr(document_module, name, at_limit)
            assert read_document(raw).events
            limits.setattr(document_module, name, at_limit - 1)
            assert {found for found, _ in refused(raw)} == {code}


def test_what_every_event_inherits_is_summed_up_before_anything_is_built_of_it() -> None:
    bomb = as_bytes(
        a_document([{"type": "ObjectEvent"}] * 5_000, **{"@context": [{"n": "x" * 8_000, "o": "x" * 8_000}]})
    )
    tracemalloc.start()
    try:
        assert refused(bomb) == {("copies-too-large", "")}
        # Of 80 MB that would be built, there are the document, its reading and its slices.
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("context", "code", "pointer"),
    [
        ([{"x": "urn:x:"}] * (MOST_CONTEXTS + 1), "list-too-long", "/@context"),
        ({"x" * (LONGEST_TERM + 1): "urn:x:"}, "text-too-long", "/@context/" + "x" * (LONGEST_TERM + 1)),
    ],
)
def test_a_context_declares_no_more_than_is_followed(context: Any, code: str, pointer: str) -> None:
    assert refused(as_bytes(a_document([], **{"@context": context}))) == {(code, pointer)}


@pytest.mark.parametrize("other", [None, 1, "event", ["event"], [[]]])
def test_what_is_no_event_is_refused_alone(other: Any) -> None:
    document = read_document(as_bytes(a_document([], epcisBody={"eventList": [an_object_event(), other]})))
    first, second = document.events
    assert read_event(receive(first).value).event
    with pytest.raises(InvalidEvent) as caught:
        receive(second)
    told = document.told(1, caught.value.problems[0])
    assert (told.code, told.pointer) == ("not-an-object", "/epcisBody/eventList/1")


def test_an_event_beyond_its_limit_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = read_document(
        as_bytes(a_document([an_object_event(), an_object_event(ilmd={"dairy:a": "x" * 99})]))
    ).events
    monkeypatch.setattr(received_module, "LARGEST_EVENT", len(small))
    assert receive(small).sent == small
    with pytest.raises(InvalidEvent) as caught:
        receive(large)
    assert caught.value.problems[0].code == "event-too-large"


def test_a_bare_event_beyond_its_limit_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = as_bytes(an_object_event())
    monkeypatch.setattr(document_module, "LARGEST_EVENT", len(raw) - 1)
    assert refused(raw) == {("event-too-large", "")}
    with pytest.raises(InvalidDocument):
        read_bare_event(raw)
