"""People: how they come in, what they may change, and everything that somebody else would try."""

from __future__ import annotations

import base64
import html
import logging
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from builders.house import PASSWORD, SECRET_TEXT, Browser, House, add_app, open_house
from conftest import Backend
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.person_session import ABSOLUTE_LIMIT, IDLE_LIMIT
from filiere_platform.domain.principal import Role
from filiere_platform.domain.totp import STEP_MICROSECONDS, code_at
from filiere_platform.usecases.members import set_status
from filiere_platform.usecases.sign_in import BY_ACCOUNT

COOKIE = "filiere_person"


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


@pytest.fixture
def dairy(house: House) -> str:
    return house.instance.admit("Laiterie").uri


def person_id(browser: Browser, login: str) -> str:
    page = browser.get("/people").text
    row = next(part for part in page.split("<tr>") if f"<td>{login}</td>" in part)
    found = re.search(r'name="person" value="([0-9a-f]{16})"', row)
    assert found
    return found[1]


def test_the_first_administrator_comes_in_by_a_link_that_is_used_once(house: House) -> None:
    secret = house.invite("a@example.org", Role.ADMINISTRATOR)
    browser = house.browser()
    assert browser.get(f"/join?t={secret}").status_code == 200
    assert browser.post("/join", t=secret, password="short").status_code == 400
    assert browser.post("/join", t=secret, password=PASSWORD).status_code == 303
    assert browser.post("/join", t=secret, password=PASSWORD).status_code == 400
    assert browser.get(f"/join?t={secret}").status_code == 400
    assert browser.sign_in("A@Example.org").status_code == 303
    assert browser.get("/people").status_code == 200
    late = house.invite("b@example.org", Role.READER)
    house.clock.advance(30 * 60 * 1_000)
    assert browser.post("/join", t=late, password=PASSWORD).status_code == 400


def test_a_session_has_a_new_name_after_every_step_and_none_that_was_brought_along(house: House) -> None:
    house.person("a@example.org", Role.READER)
    thief, victim = "A" * 43, house.browser()
    victim.client.cookies.set(COOKIE, thief)
    assert victim.get("/").status_code == 401
    victim.client.cookies.clear()
    victim.sign_in("a@example.org")
    first = victim.client.cookies[COOKIE]
    assert first != thief
    victim.sign_in("a@example.org")
    assert victim.client.cookies[COOKIE] != first
    other = house.browser()
    other.client.cookies.set(COOKIE, first)
    assert other.get("/account").status_code == 401


