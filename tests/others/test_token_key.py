"""A company's key lies on a token: it enrols, signs and is replaced there, others' programs verify what it signed, and
a token that is absent, locked or empty costs nothing but a sentence."""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pkcs11
import pytest

from builders.company import Company, ServedInstance
from builders.served import newcomers, served_instance
from builders.sheets import GOOD_ROW, HEADERS, changed
from filiere_connectors.spool import read_spool
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.statements import KEY_TYP, payload_of

FILE = "ventes.csv"
SCRIPT = Path(__file__).with_name("token_key.mjs")
_objects = itertools.count(1)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedInstance]:
    with served_instance(tmp_path_factory.mktemp("instance")) as served:
        yield served


@pytest.fixture
def uri(softhsm) -> str:
    return f"pkcs11:token={softhsm.label};object=atelier{next(_objects)}?module-path={softhsm.module}"


@pytest.fixture
def newcomer(instance: ServedInstance, softhsm, tmp_path: Path) -> Company:
    """A company that has a workspace which says where the PIN is, and no key."""
    company = newcomers(instance, tmp_path)()
    company.environment = {"PIN": softhsm.pin, "FILIERE_LANG": "en"}
    company.environment |= {"FILIERE_ENROLMENT_TOKEN": company.enrolment, "FILIERE_TOKEN": company.token}
    done(company, "init", "--member", company.uri, "--url", company.url)
    settings = company.folder / "filiere.toml"
    settings.write_text(settings.read_text() + 'pkcs11_pin = "env:PIN"\n# a line of a person\'s own\n')
    write(company, 1)
    return company


@pytest.fixture
def company(newcomer: Company, uri: str) -> Company:
    """A company whose key was made on the token, and is enrolled."""
    done(newcomer, "keygen", "--pkcs11", uri)
    done(newcomer, "enroll")
    done(newcomer, "init", "--from", FILE)
    return newcomer


def write(company: Company, rows: int) -> None:
    lines = (HEADERS, GOOD_ROW, *(changed(BL=f"BL{n}", Lot=f"F{n:04d}") for n in range(2, rows + 1)))
    (company.folder / FILE).write_text("\n".join(";".join(row) for row in lines), encoding="utf-8")


def done(company: Company, *arguments: str) -> str:
    found = company.connect(*arguments)
    assert found.returncode == 0, found.stderr
    return found.stdout


def refused(company: Company, *arguments: str) -> str:
    """The code of the sentence with which a command is refused."""
    found = company.connect(*arguments)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "Traceback" not in found.stderr
    assert "123456" not in found.stdout + found.stderr
    return found.stderr.partition(":")[0]


def keys_of(company: Company) -> list[dict[str, str]]:
    """The JWKs of the company's keys, as the log tells them to everybody."""
    listed = httpx.get(f"{company.url}/log/keys/", timeout=10).json()["keys"]
    payloads = [payload_of(parse_jws(each["statement"].encode(), typ=KEY_TYP)) for each in listed]
    return [payload["jwk"] for payload in payloads if payload["iss"] == company.uri]


def envelopes(company: Company) -> list[str]:
    with read_spool(company.folder / ".filiere" / "spool.db") as spool:
        return [spool.record(seq).envelope.decode() for seq in range(1, spool.tail()[0] + 1)]


def test_a_key_on_a_token_enrols_signs_and_is_verified_by_programs_of_others(
    company: Company, instance: ServedInstance, node
) -> None:
    write(company, 3)
    done(company, "run", "--wait-published", "20")
    assert len(company.events()) == 3
    assert instance.log_holds()  # our own verifier, every signature of the log
    [jwk] = keys_of(company)
    assert (jwk["kty"], jwk["crv"]) == ("EC", "P-256")
    for number, jws in enumerate(envelopes(company)):
        flipped = jws[:-4] + ("AAAA" if jws[-4:] != "AAAA" else "BBBB")
        answers = [ask(node, jws=each, jwk=jwk) for each in (jws, flipped)]
        assert "eventID" in answers[0]["payload"], number
        assert answers[1] == {"refused": "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"}
    assert not list((company.folder / "secrets").rglob("*.pem"))
    assert "a person's own" in (company.folder / "filiere.toml").read_text()


def ask(node, **question: object) -> dict[str, str]:
    answer = node(SCRIPT, input=json.dumps(question).encode())
    assert answer.returncode == 0, answer.stderr.decode()
    found: dict[str, str] = json.loads(answer.stdout)
    return found


def test_the_private_key_cannot_be_read_from_the_token(newcomer: Company, uri: str, softhsm) -> None:
    done(newcomer, "keygen", "--pkcs11", uri)
    label = uri.partition("object=")[2].partition("?")[0]
    library = pkcs11.lib(softhsm.module)
    library.reinitialize()  # the object was made by another process
    with library.get_token(token_label=softhsm.label).open(user_pin=softhsm.pin) as opened:
        key = opened.get_key(label=label, object_class=pkcs11.ObjectClass.PRIVATE_KEY)
        assert key[pkcs11.Attribute.SENSITIVE]
        assert key[pkcs11.Attribute.ALWAYS_SENSITIVE]
        assert key[pkcs11.Attribute.NEVER_EXTRACTABLE]
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


