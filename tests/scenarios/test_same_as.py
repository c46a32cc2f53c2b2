"""An invented identity entitles nobody to anything: who says that two things are one sees no more than before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builders.instance import Instance, Sender, duns, open_instance
from conftest import Backend
from filiere_platform.domain.audience import SharingMode, Viewer
from filiere_platform.usecases.trace import TraceQuestion, trace_object

CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld", {"filiere": "urn:filiere:ns:"}]
MILK = f"urn:filiere:lot:duns:{duns('dairy')}:MILK:L1"
BRIE = f"urn:filiere:lot:duns:{duns('dairy')}:BRIE:L1"
NOBODYS = "urn:example:somebody-s-lot"
MINE = f"urn:filiere:lot:duns:{duns('thief')}:X:1"


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url) as opened:
        yield opened


def an_event(kind: str, **fields: Any) -> dict[str, Any]:
    when = "2026-03-02T10:00:00.000+01:00"
    return {"@context": CONTEXT, "type": kind, "eventTime": when, "eventTimeZoneOffset": "+01:00", **fields}


def made_brie() -> dict[str, Any]:
    lists = {"inputQuantityList": [{"epcClass": MILK}], "outputQuantityList": [{"epcClass": BRIE}]}
    return an_event("TransformationEvent", **lists)


def said(one: str, other: str) -> dict[str, Any]:
    return an_event("ObjectEvent", action="OBSERVE", quantityList=[{"epcClass": one}], **{"filiere:sameAs": other})


def traced(instance: Instance, sender: Sender, asked: str) -> dict[str, Any]:
    with instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(sender.uri)
        assert member is not None
        return trace_object(uow, Viewer(member_id=member.id), TraceQuestion(object=asked))


@pytest.mark.parametrize("mode", [SharingMode.PRIVATE, SharingMode.PARTNERS, SharingMode.LINKED, SharingMode.CHAIN])
@pytest.mark.parametrize("lot", [MILK, BRIE])
def test_who_invents_one_sees_his_own_words_alone(instance: Instance, mode: SharingMode, lot: str) -> None:
    dairy, thief = instance.admit("dairy", sharing=mode), instance.admit("thief", sharing=SharingMode.PUBLIC)
    assert dairy.send_events(made_brie()).status_code == 200
    assert thief.send_events(said(MINE, lot), said(lot, MINE)).status_code == 200
    answer = traced(instance, thief, MINE)
    assert {event["member"] for event in answer["events"]} <= {thief.uri}
    assert answer["sealed"] == []
    assert answer["summary"]["objects"] == 1
    assert not any(node["hidden_events"] for node in answer["nodes"])


def test_what_is_nobodys_may_be_named_by_anybody_and_shows_nothing_either(instance: Instance) -> None:
    dairy, thief = instance.admit("dairy", sharing=SharingMode.PRIVATE), instance.admit("thief")
    hidden = an_event("ObjectEvent", action="ADD", bizStep="commissioning", quantityList=[{"epcClass": NOBODYS}])
    assert dairy.send_events(hidden).status_code == 200
    assert thief.send_events(said(MINE, NOBODYS)).status_code == 200
    answer = traced(instance, thief, MINE)
    assert {event["member"] for event in answer["events"]} == {thief.uri}
    assert not any(node["hidden_events"] for node in answer["nodes"])


def test_a_strangers_word_leads_no_other_viewer_anywhere(instance: Instance) -> None:
    dairy, thief = (instance.admit(name, sharing=SharingMode.PUBLIC) for name in ("dairy", "thief"))
    dairy.send_events(made_brie())
    thief.send_events(said(BRIE, MINE))
    answer = traced(instance, dairy, MILK)
    assert [edge for edge in answer["edges"] if edge["kind"] == "same-as"] == []
    assert "same-as-proposed" in {finding["code"] for finding in answer["findings"]}


def test_the_rows_of_an_identity_are_those_that_its_record_gives(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    told = said(MILK, BRIE) | {"filiere:sameAsUntil": "2026-03-03T10:00:00Z"}
    assert dairy.send_events(told).status_code == 200
    report = instance.fsck()
    assert report.holds, report.counts
