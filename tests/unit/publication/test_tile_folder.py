from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from filiere_platform.tiles.disk import Disk
from filiere_platform.tiles.folder import TileFolder
from power_cut import FailingDisk, PowerCut

OLD = [("checkpoint", b"old head"), ("tile/0/000.p/3", b"3" * 96)]
NEW = [("checkpoint", b"new head, longer"), ("tile/0/000.p/4", b"4" * 128), ("tile/0/x001/000", b"full" * 2048)]


def test_what_was_written_is_read_back_and_what_was_not_is_absent(tmp_path: Path) -> None:
    folder = TileFolder(tmp_path / "data")
    with folder.exclusive() as holds:
        assert holds
        folder.write(NEW)
        folder.write_anchor(b"anchor")
    for name, content in NEW:
        assert folder.read(name) == content
    assert folder.read("tile/0/001") is None
    assert folder.read("tile/0/000.p/4/beyond") is None
    assert folder.read_anchor() == b"anchor"
    assert folder.read_refusal() is None


def test_the_anchor_lies_outside_the_folder_of_tiles(tmp_path: Path) -> None:
    folder = TileFolder(tmp_path)
    folder.write_anchor(b"anchor")
    assert not any(path.is_relative_to(tmp_path / "log") for path in tmp_path.rglob("*anchor*"))


def test_one_writer_holds_the_folder_and_the_next_one_gets_it_after(tmp_path: Path) -> None:
    first, second = TileFolder(tmp_path), TileFolder(tmp_path)
    with first.exclusive() as holds:
        assert holds
        with second.exclusive() as holds_too:
            assert not holds_too
    with second.exclusive() as holds:
        assert holds


def test_whoever_takes_over_ends_what_the_one_before_was_about_to_write(tmp_path: Path) -> None:
    """The instant between the file and its name: nothing that happens after the take-over reaches a name."""

    class Stopped(Disk):
        def rename(self, source: Path, target: Path) -> None:
            with second.exclusive(take_over=True) as holds:
                assert holds
                assert second.read("checkpoint") == b"old head"
                second.write([("checkpoint", b"newer head")])
            super().rename(source, target)

    first, second = TileFolder(tmp_path, disk=Stopped()), TileFolder(tmp_path)
    second.write(OLD)
    with first.exclusive() as holds:
        assert holds
        with pytest.raises(FileNotFoundError):
            first.write(NEW)
        with pytest.raises(FileNotFoundError):
            first.write_anchor(b"older anchor")
        assert second.read("checkpoint") == b"newer head"
        assert second.read_anchor() is None
        assert second.read("tile/0/000.p/4") is None


def test_the_lock_of_a_stopped_writer_does_not_come_back_to_it(tmp_path: Path) -> None:
    first, second, third = TileFolder(tmp_path), TileFolder(tmp_path), TileFolder(tmp_path)
    with ExitStack() as stack:
        assert stack.enter_context(first.exclusive())
        with second.exclusive(take_over=True) as holds:
            assert holds
            stack.close()  # the first one ends: what it held is nobody's any more
            with third.exclusive() as holds_too:
                assert not holds_too
            second.write(NEW)
        with third.exclusive() as holds:
            assert holds
    assert third.read("checkpoint") == b"new head, longer"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("log.lock.")]


def test_a_file_begun_while_its_writer_is_fenced_off_is_gone_too(tmp_path: Path) -> None:
    class Racing(Disk):
        begun = 3

        def remove_folder(self, path: Path) -> None:
            if Racing.begun and any((tmp_path / "log.staging").iterdir()):
                Racing.begun -= 1
                (path / f"late {Racing.begun}").write_bytes(b"late")
            super().remove_folder(path)

    with TileFolder(tmp_path).exclusive(), TileFolder(tmp_path, disk=Racing()).exclusive(take_over=True):
        assert [len(list(term.iterdir())) for term in (tmp_path / "log.staging").iterdir()] == [0]
    assert Racing.begun == 0


def test_what_a_crashed_writer_left_half_written_is_removed_by_the_next(tmp_path: Path) -> None:
    with pytest.raises(PowerCut):
        TileFolder(tmp_path, disk=FailingDisk(cut_at=10)).write(NEW)
    staged = tmp_path / "log.staging"
    (staged / "12345-0").write_bytes(b"as earlier releases left it")
    assert len(list(staged.rglob("*"))) > 2
    with TileFolder(tmp_path).exclusive():
        assert len(list(staged.rglob("*"))) == 1  # the folder of this term
    assert not any(staged.iterdir())


def test_removing_partial_tiles_removes_their_folder_and_nothing_else(tmp_path: Path) -> None:
    folder = TileFolder(tmp_path)
    folder.write([*OLD, ("tile/0/000", b"full")])
    folder.remove(folder.names_in("tile/0/000.p"))
    assert folder.names_in("tile/0/000.p") == []
    assert not (tmp_path / "log/tile/0/000.p").exists()
    assert folder.read("tile/0/000") == b"full"
    folder.remove(["tile/0/000.p/3"])  # again: absent is fine
    assert folder.read("checkpoint") == b"old head"


def test_a_refusal_is_left_for_others_to_read_and_taken_back(tmp_path: Path) -> None:
    folder = TileFolder(tmp_path)
    folder.write_refusal(b"{}")
    assert TileFolder(tmp_path).read_refusal() == b"{}"
    folder.write_refusal(None)
    assert folder.read_refusal() is None


def _operations_of_one_write(folder: Path) -> int:
    TileFolder(folder).write(OLD)
    disk = FailingDisk()
    TileFolder(folder, disk=disk).write(NEW)
    return disk.operations


@pytest.mark.parametrize("seed", range(8))
def test_after_a_power_cut_at_any_operation_each_file_is_old_or_new_and_never_torn(tmp_path: Path, seed: int) -> None:
    operations = _operations_of_one_write(tmp_path / "dry")
    assert operations > len(NEW) * 2
    old, new = dict(OLD), dict(NEW)
    for cut_at in range(2 * operations):
        data = tmp_path / f"cut{cut_at}"
        TileFolder(data).write(OLD)
        disk = FailingDisk(cut_at, seed=seed)
        with pytest.raises(PowerCut):
            TileFolder(data, disk=disk).write(NEW)
        disk.lose()
        after = TileFolder(data)
        for name in {**old, **new}:
            assert after.read(name) in {old.get(name), new.get(name)}, (cut_at, name)


def test_what_a_finished_write_returned_survives_every_later_power_cut(tmp_path: Path) -> None:
    for seed in range(8):
        data = tmp_path / str(seed)
        disk = FailingDisk(seed=seed)
        folder = TileFolder(data, disk=disk)
        folder.write(OLD)
        folder.write(NEW)
        folder.write_anchor(b"anchor")
        disk.lose()
        assert folder.read_anchor() == b"anchor"
        assert {name: folder.read(name) for name, _ in NEW} == dict(NEW)
