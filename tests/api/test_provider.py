"""Signing in through an identity provider, and everything that a provider, or who stands between, would try."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from builders.house import PASSWORD, Browser, House, add_app
from builders.instance import FixedClock, open_instance
from builders.provider import CLIENT_ID, CLIENT_SECRET, Rogue, hs256, new_key, serve
from conftest import Backend
from filiere_platform.domain.oidc_flow import LIFETIME
from filiere_platform.domain.principal import Role
from filiere_platform.settings import SettingsError, read_settings
from filiere_platform.usecases.identity_provider import (
    LARGEST_DOCUMENT,
    LEEWAY_SECONDS,
    LONGEST_AGE_SECONDS,
    LONGEST_SUBJECT,
)

URL = "https://trace.example.org"
BACK = "/sign-in/provider/back"


@pytest.fixture
def rogue() -> Iterator[Rogue]:
    with serve(Rogue()) as served:
        yield served


@pytest.fixture
def house(backend: Backend, rogue: Rogue) -> Iterator[House]:
    clock = FixedClock()
    rogue.clock = lambda: clock() // 1_000_000
    with open_instance(
        backend.folder,
        database_url=backend.database_url,
        clock=clock,
        base_url=URL,
        oidc_issuer=rogue.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_name="Annuaire",
    ) as opened:
        yield House(instance=opened, clock=clock, url=URL)


def onward(answer: httpx.Response) -> str:
    """Where a page leads on to by itself."""
    assert answer.status_code == 200, re.findall(r'role="alert">([^<]+)', answer.text)
    return html.unescape(re.findall(r'<meta http-equiv="refresh" content="0; url=([^"]*)">', answer.text)[0])


def leave(browser: Browser, following: str = "/") -> str:
    answer = browser.client.get("/sign-in/provider", params={"next": following}, follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["location"]


def come_back(browser: Browser, query: str) -> httpx.Response:
    return browser.client.get(f"{BACK}?{query}", follow_redirects=False)


def sign_in(browser: Browser, rogue: Rogue, following: str = "/", **changes: str) -> httpx.Response:
    return come_back(browser, rogue.authorize(leave(browser, following), **changes))


def link(browser: Browser, rogue: Rogue, password: str = PASSWORD) -> httpx.Response:
    browser.get("/account")
    answer = browser.post("/account/provider", password=password)
    if answer.status_code != 200:
        return answer
    return come_back(browser, rogue.authorize(onward(answer)))


@pytest.fixture
def owner(house: House, rogue: Rogue) -> Browser:
    browser = house.person("a@example.org", Role.ADMINISTRATOR)
    assert onward(link(browser, rogue)) == "/account"
    return browser


def test_who_has_linked_the_account_comes_in_and_is_led_on(house: House, owner: Browser, rogue: Rogue) -> None:
    browser = house.browser()
    assert "Annuaire" in browser.get("/sign-in?next=/people").text
    assert onward(sign_in(browser, rogue, "/people")) == "/people"
    assert browser.get("/people").status_code == 200
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
        assert onward(sign_in(house.browser(), rogue, elsewhere)) == "/"


def test_what_leaves_with_the_browser(house: House, rogue: Rogue) -> None:
    asked = parse_qs(urlsplit(leave(house.browser())).query)
    again = parse_qs(urlsplit(leave(house.browser())).query)
    assert asked["redirect_uri"] == [f"{URL}{BACK}"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name][0]) == 43
        assert asked[name] != again[name]
    assert CLIENT_SECRET not in str(asked)


def test_nobody_comes_in_whom_nobody_has_linked_whatever_address_the_provider_says(
    house: House, owner: Browser, rogue: Rogue
) -> None:
    rogue.subject = "somebody else"
    for mail in ({}, {"email": "a@example.org", "email_verified": True}, {"email": "a@example.org"}):
        rogue.claims = {**mail, "preferred_username": "a@example.org"}
        refused = sign_in(house.browser(), rogue)
        assert refused.status_code == 401
        assert "filiere_person" not in str(refused.headers.get_list("set-cookie")).replace('filiere_person=""', "")


WRONG: dict[str, Callable[[Rogue, int], dict[str, Any]]] = {
    "nonce of another flow": lambda _, __: {"claims": {"nonce": "x" * 43}},
    "no nonce": lambda _, __: {"claims": {"nonce": None}},
    "another issuer": lambda _, __: {"claims": {"iss": "https://evil.example"}},
    "no issuer": lambda _, __: {"claims": {"iss": None}},
    "another audience": lambda _, __: {"claims": {"aud": "another"}},
    "no audience": lambda _, __: {"claims": {"aud": None}},
    "another party's": lambda _, __: {"claims": {"aud": [CLIENT_ID, "another"], "azp": "another"}},
    "expired": lambda _, now: {"claims": {"exp": now - LEEWAY_SECONDS - 1}},
    "no end": lambda _, __: {"claims": {"exp": None}},
    "not yet": lambda _, now: {"claims": {"iat": now + LEEWAY_SECONDS + 2}},
    "long ago": lambda _, now: {"claims": {"iat": now - LONGEST_AGE_SECONDS - 1}},
    "no time": lambda _, __: {"claims": {"iat": None}},
    "no subject": lambda _, __: {"claims": {"sub": None}},
    "an empty subject": lambda _, __: {"claims": {"sub": ""}},
    "a number": lambda _, __: {"claims": {"sub": 1}},
    "too long a subject": lambda _, __: {"claims": {"sub": "x" * (LONGEST_SUBJECT + 1)}},
    "alg none": lambda _, __: {"header": {"alg": "none"}, "sign": lambda _: b""},
    "alg NONE": lambda _, __: {"header": {"alg": "NONE"}, "sign": lambda _: b""},
    "HS256 with our secret": lambda _, __: {"header": {"alg": "HS256"}, "sign": hs256(CLIENT_SECRET.encode())},
    "HS256 with the public key": lambda rogue, __: {
        "header": {"alg": "HS256"},
        "sign": hs256(str(rogue.public_keys()[0]).encode()),
    },
    "a key of its own in the header": lambda _, __: {
        "header": {"jwk": Rogue(key=new_key()).public_keys()[0], "kid": None},
        "sign": Rogue(key=new_key()).es256,
    },
    "another key": lambda _, __: {"sign": Rogue(key=new_key()).es256},
    "an unknown key": lambda _, __: {"header": {"kid": "2"}, "sign": Rogue(key=new_key()).es256},
    "an unknown crit": lambda _, __: {"header": {"crit": ["x"], "x": 1}},
}


def test_a_token_that_is_wrong_in_one_thing_lets_nobody_in(house: House, owner: Browser, rogue: Rogue) -> None:
    let_in = []
    for name, wrong in WRONG.items():
        house.clock.advance(60_000)
        browser = house.browser()
        for attribute, value in wrong(rogue, rogue.clock()).items():
            setattr(rogue, attribute, value)
        refused = sign_in(browser, rogue)
        rogue.claims, rogue.header, rogue.sign = {}, {}, None
        if refused.status_code != 401 or browser.get("/account").status_code != 401:
            let_in.append(name)
        assert onward(sign_in(house.browser(), rogue)) == "/"
    assert let_in == []


def test_a_clock_that_is_a_little_off_is_forgiven(house: House, owner: Browser, rogue: Rogue) -> None:
    for off in (-LEEWAY_SECONDS + 5, LEEWAY_SECONDS - 5):
        rogue.claims = {"iat": rogue.clock() + off, "exp": rogue.clock() + max(off, -LEEWAY_SECONDS + 5)}
        assert onward(sign_in(house.browser(), rogue)) == "/"


def test_a_state_that_is_missing_another_or_used_lets_nobody_in(house: House, owner: Browser, rogue: Rogue) -> None:
    assert sign_in(house.browser(), rogue, state="").status_code == 401
    assert sign_in(house.browser(), rogue, state="x" * 43).status_code == 401
    browser = house.browser()
    query = rogue.authorize(leave(browser))
    kept = dict(browser.client.cookies)
    assert onward(come_back(browser, query)) == "/"
    replayed = house.browser()
    for name, value in kept.items():
        replayed.client.cookies.set(name, value)
    assert come_back(replayed, query).status_code == 401
    assert come_back(house.browser(), query).status_code == 401  # nothing was brought along


def test_an_answer_is_for_the_browser_that_left(house: House, owner: Browser, rogue: Rogue) -> None:
    """Nobody is signed in as the attacker, nor the attacker as his victim, by an address that is passed on."""
    attacker, victim = house.browser(), house.browser()
    query = rogue.authorize(leave(attacker))
    leave(victim)
    assert come_back(victim, query).status_code == 401
    stolen = house.browser()
    for name, value in dict(attacker.client.cookies).items():
        if "before" not in name:  # the flow without what it is bound to
            stolen.client.cookies.set(name, value)
    assert come_back(stolen, query).status_code == 401


def test_an_answer_that_comes_too_late_is_none(house: House, owner: Browser, rogue: Rogue) -> None:
    browser = house.browser()
    query = rogue.authorize(leave(browser))
    house.clock.advance(LIFETIME // 1_000)
    assert come_back(browser, query).status_code == 401


def test_providers_cannot_be_mixed_up(house: House, owner: Browser, rogue: Rogue) -> None:
    assert sign_in(house.browser(), rogue, iss="https://evil.example").status_code == 401
    assert sign_in(house.browser(), rogue, iss="").status_code == 401  # it said that it names itself
    assert sign_in(house.browser(), rogue, code="", error="access_denied").status_code == 401


def test_a_code_is_of_no_use_without_the_verifier(house: House, owner: Browser, rogue: Rogue) -> None:
    first, second = house.browser(), house.browser()
    query = parse_qs(rogue.authorize(leave(first)))
    state = parse_qs(urlsplit(leave(second)).query)["state"][0]
    refused = come_back(second, f"code={query['code'][0]}&state={state}&iss={rogue.issuer}")
    assert refused.status_code == 401


def test_linking_needs_the_password_and_a_subject_that_is_nobodys(house: House, owner: Browser, rogue: Rogue) -> None:
    other = house.person("b@example.org", Role.READER)
    assert link(other, rogue, password="not the password").status_code == 401
    assert link(other, rogue).status_code == 400
    rogue.subject = "subject-2"
    assert onward(link(other, rogue)) == "/account"
    assert onward(sign_in(house.browser(), rogue)) == "/"
    other.get("/account")
    assert other.post("/account/provider/remove", password="not the password").status_code == 401
    other.get("/account")
    assert other.post("/account/provider/remove", password=PASSWORD).status_code == 303
    assert sign_in(house.browser(), rogue).status_code == 401
    rogue.subject = "subject-1"
    assert onward(sign_in(house.browser(), rogue)) == "/"


def test_who_may_not_come_in_does_not_by_a_provider_either(house: House, owner: Browser, rogue: Rogue) -> None:
    rogue.subject = "subject-2"
    person = house.person("b@example.org", Role.READER)
    assert onward(link(person, rogue)) == "/account"
    row = next(part for part in owner.get("/people").text.split("<tr>") if "<td>b@example.org</td>" in part)
    target = re.findall(r'name="person" value="([0-9a-f]{16})"', row)[0]
    for change, status in (("suspend", 401), ("resume", 200), ("forget-app", 401)):
        owner.get("/people")
        assert owner.post("/people/change", person=target, change=change).status_code == 303
        assert sign_in(house.browser(), rogue).status_code == status


def test_a_provider_that_answers_wrongly_is_away_and_the_rest_works(house: House, rogue: Rogue) -> None:
    rogue.document = {"issuer": "https://evil.example"}
    browser = house.browser()
    away = browser.client.get("/sign-in/provider", follow_redirects=False)
    assert away.status_code == 400
    assert "location" not in away.headers
    rogue.document = {}
    rogue.padding = LARGEST_DOCUMENT
    assert browser.client.get("/sign-in/provider", follow_redirects=False).status_code == 400
    rogue.padding = 0
    assert leave(browser).startswith(rogue.issuer)
    assert browser.get("/sign-in").status_code == 200


@pytest.mark.parametrize("place", ["token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("inside", ["http://127.0.0.2:1/", "https://169.254.169.254/latest", "file:///etc/passwd"])
def test_a_provider_has_us_ask_nobody_inside(place: str, inside: str, house: House, rogue: Rogue) -> None:
    rogue.document = {place: inside}
    refused = sign_in(house.browser(), rogue)
    assert refused.status_code in {400, 401}


def test_discovery_and_keys_are_asked_for_once_and_again_for_a_new_key_not_too_often(
    house: House, owner: Browser, rogue: Rogue
) -> None:
    for _ in range(3):
        assert onward(sign_in(house.browser(), rogue)) == "/"
    assert rogue.asked.count("/.well-known/openid-configuration") == 1
    assert rogue.asked.count("/jwks") == 1
    rogue.header = {"kid": "made up"}
    for _ in range(3):
        assert sign_in(house.browser(), rogue).status_code == 401
    assert rogue.asked.count("/jwks") == 1  # just read


def test_the_password_of_an_app_is_asked_for_after_the_provider_too(house: House, owner: Browser, rogue: Rogue) -> None:
    codes = add_app(house, owner)
    browser = house.browser()
    assert onward(sign_in(browser, rogue, "/people")) == "/sign-in/code?next=%2Fpeople"
    assert browser.get("/people").status_code == 401
    browser.get("/sign-in/code")
    assert browser.post("/sign-in/code", code=codes[0], next="/people").headers["location"] == "/people"


@pytest.mark.parametrize(
    "wrong",
    [
        {"FILIERE_OIDC_ISSUER": "http://idp.example.org", "FILIERE_OIDC_CLIENT_ID": "x"},
        {"FILIERE_OIDC_ISSUER": "https://idp.example.org"},
        {"FILIERE_OIDC_ISSUER": "https://user:pw@idp.example.org", "FILIERE_OIDC_CLIENT_ID": "x"},
        {"FILIERE_OIDC_ISSUER": "https://idp.example.org?x=1", "FILIERE_OIDC_CLIENT_ID": "x"},
    ],
)
def test_settings_that_would_not_hold_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="OIDC_ISSUER"):
        read_settings(wrong)
