"""A backup is one consistent file of a running instance, and a restore makes the same log of it."""

from __future__ import annotations

import tarfile
import threading
from pathlib import Path

import psycopg
import pytest

from builders.instance import Instance, open_instance
from conftest import Backend
from contracts.backup.conftest import Console, manifest_of, numbered
from contracts.log.conftest import fill, wait_for, wait_until_published
from filiere_platform.blobs.key_files import Duty
from filiere_platform.usecases.log_state import read_published_size


def opened(backend: Backend, console: Console, **more: object):
    return open_instance(
        console.folder, database_url=console.database_url, is_founded=(console.folder / "data").exists(), **more
    )


def entries_of(instance: Instance) -> list[tuple[int, int, bytes]]:
    with instance.platform.database.unit_of_work() as unit:
        return list(unit.log.entries(0, unit.log.head().size))


def test_a_backup_taken_during_capture_restores_to_a_prefix_of_the_log(
    backend: Backend, console: Console, elsewhere: Console, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    stop = threading.Event()
    with opened(backend, console) as instance:
        fill(instance)
        wait_until_published(instance)
        dairy = instance.admit("another dairy")

        def push() -> None:
            batch = 0
            while not stop.is_set():
                assert dairy.send_events(*numbered(7, start=1_000_000 + 7 * batch)).status_code == 200
                batch += 1

        sender = threading.Thread(target=push)
        sender.start()
        try:
            before = instance.log_size()
            told = console.succeed("backup", "-o", str(file), "--with-keys")
        finally:
            stop.set()
            sender.join()
        whole = entries_of(instance)
    about = manifest_of(file)
    assert about["published"] <= about["database"]["size"]
    assert before <= about["database"]["size"] <= len(whole)
    assert "WARNING" in told.stderr  # private keys, not sealed

    restored = elsewhere.succeed("restore", str(file))
    assert f"records    {about['database']['size']}" in restored.stdout
    deep = elsewhere.fsck("--deep")
    assert deep["holds"], deep
    assert deep["signatures"] == about["database"]["size"]
    with opened(backend, elsewhere) as again:
        assert entries_of(again) == whole[: about["database"]["size"]]
        newcomer = again.admit("newcomer")  # numbers of rows and of the log go on
        assert newcomer.send_events(*numbered(3)).status_code == 200
        wait_until_published(again)
        assert again.fsck().holds


def test_the_same_instance_gives_the_same_bytes_and_the_file_is_its_owners_alone(
    backend: Backend, console: Console, tmp_path: Path
) -> None:
    with opened(backend, console) as instance:
        fill(instance, events=20)
        wait_until_published(instance)
    one, two = tmp_path / "one.tar", tmp_path / "two.tar"
    console.succeed("backup", "-o", str(one))
    console.succeed("backup", "-o", str(two))
    assert one.stat().st_mode & 0o777 == 0o600
    with tarfile.open(one) as first, tarfile.open(two) as second:
        assert first.getnames() == second.getnames()
        assert [m.mtime for m in first] == [0] * len(first.getnames())
    first_about, second_about = manifest_of(one), manifest_of(two)
    assert {k: v for k, v in first_about.items() if k != "created"} == {
        k: v for k, v in second_about.items() if k != "created"
    }


def test_private_keys_are_in_a_backup_only_where_they_were_asked_for_and_their_absence_is_said_loudly(
    backend: Backend, console: Console, elsewhere: Console, tmp_path: Path
) -> None:
    with opened(backend, console) as instance:
        fill(instance, events=5)
        wait_until_published(instance)
    file = tmp_path / "public.tar"
    told = console.succeed("backup", "-o", str(file))
    assert "public keys only" in told.stderr
    with tarfile.open(file) as tar:
        assert not [name for name in tar.getnames() if name.startswith("keys/")]
        everything = file.read_bytes()
        assert b"PRIVATE KEY" not in everything
    restored = elsewhere.succeed("restore", str(file))
    assert "do not make others" in restored.stderr.replace("\n", " ")


def test_a_sealed_backup_opens_with_its_passphrase_alone(
    backend: Backend, console: Console, elsewhere: Console, tmp_path: Path
) -> None:
    with opened(backend, console) as instance:
        fill(instance, events=5)
        wait_until_published(instance)
    file = tmp_path / "sealed.tar"
    told = console.succeed("backup", "-o", str(file), "--with-keys", FILIERE_BACKUP_PASSPHRASE="four words of mine")
    assert told.stderr == ""
    assert b"PRIVATE KEY" not in file.read_bytes()
    assert "backup-is-sealed" in elsewhere.run("restore", str(file)).exception.problems[0].code
    wrong = elsewhere.run("restore", str(file), FILIERE_BACKUP_PASSPHRASE="others")
    assert wrong.exception.problems[0].code == "backup-does-not-open"
    elsewhere.succeed("restore", str(file), FILIERE_BACKUP_PASSPHRASE="four words of mine")
    assert elsewhere.fsck("--deep")["holds"]
    for duty in Duty:
        there = (elsewhere.folder / "data" / "keys" / f"{duty}.pem").stat()
        assert there.st_mode & 0o777 == 0o600


@pytest.fixture
def story(backend: Backend, console: Console, tmp_path: Path) -> Path:
    """A backup, and an instance that went on after it."""
    file = tmp_path / "early.tar"
    with opened(backend, console) as instance:
        fill(instance, events=10)
        wait_until_published(instance)
        console.succeed("backup", "-o", str(file), "--with-keys")
        late = instance.admit("late")
        assert late.send_events(*numbered(300, start=500)).status_code == 200
        wait_until_published(instance)
    return file


def test_a_restore_refuses_while_the_target_is_used(backend: Backend, console: Console, story: Path) -> None:
    with opened(backend, console):
        refused = console.run("restore", str(story), "--replace")
        assert refused.exception.problems[0].code == "restore-target-live"
    assert console.fsck()["holds"]


@pytest.mark.postgresql
@pytest.mark.rabbitmq
@pytest.mark.parametrize("backend", ["production"], indirect=True)  # SQLite's file is known by its lock
def test_a_session_that_is_just_ending_is_no_user_of_the_target(
    backend: Backend, console: Console, story: Path
) -> None:
    leaving = psycopg.connect(backend.database_url)
    end = threading.Timer(0.7, leaving.close)
    end.start()
    assert console.run("restore", str(story), "--replace").exit_code == 3  # the log promises more than the backup holds
    end.join()


def test_a_restore_replaces_nothing_unasked_and_never_another_log(
    backend: Backend, console: Console, elsewhere: Console, story: Path
) -> None:
    assert console.run("restore", str(story)).exception.problems[0].code == "restore-target-not-empty"
    elsewhere.succeed("init", "--origin", "other.example/log")
    foreign = elsewhere.run("restore", str(story), "--replace")
    assert foreign.exception.problems[0].code == "restore-other-origin"
    assert console.fsck()["holds"]


def test_the_newest_anchor_survives_a_restore_and_the_instance_stays_closed_until_it_is_whole(
    backend: Backend, console: Console, story: Path
) -> None:
    anchor = (console.folder / "data" / "log.anchor").read_bytes()
    about = manifest_of(story)["database"]
    restored = console.run("restore", str(story), "--replace")
    assert restored.exit_code == 3, restored.output
    assert (console.folder / "data" / "log.anchor").read_bytes() == anchor
    with opened(backend, console) as instance:
        published = read_published_size(instance.platform.files)
        assert published > about["size"]
        with instance.platform.database.unit_of_work() as unit:
            standing = unit.standing.read()
        assert (standing.start, standing.stop) == (about["size"], published)
        wait_for(lambda: instance.client.get("/readyz").status_code == 503, "the publisher does not refuse")
    assert (console.folder / "data" / "log.anchor").read_bytes() == anchor


def test_a_closed_instance_stores_nothing_and_says_why(backend: Backend, console: Console, story: Path) -> None:
    console.run("restore", str(story), "--replace")
    with opened(backend, console) as instance:
        size = instance.log_size()
        dairy = sender_again(instance, "dairy")
        answer = dairy.send_events(*numbered(1, start=90_000))
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "instance-recovering"
        assert int(answer.headers["Retry-After"]) > 0
        plain = instance.client.post("/epcis/events", json=numbered(1)[0], headers=dairy.headers)
        assert plain.status_code == 503
        assert instance.log_size() == size
        assert instance.client.get("/api/v1/instance").status_code == 200


def sender_again(instance: Instance, name: str):
    """A member whose token was in the backup is not known to the test: it gets a new one."""
    from builders.instance import Sender, seeded_key
    from filiere_platform.domain.member import Scope
    from filiere_platform.usecases.members import create_api_token

    with instance.platform.database.unit_of_work() as uow:
        uri = next(member.uri for member in uow.members.all() if member.name == name)
        token = create_api_token(uow, uri=uri, scopes=frozenset(Scope))
    return Sender(uri=uri, token=token, key=seeded_key(name), client=instance.client, seq=1_000)


def test_a_scratch_copy_beside_the_living_instance_can_be_read_and_never_signs(
    backend: Backend, console: Console, elsewhere: Console, story: Path, tmp_path: Path
) -> None:
    with opened(backend, console) as living:
        into = elsewhere.database_url or str(tmp_path / "scratch")
        console.succeed("restore", str(story), "--into", into)
        folder = tmp_path / (f"data-scratch-{into.rpartition('/')[2]}" if elsewhere.database_url else "scratch")
        assert living.fsck().holds
    assert not list((folder / "keys").glob("*.pem"))
    settings = {"FILIERE_DATA_DIR": str(folder), "FILIERE_DATABASE_URL": elsewhere.database_url}
    console.succeed("fsck", "--deep", **settings)
    before = (folder / "log" / "checkpoint").read_bytes()
    refused = console.run("worker", **settings)
    assert "scratch" in str(refused.exception)
    from filiere_platform import bootstrap
    from filiere_platform.settings import read_settings

    with bootstrap.open_platform(read_settings(settings)) as platform:
        from fastapi.testclient import TestClient

        with TestClient(platform.application(with_workers=True), raise_server_exceptions=False) as client:
            assert client.get("/log/checkpoint").content == before
            assert client.get("/log/keys/").status_code == 200
            dairy = sender_again(Instance(platform=platform, client=client), "dairy")
            answer = dairy.send_events(*numbered(1, start=90_000))
            assert (answer.status_code, answer.json()["code"]) == (503, "instance-scratch")
    assert (folder / "log" / "checkpoint").read_bytes() == before


@pytest.mark.parametrize("damage", ["changed", "missing", "foreign"])
def test_a_backup_that_is_not_what_was_written_restores_nothing(
    backend: Backend, elsewhere: Console, story: Path, tmp_path: Path, damage: str
) -> None:
    bad = tmp_path / "bad.tar"
    with tarfile.open(story) as source, tarfile.open(bad, "w", format=tarfile.PAX_FORMAT) as target:
        for member in source:
            content = source.extractfile(member).read()
            if member.name.endswith("checkpoint"):
                if damage == "missing":
                    continue
                if damage == "changed":
                    content = content[:-3] + b"x" + content[-2:]
            import io

            target.addfile(member, io.BytesIO(content))
            if damage == "foreign" and member.name == "log.anchor":
                member.name = "log/../../stolen"
                target.addfile(member, io.BytesIO(content))
    refused = elsewhere.run("restore", str(bad))
    assert refused.exception.problems[0].code == "backup-member-wrong"
    assert not (elsewhere.folder / "data" / "filiere.db").exists()
    assert not (tmp_path / "stolen").exists()
