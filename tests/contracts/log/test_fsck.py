"""`filiere fsck` holds where nothing was touched, and names exactly what was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text

from builders.instance import seeded_key
from contracts.log.conftest import Filled
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.log_check import FsckReport
from filiere_platform.domain.record_proof import RecordVerifier
from filiere_platform.settings import read_settings
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.fsck import fsck
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.key_statements import RevocationReason, sign_key_revocation
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.note import VerifierKey


@contextmanager
def opened(filled: Filled) -> Iterator[tuple[bootstrap.Platform, UnitOfWork]]:
    """Open the instance without threads, in a transaction that is rolled back."""
    settings = read_settings({}, data_dir=filled.folder / "data", database_url=filled.database_url)
    with bootstrap.open_platform(settings) as platform, platform.database.unit_of_work() as unit:
        if not platform.database.is_postgresql:
            unit._session.execute(text("BEGIN IMMEDIATE"))  # SQLite would commit each damage at once
        yield platform, unit
        unit._session.rollback()


def check(
    platform: bootstrap.Platform, unit: UnitOfWork, *, deep: bool = False, platform_key: PublicKey | None = None
) -> FsckReport:
    def open_verifier() -> RecordVerifier:
        return RecordVerifier.of(
            unit.directory(),
            origin=platform.instance.origin,
            receipt_key=platform_key or platform.key(Duty.RECEIPT).public,
            registrar_key=platform_key or platform.public_key(Duty.REGISTRAR),
        )

    log_key = VerifierKey(platform.instance.origin, platform.key(Duty.LOG).public)
    return fsck(unit.log, platform.files, log_key, open_verifier=open_verifier if deep else None)


def damage(unit: UnitOfWork, statement: str, **values: Any) -> None:
    assert unit._session.execute(text(statement), values).rowcount, "nothing was damaged"


def places(report: FsckReport) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in report.breaches:
        found.setdefault(problem.code, []).append(problem.pointer)
        assert problem.message("fr")
        assert problem.message("en")
    return found


def test_an_untouched_instance_holds_and_every_signature_is_verified_again(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        report = check(platform, unit, deep=True)
        assert report.holds, report.as_json()
        assert (report.records, report.published, report.signatures) == (filled.size, filled.size, filled.size)
        # tile and bundle 0, the partial ones behind them, and the level-1 tile over the first
        assert report.files == 5
        assert check(platform, unit).signatures is None


ROW_DAMAGES = {
    "event-row-missing": "DELETE FROM event WHERE log_index = 100",
    "edge-spurious": "DELETE FROM event WHERE log_index = 100",
    "event-row-spurious": "UPDATE record SET kind = 3 WHERE log_index = 100",
    "edge-gap": "UPDATE edge SET ordinal = 77 WHERE log_index = 100 AND ordinal = 0",
    "node-missing": "UPDATE edge SET node_id = 999 WHERE log_index = 100",
    "grant-missing": "DELETE FROM visibility_grant WHERE log_index = 100",
    "identity-missing": "DELETE FROM digest WHERE log_index = 100",
    "record-time-goes-back": "UPDATE record SET stored_at = 1 WHERE log_index = 100",
    "record-bytes-changed": "UPDATE record SET body = disclosed.body FROM record AS disclosed"
    " WHERE record.log_index = 100 AND disclosed.log_index = 101",
}


@pytest.mark.parametrize("code", ROW_DAMAGES)
def test_one_damaged_row_is_found_at_its_index(filled: Filled, code: str) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, ROW_DAMAGES[code])
        report = check(platform, unit)
        assert not report.holds
        assert places(report).get(code) == ["/records/100"], report.as_json()


def test_a_grant_on_nothing_and_a_number_that_was_skipped_are_found(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, "UPDATE visibility_grant SET grant_no = grant_no + 1000 WHERE log_index = 100")
        assert places(check(platform, unit)) == {"numbers-have-gaps": ["/grants"]}
    with opened(filled) as (platform, unit):
        damage(unit, "DELETE FROM record WHERE log_index = 100")
        found = places(check(platform, unit))
        assert found["grant-spurious"] == found["identity-spurious"] == ["/records/100"]


def test_a_missing_record_is_found_and_the_rest_is_still_checked(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, "DELETE FROM record WHERE log_index IN (100, 101)")
        damage(unit, "DELETE FROM event WHERE log_index = 200")
        report = check(platform, unit)
        assert places(report)["record-missing"] == ["/records/100"]
        assert [p.values["count"] for p in report.breaches if p.code == "record-missing"] == [2]
        assert places(report)["event-row-missing"] == ["/records/200"]


def test_a_rewritten_record_is_found_by_the_tree_even_with_all_its_digests_made_to_fit(filled: Filled) -> None:
    """The operator rewrites history: the bytes, their digest, everything in the database is consistent."""
    with opened(filled) as (platform, unit):
        [other] = unit.log.records(101, 102)
        damage(
            unit,
            "UPDATE record SET body = :body, sha256 = :sha256 WHERE log_index = 100",
            body=other.body,
            sha256=other.sha256,
        )
        found = places(check(platform, unit))
        assert found == {
            "log-file-differs": [
                "/files/tile/entries/000",
                "/files/tile/0/000",
                "/files/tile/1/000.p/1",
            ],
            "log-root-differs": ["/files/checkpoint", "/files/log.anchor"],
        }


def test_a_shortened_database_is_found(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, "UPDATE log_head SET size = size - 1")
        found = places(check(platform, unit))
        assert found["database-behind-head"] == ["/files/checkpoint", "/files/log.anchor"]
        assert found["record-beyond-head"] == [f"/records/{filled.size - 1}"]


def test_an_unknown_kind_is_found(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, "UPDATE record SET kind = 99 WHERE log_index = 100")
        assert places(check(platform, unit))["record-kind-unknown"] == ["/records/100"]


@contextmanager
def changed(platform: bootstrap.Platform, name: str, content: bytes | None) -> Iterator[None]:
    """Change a file of the log for a while; None takes it away."""
    files = platform.files
    path = files._data / name if name == "log.anchor" else files._log / name
    before = path.read_bytes()
    try:
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        yield
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("file", ["tile/0/000", "tile/entries/000", "tile/1/000.p/1", "partial tile", "partial bundle"])
def test_one_damaged_or_missing_file_is_found_by_its_name(filled: Filled, file: str) -> None:
    width = filled.size - 256
    names = {"partial tile": f"tile/0/001.p/{width}", "partial bundle": f"tile/entries/001.p/{width}"}
    name = names.get(file, file)
    with opened(filled) as (platform, unit):
        content = platform.files.read(name)
        assert content
        flipped = content[:-1] + bytes([content[-1] ^ 1])
        with changed(platform, name, flipped):
            assert places(check(platform, unit)) == {"log-file-differs": [f"/files/{name}"]}
        with changed(platform, name, content[:-1]):
            assert places(check(platform, unit)) == {"log-file-differs": [f"/files/{name}"]}
        with changed(platform, name, None):
            assert places(check(platform, unit)) == {"log-file-missing": [f"/files/{name}"]}


def test_a_checkpoint_of_another_root_key_or_name_is_found(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        origin, key = platform.instance.origin, platform.key(Duty.LOG)
        cases = {
            "log-root-differs": sign_checkpoint(origin, filled.size, bytes(32), key),
            "note-unsigned": sign_checkpoint(origin, filled.size, bytes(32), seeded_key("stranger")),
            "bad-note": b"no note",
            "database-behind-head": sign_checkpoint(origin, filled.size + 1, bytes(32), key),
        }
        for code, note in cases.items():
            for name in ("checkpoint", "log.anchor"):
                with changed(platform, name, note):
                    report = check(platform, unit)
                    assert places(report)[code] == [f"/files/{name}"], report.as_json()


def test_a_lost_anchor_is_found(filled: Filled) -> None:
    with opened(filled) as (platform, unit), changed(platform, "log.anchor", None):
        assert places(check(platform, unit)) == {"log-anchor-missing": ["/files/log.anchor"]}


def test_a_record_of_an_unknown_key_is_found_by_its_signature(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, "UPDATE record SET key_id = 99 WHERE log_index = 100")
        assert check(platform, unit).holds
        assert reasons(check(platform, unit, deep=True)) == {100: "record-signer-unknown"}


def test_records_behind_a_revocation_are_found_by_their_signature(filled: Filled) -> None:
    """A record that somebody moved before its key's revocation in the tables is judged by the log all the same."""
    with opened(filled) as (platform, unit):
        key = min(unit.keys.all(), key=lambda each: each.life.registered_at)
        revocation = sign_key_revocation(
            kid=key.kid,
            issuer=key.life.issuer,
            reason=RevocationReason.KEY_COMPROMISE,
            suspect_from=None,
            key=platform.key(Duty.REGISTRAR),
            origin=platform.instance.origin,
            revoked_at=0,
        )
        damage(unit, "UPDATE record SET kind = 5, body = :body WHERE log_index = 260", body=revocation)
        report = check(platform, unit, deep=True)
        assert report.counts["key-row-differs"] == 1  # the tables know nothing of it
        failing = [p for p in report.breaches if p.code == "record-signature-fails"]
        assert {p.values["reason"] for p in failing} == {"record-key-not-valid"}
        assert min(int(p.values["index"]) for p in failing) == 261


