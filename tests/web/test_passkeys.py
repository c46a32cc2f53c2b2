"""Passkeys in a real browser, with its own virtual authenticator: made, used, taken away, and found to be copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, CDPSession, Page

from builders.house import PASSWORD
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.principal import CONSOLE, Role
from filiere_platform.settings import Settings, read_settings
from filiere_platform.usecases.people import Administration, invite_person
from servers.filiere import Filiere


@dataclass(frozen=True, kw_only=True)
class Served:
    url: str
    settings: Settings

    def invite(self, login: str) -> str:
        with bootstrap.open_platform(self.settings) as platform, platform.database.unit_of_work() as uow:
            body = uow.members.sector_body()
            assert body is not None
            signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
            doing = Administration(by=CONSOLE, signer=signer, now=platform.clock())
            made = invite_person(uow, doing, body, login=login, name="Anne", roles=frozenset({Role.READER}))
        return f"{self.url}/join?t={made.secret}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An instance under a name: browsers make no passkeys for an address."""
    folder = tmp_path_factory.mktemp("named")
    environment = {"FILIERE_DATA_DIR": str(folder / "data")}
    server = Filiere("serve", environment, folder=folder)
    url = f"http://localhost:{server.port}"
    server.environment["FILIERE_BASE_URL"] = url
    settings = read_settings(environment, log_origin="log.test.example/filiere", base_url=url)
    bootstrap.found(settings, name="Filière d'essai", now=bootstrap.system_clock())
    server.start()
    yield Served(url=url, settings=settings)
    server.stop()


@dataclass
class Device:
    """A browser with an authenticator that verifies its user, who is always there."""

    page: Page
    session: CDPSession
    authenticator: str

    def credentials(self) -> list[dict[str, Any]]:
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        credentials: list[dict[str, Any]] = found["credentials"]
        return credentials

    def take(self, credential: dict[str, Any]) -> None:
        self.session.send("WebAuthn.clearCredentials", {"authenticatorId": self.authenticator})
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.authenticator, "credential": credential})

    def verify_users(self, *, are_verified: bool) -> None:
        values = {"authenticatorId": self.authenticator, "isUserVerified": are_verified}
        self.session.send("WebAuthn.setUserVerified", values)


@pytest.fixture
def device(context: BrowserContext) -> Device:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(page=page, session=session, authenticator=made["authenticatorId"])


def come_in(page: Page, served: Served, login: str) -> None:
    page.goto(served.invite(login))
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_selector("#by-password")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{served.url}/")


def register(page: Page, served: Served, name: str) -> None:
    page.goto(f"{served.url}/account")
    page.fill("#passkey-name", name)
    page.fill("#passkey-password", PASSWORD)
    page.press("#passkey-password", "Enter")
    page.wait_for_selector(f"section[aria-labelledby=passkeys] li:has-text('{name}')")


def leave(page: Page) -> None:
    page.click("form[action='/sign-out'] button")
    page.wait_for_selector("header a[href^='/sign-in']")


def test_a_passkey_is_made_used_and_taken_away(device: Device, served: Served, locale: str) -> None:
    page, login = device.page, f"a-{locale.lower()}@example.org"
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    come_in(page, served, login)
    register(page, served, "Téléphone")
    assert len(device.credentials()) == 1
    assert Axe().run(page).violations_count == 0
    leave(page)
    page.goto(f"{served.url}/sign-in?next=/account")
    assert Axe().run(page).violations_count == 0
    for _ in range(40):  # by keyboard
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#by-passkey button')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served.url}/account")
    assert login in page.inner_text("main")
    assert ("utilisée le" if locale.startswith("fr") else ", used") in page.inner_text(
        "section[aria-labelledby=passkeys]"
    )
    page.click("section[aria-labelledby=passkeys] summary")
    page.fill("section[aria-labelledby=passkeys] input[type=password]", PASSWORD)
    page.click("section[aria-labelledby=passkeys] form button")
    page.wait_for_selector("section[aria-labelledby=passkeys]", state="detached")
    assert complaints == []
    leave(page)
    page.goto(f"{served.url}/sign-in")
    page.click("#by-passkey button")
    page.wait_for_selector("p[role=alert]")


def test_a_copied_authenticator_is_refused(device: Device, served: Served, locale: str) -> None:
    page = device.page
    come_in(page, served, f"b-{locale.lower()}@example.org")
    register(page, served, "Clé")
    (copied,) = device.credentials()
    for _ in range(2):  # the true one goes on
        leave(page)
        page.goto(f"{served.url}/sign-in")
        page.click("#by-passkey button")
        page.wait_for_url(f"{served.url}/")
    leave(page)
    device.take(copied)
    page.goto(f"{served.url}/sign-in")
    page.click("#by-passkey button")
    page.wait_for_selector("p[role=alert]")
    assert page.locator("header form[action='/sign-out']").count() == 0


def test_an_authenticator_that_verifies_nobody_is_told_so_on_the_page(device: Device, served: Served) -> None:
    page = device.page
    device.verify_users(are_verified=False)
    page.goto(f"{served.url}/sign-in")
    page.click("#by-passkey button")
    said = page.locator("#by-passkey [role=status]")
    said.filter(has_text="passkey").or_(said.filter(has_text="clé d'accès")).wait_for()
    assert page.url == f"{served.url}/sign-in"


def test_without_a_script_the_pages_offer_what_works(served: Served, context: BrowserContext) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{served.url}/sign-in")
    assert page.locator("#by-password").is_visible()
    assert not page.locator("#by-passkey").is_visible()
    plain.close()
