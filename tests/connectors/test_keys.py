"""A company keeps its key, replaces it, and notices whoever signs in its name; a crash at any step costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from builders.company import Company, ServedInstance
from builders.key_log import a_key, a_revocation, a_rotation
from builders.sheets import GOOD_ROW, HEADERS, changed
from filiere_platform import bootstrap
from filiere_platform.usecases.members import create_enrolment_token
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.statements import KEY_TYP, payload_of, sign_enrolment_proof

FILE = "ventes.csv"
ORIGIN = "log.test.example/filiere"
THIEF = a_key("a thief's key")


def write(company: Company, *rows: tuple[str, ...]) -> None:
    (company.folder / FILE).write_text("\n".join(";".join(row) for row in (HEADERS, *rows)), encoding="utf-8")


def key_of(company: Company, name: str = "key.pem") -> SigningKey:
    return SigningKey.from_pem((company.folder / "secrets" / name).read_bytes())


def ready(company: Company) -> Company:
    write(company, GOOD_ROW)
    assert company.connect("init", "--from", FILE).returncode == 0
    assert company.connect("run", "--wait-published", "20").returncode == 0
    return company


def watch(company: Company) -> tuple[int, str]:
    done = company.connect("keys", "watch", "--once")
    return done.returncode, done.stderr


def enrol_behind_its_back(instance: ServedInstance, company: Company, key: SigningKey) -> None:
    """The operator, or who has stolen his console, enrols a key in the company's name."""
    with bootstrap.open_database(instance.settings) as database, database.unit_of_work() as uow:
        token = create_enrolment_token(uow, uri=company.uri, now=bootstrap.system_clock())
    proof = sign_enrolment_proof(
        key=key, issuer=company.uri, token_sha256=hashlib.sha256(token.encode()).digest(), origin=ORIGIN
    )
    answer = httpx.post(f"{company.url}/api/v1/keys", json={"token": token, "proof": proof.decode()}, timeout=10)
    assert answer.status_code == 201, answer.text


def post(company: Company, what: str, statement: bytes) -> None:
    answer = httpx.post(f"{company.url}/api/v1/keys/{what}", json={"statement": statement.decode()}, timeout=10)
    assert answer.status_code == 200, answer.text


