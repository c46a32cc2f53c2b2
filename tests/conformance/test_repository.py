"""The official example documents go into the repository and come back unaltered."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from builders.conformance import official_documents
from builders.instance import Instance, Sender, open_instance
from builders.judged import Judge
from conftest import Backend
from filiere_platform.domain.audience import SharingMode

PATIENCE_SECONDS = 20.0

# With all documents in one repository, these conflict: another document carries the same eventID with other content.
# EPCIS 2.0, 8.2.7: an eventID names one event. Each row says which document comes first and what differs.
CONFLICTS: dict[str, str] = {
    "Example-Type-sourceOrDestination,measurement,bizTransaction": (
        "its only event has the eventID of AssociationEvent-f, with two more business transactions and an extension"
    ),
    "SensorDataExample17": "its only event has the eventID of SensorDataExample13, with masses instead of temperatures",
}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with open_instance(tmp_path_factory.mktemp("instance")) as opened:
        yield opened


def send(sender: Sender, path: Path) -> dict[str, Any]:
    """Capture a document, or post a bare event; gives the finished job."""
    document = path.read_bytes()
    headers = {**sender.headers, "Content-Type": "application/ld+json", "GS1-Capture-Error-Behaviour": "rollback"}
    if "epcisBody" not in json.loads(document):
        response = sender.client.post("/epcis/events", content=document, headers=headers)
        return {"success": response.status_code == 201, "errors": response.json().get("errors", [])}
    response = sender.client.post("/epcis/capture", content=document, headers=headers)
    assert response.status_code == 202, response.text
    location = httpx.URL(response.headers["location"]).path
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (job := sender.get(location).json())["running"]:
        assert time.monotonic() < deadline, "the job does not finish"
        time.sleep(0.01)
    return job


def events_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    body = document.get("epcisBody")
    if body is None:
        return [document]
    if "eventList" in body:
        return body["eventList"]
    if "event" in body:
        return [body["event"]]
    return body["queryResults"]["resultsBody"]["eventList"]


def content(event: dict[str, Any], original: dict[str, Any]) -> dict[str, Any]:
    """An event without what the repository adds, and without the context that moves up to the document."""
    added = {"@context", "recordTime"} | ({"eventID"} - original.keys())
    return {name: value for name, value in event.items() if name not in added}


def test_the_official_documents_are_all_there() -> None:
    assert len(official_documents()) == 47
    assert sum(len(events_of(json.loads(path.read_bytes()))) for path in official_documents()) == 56


def test_a_document_is_accepted_and_its_events_come_back_unaltered(instance: Instance, judge: Judge) -> None:
    for path in official_documents():
        with judge("captured and asked for, JSON-LD", path.name):
            sender = instance.admit(path.stem, sharing=SharingMode.PRIVATE)  # each sees its own events alone
            job = send(sender, path)
            assert job["success"], job["errors"]
            never = dict.fromkeys(("GS1-EPC-Format", "GS1-CBV-XML-Format"), "Never_Translates")
            headers = {**sender.headers, **never}
            read = events_of(sender.client.get("/epcis/events", params={"perPage": 100}, headers=headers).json())
            originals = events_of(json.loads(path.read_bytes()))
            assert [content(e, o) for e, o in zip(read, originals, strict=True)] == [content(o, o) for o in originals]
            assert all("recordTime" in event and "eventID" in event for event in read)


def test_all_documents_share_a_repository_but_for_the_listed_conflicts(backend: Backend) -> None:
    with open_instance(backend.folder, database_url=backend.database_url) as opened:
        sender = opened.admit("Client EPCIS")
        refused = {}
        for path in official_documents():
            job = send(sender, path)
            if not job["success"]:
                assert {error["code"] for error in job["errors"]} == {"event-conflict"}
                refused[path.stem] = job["errors"]
        assert set(refused) == set(CONFLICTS)
        for path in official_documents():
            for event in events_of(json.loads(path.read_bytes())) if path.stem not in CONFLICTS else ():
                if "eventID" in event:
                    assert sender.get(f"/epcis/events/{quote(event['eventID'], safe='')}").status_code == 200
