"""The collections list what the asker was shown, once each, to the end, whatever is written or granted meanwhile."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient

from builders.events import CONTEXT, an_aggregation_event, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.usecases import collection

OURS = [*CONTEXT, {"filiere": "urn:filiere:ns:"}]
SECTOR = {"@context": OURS, "filiere:sharing": "sector"}
PALLET = "urn:epc:id:sscc:9521234.0000000017"
PALLET_LINK = "https://id.gs1.org/00/095212340000000174"
PLACE = "urn:epc:id:sgln:9521234.00001.0"
PLACE_LINK = "https://id.gs1.org/414/9521234000013"


def lot(name: str) -> str:
    return f"urn:filiere:lot:siret:73282932000074:COLL:{name}"


def an_event(number: int, *lots: str, **said: Any) -> dict[str, Any]:
    ends = [{"epcClass": each, "quantity": 1, "uom": "KGM"} for each in lots]
    event_id = f"urn:uuid:00000000-0000-4000-8c00-{number:012d}"
    return an_object_event(eventID=event_id, epcList=[], quantityList=ends, **({"@context": OURS} | said))


def walk(reader: Sender, name: str, *, size: int = 1_000, **headers: str) -> list[str]:
    """List a collection to its end, by the tokens of its pages."""
    found: list[str] = []
    page: dict[str, Any] = {"perPage": str(size)}
    while True:
        answer = reader.client.get(f"/epcis/{name}", params=page, headers=reader.headers | headers)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert document["type"] == "Collection"
        assert len(document["member"]) <= size
        found += document["member"]
        if "nextPageToken" not in document:
            assert len(found) == len(set(found))
            return found
        page["nextPageToken"] = document["nextPageToken"]


def read_encoded(sender: Sender, *parts: str, **parameters: str) -> httpx.Response:
    """Read an address whose parts are percent-encoded: the test client decodes a path twice, a server once."""
    assert isinstance(sender.client, TestClient)
    transport = httpx.ASGITransport(app=sender.client.app)
    url = "http://testserver/epcis/" + "/".join(quote(part, safe="") for part in parts)

    async def read() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.get(url, params=parameters, headers=sender.headers)

    return asyncio.run(read())


def ids_of(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [event["eventID"] for event in response.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]


@pytest.fixture(scope="module")
def dairy(shared: Instance) -> Sender:
    """A member whose events speak of lots, a pallet, a place, and words of its own."""
    sender = shared.admit("Dairy with collections")
    place = {"readPoint": {"id": PLACE}, "bizLocation": {"id": PLACE_LINK}}
    events = [
        an_event(1, lot("A"), lot("B"), bizStep="https://dairy.example/steps/ripening", **place),
        an_event(2, lot("B"), lot("C"), bizStep="shipping", disposition="urn:dairy:disp:turned", **place),
        an_aggregation_event(
            eventID="urn:uuid:00000000-0000-4000-8c00-000000000003",
            parentID=PALLET,
            childEPCs=[],
            childQuantityList=[{"epcClass": lot("C"), "quantity": 1, "uom": "KGM"}],
            **place,
        ),
    ]
    answer = sender.send_events(*events)
    assert answer.status_code == 200, answer.text
    return sender


@pytest.fixture(scope="module")
def stranger(shared: Instance) -> Sender:
    return shared.admit("Stranger to collections")


@pytest.mark.parametrize("size", [1, 2, 1_000])
def test_objects_are_listed_once_in_the_order_in_which_they_were_shown(dairy: Sender, size: int) -> None:
    assert walk(dairy, "epcs", size=size) == [lot("A"), lot("B"), lot("C"), PALLET_LINK]


@pytest.mark.parametrize("size", [1, 1_000])
def test_a_stranger_is_listed_nothing_of_it(stranger: Sender, size: int) -> None:
    assert walk(stranger, "epcs", size=size) == []
    assert walk(stranger, "readPoints", size=size) == walk(stranger, "bizLocations", size=size) == []
    assert not [word for word in walk(stranger, "bizSteps", size=30) if ":" in word]


def test_places_are_listed_under_one_name_however_they_were_written(dairy: Sender) -> None:
    assert walk(dairy, "readPoints", size=1) == walk(dairy, "bizLocations") == [PLACE_LINK]


def test_words_of_the_standard_come_first_and_then_those_of_the_members_own_events(dairy: Sender) -> None:
    steps, dispositions = walk(dairy, "bizSteps", size=7), walk(dairy, "dispositions")
    assert (len(steps), steps[-1]) == (42, "https://dairy.example/steps/ripening")
    assert {"shipping", "receiving", "commissioning"} <= set(steps)
    assert dispositions[-1] == "urn:dairy:disp:turned"
    assert "in_transit" in dispositions
    assert len(walk(dairy, "eventTypes", size=2)) == 5


def test_members_are_written_in_the_form_that_is_asked_for(dairy: Sender) -> None:
    urns = walk(dairy, "epcs", **{"GS1-EPC-Format": "Always_EPC_URN"})
    assert urns == [lot("A"), lot("B"), lot("C"), PALLET]
    words = walk(dairy, "bizSteps", **{"GS1-CBV-XML-Format": "Always_Web_URI"})
    assert "https://ref.gs1.org/cbv/BizStep-shipping" in words


@pytest.mark.parametrize(
    ("collection", "member", "numbers"),
    [
        ("eventTypes", "AggregationEvent", [3]),
        ("epcs", lot("B"), [1, 2]),
        ("epcs", PALLET, [3]),
        ("epcs", PALLET_LINK, [3]),
        ("bizSteps", "shipping", [2]),
        ("bizSteps", "https://ref.gs1.org/cbv/BizStep-shipping", [2]),
        ("bizSteps", "https://dairy.example/steps/ripening", [1]),
        ("bizLocations", PLACE, [1, 2, 3]),
        ("readPoints", PLACE_LINK, [1, 2, 3]),
        ("dispositions", "urn:dairy:disp:turned", [2]),
    ],
)
def test_each_member_has_its_events_whatever_form_its_address_has(
    dairy: Sender, stranger: Sender, collection: str, member: str, numbers: list[int]
) -> None:
    ids = [f"urn:uuid:00000000-0000-4000-8c00-{n:012d}" for n in numbers]
    resource = read_encoded(dairy, collection, member)
    assert (resource.status_code, resource.json()["member"]) == (200, ["events"])
    assert ids_of(read_encoded(dairy, collection, member, "events")) == ids
    first = read_encoded(dairy, collection, member, "events", perPage="1")
    assert ids_of(first) == ids[:1]
    if len(ids) > 1:
        raw_path = httpx.URL(first.links["next"]["url"]).raw_path.decode()
        assert raw_path.startswith(f"/epcis/{collection}/{quote(member, safe='')}/events?")
    is_standard = collection == "eventTypes" or member.endswith("shipping")
    assert read_encoded(stranger, collection, member).status_code == (200 if is_standard else 404)
    assert read_encoded(stranger, collection, member, "events").status_code == (200 if is_standard else 404)


@pytest.mark.parametrize(
    ("collection", "member", "status"),
    [
        ("eventTypes", "PartyEvent", 404),
        ("bizSteps", "dancing", 404),
        ("bizSteps", "shipping|https://dairy.example/steps/ripening", 200),
        ("epcs", lot("Z"), 404),
        ("epcs", "not a uri", 400),
        ("epcs", "https://id.gs1.org/01/09521234000014", 400),  # its check digit is wrong
    ],
)
def test_what_is_no_member_has_no_address(dairy: Sender, collection: str, member: str, status: int) -> None:
    for tail in ((), ("events",)):
        answer = read_encoded(dairy, collection, member, *tail)
        assert answer.status_code == (404 if "|" in member else status), answer.text


def test_a_member_whose_name_ends_like_its_events_is_told_from_them(dairy: Sender) -> None:
    name = "https://dairy.example/places/events"
    dairy.send_events(an_event(9, lot("A"), readPoint={"id": name}))
    assert read_encoded(dairy, "readPoints", name).json()["member"] == ["events"]
    assert len(ids_of(read_encoded(dairy, "readPoints", name, "events"))) == 1
    assert read_encoded(dairy, "readPoints", "https://dairy.example/places").status_code == 404


def test_a_question_about_a_member_takes_every_parameter_but_its_own(dairy: Sender) -> None:
    assert len(ids_of(read_encoded(dairy, "epcs", lot("B"), "events", EQ_bizStep="shipping"))) == 1
    assert ids_of(read_encoded(dairy, "epcs", lot("B"), "events", EQ_bizStep="loading")) == []
    refused = read_encoded(dairy, "bizSteps", "shipping", "events", EQ_bizStep="loading")
    assert (refused.status_code, refused.json()["type"]) == (400, "epcisException:QueryParameterException")


def test_a_list_neither_skips_nor_repeats_while_others_write_and_share(shared: Instance) -> None:
    """Three members write; what one of them shares late is listed too, behind what was listed before."""
    reader = shared.admit("Reader of a growing list")
    writers = [shared.admit(f"Writer of lots {n}") for n in range(3)]
    late = writers[0].send_events(an_event(400, lot("late"), **{"filiere:sharing": "private"})).json()
    expected = {lot(f"{w}-{n % 10}") for w in range(3) for n in range(20)} | {lot("late")}

    def write(number: int) -> None:
        for n in range(20):
            event = an_event(500 + 100 * number + n, lot(f"{number}-{n % 10}"), **SECTOR)
            assert writers[number].send_events(event).status_code == 200

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    seen: list[str] = []
    page = {"perPage": "2"}
    is_shared = False
    while True:
        quiet = is_shared and not any(thread.is_alive() for thread in threads)
        answer = reader.get("/epcis/epcs", **page).json()
        if "nextPageToken" in answer:
            seen += answer["member"]
            page["nextPageToken"] = answer["nextPageToken"]
            if len(seen) > 6 and not is_shared:
                give = {"member": reader.uri}
                given = writers[0].client.post(
                    f"/api/v1/records/{late['records'][0]['index']}/grants", json=give, headers=writers[0].headers
                )
                assert given.status_code < 300, given.text
                is_shared = True
        elif quiet:  # a last page is read again until nobody writes any more
            seen += answer["member"]
            break
    ours = [each for each in seen if each.startswith("urn:filiere:lot:siret:73282932000074:COLL:") and "-" in each]
    assert len(seen) == len(set(seen))
    assert {*ours, lot("late")} == expected
    assert lot("late") in seen


def test_a_page_may_be_short_and_the_next_goes_on_behind_what_was_read(
    dairy: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {name: walk(dairy, name) for name in ("epcs", "readPoints", "bizSteps")}
    monkeypatch.setattr(collection, "MOST_GRANTS", 1)
    monkeypatch.setattr(collection, "_GRANTS_AT_ONCE", 1)
    monkeypatch.setattr(collection, "_WINDOW", 1)
    monkeypatch.setattr(collection, "MOST_READ", 1)
    monkeypatch.setattr(collection, "MOST_KEPT", 0)
    assert {name: walk(dairy, name, size=2) for name in whole} == whole
