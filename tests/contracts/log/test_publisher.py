"""The publisher on both databases: one leads, another takes over, none takes back what was signed."""

from __future__ import annotations

import errno
import json
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

import independent_log
from builders.instance import seeded_key
from builders.ledger import Ledger
from conftest import Backend
from contracts.log.conftest import wait_for
from filiere_platform.domain.publication import KnownHead
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.store.database import Database
from filiere_platform.tiles.disk import Disk
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases import publish as publishing
from filiere_platform.usecases.log_ports import LogReader
from filiere_platform.usecases.publish import Gathered, Published, Signer, SigningRefused, gather
from filiere_platform.worker import publisher as worker
from filiere_platform.worker.publisher import Publisher, PublisherState, PublisherStatus, nobody_else

KEY = seeded_key("log")
PUBLIC = KEY.public.raw
SIGNER = Signer(origin="log.test.example/filiere", key=KEY)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "STANDBY_PAUSE", 0.02)
    monkeypatch.setattr(worker, "FAILURE_PAUSE", 0.02)
    monkeypatch.setattr(worker, "REFUSAL_PAUSE", 0.02)


@pytest.fixture
def database(backend: Backend) -> Iterator[Database]:
    opened = Database.open(backend.database_url)
    opened.migrate()
    yield opened
    opened.close()


def publisher(
    database: Database, files: TileFolder, known_heads: Callable[[], Sequence[KnownHead]] = nobody_else
) -> Publisher:
    return Publisher(
        units=database,
        leadership=database.leadership,
        files=files,
        signer=lambda: SIGNER,
        pause=0.01,
        clock=lambda: NOW,
        known_heads=known_heads,
    )


@contextmanager
def running(*publishers: Publisher) -> Iterator[None]:
    stop = threading.Event()
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in publishers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


def published_size(files: TileFolder) -> int:
    note = files.read("checkpoint")
    return independent_log.read_head(note, PUBLIC).size if note else -1


def store(database: Database, records: int) -> None:
    Ledger(database).store(*([1] for _ in range(records)))


def test_what_is_stored_is_published_while_it_runs_and_once_more_when_it_stops(
    database: Database, tmp_path: Path
) -> None:
    files = TileFolder(tmp_path)
    one = publisher(database, files)
    with running(one):
        for size in (10, 300, 301):
            store(database, size - max(0, published_size(files)))
            wait_for(lambda size=size: published_size(files) == size, f"{size} was not published")
        done = PublisherStatus(state=PublisherState.PUBLISHING, size=301)
        wait_for(lambda: one.status == done, "it does not say so")
        store(database, 5)
    assert published_size(files) == 306
    _, entries = independent_log.read_log(files.read, PUBLIC)
    assert len(entries) == 306


def test_one_publisher_leads_and_another_takes_over_when_it_stops(
    backend: Backend, database: Database, tmp_path: Path
) -> None:
    files = TileFolder(tmp_path)
    store(database, 3)
    with closing(Database.open(backend.database_url)) as elsewhere:
        leader, standby = publisher(database, files), publisher(elsewhere, TileFolder(tmp_path))
        with running(leader):
            wait_for(lambda: published_size(files) == 3, "nobody published")
            with running(standby):
                assert standby.run_once() is None
                assert standby.status == PublisherStatus(state=PublisherState.STANDBY, size=None)
        store(database, 4)
        with running(standby):
            wait_for(lambda: published_size(files) == 7, "nobody took over")
        store(database, 4)
        with running(leader):  # what it remembers of its first time is not what is signed now
            wait_for(lambda: published_size(files) == 11, "the first did not take over again")
            done = PublisherStatus(state=PublisherState.PUBLISHING, size=11)
            wait_for(lambda: leader.status == done, "it does not say so")


