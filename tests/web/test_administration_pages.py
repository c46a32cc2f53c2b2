"""The pages of administration in a real browser: both languages, by keyboard, on a telephone, for everybody."""

from __future__ import annotations

import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

from builders.site import DAIRY, Reader, Site
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.principal import CONSOLE, Role
from filiere_platform.usecases.people import Administration, invite_person

PASSWORD = "trois vaches au pré"
BODY, ADMIN = "body@example.org", "admin@example.org"
OF_MEMBER = (
    "/membership",
    "/tokens",
    "/keys",
    "/sharing",
    "/access-requests",
    "/findings",
    "/recalls",
    "/deliveries",
    "/audit",
    "/record/4",
)
OF_BODY = ("/administration",)


@pytest.fixture(scope="module", autouse=True)
def people(site: Site) -> None:
    """An administrator of the sector body, one of the dairy, and somebody who wants to become a member."""
    with bootstrap.open_platform(site.instance.settings) as platform:
        signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
        secrets = []
        for login, uri in ((BODY, ""), (ADMIN, DAIRY)):
            with platform.database.unit_of_work() as uow:
                member = uow.members.by_uri(uri) if uri else uow.members.sector_body()
                assert member is not None
                doing = Administration(by=CONSOLE, signer=signer, now=platform.clock())
                roles = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})
                made = invite_person(uow, doing, member, login=login, name="Jeanne", roles=roles)
                secrets.append(made.secret)
    for secret in secrets:
        assert httpx.post(f"{site.url}/join", data={"t": secret, "password": PASSWORD}).status_code == 303
    asked = {"uri": "urn:filiere:party:siret:73282932000074", "name": "Laiterie du Vexin", "contact": "q@l.example"}
    assert httpx.post(f"{site.url}/apply", data=asked | {"message": "Bonjour\nà vous"}).status_code == 200


def sign_in(reader: Reader, login: str) -> None:
    reader.page.goto(f"{reader.site.url}/sign-in")
    reader.page.fill("#login", login)
    reader.page.fill("#password", PASSWORD)
    reader.page.click("#by-password button")
    reader.page.wait_for_url(f"{reader.site.url}/")


def look(reader: Reader, path: str, locale: str) -> None:
    reader.page.goto(f"{reader.site.url}{path}")
    assert reader.page.locator(".warning").count() == 0, path
    found = Axe().run(reader.page)
    assert found.violations_count == 0, found.generate_report()
    reader.keep_screen(f"{path.strip('/').replace('/', '-')}-{locale[:2]}")


def test_every_page_of_a_member_holds_for_everybody(reader: Reader, locale: str) -> None:
    sign_in(reader, ADMIN)
    for path in OF_MEMBER:
        look(reader, path, locale)
    assert reader.complaints == []


def test_every_page_of_the_sector_body_holds_for_everybody(reader: Reader, locale: str) -> None:
    look(reader, "/apply", locale)
    sign_in(reader, BODY)
    for path in OF_BODY:
        look(reader, path, locale)
    reader.page.click("a:has-text('00001003300017')")
    reader.page.wait_for_url(re.compile("/administration/members/"))
    look(reader, reader.page.url.removeprefix(reader.site.url), locale)
    assert reader.complaints == []


def test_a_telephone_shows_the_pages_without_scrolling_sideways(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 360, "height": 740})
    sign_in(reader, BODY)
    for path in ("/apply", *OF_MEMBER, *OF_BODY):
        reader.page.goto(f"{reader.site.url}{path}")
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_a_token_is_made_and_taken_back_by_keyboard(reader: Reader) -> None:
    sign_in(reader, ADMIN)
    page = reader.page
    page.goto(f"{reader.site.url}/tokens")
    page.focus("#token-name")
    page.keyboard.type("balance 3")
    page.keyboard.press("Enter")
    page.wait_for_selector("#token-text")
    prefix = page.inner_text("#token-text").split("_")[1]
    page.goto(f"{reader.site.url}/tokens")
    page.locator(f"tr:has-text('{prefix}') button").focus()
    page.keyboard.press("Enter")
    page.locator(f"tr:has-text('{prefix}') button").wait_for(state="detached")
    assert reader.complaints == []
