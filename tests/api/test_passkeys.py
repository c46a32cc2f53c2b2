"""Passkeys at the edge, with an authenticator that does what attackers would have it do."""

from __future__ import annotations

import copy
import html
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from builders.authenticator import PRESENT, Authenticator
from builders.house import PASSWORD, Browser, House
from builders.instance import FixedClock, open_instance
from conftest import Backend
from filiere_platform.domain.passkey import CHALLENGE_LIFETIME, MOST_OF_ONE
from filiere_platform.domain.principal import Role

ORIGIN, RP = "https://trace.example.org", "trace.example.org"


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    clock = FixedClock()
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock, base_url=ORIGIN) as opened:
        yield House(instance=opened, clock=clock, url=ORIGIN)


def asked(page: str, form: str) -> tuple[dict[str, Any], str]:
    """The options and the sealed challenge of one form of a page."""
    found = re.search(rf'id="{form}".*?data-options="([^"]*)".*?name="sealed" value="([^"]*)"', page, re.DOTALL)
    assert found
    return json.loads(html.unescape(found[1])), found[2]


def register(browser: Browser, key: Authenticator, *, password: str = PASSWORD, **changes: str) -> httpx.Response:
    options, sealed = asked(browser.get("/account").text, "new-passkey")
    answer = key.create(options, **changes)
    return browser.post("/account/passkey", answer=answer, sealed=sealed, name="Téléphone", password=password)


def sign_in(browser: Browser, key: Authenticator, *, next: str = "/", **changes: str) -> httpx.Response:  # noqa: A002
    options, sealed = asked(browser.get("/sign-in").text, "by-passkey")
    return browser.post("/sign-in/passkey", answer=key.get(options, **changes), sealed=sealed, next=next)


def key() -> Authenticator:
    return Authenticator(origin=ORIGIN, rp_id=RP)


@pytest.fixture
def mine() -> Authenticator:
    return key()


@pytest.fixture
def owner(house: House, mine: Authenticator) -> Browser:
    browser = house.person("a@example.org", Role.ADMINISTRATOR)
    assert register(browser, mine).status_code == 303
    return browser


def test_a_passkey_signs_in_without_a_password_and_leads_on(house: House, owner: Browser, mine: Authenticator) -> None:
    browser = house.browser()
    came = sign_in(browser, mine, next="/people")
    assert (came.status_code, came.headers["location"]) == (303, "/people")
    assert browser.get("/people").status_code == 200
    assert sign_in(house.browser(), mine, next="//evil.example").headers["location"] == "/"
    page = owner.get("/account").text
    assert "Téléphone" in page
    assert "utilisée le" in page


def test_what_is_asked_of_an_authenticator(house: House, owner: Browser, mine: Authenticator) -> None:
    new, _ = asked(owner.get("/account").text, "new-passkey")
    assert new["rp"]["id"] == RP
    assert new["authenticatorSelection"]["userVerification"] == "required"
    assert new["authenticatorSelection"]["residentKey"] == "required"
    assert [each["alg"] for each in new["pubKeyCredParams"]] == [-7, -8, -257]
    assert len(new["excludeCredentials"]) == 1  # no second one on the same authenticator
    get, _ = asked(house.browser().get("/sign-in").text, "by-passkey")
    assert get["userVerification"] == "required"
    assert get["rpId"] == RP
    assert "allowCredentials" not in get  # nobody learns who has one
    assert get["challenge"] != asked(house.browser().get("/sign-in").text, "by-passkey")[0]["challenge"]


ATTACKS = {
    "another origin": ({"origin": "https://evil.example"}, {}),
    "another port": ({"origin": f"{ORIGIN}:8443"}, {}),
    "without TLS": ({"origin": "http://trace.example.org"}, {}),
    "a subdomain": ({"origin": "https://evil.trace.example.org"}, {}),
    "another relying party": ({"rp_id": "evil.example"}, {}),
    "nobody verified": ({"flags": PRESENT}, {}),
    "nobody there": ({"flags": 0x04}, {}),
    "another person's handle": ({"user_handle": b"0" * 16}, {}),
    "another key": ({"key": key().key}, {}),
    "an unknown credential": ({"credential_id": b"x" * 32}, {}),
    "a registration": ({}, {"type": "webauthn.create"}),
    "its own challenge": ({}, {"challenge": "A" * 43}),
    "no challenge": ({}, {"challenge": ""}),
}