def test_sessions_end_by_rest_by_age_and_by_hand(house: House) -> None:
    browser = house.person("a@example.org", Role.READER)
    for _ in range(ABSOLUTE_LIMIT // (IDLE_LIMIT // 2) - 1):
        house.clock.advance(IDLE_LIMIT // 2 // 1_000)
        assert browser.get("/account").status_code == 200
    house.clock.advance(IDLE_LIMIT // 2 // 1_000)
    assert browser.get("/account").status_code == 401
    browser.sign_in("a@example.org")
    house.clock.advance(IDLE_LIMIT // 1_000)
    assert browser.get("/account").status_code == 401
    browser.sign_in("a@example.org")
    second = house.browser()
    second.sign_in("a@example.org")
    browser.get("/account")
    assert browser.post("/account/sessions").status_code == 303
    assert second.get("/account").status_code == 401
    kept = browser.client.cookies[COOKIE]
    browser.post("/sign-out")
    browser.client.cookies.set(COOKIE, kept)
    assert browser.get("/account").status_code == 401


def test_who_is_shut_out_can_still_sign_out(house: House, dairy: str) -> None:
    browser = house.person("a@example.org", Role.READER, member=dairy)
    kept = browser.client.cookies[COOKIE]
    with house.instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=dairy, status=MemberStatus.SUSPENDED)
    shut_out = browser.get("/")
    assert shut_out.status_code == 403
    assert 'action="/sign-out"' in shut_out.text
    assert browser.client.post("/sign-out", data={"mark": ""}).status_code == 403
    assert browser.post("/sign-out").status_code == 303
    assert COOKIE not in browser.client.cookies
    with house.instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=dairy, status=MemberStatus.ACTIVE)
    browser.client.cookies.set(COOKIE, kept)
    assert browser.get("/account").status_code == 401


@pytest.mark.parametrize("path", ["/people/invite", "/people/change", "/account/password", "/account/app", "/sign-out"])
def test_a_form_without_the_mark_of_this_session_is_refused(house: House, path: str) -> None:
    browser, other = (
        house.person("a@example.org", Role.ADMINISTRATOR),
        house.person("b@example.org", Role.ADMINISTRATOR),
    )
    other.get("/account")
    for mark in ("", other.seen, "0" * 64):
        assert browser.client.post(path, data={"mark": mark}).status_code == 403
    assert browser.client.post(path, data={"mark": "x"}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert browser.get("/account").status_code == 200


def test_signing_in_never_leads_elsewhere(house: House) -> None:
    browser = house.person("a@example.org", Role.READER)
    assert browser.sign_in("a@example.org", next="//evil.example").headers["location"] == "/"
    assert browser.sign_in("a@example.org", next="/account").headers["location"] == "/account"
    assert 'value="/"' in browser.get("/sign-in?next=https://evil.example").text


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        *[("/lot?object=urn%3Ax%26y&direction=up", "/lot?object=urn%3Ax%26y&direction=up"), ("/people", "/people")],
        *[("//evil.example", "/"), ("https://evil.example/", "/"), ("/\\evil.example", "/"), ("/\t/evil.example", "/")],
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_second_factor_leads_where_signing_in_was_to_lead_and_never_elsewhere(
    house: House, wanted: str, reached: str
) -> None:
    browser = house.person("a@example.org", Role.ADMINISTRATOR)
    codes = add_app(house, browser)
    other = house.browser()
    half = other.sign_in("a@example.org", next=wanted)
    assert urlsplit(half.headers["location"])[:3] == ("", "", "/sign-in/code")
    form = other.client.get(half.headers["location"]).text
    carried = html.unescape(re.findall(r'name="next" value="([^"]*)"', form)[0])
    assert carried == reached
    full = other.post("/sign-in/code", code=codes[0], next=carried)
    assert (full.status_code, full.headers["location"]) == (303, reached)
    # Whoever changes the field in between reaches nothing else either.
    again = house.browser()
    again.sign_in("a@example.org")
    assert again.post("/sign-in/code", code=codes[1], next=wanted).headers["location"] == reached


def test_a_page_that_asks_to_sign_in_is_the_one_that_is_reached(house: House) -> None:
    house.person("a@example.org", Role.ADMINISTRATOR)
    browser = house.browser()
    refused = browser.get("/people?lang=en")
    link = html.unescape(re.findall(r'href="(/sign-in[^"]*)"', refused.text)[0])
    form = browser.get(link).text
    carried = html.unescape(re.findall(r'name="next" value="([^"]*)"', form)[0])
    assert browser.post("/sign-in", login="a@example.org", password=PASSWORD, next=carried).status_code == 303
    assert carried == "/people?lang=en"


def test_nobody_learns_which_accounts_there_are(house: House) -> None:
    house.person("a@example.org", Role.READER)
    suspended = house.invite("s@example.org", Role.READER)
    assert suspended
    told = set()
    for login in ("s@example.org", "nobody@example.org", "not an address", "a@example.org"):
        house.clock.advance(10 * 60 * 1_000)  # what one address may try is full again
        browser, said = house.browser(), []
        for _ in range(BY_ACCOUNT.at_once + 2):
            answer = browser.sign_in(login, password="not the password")
            said.append((answer.status_code, re.sub(r"\d+ second", "N second", answer.text)))
        assert [status for status, _ in said] == [401] * BY_ACCOUNT.at_once + [429] * 2
        told.add(tuple(said))
    assert len(told) == 1
    assert house.browser().sign_in("a@example.org").status_code == 429  # the right password does not help meanwhile
    house.clock.advance(BY_ACCOUNT.pause * BY_ACCOUNT.at_once // 1_000)
    assert house.browser().sign_in("a@example.org").status_code == 303


def test_an_unknown_account_takes_as_long_as_a_wrong_password(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both run argon2 once: that is what takes the time."""
    from filiere_platform.domain import password

    house.person("a@example.org", Role.READER)
    verified: list[str] = []
    costs = set()
    verify = type(password._HASHER).verify
    monkeypatch.setattr(
        type(password._HASHER), "verify", lambda self, kept, text: (verified.append(kept), verify(self, kept, text))[1]
    )
    for login in ("a@example.org", "nobody@example.org"):
        verified.clear()
        house.browser().sign_in(login, password="not the password")
        assert len(verified) == 1
        costs.add(verified[0].rpartition("$")[0].rpartition("$")[0])
    assert len(costs) == 1


def test_an_apps_code_is_asked_for_and_taken_once_and_so_is_a_recovery_code(house: House) -> None:
    browser = house.person("a@example.org", Role.READER)
    page = browser.get("/account").text
    secret = base64.b32decode(SECRET_TEXT.findall(page)[0])
    sealed = re.findall(r'name="sealed" value="([^"]+)"', page)[0]
    now = house.clock() // STEP_MICROSECONDS
    wrong = {"sealed": sealed, "code": code_at(secret, now), "password": "not it at all"}
    assert browser.post("/account/app", **wrong).status_code == 401
    added = browser.post("/account/app", sealed=sealed, code=code_at(secret, now), password=PASSWORD)
    assert added.status_code == 200, re.findall(r'role="alert">([^<]+)', added.text)
    codes = re.findall(r"<code>([0-9a-f]{5}(?:-[0-9a-f]{5}){3})</code>", added.text)
    assert len(set(codes)) == 10

    def half() -> Browser:
        opened = house.browser()
        assert opened.sign_in("a@example.org").headers["location"] == "/sign-in/code"
        assert opened.get("/account").status_code == 401
        opened.get("/sign-in/code")
        return opened

    used = half()
    assert used.post("/sign-in/code", code=code_at(secret, now)).status_code == 401  # taken when the app was added
    house.clock.advance(30_000)
    before = used.client.cookies[COOKIE]
    assert used.post("/sign-in/code", code=code_at(secret, now + 1)).status_code == 303
    assert used.client.cookies[COOKIE] != before
    assert used.get("/account").status_code == 200
    assert half().post("/sign-in/code", code=code_at(secret, now + 1)).status_code == 401  # played again
    assert half().post("/sign-in/code", code=codes[0].upper()).status_code == 303
    assert half().post("/sign-in/code", code=codes[0]).status_code == 401
    stale = half()
    house.clock.advance(5 * 60 * 1_000)
    assert stale.post("/sign-in/code", code=codes[1]).status_code == 401


def test_an_administrator_of_one_member_reaches_nobody_of_another(house: House, dairy: str) -> None:
    body = house.person("body@example.org", Role.ADMINISTRATOR)
    reader = house.person("reader@example.org", Role.READER)
    admin = house.person("dairy@example.org", Role.ADMINISTRATOR, member=dairy)
    target = person_id(body, "reader@example.org")
    assert "reader@example.org" not in admin.get("/people").text
    never = admin.post("/people/change", person="0" * 16, change="suspend")
    for change in ("roles", "suspend", "resume", "link", "forget-app"):
        refused = admin.post("/people/change", person=target, change=change, **{"role-administrator": "on"})
        assert refused.status_code == 404
        assert refused.text.replace(target, "") == never.text.replace("0" * 16, "").replace("//", "//")
    own = person_id(admin, "dairy@example.org")
    assert body.get("/people").text.count(own) == 0
    assert body.post("/people/change", person=own, change="suspend").status_code == 404
    assert reader.get("/account").status_code == 200


def test_nobody_gives_himself_a_right(house: House, dairy: str) -> None:
    house.person("admin@example.org", Role.ADMINISTRATOR, member=dairy)
    for role in set(Role) - {Role.ADMINISTRATOR}:
        person = house.person(f"{role.value}@example.org", role, member=dairy)
        person.get("/account")
        mark = {"role-administrator": "on", "person": "0" * 16, "change": "roles"}
        assert person.post("/people/change", **mark).status_code == 403
        assert person.post("/people/invite", login="x@example.org", name="X").status_code == 403
        assert person.get("/people").status_code == (200 if role is Role.SUPERVISOR else 403)


def test_roles_and_suspension_hold_from_the_next_request_on(house: House, dairy: str) -> None:
    admin = house.person("a@example.org", Role.ADMINISTRATOR, member=dairy)
    other = house.person("b@example.org", Role.ADMINISTRATOR, member=dairy)
    target = person_id(admin, "b@example.org")
    assert other.get("/people").status_code == 200
    assert admin.post("/people/change", person=target, change="roles", **{"role-reader": "on"}).status_code == 303
    assert other.get("/people").status_code == 403
    assert admin.post("/people/change", person=target, change="suspend").status_code == 303
    assert other.get("/account").status_code == 401
    assert other.sign_in("b@example.org").status_code == 401
    own = person_id(admin, "a@example.org")
    for change in ("suspend", "roles"):
        refused = admin.post("/people/change", person=own, change=change)
        assert refused.status_code == 400
    assert admin.get("/people").status_code == 200


def test_a_suspended_member_has_no_people(house: House, dairy: str) -> None:
    from filiere_platform.domain.member import MemberStatus
    from filiere_platform.usecases.members import set_status

    browser = house.person("a@example.org", Role.ADMINISTRATOR, member=dairy)
    with house.instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=dairy, status=MemberStatus.SUSPENDED)
    assert browser.get("/people").status_code == 403


def test_every_change_is_an_act_in_the_log_without_a_name(house: House, dairy: str) -> None:
    admin = house.person("a@example.org", Role.ADMINISTRATOR, member=dairy)
    admin.get("/people")
    made = admin.post("/people/invite", login="b@example.org", name="Bernard Petit", **{"role-quality": "on"})
    assert made.status_code == 200
    assert "/join?t=" in made.text
    assert "/join?t=" not in admin.get("/people").text
    with house.instance.platform.database.unit_of_work() as uow:
        from filiere_platform.domain.audience import OPERATOR
        from filiere_platform.domain.audit import ActQuery
        from filiere_platform.usecases.audit import find_acts

        acts = find_acts(uow, OPERATOR, ActQuery(), origin=house.instance.platform.instance.origin).acts
    invited = [act for act in acts if act["act"] == "person.invite"]
    assert [act["actor"].partition(":")[0] for act in invited] == ["console", "person"]
    assert invited[1]["details"] == {"roles": "quality"}
    assert invited[1]["member"] == dairy
    for name in ("Bernard", "example.org", "Jeanne"):
        assert name not in str(acts)


def test_no_secret_reaches_the_logs_or_the_database(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = house.person("a@example.org", Role.ADMINISTRATOR)
    page = browser.get("/account").text
    browser.sign_in("a@example.org", password="quite another one")
    secrets = [PASSWORD, "quite another one", browser.secrets[0], *SECRET_TEXT.findall(page)]
    secrets.append(browser.client.cookies[COOKIE])
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name != "httpx")
    folder = house.instance.platform.settings.data_dir
    files = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret not in said
        assert secret.encode() not in files


def test_a_password_change_needs_the_old_one_and_ends_the_other_sessions(house: House) -> None:
    browser = house.person("a@example.org", Role.READER)
    other = house.browser()
    other.sign_in("a@example.org")
    browser.get("/account")
    assert browser.post("/account/password", old="wrong", new="une autre phrase").status_code == 401
    assert browser.get("/account").status_code == 200
    assert browser.post("/account/password", old=PASSWORD, new="une autre phrase").status_code == 303
    assert browser.get("/account").status_code == 200
    assert other.get("/account").status_code == 401
    assert house.browser().sign_in("a@example.org").status_code == 401
    assert house.browser().sign_in("a@example.org", password="une autre phrase").status_code == 303
