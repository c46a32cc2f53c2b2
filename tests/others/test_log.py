"""What Go's note and tlog, and OpenSSL, say of a published log: its checkpoint, its tiles, its entries, our proofs."""

from __future__ import annotations

import base64
import dataclasses
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from builders.instance import seeded_key
from builders.stored_log import SIGNER, StoredLog, run
from filiere_platform.domain.record import KINDS_BY_CODE
from filiere_platform.tiles.folder import TileFolder
from filiere_schemas.provenance.entry import log_entry
from filiere_schemas.provenance.merkle import GetNode, consistency_proof, inclusion_proof, leaf_hash
from filiere_schemas.provenance.note import parse_note
from filiere_schemas.provenance.tiles import node_reader
from power_cut import FailingDisk

Run = Callable[..., subprocess.CompletedProcess[bytes]]

HERE = Path(__file__).resolve().parent
# Around a tile, two levels of tiles, and a third with partial tiles on every level.
SIZES = (1, 255, 256, 257, 700, 65_536, 66_000)
LARGEST = SIZES[-1]
VERIFIER = str(SIGNER.verifiers[0])


@dataclass(frozen=True)
class PublishedLog:
    """A log as it was served when it had each of the sizes."""

    folders: dict[int, Path]
    entries: list[bytes]

    def node(self, size: int) -> GetNode:
        """Read nodes from the tiles of one size, as our own proofs are made."""
        folder = self.folders[size]

        def read(tile) -> bytes:
            return (folder / tile.path).read_bytes()

        return node_reader(size, read)

    def root(self, size: int) -> bytes:
        text = parse_note((self.folders[size] / "checkpoint").read_bytes()).text
        return base64.b64decode(text.split(b"\n")[2])


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> PublishedLog:
    stored, folders = StoredLog(), {}
    for size in SIZES:
        data = tmp_path_factory.mktemp(f"log-of-{size}")
        stored.capture(size - len(stored.rows))
        files, last = TileFolder(data, disk=FailingDisk()), None  # nobody waits for a medium here
        while last is None or last.seen is None:
            last = run(stored, files, last)
        folders[size] = data / "log"
    return PublishedLog(folders, [log_entry(KINDS_BY_CODE[kind], sha256) for kind, sha256 in stored.rows])


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def ask(go: Run, *arguments: str | Path, **question: Any) -> subprocess.CompletedProcess[bytes]:
    return go(HERE / "go_log", *arguments, input=json.dumps(question).encode())


