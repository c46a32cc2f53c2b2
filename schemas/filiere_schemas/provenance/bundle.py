"""A bundle: one file that proves an object's history offline, in its first form.

    bundle.json              format, log, object; of each record its index, kind, digest and inclusion proof
    checkpoint               the log's signed head that the proofs lead to
    keys/<index>.jws         the registration of each key that signed
    records/<index>.jws      each record as signed; absent where its payload was erased

A zip with nothing compressed and nothing variable in it: the same content is the same bytes, and a reader that writes
what it has read gets the file back, or the file was changed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.merkle import HASH_SIZE
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER, strict_loads

FORMAT: Final = "filiere-bundle-1"
LARGEST_BUNDLE: Final = 512 * 1024 * 1024  # bytes
MOST_RECORDS: Final = 100_000
LONGEST_PROOF: Final = 64  # hashes: a log of 2^64 entries
_MANIFEST: Final = "bundle.json"
_CHECKPOINT: Final = "checkpoint"
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)  # the first that a zip can write
_PLAIN_FILE: Final = 0o100644 << 16
_UNIX: Final = 3


class InvalidBundle(Refusal):
    """A file that is no bundle, or one that was changed after it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledRecord:
    """One record and the proof that it stands at its place of the log."""

    index: int
    kind: EntryKind
    sha256: bytes
    proof: tuple[bytes, ...]
    body: bytes | None  # the compact JWS, disclosures behind ~; None once erased


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An object's history as its reader gets it; nothing of it is verified yet."""

    origin: str
    object: str  # canonical key
    checkpoint: bytes
    keys: tuple[BundledRecord, ...]
    records: tuple[BundledRecord, ...]


def write_bundle(bundle: Bundle) -> bytes:
    """Write a bundle; the same bundle gives the same bytes, whatever the order of its records."""
    manifest = {
        "format": FORMAT,
        "keys": [_line(record) for record in _sorted(bundle.keys)],
        "log": bundle.origin,
        "object": bundle.object,
        "records": [_line(record) for record in _sorted(bundle.records)],
    }
    members = [(_MANIFEST, canonicalize(manifest)), (_CHECKPOINT, bundle.checkpoint)]
    for folder, records in (("keys", bundle.keys), ("records", bundle.records)):
        members += [(_name(folder, each.index), each.body) for each in _sorted(records) if each.body is not None]
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression=zipfile.ZIP_STORED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, date_time=_FIRST_DAY)
            info.create_system, info.external_attr = _UNIX, _PLAIN_FILE
            archive.writestr(info, content)
    return raw.getvalue()


def read_bundle(raw: bytes) -> Bundle:
    """Read a bundle. Nothing is unpacked to more than the file's own size.

    Raises:
        InvalidBundle: it is none, it is too large, or it is not the file that was written.
    """
    if len(raw) > LARGEST_BUNDLE:
        raise _invalid(sentences.BUNDLE_TOO_LARGE, limit=LARGEST_BUNDLE, found=len(raw))
    members = _members(raw)
    try:
        bundle = _read(members)
    except Refusal as refused:
        raise _form(refused.problems[0]) from refused
    except (KeyError, ValueError, TypeError) as error:
        raise _form(error) from error
    if write_bundle(bundle) != raw:
        raise _invalid(sentences.BUNDLE_ALTERED)
    return bundle


def _members(raw: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            infos = archive.infolist()
            if len(infos) > 2 * MOST_RECORDS or any(info.compress_type != zipfile.ZIP_STORED for info in infos):
                raise _form("zip")
            return {info.filename: archive.read(info) for info in infos}
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _form(error) from error


def _read(members: Mapping[str, bytes]) -> Bundle:
    manifest: Any = strict_loads(members[_MANIFEST])
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _form(_MANIFEST)
    return Bundle(
        origin=_text(manifest, "log"),
        object=_text(manifest, "object"),
        checkpoint=members[_CHECKPOINT],
        keys=_records(manifest["keys"], "keys", members),
        records=_records(manifest["records"], "records", members),
    )


def _records(lines: Any, folder: str, members: Mapping[str, bytes]) -> tuple[BundledRecord, ...]:
    if not isinstance(lines, list) or len(lines) > MOST_RECORDS:
        raise _form(folder)
    return tuple(_record(line, folder, members) for line in lines)


def _record(line: Any, folder: str, members: Mapping[str, bytes]) -> BundledRecord:
    index, proof = line["index"], line["proof"]
    if type(index) is not int or not 0 <= index <= MAX_SAFE_INTEGER or len(proof) > LONGEST_PROOF:
        raise _form(f"{folder} {index}")
    return BundledRecord(
        index=index,
        kind=EntryKind(line["kind"]),
        sha256=_hash(line["sha256"]),
        proof=tuple(_hash(each) for each in proof),
        body=None if line["erased"] is True else members[_name(folder, index)],
    )


def _hash(text: str) -> bytes:
    value = bytes.fromhex(text)
    if len(value) != HASH_SIZE:
        raise ValueError(f"expected a SHA-256 digest, found {len(value)} bytes")
    return value


def _text(manifest: Mapping[str, Any], name: str) -> str:
    value = manifest[name]
    if not isinstance(value, str):
        raise _form(name)
    return value


def _line(record: BundledRecord) -> dict[str, Any]:
    return {
        "erased": record.body is None,
        "index": record.index,
        "kind": record.kind.value,
        "proof": [each.hex() for each in record.proof],
        "sha256": record.sha256.hex(),
    }


def _sorted(records: Iterable[BundledRecord]) -> list[BundledRecord]:
    return sorted(records, key=lambda record: record.index)


def _name(folder: str, index: int) -> str:
    return f"{folder}/{index:012d}.jws"


def _form(found: object) -> InvalidBundle:
    return _invalid(sentences.BUNDLE_FORM, expected=FORMAT, found=found)


def _invalid(sentence: Sentence, **values: object) -> InvalidBundle:
    return InvalidBundle([Problem(sentence=sentence, values=values)])
