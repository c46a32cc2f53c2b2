"""A recall end to end among members: frozen, approved by two people, forwarded blind, answered, widened, closed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from builders.console import Console
from builders.house import House, open_house
from builders.recalls import (
    CHEESE,
    MENU,
    OTHER,
    OUTSIDER,
    SOUP,
    VAT,
    Chain,
    an_event,
    became,
    by_reach,
    made,
    post,
    sent,
    tell,
)
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.domain.principal import Actor, Principal
from filiere_platform.domain.recall import RecallAct
from filiere_platform.usecases import recall as recall_usecase
from filiere_platform.usecases.recall import Recalling, approve_recall
from filiere_schemas.provenance.recall import RecallStep, read_recall


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


@pytest.fixture
def chain(house: House) -> Chain:
    return Chain(house)


def test_two_people_send_and_nobody_beyond_is_named(chain: Chain, house: House) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    before = house.instance.log_size()
    draft = chain.open(drill=True)
    assert (draft["state"], draft["version"], draft["drill"]) == ("draft", 1, True)
    assert [lot["key"] for lot in draft["lots"]] == [CHEESE]
    assert draft["versions"][0]["index"] >= before
    assert chain.notices(chain.kitchen) == []

    # Four eyes: one person alone, twice, does not send.
    assert chain.approve(first, draft["id"], "send") == 303
    assert chain.approve(first, draft["id"], "send") == 409
    assert chain.recall(draft["id"])["state"] == "draft"
    assert chain.approve(second, draft["id"], "send", version=7) == 409
    assert chain.approve(second, draft["id"], "send") == 303
    running = chain.recall(draft["id"])
    assert running["state"] == "sent"

    # Direct consignees with quantities; beyond them numbers alone, and no word of who.
    direct = by_reach(running, "direct")
    assert (direct["party"], direct["lots"]) == (chain.kitchen.uri, [{"lot": CHEESE, "quantity": "60", "uom": "KGM"}])
    assert by_reach(running, "outside")["lots"] == [{"lot": CHEESE, "quantity": "15", "uom": "KGM"}]
    assert running["forwarded"] == {"recipients": 2, "sent": 2, "acknowledged": 0, "answered": 0, "outcomes": {}}
    told = json.dumps(running)
    assert chain.canteen.uri not in told
    assert SOUP not in told
    page = first.get(f"/recalls/{draft['id']}").text
    assert chain.canteen.uri not in page
    assert SOUP not in page

    # Who is warned: the consignee by name of the issuer, those beyond blind; nobody else.
    (forwarded,) = chain.notices(chain.canteen)
    assert (forwarded["issuer"], [lot["lot"] for lot in forwarded["lots"]]) == (None, [SOUP])
    assert chain.dairy.uri not in json.dumps(forwarded)
    named = {notice["issuer"]: notice for notice in chain.notices(chain.kitchen)}
    assert set(named) == {chain.dairy.uri, None}
    assert chain.notices(chain.rival) == []
    assert post(chain.rival, f"/notices/{forwarded['id']}/acknowledgement").status_code == 404
    assert chain.rival.get(f"/api/v1/recalls/{draft['id']}").status_code == 404


def test_answers_are_accounted_for_until_two_people_close(chain: Chain, house: House) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    draft = chain.open(drill=True)
    for browser in (first, second):
        assert chain.approve(browser, draft["id"], "send") == 303
    running = chain.recall(draft["id"])
    (forwarded,) = chain.notices(chain.canteen)
    named = {notice["issuer"]: notice for notice in chain.notices(chain.kitchen)}

    # Acknowledge and answer; a lot outside the scope is refused with the reason.
    notice = named[chain.dairy.uri]["id"]
    answer = {"outcome": "blocked", "quantity": "50", "uom": "KGM"}
    outside = post(chain.kitchen, f"/notices/{notice}/answers", lot=OTHER, **answer)
    assert (outside.status_code, outside.json()["code"]) == (400, "recall-lot-outside")
    assert OTHER in outside.json()["detail"]
    assert post(chain.kitchen, f"/notices/{notice}/answers", lot=CHEESE, **answer).status_code == 200
    worse = answer | {"quantity": "many"}
    assert post(chain.kitchen, f"/notices/{notice}/answers", lot=CHEESE, **worse).json()["code"] == "recall-quantity"
    more = answer | {"outcome": "consumed", "quantity": "10000", "uom": "GRM"}
    assert post(chain.kitchen, f"/notices/{notice}/answers", lot=CHEESE, **more).status_code == 200
    soup = {"lot": SOUP, "outcome": "sold", "quantity": "25", "uom": "KGM"}
    assert post(chain.canteen, f"/notices/{forwarded['id']}/answers", **soup).status_code == 200
    own, shop = (by_reach(running, reach)["notices"][0]["id"] for reach in ("own", "outside"))
    assert post(chain.dairy, f"/notices/{own}/answers", lot=CHEESE, **answer | {"quantity": "20"}).status_code == 200
    house.clock.advance(5_000)
    assert post(chain.dairy, f"/notices/{shop}/acknowledgement").status_code == 200

    # accounted = (50 confirmed + 20 on hand + 10 consumed) / 100 produced; the canteen's soup is nobody's cheese.
    running = chain.recall(draft["id"])
    (account,) = running["accounts"]
    parts = {name: account[name] for name in ("produced", "confirmed", "onHand", "consumed", "destroyed")}
    assert parts == {"produced": "100", "confirmed": "50", "onHand": "20", "consumed": "10", "destroyed": "0"}
    assert (account["unaccounted"], running["accountedPercent"]) == ("20", "80")
    assert running["forwarded"]["outcomes"] == {"sold": 1}
    assert running["timings"]["toAllConsignees"] == 5.0
    assert running["timings"]["acknowledgedPercent"] == "75"  # of the kitchen, the shop, the canteen; not of its soup

    # Two people close; nobody answers any more; the log proves itself.
    assert chain.approve(first, draft["id"], "close") == 303
    assert chain.recall(draft["id"])["state"] == "sent"
    assert chain.approve(second, draft["id"], "close") == 303
    late = post(chain.kitchen, f"/notices/{notice}/answers", lot=CHEESE, **answer)
    assert (late.status_code, late.json()["code"]) == (409, "recall-state")
    assert house.instance.fsck().holds


def test_a_notice_reaches_the_stream_of_whom_it_warns_and_nobody_elses(chain: Chain) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    draft = chain.open()
    for browser in (first, second):
        assert chain.approve(browser, draft["id"], "send") == 303
    platform = chain.house.instance.platform
    kinds = {}
    with platform.database.unit_of_work() as uow:
        for name in ("kitchen", "canteen", "rival"):
            member = uow.members.by_uri(getattr(chain, name).uri)
            assert member is not None
            grants = uow.grants.for_audiences([member.id], 0, 1_000)
            rows = [row for grant in grants for row in uow.log.records(grant.log_index, grant.log_index + 1)]
            kinds[name] = [bytes(row.body or b"") for row in rows if row.kind == 8]
    assert [len(kinds[name]) for name in ("kitchen", "canteen", "rival")] == [2, 1, 0]


def test_a_notice_is_read_from_ones_stream(chain: Chain) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    draft = chain.open(drill=True)
    for browser in (first, second):
        assert chain.approve(browser, draft["id"], "send") == 303
    (event,) = chain.house.on_stream(chain.canteen.uri, "recall")
    platform = chain.house.instance.platform
    assert event["data"]["member"] == chain.canteen.uri
    said = read_recall(event["data"]["jws"].encode(), platform.key(Duty.RECEIPT).public, origin=event["source"])
    assert (said.step, said.lots, said.is_drill, said.issuer) == (RecallStep.NOTICE, (SOUP,), True, None)
    assert chain.dairy.uri not in str(said)
    assert draft["id"] not in str(said)


def test_what_comes_to_a_draft_is_approved_anew(chain: Chain) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    draft = chain.open()
    assert chain.approve(first, draft["id"], "send") == 303
    tell(chain.dairy, became(CHEESE, OTHER))
    assert chain.approve(second, draft["id"], "update") == 303
    assert chain.approve(second, draft["id"], "send", version=1) == 409
    assert chain.approve(second, draft["id"], "send", version=2) == 303
    assert chain.recall(draft["id"])["state"] == "draft"
    assert chain.approve(first, draft["id"], "send", version=2) == 303
    assert by_reach(chain.recall(draft["id"]), "own")["lots"] == [
        {"lot": OTHER, "quantity": None, "uom": None},
        {"lot": CHEESE, "quantity": None, "uom": None},
    ]


def test_two_people_who_approve_at_the_same_moment_send(chain: Chain) -> None:
    platform = chain.house.instance.platform
    signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
    member_id = chain.house.instance.member(chain.dairy.uri).id
    doing = Recalling(member_id=member_id, author=AT_CONSOLE, signer=signer, now=chain.house.clock())

    def approve(recall_id: str, name: str, together: Barrier) -> None:
        person = Principal(actor=Actor.PERSON, actor_id=name, member_id=member_id)
        together.wait()
        with platform.database.unit_of_work() as uow:
            approve_recall(uow, doing, recall_id, RecallAct.SEND, version=1, by=person)

    for _ in range(5):
        draft, together = chain.open()["id"], Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda name, draft=draft, together=together: approve(draft, name, together), "ab"))
        assert chain.recall(draft)["state"] == "sent"
        assert len(by_reach(chain.recall(draft), "direct")["notices"]) == 1


def test_later_events_widen_a_recall_and_say_what_changed(chain: Chain) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    draft = chain.open()
    for browser in (first, second):
        chain.approve(browser, draft["id"], "send")
    tell(chain.canteen, became(SOUP, MENU), sent(MENU, 5, chain.rival.uri))
    tell(chain.dairy, became(CHEESE, OTHER), sent(OTHER, 9, chain.rival.uri))
    deadline = time.monotonic() + 30
    while (running := chain.recall(draft["id"]))["version"] == 1 or len(chain.notices(chain.rival)) < 2:
        assert time.monotonic() < deadline, "nobody looks at the recall"
        time.sleep(0.1)
    assert {lot["key"] for lot in running["lots"]} == {CHEESE, OTHER}
    assert [lot for version in running["versions"][1:] for lot in version["lots"]] == [OTHER]
    assert sum(version["forwarded"] for version in running["versions"]) >= 4
    assert len({version["index"] for version in running["versions"]}) == running["version"]
    assert {notice["issuer"] for notice in chain.notices(chain.rival)} == {chain.dairy.uri, None}
    assert len(chain.notices(chain.kitchen)) == 2  # nobody is warned of the same lot twice


def test_a_recall_that_cannot_be_derived_holds_up_no_other(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    broken, whole = chain.open(), chain.open(reason="another one")
    derive = recall_usecase.derive_scope

    def failing(uow: Any, member_id: int, question: Any) -> Any:
        if question.reason != "another one":
            raise RuntimeError("a fault of the platform")
        return derive(uow, member_id, question)

    monkeypatch.setattr(recall_usecase, "derive_scope", failing)  # before the follower can have begun a look at it
    for draft in (broken, whole):
        for browser in (first, second):
            chain.approve(browser, draft["id"], "send")
    tell(chain.dairy, became(CHEESE, OTHER), sent(OTHER, 9, chain.rival.uri))
    deadline = time.monotonic() + 30
    while chain.recall(whole["id"])["version"] == 1:
        assert time.monotonic() < deadline, "the other recall is held up"
        time.sleep(0.1)
    assert chain.recall(broken["id"])["version"] == 1
    assert "recalls.update_failed" in {record.message for record in caplog.records}


def test_what_happens_beyond_changes_numbers_alone(chain: Chain) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    draft = chain.open()
    for browser in (first, second):
        chain.approve(browser, draft["id"], "send")
    before = chain.recall(draft["id"])
    tell(chain.canteen, became(SOUP, MENU), sent(MENU, 5, chain.rival.uri))
    deadline = time.monotonic() + 30
    while not (warned := chain.notices(chain.rival)):
        assert time.monotonic() < deadline, "nobody looks at the recall"
        time.sleep(0.1)
    soup = {"lot": MENU, "outcome": "sold", "quantity": "5", "uom": "KGM"}
    assert post(chain.rival, f"/notices/{warned[0]['id']}/answers", **soup).status_code == 200
    after = chain.recall(draft["id"])
    numbers = {"version", "versions", "forwarded", "timings", "approvals"}
    assert {name for name in before if before[name] != after[name]} <= numbers
    assert [each["forwarded"]["recipients"] for each in (before, after)] == [2, 3]
    assert [each["forwarded"]["sent"] for each in (before, after)] == [2, 4]  # the canteen twice: soup, then menus
    assert [version["lots"] or version["consignees"] for version in after["versions"][1:]] == [[]] * (
        after["version"] - 1
    )
    assert after["forwarded"]["outcomes"] == {"sold": 1}


def test_the_same_line_and_day_is_the_calendar_day_of_the_events_own_zone(chain: Chain) -> None:
    same, next_day = (f"urn:filiere:lot:siret:73282932000074:TOMME:{number}" for number in (2, 3))
    # 00:10 at +02:00 on the second is still the first in UTC; the day after begins at 22:00 UTC.
    tell(chain.dairy, made(same, 5, when="2026-03-02T00:10:00+02:00"))
    tell(chain.dairy, made(next_day, 5, when="2026-03-03T00:10:00+02:00"))
    tell(chain.rival, made(OTHER, 5))
    assert [lot["key"] for lot in chain.open()["lots"]] == [CHEESE]
    lots = {lot["key"]: lot["causes"] for lot in chain.open(sameLine=True)["lots"]}
    assert lots == {CHEESE: ["suspect", "line"], same: ["line"]}
    period = {"site": VAT, "from": "2026-03-01T00:00:00Z", "to": "2026-03-05T00:00:00Z"}
    assert next_day in {lot["key"] for lot in chain.open(sites=[period])["lots"]}


def test_contacts_of_consignees_come_from_the_register(chain: Chain) -> None:
    contact = {"name": "A. Martin", "role": "qualité", "email": "q@magasin.example", "phone": "+33 1"}
    wanted = {"code": "C1", "name": "Magasin", "relations": ["customer"], "identifiers": [OUTSIDER]}
    added = chain.dairy.client.post(
        "/api/v1/suppliers", json=wanted | {"contacts": [contact]}, headers=chain.dairy.headers
    )
    assert added.status_code == 201, added.text
    shop = by_reach(chain.open(), "outside")
    assert (shop["party"], shop["name"], shop["contacts"]) == (OUTSIDER, "Magasin", [contact])


def test_what_went_in_a_container_is_found_and_the_reused_container_is_not_followed(chain: Chain) -> None:
    pallet = "urn:epc:id:sscc:9521234.0000000017"
    packed = {"parentID": pallet, "childQuantityList": [{"epcClass": CHEESE, "quantity": 7, "uom": "KGM"}]}
    going = {"action": "OBSERVE", "bizStep": "shipping", "epcList": [pallet], "eventTime": "2026-03-03T02:00:00+02:00"}
    to_rival = [{"type": "owning_party", "destination": chain.rival.uri}]
    tell(
        chain.dairy,
        an_event("AggregationEvent", action="ADD", **packed | {"eventTime": "2026-03-03T01:00:00+02:00"}),
        an_event("ObjectEvent", destinationList=to_rival, **going),
    )
    again = going | {"eventTime": "2026-03-09T02:00:00+02:00"}
    emptied = {"parentID": pallet, "action": "DELETE", "eventTime": "2026-03-08T01:00:00+02:00"}
    to_canteen = [{"type": "owning_party", "destination": chain.canteen.uri}]
    tell(
        chain.rival,
        an_event("AggregationEvent", **emptied),
        an_event("ObjectEvent", destinationList=to_canteen, **again),
    )
    consignees = {each["party"]: each["lots"] for each in chain.open()["consignees"]}
    assert consignees[chain.rival.uri] == [{"lot": CHEESE, "quantity": "7", "uom": "KGM"}]
    assert chain.open()["forwarded"]["recipients"] == 2  # the kitchen's soup, the canteen's; no pallet of the rival's


def test_the_console_reads_recalls_and_sends_none(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    console = Console(chain.house.instance, monkeypatch)
    run = console.run
    draft = chain.open(drill=True)["id"]
    assert draft in run("recall", "list", chain.dairy.uri)
    assert json.loads(run("recall", "list", chain.dairy.uri, "--json"))["state"] == "draft"
    shown = run("recall", "show", draft)
    assert f"  {CHEESE}  suspect  certain" in shown
    assert chain.canteen.uri not in shown
    assert json.loads(run("recall", "show", draft, "--json"))["forwarded"]["recipients"] == 2
    run("recall", "show", "0" * 16, code=1)
    run("recall", "list", "urn:x:nobody", code=2)

    # What a member takes along has its recalls, and their entries of the log.
    with console.export(chain.dairy.uri, tmp_path / "member.zip") as taken:
        assert json.loads(taken.read("recalls.jsonl"))["recall"]["id"] == draft
        assert sum(name.startswith("others/") for name in taken.namelist()) == 1


def test_nobody_recalls_what_he_has_not_handled(chain: Chain) -> None:
    for lot in (CHEESE, "urn:filiere:lot:siret:73282932000074:NONE:9"):
        refused = post(chain.rival, "", objects=[lot], reason="x")
        assert (refused.status_code, refused.json()["code"]) == (400, "recall-not-own")


def test_a_token_vouches_for_nobody(chain: Chain) -> None:
    draft = chain.open()
    browser = chain.house.browser()
    browser.get("/sign-in")
    browser.post("/sign-in", token=chain.dairy.token)
    assert chain.approve(browser, draft["id"], "send") == 403
    assert chain.approve(chain.person("r@rival.example", chain.rival), draft["id"], "send") == 404
    assert chain.recall(draft["id"])["approvals"]["send"] == []


def test_pages_list_show_and_take_answers(chain: Chain) -> None:
    first, second = chain.person("a@dairy.example", chain.dairy), chain.person("b@dairy.example", chain.dairy)
    first.get("/recalls")
    opened = first.post("/recalls/open", objects=CHEESE, reason="Corps étranger", line="on")
    assert opened.status_code == 303, opened.text
    recall_id = opened.headers["location"].rpartition("/")[2]
    for browser in (first, second):
        assert chain.approve(browser, recall_id, "send") == 303
    cook = chain.person("c@kitchen.example", chain.kitchen)
    page = cook.get("/recalls").text
    found = re.findall(r'name="notice" value="([0-9a-f]{16})"', page)
    assert "Corps étranger" in page
    for notice in dict.fromkeys(found):
        assert cook.post("/recalls/answer", notice=notice).status_code == 303
    assert all(notice["acknowledged"] for notice in chain.notices(chain.kitchen))
    (direct,) = (notice for notice in chain.notices(chain.kitchen) if notice["issuer"])
    said = {"lot": CHEESE, "outcome": "returned", "quantity": "2,5", "uom": "kgm"}
    assert cook.post("/recalls/answer", notice=direct["id"], **said).status_code == 303
    assert chain.recall(recall_id)["accounts"][0]["confirmed"] == "2.5"
