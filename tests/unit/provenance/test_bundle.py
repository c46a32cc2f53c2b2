"""A bundle holds exactly as it was written, against exactly the trusted keys, and says what it cannot prove."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builders.bundles import DAIRY, LOG, LOT, ORIGIN, SHOP, TRUST, SmallLog, a_key, an_event, an_honest_log
from filiere_schemas.provenance.bundle import Bundle, InvalidBundle, LoggedEntry, read_bundle, write_bundle
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.policy import KnownLog, Policy
from filiere_schemas.provenance.trust import write_trust
from filiere_schemas.provenance.verification import Refuted
from filiere_schemas.provenance.verify import verify_bundle
from filiere_schemas.provenance.verify_cli import verify

HONEST = write_bundle(an_honest_log().bundle())


def test_an_honest_bundle_holds_and_says_of_each_record_what_it_is() -> None:
    verified = verify_bundle(HONEST, TRUST)
    assert [(r.index, r.member, r.assurance) for r in verified.records] == [
        (1, DAIRY, "signed at source"),
        (3, SHOP, "signed at source"),
        (4, SHOP, "attested on receipt"),
        (5, None, "erased"),
    ]
    assert (len(verified.keys.lives), verified.checkpoint.size, verified.object) == (2, 7, LOT)
    assert verified.records[1].event is not None
    assert verified.records[1].event["quantityList"][0]["quantity"] == 3
    assert [step.number for step in verified.steps] == list(range(1, 11))


def test_a_bundle_is_a_zip_that_every_program_opens_and_its_records_are_the_exact_bytes() -> None:
    with zipfile.ZipFile(io.BytesIO(HONEST)) as archive:
        assert archive.testzip() is None
        for entry in read_bundle(HONEST).entries:
            folder = {EntryKind.KEY: "keys", EntryKind.ERASURE: "erasures"}.get(entry.kind, "records")
            name = f"{folder}/{entry.index:012d}.jws"
            assert entry.body == (archive.read(name) if name in archive.namelist() else None)


def test_a_disclosure_that_is_withheld_leaves_the_signature_whole_and_is_said() -> None:
    bundle = read_bundle(HONEST)
    withheld = tuple(
        replace(entry, body=entry.body.partition(b"~")[0]) if entry.body and b"~" in entry.body else entry
        for entry in bundle.entries
    )
    verified = verify_bundle(write_bundle(replace(bundle, entries=withheld)), TRUST)
    assert len(verified.records[1].withheld) == 1
    assert [remark.code for remark in verified.steps[7].remarks] == ["fields-withheld"]


def test_every_flipped_bit_is_found() -> None:
    """Not only in what is signed: a file that is not the one that was written is refused as such."""
    for at in range(len(HONEST)):
        altered = HONEST[:at] + bytes([HONEST[at] ^ (1 << at % 8)]) + HONEST[at + 1 :]
        with pytest.raises(Refuted):
            verify_bundle(altered, TRUST)


def test_every_truncated_file_and_every_tail_is_found() -> None:
    for size in range(0, len(HONEST), 97):
        with pytest.raises(InvalidBundle):
            read_bundle(HONEST[:size])
    with pytest.raises(InvalidBundle):
        read_bundle(HONEST + b"\0")


def forged(change: Callable[[SmallLog], Bundle]) -> bytes:
    log = SmallLog()
    log.register(DAIRY, a_key("dairy"))
    return write_bundle(change(log))


def another_members_key(log: SmallLog) -> Bundle:
    log.send(SHOP, a_key("dairy"))
    return log.bundle()


def a_key_registered_afterwards(log: SmallLog) -> Bundle:
    log.send(SHOP, a_key("shop"))
    log.register(SHOP, a_key("shop"))
    return log.bundle()


def a_key_that_a_stranger_registered(log: SmallLog) -> Bundle:
    log.register(SHOP, a_key("shop"), registrar=a_key("stranger"))
    log.send(SHOP, a_key("shop"))
    return log.bundle()


def a_key_that_was_rotated_away(log: SmallLog) -> Bundle:
    log.rotate(DAIRY, a_key("dairy"), a_key("new dairy"))
    log.send(DAIRY, a_key("dairy"))
    return log.bundle()


def an_attestation_by_a_stranger(log: SmallLog) -> Bundle:
    log.attest(SHOP, key=a_key("stranger"))
    return log.bundle()


def an_event_for_another_log(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"), audience="other.example/log")
    return log.bundle()


def a_head_that_a_stranger_signed(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    return log.bundle(head=log.head(signed_by=a_key("stranger")))


def a_record_at_another_place(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    log.send(DAIRY, a_key("dairy"))
    bundle = log.bundle()
    key, first, second = bundle.entries
    return replace(bundle, entries=(key, replace(second, index=1), replace(first, index=2)))


def a_record_that_was_never_logged(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    bundle = log.bundle()
    other = SmallLog()
    other.register(DAIRY, a_key("dairy"))
    other.register(SHOP, a_key("shop"))
    other.send(DAIRY, a_key("dairy"))
    stranger = other.bundle().entries[-1]
    return replace(bundle, entries=(bundle.entries[0], replace(stranger, index=1)))


def a_missing_key(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    return log.bundle(without=[0])


def a_content_that_nobody_erased(log: SmallLog) -> Bundle:
    log.erased.add(log.send(DAIRY, a_key("dairy")))
    return log.bundle()


def an_erasure_by_a_stranger(log: SmallLog) -> Bundle:
    log.erase(log.send(DAIRY, a_key("dairy")), key=a_key("stranger"))
    return log.bundle()


def a_chain_without_its_records(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    return replace(log.bundle(), chains=())


def another_object(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    return log.bundle(about="https://id.gs1.org/01/09521234000013/10/OTHER")


FORGERIES = {
    another_members_key: (6, "bundle-record"),
    a_key_registered_afterwards: (6, "bundle-key-absent"),
    a_key_that_a_stranger_registered: (5, "key-entry-refused"),
    a_key_that_was_rotated_away: (6, "bundle-key-ended"),
    an_attestation_by_a_stranger: (6, "bundle-record"),
    an_event_for_another_log: (6, "bundle-record"),
    a_head_that_a_stranger_signed: (2, "policy-log-unknown"),
    a_record_at_another_place: (4, "bundle-not-included"),
    a_record_that_was_never_logged: (4, "bundle-not-included"),
    a_missing_key: (6, "bundle-key-absent"),
    a_content_that_nobody_erased: (7, "content-missing"),
    an_erasure_by_a_stranger: (7, "erasure-refuted"),
    a_chain_without_its_records: (9, "chain-contradicted"),
    another_object: (10, "bundle-object-absent"),
}


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_a_forger_who_writes_a_well_formed_bundle_is_found_out(forgery: Callable[[SmallLog], Bundle]) -> None:
    with pytest.raises(Refuted) as refused:
        verify_bundle(forged(forgery), TRUST)
    assert (refused.value.step, refused.value.problems[0].code) == FORGERIES[forgery]


def test_every_record_that_does_not_hold_is_named() -> None:
    log = SmallLog()
    log.register(DAIRY, a_key("dairy"))
    for audience in ("other.example/log", ORIGIN, "other.example/log"):
        log.send(DAIRY, a_key("dairy"), audience=audience)
    with pytest.raises(Refuted) as refused:
        verify_bundle(write_bundle(log.bundle()), TRUST)
    assert [problem.values["index"] for problem in refused.value.problems] == [1, 3]


def test_a_record_declared_erroneous_is_there_with_its_declaration() -> None:
    log = SmallLog()
    log.register(DAIRY, a_key("dairy"))
    wrong = an_event(1)
    declared = {"declarationTime": "2026-03-05T06:00:00Z", "reason": "incorrect_data"}
    log.send(DAIRY, a_key("dairy"), event=wrong)
    log.send(DAIRY, a_key("dairy"), event={**wrong, "errorDeclaration": declared})
    (remark,) = verify_bundle(write_bundle(log.bundle()), TRUST).steps[9].remarks
    assert (remark.code, remark.values) == ("record-declared-erroneous", {"index": 1, "by": 2})


def believing(*keys: VerifierKey) -> Policy:
    return Policy(logs=tuple(KnownLog(key=key) for key in keys))


def test_each_trusted_key_matters() -> None:
    stranger = a_key("stranger").public
    others = [
        replace(TRUST, policy=believing(VerifierKey(ORIGIN, stranger))),
        replace(TRUST, policy=believing(VerifierKey("other.example/log", LOG.public))),
        replace(TRUST, registrar=stranger),
        replace(TRUST, receipt=stranger),
    ]
    for other in others:
        with pytest.raises(Refuted):
            verify_bundle(HONEST, other)


def test_a_zip_that_would_unpack_to_more_than_itself_is_refused_before_it_does() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", b" " * 50_000_000)
    with pytest.raises(InvalidBundle):
        read_bundle(raw.getvalue())


def test_a_bundle_holds_no_entries_of_other_kinds_and_none_twice() -> None:
    bundle = read_bundle(HONEST)
    audit = LoggedEntry(index=99, kind=EntryKind.AUDIT, sha256=bytes(32), body=b"x")
    for entries in ((*bundle.entries, audit), (*bundle.entries, bundle.entries[0]), bundle.entries[::-1]):
        with pytest.raises(InvalidBundle):
            read_bundle(write_bundle(replace(bundle, entries=entries)))


def test_the_command_says_holds_fails_or_unusable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILIERE_LANG", "fr")
    lot, trust, other = tmp_path / "lot.zip", tmp_path / "trust.txt", tmp_path / "other.txt"
    lot.write_bytes(HONEST)
    trust.write_bytes(write_trust(TRUST))
    other.write_bytes(write_trust(replace(TRUST, registrar=a_key("stranger").public)))
    assert verify([str(lot), "--trust", str(trust)]) == 0
    assert capsys.readouterr().out.startswith("TIENT\n   1. ✓ ")
    assert verify([str(lot), "--trust", str(trust), "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("HOLDS\n   1. ✓ ")
    assert verify([str(lot), "--trust", str(trust), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "holds"
    assert verify([str(lot), "--trust", str(other)]) == 1
    assert "NE TIENT PAS" in capsys.readouterr().out
    lot.write_bytes(HONEST[:-1])
    assert verify([str(lot), "--trust", str(trust), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["step"], told["problems"][0]["code"]) == ("fails", 1, "bundle-form")
    assert verify([str(lot), "--trust", str(tmp_path / "absent.txt")]) == 2
    assert verify([str(lot), "--trust", str(lot)]) == 2
