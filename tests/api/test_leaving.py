"""A member that leaves takes along what is its own, all of it and no byte of anybody else's, and can prove it."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from builders.events import ABSENT, an_object_event
from builders.findings import do, explain, found_of
from builders.instance import PUBLISH_SECONDS, Instance, Sender
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.provenance.statements import read_receipt
from filiere_schemas.provenance.verify import verify_bundle

Run = Callable[..., Result]


WITHOUT_RECORDS = {
    "acts.jsonl",
    "member.json",
    "suppliers.csv",
    "suppliers.jsonl",
    "master-data.jsonl",
    "cases.jsonl",
    "recalls.jsonl",
    "findings.jsonl",
}


@pytest.fixture
def run(instance: Instance, backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FILIERE_DATA_DIR", str(instance.platform.settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", backend.database_url)
    return lambda *arguments: CliRunner().invoke(filiere, list(arguments))


def exported(run: Run, sender: Sender, path: Path) -> dict[str, bytes]:
    """Export as often as the answer is that the publisher is a moment behind."""
    deadline = time.monotonic() + PUBLISH_SECONDS
    while True:
        done = run("member", "export", sender.uri, "-o", str(path))
        if done.exit_code == 0 or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    assert done.exit_code == 0, done.output
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def index_of(sender: Sender, number: int, **changes: object) -> int:
    event = an_object_event(eventID=f"urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-3f6f0f1d{number:04d}", **changes)
    response = sender.send_events(event)
    assert response.status_code == 200, response.text
    index: int = response.json()["records"][0]["index"]
    return index


def test_an_export_is_the_members_own_records_with_their_proofs_and_nothing_of_others(
    instance: Instance, run: Run, tmp_path: Path
) -> None:
    dairy, other = (instance.admit(name, sharing=SharingMode.SECTOR) for name in ("dairy", "other"))
    mine = [index_of(dairy, 1), index_of(dairy, 2)]
    theirs = index_of(other, 3)
    assert dairy.get(f"/api/v1/records/{theirs}").status_code == 200  # it may see it, and yet it is not its own
    discarded = dairy.sign(an_object_event(eventID="urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-3f6f0f1d0009"))
    assert dairy.send(dairy.void(discarded)).status_code == 200
    instance.erase(mine[1])
    files = exported(run, dairy, tmp_path / "member.zip")
    own = {"records/0001.zip", "receipts/0001.jws", *WITHOUT_RECORDS}
    assert {name for name in files if not name.startswith("others/")} == own
    assert sum(name.startswith("others/") for name in files) == 1
    verified = verify_bundle(files["records/0001.zip"], instance.platform.trust())
    assert [record.index for record in verified.records] == mine
    assert {record.member for record in verified.records} == {dairy.uri, None}  # of an erased one nobody can tell
    receipt = read_receipt(
        files["receipts/0001.jws"], instance.platform.key(Duty.RECEIPT).public, origin=instance.platform.instance.origin
    )
    assert [record.index for record in receipt] == mine
    everything = b"".join(files.values())
    for foreign in (other.uri, other.key.public.thumbprint, "3f6f0f1d0003"):
        assert foreign.encode() not in everything
    with instance.platform.database.unit_of_work() as uow:
        (record,) = uow.log.records(theirs, theirs + 1)
    assert record.body is not None
    assert record.body.split(b".")[1] not in everything
    assert json.loads(files["member.json"])["member"] == dairy.uri


def test_a_member_without_records_exports_what_it_has(instance: Instance, run: Run, tmp_path: Path) -> None:
    dairy = instance.admit("dairy")
    files = exported(run, dairy, tmp_path / "member.zip")
    assert set(files) == WITHOUT_RECORDS


def test_a_member_takes_along_what_was_found_of_its_records_with_what_was_done_about_it(
    instance: Instance, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filiere_platform.usecases.leaving.PAGE", 2)
    dairy, other = (instance.admit(name, sharing=SharingMode.SECTOR) for name in ("dairy", "other"))
    mine = [found_of(instance, dairy) for _ in range(3)]
    theirs = found_of(instance, other)
    for number in mine[1:]:
        assert explain(dairy, number, "La réception suit.").status_code == 200
    assert do(dairy, mine[2], "close", reason="corrected at the source").status_code == 200
    taken = exported(run, dairy, tmp_path / "member.zip")["findings.jsonl"].decode().splitlines()
    told = {each["id"]: each for each in map(json.loads, taken)}
    assert list(told) == mine
    assert theirs not in told
    assert [told[number]["state"] for number in mine] == ["open", "explained", "closed"]
    assert told[mine[1]]["history"][0]["text"] == "La réception suit."
    assert told[mine[2]] == dairy.get(f"/api/v1/findings/{mine[2]}").json()


def test_who_has_left_does_nothing_more_and_its_records_stay(instance: Instance, run: Run) -> None:
    dairy, other = (instance.admit(name, sharing=SharingMode.SECTOR) for name in ("dairy", "other"))
    index = index_of(dairy, 1)
    assert run("member", "leave", dairy.uri, "--reason", " ").exit_code != 0
    assert run("member", "leave", dairy.uri, "--reason", "cession").exit_code == 0
    assert dairy.get("/api/v1/findings").status_code == 401  # its tokens ended
    assert dairy.send_events(an_object_event(ilmd=ABSENT)).status_code == 401
    shown = other.get(f"/api/v1/records/{index}")
    assert (shown.status_code, shown.json()["member"]) == (200, dairy.uri)
    for again in ("leave", "suspend", "resume"):
        assert run("member", again, dairy.uri, "--reason", "encore").exit_code != 0, again
    acts = run("audit", "list", "--member", dairy.uri).output
    assert "member.leave" in acts
    assert instance.fsck().holds
