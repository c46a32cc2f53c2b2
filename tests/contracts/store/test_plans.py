"""No question of a reader is answered by reading a whole table: each statement finds its rows by an index."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from contracts.store.telling import NOW, admit_members, an_end, an_event, tell
from filiere_platform.domain.audience import SECTOR, Viewer
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import Role
from filiere_platform.store.database import Database
from filiere_platform.store.unit_of_work import UnitOfWork

GROWING = ("record", "event", "edge", "node", "visibility_grant", "digest")
SQLITE_SCAN = re.compile(rf"SCAN (\S+\.)?({'|'.join(GROWING)})\b(?! USING (COVERING )?INDEX)")
POSTGRESQL_SCAN = re.compile(rf"Seq Scan on ({'|'.join(GROWING)})\w*")
ME = Viewer(member_id=2)
ANYWHERE = frozenset({Role.OBJECT, Role.INPUT})

QUESTIONS: dict[str, Callable[[UnitOfWork], object]] = {
    "a page": lambda uow: uow.events.visible_to(ME).find(EventQuery(after=20)),
    "a page of words": lambda uow: uow.events.visible_to(ME).find(EventQuery(after=20, biz_steps=("shipping",))),
    "a page of a time": lambda uow: uow.events.visible_to(ME).find(EventQuery(record_from=NOW, record_before=NOW + 9)),
    "an object": lambda uow: uow.events.visible_to(ME).find(EventQuery(matches=((ANYWHERE, ("urn:lot:1",)),))),
    "an event": lambda uow: uow.events.visible_to(ME).by_event_id("urn:event:7"),
    "a record": lambda uow: uow.events.visible_to(ME).record(7),
    "ends": lambda uow: uow.events.visible_to(ME).ends_touching([1, 2]),
    "ends as of": lambda uow: uow.events.visible_to(ME).ends_touching([1, 2], before=30),
    "mentions": lambda uow: uow.events.visible_to(ME).mentions(1),
    "withdrawn": lambda uow: uow.events.visible_to(ME).withdrawn_touching([1, 2]),
    "objects": lambda uow: uow.events.visible_to(ME).objects_of([3, 4]),
    "hidden": lambda uow: uow.events.visible_to(ME).count_hidden([1, 2]),
    "nodes": lambda uow: (uow.nodes.ids(["urn:lot:1"]), uow.nodes.read([1])),
    "entries": lambda uow: list(uow.log.entries(5, 9)),
    "key entries": lambda uow: uow.log.key_entries(),
    "grants": lambda uow: uow.grants.after(9, 5),
    "stream": lambda uow: uow.grants.for_audiences([2, SECTOR], 9, 5),
    "deliveries": lambda uow: uow.grants.records([3, 4]),
}


# Each needs every grant of some records, whoever it is to. The other indexes hold the log index as well, behind the
# audience: a database may search one of them from end to end and call it no scan.
OF_RECORDS: dict[str, Callable[[UnitOfWork], object]] = {
    "causes": lambda uow: uow.grants.causes([3, 4]),
    "an erasure": lambda uow: uow.erasures.grants_of(3),
}
BY_RECORD = re.compile(
    r"visibility_grant_p\d+_log_index_idx|SEARCH visibility_grant USING INDEX ix_visibility_grant_record"
)


def test_every_question_is_answered_by_index(database: Database) -> None:
    admit_members(database)
    for start in range(0, 40, 8):
        events = (
            an_event(f"urn:event:{n}", ends=[an_end(f"urn:lot:{n % 9}")], audiences=[2], transformation_id="urn:t:1")
            for n in range(start, start + 8)
        )
        tell(database, *events)
    scan = POSTGRESQL_SCAN if database.is_postgresql else SQLITE_SCAN
    for question, ask in QUESTIONS.items():
        with _plans_of(database) as plans, database.unit_of_work() as uow:
            assert ask(uow) is not None
        assert plans, question
        assert [plan for plan in plans if scan.search(plan)] == [], question


def test_the_grants_of_records_are_found_by_their_log_index(database: Database) -> None:
    admit_members(database)
    tell(database, *(an_event(f"urn:event:{n}", audiences=[2]) for n in range(12)))
    for question, ask in OF_RECORDS.items():
        with _plans_of(database) as plans, database.unit_of_work() as uow:
            assert ask(uow), question
        asked = [plan for plan in plans if "visibility_grant" in plan]
        assert asked, question
        assert [plan for plan in asked if not BY_RECORD.search(plan)] == [], question


def test_a_scan_would_be_seen(database: Database) -> None:
    with _plans_of(database) as plans, database.unit_of_work() as uow:
        uow._session.connection().exec_driver_sql("SELECT * FROM event WHERE latest > 5")
    assert (POSTGRESQL_SCAN if database.is_postgresql else SQLITE_SCAN).search(plans[0])


@contextmanager
def _plans_of(database: Database) -> Iterator[list[str]]:
    """Explain every statement of a block; a small table's scan is forbidden, so that it shows where no index fits."""
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.lstrip().startswith("SELECT"):
            return
        if database.is_postgresql:
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(("EXPLAIN " if database.is_postgresql else "EXPLAIN QUERY PLAN ") + statement, parameters)
        plans.append("\n".join(str(row[-1]) for row in cursor.fetchall()))

    event.listen(database._engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(database._engine, "before_cursor_execute", explain)