def test_what_is_wrong_in_one_thing_lets_nobody_in(house: House, owner: Browser, mine: Authenticator) -> None:
    let_in = []
    for attack, (own, said) in ATTACKS.items():
        browser, forged = house.browser(), copy.copy(mine)
        for name, value in own.items():
            setattr(forged, name, value)
        if sign_in(browser, forged, **said).status_code != 401 or browser.get("/account").status_code != 401:
            let_in.append(attack)
        mine.count = forged.count
        assert sign_in(house.browser(), mine).status_code == 303  # and nothing of the true one is used up
    assert let_in == []


def test_what_is_no_answer_is_refused_in_a_sentence(house: House, owner: Browser) -> None:
    for answer in ("", "{}", "[]", "null", '{"id":1}', "[" * 4_000, '{"rawId":"AA","response":{}}'):
        refuse_both(house.browser(), owner, answer)


def refuse_both(browser: Browser, owner: Browser, answer: str) -> None:
    _, sealed = asked(browser.get("/sign-in").text, "by-passkey")
    assert browser.post("/sign-in/passkey", answer=answer, sealed=sealed).status_code == 401
    _, sealed = asked(owner.get("/account").text, "new-passkey")
    refused = owner.post("/account/passkey", answer=answer, sealed=sealed, name="x", password=PASSWORD)
    assert refused.status_code == 400


def test_an_answer_is_taken_once(house: House, owner: Browser, mine: Authenticator) -> None:
    browser = house.browser()
    options, sealed = asked(browser.get("/sign-in").text, "by-passkey")
    answer = mine.get(options)
    assert browser.post("/sign-in/passkey", answer=answer, sealed=sealed).status_code == 303
    assert browser.post("/sign-in/passkey", answer=answer, sealed=sealed).status_code == 401
    mine.count += 1
    assert browser.post("/sign-in/passkey", answer=mine.get(options), sealed=sealed).status_code == 401


def test_without_a_counter_an_answer_is_taken_once_too(house: House) -> None:
    person, silent = house.person("a@example.org", Role.READER), key()
    silent.count = -1
    assert register(person, silent).status_code == 303
    browser = house.browser()
    options, sealed = asked(browser.get("/sign-in").text, "by-passkey")
    silent.count = -1
    answer = silent.get(options)
    assert browser.post("/sign-in/passkey", answer=answer, sealed=sealed).status_code == 303
    assert browser.post("/sign-in/passkey", answer=answer, sealed=sealed).status_code == 401
    silent.count = -1
    assert sign_in(house.browser(), silent).status_code == 303


