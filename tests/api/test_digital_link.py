"""GS1 Digital Links: a page for people, links for machines, of what is public alone, and no oracle about the rest."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from markupsafe import escape

from builders.events import ABSENT, an_object_event
from builders.instance import Instance, Sender
from filiere_schemas.epcis.master_data import BUSINESS_LOCATION, EPC_CLASS
from filiere_schemas.identifiers import canonical_key, checksum

LINKSET = "application/linkset+json"
GS1 = "https://gs1.org/voc/"
_prefixes = itertools.count(9_521_500)
Get = Callable[..., httpx.Response]


class Dairy:
    """A member that owns a product number and a place."""

    def __init__(self, shared: Instance) -> None:
        self.prefix = str(next(_prefixes))
        payload = f"0{self.prefix}00001"
        self.gtin = payload + checksum.gs1(payload)
        place = f"{self.prefix}00007"
        self.gln = place + checksum.gs1(place)
        owned = (f"https://id.gs1.org/01/{self.gtin}", f"https://id.gs1.org/414/{self.gln}")
        self.sender: Sender = shared.admit(f"dairy {self.prefix}", identifiers=owned)

    def lot(self, name: str) -> str:
        return f"/01/{self.gtin}/10/{name}"

    def tell(self, name: str, sharing: str, **more: Any) -> None:
        lot = f"https://id.gs1.org{self.lot(name)}"
        event = an_object_event(
            quantityList=[{"epcClass": lot}], readPoint={"id": f"https://id.gs1.org/414/{self.gln}"}
        )
        self.sender.send_events({**event, "filiere:sharing": sharing, **more}).raise_for_status()

    def say(self, path: str, vocabulary: str, sharing: str = "public", **attributes: str) -> None:
        said = [{"id": f"cbvmda:{name}", "attribute": value} for name, value in attributes.items()]
        asked = {"vocabulary": vocabulary, "id": f"https://id.gs1.org{path}", "attributes": said, "sharing": sharing}
        answer = self.sender.client.put("/api/v1/master-data", json=asked, headers=self.sender.headers)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def dairy(shared: Instance) -> Dairy:
    return Dairy(shared)


@pytest.fixture
def get(shared: Instance) -> Get:
    def ask(path: str, accept: str = "text/html", **query: str) -> httpx.Response:
        headers = {"Accept": accept, "Accept-Language": "en"}
        return shared.client.get(path, params=query or None, headers=headers, follow_redirects=False)

    return ask


def types_of(links: dict[str, Any]) -> set[str]:
    return {name.removeprefix(GS1) for name in links if name.startswith(GS1)}


def test_people_get_a_page_and_machines_get_links(shared: Instance, dairy: Dairy, get: Get) -> None:
    dairy.tell("F1", "public")
    dairy.say(f"/01/{dairy.gtin}", EPC_CLASS, name="Tomme <b>", countryOfOrigin="FR")
    page = get(dairy.lot("F1"))
    assert page.status_code == 200
    assert "Tomme &lt;b&gt;" in page.text
    assert "countryOfOrigin" in page.text
    assert "commissioning" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    base = shared.platform.settings.base_url
    for answer in (get(dairy.lot("F1"), LINKSET), get(dairy.lot("F1"), linkType="all")):
        assert answer.headers["Content-Type"] == LINKSET
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        (links,) = answer.json()["linkset"]
        assert links["anchor"] == f"https://id.gs1.org{dairy.lot('F1')}"
        assert types_of(links) == {"defaultLink", "pip", "traceability", "epcis", "masterData"}
        assert all(link["href"].startswith(base) for each in types_of(links) for link in links[GS1 + each])
    assert f'<{base}{dairy.lot("F1")}?linkType=linkset>; rel="linkset"' in page.headers["Link"]
    # What it leads to is there, for anybody.
    for name in ("epcis", "masterData"):
        found = shared.client.get(links[GS1 + name][0]["href"].removeprefix(base)).text
        assert canonical_key(f"https://id.gs1.org/01/{dairy.gtin}") in found


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json", LINKSET),
        (f"{LINKSET}, */*;q=0.1", LINKSET),
        (f"text/html;q=0.2, {LINKSET};q=0.9", LINKSET),
        (f"text/html, {LINKSET}", "text/html"),
        ("image/png", "text/html"),
        (f"{LINKSET};q=x", "text/html"),
    ],
)
def test_the_form_is_the_one_that_is_preferred(dairy: Dairy, get: Get, accept: str, kind: str) -> None:
    dairy.tell("F1", "public")
    assert get(dairy.lot("F1"), accept).headers["Content-Type"].startswith(kind)


def test_what_is_hidden_is_answered_as_what_is_not_there(dairy: Dairy, get: Get) -> None:
    hidden = {"HID1": "private", "HID2": "sector", "HID3": "partners"}
    for name, sharing in hidden.items():
        dairy.tell(name, sharing)
    names = [*hidden, "NEVER"]
    for accept in ("text/html", LINKSET):
        answers = [(name, get(dairy.lot(name), accept)) for name in names]
        assert {answer.status_code for _, answer in answers} == {404}
        assert len({answer.text.replace(name, "") for name, answer in answers}) == 1
    # Where the product is public, nothing tells which lots there are.
    dairy.say(f"/01/{dairy.gtin}", EPC_CLASS, name="Tomme")
    assert len({get(dairy.lot(name), LINKSET).text.replace(name, "") for name in names}) == 1
    (links,) = get(dairy.lot("HID1"), LINKSET).json()["linkset"]
    assert types_of(links) == {"defaultLink", "pip", "traceability", "masterData"}


def test_a_view_shows_its_public_fields_and_says_that_it_is_one(dairy: Dairy, get: Get) -> None:
    dairy.tell("V1", "public-fields", **{"dairy:secret": "formule"})
    page = get(dairy.lot("V1"))
    assert page.status_code == 200
    assert "not verifiable" in page.text
    assert "formule" not in page.text
    assert dairy.gln not in page.text


def test_only_the_owner_of_an_identifier_speaks_for_it(shared: Instance, dairy: Dairy, get: Get) -> None:
    other = Dairy(shared)
    other.sender.client.put(
        "/api/v1/master-data",
        json={"vocabulary": EPC_CLASS, "id": f"https://id.gs1.org/01/{other.gtin}", "sharing": "public"},
        headers=other.sender.headers,
    )
    assert get(f"/01/{other.gtin}").status_code == 200
    unclaimed = "/01/09599999000012"
    for sharing in ("sector", "private"):
        dairy.say(f"/01/{dairy.gtin}", EPC_CLASS, sharing=sharing, name="Tomme")
        assert get(f"/01/{dairy.gtin}").status_code == 404
    dairy.say(unclaimed, EPC_CLASS, name="Squatter")
    assert get(unclaimed).status_code == 404


def test_places_items_and_units_have_addresses_too(dairy: Dairy, get: Get) -> None:
    dairy.say(f"/414/{dairy.gln}", BUSINESS_LOCATION, name="Fromagerie du Lac", city="Annecy")
    page = get(f"/414/{dairy.gln}/254/R3")
    assert "Fromagerie du Lac" in page.text
    assert "/sign-in?next=/lot" not in page.text
    unit = f"0{dairy.prefix}000000042"
    sscc = unit + checksum.gs1(unit)
    for path, name in ((f"/01/{dairy.gtin}/21/A%2F7", "A%2F7"), (f"/00/{sscc}", sscc)):
        key = f"https://id.gs1.org{path}"
        event = an_object_event(quantityList=ABSENT, epcList=[key], ilmd=ABSENT, action="OBSERVE")
        dairy.sender.send_events({**event, "filiere:sharing": "public"}).raise_for_status()
        (links,) = get(path, LINKSET).json()["linkset"]
        assert links["anchor"].endswith(name)


ITEM = "https://id.gs1.org/01/{gtin}/21/7"
OBJECT = "urn:epc:id:sgtin:9521234.000001.2018"
PLACE, PARTY, PAPER = "/414/{gln}", "/417/{gln}", "/253/{gln}A7"


@pytest.mark.parametrize(
    ("path", "said", "parameter"),
    [
        ("/01/{gtin}/10/L1", {"quantityList": [{"epcClass": "{key}"}]}, "MATCH_anyEPCClass"),
        ("/01/{gtin}/10/L1", {"epcList": [ITEM], "ilmd": {"cbvmda:lotNumber": "L1"}}, None),
        (PLACE, {"readPoint": {"id": "{key}"}}, "EQ_readPoint"),
        (PLACE, {"bizLocation": {"id": "{key}"}}, "EQ_bizLocation"),
        (PLACE, {"sourceList": [{"type": "location", "source": "{key}"}]}, "EQ_source_location"),
        (PLACE, {"destinationList": [{"type": "location", "destination": "{key}"}]}, "EQ_destination_location"),
        (PARTY, {"sourceList": [{"type": "owning_party", "source": "{key}"}]}, "EQ_source_owning_party"),
        (
            PARTY,
            {"destinationList": [{"type": "possessing_party", "destination": "{key}"}]},
            "EQ_destination_possessing_party",
        ),
        (PARTY, {"sourceList": [{"type": "https://dairy.example/carrier", "source": "{key}"}]}, None),
        (PAPER, {"epcList": ["{key}"]}, "MATCH_anyEPC"),
        (PAPER, {"sourceList": [{"type": "owning_party", "source": "{key}"}]}, "EQ_source_owning_party"),
    ],
)
def test_a_link_to_events_is_offered_where_it_leads_to_some(
    dairy: Dairy, get: Get, path: str, said: dict[str, Any], parameter: str | None
) -> None:
    def named(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("{key}", key).replace("{gln}", dairy.gln).replace("{gtin}", dairy.gtin)
        if isinstance(value, list):
            return [named(each) for each in value]
        return {name: named(each) for name, each in value.items()} if isinstance(value, dict) else value

    path = path.format(gln=dairy.gln, gtin=dairy.gtin)
    key = f"https://id.gs1.org{path}"
    event = an_object_event(
        **{"quantityList": ABSENT, "epcList": [OBJECT], "ilmd": ABSENT, "readPoint": ABSENT} | named(said)
    )
    dairy.sender.send_events({**event, "filiere:sharing": "public"}).raise_for_status()
    (links,) = get(path, LINKSET).json()["linkset"]
    offered = [link["href"] for link in links.get(f"{GS1}epcis", ())]
    assert [httpx.URL(href).params.keys() for href in offered] == [{parameter}] * (parameter is not None)
    for href in offered:
        found = get(href[href.index("/epcis/") :], "application/json").json()
        assert found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/01/09521001000018/10/A", "identifier-check-digit"),
        ("/01/12/10/A", "gtin-form"),
        ("/00/123", "sscc-form"),
        ("/01/09521001000017/99/A", "gs1-qualifier-misplaced"),
        ("/01/09521001000017/10/%00", "gs1-qualifier-form"),
        ("/01/09521001000017/10", "digital-link-without-key"),
        ("/414/9521001000013", "identifier-check-digit"),
    ],
)
def test_what_is_no_key_is_refused_with_the_reason(get: Get, path: str, code: str) -> None:
    answer = get(path, LINKSET)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    page = get(path)
    assert page.status_code == 400
    assert escape(answer.json()["errors"][0]["en"]) in page.text


def test_a_link_type_leads_to_its_link_and_an_unknown_one_to_the_page(dairy: Dairy, get: Get) -> None:
    dairy.tell("F1", "public")
    answer = get(dairy.lot("F1"), linkType="gs1:traceability")
    assert answer.status_code == 307
    assert "/lot?object=" in answer.headers["Location"]
    for name in ("gs1:pip", "gs1:unknown", "https://evil.example/"):
        assert get(dairy.lot("F1"), linkType=name).status_code == 200


def test_a_head_says_what_a_get_says(shared: Instance, dairy: Dairy) -> None:
    dairy.tell("F1", "public")
    for path, accept in ((dairy.lot("F1"), "text/html"), (dairy.lot("F1"), LINKSET), (dairy.lot("NONE"), LINKSET)):
        asked, got = (
            shared.client.request(method, path, headers={"Accept": accept}, follow_redirects=False)
            for method in ("HEAD", "GET")
        )
        assert asked.status_code == got.status_code
        for name in ("Content-Type", "Link", "Vary", "Access-Control-Allow-Origin"):
            assert asked.headers.get(name) == got.headers.get(name)


def test_the_resolver_says_what_it_resolves(shared: Instance) -> None:
    """Against the fields of the standard's schema of description files."""
    answer = shared.client.get("/.well-known/gs1resolver")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = answer.json()
    assert told["resolverRoot"] == shared.platform.settings.base_url
    assert told["supportedPrimaryKeys"] == ["all"]
    assert told["supportedLinkType"] == [{"namespace": GS1, "prefix": "gs1:"}]
    assert told["linkTypeDefaultCanBeLinkset"] is False
    assert told["name"] == shared.platform.instance.name
