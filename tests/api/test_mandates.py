"""Mandates over HTTP: what one shows, to whom, until when; and everything that somebody else would try with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builders.instance import Sender
from builders.mandated import GTIN, Mandated, open_mandated
from conftest import Backend
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.mandate import DAY, LONGEST_LIFE_DAYS, MOST_MEMBERS, MOST_OBJECTS, MOST_PRODUCTS
from filiere_platform.domain.member import MemberStatus, Scope
from filiere_platform.usecases.members import create_api_token, set_status


@pytest.fixture
def case(backend: Backend) -> Iterator[Mandated]:
    with open_mandated(backend.folder, backend.database_url) as opened:
        yield opened


def seen(case: Mandated, by: Sender | None = None, **query: str) -> list[str]:
    """The ids of the events that somebody finds."""
    answer = (by or case.auditor).get("/epcis/events", perPage="1000", **query)
    assert answer.status_code == 200, answer.text
    events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return [event["eventID"] for event in events]


def test_a_mandate_shows_what_it_covers_from_its_giving_to_its_revocation(case: Mandated) -> None:
    mine, other = case.tell(), case.tell(case.rival)
    assert seen(case) == []
    mandate = case.give()
    assert len(seen(case)) == 1
    later = case.tell()
    case.follow()
    assert [case.auditor.get(f"/api/v1/records/{index}").status_code for index in (mine, later, other)] == [
        200,
        200,
        404,
    ]
    assert seen(case, case.rival) == seen(case, case.rival)
    assert case.rival.get(f"/api/v1/records/{mine}").status_code == 404
    assert case.revoke(mandate) == 204
    assert seen(case) == []
    assert case.auditor.get(f"/api/v1/records/{mine}").status_code == 404
    assert case.auditor.get("/api/v1/trace", object=case.lot()).status_code == 404
    assert case.revoke(mandate) == 204
    assert case.instance.fsck().holds


def test_an_open_cursor_ends_with_the_mandate(case: Mandated) -> None:
    for _ in range(4):
        case.tell()
    for end in ("revoked", "expired"):
        mandate = case.give(until=iso_instant(case.clock() + DAY))
        first = case.auditor.get("/epcis/events", perPage="2")
        assert len(first.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) == 2
        token = first.json()["nextPageToken"]
        if end == "revoked":
            case.revoke(mandate)
        else:
            case.clock.advance(DAY // 1_000)
        following = case.auditor.get("/epcis/events", perPage="2", nextPageToken=token)
        assert following.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []


def test_a_mandate_begins_when_it_says(case: Mandated) -> None:
    index = case.tell()
    case.give(starts=iso_instant(case.clock() + DAY), until=iso_instant(case.clock() + 2 * DAY))
    assert case.auditor.get(f"/api/v1/records/{index}").status_code == 404
    case.clock.advance(DAY // 1_000)
    case.follow()
    assert case.auditor.get(f"/api/v1/records/{index}").status_code == 200


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        ({"products": [GTIN]}, [0, 1]),
        ({"objects": [f"{GTIN}/10/L2"]}, [1]),
        ({"products": [f"{GTIN}/10/L9"], "objects": [f"{GTIN}/10/L1", f"{GTIN}/10/L2"]}, [0, 1]),
        ({"products": [GTIN], "eventBefore": "2026-03-01T05:00:00Z"}, []),
        ({"products": [GTIN], "eventFrom": "2026-03-01T06:00:00Z", "eventBefore": "2026-03-01T06:00:01Z"}, [0, 1]),
        ({"products": ["https://id.gs1.org/01/03012345678902"]}, []),
    ],
)
def test_a_scope_limits_in_each_of_its_dimensions(case: Mandated, scope: dict[str, Any], shown: list[int]) -> None:
    indexes = [
        case.tell(),
        case.tell(lot=2),
        case.tell(quantityList=[], epcList=["urn:epc:id:sscc:9521001.0000000042"]),
    ]
    foreign = case.tell(case.rival)
    case.give(scope=scope)
    found = [n for n, index in enumerate(indexes) if case.auditor.get(f"/api/v1/records/{index}").status_code == 200]
    assert found == shown
    assert case.auditor.get(f"/api/v1/records/{foreign}").status_code == 404


def test_nobody_gives_a_mandate_over_somebody_elses_records(case: Mandated) -> None:
    index = case.tell()
    for by, holder in ((case.rival, case.auditor), (case.auditor, case.rival), (case.rival, case.rival)):
        refused = case.post(by, **case.asked(holder=holder.uri))
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "mandate-not-yours")
    # A product or a lot of somebody else names nobody's records but the giver's.
    case.give(case.rival, scope={"products": [GTIN], "objects": [case.lot()]})
    assert case.auditor.get(f"/api/v1/records/{index}").status_code == 404


def test_the_number_of_an_audience_is_nobodys_to_choose(case: Mandated) -> None:
    case.tell()
    for more in (
        {"audience": 1},
        {"number": 1},
        {"id": "mandate-00000000"},
        {"followed": 10**9},
        {"giver": case.dairy.uri},
    ):
        refused = case.post(case.rival, **case.asked(scope={"members": [case.rival.uri]}), **more)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "field-unreadable")
    refused = case.post(case.dairy, **case.asked(scope={"members": [case.dairy.uri], "audience": -1}))
    assert refused.status_code == 400


def test_a_scope_is_not_widened_by_identifiers_that_come_later(case: Mandated) -> None:
    foreign = case.tell(case.rival)
    case.give(scope={"members": [case.dairy.uri], "products": [GTIN]})
    with case.instance.platform.database.unit_of_work() as uow:
        dairy = uow.members.by_uri(case.dairy.uri)
        assert dairy is not None
        uow.members.add_identifiers(dairy.id, [GTIN, case.lot()])
    later = case.tell(case.rival)
    case.follow()
    assert [case.auditor.get(f"/api/v1/records/{each}").status_code for each in (foreign, later)] == [404, 404]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"scope": {}}, "mandate-scope-empty"),
        ({"scope": {"eventFrom": "2026-01-01T00:00:00Z"}}, "mandate-scope-empty"),
        ({"scope": {"members": ["urn:x:nobody"]}}, "mandate-member"),
        ({"scope": {"objects": ["not a URI"]}}, "identifier-not-a-uri"),
        ({"scope": {"products": ["urn:x:1"]}}, "mandate-product"),
        ({"scope": {"members": ["x"] * (MOST_MEMBERS + 1)}}, "field-unreadable"),
        ({"scope": {"products": ["x"] * (MOST_PRODUCTS + 1)}}, "field-unreadable"),
        ({"scope": {"objects": ["x"] * (MOST_OBJECTS + 1)}}, "field-unreadable"),
        ({"holder": "urn:x:nobody"}, "mandate-holder"),
        ({"person": "0" * 16}, "mandate-person"),
        ({"reason": ""}, "mandate-reason"),
        ({"purpose": "curiosity"}, "field-unreadable"),
        ({"until": "2020-01-01T00:00:00Z"}, "mandate-life"),
        ({"until": "2020-01-01T00:00:00"}, "field-unreadable"),
    ],
)
def test_what_is_no_mandate_is_refused_with_its_reason(case: Mandated, changes: dict[str, Any], code: str) -> None:
    refused = case.post(case.dairy, **case.asked(**changes))
    assert refused.status_code == 400, refused.text
    assert code in {error["code"] for error in refused.json()["errors"]}


def test_a_mandate_lasts_no_longer_than_the_longest_life(case: Mandated) -> None:
    longest = case.clock() + LONGEST_LIFE_DAYS * DAY
    assert case.post(case.dairy, **case.asked(until=iso_instant(longest))).status_code == 201
    assert case.post(case.dairy, **case.asked(until=iso_instant(longest + 1_000))).status_code == 400


def test_who_is_no_party_reads_nothing_of_a_mandate_and_who_is_looked_at_reads_of_himself(case: Mandated) -> None:
    mandate = case.give(scope={"members": [case.dairy.uri], "objects": [case.lot()]})
    sides = {
        (who.uri, side): [each["id"] for each in who.get("/api/v1/mandates", side=side).json()["mandates"]]
        for who in (case.dairy, case.auditor, case.rival)
        for side in ("given", "held", "over")
    }
    here = {(case.dairy.uri, "given"), (case.dairy.uri, "over"), (case.auditor.uri, "held")}
    assert sides == {place: [mandate] if place in here else [] for place in sides}
    assert case.rival.get(f"/api/v1/mandates/{mandate}").status_code == 404
    assert case.auditor.get(f"/api/v1/mandates/{mandate}").json()["scope"]["objects"] == [case.lot()]
    assert case.revoke(mandate, case.rival) == 404
    assert case.revoke(mandate, case.auditor) == 404
    assert case.auditor.get(f"/api/v1/mandates/{mandate}").json()["state"] == "in force"


def test_who_may_not_give_mandates_or_read_of_them_is_told_so(case: Mandated) -> None:
    with case.instance.platform.database.unit_of_work() as uow:
        read = create_api_token(uow, uri=case.dairy.uri, scopes=frozenset({Scope.READ}))
        capture = create_api_token(uow, uri=case.dairy.uri, scopes=frozenset({Scope.CAPTURE}))
    client = case.instance.client
    for token, path, expected in ((read, "mandates", 200), (read, "looks", 200), (capture, "mandates", 403)):
        answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == expected
    given = client.post("/api/v1/mandates", json=case.asked(), headers={"Authorization": f"Bearer {read}"})
    assert given.status_code == 403
    assert client.post("/api/v1/mandates", json=case.asked()).status_code == 401


def test_a_holder_that_is_suspended_looks_no_more(case: Mandated) -> None:
    index = case.tell()
    case.give()
    with case.instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=case.auditor.uri, status=MemberStatus.SUSPENDED)
    assert case.auditor.get(f"/api/v1/records/{index}").status_code == 403


def test_each_mandate_is_an_act_that_who_is_looked_at_reads_without_its_free_text(case: Mandated) -> None:
    mandate = case.give(reason="complaint of Jeanne Martin")
    case.revoke(mandate)
    acts = case.dairy.get("/api/v1/audit").json()["acts"]
    told = [(act["act"], act["object"]) for act in acts if act["act"].startswith("mandate")]
    assert told == [("mandate.give", mandate), ("mandate.revoke", mandate)]
    assert "Jeanne" not in case.dairy.get("/api/v1/audit").text
    assert all(act["member"] == case.dairy.uri for act in acts if act["act"].startswith("mandate"))
    assert case.rival.get("/api/v1/audit").json()["acts"] == []
