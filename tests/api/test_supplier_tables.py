"""The register as a table over HTTP and at the console: previewed, all or nothing, within limits, one member's own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from builders.instance import Instance, Sender, open_instance
from builders.partners import a_document
from conftest import Backend
from filiere_platform.cli.main import filiere
from filiere_platform.domain.table_text import LARGEST_TABLE

PATH = "/api/v1/suppliers"
LIST = "code;nom;relations;certificat;valable au\nF1;Laiterie;fournisseur;IFS;31/12/2026\nF2;Route;transporteur;;\n"


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url) as opened:
        yield opened


@pytest.fixture
def cheese(instance: Instance) -> Sender:
    return instance.admit("Fromagerie")


def send(sender: Sender, table: str | bytes, *, kind: str = "text/csv", **parameters: str) -> httpx.Response:
    content = table.encode("cp1252") if isinstance(table, str) else table
    headers = {**sender.headers, "Content-Type": kind}
    return sender.client.post(f"{PATH}/import", content=content, params=parameters, headers=headers)


def codes(sender: Sender) -> list[str]:
    return [line["code"] for line in sender.get(PATH).json()["suppliers"]]


def test_a_table_is_previewed_then_read_and_comes_back_unchanged(cheese: Sender) -> None:
    preview = send(cheese, LIST, preview="true").json()
    assert (preview["added"], preview["preview"], codes(cheese)) == (2, True, [])
    done = send(cheese, LIST).json()
    assert (done["added"], done["changed"], codes(cheese)) == (2, 0, ["F1", "F2"])
    added = cheese.client.post(PATH, json=a_document(), headers=cheese.headers)
    assert added.status_code == 201
    for language in ("fr", "en"):
        exported = cheese.get(f"{PATH}/export", language=language)
        assert exported.content.startswith(b"\xef\xbb\xbfcode;")
        before = cheese.get("/api/v1/audit").json()["acts"]
        again = send(cheese, exported.content).json()
        assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)
        assert cheese.get("/api/v1/audit").json()["acts"] == before
    changed = send(cheese, LIST.replace("Laiterie", "Laiterie é")).json()
    assert changed["partners"][0] == {"code": "F1", "name": "Laiterie é", "step": "changed", "parts": ["name"]}
    acts = [act["details"] for act in cheese.get("/api/v1/audit").json()["acts"] if act["act"] == "partner.import"]
    assert [(each["versions"], each.get("added")) for each in acts] == [("2", "2"), ("1", None)]


def test_one_wrong_cell_changes_nothing_at_all(cheese: Sender) -> None:
    wrong = send(cheese, LIST.replace("31/12/2026", "31/02/2026"))
    assert wrong.status_code == 400
    assert (wrong.json()["code"], wrong.json()["errors"][0]["pointer"]) == ("table-cell", "/2/5")
    assert codes(cheese) == []


def test_what_is_too_large_or_no_table_is_refused(cheese: Sender) -> None:
    assert send(cheese, b"a" * (LARGEST_TABLE + 1)).status_code == 413
    assert send(cheese, LIST, kind="application/json").status_code == 415
    assert send(cheese, b"").json()["code"] == "table-empty"


def test_a_table_reaches_nobody_elses_register(instance: Instance, cheese: Sender) -> None:
    rival = instance.admit("Rivale")
    send(cheese, LIST)
    assert send(rival, LIST).json()["added"] == 2
    empty = instance.admit("Autre")
    assert empty.get(f"{PATH}/export").text.count("\r\n") == 1
    assert empty.get(PATH).json()["suppliers"] == []


def test_the_console_reads_and_writes_the_register_of_a_member_at_its_request(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        uri = instance.admit("Fromagerie").uri
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    monkeypatch.setenv("FILIERE_LANG", "fr")
    table, written, bundle = tmp_path / "liste.csv", tmp_path / "export.csv", tmp_path / "member.zip"
    table.write_text(LIST, encoding="cp1252")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(filiere, ["supplier", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    assert run("import", uri, str(table), "--preview").splitlines()[0].startswith("+ F1")
    assert run("list", uri) == ""
    assert run("import", uri, str(table)).count("+") == 2
    assert "F1" in run("list", uri)
    run("export", uri, "-o", str(written))
    assert [line[0] for line in run("import", uri, str(written)).splitlines()] == ["=", "="]
    assert "F1" not in run("list", uri, "--as-of", "2020-01-01")
    exported = CliRunner().invoke(filiere, ["member", "export", uri, "-o", str(bundle)], catch_exceptions=False)
    assert exported.exit_code == 0, exported.output
    with zipfile.ZipFile(io.BytesIO(bundle.read_bytes())) as archive:
        assert archive.read("suppliers.csv").replace(b"\r\n", b"\n") == written.read_bytes().replace(b"\r\n", b"\n")
        assert archive.read("suppliers.jsonl").count(b'"step": "added"') == 2
