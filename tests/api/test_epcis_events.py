"""A plain EPCIS client sends one event, and whoever may see events finds and reads them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient

from builders.events import (
    CHEESE_LOT,
    CONTEXT,
    DAIRY,
    MILK_LOT,
    PALLET,
    RIPENING_ROOM,
    a_transaction_event,
    a_transformation_event,
    an_aggregation_event,
    an_object_event,
    as_bytes,
)
from builders.instance import Instance, Sender

LD_JSON = "application/ld+json"


def event_id(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-8000-{number:012d}"


def events_of(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    events: list[dict[str, Any]] = response.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return events


def ids_of(response: httpx.Response) -> list[str]:
    return [event["eventID"] for event in events_of(response)]


def post(sender: Sender, event: dict[str, Any]) -> httpx.Response:
    headers = {**sender.headers, "Content-Type": LD_JSON}
    return sender.client.post("/epcis/events", content=as_bytes(event), headers=headers)


def read_as_servers_do(sender: Sender, url: str) -> httpx.Response:
    """Read an address that holds percent-encoded ones: the test client decodes a path twice, a server once."""
    assert isinstance(sender.client, TestClient)
    transport = httpx.ASGITransport(app=sender.client.app)

    async def read() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.get(url, headers=sender.headers)

    return asyncio.run(read())


@pytest.fixture(scope="module")
def chain(shared: Instance) -> Sender:
    """A member with one event of each kind, a day apart."""
    sender = shared.admit("Dairy with a chain")
    made = [an_object_event, a_transformation_event, an_aggregation_event, a_transaction_event]
    events = [make(eventID=event_id(n), eventTime=f"2026-06-{10 + n}T05:40:00.000Z") for n, make in enumerate(made, 1)]
    assert sender.send_events(*events).status_code == 200
    return sender


@pytest.fixture(scope="module")
def plain(shared: Instance) -> Sender:
    return shared.admit("Plain client of events")


def test_one_event_is_created_under_its_own_address(plain: Sender) -> None:
    response = post(plain, an_object_event(eventID=event_id(101)))
    assert response.status_code == 201
    location = httpx.URL(response.headers["location"])
    assert ids_of(plain.client.get(location.raw_path.decode(), headers=plain.headers)) == [event_id(101)]


def test_the_same_event_again_is_created_once(shared: Instance, plain: Sender) -> None:
    first = post(plain, an_object_event(eventID=event_id(102)))
    size = shared.log_size()
    again = post(plain, an_object_event(eventID=event_id(102)))
    assert (again.status_code, again.headers["location"]) == (201, first.headers["location"])
    assert shared.log_size() == size


def test_the_same_id_with_other_content_is_a_conflict_that_leaves_nothing(shared: Instance, plain: Sender) -> None:
    post(plain, an_object_event(eventID=event_id(103)))
    size = shared.log_size()
    response = post(plain, an_object_event(eventID=event_id(103), bizStep="shipping"))
    assert (response.status_code, response.json()["code"]) == (409, "event-conflict")
    assert response.json()["type"] == "epcisException:ResourceAlreadyExistsException"
    assert shared.log_size() == size


@pytest.mark.parametrize(
    "name",
    [
        "https://dairy.example/events/2026/06?lot=7&day=12",
        "ni:///sha-256;df7bb3c352fef055578554f09f5e2aa41782150ced7bd0b8af24dd3ccb30ba69?ver=CBV2.0",
        "https://dairy.example/events/a%2Fb/%C3%A9",
        "https://dairy.example//double/",
    ],
)
def test_an_event_id_with_slashes_and_question_marks_is_found_by_its_encoded_form(plain: Sender, name: str) -> None:
    created = post(plain, an_object_event(eventID=name))
    assert created.status_code == 201, created.text
    assert created.headers["location"].endswith(f"/epcis/events/{quote(name, safe='')}")
    assert ids_of(read_as_servers_do(plain, created.headers["location"])) == [name]


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ({"eventType": "ObjectEvent"}, [1]),
        ({"eventType": "TransformationEvent|AggregationEvent"}, [2, 3]),
        ({"EQ_action": "ADD"}, [1, 3, 4]),
        ({"EQ_action": "OBSERVE|DELETE"}, []),
        ({"EQ_bizStep": "commissioning"}, [1, 2]),
        ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-packing|shipping"}, [3, 4]),
        ({"EQ_disposition": "in_progress"}, [2]),
        ({"EQ_eventID": f"{event_id(4)}|{event_id(1)}"}, [1, 4]),
        ({"EQ_readPoint": DAIRY}, [1, 2, 3]),
        ({"EQ_bizLocation": RIPENING_ROOM}, [2]),
        ({"MATCH_epc": PALLET}, [4]),
        ({"MATCH_epc": "https://id.gs1.org/00/095210010000000420"}, [4]),  # another form of the same pallet
        ({"MATCH_parentID": PALLET}, [3]),
        ({"MATCH_anyEPC": PALLET}, [3, 4]),
        ({"MATCH_epcClass": MILK_LOT}, [1]),
        ({"MATCH_inputEPCClass": MILK_LOT}, [2]),
        ({"MATCH_outputEPCClass": CHEESE_LOT}, [2]),
        ({"MATCH_anyEPCClass": f"{MILK_LOT}|{CHEESE_LOT}"}, [1, 2, 3]),
        ({"MATCH_anyEPCClass": MILK_LOT, "eventType": "ObjectEvent"}, [1]),
        ({"MATCH_inputEPCClass": MILK_LOT, "MATCH_outputEPCClass": MILK_LOT}, []),
        ({"GE_eventTime": "2026-06-12T05:40:00.000Z"}, [2, 3, 4]),
        ({"LT_eventTime": "2026-06-12T07:40:00.000+02:00"}, [1]),
        ({"GE_eventTime": "2026-06-12T00:00:00Z", "LT_eventTime": "2026-06-13T00:00:00Z"}, [2]),
        ({"GE_recordTime": "2000-01-01T00:00:00Z"}, [1, 2, 3, 4]),
        ({"LT_recordTime": "2000-01-01T00:00:00Z"}, []),
        ({"MATCH_epc": "urn:epc:id:sscc:9521001.0000000059"}, []),  # never mentioned by anybody
    ],
    ids=str,
)
def test_each_parameter_restricts_the_answer(chain: Sender, parameters: dict[str, str], numbers: list[int]) -> None:
    assert ids_of(chain.get("/epcis/events", **parameters)) == [event_id(n) for n in numbers]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("EQ_colour=blue", "EQ_colour"),
        ("eq_bizstep=shipping", "eq_bizstep"),
        ("EQ_action=ADD&EQ_action=OBSERVE", "EQ_action"),
        ("eventType=Party", "eventType"),
        ("EQ_action=PAINT", "EQ_action"),
        ("GE_eventTime=2026-06-12T05:40:00", "GE_eventTime"),
        ("GE_eventTime=yesterday", "GE_eventTime"),
        ("perPage=0", "perPage"),
        ("perPage=1001", "perPage"),
        ("perPage=ten", "perPage"),
    ],
)
def test_what_is_not_understood_is_refused_and_never_ignored(chain: Sender, query: str, name: str) -> None:
    response = chain.client.get(f"/epcis/events?{query}", headers=chain.headers)
    assert (response.status_code, response.json()["code"]) == (400, "query-parameter")
    assert all(name in error["fr"] and name in error["en"] for error in response.json()["errors"])


def test_every_wrong_parameter_is_named_at_once(chain: Sender) -> None:
    response = chain.get("/epcis/events", colour="blue", perPage="ten", MATCH_epc="not a uri")
    codes = [error["code"] for error in response.json()["errors"]]
    assert codes == ["query-parameter", "query-parameter", "query-parameter", "identifier-not-a-uri"]


def test_the_next_page_is_named_in_the_header_and_in_the_body(chain: Sender) -> None:
    first = chain.get("/epcis/events", perPage="3", GE_eventTime="2026-01-01T00:00:00+01:00")
    token = first.json()["nextPageToken"]
    link = first.links["next"]["url"]
    assert httpx.URL(link).params["nextPageToken"] == token
    assert httpx.URL(link).params["GE_eventTime"] == "2026-01-01T00:00:00+01:00"
    assert "gs1-next-page-token-expires" in first.headers
    second = chain.client.get(httpx.URL(link).raw_path.decode(), headers=chain.headers)
    assert ids_of(first) + ids_of(second) == [event_id(n) for n in (1, 2, 3, 4)]
    assert "nextPageToken" not in second.json()
    assert "link" not in second.headers


def test_pages_neither_skip_nor_repeat_while_others_write(shared: Instance) -> None:
    """A reader that follows the pages sees every event of every writer once, in log order."""
    reader = shared.admit("Reader of a moving log")
    writers = [shared.admit(f"Writer {n}") for n in range(3)]
    expected = {f"urn:uuid:00000000-0000-4000-9{w:03d}-{n:012d}" for w in range(3) for n in range(25)}

    def write(number: int) -> None:
        for n in range(25):
            name = f"urn:uuid:00000000-0000-4000-9{number:03d}-{n:012d}"
            context = [*CONTEXT, {"filiere": "urn:filiere:ns:"}]
            event = an_object_event(
                eventID=name, bizStep="arriving", **{"@context": context, "filiere:sharing": "sector"}
            )
            assert writers[number].send_events(event).status_code == 200

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    page = {"EQ_bizStep": "arriving", "perPage": "7"}
    while len(seen) < len(expected):
        quiet = not any(thread.is_alive() for thread in threads)
        answer = reader.get("/epcis/events", **page)
        if "nextPageToken" in answer.json():
            seen += ids_of(answer)
            page["nextPageToken"] = answer.json()["nextPageToken"]
        elif quiet:  # a last page is read again until nobody writes any more
            seen += ids_of(answer)
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == expected


def test_a_declared_event_and_its_declaration_share_an_address(plain: Sender) -> None:
    declaration = {"declarationTime": "2026-06-13T00:00:00Z", "reason": "incorrect_data"}
    post(plain, an_object_event(eventID=event_id(105)))
    assert post(plain, an_object_event(eventID=event_id(105), errorDeclaration=declaration)).status_code == 201
    assert post(plain, an_object_event(eventID=event_id(105), errorDeclaration=declaration)).status_code == 201
    assert len(events_of(plain.get(f"/epcis/events/{event_id(105)}"))) == 2


URNS = ("urn:epc:id:sgtin:9521234.000001.2018", "urn:epc:class:lgtin:9521234.000001.L1")
SHIPPED: dict[str, Any] = {
    "epcList": [URNS[0]],
    "quantityList": [{"epcClass": URNS[1], "quantity": 12.50, "uom": "KGM"}],
    "bizStep": "shipping",
    "ilmd": {"dairy:note": "urn:epc:id:sgtin:9521234.000001.2018"},
}
LINKS = ("https://id.gs1.org/01/09521234000013/21/2018", "https://id.gs1.org/01/09521234000013/10/L1")


@pytest.mark.parametrize(
    ("headers", "epc", "lot", "step"),
    [
        ({}, *LINKS, "shipping"),
        ({"GS1-EPC-Format": "Always_GS1_Digital_Link"}, *LINKS, "shipping"),
        (
            {"GS1-EPC-Format": "Always_EPC_URN"},
            SHIPPED["epcList"][0],
            SHIPPED["quantityList"][0]["epcClass"],
            "shipping",
        ),
        (
            {"GS1-EPC-Format": "Never_Translates"},
            SHIPPED["epcList"][0],
            SHIPPED["quantityList"][0]["epcClass"],
            "shipping",
        ),
        ({"GS1-CBV-XML-Format": "Always_Web_URI"}, *LINKS, "https://ref.gs1.org/cbv/BizStep-shipping"),
        # The schema of JSON takes no URN of a word.
        ({"GS1-CBV-XML-Format": "Always_URN"}, *LINKS, "shipping"),
    ],
)
def test_identifiers_and_words_are_written_in_the_form_that_is_asked_for(
    plain: Sender, headers: dict[str, str], epc: str, lot: str, step: str
) -> None:
    name = event_id(106)
    assert post(plain, an_object_event(eventID=name, **SHIPPED)).status_code == 201
    for path in (f"/epcis/events/{name}", f"/epcis/events?EQ_eventID={name}"):
        response = plain.client.get(path, headers=plain.headers | headers)
        (event,) = events_of(response)
        assert (event["epcList"], event["bizStep"]) == ([epc], step)
        assert event["quantityList"][0]["epcClass"] == lot
        assert event["ilmd"] == SHIPPED["ilmd"]  # its owner's own
        assert event["quantityList"][0]["quantity"] == 12.5


@pytest.mark.parametrize("said", ["bad", "ex=https://example.com/ns/,bad", "=https://example.com/", "ex=", "x" * 9_000])
def test_extensions_that_declare_nothing_are_refused(plain: Sender, said: str) -> None:
    refused = plain.client.get("/epcis/events", headers=plain.headers | {"GS1-Extensions": said})
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (400, "epcisException:QueryParameterException")
    assert "GS1-Extensions" in problem["detail"]
    for fine in ("", "ex=https://example.com/ns/", "ex=https://example.com/ns/,\t, of=urn:example:a=b"):
        answer = plain.client.get("/epcis/events?perPage=1", headers=plain.headers | {"GS1-Extensions": fine})
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("No_Preference", "urn:epcglobal:cbv:bizstep:shipping"),
        ("Always_URN", "urn:epcglobal:cbv:bizstep:shipping"),
        ("Always_Web_URI", "https://ref.gs1.org/cbv/BizStep-shipping"),
    ],
)
def test_words_in_xml_are_urns_or_web_addresses(plain: Sender, words: str, step: str) -> None:
    name = event_id(107)
    assert post(plain, an_object_event(eventID=name, **SHIPPED)).status_code == 201
    asked = {"Accept": "application/xml", "GS1-CBV-XML-Format": words}
    answer = plain.client.get(f"/epcis/events/{name}", headers=plain.headers | asked)
    assert f"<bizStep>{step}</bizStep>" in answer.text


def test_a_form_that_there_is_not_is_refused(plain: Sender) -> None:
    for name in ("GS1-EPC-Format", "GS1-CBV-XML-Format"):
        refused = plain.client.get("/epcis/events", headers=plain.headers | {name: "Upside_Down"})
        assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")


def test_what_is_shared_behind_the_place_of_a_walk_is_in_the_stream_and_in_the_next_walk(shared: Instance) -> None:
    reader, owner = shared.admit("Reader who walks"), shared.admit("Owner who shares late")
    context = {"@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}], "bizStep": "staging_outbound"}
    names = [event_id(n) for n in range(300, 305)]
    modes = ["private", *["sector"] * 4]
    events = [
        an_object_event(eventID=name, **context, **{"filiere:sharing": mode})
        for name, mode in zip(names, modes, strict=True)
    ]
    late = owner.send_events(*events).json()["records"][0]["index"]
    question = {"EQ_bizStep": "staging_outbound", "perPage": "2"}
    first = reader.get("/epcis/events", **question)
    assert ids_of(first) == names[1:3]
    given = owner.client.post(f"/api/v1/records/{late}/grants", json={"member": reader.uri}, headers=owner.headers)
    assert given.status_code < 300, given.text
    second = reader.get("/epcis/events", nextPageToken=first.json()["nextPageToken"], **question)
    assert ids_of(second) == names[3:]
    assert ids_of(reader.get("/epcis/events", EQ_bizStep="staging_outbound")) == names
    delivered = reader.get("/api/v1/deliveries", limit="100").text
    assert delivered.count(names[0]) == delivered.count(names[1]) > 0


def test_a_word_of_ones_own_is_found_by_what_it_names_whichever_prefix_says_it(instance: Instance) -> None:
    sender = instance.admit("dairy with words of its own")
    full = "https://dairy.example/terms/salting"
    event = an_object_event(
        eventID=event_id(1), bizStep="dairy:salting", persistentDisposition={"set": ["dairy:salting"]}
    )
    assert sender.send_events(event).status_code == 200
    declared = {"GS1-Extensions": "d=https://dairy.example/terms/"}
    for name in ("EQ_bizStep", "EQ_persistentDisposition_set"):
        assert ids_of(sender.get("/epcis/events", **{name: full})) == [event_id(1)]
        asked = {"params": {name: "d:salting"}, "headers": {**sender.headers, **declared}}
        assert ids_of(sender.client.get("/epcis/events", **asked)) == [event_id(1)]
        assert ids_of(sender.get("/epcis/events", **{name: "https://other.example/salting"})) == []
    asked = {"@context": {"d": "https://dairy.example/terms/"}, "EQ_bizStep": ["d:salting"]}
    query = {"name": "salted", "query": asked}
    assert sender.client.post("/epcis/queries", json=query, headers=sender.headers).status_code == 201
    assert ids_of(sender.get("/epcis/queries/salted/events")) == [event_id(1)]
    (shown,) = events_of(sender.get("/epcis/events", EQ_bizStep=full))
    assert shown["bizStep"] in {"dairy:salting", full}
