"""What the store does when the database is away, stops answering, or ends a session under its feet."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from contracts.store.conftest import Backend
from contracts.store.telling import an_end, an_event, tell
from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.domain.webhook import Webhook
from filiere_platform.store import capture_postgresql
from filiere_platform.store.database import Database
from filiere_platform.store.unit_of_work import UnitOfWork

SECONDS_THAT_A_STOPPED_WRITER_MAY_COST = 5.0


@pytest.fixture
def url(on_postgresql: Backend) -> str:
    return on_postgresql.create()


def end_sessions(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def seconds_to_tell(database: Database) -> float:
    began = time.monotonic()
    tell(database, an_event("urn:event:1"))
    return time.monotonic() - began


@pytest.mark.postgresql
def test_a_writer_that_stops_inside_its_commit_stops_the_others_for_seconds_only(url: str) -> None:
    stopped, others = Database.open(url), Database.open(url)
    waited = []

    def stop_inside() -> None:
        with stopped.capture_transaction() as transaction:
            transaction.begin(digests=[], node_keys=[])
            # Here it stands still, as after SIGSTOP, and holds the log head's lock.
            waited.append(seconds_to_tell(others))

    with pytest.raises(StoreUnavailable):
        stop_inside()
    assert waited[0] < SECONDS_THAT_A_STOPPED_WRITER_MAY_COST
    tell(stopped, an_event("urn:event:2"))
    with others.unit_of_work() as uow:
        assert uow.log.head().size == 2
    stopped.close()
    others.close()


@pytest.mark.postgresql
def test_a_writer_that_stops_while_it_sends_stops_the_others_for_seconds_only(url: str) -> None:
    """No timeout of the server ends a session whose message is not complete: its end is that of a pipeline."""
    others = Database.open(url)
    stopped = psycopg.connect(url, autocommit=True, application_name=capture_postgresql.APPLICATION)
    waited = []

    def stop_while_sending() -> None:
        with stopped.pipeline():
            stopped.execute("BEGIN")
            stopped.execute("SELECT 1 FROM log_head FOR UPDATE").fetchone()  # flushed, without a Sync
            waited.append(seconds_to_tell(others))

    with pytest.raises(psycopg.OperationalError):
        stop_while_sending()
    assert waited[0] < SECONDS_THAT_A_STOPPED_WRITER_MAY_COST
    stopped.close()
    others.close()


@pytest.mark.postgresql
@pytest.mark.parametrize(
    "change",
    [
        lambda uow: uow.members.add("urn:member:1", "One", None, []),
        lambda uow: uow.capture.begin(digests=[], node_keys=[]),  # what is both in the log and in a table
    ],
)
def test_a_change_that_stops_halfway_stops_capture_for_seconds_only(
    url: str, change: Callable[[UnitOfWork], object]
) -> None:
    stopped, others = Database.open(url), Database.open(url)
    waited = []

    def stop_inside() -> None:
        with stopped.unit_of_work() as uow:
            change(uow)
            waited.append(seconds_to_tell(others))

    with pytest.raises(StoreUnavailable):
        stop_inside()
    assert waited[0] < SECONDS_THAT_A_STOPPED_WRITER_MAY_COST
    with others.unit_of_work() as uow:
        assert uow.members.all() == []
    stopped.close()
    others.close()


@pytest.mark.postgresql
def test_who_stops_while_it_takes_a_lease_keeps_the_others_from_it_for_seconds_only(url: str) -> None:
    """The lease is not committed: what keeps the others away is a lock on its row, which ends with the session."""
    stopped, others = Database.open(url), Database.open(url)
    with others.unit_of_work() as uow:
        member = uow.members.add("urn:member:1", "One", None, [])
        uow.webhooks.add(
            Webhook(
                id="hook", member_id=member.id, url="https://a.example/", kinds=frozenset(), secret=b"", made_at=1,
                position=0,
            )
        )  # fmt: skip
    waited = []

    def stop_inside() -> None:
        with stopped.unit_of_work() as uow:
            assert uow.webhooks.hold("hook", "stopped", now=1, until=2)
            began = time.monotonic()
            with others.unit_of_work() as other:
                assert other.webhooks.hold("hook", "other", now=1, until=2)
            waited.append(time.monotonic() - began)

    with pytest.raises(StoreUnavailable):
        stop_inside()
    assert waited[0] < SECONDS_THAT_A_STOPPED_WRITER_MAY_COST
    stopped.close()
    others.close()


@pytest.mark.postgresql
def test_a_lock_that_is_not_had_in_time_makes_the_store_unavailable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(capture_postgresql.SESSION, "lock_timeout", "200ms")
    database = Database.open(url)
    with psycopg.connect(url) as holder:
        holder.execute("SELECT 1 FROM log_head FOR UPDATE")
        with pytest.raises(StoreUnavailable):
            tell(database, an_event("urn:event:1"))
    tell(database, an_event("urn:event:1"))
    database.close()


@pytest.mark.postgresql
def test_a_session_that_was_ended_is_opened_again(url: str) -> None:
    database = Database.open(url)
    tell(database, an_event("urn:event:1", ends=[an_end("urn:lot:1")]))
    end_sessions(url)
    with pytest.raises(StoreUnavailable):
        tell(database, an_event("urn:event:2"))
    tell(database, an_event("urn:event:2", ends=[an_end("urn:lot:1")]))
    with database.unit_of_work() as uow:  # the pool notices by itself
        assert uow.log.head()[:3] == (2, 2, 1)
    database.close()


@pytest.mark.postgresql
def test_a_session_that_was_ended_while_nobody_wrote_costs_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_postgresql, "PING_AFTER", 0.0)
    database = Database.open(url)
    tell(database, an_event("urn:event:1"))
    end_sessions(url)
    tell(database, an_event("urn:event:2"))
    with database.unit_of_work() as uow:
        assert uow.log.head().size == 2
    database.close()


@pytest.mark.postgresql
def test_a_session_that_ends_within_a_group_leaves_nothing_of_it(url: str) -> None:
    database = Database.open(url)

    def lose_the_session() -> None:
        with database.capture_transaction() as transaction:
            transaction.begin(digests=[], node_keys=["urn:lot:1"])
            end_sessions(url)

    with pytest.raises(StoreUnavailable):
        lose_the_session()
    tell(database, an_event("urn:event:1", ends=[an_end("urn:lot:1")]))
    with database.unit_of_work() as uow:
        assert uow.log.head()[:3] == (1, 1, 1)
    database.close()


@pytest.mark.postgresql
def test_leadership_is_seen_to_be_lost(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filiere_platform.store.leadership.CHECK_EVERY", 0.0)
    database = Database.open(url)
    with database.leadership("relay") as leading:
        assert leading
        end_sessions(url)
        assert not leading
        with database.leadership("relay") as next_one:
            assert next_one
    database.close()


def test_a_database_that_is_away_is_unavailable_and_not_ready() -> None:
    database = Database.open("postgresql://nobody@127.0.0.1:1/nothing")
    assert not database.is_ready()
    with pytest.raises(StoreUnavailable):
        tell(database, an_event("urn:event:1"))
    with pytest.raises(StoreUnavailable), database.unit_of_work() as uow:
        uow.members.all()
    with pytest.raises(StoreUnavailable), database.leadership("relay"):
        pass
    database.close()


@pytest.mark.postgresql
def test_a_value_that_the_database_cannot_hold_is_refused_for_its_item_alone(url: str) -> None:
    database = Database.open(url)
    tell(database, an_event("urn:event:1"))
    with pytest.raises(RowsRefused):
        tell(database, an_event("urn:event:2"), an_event("urn:event:3", biz_step="\0"))
    tell(database, an_event("urn:event:2"))
    with database.unit_of_work() as uow:
        assert uow.log.head().size == 2
    database.close()


def test_sqlite_waits_for_another_writer_and_then_says_so(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filiere_platform.store.engine.LOCK_WAIT", 0.1)
    path = tmp_path / "held.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database.open(f"sqlite:///{path}")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        tell(database, an_event("urn:event:1"))
    with pytest.raises(StoreUnavailable), database.unit_of_work() as uow:
        uow.cursors.move("relay", 1)
    with database.unit_of_work() as uow:  # readers do not wait
        assert uow.log.head().size == 0
    holder.execute("ROLLBACK")
    tell(database, an_event("urn:event:1"))
    holder.close()
    database.close()


@pytest.mark.parametrize("url", ["mysql://user:secret@host/db", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_is_no_database_of_ours_is_refused_without_repeating_its_secret(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite") as refused:
        Database.open(url)
    assert "secret" not in str(refused.value)
