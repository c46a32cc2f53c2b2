"""The pages of people in a real browser: both languages, by keyboard, for everybody, without a script."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page

from builders.house import PASSWORD
from builders.site import Reader, Site, holds
from filiere_platform import bootstrap
from filiere_platform.domain.person import Person
from filiere_platform.domain.totp import STEP_MICROSECONDS, code_at
from filiere_platform.usecases.people import person_by_login


@contextmanager
def open_site(site: Site) -> Iterator[bootstrap.Platform]:
    with bootstrap.open_platform(site.instance.settings) as platform:
        yield platform


def console(site: Site, *arguments: str) -> str:
    """What the operator types, beside the running server."""
    environment = {"FILIERE_DATA_DIR": str(site.instance.settings.data_dir), "FILIERE_BASE_URL": site.url}
    program = "from filiere_platform.cli.main import main; main()"
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(
        command, env={**environment, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def login(locale: str) -> str:
    return f"{time.monotonic_ns()}@{locale.lower()}.example.org"


@pytest.fixture
def link(site: Site, login: str) -> str:
    return console(site, "person", "invite", login, "--name", "Anne Petit", "--role", "administrator")


def tab_to(page: Page, selector: str, *, most: int = 60) -> None:
    """Press the tabulator until the element has the focus, and see that it shows."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} does not show that it has the focus"
            return
    pytest.fail(f"no way to {selector} by keyboard")


def type_into(page: Page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.type(text)


def joined(reader: Reader, link: str, login: str) -> None:
    reader.page.goto(link)
    type_into(reader.page, "#password", PASSWORD)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url(f"{reader.site.url}/sign-in")
    type_into(reader.page, "#login", login)
    type_into(reader.page, "#password", PASSWORD)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url(f"{reader.site.url}/")


def test_the_pages_of_signing_in_hold_for_everybody(reader: Reader, link: str, login: str, locale: str) -> None:
    reader.page.goto(f"{reader.site.url}/sign-in")
    holds(reader, "sign-in-people", locale)
    reader.page.goto(f"{reader.site.url}/sign-in/code")
    holds(reader, "sign-in-code", locale)
    reader.page.goto(link)
    holds(reader, "join", locale)
    joined(reader, link, login)
    for page in ("account", "people"):
        reader.page.goto(f"{reader.site.url}/{page}")
        holds(reader, page, locale)
    for summary in reader.page.locator("details summary").all():
        summary.click()
    holds(reader, "people-open", locale)


def test_somebody_comes_in_adds_an_app_and_comes_in_again_by_keyboard_alone(
    reader: Reader, link: str, login: str, locale: str
) -> None:
    page = reader.page
    joined(reader, link, login)
    page.goto(f"{reader.site.url}/account")
    secret = base64.b32decode(page.locator("section[aria-labelledby=app] code").inner_text())
    type_into(page, "#code", code_at(secret, bootstrap.system_clock() // STEP_MICROSECONDS))
    type_into(page, "#app-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("main li code")
    holds(reader, "recovery-codes", locale)
    recovery = page.locator("main li code").first.inner_text()
    tab_to(page, "form[action='/sign-out'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("header a[href^='/sign-in']")
    page.goto(f"{reader.site.url}/people")  # asks to sign in, and is reached by that
    tab_to(page, "a[href^='/sign-in']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#by-password")
    type_into(page, "#login", login)
    type_into(page, "#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#code")
    type_into(page, "#code", recovery)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{reader.site.url}/people")
    assert [complaint for complaint in reader.complaints if "401" not in complaint] == []


def test_an_administrator_invites_and_suspends_by_keyboard_alone(
    reader: Reader, site: Site, link: str, login: str
) -> None:
    page, invited = reader.page, f"invited-{login}"
    joined(reader, link, login)
    page.goto(f"{site.url}/people")
    type_into(page, "#invited-name", "Bernard")
    type_into(page, "#invited-login", invited)
    tab_to(page, "#new-quality")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert page.locator("#one-time-link").inner_text().startswith(f"{site.instance.settings.base_url}/join?t=")
    assert status_of(site, invited) == "invited"
    person = person_of(site, invited)
    summary = f"tr:has(input[value='{person.id}']) summary"
    tab_to(page, summary, most=200)
    page.keyboard.press("Enter")
    tab_to(page, f"tr:has(input[value='{person.id}']) form:has(input[value='suspend']) button", most=200)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"tr:has(input[value='{person.id}']) input[value='resume']", state="attached")
    assert status_of(site, invited) == "suspended"


def test_a_company_takes_its_invitation_in_a_browser(reader: Reader, site: Site, login: str, locale: str) -> None:
    page, uri = reader.page, f"urn:filiere:party:duns:{time.monotonic_ns() % 10**9:09d}"
    console(site, "member", "add", uri, "--name", "Fromagerie")
    address, text = console(site, "member", "invite", uri).splitlines()
    assert address == f"{site.url}/invitation?t={text}"
    page.goto(address)
    holds(reader, "invitation", locale)
    type_into(page, "#name", "Anne")
    type_into(page, "#login", login)
    type_into(page, "#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#enrolment")
    holds(reader, "first-credentials", locale)
    assert re.fullmatch(r"fil_[0-9a-f]{12}_[\w-]{43}", page.locator("#token-text").inner_text())
    tab_to(page, "main a[href='/sign-in']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#by-password")
    type_into(page, "#login", login)
    type_into(page, "#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/")
    assert "Fromagerie" in page.inner_text("header")


def person_of(site: Site, login: str) -> Person:
    with open_site(site) as platform, platform.database.unit_of_work() as uow:
        return person_by_login(uow, login)


def status_of(site: Site, login: str) -> str:
    return person_of(site, login).status.value
