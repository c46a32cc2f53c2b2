"""The register in a real browser: for everybody, without a script, a certificate's state in words and by an icon."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

from builders.site import DAIRY, SHOP, Reader, Site
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.principal import CONSOLE, Role
from filiere_platform.usecases.people import Administration, invite_person

PASSWORD = "trois vaches au pré"
TABLE = (
    "code;nom;relations;identifiants;certificat;numéro;valable du;valable au;décisions;produit;contact\n"
    f"B1;Boutique;client;{SHOP};IFS;1;01/01/2020;31/12/2099;;Tomme;Jeanne\n"
    ";;;;BRC;2;01/01/2020;31/12/2020;;;\n"
    ";;;;ISO;3;;;suspendu 01/01/2026;;\n"
)


@pytest.fixture(scope="module")
def login(site: Site) -> str:
    """A person of the dairy's quality department."""
    with bootstrap.open_platform(site.instance.settings) as platform, platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(DAIRY)
        assert member is not None
        signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
        doing = Administration(by=CONSOLE, signer=signer, now=platform.clock())
        made = invite_person(uow, doing, member, login="q@dairy.example", name="Q", roles=frozenset({Role.QUALITY}))
    joined = httpx.post(f"{site.url}/join", data={"t": made.secret, "password": PASSWORD})
    assert joined.status_code == 303, joined.text
    return made.person.login


@pytest.fixture
def keeper(reader: Reader, login: str, tmp_path: Path) -> Reader:
    page = reader.page
    page.goto(f"{reader.site.url}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{reader.site.url}/")
    table = tmp_path / "liste.csv"
    table.write_text(TABLE, encoding="utf-8")
    page.goto(f"{reader.site.url}/suppliers/import")
    page.set_input_files("#file", table)
    page.click("button[name=import]")
    page.wait_for_selector("#found")
    return reader


PAGES = {
    "import": (),
    "register": ("main a[href='/suppliers']",),
    "partner": ("main a[href='/suppliers']", "tbody th a"),
}


def follow(reader: Reader, name: str) -> None:
    for link in PAGES[name]:
        reader.page.click(link)
        reader.page.wait_for_load_state()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_register_holds_for_everybody(name: str, keeper: Reader, locale: str) -> None:
    follow(keeper, name)
    keeper.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    found = Axe().run(keeper.page)
    assert found.violations_count == 0, found.generate_report()
    keeper.keep_screen(f"suppliers-{name}-{locale[:2]}")
    assert keeper.complaints == []


def test_a_partner_is_invited_from_its_page_and_finds_its_application_filled_in(keeper: Reader, locale: str) -> None:
    page, site = keeper.page, keeper.site
    page.goto(f"{site.url}/suppliers")
    page.fill("form[action='/suppliers/add'] [name=code]", f"N-{locale}")
    page.fill("form[action='/suppliers/add'] [name=name]", "Ferme neuve")
    page.fill("form[action='/suppliers/add'] [name=identifiers]", "urn:filiere:party:siret:73282932000074")
    page.click("form[action='/suppliers/add'] button")
    page.wait_for_selector("form[action$='/invite']")
    page.click("form[action$='/invite'] button")
    mail = page.inner_text("section[aria-labelledby=mail] pre")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    keeper.keep_screen(f"suppliers-invite-{locale[:2]}")
    (link,) = re.findall(r"\S+/invited\?t=\S+", mail)
    page.goto(f"{site.url}/invited?{link.partition('?')[2]}")
    assert page.input_value("[name=name]") == "Ferme neuve"
    assert page.input_value("[name=uri]") == "urn:filiere:party:siret:73282932000074"
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    keeper.keep_screen(f"invited-{locale[:2]}")
    page.fill("[name=contact]", "ferme@example.org")
    page.click("form[action='/invited'] button")
    page.wait_for_selector("main .note")
    assert page.locator("form[action='/invited']").count() == 0
    assert keeper.complaints == []


def test_a_certificate_is_told_in_words_and_by_an_icon(keeper: Reader, locale: str) -> None:
    follow(keeper, "partner")
    keeper.page.wait_for_selector("section[aria-labelledby=certificates]")
    cells = keeper.page.locator("section[aria-labelledby=certificates] tbody tr td:nth-child(3)").all_inner_texts()
    words = ["valable", "échu", "suspendu"] if locale.startswith("fr") else ["valid", "expired", "suspended"]
    assert [cell[1:].strip() for cell in cells] == words
    assert [cell[0] for cell in cells] == ["✓", "✗", "⏸"]
    assert "1" in keeper.page.inner_text("section[aria-labelledby=scorecard]")
