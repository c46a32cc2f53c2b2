"""The pages in a real browser: both languages, by keyboard, without a script, for everybody."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from builders.events import ABSENT, an_object_event
from builders.site import CHEESE, DAIRY, HOSTILE, MILK, PALLET, RIVAL, SHOP, Reader, Site

PAGES = {
    "home": lambda site: f"{site.url}/",
    "sign-in": lambda site: f"{site.url}/sign-in",
    "lot": lambda site: site.lot(CHEESE),
    "upstream": lambda site: site.lot(CHEESE, direction="up"),
    "folded": lambda site: site.lot(CHEESE, fold="day", collapse="sources"),
    "as of then": lambda site: site.lot(CHEESE, as_of="8", fold="site"),
    "pallet": lambda site: site.lot(PALLET),
    "state at a time": lambda site: site.lot(CHEESE, state_at="2026-03-04T12:00"),
    "balance": lambda site: f"{site.url}/balance?object={CHEESE}&dilution=on",
    "reports": lambda site: f"{site.url}/reports?report=recipients&from=2020-01-01&to=2100-01-01",
    "accounts": lambda site: f"{site.url}/accounts?counter=on-hand&subject={CHEESE}",
    "sets": lambda site: f"{site.url}/sets?object={CHEESE}",
    "investigation": lambda site: f"{site.url}/investigation?object={CHEESE}",
    "record": lambda site: f"{site.url}/record/4",
    "findings": lambda site: f"{site.url}/findings?state=all",
    "no finding": lambda site: f"{site.url}/findings/999999",
    "mandates": lambda site: f"{site.url}/mandates",
    "master data": lambda site: f"{site.url}/master-data",
    "acts": lambda site: f"{site.url}/audit",
    "unknown lot": lambda site: site.lot("urn:filiere:lot:siret:00001003300017:X:NEVER"),
    "not an identifier": lambda site: f"{site.url}/?q=%3Cb%3E",
}

REFUSED = {"no finding": 404, "unknown lot": 404, "not an identifier": 400}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_holds_for_everybody(name: str, reader: Reader, locale: str) -> None:
    """axe-core finds nothing, in either language; a screen of each page is kept beside the test reports."""
    reader.sign_in(DAIRY)
    answer = reader.page.goto(PAGES[name](reader.site))
    assert answer is not None
    assert answer.status == REFUSED.get(name, 200)
    assert reader.page.locator("html").get_attribute("lang") == locale[:2]
    found = Axe().run(reader.page)
    assert found.violations_count == 0, found.generate_report()
    reader.keep_screen(f"{name}-{locale[:2]}")


def test_what_is_public_of_a_digital_link_is_a_page_for_everybody(reader: Reader, locale: str) -> None:
    shelf = "https://id.gs1.org/414/3952000000009"
    event = an_object_event(
        action="OBSERVE", quantityList=ABSENT, ilmd=ABSENT, epcList=[f"{shelf}/254/{locale}"], readPoint={"id": shelf}
    )
    reader.site.senders[RIVAL].send_events({**event, "filiere:sharing": "public"}).raise_for_status()
    reader.page.goto(f"{reader.site.url}/414/3952000000009")
    text = reader.page.inner_text("main")
    assert ("fabrication" if locale.startswith("fr") else "commissioning") in text
    found = Axe().run(reader.page)
    assert found.violations_count == 0, found.generate_report()
    assert reader.complaints == []
    reader.keep_screen(f"digital-link-{locale[:2]}")


@pytest.mark.parametrize(
    "typed",
    [CHEESE, "(01)09521234000013(10)F0304", "09521234000013 F0304", "urn:epc:class:lgtin:9521234.000001.F0304"],
)
def test_whatever_is_typed_or_scanned_leads_to_the_lot(typed: str, reader: Reader) -> None:
    reader.sign_in(DAIRY)
    reader.page.fill("#q", typed)
    reader.page.press("#q", "Enter")
    reader.page.wait_for_selector("h1:has-text('F0304')")
    assert reader.complaints == []


def test_the_lot_page_says_what_came_in_what_went_out_and_what_is_missing(reader: Reader, locale: str) -> None:
    reader.sign_in(DAIRY)
    reader.page.goto(reader.site.lot(CHEESE))
    text = reader.page.inner_text("main")
    french = locale.startswith("fr")
    assert ("10,5 kg" if french else "10.5 kg") in text
    assert ("5 enregistrements vérifiés" if french else "5 records verified") in text
    assert ("1 attestés à réception" if french else "1 attested on receipt") in text
    assert ("aucune réception n'est déclarée" if french else "no reception is declared") in text
    assert reader.page.locator("svg .box.came").count() == 1  # the pallet, at the shop
    links = reader.page.locator("svg a:not(:has(.came))")
    assert links.count() == 3  # milk, cheese, pallet: what also came of the milk is not this cheese's story
    assert reader.page.locator("svg .here").count() == 1
    assert reader.complaints == []


def test_the_proofs_are_told_in_words_and_by_an_icon_in_sum_and_of_each_record(reader: Reader, locale: str) -> None:
    reader.sign_in(DAIRY)
    reader.page.goto(reader.site.lot(CHEESE))
    checks = reader.page.locator("ul.checks li")
    assert checks.count() == 6
    names = [name.lower() for name in reader.page.locator("ul.checks strong").all_inner_texts()]
    french = locale.startswith("fr")
    assert names[0] == "signature"
    assert names[-1] == ("champs retenus" if french else "fields withheld")
    assert all(icon.strip() for icon in reader.page.locator("ul.checks .icon").all_inner_texts())
    rows = reader.page.locator("section[aria-labelledby=events] tbody tr")
    assert rows.filter(has_text="attesté par la plateforme" if french else "attested by the platform").count() == 1
    rows.first.locator("a").first.click()
    said = reader.page.inner_text("dl")
    assert ("clé inscrite au journal" if french else "key registered in the log") in said
    assert ("aucun témoin" if french else "no witness") in said
    assert reader.complaints == []


def test_the_drawing_and_its_table_say_the_same(reader: Reader) -> None:
    reader.sign_in(DAIRY)
    reader.page.goto(reader.site.lot(CHEESE))
    answer = reader.page.request.get(reader.site.lot(CHEESE, page="/lot.json")).json()
    steps = [edge for edge in answer["edges"] if edge["kind"] != "moved"]
    assert reader.page.locator("svg path.arrow:not(.moved)").count() == len(steps)
    moves = {(key, edge["to"]) for edge in answer["edges"] if edge["kind"] == "moved" for key in edge["objects"]}
    assert reader.page.locator("svg path.arrow.moved").count() <= len(moves)
    assert reader.page.locator("svg .box.came").count() == reader.page.locator("svg path.arrow.moved").count()
    assert reader.page.locator("section[aria-labelledby=steps] tbody tr").count() == len(answer["edges"])
    assert reader.page.locator("section[aria-labelledby=events] tbody tr").count() == len(answer["events"])


def test_an_auditor_needs_no_mouse(reader: Reader) -> None:
    page = reader.page
    reader.sign_in(SHOP)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")  # past the menu, however long it has become
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type(CHEESE)
    page.keyboard.press("Enter")
    page.wait_for_selector("svg")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('svg') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('L1')")
    assert reader.complaints == []


def test_many_objects_are_asked_about_by_keyboard_and_the_answer_holds_for_everybody(reader: Reader) -> None:
    page = reader.page
    reader.sign_in(DAIRY)
    page.goto(f"{reader.site.url}/sets")
    page.focus("#objects")
    page.keyboard.type(f"{CHEESE}\n{HOSTILE}")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.focus("form[action='/sets'] button:not([name])")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result")
    assert page.is_checked("#ask-ancestors")
    assert page.locator("#common-lots + div tbody tr a").first.inner_text() == "L1"
    assert Axe().run(page).violations_count == 0
    assert reader.complaints == []


def test_where_incidents_come_from_is_asked_by_keyboard_and_the_answer_holds_for_everybody(reader: Reader) -> None:
    page = reader.page
    reader.sign_in(DAIRY)
    page.goto(f"{reader.site.url}/investigation?object={CHEESE}")
    page.focus("#incidents")
    page.keyboard.type(SHOP)
    page.focus("form[action='/investigation'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("#result")
    assert page.locator("#deliveries + div tbody tr").first.locator("td").nth(4).inner_text() == "1"
    assert Axe().run(page).violations_count == 0
    assert reader.complaints == []
    reader.keep_screen("investigation-answer")


def test_a_trace_is_folded_opened_and_kept_by_links_alone(reader: Reader) -> None:
    """By keyboard: fold by product, open the group, take the permanent link; each is an address of its own."""
    page = reader.page
    reader.sign_in(DAIRY)
    page.goto(reader.site.lot(MILK))
    objects = page.locator("svg a").count()
    page.focus("nav.choices a[href*='fold=day']")
    page.keyboard.press("Enter")
    page.wait_for_selector("nav.choices strong:has-text('jour'), nav.choices strong:has-text('day')")
    groups = page.locator("section[aria-labelledby=groups] tbody tr")
    assert page.locator("svg .fold:not(.behind)").count() == groups.count() > 0
    assert page.locator("svg a").count() < objects
    page.focus("svg a:has(.fold)")
    page.keyboard.press("Enter")
    page.wait_for_url("**open=fold-**")
    assert groups.count() == 0 or page.locator("svg a").count() > 1
    page.click("text=/Lien permanent|Permanent link/")
    assert "as_of=" in page.url
    assert page.locator("p.note a[href*='fold=day']").count() == 1, "the way back to now keeps the choices"
    assert reader.complaints == []


def test_the_tables_are_taken_as_files_that_a_spreadsheet_opens(reader: Reader) -> None:
    reader.sign_in(DAIRY)
    reader.page.goto(reader.site.lot(CHEESE))
    for link in reader.page.locator("a[href^='/lot.csv']").all():
        answer = reader.page.request.get(f"{reader.site.url}{link.get_attribute('href')}")
        assert answer.headers["content-type"].startswith("text/csv")
        assert len(answer.text().splitlines()) > 1


def test_everything_works_without_javascript(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(f"{site.url}/sign-in")
    page.fill("#token", site.senders[DAIRY].token)
    page.click("#by-token button")
    page.fill("#q", MILK)
    page.click("main button")
    assert page.locator("h1").inner_text().startswith("L1")
    page.click("svg a >> nth=1")
    assert page.locator("section[aria-labelledby=verdict] p.holds").count() == 1
    page.click("text=English")
    assert page.locator("html").get_attribute("lang") == "en"
    page.click("text=Sign out")
    assert page.locator("text=You are not signed in").count() == 1
    context.close()


def test_other_peoples_text_is_text(reader: Reader) -> None:
    reader.sign_in(DAIRY)
    for address in (f"{reader.site.url}/", reader.site.lot(HOSTILE), reader.site.lot(MILK)):
        reader.page.goto(address)
        assert "<script>alert(2)</script>" in reader.page.inner_text("main")
        assert reader.page.locator("main img, main script").count() == 0
    assert reader.complaints == []
