"""Restore a backup: what it may replace, what survived and is newer than it, and what its database has lost.

1. Nobody uses the target; it is empty, or the same log's and to be replaced; the backup's schema is known.
2. The surviving heads are this log's. The greatest of them says what was promised.
3. The database is the backup's, brought to this release's schema.
4. Files: what survived stays, what is missing comes from the backup. An anchor is never replaced by an older one.
5. What was erased since the backup is erased again, by the statements that survived beside the tiles.
6. A database behind the greatest head is closed: it takes no record before it has its lost ones back, since it would
   give their indexes again. A scratch copy is closed for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from filiere_platform.domain import backup_sentences as say
from filiere_platform.domain.standing import Standing, State
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_platform.usecases.recovery import erase_what_was_erased
from filiere_platform.usecases.statements import StatementFiles
from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance.checkpoint import Checkpoint, verify_checkpoint
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.note import VerifierKey

ANCHOR = "log.anchor"


class RestoreRefused(Refusal):
    """The target may not be written, or the backup does not fit it; nothing was changed."""


class Restorable(UnitsOfWork, Protocol):
    """The database that is restored (`store.database.Database`)."""

    @property
    def is_postgresql(self) -> bool:
        """Of which kind it is."""

    def users(self) -> str | None:
        """Say who else has it open."""

    def origin(self) -> str | None:
        """Read the origin of the instance that is in it."""

    def knows(self, revision: str) -> bool:
        """Say whether a schema can be brought up to date."""

    def load(self, folder: Path, *, revision: str, columns: Mapping[str, Sequence[str]]) -> None:
        """Put a snapshot in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A verified backup in a folder, and what its manifest says."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def origin(self) -> str:
        """The log's name."""
        return str(self.manifest["origin"])

    @property
    def log_keys(self) -> tuple[VerifierKey, ...]:
        """The log's public keys: two where one followed the other when the backup was made."""
        return tuple(VerifierKey.parse(text) for text in self.manifest["publicKeys"]["log"])

    @property
    def receipt_key(self) -> PublicKey:
        """The public key of what the platform states."""
        return PublicKey.from_jwk(self.manifest["publicKeys"]["receipt"])

    def files(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """Read its files below a folder, by their paths in it."""
        root = self.folder / folder
        for path in sorted(root.rglob("*")):
            if path.is_file():
                yield path.relative_to(root).as_posix(), path.read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore left: `stored` records, `promised` by the greatest head that is known."""

    stored: int
    promised: int
    tiles: int  # files of the log that came from the backup
    erased: int  # records of the backup that had been erased since
    standing: Standing


def check_target(backup: Unpacked, database: Restorable, *, replace: bool) -> None:
    """See that the backup may go where it is to go.

    Raises:
        RestoreRefused: it may not; the problem says why.
    """
    if users := database.users():
        raise refused(say.RESTORE_TARGET_LIVE, found=users)
    about = backup.manifest["database"]
    kind = "postgresql" if database.is_postgresql else "sqlite"
    if about["kind"] != kind:
        raise refused(say.RESTORE_OTHER_DATABASE, expected=about["kind"], found=kind)
    if not database.knows(about["revision"]):
        raise refused(say.RESTORE_NEWER_RELEASE, found=about["revision"])
    found = database.origin()
    if found is not None and found != backup.origin:
        raise refused(say.RESTORE_OTHER_ORIGIN, found=found, expected=backup.origin)
    if found is not None and not replace:
        raise refused(say.RESTORE_TARGET_NOT_EMPTY, found=found)


def greatest_head(backup: Unpacked, files: LogFiles) -> tuple[Checkpoint | None, bytes | None]:
    """Find the greatest head among the backup's and those that survived in the target.

    Raises:
        RestoreRefused: a head that is there is not this log's.
    """
    kept = backup.folder / ANCHOR
    notes = {
        ANCHOR: files.read_anchor(),
        f"log/{CHECKPOINT_NAME}": files.read(CHECKPOINT_NAME),
        "backup": kept.read_bytes() if kept.exists() else None,
    }
    greatest: tuple[Checkpoint | None, bytes | None] = (None, None)
    for name, note in notes.items():
        if note is None:
            continue
        try:
            head = verify_checkpoint(note, *backup.log_keys)
        except Refusal as error:
            raise refused(say.RESTORE_ANCHOR_FOREIGN, name=name) from error
        if greatest[0] is None or head.size > greatest[0].size:
            greatest = head, note
    return greatest


def restore(
    backup: Unpacked,
    database: Restorable,
    files: LogFiles,
    statements: StatementFiles,
    *,
    replace: bool,
    is_scratch: bool,
    now: int,
) -> Restored:
    """Restore the database and the log's files, steps 1 to 6; the backup's statements are among the kept ones already.

    Raises:
        RestoreRefused: nothing was changed.
        StoreUnavailable: the database is away.
    """
    check_target(backup, database, replace=replace)
    with files.exclusive() as held:
        if not held:
            raise refused(say.RESTORE_TARGET_LIVE, found="log.lock")
        head, note = greatest_head(backup, files)
        about = backup.manifest["database"]
        database.load(backup.folder / "database", revision=about["revision"], columns=about["columns"])
        missing = [(name, content) for name, content in backup.files("log") if files.read(name) is None]
        files.write(missing)
        if note is not None and files.read_anchor() != note:
            files.write_anchor(note)
        promised = head.size if head else 0
        with database.unit_of_work() as unit:
            stored = unit.log.head().size
            erased = erase_what_was_erased(
                unit, statements, start=stored, receipt_key=backup.receipt_key, origin=backup.origin
            )
            unit.standing.change(_standing(stored, promised, is_scratch=is_scratch, now=now))
            standing = unit.standing.read()
        files.write_refusal(None)
    return Restored(stored=stored, promised=promised, tiles=len(missing), erased=erased, standing=standing)


def refused(sentence: Sentence, **values: object) -> RestoreRefused:
    """Build the refusal that a sentence says."""
    return RestoreRefused([Problem(sentence=sentence, values=values)])


def _standing(stored: int, promised: int, *, is_scratch: bool, now: int) -> Standing:
    if is_scratch:
        return Standing(state=State.SCRATCH, since=now)
    if stored < promised:
        return Standing(state=State.RECOVERING, since=now, start=stored, stop=promised)
    return Standing(state=State.OPEN)
