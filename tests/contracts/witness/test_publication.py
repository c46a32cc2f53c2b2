"""The publisher under three witnesses, two of which must have seen a head: processes of their own on loopback."""

from __future__ import annotations

import base64
import hashlib
import shutil
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import independent_log
from builders.stored_log import PUBLIC, SIGNER, StoredLog
from builders.witnessed_log import WitnessedLog, answering, head_of, two_of, watched_by
from filiere_platform.domain.publication import ReadFile
from filiere_platform.usecases.publish import Signer, SigningRefused, gather, publish
from filiere_platform.usecases.resume import resume
from filiere_platform.usecases.witnessing import Unwitnessed
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import NoteKeyType, VerifierKey, cosign_note, sign_note
from filiere_schemas.provenance.policy import InvalidPolicy, KnownLog, Policy, parse_policy, verify_note
from filiere_witness.folder import WitnessFolder
from filiere_witness.server import WitnessServer
from filiere_witness.witness import Witness
from servers.witness import WitnessProcess

LIAR = SigningKey.from_seed(b"x" * 32)
ONE_KEY = VerifierKey("one.example", SigningKey.from_seed(b"1" * 32).public, NoteKeyType.COSIGNATURE)
LIAR_KEY = VerifierKey("liar.example", LIAR.public, NoteKeyType.COSIGNATURE)


@pytest.fixture
def witnesses(tmp_path: Path) -> Iterator[list[WitnessProcess]]:
    with ExitStack() as stack:
        started = []
        for number in (1, 2, 3):
            process = WitnessProcess(tmp_path / f"w{number}", f"w{number}.example.net", SIGNER.verifiers[0])
            process.start()
            stack.callback(process.stop)
            started.append(process)
        yield started


@contextmanager
def two_in_this_process(folder: Path) -> Iterator[tuple[list[tuple[VerifierKey, str]], Callable[[], None]]]:
    """Two honest witnesses as threads, quicker to start than processes, and what ends the first of them."""
    with ExitStack() as stack:
        servers = []
        for number in (1, 2):
            kept = WitnessFolder.create(folder / f"w{number}", f"w{number}.example.net")
            kept.add_log(SIGNER.verifiers[0])
            server = WitnessServer(("127.0.0.1", 0), Witness(folder=kept, clock=lambda: int(time.time())))
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            servers.append((kept.verifier, server))
        yield (
            [(key, f"http://127.0.0.1:{server.server_address[1]}") for key, server in servers],
            lambda: (servers[0][1].shutdown(), servers[0][1].server_close()),
        )


def policy_of(witnesses: list[WitnessProcess]) -> Policy:
    return two_of(*((witness.verifier, witness.url) for witness in witnesses))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def kept_size(witness: WitnessProcess) -> int:
    note = witness.kept.read_head(SIGNER.origin)
    return head_of(note).size if note else -1


def test_the_served_head_is_cosigned_by_the_quorum(tmp_path: Path, witnesses: list[WitnessProcess]) -> None:
    log = WitnessedLog(tmp_path / "data", policy_of(witnesses))
    for count in (3, 300, 1, 70_000):
        log.rows.capture(count)
        log.publish()
        seen = verify_note(log.served, log.policy)
        assert len(seen.seen_at) >= 2
        assert abs(min(seen.seen_at.values()) - time.time()) < 60
        assert log.files.read_anchor() == log.served
    text, lines = log.served.split(b"\n\n")
    alone = text + b"\n\n" + lines.split(b"\n")[0] + b"\n"
    assert independent_log.read_head(alone, PUBLIC).size == log.served_size


