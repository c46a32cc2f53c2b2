"""A lot's credential holds for the W3C libraries of others, and fails for them when anything in it was changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builders.events import an_object_event
from builders.instance import open_instance
from filiere_platform.domain.audience import SharingMode

SCRIPT = Path(__file__).with_name("credential.mjs")
MILK = an_object_event()["quantityList"][0]["epcClass"]


@pytest.fixture(scope="module")
def credential(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The credential that a served instance gives of a lot."""
    with open_instance(tmp_path_factory.mktemp("instance")) as instance:
        dairy = instance.admit("Laiterie", sharing=SharingMode.SECTOR)
        assert dairy.send_events(an_object_event()).status_code == 200
        answer = dairy.get_published("/api/v1/credential", object=MILK)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def verdict(node) -> Callable[[dict[str, Any]], str]:
    def read(document: dict[str, Any]) -> str:
        done = node(SCRIPT, input=json.dumps(document).encode())
        assert done.returncode == 0, done.stderr.decode()
        print(done.stderr.decode())  # why it was refused
        return done.stdout.decode().strip()

    return read


def test_digital_bazaars_libraries_verify_it(credential, verdict) -> None:
    assert verdict(credential) == "verified"


@pytest.mark.parametrize("place", ["subject", "date", "signature"])
def test_they_refuse_it_once_it_was_changed(credential, verdict, place: str) -> None:
    changed = copy.deepcopy(credential)
    if place == "subject":
        changed["credentialSubject"]["urn:filiere:ns:summary"]["urn:filiere:ns:objects"] += 1
    elif place == "date":
        changed["validFrom"] = "2020-01-01T00:00:00Z"
    else:
        value = changed["proof"]["proofValue"]
        changed["proof"]["proofValue"] = value[:-1] + ("1" if value[-1] != "1" else "2")
    assert verdict(changed) == "refused"
