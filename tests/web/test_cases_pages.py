"""A case in a real browser: opened from its form, moved by both parties, closed by two people; without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from builders.site import DAIRY, MILK, SHOP, Reader, Site, holds
from builders.site_people import let_join, sign_in, somebody
from filiere_platform.domain.principal import Role

FIRST, SECOND, SHOPKEEPER = ("a@case.example", "b@case.example", "c@case.example")
STATES = {
    "fr-FR": {"sent": "envoyé", "acknowledged": "accusé de réception", "accepted": "accepté", "closed": "clos"},
    "en-GB": {"sent": "sent", "acknowledged": "acknowledged", "accepted": "accepted", "closed": "closed"},
}


@pytest.fixture(scope="module")
def people(site: Site) -> None:
    """Two supervisors of the dairy, one of the shop."""
    let_join(site, {FIRST: DAIRY, SECOND: DAIRY, SHOPKEEPER: SHOP}, Role.SUPERVISOR)


def open_case(page: Page, site: Site, text: str) -> str:
    """Choose the machine, fill its form in; gives the address of the case."""
    page.goto(f"{site.url}/cases?subject={MILK}")
    page.click("section[aria-labelledby=new] li a")
    assert page.input_value("#subjects") == MILK, "what one came with is kept"
    page.fill("#receiver", SHOP)
    page.fill("#new-text", text)
    page.select_option("#new-defect", "temperature")
    page.click("form[action='/cases/open'] button")
    page.wait_for_url(re.compile(r"/cases/[0-9a-f]{16}$"))
    return page.url


def take(page: Page, address: str, to: str, **said: str) -> None:
    page.goto(address)
    form = page.locator(f"form:has(input[name=to][value={to}])")
    summary = page.locator(f"details:has(input[name=to][value={to}]) > summary")
    if not form.locator("button").is_visible():
        summary.click()
    for name, value in said.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("button").click()
    page.wait_for_load_state()


@pytest.mark.usefixtures("people")
def test_a_notice_passes_between_two_members_and_two_people_close_it(
    reader: Reader, browser: Browser, site: Site, locale: str
) -> None:
    text, states = f"<b>9 °C</b> à cœur, {locale}", STATES[locale]
    page = sign_in(reader.page, site, FIRST)
    address = open_case(page, site, text)
    assert page.locator("ol li .lines").first.inner_text() == text, "what was said is shown as text"
    with somebody(browser, site, SHOPKEEPER, locale=locale) as shop:
        shop.goto(f"{site.url}/cases")
        assert address.rpartition("/")[2] not in shop.content(), "a draft is its sender's alone"
        take(page, address, "sent")
        assert states["sent"] in page.locator("dl dd").first.inner_text()
        shop.goto(f"{site.url}/cases")
        waiting = shop.locator("section[aria-labelledby=waiting] li", has_text=address.rpartition("/")[2])
        assert states["sent"] in waiting.inner_text()
        waiting.locator("a").click()
        take(shop, shop.url, "acknowledged")
        take(shop, shop.url, "accepted", **{"field-cause": "vanne", "field-action": "contrôle"})
        assert states["accepted"] in shop.locator("dl dd").first.inner_text()
        assert shop.locator("form[action='/cases/step']").count() == 0, "nothing is the receiver's to do"
    take(page, address, "closed", text="réglé")
    assert page.locator("article[aria-labelledby=proposal] button").count() == 0, "who proposed it does not approve it"
    holds(reader, "case", locale)
    with somebody(browser, site, SECOND, locale=locale) as second:
        second.goto(address)
        proposal = second.locator("article[aria-labelledby=proposal]")
        assert "réglé" in proposal.inner_text()
        proposal.locator("button").click()
        second.wait_for_load_state()
        assert states["closed"] in second.locator("dl dd").first.inner_text()
    page.goto(f"{site.url}/cases?machine=nonconformity")
    others = page.locator("section[aria-labelledby=others] li", has_text=address.rpartition("/")[2])
    assert states["closed"] in others.inner_text()
    holds(reader, "cases", locale)


@pytest.mark.usefixtures("people")
def test_what_is_refused_is_said_in_the_readers_language(browser: Browser, site: Site, locale: str) -> None:
    with somebody(browser, site, FIRST, locale=locale) as page:
        address = open_case(page, site, "essai")
        page.goto(address)
        number = page.locator("input[name=number]").first.get_attribute("value")
        mark = page.locator("input[name=mark]")
        marked = {"mark": mark.first.get_attribute("value") or ""} if mark.count() else {}
        form = {"case": address.rpartition("/")[2], "to": "acknowledged", "number": number or "", **marked}
        refused = page.request.post(
            f"{site.url}/cases/step", form=form, headers={"Origin": site.url, "Accept-Language": locale}
        )
        assert refused.status == 409
        assert {"fr-FR": "ne mène pas à", "en-GB": "does not lead to"}[locale] in refused.text()