def answer(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def some_of(size: int) -> list[int]:
    return sorted({n for n in (0, 1, 100, 255, 256, 511, 512, 65_535, 65_536, size // 2, size - 1) if n < size})


@contextmanager
def flipped(path: Path, at: int) -> Iterator[None]:
    """Flip one bit of a file for a while."""
    before = path.read_bytes()
    path.write_bytes(before[:at] + bytes([before[at] ^ 1]) + before[at + 1 :])
    try:
        yield
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("size", SIZES)
def test_go_opens_the_checkpoint_and_proves_records_and_growth_from_our_tiles(
    go: Run, log: PublishedLog, size: int
) -> None:
    indexes, sizes = some_of(size), [older for older in SIZES if older <= size]
    told = answer(ask(go, "files", log.folders[size], VERIFIER, records=indexes, sizes=sizes))
    assert told["size"] == size
    assert told["root"] == text(log.root(size))
    assert told["records"] == [text(log.entries[index]) for index in indexes]
    assert told["roots"] == [text(log.root(older)) for older in sizes]


def inclusion(log: PublishedLog, size: int, index: int) -> dict[str, Any]:
    hashes = inclusion_proof(index, size, log.node(size))
    return {
        "index": index,
        "size": size,
        "root": text(log.root(size)),
        "leaf": text(leaf_hash(log.entries[index])),
        "hashes": [text(node) for node in hashes],
    }


def consistency(log: PublishedLog, old: int, new: int) -> dict[str, Any]:
    hashes = consistency_proof(old, new, log.node(new))
    return {
        "old": old,
        "oldRoot": text(log.root(old)),
        "size": new,
        "root": text(log.root(new)),
        "hashes": [text(node) for node in hashes],
    }


def test_go_believes_our_proofs_of_inclusion_and_of_growth_between_all_sizes(go: Run, log: PublishedLog) -> None:
    included = [inclusion(log, size, index) for size in SIZES for index in some_of(size)]
    grown = [consistency(log, old, new) for new in SIZES for old in SIZES if old <= new]
    told = answer(ask(go, "proofs", inclusion=included, consistency=grown))
    assert told["inclusion"] == [True] * len(included)
    assert told["consistency"] == [True] * len(grown)


def spoilt(proof: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The proof with one bit flipped: in each hash of the path, in each root, in the leaf; and one hash too few."""

    def flip(encoded: str) -> str:
        raw = base64.b64decode(encoded)
        return text(raw[:7] + bytes([raw[7] ^ 1]) + raw[8:])

    for number, node in enumerate(proof["hashes"]):
        hashes = [*proof["hashes"][:number], flip(node), *proof["hashes"][number + 1 :]]
        yield {**proof, "hashes": hashes}
    for name in {"root", "leaf", "oldRoot"} & proof.keys():
        yield {**proof, name: flip(proof[name])}
    yield {**proof, "hashes": proof["hashes"][1:]}


def test_go_refuses_our_proofs_with_one_bit_flipped(go: Run, log: PublishedLog) -> None:
    included = [*spoilt(inclusion(log, 700, 300)), *spoilt(inclusion(log, LARGEST, 65_600))]
    grown = [*spoilt(consistency(log, 257, 700)), *spoilt(consistency(log, 256, LARGEST))]
    told = answer(ask(go, "proofs", inclusion=included, consistency=grown))
    assert told["inclusion"] == [False] * len(included)
    assert told["consistency"] == [False] * len(grown)


# Hashes that the proof of a record needs: Go's reader checks those, and of other tiles not always each.
NEEDED = [
    ("tile/0/000", 101, 100),
    ("tile/0/256", 65, 65_600),
    ("tile/1/000", 1, 100),
    ("tile/1/001.p/1", 0, 65_600),
    ("tile/2/000.p/1", 0, 100),
]


@pytest.mark.parametrize(("tile", "place", "index"), NEEDED)
def test_go_refuses_a_tile_with_one_bit_flipped(go: Run, log: PublishedLog, tile: str, place: int, index: int) -> None:
    folder = log.folders[LARGEST]
    question = {"records": [index], "sizes": []}
    answer(ask(go, "files", folder, VERIFIER, **question))
    with flipped(folder / tile, 32 * place + 3):
        refused = ask(go, "files", folder, VERIFIER, **question)
    assert refused.returncode == 1
    assert b"inconsistent tile" in refused.stderr or b"invalid transparency proof" in refused.stderr, refused.stderr


def test_go_refuses_an_entry_with_one_bit_flipped(go: Run, log: PublishedLog) -> None:
    folder = log.folders[700]
    with flipped(folder / "tile/entries/000", 20):
        assert ask(go, "files", folder, VERIFIER, records=[0]).returncode == 1


@pytest.mark.parametrize("place", ["size", "root", "signature"])
def test_go_refuses_a_checkpoint_with_one_bit_flipped_and_one_of_another_key(
    go: Run, log: PublishedLog, place: str
) -> None:
    path = log.folders[700] / "checkpoint"
    note = path.read_bytes()
    at = {"size": note.index(b"\n700\n") + 1, "root": note.index(b"\n700\n") + 8, "signature": len(note) - 40}[place]
    with flipped(path, at):
        assert ask(go, "files", path.parent, VERIFIER).returncode == 1
    answer(ask(go, "files", path.parent, VERIFIER))
    stranger = dataclasses.replace(SIGNER, key=seeded_key("stranger")).verifiers[0]
    assert ask(go, "files", path.parent, str(stranger)).returncode == 1


def test_go_opens_a_checkpoint_that_two_keys_of_the_log_have_signed_by_either(go: Run, tmp_path: Path) -> None:
    both = dataclasses.replace(SIGNER, next_key=seeded_key("next"))
    stored = StoredLog()
    stored.capture(300)
    run(stored, TileFolder(tmp_path, disk=FailingDisk()), signer=both)
    for verifier in both.verifiers:
        assert answer(ask(go, "files", tmp_path / "log", str(verifier), records=[299]))["size"] == 300


def test_openssl_verifies_the_checkpoint_and_refuses_it_with_one_bit_flipped(
    openssl: Run, log: PublishedLog, tmp_path: Path
) -> None:
    note = parse_note((log.folders[700] / "checkpoint").read_bytes())
    [line] = note.signatures
    key, signature = tmp_path / "log.pem", tmp_path / "signature"
    public = SIGNER.key.public.raw
    # RFC 8410: the same twelve bytes stand before every Ed25519 key.
    der = bytes.fromhex("302a300506032b6570032100") + public
    key.write_text(f"-----BEGIN PUBLIC KEY-----\n{text(der)}\n-----END PUBLIC KEY-----\n")
    signature.write_bytes(line.blob)

    def verify(content: bytes) -> int:
        message = tmp_path / "text"
        message.write_bytes(content)
        arguments = ("pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", message, "-sigfile", signature)
        return openssl(*arguments).returncode

    assert verify(note.text) == 0
    assert verify(note.text.replace(b"\n700\n", b"\n701\n")) != 0
    with flipped(signature, 9):
        assert verify(note.text) != 0
