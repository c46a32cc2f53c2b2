"""Master data: what a member says of things is versioned, and shared no further than it says and may say."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from builders.events import DAIRY, RIPENING_ROOM, a_document, an_object_event, as_bytes
from builders.instance import Instance, Sender
from filiere_platform.worker.jobs import PORTION
from filiere_schemas.epcis.master_data import BUSINESS_LOCATION, EPC_CLASS
from filiere_schemas.identifiers import canonical_key
from wire import wait_until

PATH = "/api/v1/master-data"
TANKS = "https://dairy.example/vocabularies/tank"
NAME = "urn:epcglobal:cbv:mda:name"
XML = """<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2026-06-12T06:00:00Z">
  <EPCISHeader><extension><EPCISMasterData><VocabularyList>
    <Vocabulary type="urn:epcglobal:epcis:vtype:BusinessLocation"><VocabularyElementList>
      <VocabularyElement id="{site}">
        <attribute id="urn:epcglobal:cbv:mda:name">Cave</attribute>
        <children><id>urn:epc:id:sgln:9521001.00001.R3</id></children>
      </VocabularyElement>
    </VocabularyElementList></Vocabulary>
  </VocabularyList></EPCISMasterData></extension></EPCISHeader>
  <EPCISBody><EventList/></EPCISBody>
