"""What an operator sees: `/metrics`, `/healthz`, `/readyz`."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from builders.events import an_object_event
from builders.instance import Instance
from contracts.log.conftest import stored, wait_for, wait_until_published
from filiere_platform.api import health
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.worker import publisher as worker


def samples(instance: Instance) -> dict[str, float]:
    """Scrape, as Prometheus reads it: name with labels -> value."""
    response = instance.client.get("/metrics")
    assert response.status_code == 200
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_metrics_count_what_was_decided_and_how_long_it_took(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    event = dairy.sign(an_object_event(eventID="urn:uuid:1"))
    assert dairy.send(event).status_code == 200
    assert dairy.send(event).status_code == 200
    refused = dairy.send_events(an_object_event(action="PAINT"))
    assert refused.status_code == 400
    seen = samples(instance)
    assert seen["filiere_records_total stored"] == 1
    assert seen["filiere_records_total known"] == 1
    assert seen["filiere_records_total refused"] == 1
    codes = {error["code"] for error in refused.json()["errors"]}
    assert codes
    counted = {name.split()[1]: value for name, value in seen.items() if name.startswith("filiere_refused_total ")}
    assert counted == dict.fromkeys(codes, 1)
    assert seen["filiere_capture_seconds_count"] == 3
    assert 0 < seen["filiere_capture_seconds_sum"] < 60
    assert seen["filiere_commit_seconds_count"] >= 1
    assert seen["filiere_group_records_sum"] >= 1


def test_metrics_tell_the_size_of_the_log_and_what_lags_behind_it(instance: Instance) -> None:
    instance.admit("dairy").send_events(an_object_event())
    size = wait_until_published(instance)
    wait_for(lambda: samples(instance)["filiere_relay_lag_grants"] == 0, "nothing was relayed")
    seen = samples(instance)
    assert seen["filiere_log_size"] == seen["filiere_log_published_size"] == size == 2
    assert seen["filiere_checkpoint_lag_records"] == seen["filiere_checkpoint_lag_seconds"] == 0
    assert seen["filiere_relay_lag_seconds"] == 0
    assert seen["filiere_log_state_unreadable"] == 0
    # Nothing is published or relayed of what a head of 0 and a cursor of 0 have not seen.
    (instance.platform.files._log / "checkpoint").unlink()
    with instance.platform.database.unit_of_work() as unit:
        unit._session.execute(text("UPDATE record SET stored_at = stored_at - 3600000000"))
    seen = samples(instance)
    assert seen["filiere_checkpoint_lag_records"] == 2
    assert 3600 < seen["filiere_checkpoint_lag_seconds"] < 3700


def test_a_state_that_cannot_be_read_leaves_the_other_metrics_readable(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> bytes | None:
        raise OSError(name)

    monkeypatch.setattr(instance.platform.files, "read", fail)
    seen = samples(instance)
    assert seen["filiere_log_state_unreadable"] == 1
    assert "filiere_capture_seconds_count" in seen
    assert "filiere_log_size" not in seen


def test_a_process_that_lives_and_may_be_sent_requests_says_so(instance: Instance) -> None:
    assert instance.client.get("/healthz").json() == {"alive": True}
    ready = instance.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "ready": True,
        "checks": {"database": "ok", "writer": "ok", "workers": "ok", "publisher": "ok"},
    }
    assert ready.headers["cache-control"] == "no-store"


def test_an_instance_whose_database_lost_what_was_signed_is_alive_and_not_ready(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "REFUSAL_PAUSE", 0.02)
    instance.admit("dairy")
    wait_until_published(instance)
    with instance.platform.database.unit_of_work() as unit:
        unit._session.execute(text("UPDATE log_head SET size = 0"))
    wait_for(lambda: instance.client.get("/readyz").status_code == 503, "it is still ready")
    checks = instance.client.get("/readyz").json()["checks"]
    assert "Nothing is signed" in checks["publisher"]
    assert checks["database"] == checks["writer"] == "ok"
    assert instance.client.get("/healthz").status_code == 200
    with instance.platform.database.unit_of_work() as unit:
        unit._session.execute(text("UPDATE log_head SET size = 1"))
    wait_for(lambda: instance.client.get("/readyz").status_code == 200, "it does not recover")
    assert stored(instance) == 1


def test_an_instance_whose_schema_is_another_release_is_not_ready(instance: Instance) -> None:
    with instance.platform.database.unit_of_work() as unit:
        unit._session.execute(text("UPDATE alembic_version SET version_num = 'another'"))
    answer = instance.client.get("/readyz")
    assert answer.status_code == 503
    assert "schema" in answer.json()["checks"]["database"]


def test_what_is_down_is_named() -> None:
    def ask() -> None:
        raise BusUnavailable("refused", failed=())

    ended = health.threads_check(lambda: {"relay": False, "publisher": True, "links": False})()
    assert ended == health.Finding(ready=False, reason="ended: relay, links; the log says why")
    assert health.running_check(lambda: True)() == health.Finding(ready=False, reason="stopping")
    assert health.running_check(lambda: False)().ready
    away = health.broker_check(ask)()
    assert not away.ready
    assert (away.reason or "").startswith("broker away")
