"""What docker-compose.yml says works: its services, started here with its settings, are well by its own checks."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from builders.events import an_object_event
from deployment import Deployment, deployed

MEMBER = "urn:filiere:party:siret:73282932000074"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("compose")) as running:
        yield running


@pytest.mark.parametrize("service", ["db", "broker"])
def test_a_service_is_well_by_the_check_that_the_file_gives_it(deployment: Deployment, service: str) -> None:
    deployment.wait_until_healthy(service)


def test_the_check_of_a_stopped_database_fails(deployment: Deployment) -> None:
    deployment.database.stop()
    try:
        assert deployment.check_health("db").returncode != 0
    finally:
        deployment.database.start()


def test_the_database_took_every_setting_and_asks_for_its_password(deployment: Deployment) -> None:
    query = "SELECT setting = %s OR current_setting(name) = %s FROM pg_settings WHERE name = %s"
    with psycopg.connect(deployment.database.url) as connection:
        for name, value in deployment.file.flags("db").items():
            assert connection.execute(query, (value, value, name)).fetchone() == (True,), name
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(deployment.database.url.replace(deployment.secret("database_password"), "wrong"))


def test_the_broker_took_every_setting_and_knows_no_guest(deployment: Deployment) -> None:
    effective = re.sub(r"\s", "", deployment.broker.control("environment"))
    assert '{disk_free_limit,"512MB"}' in effective
    assert "{vm_memory_high_watermark,0.5}" in effective
    assert "{heartbeat,30}" in effective
    users = deployment.broker.control("list_users").splitlines()[1:]
    assert [line.split("\t")[0] for line in users] == ["filiere"]


@pytest.fixture(scope="module")
def instance(deployment: Deployment) -> Deployment:
    """The whole file: `prepare` to its end, then the app and the worker until they are well."""
    for attempt in ("founds the instance", "changes nothing"):
        done = deployment.run("prepare")
        assert done.returncode == 0, f"{attempt}: {done.stdout}{done.stderr}"
    deployment.start("app")
    deployment.start("worker")
    deployment.wait_until_healthy("app")
    deployment.wait_until_healthy("worker")
    return deployment


@pytest.fixture(scope="module")
def client(instance: Deployment) -> Iterator[httpx.Client]:
    """A member of the instance with a token."""
    assert instance.run("app", "member", "add", MEMBER, "--name", "Dairy").returncode == 0
    token = instance.run("app", "token", "create", MEMBER).stdout.strip()
    with httpx.Client(base_url=instance.url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        yield client


def send_event(client: httpx.Client, lot: str) -> None:
    event = an_object_event(quantityList=[{"epcClass": f"urn:epc:class:lgtin:9521001.000017.{lot}", "quantity": 1}])
    answer = client.post("/epcis/events", json=event, headers={"Content-Type": "application/ld+json"})
    assert answer.status_code == 201, answer.text


def test_what_the_app_stores_the_worker_publishes_and_relays(instance: Deployment, client: httpx.Client) -> None:
    send_event(client, "L1")
    instance.wait_until_healthy("worker", max_lag="0")
    state = json.loads(instance.run("worker", "health", "--json").stdout)
    assert state["published"] == state["stored"] > 0
    assert state["relayed"] == state["grants"] > 0
    size = client.get("/log/checkpoint").text.splitlines()[1]
    assert int(size) == state["stored"]


def test_the_workers_check_fails_while_something_waits_for_it(instance: Deployment, client: httpx.Client) -> None:
    assert instance.stop("worker") == 0
    send_event(client, "L2")
    time.sleep(0.1)
    assert instance.check_health("worker", max_lag="0").returncode == 1
    assert instance.check_health("app").returncode == 0
    instance.start("worker")
    instance.wait_until_healthy("worker", max_lag="0")


def test_capture_does_not_wait_for_the_broker(instance: Deployment, client: httpx.Client) -> None:
    instance.broker.stop()
    try:
        send_event(client, "L3")
        assert instance.check_health("app").returncode == 0
    finally:
        instance.broker.start()
    instance.wait_until_healthy("worker", max_lag="0")


def test_the_app_says_that_it_is_not_ready_while_its_database_is_away(instance: Deployment) -> None:
    instance.database.stop()
    try:
        assert instance.check_health("app").returncode != 0
        assert httpx.get(f"{instance.url}/healthz").status_code == 200
    finally:
        instance.database.start()
    instance.wait_until_healthy("app")


@pytest.mark.parametrize("service", ["app", "worker"])
def test_a_service_that_is_told_to_stop_ends_in_order(instance: Deployment, service: str) -> None:
    # The app's server finishes its requests, then lets the signal end it, which a supervisor expects.
    assert instance.stop(service) in (0, -signal.SIGTERM)
