"""What anybody sees of an event shared `public-fields`: the fields that the sector calls public, and nothing besides.

The world of these tests has a farm that shares by public fields, a dairy that the farm names, and strangers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from builders.instance import Instance
from builders.village import DAIRY, NOT_VERIFIABLE, NUMBERS, SECRETS, Village, lot, making
from filiere_platform.domain import event_walk
from filiere_platform.domain.audience import OPERATOR, PUBLIC, PUBLIC_VIEW, SECTOR
from filiere_platform.domain.deliveries import VIEW_KIND
from filiere_platform.usecases.grants import differing_grants
from filiere_platform.usecases.relay import plan_round
from filiere_schemas.provenance.bundle import read_bundle
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.sectors.public_fields import PublicFields
from filiere_schemas.sectors.sector_policies import sector_policies
from filiere_schemas.sectors.sharing import SectorSharing


@pytest.fixture(scope="module")
def village(shared: Instance) -> Village:
    return Village(shared)


def test_a_stranger_is_shown_the_public_fields_as_a_view_that_nobody_can_verify(village: Village) -> None:
    milk = lot(f"MILK{next(NUMBERS)}")
    event = making(milk)
    index = village.tell(event)
    for headers in village.strangers():
        record = village.get(f"/api/v1/records/{index}", headers).json()
        assert (record["assurance"], record["view"]) == (NOT_VERIFIABLE, "public-fields")
        assert [record[name] for name in ("jws", "sha256", "member")] == [None] * 3
        shown = record["event"]
        assert shown["quantityList"] == [{"epcClass": milk}]
        assert shown["ilmd"] == {"cbvmda:bestBeforeDate": "2026-12-12"}
        assert shown["filiere:eventTimePrecision"] == "day"
        assert shown.keys() == {
            *("@context", "type", "eventID", "eventTime", "eventTimeZoneOffset", "action", "bizStep", "disposition"),
            *("quantityList", "ilmd", "filiere:eventTimePrecision"),
        }
        (epcis,) = village.found(headers, EQ_eventID=event["eventID"])
        assert (epcis["filiere:view"], epcis["filiere:assurance"]) == ("public-fields", NOT_VERIFIABLE)
        by_id = village.get(f"/epcis/events/{event['eventID']}", headers)
        assert by_id.status_code == 200
        answers = [json.dumps(record), json.dumps(epcis), by_id.text]
        assert not [word for word in (*SECRETS, village.farm.uri) for answer in answers if word in answer]


def test_an_entitled_partner_and_the_owner_see_the_whole(village: Village) -> None:
    event = making(lot(f"MILK{next(NUMBERS)}"))
    index = village.tell(event)
    for reader in (village.farm, village.dairy):
        record = reader.get(f"/api/v1/records/{index}").json()
        assert (record["assurance"], record["view"], record["event"]) == ("signed at source", None, None)
        assert record["jws"] is not None
        (epcis,) = village.found(reader.headers, EQ_eventID=event["eventID"])
        assert epcis["ilmd"]["dairy:farm"] == "Alpage du Lac"
        assert "filiere:view" not in epcis


@pytest.mark.parametrize(
    ("query", "is_met"),
    [
        ({"EQ_bizStep": "commissioning"}, True),
        ({"MATCH_anyEPCClass": "lot"}, True),
        ({"EQ_action": "ADD"}, True),
        ({"GE_eventTime": "2026-06-12T21:00:00Z", "LT_eventTime": "2026-06-12T21:30:00Z"}, True),
        ({"EQ_readPoint": "urn:epc:id:sgln:9521001.00001.0"}, False),
        ({"MATCH_anyEPCClass": "hidden"}, False),
        ({"MATCH_inputEPCClass": "hidden"}, False),
        ({"MATCH_parentID": "hidden"}, False),
        ({"EQ_bizStep": "shipping"}, False),
    ],
)
def test_a_query_finds_a_view_by_its_public_fields_alone(
    village: Village, query: dict[str, str], *, is_met: bool
) -> None:
    milk, hidden = lot(f"MILK{next(NUMBERS)}"), lot(f"HIDDEN{next(NUMBERS)}")
    made = making(milk)
    change = making(milk, type="TransformationEvent", inputQuantityList=[{"epcClass": hidden}])
    del change["action"], change["quantityList"]
    change["outputQuantityList"] = [{"epcClass": milk}]
    packed = making(milk, type="AggregationEvent", parentID=hidden, childQuantityList=[{"epcClass": milk}])
    del packed["quantityList"]
    del packed["ilmd"]
    asked = {name: {"lot": milk, "hidden": hidden}.get(value, value) for name, value in query.items()}
    told = {village.tell(event): event["eventID"] for event in (made, change, packed)}
    for headers in village.strangers():
        found = {event.get("eventID") for event in village.found(headers, perPage="1000", **asked)}
        assert bool(found & set(told.values())) is is_met
    owners = {event["eventID"] for event in village.found(village.farm.headers, perPage="1000", **asked)}
    assert bool(owners & set(told.values())) is (query != {"EQ_bizStep": "shipping"}), "the case asks for nothing"


def test_pages_hold_what_matches_and_go_on_where_hidden_fields_would_have_matched(village: Village) -> None:
    """Between two visible matches lie events whose hidden field matches: neither counts nor pages tell them."""
    hidden, open_lot = lot(f"HIDDEN{next(NUMBERS)}"), lot(f"OPEN{next(NUMBERS)}")
    ids = []
    for number in range(3):
        change = making(lot("X"), type="TransformationEvent", inputQuantityList=[{"epcClass": open_lot}])
        del change["action"], change["quantityList"]
        village.tell(change | {"outputQuantityList": [{"epcClass": lot(f"OUT{number}")}]})
        event = making(open_lot)
        ids.append(event["eventID"])
        village.tell(event)
        packed = making(hidden, type="AggregationEvent", parentID=hidden, childQuantityList=[{"epcClass": lot("Y")}])
        del packed["quantityList"], packed["ilmd"]
        village.tell(packed)
    for headers in village.strangers():
        pages, query = [], {"MATCH_anyEPCClass": open_lot, "perPage": "2"}
        while True:
            answer = village.get("/epcis/events", headers, **query)
            body = answer.json()
            events = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            pages.append([event["eventID"] for event in events])
            if "nextPageToken" not in body:
                break
            query["nextPageToken"] = body["nextPageToken"]
        assert pages == [ids[:2], ids[2:]]
        assert village.found(headers, MATCH_anyEPCClass=hidden) == []


def test_a_trace_follows_a_view_as_far_as_it_is_public_and_says_that_it_is_one(village: Village) -> None:
    milk, curd = lot(f"MILK{next(NUMBERS)}"), lot(f"CURD{next(NUMBERS)}")
    made = making(milk)
    index = village.tell(made)
    change = making(curd, type="TransformationEvent", inputQuantityList=[{"epcClass": milk, "quantity": 4711}])
    del change["action"], change["quantityList"]
    village.tell(change | {"outputQuantityList": [{"epcClass": curd, "quantity": 4711}]})
    for headers in village.strangers():
        answer = village.get("/api/v1/trace", headers, object=milk)
        trace = answer.json()
        form = village.get("/api/v1/trace", headers | {"Accept": "application/ld+json"}, object=milk)
        (in_document,) = form.json()["epcisBody"]["eventList"]
        assert (in_document["filiere:assurance"], "readPoint" in in_document) == (NOT_VERIFIABLE, False)
        (event,) = trace["events"]
        assert (event["index"], event["assurance"], event["view"]) == (index, NOT_VERIFIABLE, "public-fields")
        assert (event["member"], event["places"]) == (None, [])
        assert (trace["edges"], [node["key"] for node in trace["nodes"]]) == ([], [milk])
        assert (trace["summary"]["views"], trace["summary"]["signed_at_source"]) == (1, 0)
        assert [finding["code"] for finding in trace["findings"]] == ["events-in-part"]
        assert not [word for word in (*SECRETS, curd, village.farm.uri) if word in answer.text]
        assert village.get("/api/v1/trace/stream", headers, object=milk, direction="down").text.count(curd) == 0
        assert village.get("/api/v1/trace", headers, object=curd).json()["edges"] == []
    whole = village.farm.get("/api/v1/trace", object=milk).json()
    assert [edge["to"] for edge in whole["edges"] if edge["from"] == milk] == [curd]


def test_where_inputs_and_outputs_are_public_a_trace_has_the_step_without_the_amount(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    food = sector_policies("food").sharing.public_fields.patterns
    more = PublicFields((*food, "/inputQuantityList/*/epcClass", "/readPoint/filiere:country"))
    public = replace(sector_policies("food"), sharing=SectorSharing(public_fields=more))
    monkeypatch.setattr(village.instance.platform.database, "policies_of", lambda _: public)
    milk, curd, cheese = (lot(f"{name}{next(NUMBERS)}") for name in ("MILK", "CURD", "CHEESE"))
    village.tell(making(milk, **{"filiere:sharing": "sector"}))
    change = making(curd, type="TransformationEvent", inputQuantityList=[{"epcClass": milk, "quantity": 4711}])
    change["readPoint"]["filiere:country"] = "FR"
    del change["action"], change["quantityList"]
    index = village.tell(change | {"outputQuantityList": [{"epcClass": curd, "quantity": 4711}]})
    ripened = making(cheese, type="TransformationEvent", inputQuantityList=[{"epcClass": curd}])
    del ripened["action"], ripened["quantityList"]
    village.tell(ripened | {"outputQuantityList": [{"epcClass": cheese}], "filiere:sharing": "sector"})
    trace = village.rival.get("/api/v1/trace", object=milk).json()
    steps = {(edge["from"], edge["to"], edge["quantity"]) for edge in trace["edges"] if edge["to"] in {curd, cheese}}
    assert steps == {(milk, curd, None), (curd, cheese, None)}, "a search goes on behind a view"
    assert [event["index"] for event in trace["events"] if event["view"]] == [index]
    assert village.get(f"/api/v1/records/{index}", {}).json()["event"]["readPoint"] == {"filiere:country": "FR"}
    lines = village.rival.get("/api/v1/trace/stream", object=milk, direction="down").text.splitlines()
    levels = [json.loads(line) for line in lines]
    assert [key for level in levels if "nodes" in level for key in level["nodes"]["key"]] == [milk, curd, cheese]


def test_a_bundle_leaves_views_out_and_says_how_many(village: Village) -> None:
    milk = lot(f"MILK{next(NUMBERS)}")
    view = village.tell(making(milk))
    seen = making(milk, **{"filiere:sharing": "sector", "action": "OBSERVE"})
    del seen["ilmd"]
    whole = village.tell(seen)
    answer = village.rival.get_published("/api/v1/bundle", object=milk)
    assert answer.status_code == 200, answer.text
    bundle = read_bundle(answer.content)
    indexes = {entry.index for entry in bundle.entries}
    assert whole in indexes
    assert view not in indexes
    assert [(each.object, each.events) for each in bundle.hidden] == [(milk, 1)]
    for headers in village.strangers():
        assert village.get(f"/api/v1/records/{view}/proof", headers).status_code == 404
    alone = lot(f"MILK{next(NUMBERS)}")
    village.tell(making(alone))
    nothing = village.rival.get("/api/v1/bundle", object=alone)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "nothing-to-prove")


def test_the_bus_carries_the_whole_to_who_is_entitled_and_the_view_to_everybody_else(village: Village) -> None:
    index = village.tell(making(lot(f"MILK{next(NUMBERS)}")))
    with village.instance.platform.database.unit_of_work() as uow:
        ids = {name: member.id for name, member in _members(uow, village).items()}
        uow.cursors.move("relay", min(g.grant_no for g in uow.grants.after(0, 100_000) if g.log_index == index) - 1)
        plan = plan_round(uow, members=uow.members.all(), origin="log.test", now=0)
        messages = {kind: m for m in plan.messages for kind in [m.kind] if f"records/{index}".encode() in m.body}
        assert set(messages["event"].recipients) == {ids["farm"], ids["dairy"]}
        assert set(messages[VIEW_KIND].recipients) == {m.id for m in uow.members.all()} - {ids["farm"], ids["dairy"]}
    (told,) = json.loads(messages[VIEW_KIND].body)
    assert (told["type"], told["data"]["assurance"]) == ("filiere.record.view.v1", NOT_VERIFIABLE)
    assert told["data"].keys() == {"index", "kind", "assurance", "view", "event"}
    assert not [word for word in (*SECRETS, village.farm.uri) if word.encode() in messages[VIEW_KIND].body]


def _members(uow: Any, village: Village) -> dict[str, Any]:
    senders = {"farm": village.farm, "dairy": village.dairy, "rival": village.rival}
    return {name: uow.members.by_uri(sender.uri) for name, sender in senders.items()}


def test_grants_derived_again_are_those_that_are_there(village: Village) -> None:
    index = village.tell(making(lot(f"MILK{next(NUMBERS)}")))
    with village.instance.platform.database.unit_of_work() as uow:
        audiences = {audience for _, audience in uow.grants.causes([index])}
        assert PUBLIC_VIEW in audiences
        assert not audiences & {PUBLIC, SECTOR}
        assert sum(block.count for block in differing_grants(uow, below=village.instance.log_size())) == 0


def test_a_sealed_field_stays_withheld_to_a_partner_and_is_not_even_counted_in_a_view(village: Village) -> None:
    event = making(lot(f"MILK{next(NUMBERS)}"))
    event["filiere:sharedWith"] = [village.rival.uri]
    sealed, disclosures = seal(
        json.loads(json.dumps(event).replace(DAIRY, village.dairy.uri)), ["/quantityList/0/quantity"]
    )
    envelope = village.farm.sign(sealed) + b"~" + b"".join(each + b"~" for each in disclosures)
    answer = village.farm.send(envelope)
    assert answer.status_code == 200, answer.text
    index = answer.json()["records"][0]["index"]
    listed = village.rival.get(f"/api/v1/records/{index}").json()
    assert listed["withheld"] == [{"object": "/quantityList/0", "fields": 1, "erased": 0}]
    assert listed["jws"] is not None, "a withheld field is still verified at its source"
    view = village.get(f"/api/v1/records/{index}", {}).json()
    assert (view["withheld"], view["jws"]) == ([], None)
    assert "_sd" not in json.dumps(view)


def test_a_view_is_withdrawn_with_its_event_and_ends_with_its_payload(village: Village) -> None:
    milk = lot(f"MILK{next(NUMBERS)}")
    event = making(milk)
    index = village.tell(event)
    declared = "2026-06-13T00:00:00Z"
    village.tell(event | {"errorDeclaration": {"declarationTime": declared, "reason": "incorrect_data"}})
    for headers in village.strangers():
        (told,) = village.found(headers, EQ_eventID=event["eventID"])
        assert told["filiere:withdrawn"] is True
        assert village.get("/api/v1/trace", headers, object=milk).status_code == 404, "nothing is left that is so"
    village.instance.erase(index)
    for headers in village.strangers():
        gone = village.get(f"/api/v1/records/{index}", headers)
        assert gone.status_code == 410
        assert (gone.json()["event"], gone.json()["sha256"]) == (None, None)
        assert village.found(headers, EQ_eventID=event["eventID"]) == []


def test_an_event_id_that_is_a_digest_of_all_fields_is_not_shown(village: Village) -> None:
    milk = lot(f"MILK{next(NUMBERS)}")
    event = making(milk)
    del event["eventID"]
    index = village.tell(event)
    whole = village.farm.get(f"/api/v1/records/{index}").json()["eventID"]
    for headers in village.strangers():
        record = village.get(f"/api/v1/records/{index}", headers).json()
        assert (record["eventID"], "eventID" in record["event"]) == (None, False)
        assert village.get(f"/epcis/events/{whole}", headers).status_code == 404
        assert village.found(headers, EQ_eventID=whole) == []


def test_who_sees_everything_sees_no_views(village: Village) -> None:
    village.tell(making(lot(f"MILK{next(NUMBERS)}")))
    with village.instance.platform.database.unit_of_work() as uow:
        assert uow.views.seen_by(OPERATOR).views(range(village.instance.log_size())) == []


@pytest.mark.parametrize(
    "query",
    [
        {"EQ_readPoint": "place"},
        {"EQ_source_location": "place"},
        {"MATCH_inputEPCClass": "hidden"},
        {"MATCH_anyEPCClass": "hidden"},
        {"EQ_transformationID": "hidden"},
    ],
)
def test_a_search_that_ends_at_its_bound_tells_nothing_of_hidden_fields(
    village: Village, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden, place = lot(f"HIDDEN{next(NUMBERS)}"), f"urn:epc:id:sgln:9521001.{next(NUMBERS):05d}.H"
    for number in range(3):
        change = making(lot("X"), type="TransformationEvent", inputQuantityList=[{"epcClass": hidden}])
        del change["action"], change["quantityList"]
        more = {"readPoint": {"id": place}, "sourceList": [{"type": "location", "source": place}]}
        named = {
            "outputQuantityList": [{"epcClass": lot(f"OUT{number}")}],
            "transformationID": f"urn:dairy:{place}:{number}",
        }
        village.tell(change | more | named)
    monkeypatch.setattr(event_walk, "MOST_LOOKED_AT", 2)
    ids = "|".join(f"urn:dairy:{place}:{number}" for number in range(3))
    names = {"hidden": ids if "EQ_transformationID" in query else hidden, "place": place}
    asked = {name: names.get(value, value) for name, value in query.items()}
    for headers in village.strangers():
        for more in ({"perPage": "1"}, {"orderBy": "dairy:price"}, {"maxEventCount": "1"}):
            answer = village.get("/epcis/events", {"GS1-Extensions": "dairy=urn:dairy:", **headers}, **asked, **more)
            assert answer.status_code == 200, answer.text
            assert answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []
            assert "nextPageToken" not in answer.json()
