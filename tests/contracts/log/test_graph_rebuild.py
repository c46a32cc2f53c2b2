"""`filiere graph rebuild` gives the rows that capture gave, whatever became of them, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from builders.events import an_aggregation_event, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.usecases.graph_rebuild import Rebuilt, rebuild_graph

TABLES = ("event", "edge", "node")


def rows(instance: Instance) -> dict[str, list[Any]]:
    with instance.platform.database.unit_of_work() as uow:
        read = {name: uow._session.execute(text(f"SELECT * FROM {name}")).all() for name in TABLES}
    return {name: sorted(map(repr, found)) for name, found in read.items()}


def rebuild(instance: Instance) -> Rebuilt:
    told: list[tuple[int, int]] = []
    rebuilt = rebuild_graph(instance.platform.database, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (instance.log_size(), instance.log_size())
    return rebuilt


@pytest.fixture
def dairy(instance: Instance) -> Sender:
    sender = instance.admit("dairy")
    numbered = [an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{n:012d}") for n in range(3)]
    assert sender.send_events(*numbered, an_aggregation_event()).status_code == 200
    return sender


def test_what_agrees_is_left_alone(instance: Instance, dairy: Sender) -> None:
    before = rows(instance)
    rebuilt = rebuild(instance)
    assert (rebuilt.events, rebuilt.replaced, rebuilt.unreadable) == (4, [], [])
    assert rows(instance) == before


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM edge WHERE log_index = {index}",
        "UPDATE event SET earliest = 0, biz_step = NULL WHERE log_index = {index}",
        "UPDATE edge SET role = 4 WHERE log_index = {index}",
        "UPDATE edge SET earliest = 0 WHERE log_index = {index}",
        "UPDATE edge SET quantity = 7, uom = 'KGM' WHERE log_index = {index}",
        "UPDATE node SET kind = 8 WHERE node_id IN (SELECT node_id FROM edge WHERE log_index = {index})",
    ],
)
def test_what_was_damaged_is_as_it_was(instance: Instance, dairy: Sender, damage: str) -> None:
    before, index = rows(instance), instance.log_size() - 1
    with instance.platform.database.unit_of_work() as uow:
        uow._session.execute(text("UPDATE log_head SET size = size"))  # a lock, so that SQLite commits at the end
        uow._session.execute(text(damage.format(index=index)))
    assert rows(instance) != before
    assert index in rebuild(instance).replaced
    assert rows(instance) == before
    assert rebuild(instance).replaced == []


def test_a_lost_event_row_is_as_it_was_but_for_the_mode_that_only_the_row_kept(
    instance: Instance, dairy: Sender
) -> None:
    index = instance.log_size() - 1
    with instance.platform.database.unit_of_work() as uow:
        before = uow.log.event_rows(index, index + 1)[index]
        uow._session.execute(text(f"DELETE FROM event WHERE log_index = {index}"))
    assert rebuild(instance).replaced == [index]
    with instance.platform.database.unit_of_work() as uow:
        after = uow.log.event_rows(index, index + 1)[index]
    assert after == before._replace(sharing=after.sharing)
    assert rebuild(instance).replaced == []


def test_a_lost_node_gets_a_new_number_and_its_ends_follow(instance: Instance, dairy: Sender) -> None:
    index = instance.log_size() - 1
    with instance.platform.database.unit_of_work() as uow:
        before = uow.log.ends(index, index + 1)
        uow._session.execute(text("UPDATE log_head SET size = size"))
        uow._session.execute(
            text(f"DELETE FROM node WHERE node_id IN (SELECT node_id FROM edge WHERE log_index = {index} AND role = 2)")
        )
    rebuild(instance)
    with instance.platform.database.unit_of_work() as uow:
        assert uow.log.ends(index, index + 1) == before


def test_the_ends_of_an_erased_record_are_kept(instance: Instance, dairy: Sender) -> None:
    instance.erase(instance.log_size() - 1)
    before = rows(instance)
    assert rebuild(instance).events == 3
    assert rows(instance) == before