def test_a_replaced_key_begins_its_own_chain_and_rows_stay_known(company: Company, instance: ServedInstance) -> None:
    ready(company)
    old = key_of(company)
    rotated = company.connect("keys", "rotate")
    assert rotated.returncode == 0, rotated.stderr
    new = key_of(company)
    assert new.public != old.public
    assert new.public.thumbprint in rotated.stdout
    assert stat.S_IMODE((company.folder / "secrets" / "key.pem").stat().st_mode) == 0o600
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    done = company.connect("run", "--wait-published", "20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 nouvelles, 1 connues" in done.stdout
    assert len(company.events()) == 2
    assert watch(company)[0] == 0
    listed = company.connect("keys", "list").stdout
    assert [line.split()[0] for line in listed.splitlines()] == [old.public.thumbprint, new.public.thumbprint]
    assert instance.log_holds()


def test_a_key_is_not_replaced_while_something_that_it_signed_waits(company: Company, instance: ServedInstance) -> None:
    ready(company)
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    company.connect("run", crash_at="sending:1")
    before = key_of(company)
    refused = company.connect("keys", "rotate")
    assert refused.returncode == 1
    assert refused.stderr.startswith("rotation-waits")
    assert key_of(company).public == before.public
    assert not (company.folder / ".filiere" / "rotation.json").exists()


@pytest.mark.parametrize("point", ["rotating:1", "rotated:1", "begun:1"])
def test_a_replacement_that_is_killed_anywhere_is_finished_by_the_next(
    company: Company, instance: ServedInstance, point: str
) -> None:
    ready(company)
    old = key_of(company)
    assert company.connect("keys", "rotate", crash_at=point).returncode == -signal.SIGKILL
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    stopped = company.connect("run")
    assert (stopped.returncode, stopped.stderr.partition(":")[0]) == (1, "rotation-unfinished")
    done = company.connect("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert key_of(company).public != old.public
    assert company.connect("run").returncode == 0
    assert len(company.events()) == 2
    assert watch(company) == (0, "")
    assert instance.log_holds()


def test_a_watch_is_silent_about_ones_own_and_alarms_on_a_key_that_nobody_here_enrolled(
    company: Company, instance: ServedInstance
) -> None:
    ready(company)
    assert watch(company) == (0, "")
    other = SigningKey.generate()
    enrol_behind_its_back(instance, company, other)
    code, said = watch(company)
    assert code == 5
    assert said.startswith("key-not-ours: ALERTE")
    assert other.public.thumbprint in said
    company.environment = {"FILIERE_LANG": "en"}
    assert "ALARM" in watch(company)[1]
    # It was the other connector of the same company: a person says so, once.
    assert company.connect("keys", "accept", other.public.thumbprint).returncode == 0
    assert watch(company) == (0, "")
    assert company.connect("keys", "accept", "nobody").returncode == 1


def test_a_watch_alarms_on_a_rotation_that_nobody_here_asked_for(company: Company, instance: ServedInstance) -> None:
    ready(company)
    post(company, "rotation", a_rotation(key_of(company), SigningKey.generate(), issuer=company.uri, origin=ORIGIN))
    code, said = watch(company)
    assert (code, said.partition(":")[0]) == (5, "rotation-not-ours")


def test_a_watch_alarms_on_a_revocation_that_nobody_here_asked_for(company: Company, instance: ServedInstance) -> None:
    ready(company)
    key = key_of(company)
    post(company, "revocation", a_revocation(key, signer=key, issuer=company.uri, origin=ORIGIN))
    code, said = watch(company)
    assert (code, said.partition(":")[0]) == (5, "revocation-not-ours")


def test_a_key_revokes_itself_and_says_since_when_it_is_suspect(company: Company, instance: ServedInstance) -> None:
    ready(company)
    key = key_of(company)
    unasked = company.connect("keys", "revoke", stdin=subprocess.DEVNULL)
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    index = log_size(instance) - 1
    # The answer is lost: the same statement is sent again, whatever is asked for then.
    assert company.connect("keys", "revoke", "--yes", "--suspect-from", str(index), crash_at="revoked:1").returncode < 0
    revoked = company.connect("keys", "revoke", "--yes")
    assert revoked.returncode == 0, revoked.stderr
    listed = httpx.get(f"{company.url}/log/keys/{key.public.thumbprint}", timeout=10).json()["keys"]
    assert [each["op"] for each in listed] == ["register", "revoke"]
    said = payload_of(parse_jws(listed[1]["statement"].encode(), typ=KEY_TYP))
    assert (said["reason"], said["suspectFrom"]) == ("unspecified", index)
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    company.connect("run")
    assert len(company.events()) == 1
    assert watch(company) == (0, "")
    assert company.connect("keys", "revoke", "--yes").returncode == 1


@pytest.mark.parametrize(("answer", "ended"), [("n", False), ("y", True)])
def test_a_person_at_a_terminal_is_asked_before_a_key_ends(
    company: Company, instance: ServedInstance, *, answer: str, ended: bool
) -> None:
    controller, terminal = os.openpty()
    os.write(controller, f"{answer}\n".encode())
    asked = company.connect("keys", "revoke", stdin=terminal)
    os.close(terminal)
    os.close(controller)
    assert "La révoquer" in asked.stdout
    assert (asked.returncode == 0) == ended, asked.stderr
    listed = httpx.get(f"{company.url}/log/keys/{key_of(company).public.thumbprint}", timeout=10).json()["keys"]
    assert [each["op"] for each in listed] == (["register", "revoke"] if ended else ["register"])


def log_size(instance: ServedInstance) -> int:
    with bootstrap.open_database(instance.settings) as database, database.unit_of_work() as uow:
        return uow.log.head().size


def test_a_watch_alarms_where_the_log_is_not_the_one_that_was_seen(company: Company, instance: ServedInstance) -> None:
    ready(company)
    assert watch(company) == (0, "")
    path = company.folder / ".filiere" / "keys.json"
    seen = json.loads(path.read_text())
    path.write_text(json.dumps({**seen, "root": "00" * 32}))
    code, said = watch(company)
    assert (code, said.partition(":")[0]) == (1, "log-wrong")


def test_a_key_that_the_log_no_longer_shows_is_an_alarm(company: Company, instance: ServedInstance) -> None:
    path = company.folder / ".filiere" / "keys.json"
    seen = json.loads(path.read_text())
    path.write_text(json.dumps({**seen, "kids": [*seen["kids"], THIEF.public.thumbprint]}))
    code, said = watch(company)
    assert (code, said.partition(":")[0]) == (5, "key-vanished")


def with_passphrase(company: Company, reference: str) -> Path:
    path = company.folder / "filiere.toml"
    path.write_text(f'{path.read_text(encoding="utf-8")}passphrase = "{reference}"\n', encoding="utf-8")
    return company.folder / "secrets" / "key.pem"


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256"])
def test_an_encrypted_key_of_either_kind_signs_is_replaced_and_never_lies_open(
    newcomer: Callable[[], Company], algorithm: str
) -> None:
    company = newcomer()
    company.connect("init", "--member", company.uri, "--url", company.url)
    key = with_passphrase(company, "env:SECRET_PHRASE")
    secrets = {"FILIERE_ENROLMENT_TOKEN": company.enrolment, "FILIERE_TOKEN": company.token}
    company.environment = secrets
    refused = company.connect("keygen", "--alg", algorithm)
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "secret-absent")
    assert not key.exists()
    company.environment = {**secrets, "SECRET_PHRASE": "correct horse"}
    assert company.connect("keygen", "--alg", algorithm).returncode == 0
    assert company.connect("enroll", "--label", "Atelier").returncode == 0
    ready(company)
    assert company.connect("keys", "rotate").returncode == 0
    for path in (company.folder / "secrets").rglob("*.pem"):
        assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    company.environment = {"SECRET_PHRASE": "wrong"}
    locked = company.connect("run")
    assert (locked.returncode, locked.stderr.partition(":")[0]) == (1, "key-locked")


def test_a_key_that_others_may_read_is_refused(company: Company) -> None:
    ready(company)
    (company.folder / "secrets" / "key.pem").chmod(0o640)
    refused = company.connect("run")
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "key-readable-by-others")


