"""Heads that others keep, as witnesses do: nothing is signed that is smaller than, or contradicts, any of them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

import independent_log
from builders.stored_log import PUBLIC, StoredLog, run
from filiere_platform.domain.publication import KnownHead, root_at
from filiere_platform.domain.record import KINDS_BY_CODE
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases import publish as publishing
from filiere_platform.usecases.publish import SigningRefused
from filiere_schemas.provenance.entry import log_entry
from power_cut import FailingDisk


def folder(data: Path) -> TileFolder:
    return TileFolder(data, disk=FailingDisk())  # nobody waits for a medium here


def stored(count: int, branch: str = "main") -> StoredLog:
    log = StoredLog()
    log.capture(count, branch=branch)
    return log


def root_of(log: StoredLog, size: int) -> bytes:
    """The root over the first entries, computed the plain way."""
    entries = [log_entry(KINDS_BY_CODE[kind], sha256) for kind, sha256 in log.rows[:size]]
    return independent_log.tree_root([hashlib.sha256(b"\x00" + entry).digest() for entry in entries])


def kept(log: StoredLog, size: int) -> KnownHead:
    return KnownHead(name="witness.example", size=size, root=root_of(log, size))


def served_size(files: TileFolder) -> int:
    note = files.read("checkpoint")
    return independent_log.read_head(note, PUBLIC).size if note else -1


def refusal(log: StoredLog, files: TileFolder, known: KnownHead) -> str:
    served = files.read("checkpoint")
    with pytest.raises(SigningRefused) as refused:
        run(log, files, known=[known])
    assert files.read("checkpoint") == served, "something was signed"
    [problem] = refused.value.problems
    assert "witness.example" in problem.message("fr")
    assert "witness.example" in problem.message("en")
    return problem.code


@pytest.mark.parametrize("size", [0, 1, 255, 256, 300, 511, 512, 700])
def test_a_head_of_the_same_history_is_agreed_with_at_any_size(tmp_path: Path, size: int) -> None:
    log, files = stored(600), folder(tmp_path)
    run(log, files)
    log.capture(150)
    run(log, files, known=[kept(log, size)])
    assert served_size(files) == 750


@pytest.mark.parametrize("size", [1, 256, 599, 600, 601, 700])
def test_a_head_of_another_history_is_refused_at_any_size(tmp_path: Path, size: int) -> None:
    log, files = stored(600), folder(tmp_path)
    run(log, files)
    log.capture(150)
    other = stored(750, branch="another history")
    assert refusal(log, files, kept(other, size)) == "log-differs-from-known-head"


def test_a_database_that_is_smaller_than_a_known_head_is_refused_even_where_only_its_size_is_known(
    tmp_path: Path,
) -> None:
    log, files = stored(600), folder(tmp_path)
    run(log, files)
    for root in (bytes(32), None):
        known = KnownHead(name="witness.example", size=601, root=root)
        assert refusal(log, files, known) == "log-behind-known-head"


def test_a_known_head_stands_in_for_anchor_and_checkpoint_that_were_both_lost(tmp_path: Path) -> None:
    """The whole data folder is gone and the database restored: only the witness remembers."""
    log, files = stored(600), folder(tmp_path)
    run(log, files)
    known = kept(log, 600)
    shutil.rmtree(tmp_path)
    restored = stored(500)
    restored.capture(200, branch="after the restore")
    assert refusal(restored, folder(tmp_path), known) == "log-differs-from-known-head"
    run(log, folder(tmp_path), known=[known])
    assert served_size(files) == 600


def test_nothing_smaller_than_a_known_head_is_signed_on_the_way_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "LARGEST_RUN", 300)
    log, files = stored(1000), folder(tmp_path)
    known, last, sizes = [kept(log, 700)], None, []
    while last is None or last.seen is None:
        last = run(log, files, last, known=known)
        sizes.append(served_size(files))
    assert sizes == [-1, -1, 900, 1000]
    independent_log.read_log(files.read, PUBLIC)


def test_a_damaged_tile_does_not_make_a_true_head_a_contradiction(tmp_path: Path) -> None:
    log, files = stored(700), folder(tmp_path)
    run(log, files)
    tile = tmp_path / "log/tile/0/000"
    content = bytearray(tile.read_bytes())
    content[200] ^= 1
    for damaged in (bytes(content), b"short"):
        tile.write_bytes(damaged)
        run(log, files, known=[kept(log, 300)])
        run(log, files, known=[kept(log, 100)])
    tile.unlink()
    run(log, files, known=[kept(log, 100)])


def test_the_root_at_every_size_is_read_from_the_tiles_of_a_greater_tree(tmp_path: Path) -> None:
    log, files = stored(600), folder(tmp_path)
    run(log, files)
    for size in (*range(20), 255, 256, 257, 511, 512, 513, 599, 600):
        assert root_at(size, 600, files.read) == root_of(log, size), size
