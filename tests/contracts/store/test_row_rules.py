"""Every rule between rows is found broken where a hand has broken it, and nowhere else."""

from __future__ import annotations

import pytest

from contracts.store.conftest import Backend
from contracts.store.emptying import execute
from contracts.store.telling import admit_members, an_end, an_event, tell
from filiere_platform.domain.log_check import RowCounts, RowRule
from filiere_platform.store.database import Database

RECORDS = 7
# What a hand does to the database, and every breach that follows from it.
HANDS = {
    RowRule.RECORD_BEYOND_HEAD: ("UPDATE log_head SET size = 6", {(RowRule.RECORD_BEYOND_HEAD, 6)}),
    RowRule.EVENT_MISSING: (
        "DELETE FROM event WHERE log_index = 2",
        {(RowRule.EVENT_MISSING, 2), (RowRule.EDGE_SPURIOUS, 2)},
    ),
    RowRule.EVENT_SPURIOUS: ("UPDATE record SET kind = 4 WHERE log_index = 3", {(RowRule.EVENT_SPURIOUS, 3)}),
    RowRule.EDGE_GAP: ("DELETE FROM edge WHERE log_index = 4 AND ordinal = 0", {(RowRule.EDGE_GAP, 4)}),
    RowRule.NODE_MISSING: ("DELETE FROM node WHERE node_id = 2", {(RowRule.NODE_MISSING, 1)}),
    RowRule.GRANT_MISSING: (
        "DELETE FROM visibility_grant WHERE log_index = 5 AND audience = 1",
        {(RowRule.GRANT_MISSING, 5)},
    ),
    RowRule.GRANT_SPURIOUS: (
        "DELETE FROM record WHERE log_index = 0",
        {(RowRule.GRANT_SPURIOUS, 0), (RowRule.EVENT_SPURIOUS, 0), (RowRule.IDENTITY_SPURIOUS, 0)},
    ),
    RowRule.IDENTITY_MISSING: ("DELETE FROM digest WHERE log_index = 6", {(RowRule.IDENTITY_MISSING, 6)}),
}


@pytest.fixture
def url(backend: Backend) -> str:
    url = backend.create()
    database = backend.open(url)
    admit_members(database, 2)
    for number in range(RECORDS):
        ends = [an_end(f"urn:lot:{number}"), an_end("urn:lot:shared")] if number else [an_end("urn:lot:0")]
        tell(database, an_event(f"urn:event:{number}", ends=ends, audiences=[2]))
    database.close()
    return url


def breaches(database: Database, below: int = RECORDS) -> set[tuple[RowRule, int]]:
    with database.unit_of_work() as uow:
        return {(breach.rule, breach.log_index) for breach in uow.log.row_breaches(below)}


def test_what_capture_writes_breaks_no_rule(backend: Backend, url: str) -> None:
    database = backend.open(url)
    assert breaches(database) == set()
    with database.unit_of_work() as uow:
        assert uow.log.row_counts() == RowCounts(records=7, grants=14, highest_grant=14, nodes=8, highest_node=8)
    database.close()


@pytest.mark.parametrize("rule", HANDS)
def test_a_broken_rule_is_found_where_it_was_broken(backend: Backend, url: str, rule: RowRule) -> None:
    statement, expected = HANDS[rule]
    with execute(url) as run:
        run(statement)
    database = backend.open(url)
    assert breaches(database) == expected
    assert breaches(database, below=min(index for _, index in expected)) <= {(RowRule.RECORD_BEYOND_HEAD, 6)}
    database.close()


def test_every_rule_is_broken_once() -> None:
    assert {rule for _, expected in HANDS.values() for rule, _ in expected} == set(RowRule)