def test_a_key_is_replaced_from_file_to_token_and_from_token_to_token(
    newcomer: Company, instance: ServedInstance, uri: str, node
) -> None:
    company = newcomer
    for arguments in (("keygen",), ("enroll",), ("init", "--from", FILE), ("run",)):
        done(company, *arguments)
    for rows, arguments in ((2, ("--pkcs11", uri)), (3, ()), (4, ())):
        done(company, "keys", "rotate", *arguments)
        write(company, rows)
        done(company, "run", "--wait-published", "20")
    assert len(company.events()) == 4
    assert not (company.folder / "secrets" / "key.pem").exists()
    assert len(list((company.folder / "secrets" / "ended").iterdir())) == 1
    jwks = keys_of(company)
    assert [jwk["kty"] for jwk in jwks] == ["OKP", "EC", "EC", "EC"]
    assert len(done(company, "keys", "list").splitlines()) == 4
    done(company, "keys", "watch", "--once")
    for jws, jwk in zip(envelopes(company)[1:], jwks[1:], strict=True):
        assert "payload" in ask(node, jws=jws, jwk=jwk)
    assert instance.log_holds()


@pytest.mark.parametrize("point", ["rotating:1", "rotated:1", "begun:1"])
def test_a_replacement_onto_a_token_that_is_killed_anywhere_is_finished_by_the_next(
    newcomer: Company, instance: ServedInstance, uri: str, point: str
) -> None:
    for arguments in (("keygen",), ("enroll",), ("init", "--from", FILE), ("run",)):
        done(newcomer, *arguments)
    killed = newcomer.connect("keys", "rotate", "--pkcs11", uri, crash_at=point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert refused(newcomer, "run") == "rotation-unfinished"
    done(newcomer, "keys", "rotate")
    write(newcomer, 2)
    done(newcomer, "run")
    assert len(newcomer.events()) == 2
    assert len(keys_of(newcomer)) == 2
    done(newcomer, "keys", "watch", "--once")


def test_a_token_that_cannot_sign_costs_a_sentence_and_nothing_of_the_spool(
    company: Company, softhsm, tmp_path: Path
) -> None:
    """Wrong PIN, removed token, no module, token without the object: afterwards the run goes on where it was."""
    done(company, "run")
    before = company.status()
    write(company, 2)
    settings = company.folder / "filiere.toml"
    text = settings.read_text()
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "no-token.conf").write_text(f"directories.tokendir = {empty}\n")
    usual = company.environment
    for code, environment, changes in (
        ("token-pin-wrong", {"PIN": "999999"}, ("", "")),
        ("secret-absent", {"PIN": ""}, ("", "")),
        ("token-absent", {"SOFTHSM2_CONF": str(tmp_path / "no-token.conf")}, ("", "")),
        ("token-module-unusable", {}, (softhsm.module, "/no/such/module.so")),
        ("token-module-unnamed", {}, (f"?module-path={softhsm.module}", "")),
        ("token-key-absent", {}, ("object=atelier", "object=nothing")),
        ("token-pin-unnamed", {}, ('pkcs11_pin = "env:PIN"', "")),
        ("token-pin-in-uri", {}, ("?module-path", "?pin-value=123456&module-path")),
    ):
        company.environment = usual | environment
        settings.write_text(text.replace(*changes) if changes[0] else text)
        assert refused(company, "run") == code
    company.environment = usual
    settings.write_text(text)
    assert company.status() == before
    done(company, "run")
    assert len(company.events()) == 2


def test_a_key_on_a_token_is_never_replaced_and_neither_is_a_key_in_a_file(newcomer: Company, uri: str) -> None:
    assert refused(newcomer, "keygen", "--pkcs11", uri, "--alg", "Ed25519") == "token-algorithm"
    done(newcomer, "keygen", "--pkcs11", uri)
    assert refused(newcomer, "keygen") == "token-key-exists"
    assert refused(newcomer, "keygen", "--pkcs11", uri.replace("object=", "object=other-")) == "key-is-elsewhere"


def test_without_the_library_a_sentence_says_what_to_install(company: Company, tmp_path: Path) -> None:
    """The extra is not installed: to import it fails as it does then."""
    (tmp_path / "pkcs11.py").write_text("raise ModuleNotFoundError(name='pkcs11')\n")
    company.environment["PYTHONPATH"] = str(tmp_path)
    found = company.connect("run")
    assert found.stderr.startswith("pkcs11-not-installed")
    assert "filiere-connectors[pkcs11]" in found.stderr
    assert company.connect("status", "--offline").returncode == 0  # what needs no key needs no library


def test_a_key_on_a_token_revokes_itself(company: Company, instance: ServedInstance) -> None:
    done(company, "run")
    done(company, "keys", "revoke", "--yes", "--reason", "superseded")
    write(company, 2)
    assert company.connect("run").returncode != 0
    assert len(company.events()) == 1
    done(company, "keys", "watch", "--once")
    assert instance.log_holds()
