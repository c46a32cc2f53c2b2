"""Signing in through a certified OpenID provider that somebody else has written, in its own language, on loopback."""

from __future__ import annotations

import html
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

import programs
from builders.house import PASSWORD, Browser, House
from builders.instance import FixedClock, open_instance
from filiere_platform import bootstrap
from filiere_platform.domain.principal import Role

SCRIPT = Path(__file__).with_name("provider.mjs")
URL = "https://trace.example.org"
BACK = f"{URL}/sign-in/provider/back"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    try:
        program, folder = programs.node()
    except programs.ProgramMissingError as error:
        pytest.skip(str(error))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    copy = folder / f"{os.getpid()}-{SCRIPT.name}"  # Node resolves an import from where the module lies
    shutil.copyfile(SCRIPT, copy)
    process = subprocess.Popen(
        [program, copy, str(port), BACK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        copy.unlink()


@pytest.fixture
def house(tmp_path: Path, issuer: str) -> Iterator[House]:
    # The provider's clock is the machine's: so is the instance's.
    clock = FixedClock(now=bootstrap.system_clock())
    provider = {"oidc_issuer": issuer, "oidc_client_id": "filiere", "oidc_client_secret": "a secret of the tests"}
    with open_instance(tmp_path, clock=clock, base_url=URL, **provider) as opened:
        yield House(instance=opened, clock=clock, url=URL)


def consent(address: str, account: str) -> str:
    """Sign in at the provider and agree, as its own pages ask; gives the address that leads back."""
    with httpx.Client() as client:
        answer = client.get(address)
        for _ in range(12):
            if answer.is_redirect:
                onward = urljoin(str(answer.url), answer.headers["location"])
                if onward.startswith(BACK):
                    return onward
                answer = client.get(onward)
                continue
            action = html.unescape(re.findall(r'<form[^>]* action="([^"]+)"', answer.text)[0])
            prompt = re.findall(r'name="prompt" value="([^"]+)"', answer.text)[0]
            form = {"prompt": prompt, "login": account, "password": "any"}
            answer = client.post(urljoin(str(answer.url), action), data=form)
    pytest.fail(f"the provider never led back: {answer.status_code} {answer.text[:500]}")


def onward(answer: httpx.Response) -> str:
    assert answer.status_code == 200, re.findall(r'role="alert">([^<]+)', answer.text)
    return html.unescape(re.findall(r'content="0; url=([^"]*)"', answer.text)[0])


def sign_in(browser: Browser, account: str) -> httpx.Response:
    left = browser.client.get("/sign-in/provider?next=/account", follow_redirects=False)
    return browser.client.get(consent(left.headers["location"], account).removeprefix(URL), follow_redirects=False)


def test_an_account_at_another_provider_is_linked_and_signs_in(house: House) -> None:
    owner = house.person("anne@example.org", Role.READER)
    owner.get("/account")
    leaves = onward(owner.post("/account/provider", password=PASSWORD))
    back = consent(leaves, "anne")
    assert onward(owner.client.get(back.removeprefix(URL))) == "/account"
    browser = house.browser()
    assert onward(sign_in(browser, "anne")) == "/account"
    assert "anne@example.org" in browser.get("/account").text
    assert owner.client.get(back.removeprefix(URL)).status_code == 401  # once


def test_whoever_else_has_an_account_there_does_not_come_in(house: House) -> None:
    house.person("bob@example.org", Role.READER)  # the provider says this very address of bob, verified
    assert sign_in(house.browser(), "bob").status_code == 401
