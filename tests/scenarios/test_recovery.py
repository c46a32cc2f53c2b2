"""A database is destroyed after its backup: what was promised comes back, at its old places, or is named as lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from builders.company import Company, ServedInstance
from builders.sheets import HEADERS, changed
from conftest import Backend
from filiere_platform import bootstrap
from filiere_platform.domain.publication import EMPTY_EDGE, edge_root, grow
from filiere_platform.settings import read_settings
from filiere_platform.usecases.publish import read_entries
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.note import parse_note
from servers.filiere import Filiere

ORIGIN = "log.test.example/filiere"
FILIERE = Path(sys.executable).parent / "filiere"
MEMBERS = ("urn:filiere:party:siret:00001003300017", "urn:filiere:party:siret:73282932000074")


class Site:
    """An instance, its operator's console, and what can happen to it."""

    def __init__(self, backend: Backend) -> None:
        self.folder = backend.folder
        self.data = backend.folder / "data"
        self.database_url = backend.database_url if backend.name == "production" else ""
        self.environment = {
            "FILIERE_DATA_DIR": str(self.data),
            "FILIERE_DATABASE_URL": self.database_url,
            "FILIERE_PUBLISH_EVERY_MS": "20",
        }
        self.settings = read_settings(self.environment, log_origin=ORIGIN)
        bootstrap.found(self.settings, name="Filière d'essai", now=bootstrap.system_clock())
        self.server = Filiere("serve", self.environment, folder=backend.folder)
        self.instance = ServedInstance(settings=self.settings, server=self.server)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.environment, "FILIERE_LANG": "en"}
        return subprocess.run(
            [str(FILIERE), *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def head(self) -> tuple[int, bytes]:
        checkpoint = parse_checkpoint_text(parse_note((self.data / "log.anchor").read_bytes()).text)
        return checkpoint.size, checkpoint.root

    def destroy_database(self) -> None:
        if not self.database_url:
            for path in self.data.glob("filiere.db*"):
                path.unlink()
            return
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")


def write(company: Company, *rows: tuple[str, ...]) -> None:
    lines = [";".join(row) for row in (HEADERS, *rows)]
    (company.folder / "Expéditions.csv").write_bytes("\r\n".join([*lines, ""]).encode("cp1252"))


def ship(company: Company, *numbers: int) -> None:
    """Send rows in addition to those sent before; wait until the log proves them."""
    write(company, *(changed(BL=f"BL{n + 10}", Lot=f"L{n:04d}") for n in numbers))
    if not list(company.folder.glob("flows/*.toml")):
        made = company.connect("init", "--from", "Expéditions.csv")
        assert made.returncode == 0, made.stderr
    ran = company.connect("run", "--wait-published", "20")
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture
def site(backend: Backend) -> Iterator[Site]:
    site = Site(backend)
    site.server.start()
    yield site
    site.server.stop()


@pytest.fixture
def companies(site: Site, tmp_path: Path) -> list[Company]:
    found = [site.instance.admit(uri, tmp_path / f"company-{n}") for n, uri in enumerate(MEMBERS)]
    for company in found:
        company.board()
    return found


def receipts_hold(site: Site, companies: list[Company]) -> None:
    """Every record of every spool is where its receipt says, and the same bytes give the same receipt."""
    for company in companies:
        spool = sqlite3.connect(company.folder / ".filiere" / "spool.db")
        rows = spool.execute("SELECT envelope, log_index, stored_at, state FROM record ORDER BY seq").fetchall()
        spool.close()
        assert rows
        assert {state for *_, state in rows} == {"published"}
        for envelope, index, _, _ in rows:
            answer = httpx.post(
                f"{site.instance.url}/api/v1/records",
                content=envelope,
                headers={"Authorization": f"Bearer {company.token}", "Content-Type": "application/jose"},
                timeout=10,
            )
            [told] = answer.json()["records"]
            assert (told["status"], told["index"]) == ("known", index)


def receipt_over_all(site: Site, company: Company) -> str:
    """The receipt for everything that a company ever sent, sent once more."""
    spool = sqlite3.connect(company.folder / ".filiere" / "spool.db")
    rows = spool.execute("SELECT envelope FROM record ORDER BY seq").fetchall()
    spool.close()
    headers = {"Authorization": f"Bearer {company.token}", "Content-Type": "application/jose"}
    answer = httpx.post(
        f"{site.instance.url}/api/v1/records", content=b"\n".join(row[0] for row in rows), headers=headers, timeout=10
    )
    receipt: str = answer.json()["receipt"]
    return receipt


def is_closed(site: Site, company: Company) -> bool:
    headers = {"Authorization": f"Bearer {company.token}", "Content-Type": "application/jose"}
    closed = httpx.post(f"{site.instance.url}/api/v1/records", content=b"x.y.z", headers=headers, timeout=10)
    return (closed.status_code, closed.json()["code"]) == (503, "instance-recovering")


def test_a_destroyed_database_comes_back_whole_from_backup_tiles_and_spools(
    site: Site, companies: list[Company], tmp_path: Path
) -> None:
    first, second = companies
    ship(first, 0, 1, 2)
    ship(second, 0, 1)
    done = site.run("backup", "-o", str(tmp_path / "backup.tar"))
    assert done.returncode == 0, done.stderr
    # After the backup: more of both, a member and a key that the backup does not know, a refusal.
    third = site.instance.admit("urn:filiere:party:siret:35600000000048", tmp_path / "company-3")
    third.board()
    for company, numbers in ((first, (0, 1, 2, 3, 4)), (second, (0, 1, 2, 3)), (third, (0, 7))):
        ship(company, *numbers)
    size, root = site.head()
    before = [receipt_over_all(site, company) for company in (first, second)]

    site.server.stop()
    site.destroy_database()
    restored = site.run("restore", str(tmp_path / "backup.tar"))
    assert restored.returncode == 3, restored.stdout + restored.stderr
    assert site.head() == (size, root)
    site.server.start()
    assert is_closed(site, first)

    begun = site.run("recover", "--json")
    assert begun.returncode == 3, begun.stderr
    told = json.loads(begun.stdout)
    assert told["missing"] == told["kinds"]["event"] > 0  # what the platform itself had said was beside the tiles
    assert site.head() == (size, root)

    # The members' connectors do it by themselves; the third one's token was lost with the database.
    for company in (first, second):
        ran = company.connect("run", "--patience", "0")
        assert re.search(r"\b[1-9]\d* enregistrements rendus", ran.stdout), ran.stdout + ran.stderr
    token = site.run("token", "create", third.uri)
    assert token.returncode == 0, token.stderr
    new_token = re.search(r"fil_\S+", token.stdout)
    assert new_token is not None
    (third.folder / "secrets" / "token").write_text(new_token[0])
    third.token = new_token[0]
    gave = third.connect("replay", "--for-recovery")
    assert gave.returncode == 0, gave.stderr
    assert re.search(r"\b[1-9]\d* enregistrements rendus", gave.stdout), gave.stdout

    ended = site.run("recover", "--json")
    assert json.loads(ended.stdout)["standing"] == "open", ended.stdout
    for company in (first, second, third):
        ran = company.connect("run", "--wait-published", "20")
        assert ran.returncode == 0, ran.stdout + ran.stderr
    checked = site.run("fsck", "--deep", "--json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(checked.stdout)["lost"] == {}
    with bootstrap.open_platform(read_settings(site.environment)) as platform, platform.database.unit_of_work() as unit:
        assert edge_root(grow(EMPTY_EDGE, list(read_entries(unit.log, 0, size))).edge) == root
    receipts_hold(site, companies)
    assert [receipt_over_all(site, company) for company in (first, second)] == before


def test_what_nobody_has_any_more_is_named_as_lost_and_the_log_goes_on(
    site: Site, companies: list[Company], tmp_path: Path
) -> None:
    first, second = companies
    ship(first, 0)
    assert site.run("backup", "-o", str(tmp_path / "backup.tar")).returncode == 0
    ship(second, 0, 1)
    ship(first, 0, 1)
    size, _ = site.head()
    site.server.stop()
    site.destroy_database()
    shutil.rmtree(second.folder)  # its spool is lost with its machine
    assert site.run("restore", str(tmp_path / "backup.tar")).returncode == 3
    assert site.run("recover").returncode == 3
    site.server.start()
    first.connect("replay", "--for-recovery")
    waiting = site.run("recover", "--json")
    assert waiting.returncode == 3
    lost = json.loads(waiting.stdout)["missing"]
    assert lost >= 2
    refused = site.run("recover", "--declare-lost")  # nobody is there to say yes
    assert refused.returncode != 0
    gone = site.run("recover", "--declare-lost", "--yes")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    ship(first, 0, 1, 2)
    assert site.head()[0] > size
    checked = site.run("fsck", "--deep", "--json")
    assert checked.returncode == 0, checked.stdout
    report = json.loads(checked.stdout)
    assert len(report["lost"]) == lost
    assert report["erased"] == 0
    assert f"{lost} in the incident of " in site.run("fsck").stdout