</epcis:EPCISDocument>
"""
_numbers = itertools.count()


@pytest.fixture
def site() -> str:
    """A place that no other test speaks of."""
    return f"urn:epc:id:sgln:9521001.{next(_numbers):05d}.0"


@pytest.fixture
def dairy(shared: Instance, request: pytest.FixtureRequest) -> Sender:
    return shared.admit(f"dairy {request.node.name}")


@pytest.fixture
def other(shared: Instance, request: pytest.FixtureRequest) -> Sender:
    return shared.admit(f"other {request.node.name}")


def said(site: str, name: str = "Cave", **more: Any) -> dict[str, Any]:
    attributes = [{"id": "cbvmda:name", "attribute": name}]
    return {"vocabulary": BUSINESS_LOCATION, "id": site, "attributes": attributes, **more}


def put(sender: Sender, document: dict[str, Any], status: int = 200) -> dict[str, Any]:
    answer = sender.client.put(PATH, json=document, headers=sender.headers)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def listed(sender: Sender, **query: Any) -> list[dict[str, Any]]:
    return list(sender.get(PATH, **query).json()["entries"])


def master_data_of(*elements: dict[str, Any], vocabulary: str = BUSINESS_LOCATION) -> dict[str, Any]:
    return {"epcisMasterData": {"vocabularyList": [{"type": vocabulary, "vocabularyElementList": list(elements)}]}}


def capture(
    sender: Sender, events: list[dict[str, Any]], *, behaviour: str = "rollback", **more: Any
) -> dict[str, Any]:
    return sent(sender, a_document(events, **more), behaviour=behaviour)


def sent(sender: Sender, document: dict[str, Any], *, behaviour: str = "rollback") -> dict[str, Any]:
    headers = {**sender.headers, "Content-Type": "application/json", "GS1-Capture-Error-Behaviour": behaviour}
    answer = sender.client.post("/epcis/capture", content=as_bytes(document), headers=headers)
    assert answer.status_code == 202, answer.text
    path = f"/epcis/capture/{answer.json()['captureID']}"
    wait_until(lambda: not sender.get(path).json()["running"], seconds=20.0)
    return dict(sender.get(path).json())


def test_each_change_is_a_version_and_an_act_and_the_past_stays_readable(dairy: Sender, site: str) -> None:
    first = put(dairy, said(site))
    assert (first["version"], first["sharing"], first["standing"], first["own"]) == (1, "private", "unclaimed", True)
    assert put(dairy, said(site)) == first  # nothing new is said
    second = put(dairy, said(site, "Cave 2"))
    assert (second["version"], second["entry"]) == (2, first["entry"])
    path = f"{PATH}/{first['entry']}"
    assert dairy.get(path).json()["attributes"] == [{"id": NAME, "attribute": "Cave 2"}]
    assert dairy.get(path, as_of=first["at"]).json() == first
    assert dairy.get(path, as_of="2001-01-01").status_code == 404
    assert dairy.client.delete(path, headers=dairy.headers).status_code == 204
    assert dairy.client.delete(path, headers=dairy.headers).status_code == 404
    assert dairy.get(path).status_code == 404
    assert dairy.get(path, as_of=second["at"]).json() == second
    versions = dairy.get(f"{path}/versions").json()["versions"]
    assert [(each["version"], each["removed"]) for each in versions] == [(3, True), (2, False), (1, False)]
    assert put(dairy, said(site))["version"] == 4
    acts = {act["index"]: act["act"] for act in dairy.get("/api/v1/audit").json()["acts"]}
    assert [acts[each["act"]] for each in versions] == ["master-data.remove", "master-data.put", "master-data.put"]


def test_every_form_of_an_identifier_is_one_entry(dairy: Sender) -> None:
    first = put(dairy, said("urn:epc:id:sgln:9521001.99999.R"))
    assert put(dairy, said(first["key"], "Autre"))["entry"] == first["entry"]
    (found,) = listed(dairy, object=first["key"].replace("id.gs1.org", "brand.example"))
    assert (found["entry"], found["id"], found["version"]) == (first["entry"], first["key"], 2)


def test_what_is_shared_is_seen_by_those_with_whom_it_is_shared(
    shared: Instance, dairy: Sender, other: Sender, site: str
) -> None:
    anybody = shared.client.get
    for sharing, to_members, to_all in (
        ("private", False, False),
        ("sector", True, False),
        ("public", True, True),
        ("private", False, False),
    ):
        path = f"{PATH}/{put(dairy, said(site, sharing=sharing))['entry']}"
        assert [each["own"] for each in listed(other, object=site)] == [False] * to_members
        assert other.get(path).status_code == (200 if to_members else 404)
        assert other.get(f"{path}/versions").status_code == 404
        assert anybody(path).status_code == (200 if to_all else 404)
        assert len(anybody(PATH, params={"object": site}).json()["entries"]) == to_all
        assert other.client.delete(path, headers=other.headers).status_code == 404
    # A version that was shared once is not shared any more; nor is one of before that was not.
    versions = dairy.get(f"{path}/versions").json()["versions"]
    assert other.get(path, as_of=versions[1]["at"]).status_code == 404
    assert put(dairy, said(site, sharing="sector"))["own"]
    assert other.get(path, as_of=versions[-1]["at"]).status_code == 404
    assert other.get(path, as_of=versions[1]["at"]).json()["act"] is None


def test_a_word_about_anothers_identifier_is_a_proposal_that_nobody_else_hears(
    shared: Instance, dairy: Sender, site: str
) -> None:
    early = put(dairy, said(site, sharing="public"))
    owner = shared.admit(f"owner {site}", identifiers=(site,))
    (kept,) = listed(dairy, object=site)
    assert (kept["entry"], kept["standing"]) == (early["entry"], "proposal")
    assert listed(owner, object=site) == []
    assert shared.client.get(f"{PATH}/{early['entry']}").status_code == 404
    refused = put(dairy, said(site, "Encore", sharing="sector"), 400)
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("master-data-not-yours", "/sharing")
    assert put(dairy, said(site, "Encore"))["standing"] == "proposal"
    assert put(owner, said(site, "Chez nous", sharing="sector"))["standing"] == "own"
    assert sorted(each["standing"] for each in listed(dairy, object=site)) == ["own", "proposal"]


def test_a_document_brings_master_data_along_with_its_events_or_alone(dairy: Sender, site: str) -> None:
    element = {"id": site, "attributes": [{"id": "cbvmda:name", "attribute": "Cave"}], "children": [RIPENING_ROOM]}
    product = {
        "id": "urn:epc:idpat:sgtin:9521001.000031.*",
        "attributes": [{"id": "filiere:sharing", "attribute": "sector"}],
    }
    header = master_data_of(element)
    header["epcisMasterData"]["vocabularyList"] += master_data_of(product, vocabulary=EPC_CLASS)["epcisMasterData"][
        "vocabularyList"
    ]
    assert capture(dairy, [an_object_event()], epcisHeader=header)["success"]
    assert capture(dairy, [], epcisHeader=header)["success"]
    (found,) = listed(dairy, object=site)
    assert (found["version"], found["sharing"]) == (1, "private")
    assert found["attributes"] == [{"id": NAME, "attribute": "Cave"}]
    (tomme,) = listed(dairy, vocabulary=EPC_CLASS)
    assert (tomme["version"], tomme["sharing"], tomme["attributes"]) == (1, "sector", [])
    # What says nothing of sharing is shared as before.
    put(dairy, said(site, sharing="sector"))
    assert capture(dairy, [], epcisHeader=master_data_of({"id": site}))["success"]
    (found,) = listed(dairy, object=site)
    assert (found["version"], found["sharing"], found["attributes"]) == (3, "sector", [])
    (act, *_) = [a for a in dairy.get("/api/v1/audit").json()["acts"] if a["act"] == "master-data.capture"]
    assert (act["for"], act["details"]["versions"]) == (dairy.uri, "2")


def test_the_answer_of_somebody_elses_repository_brings_its_master_data_too(dairy: Sender, site: str) -> None:
    element = {"id": site, "attributes": [{"id": "cbvmda:name", "attribute": "Cave"}]}
    body = {"eventList": [an_object_event()], **master_data_of(element)["epcisMasterData"]}
    results = {"queryName": "SimpleMasterDataQuery", "resultsBody": body}
    document = a_document([], epcisBody={"queryResults": results}) | {"type": "EPCISQueryDocument"}
    assert sent(dairy, document)["success"]
    (found,) = listed(dairy, object=site)
    assert found["attributes"] == [{"id": NAME, "attribute": "Cave"}]


def test_master_data_shares_the_fate_of_its_document(dairy: Sender, site: str) -> None:
    bad = an_object_event(action="MAYBE")
    header = master_data_of({"id": site})
    assert not capture(dairy, [bad], epcisHeader=header)["success"]
    assert listed(dairy, object=site) == []
    job = capture(dairy, [bad], behaviour="proceed", epcisHeader=header)
    assert not job["success"]
    assert all(error["pointer"].startswith("/epcisBody/eventList/0") for error in job["errors"])
    assert len(listed(dairy, object=site)) == 1


@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
def test_master_data_that_cannot_be_kept_rolls_the_events_of_its_document_back(
    shared: Instance, dairy: Sender, other: Sender, site: str, behaviour: str
) -> None:
    stored = int(behaviour == "proceed")
    rooms = [{"id": f"urn:x:{dairy.uri}:{behaviour}:{number}"} for number in range(PORTION)]
    spread = {"id": other.uri, "attributes": [{"id": "filiere:sharing", "attribute": "sector"}]}
    header = master_data_of(*([] if stored else rooms), spread)
    size = shared.log_size()
    job = capture(dairy, [an_object_event()], behaviour=behaviour, epcisHeader=header)
    assert (job["success"], [error["code"] for error in job["errors"]]) == (False, ["master-data-not-yours"])
    assert shared.log_size() == size + stored
    assert not any(each["own"] for each in listed(dairy))
    assert capture(dairy, [an_object_event()], epcisHeader=master_data_of({"id": site}))["success"]


def test_what_is_wrong_with_master_data_is_said_with_its_place(
    shared: Instance, dairy: Sender, other: Sender, site: str
) -> None:
    headers = {**dairy.headers, "Content-Type": "application/json"}
    wrong = as_bytes(a_document([], epcisHeader=master_data_of({"id": site}, {"id": "https://id.gs1.org/414/1"})))
    answer = shared.client.post("/epcis/capture", content=wrong, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"].endswith("/vocabularyElementList/1/id")
    spread = {"id": other.uri, "attributes": [{"id": "filiere:sharing", "attribute": "public"}]}
    job = capture(dairy, [], epcisHeader=master_data_of({"id": site}, spread))
    assert [error["code"] for error in job["errors"]] == ["master-data-not-yours"]
    assert listed(dairy, object=site) == []
    assert put(dairy, said(site, sharing="partners"), 400)["code"] == "master-data-sharing"
    assert put(dairy, said("cave"), 400)["code"] == "identifier-not-a-uri"


def test_pages_give_each_entry_once_by_vocabulary_attribute_and_value(dairy: Sender) -> None:
    sites = [f"urn:epc:id:sgln:9521009.{number:05d}.0" for number in range(7)]
    for number, each in enumerate(sites):
        put(dairy, said(each, f"Cave {number % 2}", vocabulary=TANKS))
    put(dairy, said(DAIRY, vocabulary=EPC_CLASS))
    found: list[str] = []
    after = ""
    while True:
        page = dairy.get(PATH, vocabulary=TANKS, limit=3, after=after).json()
        found += [each["id"] for each in page["entries"]]
        if page["nextAfter"] is None:
            break
        after = page["nextAfter"]
    assert sorted(found) == sites
    assert len(listed(dairy, vocabulary=TANKS, attribute="cbvmda:name", value="Cave 1")) == 3
    assert len(listed(dairy, vocabulary=TANKS, attribute=NAME)) == 7
    assert listed(dairy, attribute="cbvmda:site") == []


def test_a_document_of_many_elements_is_kept_whole_in_several_commits(dairy: Sender) -> None:
    rooms = [{"id": f"urn:x:{dairy.uri}:{number}"} for number in range(PORTION + 1)]
    vocabulary = f"{TANKS}/{dairy.uri}"
    assert capture(dairy, [], epcisHeader=master_data_of(*rooms, vocabulary=vocabulary))["success"]
    assert len(listed(dairy, vocabulary=vocabulary, limit=500)) == len(rooms)
    acts = [a["details"]["versions"] for a in dairy.get("/api/v1/audit").json()["acts"]]
    assert sorted(acts)[:2] == ["1", str(PORTION)]


def test_master_data_comes_in_xml_too(dairy: Sender, site: str) -> None:
    headers = {**dairy.headers, "Content-Type": "application/xml"}
    answer = dairy.client.post("/epcis/capture", content=XML.format(site=site), headers=headers)
    assert answer.status_code == 202, answer.text
    path = f"/epcis/capture/{answer.json()['captureID']}"
    wait_until(lambda: not dairy.get(path).json()["running"], seconds=20.0)
    assert dairy.get(path).json()["success"], dairy.get(path).text
    (found,) = listed(dairy, object=site)
    assert found["attributes"] == [{"id": NAME, "attribute": "Cave"}]
    assert found["children"] == [canonical_key(RIPENING_ROOM)]


def test_the_page_and_its_table_show_what_their_reader_may_know(shared: Instance, dairy: Sender, site: str) -> None:
    entry = put(dairy, said(site, "Cave <b>", sharing="public"))["entry"]
    hidden = put(dairy, said(RIPENING_ROOM, "Secret"))["entry"]
    for path in ("/master-data", "/master-data.csv"):
        answer = shared.client.get(path)
        assert answer.status_code == 200
        assert entry in answer.text
        assert hidden not in answer.text
        assert ("Cave &lt;b&gt;" if path == "/master-data" else "Cave <b>") in answer.text
