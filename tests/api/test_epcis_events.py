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
        ("nextPageToken=abc", "nextPageToken"),
        ("nextPageToken=-1", "nextPageToken"),
    ],
)
def test_what_is_not_understood_is_refused_and_never_ignored(chain: Sender, query: str, name: str) -> None:
    response = chain.client.get(f"/epcis/events?{query}", headers=chain.headers)
    assert (response.status_code, response.json()["code"]) == (400, "query-parameter")
    assert all(name in error["fr"] and name in error["en"] for error in response.json()["errors"])


def test_every_wrong_parameter_is_named_at_once(chain: Sender) -> None:
    response = chain.get("/epcis/events", colour="blue", perPage="ten", MATCH_epc="not a uri")
    assert len(response.json()["errors"]) == 3


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
