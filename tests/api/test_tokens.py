"""A member's tokens: given within what the asker has, shown once, taken back at once, and no write per use."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from builders.events import an_object_event
from builders.instance import FixedClock, Instance, Sender, open_instance
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Scope
from filiere_platform.domain.token_request import DAY, MOST_TOKENS
from filiere_platform.usecases.members import create_api_token

TOKENS = "/api/v1/tokens"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token_of(instance: Instance, sender: Sender, *scopes: Scope, expires_at: int | None = None) -> str:
    with instance.platform.database.unit_of_work() as uow:
        return create_api_token(uow, uri=sender.uri, scopes=frozenset(scopes), expires_at=expires_at)


def ask(instance: Instance, token: str, **changes: Any) -> Any:
    wanted = {"name": "balance 3", "scopes": ["read"]} | changes
    return instance.client.post(TOKENS, json=wanted, headers=bearer(token))


def read_with(instance: Instance, token: str) -> int:
    return instance.client.get("/api/v1/findings", headers=bearer(token)).status_code


def test_a_given_token_works_is_listed_without_its_secret_and_ends_when_it_is_taken_back(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    manager = token_of(instance, dairy, Scope.MANAGE, Scope.READ)
    given = ask(instance, manager)
    assert given.status_code == 201
    assert given.headers["cache-control"] == "no-store"
    text, prefix = given.json()["token"], given.json()["prefix"]
    assert read_with(instance, text) == 200
    listed = instance.client.get(TOKENS, headers=bearer(manager))
    assert text not in listed.text
    assert {each["prefix"]: each["name"] for each in listed.json()["tokens"]}[prefix] == "balance 3"
    assert instance.client.delete(f"{TOKENS}/{prefix}", headers=bearer(manager)).status_code == 204
    assert read_with(instance, text) == 401
    assert instance.client.delete(f"{TOKENS}/{prefix}", headers=bearer(manager)).status_code == 204
    acts = [(act["act"], act["object"], act["for"]) for act in dairy.get("/api/v1/audit").json()["acts"]]
    assert acts == [("token.create", prefix, dairy.uri), ("token.revoke", prefix, dairy.uri)]
    assert text not in dairy.get("/api/v1/audit").text
    assert instance.fsck().holds


def test_a_token_without_the_scope_neither_lists_nor_gives_nor_takes_back(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    usual = token_of(instance, dairy, Scope.READ, Scope.CAPTURE)
    assert ask(instance, usual).status_code == 403
    assert instance.client.get(TOKENS, headers=bearer(usual)).status_code == 403
    assert instance.client.delete(f"{TOKENS}/0a1b2c3d4e5f", headers=bearer(usual)).status_code == 403
    assert instance.client.get(TOKENS).status_code == 401


def test_a_token_of_one_member_does_not_reach_those_of_another(instance: Instance) -> None:
    dairy, rival = instance.admit("dairy"), instance.admit("rival")
    theirs, mine = token_of(instance, rival, Scope.READ), token_of(instance, dairy, Scope.MANAGE)
    prefix = theirs.split("_")[1]
    assert instance.client.delete(f"{TOKENS}/{prefix}", headers=bearer(mine)).status_code == 404
    assert read_with(instance, theirs) == 200
    assert prefix not in instance.client.get(TOKENS, headers=bearer(mine)).text


def test_a_token_gives_no_scope_that_it_lacks_and_no_life_longer_than_its_own(backend: Backend) -> None:
    clock = FixedClock()
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock) as instance:
        dairy = instance.admit("dairy")
        mine = token_of(instance, dairy, Scope.MANAGE, Scope.READ, expires_at=clock.now + DAY)
        codes = {
            "token-scopes": {"scopes": ["capture"], "expires": iso_instant(clock.now + 1_000)},
            "token-expiry": {"expires": iso_instant(clock.now + DAY + 1_000)},
            "token-name": {"name": " ", "expires": iso_instant(clock.now + 1_000)},
        }
        for code, changes in codes.items():
            refused = ask(instance, mine, **changes)
            assert (refused.status_code, refused.json()["code"]) == (400, code)
        assert ask(instance, mine).json()["code"] == "token-expiry"  # one without an end outlives the asker's
        assert ask(instance, mine, expires=iso_instant(clock.now)).json()["code"] == "token-expiry"
        assert ask(instance, mine, expires=iso_instant(clock.now + DAY)).status_code == 201
        for wrong in ({"scopes": ["root"]}, {"name": 3}, {"expires": "2026-01-01T00:00:00"}):
            assert ask(instance, mine, **wrong).json()["code"] == "field-unreadable"


def test_a_member_has_no_more_tokens_than_the_limit(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    manager = token_of(instance, dairy, Scope.MANAGE, Scope.READ)
    with instance.platform.database.unit_of_work() as uow:
        for _ in range(MOST_TOKENS - 2):  # the sender's own, and the manager's
            create_api_token(uow, uri=dairy.uri, scopes=frozenset({Scope.READ}))
    assert ask(instance, manager).json()["code"] == "too-many-tokens"
    prefix = manager.split("_")[1]
    assert instance.client.delete(f"{TOKENS}/{prefix}", headers=bearer(manager)).status_code == 204
    assert ask(instance, manager).status_code == 401


def test_an_expired_or_revoked_token_ends_within_a_connection_that_stays_open(backend: Backend) -> None:
    clock = FixedClock()
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock) as instance:
        dairy = instance.admit("dairy")
        brief = token_of(instance, dairy, Scope.READ, Scope.CAPTURE, expires_at=clock.now + DAY)
        dairy.token = brief
        assert (dairy.get("/api/v1/findings").status_code, dairy.send_events(an_object_event()).status_code) == (
            200,
            200,
        )
        clock.advance(DAY // 1_000)
        assert dairy.get("/api/v1/findings").status_code == 401
        assert (
            dairy.send_events(
                an_object_event(eventID="urn:uuid:" + "1" * 8 + "-1111-4111-8111-" + "1" * 12)
            ).status_code
            == 401
        )


def test_the_last_use_is_written_once_in_some_minutes_and_by_sending_too(backend: Backend) -> None:
    clock = FixedClock()
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock) as instance:
        dairy = instance.admit("dairy")
        prefix = dairy.token.split("_")[1]

        def last_use() -> int | None:
            with instance.platform.database.unit_of_work() as uow:
                found = uow.tokens.find(prefix)
            assert found is not None
            return found.last_used_at

        version = instance.platform.directory.current().version
        assert last_use() is None
        assert dairy.send_events(an_object_event()).status_code == 200
        first = last_use()
        assert first == clock.now
        clock.advance(60_000)
        dairy.get("/api/v1/findings")
        assert last_use() == first
        clock.advance(600_000)
        dairy.get("/api/v1/findings")
        assert last_use() == clock.now
        assert instance.platform.directory.current().version == version  # nobody's snapshot grew old by it


def test_the_operator_lists_and_takes_back_any_members_tokens_by_command(
    instance: Instance, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(instance.platform.settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    dairy = instance.admit("dairy")

    def run(*arguments: str) -> str:
        return CliRunner().invoke(filiere, ["token", *arguments], catch_exceptions=False).output

    text = run("create", dairy.uri, "--name", "gateway", "--scope", "read").strip()
    prefix = text.split("_")[1]
    assert read_with(instance, text) == 200
    assert run("revoke", prefix) == f"{prefix} revoked\n"
    assert read_with(instance, text) == 401
    (listed,) = [line for line in run("list", dairy.uri).splitlines() if line.startswith(prefix)]
    assert listed.split()[1:3] == ["revoked", "read"]
    assert listed.endswith("gateway")
    rows = [json.loads(line) for line in run("list", dairy.uri, "--json").splitlines()]
    assert {row["prefix"]: row["state"] for row in rows}[prefix] == "revoked"
    assert [act["actor"] for act in dairy.get("/api/v1/audit").json()["acts"]] == ["console", "console"]
