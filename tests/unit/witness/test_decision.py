from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.growing_log import LOG, LOG_KEY, ORIGIN, GrowingLog
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.add_checkpoint import InvalidRequest, format_request, parse_request
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import VerifierKey, cosign_note, cosigned_at, parse_note
from filiere_witness.decision import ForkSeen, NotProved, NotSigned, StaleSize, UnknownLog, verify_extends
from filiere_witness.folder import FolderUnusable, WitnessFolder
from filiere_witness.witness import Witness

NOW = 1_770_000_000
HONEST = GrowingLog()
FORK = GrowingLog(branch="forked", common=20)


def a_witness(folder: Path, *logs: VerifierKey) -> Witness:
    kept = WitnessFolder.create(folder, "witness.example.net/w1")
    for log in logs or (LOG,):
        kept.add_log(log)
    return Witness(folder=kept, clock=lambda: NOW)


def size_known(witness: Witness) -> int | None:
    note = witness.folder.read_head(ORIGIN)
    return None if note is None else parse_checkpoint_text(parse_note(note).text).size


def test_a_head_that_extends_the_last_is_cosigned_with_the_time(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    for old, new in ((0, 5), (5, 5), (5, 300), (300, 301)):
        line = witness.add_checkpoint(HONEST.request(old, new))
        assert cosigned_at(parse_note(HONEST.head(new) + line), witness.folder.verifier) == NOW
        assert size_known(witness) == new


@given(st.integers(0, 90), st.integers(0, 90), st.integers(0, 90))
def test_only_a_head_proved_from_the_last_is_cosigned(known: int, old: int, new: int) -> None:
    latest = parse_checkpoint_text(parse_note(HONEST.head(known)).text)
    if old > new:
        with pytest.raises(InvalidRequest):
            parse_request(format_request(old, [], HONEST.head(new)))
        return
    request = parse_request(HONEST.request(old, new))
    if old == known:
        verify_extends(request, latest)
    else:
        with pytest.raises(StaleSize) as refused:
            verify_extends(request, latest)
        assert refused.value.size == known


@given(st.integers(21, 90), st.integers(21, 90))
def test_a_forked_head_is_never_cosigned_whatever_its_proof(known: int, new: int) -> None:
    latest = parse_checkpoint_text(parse_note(HONEST.head(known)).text)
    old = min(known, new)
    for proof in (FORK.proof(old, new), HONEST.proof(old, new)):
        with pytest.raises((NotProved, StaleSize)):
            verify_extends(parse_request(format_request(old, proof, FORK.head(new))), latest)


def test_two_heads_of_one_size_are_kept_as_evidence_once(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    witness.add_checkpoint(HONEST.request(0, 30))
    for request in (FORK.request(30, 30), FORK.request(30, 30), FORK.request(7, 30)):
        with pytest.raises(ForkSeen) as refused:
            witness.add_checkpoint(request)
        assert refused.value.size == 30
    ((path, evidence),) = witness.folder.evidence()
    assert path.name.startswith("fork-")
    assert (evidence["kind"], evidence["log"], evidence["seen_at"]) == ("fork", ORIGIN, NOW)
    assert (evidence["known"], evidence["found"]) == (HONEST.head(30).decode(), FORK.head(30).decode())
    assert witness.folder.read_head(ORIGIN) == HONEST.head(30)


def test_a_larger_head_of_another_history_is_kept_as_evidence(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    witness.add_checkpoint(HONEST.request(0, 30))
    with pytest.raises(NotProved):
        witness.add_checkpoint(FORK.request(30, 50))
    ((path, evidence),) = witness.folder.evidence()
    assert path.name.startswith("unproved-")
    assert evidence["found"] == FORK.head(50).decode()
    assert len(evidence["proof"]) == len(FORK.proof(30, 50))
    witness.add_checkpoint(HONEST.request(30, 50))


def test_evidence_is_bounded_and_its_first_pieces_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filiere_witness.folder.MOST_EVIDENCE", 2)
    witness = a_witness(tmp_path)
    witness.add_checkpoint(HONEST.request(0, 30))
    for branch in "abcd":
        with pytest.raises(ForkSeen):
            witness.add_checkpoint(GrowingLog(branch=branch, common=20).request(30, 30))
    found = {evidence["found"] for _, evidence in witness.folder.evidence()}
    assert found == {GrowingLog(branch=branch, common=20).head(30).decode() for branch in "ab"}


def test_a_log_that_is_not_known_or_not_the_signer_is_told_so(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    stranger = SigningKey.from_seed(b"s" * 32)
    with pytest.raises(UnknownLog):
        witness.add_checkpoint(GrowingLog(origin="other.example").request(0, 5))
    with pytest.raises(NotSigned):
        witness.add_checkpoint(GrowingLog(key=stranger).request(0, 5))
    forged = HONEST.head(9).split(b"\n\n")[1]
    with pytest.raises(NotSigned):  # a line that claims the log's key and does not hold
        witness.add_checkpoint(format_request(0, [], HONEST.head(5) + forged))
    assert size_known(witness) is None


def test_lines_of_strangers_are_ignored_and_not_kept(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    stranger = SigningKey.from_seed(b"s" * 32)
    noisy = cosign_note(HONEST.head(5), name="stranger.example", key=stranger, seen_at=1)
    line = witness.add_checkpoint(format_request(0, [], noisy))
    assert cosigned_at(parse_note(noisy + line), witness.folder.verifier) == NOW
    assert witness.folder.read_head(ORIGIN) == HONEST.head(5)


def test_a_log_may_change_its_key_without_a_gap(tmp_path: Path) -> None:
    new = SigningKey.from_seed(b"n" * 32)
    witness = a_witness(tmp_path, LOG, VerifierKey(ORIGIN, new.public))
    witness.add_checkpoint(HONEST.request(0, 5))
    witness.add_checkpoint(GrowingLog(key=new).request(5, 9))
    assert size_known(witness) == 9


def test_the_empty_head_is_cosigned_and_says_nothing_against_what_follows(tmp_path: Path) -> None:
    witness = a_witness(tmp_path)
    witness.add_checkpoint(HONEST.request(0, 0))
    witness.add_checkpoint(HONEST.request(0, 40))
    with pytest.raises(StaleSize):
        witness.add_checkpoint(HONEST.request(0, 0))


BAD_REQUESTS = {
    "nothing": b"",
    "no head": b"old 0\n\n",
    "no empty line": b"old 0\n" + HONEST.head(5).replace(b"\n\n", b"\n"),
    "no old size": b"\n" + HONEST.head(5),
    "a negative old size": b"old -1\n\n" + HONEST.head(5),
    "an old size with a leading nought": b"old 05\n\n" + HONEST.head(5),
    "two spaces": b"old  0\n\n" + HONEST.head(5),
    "an old size above the head's": b"old 6\n\n" + HONEST.head(5),
    "an old size beyond counting": b"old 9223372036854775808\n\n" + HONEST.head(5),
    "64 hashes": format_request(3, [b"h" * 32] * 64, HONEST.head(5)),
    "a short hash": format_request(3, [b"h" * 31], HONEST.head(5)),
    "a hash in another alphabet": b"old 3\n" + b"-" * 43 + b"=\n\n" + HONEST.head(5),
    "a carriage return": b"old 0\r\n\r\n" + HONEST.head(5),
    "a note that is no head": b"old 0\n\nhello\n\n" + HONEST.head(5).split(b"\n\n")[1],
    "too much": b"old 0\n\n" + HONEST.head(5) * 1000,
}


@pytest.mark.parametrize("body", BAD_REQUESTS.values(), ids=BAD_REQUESTS.keys())
def test_what_is_not_a_request_is_refused(body: bytes) -> None:
    assert parse_request(format_request(3, [b"h" * 32] * 63, HONEST.head(5))).old == 3
    with pytest.raises(InvalidRequest):
        parse_request(body)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        request = parse_request(body)
    except InvalidRequest:
        return
    assert request.old <= request.checkpoint.size


def test_a_witness_keeps_its_key_and_its_name(tmp_path: Path) -> None:
    first = WitnessFolder.create(tmp_path / "w", "w.example/1")
    assert str(WitnessFolder.create(tmp_path / "w", "w.example/1").verifier) == str(first.verifier)
    with pytest.raises(FolderUnusable):
        WitnessFolder.create(tmp_path / "w", "w.example/2")
    (tmp_path / "w" / "key.pem").chmod(0o640)
    with pytest.raises(FolderUnusable):
        WitnessFolder.open(tmp_path / "w")
    with pytest.raises(FolderUnusable):
        WitnessFolder.open(tmp_path / "elsewhere")


def test_only_a_key_that_signs_heads_makes_a_log_known(tmp_path: Path) -> None:
    witness = a_witness(tmp_path / "a")
    with pytest.raises(Refusal):
        witness.folder.add_log(witness.folder.verifier)
    witness.folder.add_log(LOG)
    assert witness.folder.origins() == [ORIGIN]
    assert [str(key) for key in witness.folder.keys_of(ORIGIN)] == [str(VerifierKey(ORIGIN, LOG_KEY.public))]
