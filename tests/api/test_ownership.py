"""A declaration under somebody else's identifier is stored, found, told to both, and closed by the sector body."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from click.testing import CliRunner, Result

from builders.events import ABSENT, MILK_LOT, PALLET, a_transformation_event, an_aggregation_event, an_object_event
from builders.findings import follow_findings, told
from builders.instance import Instance, Sender
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.domain.ownership import PREFIX_STEM
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.finding_round import RoundMoved, keep_finding_round
from filiere_platform.usecases.ownership import read_ownership_round
from filiere_platform.worker.findings import FindingFollower

Run = Callable[..., Result]


@pytest.fixture
def run(instance: Instance, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(instance.platform.settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments))


def stored(sender: Sender, event: dict[str, Any]) -> int:
    response = sender.send_events(event)
    assert response.status_code == 200, response.text
    index: int = response.json()["records"][0]["index"]
    return index


def test_a_declaration_under_a_prefix_of_another_member_is_stored_and_told_to_both_alone(
    instance: Instance, run: Run
) -> None:
    owner, squatter, third = (instance.admit(name) for name in ("owner", "squatter", "third"))
    assert run("member", "identifier", "add", owner.uri, "9521001").output == "9521001\n"
    index = stored(squatter, an_object_event())
    follow_findings(instance)
    (to_owner,), (to_squatter,) = told(owner), told(squatter)
    assert (to_owner["rule"], to_squatter["rule"]) == ("declared-by-another", "foreign-declaration")
    assert to_owner["index"] == to_squatter["index"] == index
    assert to_owner["evidence"]["under"] == "9521001"
    assert squatter.uri not in json.dumps(to_owner)
    assert owner.uri not in json.dumps(to_squatter)
    assert told(third) == []
    stored(owner, an_object_event(eventID="urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-3f6f0f1d0009"))
    follow_findings(instance)
    assert len(told(owner)) == 1


def test_trade_in_what_the_owner_has_declared_is_no_finding_and_in_what_it_never_spoke_of_is_one(
    instance: Instance, run: Run
) -> None:
    owner, dealer = instance.admit("owner"), instance.admit("dealer")
    run("member", "identifier", "add", owner.uri, "9521001")
    stored(owner, an_object_event())
    shipped: dict[str, Any] = {"action": "OBSERVE", "bizStep": "shipping", "ilmd": ABSENT}
    stored(dealer, an_object_event(**shipped))
    follow_findings(instance)
    assert told(dealer) == []
    unheard = [{"epcClass": MILK_LOT + "-B", "quantity": 1, "uom": "LTR"}]
    index = stored(dealer, an_object_event(**shipped, quantityList=unheard))
    label = stored(dealer, an_aggregation_event(parentID=PALLET))
    follow_findings(instance)
    assert [(found["index"], found["evidence"]["declared"]) for found in told(dealer)] == [
        (index, "shipped"),
        (label, "labelled"),
    ]
    assert [found["index"] for found in told(owner)] == [index, label]


def test_making_something_under_anothers_company_number_is_found(instance: Instance) -> None:
    owner = instance.admit("owner", uri="urn:filiere:party:siret:73282932000074")
    other = instance.admit("other")
    made = [{"epcClass": "urn:filiere:lot:siret:73282932000074:TOMME:1", "quantity": 1, "uom": "KGM"}]
    stored(other, a_transformation_event(outputQuantityList=made))
    follow_findings(instance)
    assert [found["evidence"] for found in told(owner)] == [found["evidence"] for found in told(other)]
    assert told(owner)[0]["evidence"]["declared"] == "made"


def test_a_dispute_is_closed_for_both_with_a_reason_that_both_may_read(instance: Instance, run: Run) -> None:
    owner, other = instance.admit("owner"), instance.admit("other")
    run("member", "identifier", "add", owner.uri, "9521001")
    stored(other, an_object_event())
    follow_findings(instance)
    number = told(owner)[0]["id"]
    assert run("finding", "close", str(number), "--reason", " ").exit_code != 0
    closed = run("finding", "close", str(number), "--reason", "fabrique à façon, contrat du 3 mars")
    assert closed.exit_code == 0, closed.output
    assert told(owner) == told(other) == []
    assert len(told(owner, "closed")) == len(told(other, "closed")) == 1
    for sender in (owner, other):
        (act,) = [act for act in sender.get("/api/v1/audit").json()["acts"] if act["act"] == "dispute.close"]
        assert act["details"]["reason"] == "fabrique à façon, contrat du 3 mars"
    assert run("finding", "close", str(number), "--reason", "encore").exit_code != 0
    assert run("finding", "close", "999", "--reason", "?").exit_code != 0


def test_an_identifier_has_one_owner_and_prefixes_of_two_members_never_overlap(instance: Instance, run: Run) -> None:
    owner, other = instance.admit("owner"), instance.admit("other")

    def change(verb: str, sender: Sender, *identifiers: str) -> bool:
        return run("member", "identifier", verb, sender.uri, *identifiers).exit_code == 0

    gtin = "https://id.gs1.org/01/09521001000031"
    assert change("add", owner, "9521001", gtin)
    assert change("add", owner, "9521001")  # again: nothing changes
    assert not change("add", other, "9521001")
    assert not change("add", other, "952100")
    assert not change("add", other, "95210012")
    assert not change("add", other, "123")
    assert not change("remove", other, "9521001")
    assert not change("remove", owner, owner.uri)
    listed = run("member", "identifier", "list", owner.uri).output.split()
    assert set(listed) == {owner.uri, "9521001", gtin}
    assert change("remove", owner, "9521001")
    assert change("add", other, "9521001")
    acts = [act["act"] for act in owner.get("/api/v1/audit").json()["acts"]]
    assert acts == ["identifier.add", "identifier.add", "identifier.remove"]
    assert PREFIX_STEM + "9521001" in instance.platform.directory.current().parties


def test_of_two_who_follow_one_keeps_a_round(instance: Instance, run: Run) -> None:
    owner, other = instance.admit("owner"), instance.admit("other")
    run("member", "identifier", "add", owner.uri, "9521001")
    stored(other, an_object_event())
    follower = FindingFollower(
        units=instance.platform.database, leadership=instance.platform.database.leadership, limit=1
    )
    with suppress(RoundMoved, RowsRefused):
        follower.follow()
    follow_findings(instance)
    assert len(told(owner)) == 1
    with instance.platform.database.unit_of_work() as uow:
        again = read_ownership_round(uow)
        uow.cursors.move("ownership", 0)
    with instance.platform.database.unit_of_work() as uow, pytest.raises(RoundMoved):
        keep_finding_round(uow, again)
