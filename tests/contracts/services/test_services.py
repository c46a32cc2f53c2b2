"""What the other suites rely on: services are found honestly, servers of our own end, and nothing else is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

import servers
import services

UNUSED = "postgresql://postgres@127.0.0.1:1/postgres"


def test_a_service_that_the_environment_names_is_never_passed_over(monkeypatch) -> None:
    monkeypatch.setenv(services.DATABASE_VARIABLE, UNUSED)
    with pytest.raises(services.ServiceMissingError, match=services.DATABASE_VARIABLE):
        services.provide("postgresql")


def test_the_named_service_is_the_one_that_is_given(postgresql_url, monkeypatch) -> None:
    monkeypatch.setenv(services.DATABASE_VARIABLE, postgresql_url.replace("postgresql://", "postgresql+psycopg://"))
    found = services.provide("postgresql")
    assert (found.url, found.origin, found.server) == (postgresql_url, services.DATABASE_VARIABLE, None)


def test_where_no_program_is_installed_the_reason_names_every_way_that_was_tried(monkeypatch) -> None:
    monkeypatch.delenv(services.BROKER_VARIABLE, raising=False)
    monkeypatch.setenv(services.ORDER_VARIABLE, "start")
    monkeypatch.setattr("servers.rabbitmq.PROGRAMS", ("no-such-program",))
    with pytest.raises(services.ServiceMissingError, match="installed programs: RabbitMQ is not installed"):
        services.provide("rabbitmq")


def test_a_clone_holds_what_its_template_holds_and_stays_apart(create_database) -> None:
    template = create_database()
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE lot (name text)")
    first, second = (create_database(services.database_name(template)) for _ in range(2))
    with psycopg.connect(first) as connection:
        connection.execute("INSERT INTO lot VALUES ('L1')")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT count(*) FROM lot").fetchone() == (0,)


def test_only_databases_of_the_tests_are_dropped(postgresql_url) -> None:
    with pytest.raises(ValueError, match="filiere_test_"):
        services.drop_database(services.with_database(postgresql_url, "postgres"))


def test_a_killed_database_keeps_what_it_committed(own_postgresql) -> None:
    with psycopg.connect(own_postgresql.url) as connection:
        connection.execute("CREATE TABLE lot (name text)")
    own_postgresql.kill()
    assert not own_postgresql.answers()
    own_postgresql.start()
    with psycopg.connect(own_postgresql.url) as connection:
        assert connection.execute("SELECT count(*) FROM lot").fetchone() == (0,)


def test_a_killed_broker_comes_back_on_the_same_address(own_rabbitmq) -> None:
    address = own_rabbitmq.url
    own_rabbitmq.kill()
    assert not own_rabbitmq.answers()
    own_rabbitmq.start()
    assert own_rabbitmq.answers()
    assert own_rabbitmq.url == address


STARTER = """
import servers, sys, time
server = servers.PostgreSQL()
server.start()
print(server.process.pid, server.folder, flush=True)
time.sleep(600)
"""


@pytest.mark.postgresql
def test_a_server_does_not_outlive_a_run_that_was_killed() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(services.__file__).parent)}
    with subprocess.Popen(
        [sys.executable, "-c", STARTER], env=environment, stdout=subprocess.PIPE, text=True
    ) as starter:
        pid, _, folder = (starter.stdout.readline() if starter.stdout else "").strip().partition(" ")
        starter.send_signal(signal.SIGKILL)
    for _ in range(100):
        if not servers.runs(int(pid)):
            break
        time.sleep(0.1)
    assert not servers.runs(int(pid))
    # Its data is all that a killed run can leave; the next run of anybody removes it.
    assert Path(folder).is_dir()
    servers.remove_abandoned()
    assert not Path(folder).exists()
