"""A backup's file: a tar whose first member, the manifest, names every other one with its size and SHA-256.

Members stand in a fixed order with neither time nor owner, so that the same content gives the same bytes. The file is
its owner's alone: it holds what members confided. It appears under its name only once it is whole and on the medium.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Final, cast

from filiere_platform.blobs.sealed_file import OpeningReader, SealingWriter, WrongPassphrase, is_sealed
from filiere_platform.domain import backup_sentences as say
from filiere_schemas.problems import Problem, Refusal, Sentence

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
LARGEST_MANIFEST: Final = 1 << 30  # bytes; some 150 for each file of the log
_BLOCK: Final = 1 << 20
_OWNER_ONLY: Final = 0o600
_SAFE: Final = re.compile(r"[a-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


class BadArchive(Refusal):
    """A file that is no backup, or not the one that was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One file of a backup: where its bytes lie, or how they are read; they are read twice."""

    name: str
    content: Path | Callable[[], bytes]


def write_archive(
    target: Path, about: Mapping[str, Any], members: Sequence[Member], *, passphrase: str | None = None
) -> str:
    """Write a backup; gives the SHA-256 of the file, hexadecimal. `about` is what the manifest says beside its list.

    Raises:
        OSError: it cannot be written; nothing is left under the file's name.
    """
    measured = [_measure(member) for member in members]
    listed = [
        {"name": member.name, "size": size, "sha256": digest}
        for member, (size, digest) in zip(members, measured, strict=True)
    ]
    manifest = json.dumps({"format": FORMAT, **about, "members": listed}, ensure_ascii=False, sort_keys=True).encode()
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            sealing = SealingWriter(file, passphrase) if passphrase else None
            stream = cast("IO[bytes]", sealing or file)
            with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                tar.addfile(_header(MANIFEST, len(manifest)), io.BytesIO(manifest))
                for member, (size, _) in zip(members, measured, strict=True):
                    with _open(member) as content:
                        tar.addfile(_header(member.name, size), content)
            if sealing:
                sealing.close()
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return digest


def unpack_archive(source: Path, folder: Path, *, passphrase: str | None = None) -> dict[str, Any]:
    """Unpack a backup into an empty folder and give its manifest; every member is compared with it on the way.

    Raises:
        BadArchive: it is no backup, or a member is missing, foreign or changed; or the passphrase does not open it.
        OSError: it cannot be read, or the folder cannot be written.
    """
    with source.open("rb") as file:
        sealed = is_sealed(file)
        if sealed and not passphrase:
            raise _bad(say.BACKUP_IS_SEALED, file=source.name)
        stream = cast("IO[bytes]", OpeningReader(file, passphrase or "") if sealed else file)
        try:
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                return _unpack(tar, folder, source.name)
        except (tarfile.TarError, EOFError) as error:
            raise _bad(say.BACKUP_UNREADABLE, file=source.name, reason=error) from error
        except WrongPassphrase as error:
            raise _bad(say.BACKUP_DOES_NOT_OPEN, file=source.name) from error


def _unpack(tar: tarfile.TarFile, folder: Path, name: str) -> dict[str, Any]:
    manifest = _read_manifest(tar, name)
    expected = {line["name"]: line for line in manifest["members"]}
    while (member := tar.next()) is not None:
        line = expected.pop(member.name, None)
        # Only what the manifest lists, only plain files, only names that stay within the folder.
        if line is None or not member.isfile() or not _SAFE.fullmatch(member.name) or ".." in member.name:
            raise _bad(say.BACKUP_MEMBER_WRONG, file=name, member=member.name)
        target = folder / member.name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest = hashlib.sha256()
        content = tar.extractfile(member)
        with target.open("xb") as out:
            target.chmod(_OWNER_ONLY)
            while content is not None and (block := content.read(_BLOCK)):
                digest.update(block)
                out.write(block)
        if digest.hexdigest() != line["sha256"] or member.size != line["size"]:
            raise _bad(say.BACKUP_MEMBER_WRONG, file=name, member=member.name)
    if expected:
        raise _bad(say.BACKUP_MEMBER_WRONG, file=name, member=next(iter(expected)))
    return manifest


def _read_manifest(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    first = tar.next()
    content = tar.extractfile(first) if first and first.name == MANIFEST and first.size < LARGEST_MANIFEST else None
    try:
        manifest = json.loads(content.read()) if content else None
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _bad(say.BACKUP_UNREADABLE, file=name, reason=MANIFEST)
    return manifest


def _measure(member: Member) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with _open(member) as content:
        while block := content.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return size, digest.hexdigest()


def _open(member: Member) -> BinaryIO:
    return member.content.open("rb") if isinstance(member.content, Path) else io.BytesIO(member.content())


def _header(name: str, size: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, _OWNER_ONLY, 0
    return header


def _bad(sentence: Sentence, **values: object) -> BadArchive:
    return BadArchive([Problem(sentence=sentence, values=values)])
