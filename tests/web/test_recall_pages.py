"""A recall in a real browser: two people send it, who is warned answers; for everybody, and without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from builders.site import CHEESE, DAIRY, MILK, SHOP, Reader, Site, holds
from builders.site_people import let_join, sign_in, somebody
from filiere_platform.domain.principal import Role

ROOM = "https://id.gs1.org/414/9521234000006"
RETURNED = {"fr-FR": "retourné 10,5 kg", "en-GB": "returned 10.5 kg"}
FIRST, SECOND, SHOPKEEPER = ("a@recall.example", "b@recall.example", "c@recall.example")


@pytest.fixture(scope="module")
def people(site: Site) -> None:
    """Two people of the dairy's quality department, one of the shop's."""
    let_join(site, {FIRST: DAIRY, SECOND: DAIRY, SHOPKEEPER: SHOP}, Role.QUALITY)


def open_recall(page: Page, site: Site, reason: str, *, sites: str = "") -> str:
    """Open one from the list, as a drill; gives its address."""
    page.goto(f"{site.url}/recalls")
    page.click("details:has(form[action='/recalls/open']) > summary")
    page.fill("#objects", MILK)
    page.fill("#reason", reason)
    page.fill("#sites", sites)
    page.check("#drill")
    page.click("form[action='/recalls/open'] button")
    page.wait_for_url(re.compile(r"/recalls/[0-9a-f]{16}$"))
    return page.url


def approve(page: Page, address: str, act: str) -> None:
    page.goto(address)
    page.click(f"button[value={act}]")
    page.wait_for_load_state()


@pytest.mark.usefixtures("people")
def test_two_people_send_a_recall_and_the_one_who_is_warned_answers(
    reader: Reader, browser: Browser, site: Site, locale: str
) -> None:
    reason = f"Listeria, essai {locale}"
    page = sign_in(reader.page, site, FIRST)
    address = open_recall(page, site, reason, sites=f"{ROOM} 2026-03-01T00:00 2026-03-02T00:00")
    assert "9521234000006" in page.locator("section:has(#lots) > p").first.inner_text()
    lots = page.locator("section:has(#lots)").inner_text()
    assert "L1" in lots, "the suspect"
    assert "F0304" in lots, "and the cheese that was made of it"
    holds(reader, "recall-draft", locale)
    approve(page, address, "send")
    assert page.locator("button[value=send]").count() == 1, "one approval sends nothing"
    with (
        somebody(browser, site, SHOPKEEPER, locale=locale) as shop,
        somebody(browser, site, SECOND, locale=locale) as second,
    ):
        shop.goto(f"{site.url}/recalls")
        assert reason not in shop.content(), "nobody is warned before two people approve"
        approve(second, address, "send")
        assert second.locator("button[value=close]").count() == 1
        shop.goto(f"{site.url}/recalls")
        notice = shop.locator("article", has_text=reason).first
        assert "F0304" in notice.inner_text()
        notice.locator("form[action='/recalls/answer'] button").first.click()  # acknowledged
        notice = shop.locator("article", has_text=reason).first
        form = notice.locator("form[action='/recalls/answer']").last
        form.locator("select[name=lot]").select_option(CHEESE)
        form.locator("select[name=outcome]").select_option("returned")
        form.locator("[name=quantity]").fill("10,5")
        form.locator("[name=uom]").fill("KGM")
        form.locator("button").click()
        assert RETURNED[locale] in shop.locator("article", has_text=reason).first.inner_text()
    page.goto(address)
    assert RETURNED[locale] in page.locator("section[aria-labelledby=consignees]").inner_text()
    holds(reader, "recall-sent", locale)
    page.goto(f"{site.url}/recalls")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    holds(reader, "recall-list", locale)


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("sites", "found"),
    [
        (f"{ROOM} 2026-03-01T00:00", f"{ROOM} 2026-03-01T00:00"),
        (f"{ROOM} hier demain", "hier"),
        ("\n".join([f"{ROOM} 2026-03-01 2026-03-02"] * 21), "21"),
    ],
)
def test_a_period_that_cannot_be_read_is_refused_and_nothing_is_opened(
    browser: Browser, site: Site, locale: str, sites: str, found: str
) -> None:
    with somebody(browser, site, FIRST, locale=locale) as page:
        page.goto(f"{site.url}/recalls")
        before = page.locator("section[aria-labelledby=own] li").count()
        mark = page.locator("form[action='/recalls/open'] [name=mark]")
        marked = {"mark": mark.get_attribute("value") or ""} if mark.count() else {}
        form = {"objects": MILK, "reason": "essai", "sites": sites, **marked}
        refused = page.request.post(f"{site.url}/recalls/open", form=form, headers={"Origin": site.url})
        assert refused.status == 400, refused.text()
        assert found in refused.text()
        page.reload()
        assert page.locator("section[aria-labelledby=own] li").count() == before


@pytest.mark.usefixtures("people")
def test_who_is_warned_reads_it_whoever_he_is(reader: Reader, browser: Browser, site: Site, locale: str) -> None:
    """The notice itself, for everybody: the reason is the issuer's text, and shown as text."""
    reason = f"<img src=x onerror=alert(1)> {locale}"
    with (
        somebody(browser, site, FIRST, locale=locale) as first,
        somebody(browser, site, SECOND, locale=locale) as second,
    ):
        address = open_recall(first, site, reason)
        for page in (first, second):
            approve(page, address, "send")
    page = sign_in(reader.page, site, SHOPKEEPER)
    page.goto(f"{site.url}/recalls")
    assert page.locator("h3", has_text=reason).count() == 1
    holds(reader, "recall-notice", locale)
