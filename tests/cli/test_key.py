"""The registrar's key on a machine of its own: what is asked goes there as a file and comes back signed."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from builders.events import an_object_event
from builders.instance import Instance, Sender, open_instance, seeded_key
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.usecases.members import create_api_token
from filiere_schemas.provenance.keys import SigningKey, UnreadablePrivateKey

DAIRY = "urn:filiere:party:siret:00001003300017"
SHOP = "urn:filiere:party:siret:00001004100010"
KEY = seeded_key("dairy's key")

Run = Callable[..., Result]


@dataclass(frozen=True, kw_only=True)
class Machines:
    """The instance's machine with its console, and the registrar's, which no network reaches."""

    run: Run
    instance: Instance
    registrar: Path
    usb: Path  # what is carried between them


@pytest.fixture
def run(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_LANG", "en")
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)

    def run(*arguments: object) -> Result:
        result = CliRunner().invoke(filiere, [str(each) for each in arguments])
        assert result.exit_code == 0, (result.output, result.exception)
        return result

    return run


@pytest.fixture
def machines(run: Run, backend: Backend, tmp_path: Path) -> Iterator[Machines]:
    offline, usb = tmp_path / "offline", tmp_path / "usb"
    offline.mkdir()
    usb.mkdir()
    run("key", "generate", offline / "registrar.pem")
    run("init", "--origin", "log.test.example/filiere", "--registrar", offline / "registrar.pem.jwk")
    assert not (backend.folder / "data" / "keys" / "registrar.pem").exists()
    for uri in (DAIRY, SHOP):
        run("member", "add", uri, "--name", uri[-5:])
    with open_instance(backend.folder, database_url=backend.database_url, is_founded=True) as instance:
        yield Machines(run=run, instance=instance, registrar=offline / "registrar.pem", usb=usb)


def a_token(run: Run, uri: str = DAIRY) -> str:
    return run("token", "create", uri, "--enrolment").output.strip()


def carry(machines: Machines) -> Result:
    """Take what waits to the registrar's machine, sign it there, bring it back and admit it."""
    asked, signed = machines.usb / "asked.json", machines.usb / "signed.json"
    machines.run("key", "pending", "-o", asked)
    machines.run("key", "sign", asked, "--registrar-key", machines.registrar, "-o", signed)
    return machines.run("key", "admit", signed)


def test_an_enrolment_waits_until_the_registrar_has_signed_it(machines: Machines) -> None:
    instance, token = machines.instance, a_token(machines.run)
    waiting = instance.enrol(DAIRY, KEY, token)
    assert (waiting.status_code, waiting.json()["status"]) == (202, "pending")
    again = instance.enrol(DAIRY, KEY, token)
    assert (again.status_code, again.json()) == (202, waiting.json())
    assert instance.log_size() == 0
    assert KEY.public.thumbprint in carry(machines).output
    admitted = instance.enrol(DAIRY, KEY, token)
    assert (admitted.status_code, admitted.json()["index"]) == (201, 0)
    with instance.platform.database.unit_of_work() as uow:
        bearer = create_api_token(uow, uri=DAIRY, scopes=frozenset(["capture"]))  # type: ignore[list-item]
        assert uow.key_requests.all() == []
    sender = Sender(uri=DAIRY, token=bearer, key=KEY, client=instance.client)
    assert sender.send_events(an_object_event()).status_code == 200
    assert instance.fsck().holds


def test_a_token_that_waits_enrols_no_second_key(machines: Machines) -> None:
    token = a_token(machines.run)
    assert machines.instance.enrol(DAIRY, KEY, token).status_code == 202
    assert machines.instance.enrol(DAIRY, seeded_key("another"), token).status_code == 401
    # The same key under another token would leave the registrar two proofs to choose from.
    twice = machines.instance.enrol(DAIRY, KEY, a_token(machines.run))
    assert (twice.status_code, twice.json()["code"]) == (409, "key-already-registered")


def test_what_was_signed_is_admitted_once(machines: Machines) -> None:
    for number, uri in enumerate((DAIRY, SHOP)):
        machines.instance.enrol(uri, seeded_key(f"key {number}"), a_token(machines.run, uri))
    first = carry(machines).output
    again = machines.run("key", "admit", machines.usb / "signed.json").output
    assert again == first
    assert machines.instance.log_size() == 2