KEY_DAMAGES = {
    "revoked nowhere in the log": "UPDATE member_key SET revoked_at = 260 WHERE id = :first",
    "replaced nowhere in the log": "UPDATE member_key SET replaced_at = 260 WHERE id = :first",
    "suspect nowhere in the log": "UPDATE member_key SET suspect_from = 0 WHERE id = :first",
    "registered earlier than in the log": "UPDATE member_key SET registered_at = -1 WHERE id = :first",
}


@pytest.mark.parametrize("name", KEY_DAMAGES)
def test_a_key_whose_row_tells_another_life_than_the_log_is_found(filled: Filled, name: str) -> None:
    with opened(filled) as (platform, unit):
        key = unit.keys.all()[0]
        damage(unit, KEY_DAMAGES[name], first=key.id)
        assert places(check(platform, unit, deep=True)) == {"key-row-differs": [f"/keys/{key.kid}"]}


def test_a_record_of_another_member_is_found_by_its_signature(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        damage(
            unit,
            "UPDATE record SET member_id = (SELECT max(id) FROM member)"
            " WHERE log_index = 100 OR (kind = 2 AND member_id <> (SELECT max(id) FROM member))",
        )
        assert reasons(check(platform, unit, deep=True)) == {100: "record-signer-unknown"}
    with opened(filled) as (platform, unit):
        damage(unit, "UPDATE record SET member_id = (SELECT min(id) FROM member) WHERE kind = 2")
        assert set(reasons(check(platform, unit, deep=True)).values()) == {"record-attested-for-another"}


def test_statements_of_another_platform_key_are_found_by_their_signature(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        report = check(platform, unit, deep=True, platform_key=seeded_key("stranger").public)
        # Of a registrar that nobody knows no key is valid, and so is no record that it signed.
        assert report.counts == {"key-row-differs": 2, "record-signature-fails": filled.size}
        assert report.signatures == 0


ROW_DIFFERENCES = {
    "event_id": "UPDATE event SET event_id = 'urn:uuid:0' WHERE log_index = 100",
    "biz_step": "UPDATE event SET biz_step = 'shipping' WHERE log_index = 100",
    "earliest": "UPDATE event SET earliest = earliest + 1 WHERE log_index = 100",
    "declares_error": "UPDATE event SET declares_error = NOT declares_error WHERE log_index = 100",
}
EDGE_DIFFERENCES = {
    "all edges lost": "DELETE FROM edge WHERE log_index = 100",
    "another quantity": "UPDATE edge SET quantity = '9' WHERE log_index = 100 AND ordinal = 0",
    "another object": "UPDATE edge SET node_id = (SELECT max(node_id) FROM node) WHERE log_index = 100",
    "another role": "UPDATE edge SET role = 4 WHERE log_index = 100 AND ordinal = 0",
}


@pytest.mark.parametrize("name", ROW_DIFFERENCES)
def test_an_event_row_that_does_not_follow_from_its_event_is_found(filled: Filled, name: str) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, ROW_DIFFERENCES[name])
        assert check(platform, unit).holds
        report = check(platform, unit, deep=True)
        assert places(report) == {"event-row-differs": ["/records/100"]}
        assert report.breaches[0].values["fields"] == name


@pytest.mark.parametrize("what", EDGE_DIFFERENCES)
def test_edges_that_do_not_follow_from_their_event_are_found(filled: Filled, what: str) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, EDGE_DIFFERENCES[what].replace("'9'", "9" if platform.database.is_postgresql else "'9'"))
        assert check(platform, unit).holds
        assert places(check(platform, unit, deep=True)) == {"edges-differ": ["/records/100"]}


def reasons(report: FsckReport) -> dict[int, str]:
    """Why signatures fail, by log index; nothing else may be wrong."""
    others = {"record-signature-fails", "grant-missing", "event-row-differs"}
    assert set(report.counts) <= others, report.as_json()
    return {
        int(p.values["index"]): str(p.values["reason"]) for p in report.breaches if p.code == "record-signature-fails"
    }


def test_many_breaches_of_a_rule_are_counted_and_the_first_are_listed(filled: Filled) -> None:
    with opened(filled) as (platform, unit):
        damage(unit, "DELETE FROM digest")
        report = check(platform, unit)
        assert report.counts == {"identity-missing": filled.size}
        assert len(report.breaches) == 20
