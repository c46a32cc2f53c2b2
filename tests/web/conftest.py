"""One served instance with a small story, and Debian's Chromium to look at it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

import browsers
from builders.company import ServedInstance
from builders.site import DAIRY, ORIGIN, RIVAL, SHOP, Reader, Site, enrol, tell, wait_published
from filiere_platform import bootstrap
from filiere_platform.settings import read_settings
from servers.filiere import Filiere


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    environment = {"FILIERE_DATA_DIR": str(folder / "data"), "FILIERE_PUBLISH_EVERY_MS": "20"}
    settings = read_settings(environment, log_origin=ORIGIN, sector="food")
    bootstrap.found(settings, name="Filière d'essai", now=bootstrap.system_clock())
    server = Filiere("serve", environment, folder=folder)
    server.start()
    found = Site(instance=ServedInstance(settings=settings, server=server))
    try:
        with httpx.Client(base_url=server.url, timeout=30) as client:
            for uri in (DAIRY, SHOP, RIVAL):
                found.senders[uri] = enrol(found, uri, client, folder)
            tell(found)
            wait_published(client)
            yield found
    finally:
        server.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as opened:
        yield opened


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    try:
        program = browsers.provide()
    except browsers.BrowserMissingError as error:
        pytest.skip(str(error))
    opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
    yield opened
    opened.close()


@pytest.fixture(params=["fr-FR", "en-GB"])
def locale(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def context(browser: Browser, locale: str) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale=locale, viewport={"width": 1280, "height": 900}, java_script_enabled=True)
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


@pytest.fixture
def reader(context: BrowserContext, site: Site) -> Iterator[Reader]:
    """A reader; at the end nothing may have been loaded from elsewhere, run, or complained of."""
    page = context.new_page()
    found = Reader(page=page, site=site)
    elsewhere: list[str] = []
    page.on("console", lambda message: found.complaints.append(message.text))
    page.on("dialog", lambda dialog: (found.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(site.url) else elsewhere.append(request.url))
    yield found
    assert elsewhere == []
