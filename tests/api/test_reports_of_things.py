"""A report describes the products and places that its rows name, in the words of whom its reader may hear."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest

from builders.instance import Instance, Sender, open_instance
from builders.reports import examples
from conftest import Backend
from filiere_platform.domain.audience import SharingMode
from filiere_platform.usecases import report
from filiere_schemas.epcis.master_data import BUSINESS_LOCATION, EPC_CLASS, READ_POINT

DAY = {"from": "2029-03-05T00:00:00Z", "until": "2029-03-06T00:00:00Z"}
FDA = "/api/v1/reports/fda-sortable"
CHEESE = "https://id.gs1.org/01/09521001000017"
SITES = [f"https://id.gs1.org/414/{gln}" for gln in ("9521001000017", "9521002000016")]


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        yield instance


@pytest.fixture
def farm(instance: Instance) -> Sender:
    """Somebody who has shipped a lot with the examples of the profile, and describes it."""
    farm = instance.admit("farm", sharing=SharingMode.PRIVATE)
    shipped = [each for each in examples("food") if each["eventID"] in {"urn:example:shipping", "urn:example:packing"}]
    assert farm.send_events(*shipped).status_code == 200
    return farm


def describe(sender: Sender, vocabulary: str, thing: str, sharing: str = "private", **attributes: Any) -> None:
    said = [{"id": name.replace("_", ":", 1), "attribute": value} for name, value in attributes.items()]
    body = {"vocabulary": vocabulary, "id": thing, "attributes": said, "sharing": sharing}
    answer = sender.client.put("/api/v1/master-data", json=body, headers=sender.headers)
    assert answer.status_code in {200, 201}, answer.text


def rows(sender: Sender, sheet: str, **more: str) -> list[dict[str, Any]]:
    answer = sender.get(FDA, **DAY, **more)
    assert answer.status_code == 200, answer.text
    (found,) = [each for each in answer.json()["sheets"] if each["sheet"] == sheet]
    return [{name: value for name, value in row.items() if value is not None} for row in found["rows"]]


def test_a_thing_has_a_row_for_each_who_describes_it_and_one_where_nobody_does(
    instance: Instance, farm: Sender
) -> None:
    assert rows(farm, "products") == [{"product": CHEESE}]
    assert rows(farm, "locations") == [{"location": SITES[0]}]
    describe(farm, EPC_CLASS, "urn:epc:idpat:sgtin:9521001.000001.*", cbvmda_descriptionShort="Concombre Noa")
    describe(farm, BUSINESS_LOCATION, SITES[0], cbvmda_name="Ferme du Lac", cbvmda_postalCode="74200")
    describe(farm, READ_POINT, SITES[0], gs1_telephone="+33 4 50 00 00 00")
    assert rows(farm, "products") == [{"product": CHEESE, "name": "Concombre Noa", "described-by": farm.uri}]
    mine = {"location": SITES[0], "name": "Ferme du Lac", "postal-code": "74200", "phone": "+33 4 50 00 00 00"}
    assert rows(farm, "locations") == [mine | {"described-by": farm.uri}]
    other = instance.admit("other")
    describe(other, BUSINESS_LOCATION, SITES[0], "sector", cbvmda_name="Quai 7")
    assert [(row["name"], row["described-by"]) for row in rows(farm, "locations")] == [
        ("Ferme du Lac", farm.uri),
        ("Quai 7", other.uri),
    ]
    assert rows(other, "locations") == []


def test_what_somebody_keeps_to_himself_is_in_nobody_elses_report(instance: Instance, farm: Sender) -> None:
    other = instance.admit("other")
    describe(other, BUSINESS_LOCATION, SITES[0], cbvmda_name="Quai 7")
    assert rows(farm, "locations") == [{"location": SITES[0]}]


def test_a_workbook_ends_with_its_glossary(farm: Sender) -> None:
    book = openpyxl.load_workbook(io.BytesIO(farm.get(FDA, **DAY, format="xlsx").content))
    assert book.sheetnames[-4:] == ["produits", "lieux", "glossaire", "à propos"]
    header, *lines = book["glossaire"].iter_rows(values_only=True)
    assert header == ("feuille", "colonne", "nom", "lu où, ou calculé comment")
    assert ("produits", "marque", "brand", "/attributes/cbvmda:brandName; /attributes/gs1:brandName") in lines
    figures = openpyxl.load_workbook(
        io.BytesIO(farm.get(FDA.replace("fda-sortable", "etat-chiffre"), **DAY, format="xlsx").content)
    )
    found = {line[2]: line[3] for line in figures["glossaire"].iter_rows(values_only=True)}
    assert found["entered"] == "produced + received + returned"
    assert found["unaccounted"] == "produced + received + returned - consumed - shipped - destroyed - sold - on-hand"
    assert found["unaccounted-percent"] == "unaccounted / entered, %"


def test_more_things_than_are_described_are_refused_and_not_cut(farm: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_THINGS", 0)
    refused = farm.get(FDA, **DAY)
    assert (refused.status_code, refused.json()["code"]) == (413, "report-too-large")
