"""A filled instance in both modes: every kind of record, more than one tile, everything published."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import services
from builders.events import an_aggregation_event, an_object_event
from builders.instance import Instance, open_instance
from conftest import Backend
from filiere_platform.usecases.log_state import read_published_size

PATIENCE_SECONDS = 20.0
EVENTS = 270  # more than one tile


@dataclass(frozen=True, kw_only=True)
class Filled:
    """Where a filled instance lies: to be opened again without its threads."""

    folder: Path
    database_url: str
    size: int


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def stored(instance: Instance) -> int:
    with instance.platform.database.unit_of_work() as unit:
        return unit.log.head().size


def wait_until_published(instance: Instance) -> int:
    """Wait until a checkpoint covers everything that is stored; gives its size."""
    size = stored(instance)
    wait_for(lambda: read_published_size(instance.platform.files) == size, "nothing was published")
    return size


def fill(instance: Instance, events: int = EVENTS) -> None:
    """Store two keys, signed events, an attested event, a refusal, and the void of an event that was never sent."""
    dairy, shop = instance.admit("dairy"), instance.admit("shop")
    numbered = [an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{n:012d}") for n in range(events)]
    assert dairy.send_events(*numbered).status_code == 200
    assert dairy.send_events(an_aggregation_event()).status_code == 200
    assert shop.client.post("/epcis/events", json=an_object_event(), headers=shop.headers).status_code == 201
    assert shop.send_events(an_object_event(action="PAINT")).status_code == 400
    assert shop.send(shop.void(shop.sign(an_object_event(bizStep="packing")))).status_code == 200


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    """A founded instance, served inside the test's process, once per column of the storage table."""
    with open_instance(backend.folder, database_url=backend.database_url) as opened:
        yield opened


@pytest.fixture(scope="module", params=["embedded", pytest.param("production", marks=pytest.mark.postgresql)])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A filled instance of which nothing runs any more, shared by the tests of a module: they leave it as it is."""
    folder = tmp_path_factory.mktemp("filled")
    url = ""
    if request.param == "production":
        url = services.create_database(request.getfixturevalue("postgresql_url"))
    try:
        with open_instance(folder, database_url=url) as opened:
            fill(opened)
            size = wait_until_published(opened)
        yield Filled(folder=folder, database_url=url, size=size)
    finally:
        if url:
            services.drop_database(url)
