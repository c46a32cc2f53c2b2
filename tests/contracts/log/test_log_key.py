"""Another key of the log follows the one that signs: whoever trusts either verifies as long as both sign."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import independent_log
from builders.events import an_object_event
from builders.instance import Instance, seeded_key
from contracts.log.conftest import wait_for, wait_until_published
from filiere_platform.blobs.key_files import Duty, KeyFileError, create_keys, load_key
from filiere_platform.blobs.log_keys import LogKeyFiles
from filiere_platform.cli.main import filiere
from filiere_platform.usecases.publish import Signer
from filiere_schemas.provenance.checkpoint import verify_checkpoint
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import BadNoteSignature, NoteUnsigned, VerifierKey, parse_note

Run = Callable[..., Result]


@pytest.fixture
def run(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = instance.platform.settings
    monkeypatch.setenv("FILIERE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("FILIERE_DATABASE_URL", settings.database_url)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(filiere, ["log-key", *arguments])

    return invoke


def served(instance: Instance) -> bytes:
    return instance.platform.files.read("checkpoint") or b""


def signatures(instance: Instance) -> int:
    return len(parse_note(served(instance)).signatures)


def test_both_keys_sign_during_the_overlap_and_the_new_one_alone_after_it(instance: Instance, run: Run) -> None:
    dairy = instance.admit("dairy")
    size = wait_until_published(instance)
    [old] = instance.platform.log_verifiers()
    assert run("finish").exit_code != 0, "nothing follows"

    # 1. Nothing new is stored: the head is signed once more, by both.
    begun = run("begin")
    assert begun.exit_code == 0, begun.output
    wait_for(lambda: signatures(instance) == 2, "the new key does not sign")
    _, new = instance.platform.log_verifiers()
    assert str(new) in begun.output
    assert run("begin").exit_code != 0, "two keys would follow"
    for verifiers in ([old], [new], [old, new], [new, old]):
        assert verify_checkpoint(served(instance), *verifiers).size == size
    assert instance.platform.trust().policy.logs[1].key == new
    shown = run("show").output
    assert (shown.count("signs the served checkpoint"), str(old) in shown, str(new) in shown) == (2, True, True)

    # 2. What is stored meanwhile is under a head by both.
    dairy.send_events(an_object_event())
    size = wait_until_published(instance)
    assert verify_checkpoint(served(instance), old) == verify_checkpoint(served(instance), new)
    assert independent_log.read_log(instance.platform.files.read, old.public.raw)[0].size == size
    assert CliRunner().invoke(filiere, ["fsck", "--deep"]).exit_code == 0

    # 3. The old key ends, also on the head that is served.
    finished = run("finish")
    assert finished.exit_code == 0, finished.output
    wait_for(lambda: signatures(instance) == 1, "the old key signs still")
    assert verify_checkpoint(served(instance), new).size == size
    with pytest.raises(NoteUnsigned):
        verify_checkpoint(served(instance), old)
    dairy.send_events(an_object_event(eventID="urn:uuid:2"))
    size = wait_until_published(instance)
    assert independent_log.read_log(instance.platform.files.read, new.public.raw)[0].size == size
    assert instance.platform.log_verifiers() == (new,)
    kept = instance.platform.settings.keys_dir / "ended" / f"{old.key_id.hex()}.pem"
    assert SigningKey.from_pem(kept.read_bytes()).public == old.public
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert CliRunner().invoke(filiere, ["fsck", "--deep"]).exit_code == 0


def test_an_overlap_does_not_end_before_the_new_key_has_signed(instance: Instance, run: Run) -> None:
    instance.admit("dairy")
    wait_until_published(instance)
    before = served(instance)
    run("begin")
    wait_for(lambda: signatures(instance) == 2, "the new key does not sign")
    both, instance.platform.log_keys._read = served(instance), None
    instance.platform.files.write([("checkpoint", before)])  # as if no publisher had run since
    refused = run("finish")
    assert isinstance(refused.exception, KeyFileError)
    assert len(instance.platform.log_verifiers()) == 2
    instance.platform.files.write([("checkpoint", both)])
    assert run("finish").exit_code == 0


def key_files(folder: Path) -> LogKeyFiles:
    create_keys(folder)
    return LogKeyFiles(folder, lambda at: load_key(at, Duty.LOG))


def test_a_change_that_was_cut_short_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = key_files(tmp_path)
    old, new = files.read().key.public, seeded_key("new")
    (tmp_path / "next").mkdir()
    (tmp_path / "next/log.part").write_bytes(b"half a")
    assert files.read().next_key is None
    files.begin(new.to_pem())
    assert (files.read().key.public, (files.read().next_key or new).public) == (old, new.public)

    def fail(*_: object) -> None:
        raise OSError("the power is gone")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="power"):
            files.finish("old")
    assert files.read().key.public == old
    files.finish("old")
    assert (files.read().key.public, files.read().next_key) == (new.public, None)
    assert SigningKey.from_pem((tmp_path / "ended/old.pem").read_bytes()).public == old
    with pytest.raises(KeyFileError):
        files.finish("old")


def test_a_reader_in_the_middle_of_the_change_finds_the_new_key_once(tmp_path: Path) -> None:
    """The files as they are read: the one that follows first, the other after it has moved there."""
    files = key_files(tmp_path)
    new = seeded_key("new")
    files.begin(new.to_pem())

    def load(at: Path) -> SigningKey:
        found = load_key(at, Duty.LOG)
        if at.name == "next":
            files.finish("old")
        return found

    read = LogKeyFiles(tmp_path, load).read()
    assert (read.key.public, read.next_key) == (new.public, None)


def test_key_files_that_have_not_changed_are_not_opened_again(tmp_path: Path) -> None:
    opened: list[Path] = []

    def load(at: Path) -> SigningKey:
        opened.append(at)
        return load_key(at, Duty.LOG)

    create_keys(tmp_path)
    files = LogKeyFiles(tmp_path, load)
    assert files.read() is files.read()
    assert opened == [tmp_path]
    files.begin(seeded_key("new").to_pem())
    assert files.read().next_key is not None
    assert opened == [tmp_path, tmp_path / "next", tmp_path]


def test_a_head_is_believed_by_either_key_and_refused_where_one_of_them_is_forged() -> None:
    old, new = seeded_key("old"), seeded_key("new")
    origin = "log.test.example/filiere"
    note = Signer(origin=origin, key=old, next_key=new).sign(3, bytes(32))
    verifiers = [VerifierKey(origin, key.public) for key in (old, new)]
    first, second = note.index("— ".encode()), note.rindex("— ".encode())
    spoilt = note[: second + 60] + (b"A" if note[second + 60 : second + 61] != b"A" else b"B") + note[second + 61 :]
    assert verify_checkpoint(spoilt, verifiers[0]).size == 3  # a line of a key that it does not know
    with pytest.raises(BadNoteSignature):
        verify_checkpoint(spoilt, *verifiers)
    alone = note[:first] + note[second:]
    assert verify_checkpoint(alone, *verifiers).size == 3
    with pytest.raises(NoteUnsigned):
        verify_checkpoint(alone, verifiers[0])