def test_a_revocation_waits_for_the_registrar_too(machines: Machines) -> None:
    machines.instance.enrol(DAIRY, KEY, a_token(machines.run))
    carry(machines)
    kid = KEY.public.thumbprint
    asked = machines.run("key", "revoke", kid, "--reason", "keyCompromise", "--suspect-from", 0).output
    assert asked.startswith("pending")
    assert "active" in machines.run("key", "list").output
    carry(machines)
    assert "revoked at 1 (keyCompromise, suspect from 0)" in machines.run("key", "list", "--member", DAIRY).output
    assert machines.run("key", "list", "--member", SHOP).output == ""


def test_what_somebody_changed_on_the_way_is_not_signed(machines: Machines) -> None:
    machines.instance.enrol(DAIRY, KEY, a_token(machines.run))
    asked, signed = machines.usb / "asked.json", machines.usb / "signed.json"
    machines.run("key", "pending", "-o", asked)
    document = json.loads(asked.read_bytes())
    document["requests"][0]["iss"] = SHOP
    asked.write_text(json.dumps(document))
    command = ["key", "sign", str(asked), "--registrar-key", str(machines.registrar), "-o", str(signed)]
    refused = CliRunner().invoke(filiere, command)
    assert refused.exit_code != 0
    assert [p.code for p in refused.exception.problems] == ["issuer-mismatch"]  # type: ignore[union-attr]
    assert not signed.exists()


def test_what_another_registrar_signed_is_not_admitted(machines: Machines) -> None:
    machines.instance.enrol(DAIRY, KEY, a_token(machines.run))
    asked, signed, stranger = (machines.usb / name for name in ("asked.json", "signed.json", "stranger.pem"))
    machines.run("key", "generate", stranger)
    machines.run("key", "pending", "-o", asked)
    machines.run("key", "sign", asked, "--registrar-key", stranger, "-o", signed)
    refused = CliRunner().invoke(filiere, ["key", "admit", str(signed)])
    assert [p.code for p in refused.exception.problems] == ["wrong-key"]  # type: ignore[union-attr]
    assert machines.instance.log_size() == 0


def test_an_instance_whose_registrar_is_elsewhere_never_makes_another(machines: Machines, backend: Backend) -> None:
    keys = backend.folder / "data" / "keys"
    before = (keys / "registrar.pub.json").read_bytes()
    machines.run("init")
    assert not (keys / "registrar.pem").exists()
    assert (keys / "registrar.pub.json").read_bytes() == before
    (keys / "registrar.pub.json").unlink()
    refused = CliRunner().invoke(filiere, ["init"])
    assert "--registrar" in str(refused.exception)
    assert not (keys / "registrar.pem").exists()


def test_with_the_registrars_key_here_a_revocation_is_immediate(run: Run, backend: Backend) -> None:
    run("init", "--origin", "log.test.example/filiere")
    with open_instance(backend.folder, database_url=backend.database_url, is_founded=True) as instance:
        sender = instance.admit("Dairy")
        kid = sender.key.public.thumbprint
        assert run("key", "revoke", kid, "--reason", "superseded").output.startswith("admitted")
        assert sender.send_events(an_object_event()).json()["code"] == "revoked-key"
        again = CliRunner().invoke(filiere, ["key", "revoke", kid, "--reason", "superseded"])
        assert [p.code for p in again.exception.problems] == ["key-entry-revoked"]  # type: ignore[union-attr]
        unknown = CliRunner().invoke(filiere, ["key", "revoke", "nobody", "--reason", "superseded"])
        assert [p.code for p in unknown.exception.problems] == ["key-entry-unknown"]  # type: ignore[union-attr]


def test_with_a_passphrase_the_instances_keys_are_encrypted(
    run: Run, backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse battery staple\n")
    monkeypatch.setenv("FILIERE_KEYS_PASSPHRASE_FILE", str(secret))
    first = run("init", "--origin", "log.test.example/filiere").output
    verifier = [line for line in first.splitlines() if line.startswith("verifier")]
    for name in ("log", "receipt", "registrar"):
        path = backend.folder / "data" / "keys" / f"{name}.pem"
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(UnreadablePrivateKey):
            SigningKey.from_pem(path.read_bytes())
    assert verifier[0] in run("init").output
    secret.write_text("another\n")
    refused = CliRunner().invoke(filiere, ["init"])
    assert "another passphrase" in str(refused.exception)
    assert "correct horse" not in str(refused.exception)
    monkeypatch.delenv("FILIERE_KEYS_PASSPHRASE_FILE")
    refused = CliRunner().invoke(filiere, ["init"])
    assert "FILIERE_KEYS_PASSPHRASE_FILE" in str(refused.exception)