def test_a_challenge_is_for_the_browser_that_was_given_it(house: House, owner: Browser, mine: Authenticator) -> None:
    thief, victim = house.browser(), house.browser()
    options, sealed = asked(thief.get("/sign-in").text, "by-passkey")
    answer = mine.get(options)
    victim.get("/sign-in")
    assert victim.post("/sign-in/passkey", answer=answer, sealed=sealed).status_code == 401
    assert house.browser().post("/sign-in/passkey", answer=answer, sealed=sealed).status_code == 401
    house.clock.advance(CHALLENGE_LIFETIME // 1_000)
    assert thief.post("/sign-in/passkey", answer=answer, sealed=sealed).status_code == 401


def test_a_challenge_of_one_use_is_none_of_the_other(house: House, owner: Browser, mine: Authenticator) -> None:
    browser = house.browser()
    options, _ = asked(browser.get("/sign-in").text, "by-passkey")
    _, of_account = asked(owner.get("/account").text, "new-passkey")
    assert browser.post("/sign-in/passkey", answer=mine.get(options), sealed=of_account).status_code == 401


def test_a_copy_of_an_authenticator_is_found_by_its_counter(
    house: House, owner: Browser, mine: Authenticator, caplog: pytest.LogCaptureFixture
) -> None:
    clone = copy.copy(mine)
    assert sign_in(house.browser(), mine).status_code == 303
    assert sign_in(house.browser(), mine).status_code == 303
    with caplog.at_level(logging.WARNING):
        assert sign_in(house.browser(), clone).status_code == 401
    assert "passkey_counter_went_back" in caplog.text


def test_registering_needs_the_password_the_session_and_a_key_of_a_known_kind(house: House, owner: Browser) -> None:
    assert register(owner, key(), password="not the password").status_code == 401
    unknown = key()
    unknown.algorithm = -257  # RSA, it says, and is not
    assert register(owner, unknown).status_code == 400
    unverified = key()
    unverified.flags = PRESENT
    assert register(owner, unverified).status_code == 400
    assert register(owner, Authenticator(origin="https://evil.example", rp_id=RP)).status_code == 400
    assert register(owner, Authenticator(origin=ORIGIN, rp_id="evil.example")).status_code == 400
    other = house.person("b@example.org", Role.READER)
    options, sealed = asked(owner.get("/account").text, "new-passkey")
    other.get("/account")
    stolen = other.post("/account/passkey", answer=key().create(options), sealed=sealed, name="x", password=PASSWORD)
    assert stolen.status_code == 400
    assert owner.get("/account").text.count('action="/account/passkey/remove"') == 1


def test_a_credential_is_one_persons_and_a_registration_is_taken_once(
    house: House, owner: Browser, mine: Authenticator
) -> None:
    other = house.person("b@example.org", Role.READER)
    assert register(other, copy.copy(mine)).status_code == 400
    fresh = key()
    options, sealed = asked(other.get("/account").text, "new-passkey")
    answer = fresh.create(options)
    form = {"answer": answer, "sealed": sealed, "name": "x", "password": PASSWORD}
    assert other.post("/account/passkey", **form).status_code == 303
    other.get("/account")
    assert other.post("/account/passkey", **form).status_code == 400
    assert sign_in(house.browser(), fresh).status_code == 303


def test_a_person_has_several_takes_them_away_and_has_an_end_of_them(house: House) -> None:
    person = house.person("a@example.org", Role.READER)
    keys = [key() for _ in range(MOST_OF_ONE)]
    for each in keys:
        house.clock.advance(60_000)
        assert register(person, each).status_code == 303
    house.clock.advance(60_000)
    assert register(person, key()).status_code == 400
    shorts = re.findall(r'name="passkey" value="([0-9a-f]{16})"', person.get("/account").text)
    assert len(set(shorts)) == MOST_OF_ONE
    refused = person.post("/account/passkey/remove", passkey=shorts[0], password="not the password")
    assert refused.status_code == 401
    person.get("/account")
    assert person.post("/account/passkey/remove", passkey=shorts[0], password=PASSWORD).status_code == 303
    house.clock.advance(60_000)
    assert sign_in(house.browser(), keys[0]).status_code == 401
    assert sign_in(house.browser(), keys[1]).status_code == 303


def test_nobody_takes_away_a_passkey_of_somebody_else(house: House, owner: Browser, mine: Authenticator) -> None:
    short = re.findall(r'name="passkey" value="([0-9a-f]{16})"', owner.get("/account").text)[0]
    other = house.person("b@example.org", Role.ADMINISTRATOR)
    other.get("/account")
    assert other.post("/account/passkey/remove", passkey=short, password=PASSWORD).status_code == 303
    assert sign_in(house.browser(), mine).status_code == 303


def test_who_may_not_come_in_has_no_use_of_a_passkey(house: House, owner: Browser) -> None:
    lost, admin = key(), owner
    person = house.person("b@example.org", Role.READER)
    assert register(person, lost).status_code == 303
    page = admin.get("/people").text
    row = next(part for part in page.split("<tr>") if "<td>b@example.org</td>" in part)
    target = re.findall(r'name="person" value="([0-9a-f]{16})"', row)[0]
    for change, status in (("suspend", 401), ("resume", 303), ("forget-app", 401)):
        admin.get("/people")
        assert admin.post("/people/change", person=target, change=change).status_code == 303
        assert sign_in(house.browser(), lost).status_code == status


def test_a_session_of_a_passkey_has_a_name_that_nobody_knew(house: House, owner: Browser, mine: Authenticator) -> None:
    browser = house.browser()
    sign_in(browser, mine)
    first = browser.client.cookies["__Host-filiere_person"]
    sign_in(browser, mine)
    assert browser.client.cookies["__Host-filiere_person"] != first
    other = house.browser()
    other.client.cookies.set("__Host-filiere_person", first)
    assert other.get("/account").status_code == 401


def test_only_pages_with_a_script_allow_one_and_only_ours(house: House, owner: Browser) -> None:
    for path in ("/sign-in", "/account"):
        answer = owner.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert re.findall(r"<script[^>]*>[^<]*</script>", answer.text) == [
            '<script src="/static/passkey.js" defer></script>'
        ]
    for path in ("/", "/people", "/tokens", "/nothing"):
        assert "script-src" not in owner.get(path).headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000", "https://192.0.2.1", "https://[2001:db8::1]", "http://a.example"]
)
def test_where_browsers_make_no_passkeys_nobody_is_offered_one(url: str, backend: Backend) -> None:
    clock = FixedClock()
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock, base_url=url) as opened:
        browser = House(instance=opened, clock=clock, url=url).browser()
        answer = browser.get("/sign-in")
        assert "passkey" not in answer.text
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert browser.post("/sign-in/passkey", answer="{}", sealed="").status_code == 401
