"""Members with people in front of browsers: who signs in, posts forms and reads what comes back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from builders.instance import FixedClock, Instance, open_instance
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.principal import CONSOLE, Role
from filiere_platform.domain.totp import STEP_MICROSECONDS, code_at
from filiere_platform.usecases.people import Administration, invite_person
from filiere_platform.usecases.stream import read_stream

PASSWORD = "trois vaches au pré"
SECRET_TEXT = re.compile(r"<code>([A-Z2-7]{32})</code>")  # of an app, on the page of one's account


@dataclass
class Browser:
    """A browser that reads the mark of a page's forms as it posts them."""

    client: httpx.Client
    seen: str = ""
    secrets: list[str] = field(default_factory=list)

    def get(self, path: str) -> httpx.Response:
        answer = self.client.get(path)
        found = re.search(r'name="mark" value="([0-9a-f]{64})"', answer.text)
        self.seen = found[1] if found else ""
        return answer

    def post(self, path: str, **form: str) -> httpx.Response:
        answer = self.client.post(path, data={"mark": self.seen, **form}, follow_redirects=False)
        if answer.is_redirect:
            self.get(answer.headers["location"])
        return answer

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        self.get("/sign-in")
        return self.post("/sign-in", login=login, password=password, **more)


@dataclass
class House:
    """An instance with two members, each with an administrator."""

    instance: Instance
    clock: FixedClock
    url: str = "http://testserver"

    def on_stream(self, uri: str, kind: str) -> list[dict[str, Any]]:
        """Read what a member's stream has of a kind, as CloudEvents."""
        platform = self.instance.platform
        with platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(uri)
            assert member is not None
            page = read_stream(uow, member, after=0, origin=platform.instance.origin, now=self.clock())
        return [json.loads(each.body) for each in page.events if each.kind == kind]

    def browser(self) -> Browser:
        return Browser(TestClient(self.instance.client.app, base_url=self.url))  # type: ignore[attr-defined]

    def invite(self, login: str, *roles: Role, member: str = "") -> str:
        """Make an account at the console; gives the secret of its link."""
        platform = self.instance.platform
        with platform.database.unit_of_work() as uow:
            found = uow.members.by_uri(member) if member else uow.members.sector_body()
            assert found is not None
            signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
            doing = Administration(by=CONSOLE, signer=signer, now=self.clock())
            made = invite_person(uow, doing, found, login=login, name="Jeanne", roles=frozenset(roles))
        return made.secret

    def person(self, login: str, *roles: Role, member: str = "") -> Browser:
        """Somebody who has joined and signed in."""
        secret = self.invite(login, *roles, member=member)
        browser = self.browser()
        browser.secrets.append(secret)
        assert browser.post("/join", t=secret, password=PASSWORD).status_code == 303
        assert browser.sign_in(login).status_code == 303
        return browser


def add_app(house: House, browser: Browser) -> list[str]:
    """Ask for an app's code from now on; gives the recovery codes."""
    page = browser.get("/account").text
    secret = base64.b32decode(SECRET_TEXT.findall(page)[0])
    sealed = re.findall(r'name="sealed" value="([^"]+)"', page)[0]
    code = code_at(secret, house.clock() // STEP_MICROSECONDS)
    added = browser.post("/account/app", sealed=sealed, code=code, password=PASSWORD)
    return re.findall(r"<code>([0-9a-f]{5}(?:-[0-9a-f]{5}){3})</code>", added.text)


@contextmanager
def open_house(folder: Path, database_url: str = "") -> Iterator[House]:
    """Found an instance whose clock stands still until it is told to go on."""
    clock = FixedClock()
    with open_instance(folder, database_url=database_url, clock=clock) as opened:
        yield House(instance=opened, clock=clock)
