"""A checkpoint as published under witnesses, read by Go, and its cosignatures checked by OpenSSL."""

from __future__ import annotations

import base64
import hashlib
import struct
from contextlib import ExitStack
from pathlib import Path

import pytest

from builders.stored_log import SIGNER
from builders.witnessed_log import WitnessedLog, two_of
from servers.witness import WitnessProcess

HERE = Path(__file__).resolve().parent
PROGRAM = HERE / "cosigned_checkpoint"
SPKI = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: what stands before the 32 bytes of an Ed25519 key


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, bytes]]:
    """A served checkpoint, and its witnesses' raw public keys by their names."""
    folder = tmp_path_factory.mktemp("witnessed")
    with ExitStack() as stack:
        witnesses = []
        for number in (1, 2, 3):
            process = WitnessProcess(folder / f"w{number}", f"w{number}.example.net", SIGNER.verifiers[0])
            process.start()
            stack.callback(process.stop)
            witnesses.append(process)
        log = WitnessedLog(folder / "data", two_of(*((witness.verifier, witness.url) for witness in witnesses)))
        log.rows.capture(300)
        log.publish()
        return log.served, {witness.kept.name: witness.kept.key.public.raw for witness in witnesses}


def test_go_opens_a_cosigned_checkpoint_with_the_logs_key_and_ignores_its_witnesses(go, published) -> None:
    note, _ = published
    done = go(PROGRAM, str(SIGNER.verifiers[0]), input=note)
    assert done.returncode == 0, done.stdout
    counts, text = done.stdout.split(b"\n", 1)
    held, others = map(int, counts.split())
    assert (held, others) == (1, note.count(b"\n\xe2\x80\x94 ") - 1)
    assert others >= 2
    assert text.split(b"\n")[:2] == [SIGNER.origin.encode(), b"300"]


@pytest.mark.parametrize("where", ["size", "log's signature"])
def test_go_refuses_a_cosigned_checkpoint_in_which_one_bit_differs(go, published, where: str) -> None:
    note, _ = published
    place = note.index(b"300") if where == "size" else note.index(b"\n\xe2\x80\x94 ") + len(SIGNER.origin) + 20
    spoilt = note[:place] + bytes([note[place] ^ 1]) + note[place + 1 :]
    assert go(PROGRAM, str(SIGNER.verifiers[0]), input=spoilt).returncode == 1


def test_openssl_verifies_each_cosignature_over_the_text_with_its_time(openssl, published, tmp_path: Path) -> None:
    note, keys = published
    text, _, lines = note.partition(b"\n\n")
    held = set()
    for line in lines.decode().splitlines():
        _, name, encoded = line.split(" ")
        blob = base64.b64decode(encoded, validate=True)
        if name not in keys:
            continue
        assert blob[:4] == hashlib.sha256(name.encode() + b"\n\x04" + keys[name]).digest()[:4]
        (seen_at,) = struct.unpack(">Q", blob[4:12])
        message = b"cosignature/v1\ntime %d\n" % seen_at + text + b"\n"
        for content, holds in ((message, True), (message.replace(b"\n300\n", b"\n301\n"), False)):
            (tmp_path / "message").write_bytes(content)
            (tmp_path / "signature").write_bytes(blob[12:])
            (tmp_path / "key").write_bytes(SPKI + keys[name])
            done = openssl(
                "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "key",
                "-in", tmp_path / "message", "-sigfile", tmp_path / "signature",
            )  # fmt: skip
            assert (done.returncode == 0) is holds, done.stderr
        held.add(name)
    assert len(held) >= 2
