"""`filiere person`: accounts of people from the console, for whom nobody can let in any more."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from builders.house import PASSWORD, SECRET_TEXT, Browser
from builders.instance import Instance, open_instance
from conftest import Backend
from filiere_platform.cli.main import main
from filiere_platform.domain.totp import STEP_MICROSECONDS, code_at

BASE = "https://trace.example.org"
DAIRY = "urn:filiere:party:siret:00001003300017"


@dataclass(frozen=True, kw_only=True)
class Result:
    exit_code: int
    output: str


Run = Callable[..., Result]


def run_main(*arguments: str) -> Result:
    """Run the command line as a terminal does: a refusal is a sentence there."""
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Result(exit_code=code, output=said.getvalue())


@pytest.fixture
def run(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_LANG", "en")
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    monkeypatch.setenv("FILIERE_BASE_URL", BASE)
    return run_main


@pytest.fixture
def instance(backend: Backend, run: Run) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url, base_url=BASE) as opened:
        assert run("member", "add", DAIRY, "--name", "Laiterie").exit_code == 0
        yield opened


def browser_of(instance: Instance) -> Browser:
    return Browser(TestClient(instance.client.app, base_url="https://testserver"))  # type: ignore[attr-defined]


def joined(instance: Instance, printed: str, login: str) -> Browser:
    """Open a printed link, choose a password, sign in."""
    browser, secret = browser_of(instance), parse_qs(urlsplit(printed.strip()).query)["t"][0]
    assert browser.post("/join", t=secret, password=PASSWORD).status_code == 303
    assert browser.sign_in(login).status_code == 303
    return browser


def line_of(run: Run, login: str, *arguments: str) -> list[str]:
    printed = run("person", "list", *arguments).output
    return next(line.split() for line in printed.splitlines() if login in line.split())


def test_invite_prints_the_link_of_an_administrator_of_the_sector_body(instance: Instance, run: Run) -> None:
    made = run("person", "invite", "Anne@Example.org", "--name", "Anne Petit")
    assert made.exit_code == 0, made.output
    assert made.output.startswith("https://trace.example.org/join?t=")
    assert line_of(run, "anne@example.org")[1:4] == ["invited", "-", "administrator"]
    browser = joined(instance, made.output, "anne@example.org")
    assert browser.get("/people").status_code == 200
    assert line_of(run, "anne@example.org")[1] == "active"


def test_invite_makes_accounts_of_other_members_with_the_roles_that_are_named(instance: Instance, run: Run) -> None:
    made = run(
        "person", "invite", "b@example.org", "--name", "B", "--member", DAIRY, "--role", "quality", "--role", "reader"
    )
    assert made.exit_code == 0, made.output
    assert line_of(run, "b@example.org", "--member", DAIRY)[1:4] == ["invited", "-", "quality,reader"]
    assert "b@example.org" not in run("person", "list").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("invite", "a@example.org", "--name", "A"), "is that of an account of this instance already"),
        (("invite", "no address", "--name", "A"), "is not an e-mail address"),
        (("invite", "c@example.org", "--name", " "), "A person's name has 1 to 100 characters"),
        (
            ("invite", "c@example.org", "--name", "C", "--member", "urn:filiere:party:duns:1"),
            "urn:filiere:party:duns:1",
        ),
        (("invite", "c@example.org", "--name", "C", "--role", "emperor"), "emperor"),
        (("list", "--member", "urn:filiere:party:duns:1"), "urn:filiere:party:duns:1"),
        (("link", "nobody@example.org"), "nobody@example.org"),
        (("suspend", "nobody@example.org"), "nobody@example.org"),
        (("resume", "nobody@example.org"), "nobody@example.org"),
        (("forget-app", "nobody@example.org"), "nobody@example.org"),
        (("roles", "nobody@example.org", "--role", "reader"), "nobody@example.org"),
        (("roles", "a@example.org", "--role", "reader"), "This is the last administrator"),
        (("suspend", "a@example.org"), "This is the last administrator"),
    ],
)
def test_what_cannot_be_done_is_said_and_not_done(
    arguments: tuple[str, ...], said: str, instance: Instance, run: Run
) -> None:
    assert run("person", "invite", "a@example.org", "--name", "A").exit_code == 0
    before = run("person", "list").output
    refused = run("person", *arguments)
    assert refused.exit_code != 0
    assert said in refused.output
    assert run("person", "list").output == before


def test_link_stands_in_for_a_password_and_the_one_of_before_holds_no_more(instance: Instance, run: Run) -> None:
    first = run("person", "invite", "a@example.org", "--name", "A").output
    second = run("person", "link", "A@example.org").output
    old = parse_qs(urlsplit(first.strip()).query)["t"][0]
    assert browser_of(instance).post("/join", t=old, password=PASSWORD).status_code == 400
    joined(instance, second, "a@example.org")


def test_roles_and_suspension_hold_at_once_in_the_running_server(instance: Instance, run: Run) -> None:
    run("person", "invite", "first@example.org", "--name", "First")
    browser = joined(instance, run("person", "invite", "a@example.org", "--name", "A").output, "a@example.org")
    assert browser.get("/people").status_code == 200
    changed = run("person", "roles", "a@example.org", "--role", "operator", "--role", "quality")
    assert changed.output.split()[1:] == ["active", "operator", "quality"]
    assert browser.get("/people").status_code == 403
    assert run("person", "suspend", "a@example.org").output.split()[1] == "suspended"
    assert browser.get("/account").status_code == 401
    assert browser.sign_in("a@example.org").status_code == 401
    assert run("person", "resume", "a@example.org").output.split()[1] == "active"
    assert browser.sign_in("a@example.org").status_code == 303


def test_forget_app_lets_somebody_in_who_has_lost_app_and_codes(instance: Instance, run: Run) -> None:
    browser = joined(instance, run("person", "invite", "a@example.org", "--name", "A").output, "a@example.org")
    page = browser.get("/account").text
    secret = base64.b32decode(SECRET_TEXT.findall(page)[0])
    sealed = re.findall(r'name="sealed" value="([^"]+)"', page)[0]
    code = code_at(secret, instance.platform.clock() // STEP_MICROSECONDS)
    assert browser.post("/account/app", sealed=sealed, code=code, password=PASSWORD).status_code == 200
    assert line_of(run, "a@example.org")[2] == "app"
    assert browser.sign_in("a@example.org").headers["location"] == "/sign-in/code"
    assert run("person", "forget-app", "a@example.org").exit_code == 0
    assert line_of(run, "a@example.org")[2] == "-"
    assert browser.sign_in("a@example.org").headers["location"] == "/"


def test_what_the_console_does_is_in_the_log_without_a_name(instance: Instance, run: Run) -> None:
    run("person", "invite", "a@example.org", "--name", "Anne Petit")
    run("person", "link", "a@example.org")
    acts = [json.loads(line) for line in run("audit", "list", "--json").output.splitlines()]
    mine = [act for act in acts if act["act"].startswith("person.")]
    assert [(act["act"], act["actor"]) for act in mine] == [("person.invite", "console"), ("person.link", "console")]
    assert "Anne" not in str(acts)
    assert "example.org" not in str(mine)