def test_a_database_that_lost_what_was_signed_stops_signing_loudly_until_it_is_whole_again(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = TileFolder(tmp_path)
    store(database, 300)
    one = publisher(database, files)
    with running(one):
        wait_for(lambda: published_size(files) == 300, "nothing was published")
        head_size(database, 299)
        wait_for(lambda: one.status.state is PublisherState.REFUSING, "it did not refuse")
        refusal = json.loads(files.read_refusal() or b"")
        assert refusal["code"] == "log-behind-checkpoint"
        assert refusal["since"] == NOW.isoformat()
        assert refusal["fr"] != refusal["en"]
        assert "publisher_refuses_to_sign" in {r.message for r in caplog.records if r.levelno == logging.ERROR}
        head_size(database, 300)
        store(database, 5)
        wait_for(lambda: published_size(files) == 305, "it does not sign again")
        wait_for(lambda: one.status.state is PublisherState.PUBLISHING, "it does not say so")
        assert files.read_refusal() is None


def test_a_head_that_others_keep_is_compared_before_every_signature(database: Database, tmp_path: Path) -> None:
    files = TileFolder(tmp_path)
    store(database, 30)
    kept: list[KnownHead] = []
    one = publisher(database, files, known_heads=lambda: kept)
    with running(one):
        wait_for(lambda: published_size(files) == 30, "nothing was published")
        kept.append(KnownHead(name="witness.example", size=20, root=bytes(32)))
        wait_for(lambda: one.status.state is PublisherState.REFUSING, "it did not refuse")
        store(database, 5)
        assert json.loads(files.read_refusal() or b"")["code"] == "log-differs-from-known-head"
        assert published_size(files) == 30
        kept.clear()
        wait_for(lambda: published_size(files) == 35, "it does not sign again")


def test_run_once_publishes_everything_or_says_why_not(database: Database, tmp_path: Path) -> None:
    files = TileFolder(tmp_path)
    store(database, 30)
    one = publisher(database, files)
    published = one.run_once()
    assert published
    assert published.size == published_size(files) == 30
    head_size(database, 20)
    with pytest.raises(SigningRefused):
        one.run_once()
    assert json.loads(files.read_refusal() or b"")["code"] == "log-behind-checkpoint"


def test_a_publisher_behind_by_more_than_a_run_catches_up_in_several(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "LARGEST_RUN", 100)
    monkeypatch.setattr(publishing, "BLOCK", 64)
    files = TileFolder(tmp_path)
    store(database, 555)
    published = publisher(database, files).run_once()
    assert published
    assert published_size(files) == 555
    independent_log.read_log(files.read, PUBLIC)


def test_a_disk_that_fails_in_the_middle_of_a_run_is_waited_out(database: Database, tmp_path: Path) -> None:
    class Full(Disk):
        failures = 5

        def write_synced(self, path: Path, content: bytes) -> None:
            if Full.failures:
                Full.failures -= 1
                raise OSError(errno.ENOSPC, "no space left on device")
            super().write_synced(path, content)

    files = TileFolder(tmp_path, disk=Full())
    store(database, 30)
    with running(publisher(database, files)):
        wait_for(lambda: published_size(files) == 30, "it did not go on")
    assert Full.failures == 0


def test_an_error_of_the_program_is_heard_and_does_not_end_the_publisher(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    errors = [ValueError("a fault"), StoreUnavailable("away")]

    def fail_first(log: LogReader, last: Published, signer: Signer) -> Gathered | None:
        if errors:
            raise errors.pop(0)
        return gather(log, last, signer)

    monkeypatch.setattr(worker, "gather", fail_first)
    files = TileFolder(tmp_path)
    store(database, 30)
    with running(publisher(database, files)):
        wait_for(lambda: published_size(files) == 30, "it ended")
    heard = [(r.message, r.levelno) for r in caplog.records if r.name == worker.__name__]
    assert heard == [("publisher_failed", logging.ERROR), ("publisher_waits", logging.WARNING)]


def head_size(database: Database, size: int) -> None:
    """Play a database restored from a backup: its head goes back, and the rows beyond it are gone or wait there."""
    with database.unit_of_work() as unit:
        unit._session.execute(text("UPDATE log_head SET size = :size"), {"size": size})
