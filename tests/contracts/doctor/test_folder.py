"""What `filiere doctor` says of the data folder, its keys, the heads in it and SQLite; one fault at a time."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from builders.events import an_object_event
from builders.instance import open_instance
from contracts.doctor.conftest import codes, doctor
from contracts.log.conftest import wait_until_published
from filiere_platform.cli.main import filiere
from filiere_platform.domain.diagnosis import SqliteFacts, examine_database
from filiere_platform.store.durability import sqlite_durability
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.tiles.inspection import file_system_of

SEEN = {"doctor-volatile-file-system", "doctor-disk-nearly-full"}  # of the machine that tests
DAY = 86_400


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("instance")
    with open_instance(folder) as instance:
        assert instance.admit("dairy").send_events(an_object_event()).status_code == 200
        wait_until_published(instance)
        shutil.copytree(folder / "data" / "log", folder / "early")
        assert instance.admit("shop").send_events(an_object_event(bizStep="packing")).status_code == 200
        wait_until_published(instance)
    return folder


@pytest.fixture
def data(healthy: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(healthy / "data", tmp_path / "data"))


def said(data: Path, **settings: str) -> dict[str, str]:
    return {code: level for code, level in codes(doctor(data, **settings)).items() if code not in SEEN}


def test_an_instance_as_it_was_founded_gives_nothing_to_report_and_is_left_as_it_is(data: Path) -> None:
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file() and ".db" not in path.name}
    assert said(data) == {}
    assert {path: path.read_bytes() for path in before} == before


def test_a_key_that_others_may_read_is_an_error(data: Path) -> None:
    (data / "keys" / "log.pem").chmod(0o640)
    assert said(data) == {"doctor-key-file-exposed": "error"}


def test_a_folder_of_keys_that_others_may_write_is_an_error(data: Path) -> None:
    (data / "keys").chmod(0o777)
    assert said(data) == {"doctor-key-file-exposed": "error"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_key_of_another_user_is_an_error(data: Path) -> None:
    os.chown(data / "keys" / "receipt.pem", 12345, -1)
    assert said(data) == {"doctor-key-file-owner": "error"}


def test_an_anchor_that_is_gone_is_an_error(data: Path) -> None:
    (data / "log.anchor").unlink()
    assert said(data) == {"doctor-anchor-behind": "error"}


def test_an_anchor_that_is_no_checkpoint_is_an_error(data: Path) -> None:
    (data / "log.anchor").write_bytes(b"rubbish")
    assert said(data) == {"doctor-head-unreadable": "error"}


def test_an_anchor_whose_head_is_not_served_is_a_warning_once_it_is_old(data: Path, healthy: Path) -> None:
    shutil.copy(healthy / "early" / "checkpoint", data / "log" / "checkpoint")
    os.utime(data / "log.anchor", (time.time(), time.time()))
    assert said(data) == {}
    os.utime(data / "log.anchor", (time.time() - DAY, time.time() - DAY))
    assert said(data) == {"doctor-anchor-not-served": "warning"}


def test_a_database_older_than_the_anchor_is_an_error(data: Path) -> None:
    with sqlite3.connect(data / "filiere.db") as connection:
        connection.execute("UPDATE log_head SET size = size - 1")
    connection.close()
    assert said(data) == {"doctor-database-behind": "error"}


def test_a_closed_instance_is_a_warning(data: Path) -> None:
    with sqlite3.connect(data / "filiere.db") as connection:
        connection.execute("INSERT INTO standing (id, state, since, start, stop) VALUES (1, 'recovering', 1, 2, 3)")
    connection.close()
    assert said(data) == {"doctor-instance-closed": "warning"}


def test_what_a_publisher_that_died_was_writing_is_a_warning_unless_one_writes_now(data: Path) -> None:
    term = data / "log.staging" / "0123456789abcdef"
    term.mkdir(parents=True)
    (term / "checkpoint").write_bytes(b"half of a che")
    assert said(data) == {"doctor-publisher-leftovers": "warning"}
    with TileFolder(data).exclusive() as held:
        assert held
        (term / "checkpoint").parent.mkdir(exist_ok=True)
        (term / "checkpoint").write_bytes(b"half of a che")
        assert said(data) == {}


def test_a_publisher_that_refuses_to_sign_is_an_error_with_its_reason(data: Path) -> None:
    report = {"code": "log-entry-changed", "fr": "changé", "en": "changed", "since": "2026-03-04T05:06:07+00:00"}
    TileFolder(data).write_refusal(json.dumps(report).encode())
    assert said(data) == {"doctor-publisher-waits": "error"}


def test_a_policy_that_cannot_be_met_is_an_error(data: Path, tmp_path: Path) -> None:
    assert said(data, FILIERE_WITNESS_POLICY=str(tmp_path / "none")) == {"doctor-policy-cannot-be-met": "error"}


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:

    missing = tmp_path / "elsewhere"
    result = CliRunner().invoke(filiere, ("doctor",), env={"FILIERE_DATA_DIR": str(missing)})
    assert result.exit_code != 0
    assert not missing.exists()


def test_a_folder_without_an_instance_is_told_and_gets_no_database(tmp_path: Path) -> None:
    assert said(tmp_path) == {"doctor-database-not-ready": "error"}
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("pragma", "code"),
    [
        ("synchronous = FULL", None),
        ("synchronous = NORMAL", "doctor-sqlite-not-synchronous"),
        ("synchronous = OFF", "doctor-sqlite-not-synchronous"),
        ("journal_mode = DELETE", "doctor-sqlite-not-wal"),
        ("journal_mode = MEMORY", "doctor-sqlite-not-wal"),
    ],
)
def test_what_a_connection_of_sqlite_writes_with_is_what_counts(tmp_path: Path, pragma: str, code: str | None) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    for set_up in ("journal_mode = WAL", "synchronous = FULL", pragma):
        connection.execute(f"PRAGMA {set_up}")
    facts = sqlite_durability(connection)
    connection.close()
    assert [found.problem.code for found in examine_database(facts)] == ([code] if code else [])


def test_full_and_extra_are_durable() -> None:
    for synchronous in (2, 3):
        assert examine_database(SqliteFacts(synchronous=synchronous, journal_mode="wal")) == []


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/share rw,relatime shared:9 - nfs4 store:/x rw
31 22 0:41 / /srv/with\\040space rw - cifs //store/x rw
32 22 8:2 / /srv/share/local rw - xfs /dev/sdb1 rw
33 22 8:3 / /srv/covered rw - nfs store:/y rw
34 33 8:4 / /srv/covered rw - ext4 /dev/sdc1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/filiere", "ext4"),
        ("/srv/share/filiere", "nfs4"),
        ("/srv/shared/filiere", "ext4"),
        ("/srv/with space/filiere", "cifs"),
        ("/srv/share/local/filiere", "xfs"),
        ("/srv/covered", "ext4"),
    ],
)
def test_a_folder_is_on_the_file_system_that_was_mounted_nearest_and_last(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind
