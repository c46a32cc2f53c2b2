"""Followers: the log in order, grants by number, cursors, jobs, and one leader at a time."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.store.conftest import Backend
from contracts.store.emptying import emptied
from contracts.store.telling import NOW, admit_members, an_event, tell
from filiere_platform.domain.audience import PUBLIC, SECTOR
from filiere_platform.domain.job import CaptureJob, ErrorBehaviour
from filiere_platform.domain.record import Admission, GrantRow, LogHead, RecordRow
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.store.database import Database
from filiere_schemas.provenance.entry import EntryKind

JOB = CaptureJob(id="job-1", member_id=1, document=b"{}", behaviour=ErrorBehaviour.PROCEED, created_at=5)


def grant_later(database: Database, log_index: int, audience: int) -> None:
    """Let an audience see a record that was stored long ago, as a mandate will."""
    with database.capture_transaction() as transaction:
        head = transaction.begin(digests=[], node_keys=[]).head
        late = GrantRow(head.grants + 1, log_index, audience, 9)
        transaction.save(_admission(head, grants=[late]))


def test_the_log_is_read_in_order_whatever_the_range(database: Database) -> None:
    events = [an_event(f"urn:event:{n}") for n in range(17)]
    for start in range(0, 17, 4):
        tell(database, *events[start : start + 4])
    with database.unit_of_work() as uow:
        everything = list(uow.log.entries(0, 17))
        assert everything == [(n, 1, event.sha256) for n, event in enumerate(events)]
        assert list(uow.log.entries(4, 9)) == everything[4:9]
        assert list(uow.log.entries(17, 40)) == []
        records = list(uow.log.records(4, 9))
    assert [(r.log_index, r.sha256, r.body, r.stored_at, r.member_id) for r in records] == [
        (n, events[n].sha256, events[n].body, NOW, 1) for n in range(4, 9)
    ]


def test_records_of_one_kind_are_found_among_others(database: Database) -> None:
    tell(database, *(an_event(f"urn:event:{n}") for n in range(6)))
    with database.capture_transaction() as transaction:
        head = transaction.begin(digests=[], node_keys=[]).head
        key_entry = RecordRow(head.size, 5, bytes(32), NOW, None, None, b"registration", None)
        transaction.save(_admission(head, records=[key_entry]))
    tell(database, an_event("urn:event:9", kind=EntryKind.RECEIPT))
    with database.unit_of_work() as uow:
        assert uow.log.key_entries() == list(uow.log.records(0, 8, [EntryKind.KEY])) == [key_entry]
        assert [r.log_index for r in uow.log.records(0, 8, [EntryKind.RECEIPT, EntryKind.KEY])] == [6, 7]
        assert list(uow.log.records(0, 8, [])) == []


def test_grants_are_followed_by_number_and_late_ones_come_last(database: Database) -> None:
    admit_members(database)
    tell(database, *(an_event(f"urn:event:{n}", audiences=[2]) for n in range(8)))
    grant_later(database, 0, 3)
    with database.unit_of_work() as uow:
        grants = uow.grants.after(0, 100)
        assert [grant.grant_no for grant in grants] == list(range(1, 18))
        assert grants[-1] == GrantRow(17, 0, 3, 9)
        assert uow.grants.after(15, 100) == grants[15:]
        assert uow.grants.after(2, 3) == grants[2:5]
        assert uow.grants.for_audiences([3, SECTOR, PUBLIC], 0, 100) == [grants[-1]]
        assert [grant.log_index for grant in uow.grants.for_audiences([2, 3], 12, 100)] == [6, 7, 0]


def test_a_stream_of_grants_neither_skips_nor_repeats(backend: Backend) -> None:
    url = backend.create()

    @settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        shared=st.lists(st.sets(st.sampled_from([2, 3, SECTOR, PUBLIC]), max_size=3), min_size=1, max_size=20),
        audiences=st.sets(st.sampled_from([1, 2, 3, SECTOR, PUBLIC]), min_size=1),
        page=st.integers(1, 7),
    )
    def pages_make_the_stream(shared: list[set[int]], audiences: set[int], page: int) -> None:
        with emptied(backend, url) as database:
            tell(database, *(an_event(f"urn:event:{n}", audiences=sorted(who)) for n, who in enumerate(shared)))
            expected = [
                (index, audience)
                for index, who in enumerate(shared)
                for audience in [1, *sorted(who)]
                if audience in audiences
            ]
            followed: list[GrantRow] = []
            with database.unit_of_work() as uow:
                while more := uow.grants.for_audiences(audiences, followed[-1].grant_no if followed else 0, page):
                    followed += more
            assert [(grant.log_index, grant.audience) for grant in followed] == expected

    pages_make_the_stream()


def test_a_delivery_says_of_a_record_what_was_stored(database: Database) -> None:
    admit_members(database)
    event = an_event("urn:event:1", member_id=2)
    tell(database, event)
    with database.unit_of_work() as uow:
        shared = uow.grants.records([0, 99])
    assert list(shared) == [0]
    assert shared[0] == (0, EntryKind.EVENT, event.sha256, NOW, "urn:member:2", "urn:event:1", event.body)


def test_cursors_are_kept_by_name(database: Database) -> None:
    with database.unit_of_work() as uow:
        assert uow.cursors.read("relay") == 0
        uow.cursors.move("relay", 7)
        uow.cursors.move("relay:1", 3)
        uow.cursors.move("relay%1", 4)
    with database.unit_of_work() as uow:
        uow.cursors.move("relay", 9)
        assert uow.cursors.read("relay") == 9
        assert uow.cursors.named("relay:") == {"relay:1": 3}
        assert uow.cursors.named("relay%") == {"relay%1": 4}
        uow.cursors.remove("relay:1")
        assert uow.cursors.read("relay:1") == 0


def test_a_cursor_moves_only_with_the_commit(database: Database) -> None:
    def move() -> None:
        with database.unit_of_work() as uow:
            uow.cursors.move("relay", 7)
            raise KeyError

    with pytest.raises(KeyError):
        move()
    with database.unit_of_work() as uow:
        assert uow.cursors.read("relay") == 0


def test_a_job_is_kept_whole_until_it_ends_then_without_its_document_and_ends_once(database: Database) -> None:
    admit_members(database, 2)
    later = replace(JOB, id="job-0", created_at=6, behaviour=ErrorBehaviour.ROLLBACK)
    with database.unit_of_work() as uow:
        uow.jobs.add(later)
        uow.jobs.add(JOB)
    with database.unit_of_work() as uow:
        assert uow.jobs.next_unfinished() == JOB
        assert uow.jobs.unfinished() == ["job-1", "job-0"]
        assert uow.jobs.read("job-1", member_id=2) is None
        uow.jobs.finish("job-1", success=False, errors=[{"code": "é"}], now=9)
        uow.jobs.finish("job-1", success=True, errors=[], now=10)
    with database.unit_of_work() as uow:
        assert uow.jobs.next_unfinished() == later
        finished = uow.jobs.read("job-1", member_id=1)
    assert finished == replace(JOB, finished_at=9, success=False, errors=({"code": "é"},), document=b"")


def test_a_job_has_one_id(database: Database) -> None:
    admit_members(database, 1)

    def add() -> None:
        with database.unit_of_work() as uow:
            uow.jobs.add(JOB)

    add()
    with pytest.raises(RowsRefused):
        add()


def test_one_leads_and_another_takes_over(backend: Backend) -> None:
    url = backend.create()
    one, other = backend.open(url), backend.open(url)
    with one.leadership("relay") as leading, one.leadership("publisher") as elsewhere:
        assert leading
        assert elsewhere
        with other.leadership("relay") as following:
            assert not following
    for _ in range(20):  # handed over at once, not when the server has noticed that a session ended
        for database in (other, one):
            with database.leadership("relay") as leading:
                assert leading
    one.close()
    other.close()


def test_a_unit_that_reads_sees_what_others_committed_since(database: Database) -> None:
    """READ COMMITTED on both: a relay that has read may write although captures went on meanwhile."""
    with database.unit_of_work() as uow:
        assert uow.log.head().size == 0
        thread = threading.Thread(target=tell, args=(database, an_event("urn:event:1")))
        thread.start()
        thread.join()
        assert uow.log.head().size == 1
        uow.cursors.move("relay", 1)


def _admission(
    head: LogHead, *, records: list[RecordRow] | None = None, grants: list[GrantRow] | None = None
) -> Admission:
    records, grants = records or [], grants or []
    moved = head._replace(size=head.size + len(records), grants=head.grants + len(grants))
    return Admission(head=moved, records=records, events=[], edges=[], nodes=[], grants=grants, digests=[])
