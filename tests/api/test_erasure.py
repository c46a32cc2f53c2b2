"""Over HTTP, what was erased is gone and never missing; the others see what they saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from builders.events import CHEESE_LOT, MILK_LOT, a_transformation_event, an_object_event
from builders.instance import Instance, Sender
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.deliveries import cloud_event
from filiere_platform.usecases.retention import author_of
from filiere_platform.worker.retention import RetentionKeeper
from filiere_schemas.provenance.erasure import read_erasure
from filiere_schemas.sectors.retention import Retention, parse_retention

MADE = "urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-3f6f0f1d0001"
MILKED = "urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-3f6f0f1d0002"
RULES = parse_retention(
    '[[retention]]\nname = "five-years"\nwhat = "payload"\nkeep = "P5Y"\nfr = "loi"\nen = "law"\n'
    '[[retention]]\nname = "six-months"\nwhat = "payload"\nkeep = "P6M"\nmember = "dairy:fresh"\n'
    'replaces = ["five-years"]\nfr = "loi"\nen = "law"\n'
)


def stored(sender: Sender, **changes: Any) -> int:
    response = sender.send_events(
        an_object_event(**{"eventID": MILKED, "eventTime": "2026-06-11T05:40:00Z", **changes})
    )
    assert response.status_code == 200, response.text
    index: int = response.json()["records"][0]["index"]
    return index


def test_an_erased_record_is_gone_and_the_answer_names_day_rule_and_entry(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    index = stored(dairy)
    assert dairy.get(f"/api/v1/records/{index}").json()["erasures"] == []
    mark = instance.erase(index, rule="on-request").mark
    assert mark is not None
    answer = dairy.client.get(f"/api/v1/records/{index}", headers={**dairy.headers, "Accept-Language": "en"})
    assert answer.status_code == 410
    told = answer.json()
    assert (told["code"], told["index"], told["erased"], told["jws"]) == ("record-erased", index, True, None)
    day = told["erasures"][0]["erasedAt"][:10]
    for part in (str(index), day, "on-request", str(mark.entry)):
        assert part in told["message"]
    public, origin = instance.platform.key(Duty.RECEIPT).public, instance.platform.instance.origin
    assert read_erasure(told["erasures"][0]["jws"].encode(), public, origin=origin).index == index


def test_who_could_not_see_the_record_does_not_learn_that_it_was_erased(instance: Instance) -> None:
    dairy, other = instance.admit("dairy", sharing=SharingMode.PRIVATE), instance.admit("other")
    index = stored(dairy)
    instance.erase(index)
    for path in (f"/api/v1/records/{index}", f"/epcis/events/{MILKED}"):
        assert dairy.get(path).status_code == 410
        assert other.get(path).status_code == 404
        assert instance.client.get(path).status_code == 404


def test_queries_leave_an_erased_event_out_and_its_own_address_says_that_it_is_gone(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    index = stored(dairy)
    assert dairy.send_events(a_transformation_event(eventID=MADE)).status_code == 200
    instance.erase(index)
    events = dairy.get("/epcis/events").json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [event["eventID"] for event in events] == [MADE]
    gone = dairy.get(f"/epcis/events/{MILKED}")
    assert (gone.status_code, gone.json()["type"]) == (410, "epcisException:NoSuchResourceException")
    assert dairy.get(f"/epcis/events/{MADE}").status_code == 200


def test_a_trace_still_shows_the_step_without_its_amount_and_says_what_erased_it(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    stored(dairy)
    made = dairy.send_events(a_transformation_event(eventID=MADE)).json()["records"][0]["index"]
    before = dairy.get("/api/v1/trace", object=CHEESE_LOT).json()
    size = instance.log_size()
    mark = instance.erase(made).mark
    assert mark is not None
    for as_of in ({}, {"as_of": size}):  # also as it was known before: what is gone is gone there, too
        after = dairy.get("/api/v1/trace", object=CHEESE_LOT, **as_of).json()
        assert [(e["from"], e["to"], e["kind"]) for e in after["edges"]] == [
            (e["from"], e["to"], e["kind"]) for e in before["edges"]
        ]
        steps = [edge for edge in after["edges"] if edge["event"] == made]
        assert steps
        assert all(edge["quantity"] is None and edge["erasure"] == mark.as_json() for edge in steps)
        [event] = [event for event in after["events"] if event["index"] == made]
        assert (event["erased"], event["erasure"], event["bizStep"]) == (True, mark.as_json(), "commissioning")
        assert all(e["erasure"] is None and not e["erased"] for e in after["events"] if e["index"] != made)
        assert after["summary"]["erased"] == 1
    assert any(edge["quantity"] for edge in before["edges"] if edge["event"] == made)


def test_the_bus_announces_an_erased_record_as_erased_and_the_erasure_as_a_record(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    index = stored(dairy)
    mark = instance.erase(index).mark
    assert mark is not None
    with instance.platform.database.unit_of_work() as uow:
        shared = uow.grants.records([index, mark.entry])
    erased, erasure = (cloud_event(shared[number], origin="o")["data"] for number in (index, mark.entry))
    assert (erased["erased"], "jws" in erased) == (True, False)
    assert (erasure["kind"], "erased" in erasure, erasure["jws"].count(".")) == ("erasure", False, 2)


def test_the_pages_say_erased_with_day_and_rule(instance: Instance) -> None:
    dairy = instance.admit("dairy", sharing=SharingMode.PUBLIC)
    index = stored(dairy)
    mark = instance.erase(index, rule="on-request").mark
    assert mark is not None
    for address in (f"/record/{index}", f"/lot?object={MILK_LOT}"):
        page = instance.client.get(address, headers={"Accept-Language": "en"}).text
        assert "erased" in page
        assert "on-request" in page


@pytest.fixture
def run(instance: Instance, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    monkeypatch.setenv("FILIERE_LANG", "en")
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments), catch_exceptions=True)


def test_the_command_erases_once_and_only_with_reasons(instance: Instance, run: Callable[..., Result]) -> None:
    dairy = instance.admit("dairy")
    index = stored(dairy)
    assert run("erase").exit_code != 0
    assert run("erase", str(index), "--rule", "r").exit_code != 0
    assert dairy.get(f"/api/v1/records/{index}").status_code == 200
    reasons = ("--rule", "on-request", "--basis", "GDPR, article 17", "--author", "urn:x:y")
    first = run("erase", str(index), *reasons)
    assert first.output == f"record {index}: payload erased, entry {instance.log_size() - 1}, rule on-request\n"
    again = run("erase", str(index), *reasons)
    assert "erased before" in again.output
    drawn = run("trace", MILK_LOT, "--both").output
    assert MILK_LOT.rpartition(":")[2].split(".")[-1] in drawn
    assert run("erase", "0", *reasons).exit_code != 0


def keeper(instance: Instance, *, applies: bool, rules: Retention = RULES) -> RetentionKeeper:
    return RetentionKeeper(
        store=instance.platform.database,
        leadership=instance.platform.database.leadership,
        retention=rules,
        receipt_key=instance.platform.key(Duty.RECEIPT) if applies else None,
        origin=instance.platform.instance.origin,
        clock=lambda: 1_798_761_600_000_000,  # 2027-01-01T00:00:00Z
    )


def test_rules_erase_what_is_due_and_nothing_else_when_the_operator_chose_so(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    old = stored(dairy, eventID=f"{MADE[:-4]}1001", eventTime="2021-12-31T23:00:00Z")
    nearly = stored(dairy, eventID=f"{MADE[:-4]}1002", eventTime="2022-01-01T00:00:01Z")
    fresh = stored(dairy, eventID=f"{MADE[:-4]}1003", eventTime="2026-06-30T00:00:00Z", **{"dairy:fresh": True})
    kept = stored(dairy, eventID=f"{MADE[:-4]}1004", eventTime="2026-06-30T00:00:00Z")
    size = instance.log_size()
    reported = keeper(instance, applies=False).run_once()
    assert (dict(reported.due), reported.erased) == ({"five-years": 1, "six-months": 1}, 0)
    assert instance.log_size() == size
    applied = keeper(instance, applies=True).run_once()
    assert (dict(applied.due), applied.erased) == ({"five-years": 1, "six-months": 1}, 2)
    states = [dairy.get(f"/api/v1/records/{index}").status_code for index in (old, nearly, fresh, kept)]
    assert states == [410, 200, 410, 200]
    statement = dairy.get(f"/api/v1/records/{old}").json()["erasures"][0]["jws"].encode()
    public, origin = instance.platform.key(Duty.RECEIPT).public, instance.platform.instance.origin
    erasure = read_erasure(statement, public, origin=origin)
    assert (erasure.rule, erasure.basis, erasure.author) == ("five-years", "loi / law", author_of(origin))
    again = keeper(instance, applies=True).run_once()
    assert (dict(again.due), again.erased) == ({}, 0)
    assert keeper(instance, applies=True, rules=Retention()).run_once().erased == 0
