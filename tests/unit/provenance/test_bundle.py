"""A bundle holds exactly as it was written, against exactly the trusted keys, and says what it cannot prove."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from builders.bundles import DAIRY, LOG, LOT, ORIGIN, REGISTRAR, SHOP, TRUST, SmallLog, a_key, an_honest_log
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.bundle import Bundle, InvalidBundle, read_bundle, write_bundle
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.policy import KnownLog, Policy
from filiere_schemas.provenance.trust import write_trust
from filiere_schemas.provenance.verify import verify_bundle
from filiere_schemas.provenance.verify_cli import verify

HONEST = write_bundle(an_honest_log().bundle(erased=(5,)))


def test_an_honest_bundle_holds_and_says_of_each_record_what_it_is() -> None:
    verified = verify_bundle(read_bundle(HONEST), TRUST)
    assert [(r.index, r.member, r.assurance) for r in verified.records] == [
        (1, DAIRY, "signed at source"),
        (3, SHOP, "signed at source"),
        (4, SHOP, "attested on receipt"),
        (5, None, "erased"),
    ]
    assert (verified.keys, verified.checkpoint.size, verified.object) == (2, 6, LOT)
    assert verified.records[1].event is not None
    assert verified.records[1].event["quantityList"][0]["quantity"] == 3


def test_a_disclosure_that_is_withheld_leaves_the_signature_whole() -> None:
    bundle = read_bundle(HONEST)
    (sealed,) = [record for record in bundle.records if b"~" in (record.body or b"")]
    withheld = replace(sealed, body=(sealed.body or b"").partition(b"~")[0])
    records = tuple(withheld if record is sealed else record for record in bundle.records)
    verified = verify_bundle(replace(bundle, records=records), TRUST)
    assert verified.records[1].withheld == 1


def test_every_flipped_bit_is_found() -> None:
    """Not only in what is signed: a file that is not the one that was written is refused as such."""
    for at in range(0, len(HONEST), 5):
        altered = HONEST[:at] + bytes([HONEST[at] ^ (1 << at % 8)]) + HONEST[at + 1 :]
        with pytest.raises(Refusal):
            verify_bundle(read_bundle(altered), TRUST)


def test_every_truncated_file_and_every_tail_is_found() -> None:
    for size in range(0, len(HONEST), 97):
        with pytest.raises(InvalidBundle):
            read_bundle(HONEST[:size])
    with pytest.raises(InvalidBundle):
        read_bundle(HONEST + b"\0")


def forged(change: Callable[[SmallLog], Bundle]) -> Bundle:
    log = SmallLog()
    log.register(DAIRY, a_key("dairy"))
    return change(log)


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


def an_attestation_by_a_stranger(log: SmallLog) -> Bundle:
    log.attest(SHOP, key=a_key("stranger"))
    return log.bundle()


def an_event_for_another_log(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"), audience="other.example/log")
    return log.bundle()


def a_head_that_a_stranger_signed(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    return log.bundle(signed_by=a_key("stranger"))


def a_record_at_another_place(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    log.send(DAIRY, a_key("dairy"))
    bundle = log.bundle()
    first, second = bundle.records
    return replace(bundle, records=(replace(first, index=2), replace(second, index=1)))


def a_record_that_was_never_logged(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    bundle = log.bundle()
    other = SmallLog()
    other.register(DAIRY, a_key("dairy"))
    other.register(SHOP, a_key("shop"))
    other.send(DAIRY, a_key("dairy"))
    (stranger,) = other.bundle().records
    return replace(bundle, records=(replace(stranger, index=1, proof=bundle.records[0].proof),))


def a_missing_key(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    return replace(log.bundle(), keys=())


def another_object(log: SmallLog) -> Bundle:
    log.send(DAIRY, a_key("dairy"))
    return log.bundle(about="https://id.gs1.org/01/09521234000013/10/OTHER")


FORGERIES = {
    another_members_key: "bundle-record",
    a_key_registered_afterwards: "bundle-key-absent",
    a_key_that_a_stranger_registered: "bundle-record",
    an_attestation_by_a_stranger: "bundle-record",
    an_event_for_another_log: "bundle-record",
    a_head_that_a_stranger_signed: "note-unsigned",
    a_record_at_another_place: "bundle-not-included",
    a_record_that_was_never_logged: "bundle-not-included",
    a_missing_key: "bundle-key-absent",
    another_object: "bundle-object-absent",
}


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_a_forger_who_writes_a_well_formed_bundle_is_found_out(forgery: Callable[[SmallLog], Bundle]) -> None:
    bundle = read_bundle(write_bundle(forged(forgery)))
    with pytest.raises(Refusal) as refused:
        verify_bundle(bundle, TRUST)
    assert refused.value.problems[0].code == FORGERIES[forgery]


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
        with pytest.raises(Refusal):
            verify_bundle(read_bundle(HONEST), other)


def test_a_zip_that_would_unpack_to_more_than_itself_is_refused_before_it_does() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", b" " * 50_000_000)
    with pytest.raises(InvalidBundle):
        read_bundle(raw.getvalue())


def test_the_command_says_holds_fails_or_unusable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FILIERE_LANG", "fr")
    lot, trust, other = tmp_path / "lot.zip", tmp_path / "trust.txt", tmp_path / "other.txt"
    lot.write_bytes(HONEST)
    trust.write_bytes(write_trust(TRUST))
    other.write_bytes(write_trust(replace(TRUST, registrar=a_key("stranger").public)))
    assert verify([str(lot), "--trust", str(trust)]) == 0
    assert "TIENT" in capsys.readouterr().out
    assert verify([str(lot), "--trust", str(trust), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "holds"
    assert verify([str(lot), "--trust", str(other)]) == 1
    assert "NE TIENT PAS" in capsys.readouterr().out
    lot.write_bytes(HONEST[:-1])
    assert verify([str(lot), "--trust", str(trust), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "fails"
    assert verify([str(lot), "--trust", str(tmp_path / "absent.txt")]) == 2
    assert verify([str(lot), "--trust", str(lot)]) == 2
    assert REGISTRAR.public != a_key("stranger").public
