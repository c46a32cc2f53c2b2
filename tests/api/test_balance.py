"""Balances and dilution over HTTP: what was asked, by whom, and nothing concluded from what the asker may not see."""

from __future__ import annotations

from typing import Any

import pytest

from builders.events import ABSENT, DAIRY, a_transformation_event, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_platform.usecases.balance import MOST_OBJECTS
from filiere_schemas.identifiers import canonical_key

NEVER = "urn:epc:class:lgtin:9521001.000017.NEVER-MADE"
JUNE = {"from": "2026-06-01T00:00:00Z", "to": "2026-07-01T00:00:00Z"}


def lot_of(name: str) -> str:
    return f"urn:epc:class:lgtin:9521001.000017.{name}"


def part(name: str, quantity: float) -> dict[str, Any]:
    return {"epcClass": lot_of(name), "quantity": quantity, "uom": "KGM"}


def make(sender: Sender, name: str, quantity: float, **changes: Any) -> None:
    when = "2026-06-11T05:40:00.000Z"
    told = an_object_event(quantityList=[part(name, quantity)], eventTime=when, ilmd=ABSENT, **changes)
    answer = sender.send_events(told)
    assert answer.status_code == 200, answer.text


def use(sender: Sender, inputs: dict[str, float], outputs: dict[str, float], **changes: Any) -> None:
    told = a_transformation_event(
        inputQuantityList=[part(*each) for each in inputs.items()],
        outputQuantityList=[part(*each) for each in outputs.items()],
        **changes,
    )
    answer = sender.send_events(told)
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def dairy(shared: Instance) -> Sender:
    dairy = shared.admit("dairy", sharing=SharingMode.PRIVATE)
    make(dairy, "MILK", 100)
    use(dairy, {"MILK": 110}, {"TOMME": 10})
    return dairy


def test_lots_are_balanced_with_every_statement(dairy: Sender) -> None:
    asked = [lot_of("MILK"), NEVER, lot_of("TOMME")]
    answer = dairy.get("/api/v1/balance", object=asked).json()
    milk, never, tomme = answer["objects"]
    assert (milk["object"], milk["verdict"], milk["residual"]) == (canonical_key(asked[0]), "over-consumption", "-10")
    assert [(line["flow"], line["quantity"], line["uom"]) for line in milk["lines"]] == [
        ("made", "100", "KGM"),
        ("used", "110", "KGM"),
    ]
    assert never == {"object": canonical_key(NEVER), "known": False, "hidden_events": 0}
    assert (tomme["verdict"], tomme["reasons"]) == ("open", ["not-counted"])
    assert [each["yield"] for each in answer["transformations"]] == ["0.0909090909090909"]
    grams = dairy.get("/api/v1/balance", object=asked[0], unit="GRM").json()["objects"][0]
    assert (grams["unit"], grams["residual"]) == ("GRM", "-10000")


def test_a_site_is_balanced_in_its_period(dairy: Sender) -> None:
    answer = dairy.get("/api/v1/balance", site=DAIRY, **JUNE).json()
    assert [row["object"] for row in answer["objects"]] == [canonical_key(lot_of(name)) for name in ("MILK", "TOMME")]
    assert (answer["sums"]["made"], answer["sums"]["used"]) == ("110", "110")
    assert dairy.get("/api/v1/balance", site=DAIRY, **{**JUNE, "to": "2026-06-02T00:00:00Z"}).json()["objects"] == []


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"object": [NEVER] * (MOST_OBJECTS + 1)},
        {"site": DAIRY},
        {"site": DAIRY, "object": NEVER, **JUNE},
        {"site": DAIRY, "from": "yesterday", "to": JUNE["to"]},
        {"site": DAIRY, "from": JUNE["to"], "to": JUNE["from"]},
        {"site": DAIRY, **JUNE, "unit": "XYZ"},
    ],
)
def test_a_question_that_is_none_is_refused(dairy: Sender, parameters: dict[str, Any]) -> None:
    assert dairy.get("/api/v1/balance", **parameters).status_code == 400


def test_what_nobody_mentioned_is_not_found(dairy: Sender) -> None:
    for path, asked in (
        ("", {"object": NEVER}),
        ("", {"site": "urn:epc:id:sgln:9521009.00001.0", **JUNE}),
        ("/dilution", {"object": NEVER}),
    ):
        refused = dairy.get(f"/api/v1/balance{path}", **asked)
        assert (refused.status_code, refused.json()["code"]) == (404, "not-found")


def test_a_stranger_learns_nothing_and_a_partner_concludes_nothing(shared: Instance, dairy: Sender) -> None:
    rival, open_farm = shared.admit("rival"), shared.admit("open farm", sharing=SharingMode.SECTOR)
    for path in ("", "/dilution"):
        assert rival.get(f"/api/v1/balance{path}", object=lot_of("MILK")).status_code == 404
    assert rival.get("/api/v1/balance", site=DAIRY, **JUNE).status_code == 404
    make(open_farm, "SHARED", 100)
    use(dairy, {"SHARED": 130}, {"SECRET": 9})
    (seen,) = rival.get("/api/v1/balance", object=lot_of("SHARED")).json()["objects"]
    assert (seen["used"], seen["verdict"], seen["reasons"], seen["hidden_events"]) == (
        "0",
        "open",
        ["hidden-events"],
        1,
    )
    (own,) = dairy.get("/api/v1/balance", object=lot_of("SHARED")).json()["objects"]
    assert own["verdict"] == "over-consumption"
    (diluted,) = rival.get("/api/v1/balance/dilution", object=lot_of("SHARED")).json()["objects"]
    assert (diluted["share"], diluted["worst"], diluted["hidden_events"]) == (None, "1", 1)


def test_dilution_adds_up(dairy: Sender) -> None:
    make(dairy, "SUSPECT", 30)
    make(dairy, "SOUND", 60)
    use(dairy, {"SUSPECT": 20, "SOUND": 60}, {"MIXED": 40})
    answer = dairy.get("/api/v1/balance/dilution", object=lot_of("SUSPECT")).json()
    assert [(row["share"], row["worst"], row["stayed"]) for row in answer["objects"]] == [
        ("1", "1", "0.333333333333333"),
        ("0.25", "0.5", "0.666666666666667"),
    ]
    assert (answer["accounted"], answer["cut"]) == ("1", None)