def test_a_stranger_checks_a_cosignature_in_a_few_lines(tmp_path: Path, witnesses: list[WitnessProcess]) -> None:
    log = WitnessedLog(tmp_path / "data", policy_of(witnesses))
    log.rows.capture(5)
    log.publish()
    text, _, lines = log.served.partition(b"\n\n")
    held = 0
    for witness in witnesses:
        name, public = witness.kept.name, witness.kept.key.public.raw
        key_id = hashlib.sha256(name.encode() + b"\n\x04" + public).digest()[:4]
        for line in lines.decode().splitlines():
            dash, signer, encoded = line.split(" ")
            blob = base64.b64decode(encoded, validate=True)
            if (dash, signer, blob[:4]) == ("\u2014", name, key_id):
                (seen_at,) = struct.unpack(">Q", blob[4:12])
                message = b"cosignature/v1\ntime %d\n" % seen_at + text + b"\n"
                Ed25519PublicKey.from_public_bytes(public).verify(blob[12:], message)
                held += 1
    assert held >= 2


def test_one_witness_away_is_not_missed(tmp_path: Path, witnesses: list[WitnessProcess]) -> None:
    log = WitnessedLog(tmp_path / "data", policy_of(witnesses))
    witnesses[0].kill()
    for _ in range(3):
        log.rows.capture(4)
        log.publish()
    assert set(verify_note(log.served, log.policy).seen_at) == {"w2", "w3"}
    witnesses[0].start()
    witnesses[1].kill()
    log.rows.capture(4)
    log.publish()
    assert set(verify_note(log.served, log.policy).seen_at) == {"w1", "w3"}


def test_a_witness_that_hangs_delays_nobody(tmp_path: Path, witnesses: list[WitnessProcess]) -> None:
    log = WitnessedLog(tmp_path / "data", policy_of(witnesses), seconds=30.0)
    log.rows.capture(4)
    log.publish()
    witnesses[2].freeze()
    try:
        began = time.monotonic()
        for _ in range(5):
            log.rows.capture(4)
            log.publish()
        assert time.monotonic() - began < 15
        assert set(verify_note(log.served, log.policy).seen_at) == {"w1", "w2"}
    finally:
        witnesses[2].thaw()


def test_without_a_quorum_a_head_waits_in_the_anchor_and_is_the_next_one_served(
    tmp_path: Path, witnesses: list[WitnessProcess]
) -> None:
    log = WitnessedLog(tmp_path / "data", policy_of(witnesses))
    log.rows.capture(4)
    log.publish()
    before = log.served
    last = log.publish()
    for witness in witnesses[1:]:
        witness.kill()
    log.rows.capture(4)
    signer = Signer(origin=SIGNER.origin, key=SIGNER.key, witnesses=log.witnesses)
    with log.files.exclusive(), pytest.raises(Unwitnessed) as waits:
        publish(gather(log.rows, last, signer), last, log.files, signer)
    sentence = waits.value.problems[0].message("en")
    assert ("w2" in sentence, "w3" in sentence, "cosigned by: w1" in sentence) == (True, True, True)
    assert (log.served, log.signed_size) == (before, 8)
    # Started again without a quorum: nothing new is signed, whatever is stored.
    log.rows.capture(4)
    again = WitnessedLog(tmp_path / "data", log.policy, log.rows)
    with pytest.raises(Unwitnessed):
        again.publish()
    assert (log.served, log.signed_size) == (before, 8)
    witnesses[1].start()
    again.publish()
    assert again.served_size == 12
    assert "w2" in verify_note(again.served, log.policy).seen_at
    assert kept_size(witnesses[1]) == 12


class PowerCutError(Exception):
    """The machine stops at this instruction."""