def test_a_restored_spool_goes_on_with_a_new_key(company: Company, instance: ServedInstance) -> None:
    ready(company)
    (company.folder / "secrets" / "key.pem").rename(company.folder / "secrets" / "old.pem")
    assert company.connect("keygen").returncode == 0
    with bootstrap.open_database(instance.settings) as database, database.unit_of_work() as uow:
        token = create_enrolment_token(uow, uri=company.uri, now=bootstrap.system_clock())
    company.environment = {"FILIERE_ENROLMENT_TOKEN": token}
    enrolled = company.connect("enroll", "--new-chain")
    assert enrolled.returncode == 0, enrolled.stderr
    company.environment = {}
    write(company, GOOD_ROW, changed(BL="BL2", Lot="F0305"))
    done = company.connect("run")
    assert done.returncode == 0, done.stderr
    assert len(company.events()) == 2
    assert instance.log_holds()


def test_an_enrolment_waits_for_a_registrar_that_signs_elsewhere(
    newcomer: Callable[[], Company], instance: ServedInstance, tmp_path: Path
) -> None:
    company = newcomer()
    keys, offline = instance.settings.keys_dir, tmp_path / "registrar.pem"
    company.environment = {"FILIERE_ENROLMENT_TOKEN": company.enrolment, "FILIERE_TOKEN": company.token}
    company.connect("init", "--member", company.uri, "--url", company.url)
    company.connect("keygen", "--alg", "ES256")
    (keys / "registrar.pem").rename(offline)
    try:
        pending = company.connect("enroll", "--label", "Atelier")
        assert (pending.returncode, "enroll plus tard" in pending.stdout) == (4, True)
        company.environment = {}  # the request is kept here: nobody is asked for the token again
        assert company.connect("enroll").returncode == 4
        waiting = company.folder / ".filiere" / "enrolment.json"
        assert stat.S_IMODE(waiting.stat().st_mode) == 0o600
        for arguments in (
            ("pending", "-o", "asked.json"),
            ("sign", "asked.json", "--registrar-key", str(offline), "-o", "signed.json"),
            ("admit", "signed.json"),
        ):
            instance.console("key", *arguments, folder=tmp_path)
    finally:
        offline.rename(keys / "registrar.pem")
    admitted = company.connect("enroll")
    assert admitted.returncode == 0, admitted.stderr
    assert not waiting.exists()
    assert watch(company) == (0, "")
