"""What a quorum of witnesses is worth against whoever holds the log's key: two of three never see two histories."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.growing_log import LOG, ORIGIN, GrowingLog
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.add_checkpoint import format_request
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.note import parse_note
from filiere_schemas.provenance.policy import Policy, QuorumMissing, parse_policy, verify_note
from filiere_witness.folder import WitnessFolder
from filiere_witness.witness import Witness

SPLIT = 8  # the two histories have so many entries in common
HISTORIES = (GrowingLog(branch="told to members", common=SPLIT), GrowingLog(branch="told to auditors", common=SPLIT))


def three(folder: Path) -> list[Witness]:
    witnesses = []
    for number in range(3):
        kept = WitnessFolder.create(folder / str(number), f"w{number}.example.net")
        kept.add_log(LOG)
        witnesses.append(Witness(folder=kept, clock=lambda: 1_770_000_000))
    return witnesses


def policy_of(witnesses: list[Witness]) -> Policy:
    lines = [f"witness w{number} {witness.folder.verifier}" for number, witness in enumerate(witnesses)]
    text = "\n".join([f"log {LOG}", *lines, "group three 2 w0 w1 w2", "quorum three"]) + "\n"
    return parse_policy(text.encode())


def show(witness: Witness, history: GrowingLog, size: int) -> bytes:
    """Show a head to a witness as well as it can be done: from the size that it knows, with a proof of that history."""
    note = witness.folder.read_head(ORIGIN)
    known = parse_checkpoint_text(parse_note(note).text).size if note else 0
    if known > size:
        return b""
    try:
        return witness.add_checkpoint(format_request(known, history.proof(known, size), history.head(size)))
    except Refusal:
        return b""


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(1, 16)), max_size=24))
def test_whoever_holds_the_logs_key_never_has_two_of_three_for_both_histories(
    attempts: list[tuple[int, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        witnesses = three(Path(folder))
        policy = policy_of(witnesses)
        lines: dict[tuple[int, int], bytes] = {}
        for number, history, size in attempts:
            line = show(witnesses[number], HISTORIES[history], size)
            lines[history, size] = lines.get((history, size), b"") + line
        held = []
        for (history, size), cosignatures in lines.items():
            try:
                verify_note(HISTORIES[history].head(size) + cosignatures, policy)
            except QuorumMissing:
                continue
            held.append((history, size))
        for (one, size), (other, other_size) in itertools.combinations(held, 2):
            assert one == other or min(size, other_size) <= SPLIT


def test_a_fork_shown_to_two_halves_has_a_quorum_once_at_most_and_its_witness_keeps_both(tmp_path: Path) -> None:
    first, between, last = three(tmp_path)
    policy = policy_of([first, between, last])
    for witness in (first, between, last):
        assert show(witness, HISTORIES[0], SPLIT)
    members = show(first, HISTORIES[0], 12) + show(between, HISTORIES[0], 12)
    auditors = show(last, HISTORIES[1], 12) + show(between, HISTORIES[1], 12)
    assert verify_note(HISTORIES[0].head(12) + members, policy).checkpoint.size == 12
    with pytest.raises(QuorumMissing):
        verify_note(HISTORIES[1].head(12) + auditors, policy)
    ((_, evidence),) = between.folder.evidence()
    assert {evidence["known"], evidence["found"]} == {history.head(12).decode() for history in HISTORIES}