@pytest.mark.parametrize("cut", ["before the witnesses", "after the witnesses", "after their anchor"])
def test_a_crash_between_anchor_and_checkpoint_leaves_a_head_that_the_next_run_has_witnessed_and_serves(
    tmp_path: Path, witnesses: list[WitnessProcess], monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    log = WitnessedLog(tmp_path / "data", policy_of(witnesses))
    log.rows.capture(4)
    log.publish()
    before = log.served
    log.rows.capture(4)
    cosign, write = log.witnesses.cosign, log.files.write

    def cutting_cosign(note: bytes, read: ReadFile) -> bytes:
        if cut == "before the witnesses":
            raise PowerCutError
        cosigned = cosign(note, read)
        if cut == "after the witnesses":
            raise PowerCutError
        return cosigned

    def cutting_write(files: Sequence[tuple[str, bytes]]) -> None:
        if [name for name, _ in files] == ["checkpoint"] and cut == "after their anchor":
            raise PowerCutError
        write(files)

    with monkeypatch.context() as patched:
        patched.setattr(log.witnesses, "cosign", cutting_cosign)
        patched.setattr(log.files, "write", cutting_write)
        with pytest.raises(PowerCutError):
            log.publish()
    assert (log.served, log.signed_size) == (before, 8)
    # The machine starts again; records have come meanwhile, but the head that was signed is served first or extended.
    log.rows.capture(2)
    again = WitnessedLog(tmp_path / "data", log.policy, log.rows)
    again.publish()
    assert again.served_size == 10
    assert again.files.read_anchor() == again.served
    assert len(verify_note(again.served, log.policy).seen_at) >= 2
    assert [witness.kept.evidence() for witness in witnesses] == [[], [], []]


def a_cosignature(text: bytes, key: SigningKey, name: str) -> bytes:
    note = sign_note(text, name="x", key=key)
    return cosign_note(note, name=name, key=key, seen_at=1_700_000_000)[len(note) :]


OTHER_HEAD = b"log.example.org/sector\n1\n" + base64.b64encode(b"r" * 32) + b"\n"
LIES = {
    "nonsense": [(200, {}, b"hello\n")],
    "nothing": [(200, {}, b"")],
    "a cosignature of another head": [(200, {}, a_cosignature(OTHER_HEAD, LIAR, LIAR_KEY.name))],
    "a stranger's cosignature": [(200, {}, a_cosignature(OTHER_HEAD, SigningKey.from_seed(b"y" * 32), "y.example"))],
    "a greater size": [(409, {"Content-Type": "text/x.tlog.size"}, b"999999999\n")],
    "a smaller size, again and again": [(409, {}, b"1\n"), (409, {}, b"2\n"), (409, {}, b"1\n"), (409, {}, b"2\n")],
    "a size that is none": [(409, {}, b"-1\n")],
    "a redirect": [(302, {"Location": "http://127.0.0.1:1/"}, b"")],
    "a refusal": [(422, {}, b"")],
    "a failure": [(500, {}, b"")],
    "too much": [(200, {}, b"x" * 200_000)],
    "less than it announced": [(200, {"Content-Length": "500"}, b"x")],
}


@pytest.mark.parametrize("answers", LIES.values(), ids=LIES.keys())
def test_a_liar_among_three_neither_counts_nor_stops_the_log(
    tmp_path: Path, answers: list[tuple[int, dict[str, str], bytes]]
) -> None:
    with answering(*answers) as (url, asked), two_in_this_process(tmp_path) as (honest, end_the_first):
        log = WitnessedLog(tmp_path / "data", two_of(*honest, (LIAR_KEY, url)), seconds=3.0)
        for _ in range(3):
            log.rows.capture(3)
            log.publish()
        assert asked
        assert set(verify_note(log.served, log.policy).seen_at) == {"w1", "w2"}
        end_the_first()
        log.rows.capture(3)
        again = WitnessedLog(tmp_path / "data", log.policy, log.rows, seconds=1.0)
        with pytest.raises((Unwitnessed, SigningRefused)):  # now the quorum cannot do without the liar
            again.publish()
        assert (log.served_size, log.signed_size) in {(9, 9), (9, 12)}


def test_a_restored_database_signs_nothing_that_its_witnesses_have_seen_otherwise(
    tmp_path: Path, witnesses: list[WitnessProcess]
) -> None:
    log = WitnessedLog(tmp_path / "data", policy_of(witnesses))
    log.rows.capture(30)
    log.publish()
    witnesses[2].kill()  # whichever of the three is away, a quorum of the others has answered
    shutil.rmtree(tmp_path / "data")  # the machine is lost, with anchor and tiles

    def restored(*branches: tuple[int, str]) -> WitnessedLog:
        rows = StoredLog()
        for count, branch in branches:
            rows.capture(count, branch=branch)
        return WitnessedLog(tmp_path / "data", log.policy, rows)

    kept = [witness.kept.read_head(SIGNER.origin) for witness in witnesses]
    for lost in (restored((20, "main")), restored((20, "main"), (15, "other"))):
        with pytest.raises(SigningRefused):
            lost.publish()
        assert lost.files.read_anchor() is None
    assert [witness.kept.read_head(SIGNER.origin) for witness in witnesses] == kept
    whole = restored((35, "main"))
    whole.publish()
    assert whole.served_size == 35


def test_a_witness_of_another_maker_is_believed_as_far_as_the_quorum_needs_it(tmp_path: Path) -> None:
    size = {"Content-Type": "text/x.tlog.size"}
    keys = [
        VerifierKey(f"o{n}.example", SigningKey.from_seed(bytes([n]) * 32).public, NoteKeyType.COSIGNATURE)
        for n in range(3)
    ]
    with ExitStack() as stack:
        said = [(409, size, b"30\n"), (409, size, b"900\n"), (409, size, b"20\n")]
        urls = [stack.enter_context(answering(answer))[0] for answer in said]
        known = watched_by(two_of(*zip(keys, urls, strict=True))).known_heads()
    assert [(head.size, head.root) for head in known] == [(30, None)]


def test_a_head_that_a_thief_of_the_logs_key_had_cosigned_stops_the_log(
    tmp_path: Path, witnesses: list[WitnessProcess]
) -> None:
    log = WitnessedLog(tmp_path / "data", policy_of(witnesses))
    log.rows.capture(10)
    log.publish()
    forged = StoredLog(rows=list(log.rows.rows))
    forged.capture(5, branch="forged")
    # The thief is quicker at one witness, which cannot know better.
    reached = two_of((witnesses[2].verifier, witnesses[2].url), (LIAR_KEY, "http://127.0.0.1:1"))
    signer = Signer(origin=SIGNER.origin, key=SIGNER.key, witnesses=watched_by(reached, seconds=1.0))
    thief = WitnessedLog(tmp_path / "thief", log.policy, forged)
    last = resume(forged, thief.files, signer)
    with thief.files.exclusive(), pytest.raises(Unwitnessed):
        publish(gather(forged, last, signer), last, thief.files, signer)
    assert kept_size(witnesses[2]) == 15
    # The quorum goes on with the history that it has seen; the thief's fork never has it.
    log.rows.capture(8)
    log.publish()
    assert log.served_size == 18
    assert set(verify_note(log.served, log.policy).seen_at) == {"w1", "w2"}
    with pytest.raises(SigningRefused):
        thief.publish()
    assert thief.served is None
    # The log itself learns that its key is in other hands, and stops.
    wait_until(lambda: log.witnesses._doubted == {"w3"})
    log.rows.capture(1)
    with pytest.raises(SigningRefused) as refused:
        log.publish()
    assert refused.value.problems[0].code == "log-differs-from-known-head"
    ((_, evidence),) = witnesses[2].kept.evidence()
    assert (head_of(evidence["known"].encode()).size, head_of(evidence["found"].encode()).size) == (15, 18)


def test_a_policy_about_another_log_or_out_of_reach_is_refused() -> None:
    reachable = two_of((LIAR_KEY, "http://127.0.0.1:1"), (ONE_KEY, "http://127.0.0.1:2"))
    watched_by(reachable)
    text = f"witness a {LIAR_KEY}\nwitness b {ONE_KEY} https://b.example\ngroup g 2 a b\nquorum g\n"
    with pytest.raises(InvalidPolicy):
        watched_by(parse_policy(text.encode()))
    other = VerifierKey(SIGNER.origin, LIAR.public)
    with pytest.raises(InvalidPolicy):
        watched_by(Policy(logs=(KnownLog(key=other),), witnesses=reachable.witnesses))
