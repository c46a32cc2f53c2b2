"""`filiere-connect event-hash` says the hash of each event of a document, and which eventIDs are not theirs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from builders.events import a_transformation_event, an_object_event
from filiere_connectors.cli.main import connect
from filiere_schemas.epcis.event_hash import event_hash, pre_hash

WRONG = f"ni:///sha-256;{'ab' * 32}?ver=CBV2.0"
IN_XML = """<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
 creationDate="2026-06-12T06:00:00Z"><EPCISBody><EventList><ObjectEvent>
 <eventTime>2026-06-12T05:40:00.000Z</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>
 <epcList/><action>ADD</action><bizStep>https://ref.gs1.org/cbv/BizStep-commissioning</bizStep>
 <disposition>https://ref.gs1.org/cbv/Disp-active</disposition>
 <readPoint><id>urn:epc:id:sgln:9521001.00001.0</id></readPoint>
 <quantityList><quantityElement><epcClass>urn:epc:class:lgtin:9521001.000017.MILK-0611</epcClass>
 <quantity>1200</quantity><uom>LTR</uom></quantityElement></quantityList>
 <ilmd><dairy:farm xmlns:dairy="https://dairy.example/terms/">Alpage du Lac</dairy:farm></ilmd>
</ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"""


def run(tmp_path: Path, document: Any, *options: str) -> Result:
    file = tmp_path / "document"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    # The command returns its exit status, as `main` takes it.
    return CliRunner().invoke(connect, ["event-hash", str(file), *options], standalone_mode=False)


def test_each_event_of_a_document_gives_its_hash_and_the_text_if_asked(tmp_path: Path) -> None:
    events = [an_object_event(), a_transformation_event()]
    document = {
        "@context": events[0]["@context"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-06-12T06:00:00Z",
        "epcisBody": {"eventList": [{k: v for k, v in event.items() if k != "@context"} for event in events]},
    }
    assert run(tmp_path, document).output.split() == [event_hash(event) for event in events]
    told = run(tmp_path, document, "--text", "--draft").output.splitlines()
    assert told[0] == event_hash(events[0], version="CBV2.1")
    assert told[1::2] == [pre_hash(event) for event in events]


def test_the_same_event_in_xml_has_the_same_hash(tmp_path: Path) -> None:
    assert run(tmp_path, IN_XML).output.split() == [event_hash(an_object_event())]


@pytest.mark.parametrize(("event_id", "status"), [(WRONG, 1), (event_hash(an_object_event()), 0)])
def test_an_event_id_that_is_another_events_hash_is_told(tmp_path: Path, event_id: str, status: int) -> None:
    result = run(tmp_path, an_object_event(eventID=event_id))
    assert result.return_value == status
    assert (WRONG in result.output) == bool(status)
