"""One recorded capture, replayed into both columns of the storage table, gives one and the same log.

Keys, clock, tokens and origin are fixed and the requests follow each other: whatever then differs would come from the
database or the bus, and neither may decide anything.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from builders.events import ABSENT, a_transformation_event, an_aggregation_event, an_object_event
from builders.instance import FixedClock, Instance, open_instance
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.provenance.tiles import entries_path, tile_path, tiles_of_growth

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Replay:
    """What an instance answers after the capture, and the files of its log."""

    answers: list[Any]
    files: dict[str, bytes]


def replay(folder: Path, database_url: str) -> Replay:
    """Play the capture into a new instance."""
    clock = FixedClock()
    with open_instance(folder, database_url=database_url, clock=clock, seed="replay") as instance:
        answers = _play(instance, clock)
        files = _files(instance)
    return Replay(answers, files)


def _play(instance: Instance, clock: FixedClock) -> list[Any]:
    dairy = instance.admit("dairy", enrolment="dairy token", sharing=SharingMode.SECTOR)
    shop = instance.admit("shop", enrolment="shop token")
    answers: list[Any] = []

    def keep(response: Any) -> None:
        answers.append((response.status_code, response.content))
        clock.advance()

    made = [dairy.sign(an_object_event(eventTime=f"2026-06-12T05:{minute:02d}:00Z")) for minute in range(20)]
    for envelope in made[:10]:
        keep(dairy.send(envelope))
    keep(dairy.send(*made))  # half of them known already
    keep(shop.send(shop.sign(an_object_event(action="PAINT"))))  # refused, and logged as such
    keep(dairy.send(*(dairy.sign(event) for event in (a_transformation_event(), an_aggregation_event()))))
    keep(shop.client.post("/epcis/events", json=an_object_event(eventID=ABSENT), headers=shop.headers))
    for path in ("/epcis/events", "/api/v1/records/3", "/api/v1/records/13", "/log/keys/"):
        keep(dairy.get(path))
    for event in (an_object_event(), a_transformation_event(), an_aggregation_event()):
        for uri in _objects(event):
            keep(dairy.get("/api/v1/trace", object=uri, direction="both"))
    return [(status, _comparable(content)) for status, content in answers]


def _objects(event: dict[str, Any]) -> list[str]:
    lists = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
    return [element["epcClass"] for name in lists for element in event.get(name, [])]


def _comparable(content: bytes) -> Any:
    return json.loads(content)


def _files(instance: Instance) -> dict[str, bytes]:
    """Wait for the checkpoint over everything, and read every file that it covers."""
    with instance.platform.database.unit_of_work() as uow:
        size = uow.log.head().size
    files = instance.platform.files
    _wait(lambda: (files.read("checkpoint") or b"\n-1").split(b"\n")[1] == str(size).encode())
    names = ["checkpoint"]
    for tile in tiles_of_growth(0, size):
        names.append(tile_path(tile.level, tile.number, tile.width))
        if tile.level == 0:
            names.append(entries_path(tile.number, tile.width))
    found = {name: files.read(name) for name in names}
    assert all(content is not None for content in found.values()), found
    return {name: content for name, content in found.items() if content is not None}


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "nothing was published"
        time.sleep(0.02)


@pytest.mark.postgresql
def test_a_replayed_capture_gives_the_same_tree_tiles_and_answers_in_both_modes(
    tmp_path: Path, create_database: Callable[..., str]
) -> None:
    embedded = replay(tmp_path / "embedded", "")
    production = replay(tmp_path / "production", create_database())
    assert len(embedded.files) >= 3
    assert embedded.files == production.files
    assert embedded.answers == production.answers
    assert {status for status, _ in embedded.answers} == {200, 201, 400}


def test_a_capture_replayed_twice_into_one_mode_gives_the_same_log(tmp_path: Path) -> None:
    assert replay(tmp_path / "first", "") == replay(tmp_path / "second", "")
