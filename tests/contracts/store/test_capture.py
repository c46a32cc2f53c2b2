"""A group commit: dense indexes in commit order, all or nothing, one bad group never the next one's trouble."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from contracts.store.conftest import SMALL, Backend
from contracts.store.telling import NOW, admit_members, an_end, an_event, tell
from filiere_platform.domain.audience import ANYBODY, OPERATOR, Viewer
from filiere_platform.domain.capture import Status
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import Admission, DigestRow, LogHead, NodeKind, NodeRow, RecordRow
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.store.database import Database
from filiere_schemas.provenance.entry import EntryKind


class Unwanted(Exception):  # noqa: N818 - what a decision may raise to give a group up
    pass


def indexes(database: Database) -> list[int]:
    with database.unit_of_work() as uow:
        return [log_index for log_index, _, _ in uow.log.entries(0, 1_000_000)]


def head(database: Database) -> LogHead:
    with database.unit_of_work() as uow:
        return uow.log.head()


def test_indexes_are_dense_and_in_the_order_of_groups(database: Database) -> None:
    for number in range(4):
        tell(database, *(an_event(f"urn:{number}:{place}") for place in range(number + 2)))
    assert indexes(database) == list(range(14))
    assert head(database)[:2] == (14, 14)


def test_a_record_comes_back_as_it_was_stored(database: Database) -> None:
    admit_members(database)
    event = an_event(
        "urn:event:1",
        ends=[an_end("urn:lot:1", quantity="12.50", uom="KGM"), an_end("urn:lot:2")],
        earliest=-5,
        latest=2**53,
        kind=EntryKind.RECEIPT,
        action=None,
        biz_step=None,
    )
    [outcome] = tell(database, event)
    with database.unit_of_work() as uow:
        stored = uow.events.visible_to(OPERATOR).record(0)
        ids = uow.nodes.ids(["urn:lot:1", "urn:lot:2", "urn:lot:3"])
        ends = uow.events.visible_to(OPERATOR).ends_touching([ids["urn:lot:1"]])
    assert stored is not None
    assert (stored.body, stored.sha256, stored.kind) == (event.body, outcome.sha256, EntryKind.RECEIPT)
    assert (stored.earliest, stored.latest, stored.stored_at) == (-5, 2**53, NOW)
    assert (stored.member_id, stored.member_uri, stored.event_id) == (1, "urn:member:1", "urn:event:1")
    assert [(end.node_id, str(end.quantity), end.uom) for end in ends] == [
        (ids["urn:lot:1"], "12.50", "KGM"),
        (ids["urn:lot:2"], "None", None),
    ]
    assert (ends[0].action, ends[0].biz_step) == (None, None)
    assert "urn:lot:3" not in ids


def test_the_same_again_is_known_and_other_content_is_a_conflict(database: Database) -> None:
    tell(database, an_event("urn:event:1"), an_event("urn:event:2"))
    again, other = tell(database, an_event("urn:event:2"), an_event("urn:event:1", content="other"))
    assert (again.status, again.log_index) == (Status.KNOWN, 1)
    assert other.status is Status.REFUSED
    assert other.kind is EntryKind.REFUSED
    assert indexes(database) == [0, 1, 2]


def test_a_known_record_is_answered_with_what_was_stored_first(database: Database) -> None:
    [first] = tell(database, an_event("urn:event:1"), now=NOW)
    [second] = tell(database, an_event("urn:event:1"), now=NOW + 5)
    assert (second.log_index, second.sha256, second.stored_at, second.kind) == (
        first.log_index,
        first.sha256,
        first.stored_at,
        first.kind,
    )


def test_a_group_that_is_given_up_leaves_nothing(database: Database) -> None:
    tell(database, an_event("urn:event:1", ends=[an_end("urn:lot:1")]))
    before = head(database)
    with pytest.raises(Unwanted):
        _store_one(database, node="urn:lot:2", digest=bytes(32), raising=Unwanted())
    assert head(database) == before
    assert indexes(database) == [0]
    # Neither the identity nor the node may be remembered: the next group gives the same numbers again.
    with database.capture_transaction() as transaction:
        probe = transaction.begin(digests=[bytes(32)], node_keys=["urn:lot:1", "urn:lot:2"])
    assert (probe.known, probe.nodes) == ({}, {"urn:lot:1": 1})


def test_a_group_that_the_database_refuses_leaves_nothing_and_does_not_hurt_the_next(database: Database) -> None:
    taken = hashlib.sha256(b"taken").digest()
    _store_one(database, node="urn:lot:1", digest=taken)
    with pytest.raises(RowsRefused):
        _store_one(database, node="urn:lot:2", digest=taken)
    with database.capture_transaction() as transaction:
        probe = transaction.begin(digests=[taken], node_keys=["urn:lot:1", "urn:lot:2"])
    assert (probe.head.size, probe.nodes) == (1, {"urn:lot:1": 1})
    assert probe.known[taken].log_index == 0


def test_an_empty_group_changes_nothing(database: Database) -> None:
    tell(database, an_event("urn:event:1"))
    before = head(database)
    tell(database)
    with database.capture_transaction():
        pass
    assert head(database) == before


def test_a_node_has_one_number_whoever_names_it(backend: Backend) -> None:
    url = backend.create()
    one, other = backend.open(url), backend.open(url)
    for number, database in enumerate([one, other, one, other]):
        tell(database, an_event(f"urn:event:{number}", ends=[an_end("urn:lot:shared"), an_end(f"urn:lot:{number}")]))
    with one.unit_of_work() as uow:
        ids = uow.nodes.ids(["urn:lot:shared", *(f"urn:lot:{number}" for number in range(4))])
        assert sorted(ids.values()) == [1, 2, 3, 4, 5]
        assert uow.nodes.read([1])[1] == NodeRow(1, "urn:lot:shared", NodeKind.LOT)
    one.close()
    other.close()


GROUP = SMALL // 2  # no more than half a partition, as everywhere: see store/partitions.py


def test_concurrent_writers_give_dense_indexes_and_readers_see_prefixes_only(backend: Backend) -> None:
    url = backend.create()
    doors = [backend.open(url) for _ in range(2)]
    done = threading.Event()

    def write(writer: int) -> list[int]:
        told = []
        for group in range(12):
            events = [an_event(f"urn:{writer}:{group}:{n}", ends=[an_end(f"urn:lot:{n}")]) for n in range(GROUP)]
            told += [outcome.log_index for outcome in tell(doors[writer % 2], *events)]
        return told

    def watch() -> int:
        looks = 0
        while not done.is_set():
            with doors[0].unit_of_work() as uow:
                size = uow.log.head().size
                seen = [log_index for log_index, _, _ in uow.log.entries(0, size)]
            assert seen == list(range(size))
            looks += 1
        return looks

    with ThreadPoolExecutor(5) as pool:
        watcher = pool.submit(watch)
        told = list(pool.map(write, range(4)))
        done.set()
        assert watcher.result() > 0
    assert sorted(index for indexes_of_one in told for index in indexes_of_one) == list(range(4 * 12 * GROUP))
    # Commit order is log order: what one writer was told later lies behind what it was told before.
    assert all(indexes_of_one == sorted(indexes_of_one) for indexes_of_one in told)
    for door in doors:
        door.close()


def test_a_capture_that_joins_a_unit_of_work_is_committed_with_it_or_not_at_all(database: Database) -> None:
    def admit_and_capture(raising: Exception | None = None) -> None:
        with database.unit_of_work() as uow:
            probe = uow.capture.begin(digests=[], node_keys=["urn:lot:1"])
            assert probe.nodes == {}
            uow.capture.save(_one_record(probe.head, node="urn:lot:1", digest=bytes(32)))
            uow.members.add("urn:member:1", "One", None, [])
            if raising is not None:
                raise raising

    with pytest.raises(Unwanted):
        admit_and_capture(Unwanted())
    assert (head(database).size, indexes(database)) == (0, [])
    admit_and_capture()
    assert (head(database).size, indexes(database)) == (1, [0])
    with database.unit_of_work() as uow:
        assert uow.members.by_uri("urn:member:1") is not None


def test_a_joined_capture_keeps_the_directory_version_that_the_unit_has_moved(database: Database) -> None:
    with database.unit_of_work() as uow:
        uow.members.add("urn:member:1", "One", None, [])
        probe = uow.capture.begin(digests=[], node_keys=[])
        uow.capture.save(_one_record(probe.head, node="urn:lot:1", digest=bytes(32)))
    assert head(database).directory_version == 1


def test_one_group_may_cross_several_partition_borders(on_postgresql: Backend) -> None:
    """Partitions of 1,000: the first is half full when a group of 2,600 comes."""
    url = on_postgresql.create()
    database = on_postgresql.open(url)
    admit_members(database, 1)
    events = [an_event(f"urn:event:{n}", ends=[an_end(f"urn:lot:{n % 50}")]) for n in range(3_100)]
    tell(database, *events[:500])
    tell(database, *events[500:])
    with database.unit_of_work() as uow:
        found = uow.events.visible_to(Viewer(member_id=1)).find(EventQuery(limit=10_000))
        assert [event.event_id for event in found] == [event.event.event_id for event in events]
        assert uow.events.visible_to(ANYBODY).find(EventQuery()) == []
        assert list(uow.log.row_breaches(3_100)) == []
    database.close()
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tableoid::regclass::text, count(*) FROM record GROUP BY 1 ORDER BY 1")
        assert [count for _, count in rows] == [1_000, 1_000, 1_000, 100]


def _store_one(database: Database, *, node: str, digest: bytes, raising: Exception | None = None) -> None:
    """Store a record without asking for its identity first, as a faulty decision would."""
    with database.capture_transaction() as transaction:
        probe = transaction.begin(digests=[], node_keys=[node])
        transaction.save(_one_record(probe.head, node=node, digest=digest))
        if raising is not None:
            raise raising


def _one_record(before: LogHead, *, node: str, digest: bytes) -> Admission:
    body = b"a record"
    return Admission(
        head=LogHead(before.size + 1, before.grants, before.nodes + 1, before.directory_version, NOW),
        records=[RecordRow(before.size, 1, hashlib.sha256(body).digest(), NOW, None, None, body, None)],
        events=[],
        edges=[],
        nodes=[NodeRow(before.nodes + 1, node, NodeKind.LOT)],
        grants=[],
        digests=[DigestRow(digest, before.size, None)],
    )
