"""What a witness remembers, in a folder: every write is whole or absent after a crash, and durable on return.

    name                      the witness's name, chosen at init
    key.pem                   its key, readable by its owner alone
    logs/<id>/keys            verifier keys of a log, one a line; <id> is the SHA-256 of the origin
    logs/<id>/head            the head cosigned last, with the log's signature
    evidence/<kind>-<id>-*    two heads that contradict each other; never removed

No name in a path comes from a stranger.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import NoteKeyType, VerifierKey
from filiere_witness import sentences

OWNER_ONLY: Final = 0o600
OTHERS: Final = 0o077
# The first pieces of evidence convict; whoever stole a log's key could otherwise fill the disk with more.
MOST_EVIDENCE: Final = 1_000  # files per log and kind
EVIDENCE_FORMAT: Final = "filiere-witness-evidence-1"


class FolderUnusable(Refusal):
    """The folder is not that of a witness, or is unsafe."""


@dataclass(frozen=True, kw_only=True)
class WitnessFolder:
    """An opened folder; any number of threads and processes may use it at once."""

    path: Path
    name: str
    key: SigningKey

    @property
    def verifier(self) -> VerifierKey:
        """What everybody else verifies with; its text form goes into policies."""
        return VerifierKey(self.name, self.key.public, NoteKeyType.COSIGNATURE)

    @classmethod
    def create(cls, path: Path, name: str) -> WitnessFolder:
        """Make a witness, or find it again: an existing key is never replaced.

        Raises:
            FolderUnusable: it has another name.
            InvalidVerifierKey: the name cannot name a key.
        """
        key = SigningKey.generate()
        VerifierKey(name, key.public)
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (path / "key.pem").exists():
            write_durably(path / "name", name.encode())
            write_durably(path / "key.pem", key.to_pem(), mode=OWNER_ONLY)
        found = cls.open(path)
        if found.name != name:
            raise _unusable(sentences.WITNESS_NAMED, expected=found.name, found=name)
        return found

    @classmethod
    def open(cls, path: Path) -> WitnessFolder:
        """Open a witness's folder.

        Raises:
            FolderUnusable: it is none, or others may read its key.
            UnreadablePrivateKey: its key is damaged.
        """
        key_path = path / "key.pem"
        try:
            mode = key_path.stat().st_mode
            pem, name = key_path.read_bytes(), (path / "name").read_text(encoding="utf-8")
        except OSError as error:
            raise _unusable(sentences.WITNESS_ABSENT, found=path) from error
        if mode & OTHERS:
            raise _unusable(sentences.KEY_READABLE, found=f"{mode & 0o777:o}", path=key_path)
        return cls(path=path, name=name, key=SigningKey.from_pem(pem))

    def add_log(self, key: VerifierKey) -> None:
        """Know a log, or one more key of it; takes effect at once, also in a server that runs.

        Raises:
            FolderUnusable: the key is not one that signs heads.
        """
        if key.type is not NoteKeyType.ED25519:
            raise _unusable(sentences.LOG_KEY_TYPE, found=key)
        folder = self._folder(key.name)
        if not folder.is_dir():
            folder.mkdir(parents=True)
            _sync(folder.parent)
            _sync(self.path)
        with self.locked(key.name):
            keys = {str(known): known for known in (*self.keys_of(key.name), key)}
            write_durably(folder / "keys", "".join(f"{line}\n" for line in keys).encode())

    def origins(self) -> list[str]:
        """List the origins of the logs that are known."""
        files = sorted((self.path / "logs").glob("*/keys"))
        return sorted({VerifierKey.parse(file.read_text(encoding="utf-8").split("\n")[0]).name for file in files})

    def keys_of(self, origin: str) -> list[VerifierKey]:
        """Give the keys of a log; none where it is not known."""
        text = _read(self._folder(origin) / "keys") or b""
        return [VerifierKey.parse(line) for line in text.decode().split("\n")[:-1]]

    @contextmanager
    def locked(self, origin: str) -> Iterator[None]:
        """Hold a known log against every other thread and process."""
        with (self._folder(origin) / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def read_head(self, origin: str) -> bytes | None:
        """Read the head of a log cosigned last, as its log signed it."""
        return _read(self._folder(origin) / "head")

    def read_head_by_id(self, log_id: str) -> bytes | None:
        """Read the head of a log by the SHA-256 of its origin, in hexadecimal; the caller has checked the form."""
        return _read(self.path / "logs" / log_id / "head")

    def write_head(self, origin: str, note: bytes) -> None:
        """Keep a head as the one cosigned last; durable on return. The caller holds the log."""
        write_durably(self._folder(origin) / "head", note)

    def keep_evidence(self, kind: str, evidence: Mapping[str, Any]) -> Path | None:
        """Keep a piece of evidence for ever; the same heads once. None where there is enough of its kind already."""
        log_id = _log_id(evidence["log"])
        heads = f"{evidence['known']}\0{evidence['found']}"
        path = self.path / "evidence" / f"{kind}-{log_id[:16]}-{hashlib.sha256(heads.encode()).hexdigest()}.json"
        path.parent.mkdir(exist_ok=True)
        if path.exists():
            return path
        if sum(1 for _ in path.parent.glob(f"{kind}-{log_id[:16]}-*.json")) >= MOST_EVIDENCE:
            return None
        document = {"format": EVIDENCE_FORMAT, "kind": kind, "witness": self.name, **evidence}
        write_durably(path, json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n")
        _sync(self.path)
        return path

    def evidence(self) -> list[tuple[Path, dict[str, Any]]]:
        """Read all evidence, by its time."""
        found = [(path, json.loads(path.read_bytes())) for path in (self.path / "evidence").glob("*.json")]
        return sorted(found, key=lambda item: (item[1]["seen_at"], item[0]))

    def _folder(self, origin: str) -> Path:
        return self.path / "logs" / _log_id(origin)


def write_durably(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Create or replace a file: whole or absent after a crash, on the medium on return.

    The caller keeps others from writing the same file at the same time.
    """
    staged = path.with_name(f"{path.name}.new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _log_id(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()


def _unusable(sentence: Sentence, **values: object) -> FolderUnusable:
    return FolderUnusable([Problem(sentence=sentence, values=values)])
