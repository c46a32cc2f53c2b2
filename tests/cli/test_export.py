"""`filiere export` writes what the programs of others read, from the operator's view."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from builders.events import MILK_LOT, an_object_event
from builders.instance import Instance, Sender, open_instance
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.cli.main import filiere
from filiere_schemas.provenance.cose_receipt import verify_cose_receipt
from filiere_schemas.provenance.credential import verify_credential
from filiere_schemas.provenance.entry import EntryKind, log_entry


@pytest.fixture
def told(backend: Backend, monkeypatch: pytest.MonkeyPatch):
    """An instance, and the one record that a dairy sent to it, published."""
    monkeypatch.setenv("FILIERE_DATA_DIR", str(backend.folder / "data"))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    with open_instance(backend.folder, database_url=backend.database_url) as instance:
        dairy: Sender = instance.admit("dairy")
        record = dairy.send_events(an_object_event()).json()["records"][0]
        assert dairy.get_published(f"/api/v1/cose-receipt/{record['index']}").status_code == 200
        yield instance, record


def run(*arguments: str) -> None:
    result = CliRunner().invoke(filiere, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output


def test_a_cose_receipt_is_written_and_holds(told: tuple[Instance, dict], tmp_path: Path) -> None:
    instance, record = told
    run("export", "cose", str(record["index"]), "-o", str(tmp_path / "receipt.cose"))
    entry = log_entry(EntryKind.EVENT, bytes.fromhex(record["sha256"]))
    receipt = (tmp_path / "receipt.cose").read_bytes()
    assert verify_cose_receipt(receipt, entry, instance.platform.trust().log).index == record["index"]


def test_a_credential_is_written_and_holds(told: tuple[Instance, dict], tmp_path: Path) -> None:
    instance, _ = told
    run("export", "credential", MILK_LOT, "-o", str(tmp_path / "lot.vc.json"))
    document = json.loads((tmp_path / "lot.vc.json").read_text(encoding="utf-8"))
    subject = verify_credential(document, instance.platform.key(Duty.RECEIPT).public)
    assert subject["urn:filiere:ns:records"]["urn:filiere:ns:published"] == 1
