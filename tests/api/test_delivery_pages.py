"""The page of deliveries: a webhook from its registration to its removal, dead letters, and the console's commands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from builders.console import Console
from builders.house import Browser, House, open_house
from conftest import Backend
from filiere_platform.domain.principal import Role
from filiere_platform.domain.webhook import DeadLetter, Pause, WebhookState

URL = "https://93.184.216.34/hook?k=geheim"  # by number: nothing is looked up, and nothing is ever sent there
SECRET = re.compile(r'<code id="secret-text">(whsec_[^<]+)</code>')


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


@pytest.fixture
def dairy(house: House) -> str:
    return house.instance.admit("Laiterie").uri


@pytest.fixture
def admin(house: House, dairy: str) -> Browser:
    return house.person("admin@example.org", Role.ADMINISTRATOR, member=dairy)


def register(browser: Browser) -> str:
    browser.get("/deliveries")
    answer = browser.post("/deliveries/register", url=URL, **{"kind-event": "on"})
    assert answer.status_code == 200, answer.text
    return SECRET.findall(answer.text)[0]


def webhook_id(browser: Browser) -> str:
    found: list[str] = re.findall(r'id="w-([0-9a-f]{16})"', browser.get("/deliveries").text)
    return found[0]


def change(browser: Browser, what: str) -> int:
    webhook = webhook_id(browser)
    return int(browser.post("/deliveries/change", webhook=webhook, change=what).status_code)


def test_a_webhook_is_registered_paused_resumed_and_removed(admin: Browser) -> None:
    secret = register(admin)
    page = admin.get("/deliveries").text
    assert URL in page
    assert secret not in page
    assert change(admin, "pause") == 303
    assert "suspendu par vous" in admin.get("/deliveries").text
    assert change(admin, "resume") == 303
    rotated = admin.post("/deliveries/change", webhook=webhook_id(admin), change="rotate")
    assert SECRET.findall(rotated.text)[0] != secret
    assert change(admin, "x") == 404
    assert change(admin, "replay") == 404  # since when, it is not said
    again = {"webhook": webhook_id(admin), "change": "replay"}
    assert admin.post("/deliveries/change", **again, since="2026-06-01").status_code == 303
    assert admin.post("/deliveries/change", **again, since="hier").status_code == 400
    assert change(admin, "remove") == 303
    assert URL not in admin.get("/deliveries").text
    acts = admin.get("/audit").text
    for act in ("register", "pause", "resume", "rotate", "replay", "remove"):
        assert acts.count(f"<code>webhook.{act}</code>") == 1
    assert "93.184.216.34" in acts
    assert "geheim" not in acts


@pytest.mark.parametrize("url", ["", "http://93.184.216.34/", "https://127.0.0.1/", "javascript:alert(1)"])
def test_an_address_that_is_not_called_is_refused_with_a_reason(admin: Browser, url: str) -> None:
    admin.get("/deliveries")
    refused = admin.post("/deliveries/register", url=url)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text


def bury(house: House, webhook: str) -> str:
    """Have a webhook refuse an event, as its worker would note it; and keep the worker away."""
    with house.instance.platform.database.unit_of_work() as uow:
        found = uow.webhooks.by_id(webhook)
        assert found is not None
        paused = replace(found, state=WebhookState.PAUSED, pause=Pause.REFUSING, said="HTTP 422")
        uow.webhooks.change(paused)
        letter = DeadLetter(
            id="a" * 16, webhook_id=webhook, member_id=found.member_id, log_index=1, kind="event", after=0,
            position=1, died_at=house.clock(), attempts=5, said="HTTP 422",
        )  # fmt: skip
        uow.webhooks.bury(letter)
    return letter.id


def test_a_dead_letter_is_shown_sent_again_and_discarded_for_a_reason(house: House, admin: Browser) -> None:
    register(admin)
    letter = bury(house, webhook_id(admin))
    page = admin.get("/deliveries?lang=en").text
    assert "paused: everything is refused" in page
    assert f'id="d-{letter}"' in page
    assert "HTTP 422" in page
    assert admin.post("/deliveries/dead", letter=letter, change="retry").status_code == 303
    assert "being sent again" in admin.get("/deliveries?lang=en").text
    assert admin.post("/deliveries/dead", letter=letter, change="discard", reason=" ").status_code == 400
    assert admin.post("/deliveries/dead", letter=letter, change="discard", reason="doublon").status_code == 303
    assert letter not in admin.get("/deliveries").text
    assert "<code>dead-letter.discard</code>" in admin.get("/audit").text


def test_the_console_does_the_same(house: House, dairy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = partial(Console(house.instance, monkeypatch).run, "deliveries")
    webhook, secret = run("webhook", "register", dairy, URL, "--kind", "event").split()
    assert secret.startswith("whsec_")
    assert run("webhook", "rotate", webhook).startswith("whsec_")
    assert json.loads(run("webhook", "list", "--member", dairy, "--json"))["state"] == "active"
    assert run("webhook", "pause", webhook).split() == [webhook, "paused"]
    assert "paused (member)" in run("webhook", "list")
    letter = bury(house, webhook)
    assert json.loads(run("dead", "list", "--json"))["id"] == letter
    assert letter in run("dead", "list", "--member", dairy)
    assert json.loads(run("dead", "show", letter))["said"] == "HTTP 422"
    assert run("dead", "retry", letter).split() == [letter, "retrying"]
    assert run("dead", "discard", letter, "--reason", "doublon").split() == [letter, "discarded"]
    assert run("dead", "list") == ""
    assert run("webhook", "replay", webhook, "--from", "2026-06-01").split() == [webhook, "replayed"]
    run("webhook", "replay", webhook, "--from", "yesterday", code=2)
    run("webhook", "replay", webhook, code=2)
    assert run("webhook", "resume", webhook).split() == [webhook, "active"]
    assert run("webhook", "remove", webhook).split() == [webhook, "removed"]
    run("webhook", "remove", webhook, code=1)
