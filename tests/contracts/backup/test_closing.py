"""A database that misses what was signed closes its instance by itself: no place in the log is ever given twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

import servers
from builders.instance import Instance, Sender, open_instance
from conftest import Backend
from contracts.backup.conftest import Console, numbered
from contracts.log.conftest import stored, wait_for, wait_until_published
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.standing import InstanceClosed, State
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.store.database import Database
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from servers.standby import Standby


def standing(instance: Instance) -> State:
    with instance.platform.database.unit_of_work() as unit:
        return unit.standing.read().state


def is_closed(instance: Instance) -> bool:
    try:
        return standing(instance) is State.RECOVERING
    except StoreUnavailable:  # a connection to a server that is gone
        return False


def digests(instance: Instance) -> list[tuple[int, int, bytes]]:
    with instance.platform.database.unit_of_work() as unit:
        return list(unit.log.entries(0, unit.log.head().size))


def places(answer: dict[str, Any]) -> list[tuple[int, str]]:
    return [(record["index"], record["sha256"]) for record in answer["records"]]


def keep(folder: Path, envelopes: list[bytes]) -> Path:
    """What a member's spool holds, as files."""
    folder.mkdir()
    for number, envelope in enumerate(envelopes):
        (folder / f"{number}.jws").write_bytes(envelope)
    return folder


def is_refused(sender: Sender, envelope: bytes) -> bool:
    answer = sender.send(envelope)
    assert answer.status_code == 503, answer.text
    return bool(answer.json()["code"] == "instance-recovering")


def test_an_older_database_put_in_place_by_hand_takes_nothing_and_gets_its_records_back(
    backend: Backend, console: Console, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    with open_instance(console.folder, database_url=console.database_url) as instance:
        dairy = instance.admit("dairy")
        assert dairy.send_events(*numbered(3)).status_code == 200
        wait_until_published(instance)
        snapshot = instance.platform.database.dump(old)
        later = [dairy.sign(event) for event in numbered(4, start=10)]
        receipt = dairy.send(*later).json()
        size = wait_until_published(instance)
        whole = digests(instance)
        url = instance.platform.settings.effective_database_url
    database = Database.open(url)
    database.load(old, revision=snapshot.revision, columns=snapshot.columns)
    database.close()

    with open_instance(console.folder, database_url=console.database_url, is_founded=True) as instance:
        dairy.client = instance.client
        new = dairy.sign(numbered(1, start=20)[0])
        assert is_refused(dairy, new)  # the first request of the process
        assert standing(instance) is State.RECOVERING
        assert dairy.get("/api/v1/recovery").json()["recovering"]
        assert stored(instance) == size - len(later)

    given = console.succeed("recover", "--from", str(keep(tmp_path / "spool", later)))
    assert "open" in given.stdout
    with open_instance(console.folder, database_url=console.database_url, is_founded=True) as instance:
        dairy.client = instance.client
        assert digests(instance)[:size] == whole
        assert places(dairy.send(*later).json()) == places(receipt)
        [stored_now] = dairy.send(new).json()["records"]
        assert stored_now["index"] == size + 1  # behind the entry that tells of the incident
        wait_until_published(instance)
        assert instance.fsck().holds


@pytest.mark.parametrize("missing", [0, 1])
def test_every_process_asks_what_was_signed_before_it_stores_anything(
    backend: Backend, console: Console, missing: int
) -> None:
    with open_instance(console.folder, database_url=console.database_url) as instance:
        dairy = instance.admit("dairy")
        size = wait_until_published(instance)
        settings = instance.platform.settings
    # A process that only serves: nobody else looks at the log's files.
    with (
        bootstrap.open_platform(settings) as platform,
        TestClient(platform.application(with_workers=False), raise_server_exceptions=False) as client,
    ):
        serving = Instance(platform=platform, client=client)
        dairy.client = client
        head = sign_checkpoint(platform.instance.origin, size + missing, bytes(32), platform.key(Duty.LOG))
        platform.files.write_anchor(head)
        answer = dairy.send(dairy.sign(numbered(1)[0]))
        assert answer.status_code == (503 if missing else 200), answer.text
        assert stored(serving) == (size if missing else size + 1)
        if missing:  # a key's registration is a place in the log, too
            assert standing(serving) is State.OPEN
            with platform.database.unit_of_work() as unit, pytest.raises(InstanceClosed):
                _ = unit.capture


def test_a_database_that_was_changed_below_what_was_signed_is_closed_and_never_opened_by_recover(
    backend: Backend, console: Console
) -> None:
    with open_instance(console.folder, database_url=console.database_url) as instance:
        dairy = instance.admit("dairy")
        assert dairy.send_events(*numbered(3)).status_code == 200
        size = wait_until_published(instance)
        with instance.platform.database._engine.begin() as connection:
            change = text("UPDATE record SET sha256 = :other WHERE log_index = :last")
            connection.execute(change, {"other": bytes(32), "last": size - 1})
        wait_for(lambda: dairy.send(dairy.sign(numbered(1, start=9)[0])).status_code == 503, "it was not closed")
        assert standing(instance) is State.RECOVERING
    refused = console.run("recover")
    assert refused.exit_code != 0
    assert refused.exception.problems[0].code == "recovery-differs"


def test_a_standby_that_is_promoted_late_takes_nothing_until_it_is_whole(tmp_path: Path) -> None:
    primary = servers.PostgreSQL()
    standby = None
    try:
        primary.start()
        standby = Standby(primary)
        standby.start()
        console = Console(folder=tmp_path, database_url=primary.url)
        with open_instance(tmp_path, database_url=primary.url) as instance:
            dairy = instance.admit("dairy")
            assert dairy.send_events(*numbered(3)).status_code == 200
            early = wait_until_published(instance)
            wait_for(lambda: caught_up(primary, standby), "the standby did not catch up")
            standby.stop()
            later = [dairy.sign(event) for event in numbered(4, start=10)]
            receipt = dairy.send(*later).json()
            size = wait_until_published(instance)
            new = dairy.sign(numbered(1, start=20)[0])
            # The primary's machine is lost; the standby gets its address, while the instance runs on.
            primary.kill()
            standby.port = primary.port
            standby.settings["primary_conninfo"] = ""
            standby.start()
            standby.promote()
            wait_for(lambda: is_refused(dairy, new), "the instance did not close")
            wait_for(lambda: is_closed(instance), "the publisher did not close it")
            assert stored(instance) == early
        given = console.succeed("recover", "--from", str(keep(tmp_path / "spool", later)))
        assert "open" in given.stdout
        with open_instance(tmp_path, database_url=primary.url, is_founded=True) as instance:
            dairy.client = instance.client
            assert places(dairy.send(*later).json()) == places(receipt)
            [stored_now] = dairy.send(new).json()["records"]
            assert stored_now["index"] == size + 1
            wait_until_published(instance)
            assert instance.fsck().holds
    finally:
        if standby is not None:
            standby.close()
        primary.close()


def caught_up(primary: servers.PostgreSQL, standby: Standby) -> bool:
    with psycopg.connect(primary.url, autocommit=True) as one, psycopg.connect(standby.url, autocommit=True) as other:
        [written] = one.execute("SELECT pg_current_wal_lsn()").fetchone() or (None,)
        [(behind,)] = other.execute("SELECT pg_wal_lsn_diff(%s, pg_last_wal_replay_lsn()) > 0", [written]).fetchall()
        return not behind
