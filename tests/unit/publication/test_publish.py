"""Publishing under power cuts, lost commits and altered databases: what was promised is never taken back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import independent_log
from builders.stored_log import PUBLIC, SIGNER, StoredLog, run
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases.publish import HeadMoved, Signer, SigningRefused, gather, publish
from filiere_platform.usecases.resume import resume
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.keys import SigningKey
from power_cut import FailingDisk, PowerCut


def _stored(count: int) -> StoredLog:
    log = StoredLog()
    log.capture(count)
    return log


def _folder(data: Path) -> TileFolder:
    return TileFolder(data, disk=FailingDisk())  # nobody waits for a medium here


def _operations(log: StoredLog, ready: Path, dry: Path) -> int:
    """How many file operations publishing this log takes in such a folder."""
    shutil.copytree(ready, dry)
    disk = FailingDisk()
    run(log, TileFolder(dry, disk=disk))
    assert disk.operations > 15
    return disk.operations


def _assert_published(log: StoredLog, files: TileFolder) -> None:
    """A stranger reads from the files exactly what the database holds."""
    head, entries = independent_log.read_log(files.read, PUBLIC)
    assert head.size == len(log.rows)
    names = {1: EntryKind.EVENT, 2: EntryKind.RECEIPT, 5: EntryKind.KEY}
    assert entries == [log_entry(names[kind], sha256) for kind, sha256 in log.rows]
    assert files.read_anchor() == files.read("checkpoint")
    assert files.read_refusal() is None


def _code(refused: pytest.ExceptionInfo[SigningRefused]) -> str:
    [problem] = refused.value.problems
    assert problem.message("fr") != problem.message("en")
    return problem.code


def test_an_empty_log_is_published_under_a_checkpoint_of_size_zero(tmp_path: Path) -> None:
    log, files = StoredLog(), _folder(tmp_path)
    run(log, files)
    _assert_published(log, files)


def test_what_is_stored_is_published_run_by_run_and_across_restarts(tmp_path: Path) -> None:
    log, files, last = StoredLog(), _folder(tmp_path), None
    for step, count in enumerate((1, 255, 1, 300, 0, 512, 20_000, 5)):
        log.capture(count)
        last = run(log, files, None if step % 2 else last)
        _assert_published(log, files)


def test_a_run_without_anything_new_writes_nothing(tmp_path: Path) -> None:
    log, files = _stored(300), _folder(tmp_path)
    last = run(log, files)
    idle, disk = FailingDisk(), FailingDisk()
    with TileFolder(tmp_path, disk=idle).exclusive():
        pass
    files = TileFolder(tmp_path, disk=disk)
    assert run(log, files, last) == last
    assert disk.operations == idle.operations
    run(log, files)  # a restart finds everything in place
    assert disk.operations == 2 * idle.operations


def test_files_are_the_same_whether_published_in_one_run_or_in_many(tmp_path: Path) -> None:
    log, slow, fast = StoredLog(), _folder(tmp_path / "slow"), _folder(tmp_path / "fast")
    last = None
    for count in (3, 250, 40, 700):
        log.capture(count)
        last = run(log, slow, last)
    run(log, fast)
    names = [str(path.relative_to(tmp_path / "fast")) for path in (tmp_path / "fast/log").rglob("*") if path.is_file()]
    assert len(names) > 8
    for name in names:
        assert (tmp_path / "slow" / name).read_bytes() == (tmp_path / "fast" / name).read_bytes(), name


def test_partial_tiles_that_full_ones_replaced_are_gone(tmp_path: Path) -> None:
    log, files, last = StoredLog(), _folder(tmp_path), None
    for _ in range(6):
        log.capture(100)
        last = run(log, files, last)
    assert [path.name for path in sorted((tmp_path / "log").rglob("*.p"))] == ["002.p", "000.p", "002.p"]
    _assert_published(log, files)


@pytest.mark.parametrize("seed", range(3))
def test_after_a_power_cut_at_any_operation_the_next_run_repairs_and_no_head_is_taken_back(
    tmp_path: Path, seed: int
) -> None:
    log, ready = _stored(250), tmp_path / "ready"
    run(log, _folder(ready))
    log.capture(10)  # one tile becomes full, its partial ones go
    landed = set()
    for cut_at in range(2 * _operations(log, ready, tmp_path / "dry")):
        data = tmp_path / f"cut{cut_at}"
        shutil.copytree(ready, data)
        log = _stored(260)
        disk = FailingDisk(cut_at, seed=seed)
        with pytest.raises(PowerCut):
            run(log, TileFolder(data, disk=disk))
        # Whatever head is visible, at the instant of the cut or after it, all of its files are there.
        seen, _ = independent_log.read_log(_folder(data).read, PUBLIC)
        disk.lose()
        independent_log.read_log(_folder(data).read, PUBLIC)
        landed.add(seen.size)
        log.capture(7)
        run(log, _folder(data))
        _assert_published(log, _folder(data))
    assert landed == {250, 260}, "cuts fell before and after the checkpoint"


@pytest.mark.parametrize("seed", range(3))
def test_after_a_power_cut_a_database_that_lost_more_than_was_signed_is_refused(tmp_path: Path, seed: int) -> None:
    """The head that anybody may have seen, or that the anchor holds, is the least that the database must have."""
    log, empty = _stored(300), tmp_path / "empty"
    empty.mkdir()
    verdicts = set()
    for cut_at in range(2 * _operations(log, empty, tmp_path / "dry")):
        data = tmp_path / f"cut{cut_at}"
        disk = FailingDisk(cut_at, seed=seed)
        with pytest.raises(PowerCut):
            run(log, TileFolder(data, disk=disk))
        seen = _folder(data).read("checkpoint") is not None
        disk.lose()
        other = _stored(200)
        other.capture(150, branch="after the loss")
        try:
            run(other, _folder(data))
        except SigningRefused:
            verdicts.add("refused")
        else:
            assert not seen, "a head was visible, and another history was signed after it"
            _assert_published(other, _folder(data))
            verdicts.add("signed")
    assert verdicts == {"refused", "signed"}


def test_a_database_smaller_than_the_checkpoint_is_refused_warm_and_cold(tmp_path: Path) -> None:
    log, files = _stored(700), _folder(tmp_path)
    last = run(log, files)
    served = files.read("checkpoint")
    del log.rows[699:]
    for state in (last, None):
        with pytest.raises(SigningRefused) as refused:
            run(log, files, state)
        assert _code(refused) == "log-behind-checkpoint"
    assert files.read("checkpoint") == served


@pytest.mark.parametrize("lost", [1, 2, 300, 512])
def test_a_database_that_lost_its_last_commits_and_grew_past_them_is_refused(tmp_path: Path, lost: int) -> None:
    log, files = _stored(700), _folder(tmp_path)
    last = run(log, files)
    served = files.read("checkpoint")
    del log.rows[700 - lost :]
    log.capture(lost + 50, branch="after the failover")
    for state, code in ((last, "log-entry-changed"), (None, "log-differs-from-checkpoint")):
        with pytest.raises(SigningRefused) as refused:
            run(log, files, state)
        assert _code(refused) == code
    assert files.read("checkpoint") == served


def test_records_that_came_back_in_another_order_are_refused(tmp_path: Path) -> None:
    log, files = _stored(700), _folder(tmp_path)
    last = run(log, files)
    log.rows[690], log.rows[693] = log.rows[693], log.rows[690]
    log.capture(10)
    with pytest.raises(SigningRefused) as refused:
        run(log, files, last)
    assert _code(refused) == "log-entry-changed"
    assert refused.value.problems[0].values["index"] == 690


def test_a_gap_in_the_indexes_is_refused(tmp_path: Path) -> None:
    class Gapped(StoredLog):
        def entries(self, start: int, stop: int) -> Iterator[tuple[int, int, bytes]]:
            return (entry for entry in super().entries(start, stop) if entry[0] != 5)

    log = Gapped()
    log.capture(10)
    with pytest.raises(SigningRefused) as refused:
        run(log, _folder(tmp_path))
    assert _code(refused) == "log-gap"
    assert _folder(tmp_path).read("checkpoint") is None


def test_a_gap_at_the_end_is_refused(tmp_path: Path) -> None:
    class Short(StoredLog):
        def entries(self, start: int, stop: int) -> Iterator[tuple[int, int, bytes]]:
            return super().entries(start, stop - 1)

    log = Short()
    log.capture(10)
    with pytest.raises(SigningRefused) as refused:
        run(log, _folder(tmp_path))
    assert _code(refused) == "log-gap"


def test_lost_tiles_are_written_again_from_a_database_that_still_gives_the_signed_root(tmp_path: Path) -> None:
    log, files = _stored(600), _folder(tmp_path)
    run(log, files)
    for path in [*(tmp_path / "log/tile").rglob("*")]:
        if path.is_file():
            path.unlink()
    run(log, files)
    _assert_published(log, files)


def test_a_damaged_tile_of_the_right_edge_is_written_again_from_the_database(tmp_path: Path) -> None:
    log, files = _stored(600), _folder(tmp_path)
    run(log, files)
    for name in ("tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/002.p/88"):
        damaged = bytearray(files.read(name) or b"")
        damaged[0] ^= 1
        (tmp_path / "log" / name).write_bytes(damaged)
        run(log, files)
        _assert_published(log, files)


def test_an_anchor_restored_from_a_backup_does_not_bring_the_head_back(tmp_path: Path) -> None:
    log, files = _stored(300), _folder(tmp_path)
    run(log, files)
    old = files.read_anchor() or b""
    log.capture(50)
    run(log, files)
    files.write_anchor(old)
    other = _stored(300)
    other.capture(60, branch="after the restore")
    with pytest.raises(SigningRefused):
        run(other, files)
    run(log, files)
    _assert_published(log, files)


def test_lost_tiles_are_not_written_again_from_a_database_that_gives_another_root(tmp_path: Path) -> None:
    log, files = _stored(600), _folder(tmp_path)
    run(log, files)
    (tmp_path / "log/tile/0/002.p/88").unlink()
    before = {path: path.read_bytes() for path in (tmp_path / "log").rglob("*") if path.is_file()}
    log.rows[3] = (1, bytes(32))
    with pytest.raises(SigningRefused) as refused:
        run(log, files)
    assert _code(refused) == "log-differs-from-checkpoint"
    assert {path: path.read_bytes() for path in (tmp_path / "log").rglob("*") if path.is_file()} == before


def test_a_lost_anchor_is_written_again_and_a_lost_checkpoint_is_served_again(tmp_path: Path) -> None:
    log, files = _stored(300), _folder(tmp_path)
    run(log, files)
    for lost in (tmp_path / "log.anchor", tmp_path / "log/checkpoint"):
        lost.unlink()
        run(log, files)
        _assert_published(log, files)


def test_a_restored_folder_of_tiles_is_behind_the_anchor_and_catches_up(tmp_path: Path) -> None:
    log, files = _stored(300), _folder(tmp_path)
    run(log, files)
    (tmp_path / "log").rename(tmp_path / "backup")
    log.capture(900)
    run(log, files)
    for path in sorted((tmp_path / "log").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (tmp_path / "log").rmdir()
    (tmp_path / "backup").rename(tmp_path / "log")
    run(log, files)
    _assert_published(log, files)


def test_two_heads_of_one_size_are_refused(tmp_path: Path) -> None:
    log, files = _stored(20), _folder(tmp_path)
    run(log, files)
    other = StoredLog()
    other.capture(20, branch="another history")
    elsewhere = _folder(tmp_path / "elsewhere")
    run(other, elsewhere)
    files.write_anchor(elsewhere.read_anchor() or b"")
    with pytest.raises(SigningRefused) as refused:
        run(log, files)
    assert _code(refused) == "log-forked"


def test_a_publisher_that_was_overtaken_signs_nothing(tmp_path: Path) -> None:
    log, files = _stored(300), _folder(tmp_path)
    overtaken = run(log, files)
    log.capture(50)
    run(log, files)  # another process, after the first lost its leadership without being told
    served = files.read("checkpoint")
    log.capture(50)
    with pytest.raises(HeadMoved):
        run(log, files, overtaken)
    assert files.read("checkpoint") == served
    run(log, files)
    _assert_published(log, files)


@pytest.mark.parametrize("place", ["log.anchor", "log/checkpoint"])
@pytest.mark.parametrize("signer", ["another key", "another origin", "nobody"])
def test_a_checkpoint_that_the_log_did_not_sign_is_refused(tmp_path: Path, place: str, signer: str) -> None:
    log, files = _stored(20), _folder(tmp_path)
    run(log, files)
    if signer == "nobody":
        (tmp_path / place).write_bytes(b"not a note")
    else:
        stranger = {
            "another key": Signer(origin=SIGNER.origin, key=SigningKey.from_seed(bytes(32))),
            "another origin": Signer(origin="log.example.org/other", key=SIGNER.key),
        }[signer]
        elsewhere = _folder(tmp_path / "elsewhere")
        last = resume(log, elsewhere, stranger)
        gathered = gather(log, last, stranger)
        assert gathered
        publish(gathered, last, elsewhere, stranger)
        (tmp_path / place).write_bytes(elsewhere.read("checkpoint") or b"")
    with pytest.raises(SigningRefused) as refused:
        run(log, files)
    assert _code(refused) == "checkpoint-unreadable"
