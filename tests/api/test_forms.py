"""No form of another site, and no form of another session, does anything: played for every route that takes one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from builders.house import Browser, House, open_house
from filiere_platform.domain.principal import Role
from filiere_platform.domain.routes import ROUTES

MACHINES = ("/api/", "/epcis/")  # they take tokens, which no browser sends by itself
FORMS = sorted(path for method, path in ROUTES if method == "POST" and not path.startswith(MACHINES))
PAGES = sorted(
    path for method, path in ROUTES if method == "GET" and not path.startswith((*MACHINES, "/log/")) and "{" not in path
)
FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL)
MARK = re.compile(r'<input type="hidden" name="mark" value="[0-9a-f]{64}">')
EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture(scope="module")
def signed_in(house: House) -> Browser:
    return house.person("a@example.org", *Role)


@pytest.fixture(scope="module")
def other(house: House) -> Browser:
    browser = house.person("b@example.org", *Role)
    browser.get("/account")
    return browser


def place(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "0", path)


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_no_page_of_this_session_made_does_nothing(path: str, signed_in: Browser, other: Browser) -> None:
    for mark in ({}, {"mark": ""}, {"mark": "0" * 64}, {"mark": other.seen}, {"mark": "é"}):
        assert signed_in.client.post(place(path), data=mark).status_code == 403
    assert signed_in.get("/account").status_code == 200  # still in


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("origin", [EVIL, "null", "http://testserver.evil.example", "http://testserver:81"])
def test_a_form_of_another_site_is_not_read(path: str, origin: str, house: House, signed_in: Browser) -> None:
    signed_in.get("/account")
    for browser in (signed_in, house.browser()):  # a stranger, too: nobody is signed in as somebody else
        answer = browser.client.post(place(path), data={"mark": signed_in.seen}, headers={"Origin": origin})
        assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize("path", FORMS)
def test_a_form_that_is_too_large_is_not_read(path: str, house: House) -> None:
    assert house.browser().client.post(place(path), content=b"x=" + b"a" * 2_000_000).status_code == 413


@pytest.mark.parametrize("path", PAGES)
def test_every_form_of_every_page_carries_the_mark(path: str, signed_in: Browser) -> None:
    answer = signed_in.client.get(path, follow_redirects=False)
    forms = FORM.findall(answer.text)
    assert [form for form in forms if not MARK.search(form)] == []
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert forms  # signing out, at least


def test_a_form_never_answers_a_get() -> None:
    assert FORMS
    for path in FORMS:
        reads = ("GET", path) in ROUTES
        # What both shows and takes a form shows at GET; everything else has no GET at all, which a link would send.
        assert not reads or ROUTES["GET", path] == ROUTES["POST", path] or path.count("/") == 1
