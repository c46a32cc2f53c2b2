"""The EPCIS document of a trace satisfies the official JSON Schema of EPCIS 2.0.1."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from builders.conformance import reference_folder
from builders.events import MILK_LOT, PALLET, a_transformation_event, an_aggregation_event, an_object_event
from builders.instance import open_instance
from filiere_platform.domain.audience import SharingMode


@pytest.fixture(scope="module")
def official() -> jsonschema_rs.Draft7Validator:
    schema = json.loads((reference_folder() / "epcis-2.0" / "epcis-json-schema-2.0.1.json").read_bytes())
    return jsonschema_rs.Draft7Validator(schema, validate_formats=True)


def test_whole_and_streamed_documents_are_valid(official: jsonschema_rs.Draft7Validator, tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        dairy = instance.admit("dairy", sharing=SharingMode.PRIVATE)
        early = an_object_event(eventTime="2026-06-11T05:40:00.000Z")
        assert dairy.send_events(early, a_transformation_event(), an_aggregation_event()).status_code == 200
        for wanted in (MILK_LOT, PALLET):
            for path, more in (("/api/v1/trace", {}), ("/api/v1/trace/stream", {"direction": "down"})):
                document = dairy.get(path, object=wanted, format="epcis", **more).json()
                assert [error.message for error in official.iter_errors(document)] == []
                assert wanted == PALLET or document["epcisBody"]["eventList"]
        assert not official.is_valid(document | {"epcisBody": {}})
