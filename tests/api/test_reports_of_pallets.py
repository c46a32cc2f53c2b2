"""A report names the lots of a shipment that names its pallets alone, as its reader may know what lay on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from builders.instance import Instance, Sender, open_instance
from conftest import Backend
from filiere_platform.domain.audience import OPERATOR, SharingMode
from filiere_platform.usecases.report import Reporting, ReportQuestion, work_out_report
from filiere_schemas.epcis.context import EPCIS_CONTEXT, OUR_NAMESPACE
from filiere_schemas.problems import Refusal
from filiere_schemas.sectors.checked_profile import load_profile, ready_profile
from filiere_schemas.sectors.profile_files import find_sector

DAY = {"from": "2029-03-05T00:00:00Z", "until": "2029-03-06T00:00:00Z"}
RECIPIENTS, FIGURES = "/api/v1/reports/recipients", "/api/v1/reports/etat-chiffre"
A1, B2, C3 = (f"https://id.gs1.org/01/09521001000017/10/{lot}" for lot in ("A1", "B2", "C3"))
PALLET, CARTON, OTHER = (f"https://id.gs1.org/00/0952100100000004{end}" for end in ("20", "37", "44"))
BUYER = "https://id.gs1.org/417/9521002000016"
Send = Callable[..., None]


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        yield instance


@pytest.fixture
def farm(instance: Instance) -> Sender:
    return instance.admit("farm", sharing=SharingMode.PRIVATE)


def amount(lot: str, quantity: float, uom: str = "KGM") -> dict[str, Any]:
    return {"epcClass": lot, "quantity": quantity, "uom": uom}


def packed(at: str, unit: str, *lots: dict[str, Any], action: str = "ADD", **more: Any) -> dict[str, Any]:
    about = {"type": "AggregationEvent", "parentID": unit, "action": action}
    children = {"childQuantityList": list(lots)} if lots else {}
    return {**about, **children, **stated(at, "packing" if action == "ADD" else "unpacking"), **more}


def shipped(at: str, *units: str, **more: Any) -> dict[str, Any]:
    about = {"type": "ObjectEvent", "action": "OBSERVE", "epcList": list(units)}
    to = [{"type": "owning_party", "destination": BUYER}]
    return {**about, "destinationList": to, **stated(at, "shipping"), **more}


def stated(at: str, step: str) -> dict[str, Any]:
    time = {"eventTime": f"2029-03-{at}:00Z", "eventTimeZoneOffset": "+00:00"}
    return {"@context": [EPCIS_CONTEXT, {"filiere": OUR_NAMESPACE}], "bizStep": step, **time}


def rows(sender: Sender, report: str = RECIPIENTS, sheet: str = "shipments", **more: str) -> list[dict[str, Any]]:
    answer = sender.get(report, **DAY, **more)
    assert answer.status_code == 200, answer.text
    (found,) = [each for each in answer.json()["sheets"] if each["sheet"] == sheet]
    return list(found["rows"])


def told(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("lot", "quantity", "unit", "unit-load", "sure")) for row in found]


def send(sender: Sender, *events: dict[str, Any]) -> None:
    assert sender.send_events(*events).status_code == 200


def test_what_lay_on_a_pallet_and_in_its_cartons_was_shipped_with_it(farm: Sender) -> None:
    send(
        farm,
        packed("04T06:00", CARTON, amount(B2, 40)),
        packed("04T07:00", PALLET, amount(A1, 500), childEPCs=[CARTON]),
        packed("04T07:30", OTHER, amount(C3, 7)),
        shipped("05T08:00", PALLET),
    )
    expected = [
        (PALLET, None, None, None, None),
        (A1, "500", "KGM", PALLET, True),
        (B2, "40", "KGM", CARTON, True),
    ]
    assert told(rows(farm)) == expected
    assert told(rows(farm, lot=B2)) == [expected[2]]
    assert told(rows(farm, lot=PALLET)) == [expected[0]]
    assert rows(farm, lot=C3) == []
    (total,) = rows(farm, sheet="totals", lot=A1)
    assert (total["recipient"], total["quantity"], total["unit"], total["shipments"]) == (BUYER, "500", "KGM", "1")
    (figures,) = rows(farm, FIGURES, "lots", lot=A1)
    assert (figures["shipped"], figures["unit"]) == ("500", "KGM")


def test_a_unit_that_is_used_again_carries_what_lay_in_it_then(farm: Sender) -> None:
    send(
        farm,
        packed("04T06:00", PALLET, amount(A1, 5)),
        packed("04T09:00", PALLET, action="DELETE"),
        packed("04T12:00", PALLET, amount(B2, 6)),
        shipped("05T08:00", PALLET),
        packed("05T12:00", PALLET, action="DELETE"),
        shipped("05T14:00", PALLET),
    )
    assert told(rows(farm)) == [
        (PALLET, None, None, None, None),
        (B2, "6", "KGM", PALLET, True),
        (PALLET, None, None, None, None),
    ]
    answer = farm.get(RECIPIENTS, **DAY, lot=A1).json()
    assert (answer["events"], [sheet["rows"] for sheet in answer["sheets"]]) == (0, [[], []])


def test_no_amount_is_made_up(farm: Sender) -> None:
    """Of what was partly taken out, and of what perhaps was not there, the report says no quantity."""
    send(
        farm,
        packed("04T06:00", PALLET, amount(A1, 500), amount(B2, 9)),
        packed("04T07:00", PALLET, amount(A1, 200), action="DELETE"),
        shipped("05T08:00", PALLET),
        packed("05T00:00", OTHER, amount(C3, 7), **{"filiere:eventTimePrecision": "day"}),
        shipped("05T08:00", OTHER),
    )
    assert told(rows(farm)) == [
        (PALLET, None, None, None, None),
        (A1, None, None, PALLET, True),
        (B2, "9", "KGM", PALLET, True),
        (OTHER, None, None, None, None),
        (C3, None, None, OTHER, False),
    ]


def test_what_a_shipment_names_itself_is_not_said_twice(farm: Sender) -> None:
    send(
        farm,
        packed("04T06:00", PALLET, amount(A1, 500)),
        shipped("05T08:00", PALLET, quantityList=[amount(A1, 480)]),
    )
    assert told(rows(farm, lot=A1)) == [(A1, "480", "KGM", None, None)]
    (total,) = rows(farm, sheet="totals", lot=A1)
    assert total["quantity"] == "480"


def test_nobody_learns_from_a_report_what_was_packed_that_he_may_not_see(instance: Instance, farm: Sender) -> None:
    packer = instance.admit("packer", sharing=SharingMode.PRIVATE)
    send(packer, packed("04T06:00", PALLET, amount(A1, 500)))
    send(farm, shipped("05T08:00", PALLET))
    assert told(rows(farm)) == [(PALLET, None, None, None, None)]
    assert rows(farm, lot=A1) == []
    assert rows(packer) == []


def test_contents_count_towards_what_may_be_read(instance: Instance, farm: Sender) -> None:
    times = [f"04T{hour:02}:{minute:02}" for hour in range(3) for minute in range(0, 60, 5)]
    send(farm, *(packed(at, PALLET, amount(A1, 1)) for at in times), shipped("05T08:00", PALLET))
    folder = find_sector("food")
    reporting = Reporting.of(load_profile(folder), ready_profile(folder))
    asked = {"report": reporting.report("recipients"), "start": 1_867_363_200_000_000, "stop": 1_867_449_600_000_000}
    enough = ReportQuestion(**asked, most_events=len(times) + 1)
    with instance.platform.database.unit_of_work() as uow:
        assert work_out_report(uow, OPERATOR, reporting, enough).events == 1
        with pytest.raises(Refusal, match="report-too-large"):
            work_out_report(uow, OPERATOR, reporting, ReportQuestion(**asked, most_events=len(times)))


def test_what_never_held_anything_is_not_read(instance: Instance, farm: Sender) -> None:
    """A shipment may name many items, each with a history of its own: none of it is about what was shipped."""
    items = [f"https://id.gs1.org/01/09521001000017/21/{number}" for number in range(30)]
    seen = [shipped(f"04T{hour:02}:00", *items, bizStep="inspecting") for hour in range(5)]
    send(farm, packed("04T06:00", PALLET, amount(A1, 5)), *seen, shipped("05T08:00", PALLET, *items))
    folder = find_sector("food")
    reporting = Reporting.of(load_profile(folder), ready_profile(folder))
    asked = {"report": reporting.report("recipients"), "start": 1_867_363_200_000_000, "stop": 1_867_449_600_000_000}
    with instance.platform.database.unit_of_work() as uow:
        worked = work_out_report(uow, OPERATOR, reporting, ReportQuestion(**asked, most_events=2))
    assert [len(sheet.rows) for sheet in worked.sheets] == [32, 32]
