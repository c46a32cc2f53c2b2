"""What `filiere doctor` says of a PostgreSQL server; each fault differs in one setting from the healthy twin."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

import servers
from builders.events import an_object_event
from builders.instance import open_instance
from contracts.doctor.conftest import codes, doctor
from contracts.log.conftest import wait_for, wait_until_published
from servers.standby import Standby

SEEN = {"doctor-volatile-file-system", "doctor-disk-nearly-full"}  # of the machine that tests, not of the server


@pytest.fixture(scope="module")
def primary() -> Iterator[servers.PostgreSQL]:
    server = servers.PostgreSQL()
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def data(primary: servers.PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an instance with a few published records, of which nothing runs any more."""
    folder = tmp_path_factory.mktemp("instance")
    with open_instance(folder, database_url=primary.url) as instance:
        assert instance.admit("dairy").send_events(an_object_event()).status_code == 200
        wait_until_published(instance)
    return folder / "data"


def run(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@contextmanager
def setting(server: servers.PostgreSQL, name: str, value: str) -> Iterator[None]:
    """Set one thing of the server, and take it back."""

    def is_in_force(expected: str) -> bool:
        return run(server.url, f"SHOW {name}") == [(expected,)]

    [(before,)] = run(server.url, f"SHOW {name}")
    run(server.url, f"ALTER SYSTEM SET {name} = '{value}'")
    run(server.url, "SELECT pg_reload_conf()")
    wait_for(lambda: is_in_force(value), f"{name} is not {value}")
    try:
        yield
    finally:
        run(server.url, f"ALTER SYSTEM RESET {name}")
        run(server.url, "SELECT pg_reload_conf()")
        wait_for(lambda: is_in_force(str(before)), f"{name} is not {before} again")


def said(server: servers.PostgreSQL, data: Path, **more: str) -> Mapping[str, str]:
    return {code: level for code, level in codes(doctor(data, server.url, **more)).items() if code not in SEEN}


def test_a_server_with_its_own_defaults_gives_nothing_to_report(primary: servers.PostgreSQL, data: Path) -> None:
    result = doctor(data, primary.url)
    assert said(primary, data) == {}
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("fsync", "off", {"doctor-fsync-off": "error"}),
        ("full_page_writes", "off", {"doctor-full-page-writes-off": "error"}),
        ("synchronous_commit", "off", {"doctor-commit-not-durable": "error"}),
        ("synchronous_commit", "local", {"doctor-commit-local": "warning"}),
        ("synchronous_standby_names", "absent", {"doctor-standbys-absent": "error"}),
    ],
)
def test_one_setting_of_the_server_that_could_lose_records_is_said(
    primary: servers.PostgreSQL, data: Path, name: str, value: str, found: dict[str, str]
) -> None:
    with setting(primary, name, value):
        assert said(primary, data) == found
        assert doctor(data, primary.url).exit_code == (1 if "error" in found.values() else 0)


@pytest.mark.parametrize(
    ("whom", "where"),
    [("ROLE postgres", "ROLE postgres"), ("DATABASE postgres", "DATABASE postgres"), ("ROLE app", "ROLE app")],
)
def test_a_commit_that_one_role_or_database_does_not_wait_for_is_said_with_its_place(
    primary: servers.PostgreSQL, data: Path, whom: str, where: str
) -> None:
    run(primary.url, "CREATE ROLE app")
    run(primary.url, f"ALTER {whom} SET synchronous_commit = off")
    try:
        result = doctor(data, primary.url)
        assert said(primary, data) == {"doctor-commit-not-durable": "error"}
        assert f"({where})" in result.stdout
    finally:
        run(primary.url, f"ALTER {whom} RESET synchronous_commit")
        run(primary.url, "DROP ROLE app")


def test_a_setting_of_another_database_is_none_of_ours(primary: servers.PostgreSQL, data: Path) -> None:
    run(primary.url, "ALTER DATABASE template1 SET synchronous_commit = off")
    try:
        assert said(primary, data) == {}
    finally:
        run(primary.url, "ALTER DATABASE template1 RESET synchronous_commit")


def test_a_late_replica_is_a_warning_a_synchronous_one_is_well_and_who_may_not_see_them_is_told_so(
    primary: servers.PostgreSQL, data: Path
) -> None:
    replica = Standby(primary)
    try:
        replica.start()
        wait_for(lambda: bool(run(primary.url, "SELECT 1 FROM pg_stat_replication")), "no replica came")
        assert said(primary, data) == {"doctor-asynchronous-replicas": "warning"}
        # A read-only standby is no place for an instance.
        assert "doctor-database-is-standby" in said(replica, data)
        with setting(primary, "synchronous_standby_names", "late"):
            wait_for(lambda: said(primary, data) == {}, "the replica did not become synchronous")
            with setting(primary, "synchronous_commit", "local"):
                assert said(primary, data) == {"doctor-commit-local": "error"}
        run(primary.url, "CREATE ROLE blind LOGIN")
        run(primary.url, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO blind")
        blind = primary.url.replace("postgres@", "blind@")
        assert "doctor-replicas-not-shown" in codes(doctor(data, blind))
    finally:
        replica.close()


def test_a_server_that_is_away_is_said_within_seconds(data: Path) -> None:
    began = time.monotonic()
    result = doctor(data, f"postgresql://postgres@127.0.0.1:{servers.free_port()}/postgres")
    assert codes(result)["doctor-database-not-ready"] == "error"
    assert time.monotonic() - began < 30
