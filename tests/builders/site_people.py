"""People of the site's members, invited at the console, who sign in with a password in browsers of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import httpx
from playwright.sync_api import Browser, Page

from builders.site import Site
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.principal import CONSOLE, Role
from filiere_platform.usecases.people import Administration, invite_person

PASSWORD: Final = "trois vaches au pré"


def let_join(site: Site, people: Mapping[str, str], *roles: Role) -> None:
    """Invite people, by login and the URI of their member, and let each choose the password."""
    with bootstrap.open_platform(site.instance.settings) as platform, platform.database.unit_of_work() as uow:
        signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
        doing = Administration(by=CONSOLE, signer=signer, now=platform.clock())
        secrets = []
        for login, uri in people.items():
            member = uow.members.by_uri(uri)
            assert member is not None
            made = invite_person(uow, doing, member, login=login, name=login, roles=frozenset(roles))
            secrets.append(made.secret)
    for secret in secrets:
        assert httpx.post(f"{site.url}/join", data={"t": secret, "password": PASSWORD}).status_code == 303


def sign_in(page: Page, site: Site, login: str) -> Page:
    page.goto(f"{site.url}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{site.url}/")
    return page


@contextmanager
def somebody(browser: Browser, site: Site, login: str, *, locale: str) -> Iterator[Page]:
    """Another person, in a browser of his own that runs no script."""
    context = browser.new_context(locale=locale, java_script_enabled=False)
    context.set_default_timeout(20_000)
    try:
        yield sign_in(context.new_page(), site, login)
    finally:
        context.close()
