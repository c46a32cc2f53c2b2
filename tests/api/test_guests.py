"""Guest links: read only, within one mandate, until they end; and what is tried with one before and after."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi.testclient import TestClient

from builders.house import House
from builders.mandated import Mandated, open_mandated
from conftest import Backend
from filiere_platform.domain.guest_link import DEFAULT_HOURS, HOUR, LONGEST_LIFE_DAYS, MOST_LINKS
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.mandate import DAY
from filiere_platform.domain.principal import Role
from filiere_platform.domain.routes import ROUTES, permission_of
from filiere_platform.web.session import GUEST_COOKIE


@pytest.fixture
def case(backend: Backend) -> Iterator[Mandated]:
    with open_mandated(backend.folder, backend.database_url) as opened:
        yield opened


def invite(case: Mandated, mandate: str, **body: str) -> str:
    """Make a link; gives its path."""
    made = case.post(case.dairy, f"/{mandate}/guests", label="expert", **body)
    assert made.status_code == 201, made.text
    return "/guest/" + made.json()["address"].rpartition("/")[2]


def browser(case: Mandated) -> httpx.Client:
    return TestClient(case.instance.client.app, base_url="http://testserver", raise_server_exceptions=False)  # type: ignore[attr-defined]


def enter(case: Mandated, path: str) -> httpx.Client:
    guest = browser(case)
    came = guest.get(path, follow_redirects=False)
    assert came.status_code == 303, came.text
    return guest


def test_a_guest_reads_the_lot_of_his_mandate_and_nothing_else(case: Mandated) -> None:
    shown, hidden = case.tell(lot=1), case.tell(lot=2)
    mandate = case.give(holder=None, scope={"objects": [case.lot(1)]})
    guest = browser(case)
    page = guest.get(invite(case, mandate))
    assert page.status_code == 200
    assert case.lot(1) in str(page.url) or "object=" in str(page.url)
    assert f"/record/{shown}" in page.text
    assert guest.get(f"/record/{shown}").status_code == 200
    assert guest.get(f"/record/{hidden}").status_code == 404
    assert guest.get("/lot", params={"object": case.lot(2)}).status_code == 404
    assert guest.get("/lot.json", params={"object": case.lot(1)}).status_code == 200
    asked = guest.post("/sets", data={"objects": f"{case.lot(1)}\n{case.lot(2)}"})
    assert asked.status_code == 200
    assert asked.text.count(case.lot(2)) == 2, "in the form, and as unknown"
    shop = "urn:example:site:shop"
    searched = guest.post("/investigation", data={"objects": case.lot(1), "incidents": shop, "sound": "#0"})
    assert searched.status_code == 200
    names = {each["name"] for each in case.last()["question"]["parameters"]}
    assert (case.last()["question"]["route"], names >= {"object"}) == ("POST /investigation", True)
    assert {look["by"] for look in case.looks()} == {f"guest:{mandate}.1"}
    assert all(look["records"] == str(shown) for look in case.looks())


def test_a_guest_posts_nothing_but_questions_and_opens_no_page_of_members(case: Mandated) -> None:
    case.tell()
    guest = enter(case, invite(case, case.give()))
    for (method, path), needed in ROUTES.items():
        if path.startswith(("/api", "/epcis", "/log")) or needed is None:
            continue
        address = re.sub(r"\{[^}]+\}", "1", path)
        answer = guest.request(method, address, follow_redirects=False)
        if permission_of(method, path) != "record.read":
            assert answer.status_code == 403, (method, path)
    # The API knows no cookies.
    assert guest.get("/api/v1/looks").status_code == 401
    assert guest.post("/api/v1/mandates", json=case.asked()).status_code == 401


@pytest.mark.parametrize("end", ["time", "link revoked", "mandate revoked"])
def test_a_link_and_who_came_by_it_are_out_when_it_ends(case: Mandated, end: str) -> None:
    index = case.tell()
    mandate = case.give()
    path = invite(case, mandate)
    guest = enter(case, path)
    assert guest.get(f"/record/{index}").status_code == 200
    cookie = guest.cookies[GUEST_COOKIE]
    if end == "time":
        case.clock.advance(DEFAULT_HOURS * HOUR // 1_000)
    elif end == "link revoked":
        address = f"/api/v1/mandates/{mandate}/guests/1"
        assert case.dairy.client.delete(address, headers=case.dairy.headers).status_code == 204
        assert case.dairy.client.delete(address, headers=case.dairy.headers).status_code == 204
    else:
        case.revoke(mandate)
    assert guest.get(f"/record/{index}").status_code == 401
    assert browser(case).get(path, follow_redirects=False).status_code == 401
    replay = browser(case)
    replay.cookies.set(GUEST_COOKIE, cookie)
    assert replay.get(f"/record/{index}").status_code == 401
    assert len(case.looks()) == 1


def test_nobody_makes_a_session_of_a_guest_himself(case: Mandated) -> None:
    index = case.tell()
    guest = enter(case, invite(case, case.give()))
    number, link, ends, seal = guest.cookies[GUEST_COOKIE].split(".")
    for forged in (
        f"{number}.{link}.{int(ends) + HOUR}.{seal}",
        f"{int(number) + 1}.{link}.{ends}.{seal}",
        f"{number}.{int(link) + 1}.{ends}.{seal}",
        f"{number}.{link}.{ends}.{'0' * 64}",
        "1.1.9999999999999999",
        "x",
    ):
        other = browser(case)
        other.cookies.set(GUEST_COOKIE, forged)
        assert other.get(f"/record/{index}").status_code == 401, forged


@pytest.mark.parametrize("secret", ["A" * 43, "", "x", "../people", "%00", "A" * 5_000])
def test_a_link_that_is_none_is_answered_like_one_that_ended(case: Mandated, secret: str) -> None:
    assert browser(case).get(f"/guest/{secret}", follow_redirects=False).status_code in {401, 404}


def test_the_secret_of_a_link_is_in_no_log_no_table_and_no_referer(
    case: Mandated, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    case.tell()
    mandate = case.give()
    path = invite(case, mandate)
    secret = path.rpartition("/")[2]
    came = browser(case).get(path, follow_redirects=False)
    assert came.headers["referrer-policy"] == "no-referrer"
    assert secret not in came.headers["location"] + came.headers["set-cookie"]
    refused = browser(case).get("/guest/" + "A" * 43)
    assert refused.headers["referrer-policy"] == "no-referrer"
    own = [record for record in caplog.records if not record.name.startswith("httpx")]  # the test's own client
    assert not any(secret in record.getMessage() + str(record.__dict__.get("path", "")) for record in own)
    for answer in (case.dairy.get("/api/v1/audit"), case.dairy.get(f"/api/v1/mandates/{mandate}/guests")):
        assert secret not in answer.text
    assert "expert" not in case.dairy.get("/api/v1/audit").text
    with case.instance.platform.database.unit_of_work() as uow:
        stored = uow.guest_links.of_mandate(1)
    assert secret not in str(stored)


def test_a_link_is_made_by_the_giver_alone_and_within_its_limits(case: Mandated) -> None:
    mandate = case.give(until=iso_instant(case.clock() + 60 * DAY))
    path = f"/{mandate}/guests"
    for other in (case.auditor, case.rival):
        assert case.post(other, path, label="x").status_code == 404
    longest = case.clock() + LONGEST_LIFE_DAYS * DAY
    for body, code in (
        ({"label": " "}, "guest-link-label"),
        ({"label": "a\nb"}, "guest-link-label"),
        ({"label": "x", "until": iso_instant(case.clock())}, "guest-link-life"),
        ({"label": "x", "until": iso_instant(longest + 1_000)}, "guest-link-life"),
        ({"label": "x", "secret": "A" * 43}, "field-unreadable"),
    ):
        refused = case.post(case.dairy, path, **body)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, code)
    assert case.post(case.dairy, path, label="x", until=iso_instant(longest)).status_code == 201
    for _ in range(MOST_LINKS - 1):
        assert case.post(case.dairy, path, label="x").status_code == 201
    assert case.post(case.dairy, path, label="x").json()["errors"][0]["code"] == "too-many-guest-links"
    case.revoke(mandate)
    assert case.post(case.dairy, path, label="x").json()["errors"][0]["code"] == "mandate-over"


def test_who_is_signed_in_stays_who_he_is(case: Mandated) -> None:
    case.tell()
    path = invite(case, case.give())
    member = browser(case)
    member.post("/sign-in", data={"token": case.rival.token})
    came = member.get(path, follow_redirects=False)
    assert came.status_code == 403
    assert GUEST_COOKIE not in came.headers.get("set-cookie", "")


def test_the_page_gives_revokes_and_invites_and_shows_who_looked(case: Mandated) -> None:
    index = case.tell()
    house = House(instance=case.instance, clock=case.clock)
    admin = house.person("admin@example.org", Role.ADMINISTRATOR, member=case.dairy.uri)
    assert admin.get("/mandates").status_code == 200
    form = {"purpose": "inspection", "reason": "contrôle <b>", "holder": case.auditor.uri, "own": "on", "days": "3"}
    assert admin.post("/mandates/give", **form).status_code == 303
    case.follow()
    assert case.auditor.get(f"/api/v1/records/{index}").status_code == 200
    page = admin.get("/mandates").text
    (mandate,) = set(re.findall(r"<th scope=\"row\"><code>([^<]{16})</code>", page))
    assert "contrôle &lt;b&gt;" in page
    assert f"token:{case.auditor.token.split('_')[1]}" in page
    made = admin.post("/mandates/invite", mandate=mandate, label="expert")
    link = re.search(r'id="guest-link">[^<]*(/guest/[^<]+)<', made.text)
    assert link is not None
    guest = enter(case, link[1])
    assert guest.get(f"/record/{index}").status_code == 200
    admin.get("/mandates")
    assert admin.post("/mandates/end-link", mandate=mandate, guest="1").status_code == 303
    assert guest.get(f"/record/{index}").status_code == 401
    assert f"guest:{mandate}.1" in admin.get("/mandates/looks.csv").text
    admin.get("/mandates")
    assert admin.post("/mandates/revoke", mandate=mandate).status_code == 303
    assert case.auditor.get(f"/api/v1/records/{index}").status_code == 404
    forged = admin.client.post("/mandates/give", data=form)
    assert forged.status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "x"},
        {"days": "-1"},
        {"days": "9" * 50},
        {"from": "x"},
        {"until": "9999-12-31"},
        {"own": "", "objects": "not a URI"},
        {"reason": ""},
    ],
)
def test_a_form_that_gives_no_mandate_says_why(case: Mandated, changes: dict[str, str]) -> None:
    house = House(instance=case.instance, clock=case.clock)
    admin = house.person("admin@example.org", Role.ADMINISTRATOR, member=case.dairy.uri)
    admin.get("/mandates")
    form = {"purpose": "audit", "reason": "x", "holder": case.auditor.uri, "own": "on", "days": "3"}
    assert admin.post("/mandates/give", **(form | changes)).status_code == 400


def test_a_mandate_of_one_person_is_for_that_person_alone(case: Mandated) -> None:
    index = case.tell()
    house = House(instance=case.instance, clock=case.clock)
    eve = house.person("eve@example.org", Role.AUDITOR, member=case.auditor.uri)
    adam = house.person("adam@example.org", Role.AUDITOR, member=case.auditor.uri)
    reader = house.person("reader@example.org", Role.READER, member=case.auditor.uri)
    with case.instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(case.auditor.uri)
        assert member is not None
        ids = {person.login: person.id for person in uow.people.of_member(member.id)}
    refused = case.post(case.dairy, **case.asked(person=ids["reader@example.org"]))
    assert refused.json()["errors"][0]["code"] == "mandate-person"
    case.give(person=ids["eve@example.org"])
    assert eve.get(f"/record/{index}").status_code == 200
    assert [who.get(f"/record/{index}").status_code for who in (adam, reader)] == [404, 404]
    assert case.auditor.get(f"/api/v1/records/{index}").status_code == 404
    assert case.last()["by"] == f"person:{ids['eve@example.org']}"
    case.give()
    assert [who.get(f"/record/{index}").status_code for who in (adam, reader)] == [200, 404]
