"""EPCIS clients written elsewhere send to a live server and read to the end, unchanged."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from openepcis_client.core.client import Client
from openepcis_client.core.config import ClientConfig
from openepcis_client.events.service import Capture, CaptureOutcome, Query

from builders.company import Company, ServedInstance
from builders.events import a_document, an_object_event
from builders.served import newcomers, served_instance
from codebase import ROOT

SCRIPT = Path(__file__).with_name("epcis.mjs")
PATIENCE_SECONDS = 30.0
ITEM = "urn:epc:id:sgtin:9521234.000001.{serial}"  # the instance shares every event with all its members


class Bearer:
    """A token that was handed out, as the client's `AuthStrategy`."""

    def __init__(self, token: str) -> None:
        self._token = token

    def bearer(self) -> str:
        return self._token

    def invalidate(self) -> None:
        """There is no other one to get."""


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedInstance]:
    with served_instance(tmp_path_factory.mktemp("instance")) as served:
        yield served


@pytest.fixture
def company(instance: ServedInstance, tmp_path: Path) -> Company:
    return newcomers(instance, tmp_path)()


@pytest.fixture
def client(company: Company) -> Client:
    return Client(ClientConfig(f"{company.url}/epcis"), Bearer(company.token))


def named() -> str:
    return uuid.uuid4().urn


def ended(capture: Capture, job: str) -> CaptureOutcome:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (outcome := capture.outcome(job)).settled:
        assert time.monotonic() < deadline, "the job does not end"
        time.sleep(0.05)
    return outcome


def test_the_python_client_captures_and_reads_to_the_end(client: Client) -> None:
    capture, query = Capture(client), Query(client)
    assert (capture.check(), query.check()) == ("", "")
    names = [named() for _ in range(25)]
    item = ITEM.format(serial="python")
    events = [an_object_event(eventID=name, epcList=[item], quantityList=[]) for name in names]
    receipt = capture.submit(a_document(events))
    assert receipt.event_ids == tuple(names)
    assert ended(capture, receipt.job) == CaptureOutcome(running=False, success=True)
    found = [event["eventID"] for event in query.since("2026-01-01T00:00:00Z", per_page=4)]
    assert [name for name in found if name in names] == names
    assert [event["eventID"] for event in query.for_epc(item)] == names


def test_the_python_client_is_told_what_was_wrong_with_a_document(client: Client) -> None:
    capture = Capture(client)
    outcome = ended(capture, capture.submit(a_document([an_object_event(action="PAINT")])).job)
    assert (outcome.success, outcome.known, bool(outcome.errors)) == (False, True, True)
    assert capture.outcome("8d4c7f6a-93f5-4f0e-b0a1-5f2f3f7f1a90").known is False


def test_the_javascript_client_captures(node, company: Company, client: Client) -> None:
    names = [named(), named()]
    item = ITEM.format(serial="javascript")
    done = node(SCRIPT, f"{company.url}/epcis/", company.token, *names, item)
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["status"] == httpx.codes.ACCEPTED
    assert ended(Capture(client), answer["location"].rsplit("/", 1)[-1]).success
    assert [event["eventID"] for event in Query(client).for_epc(item)] == names


def test_the_examples_of_the_page_run_as_they_stand(company: Company) -> None:
    page = (ROOT / "docs" / "epcis.md").read_text(encoding="utf-8")
    examples = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    environment = {**os.environ, "FILIERE_URL": company.url, "FILIERE_TOKEN": company.token}
    answers = [
        subprocess.run(
            ["sh", "-c", example], env=environment, capture_output=True, timeout=60, check=True
        ).stdout.decode()
        for example in examples
    ]
    sent, found, by_epc, spoken = answers
    name = json.loads(sent)["eventID"]
    for answer in (found, by_epc):
        assert [
            each["eventID"] for each in json.loads(answer)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        ] == [name]
    item = ITEM.format(serial="2018")
    assert item in by_epc
    assert item not in found
    assert "gs1-epcis-capture-limit:" in spoken.lower()
