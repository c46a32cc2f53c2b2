"""A bundle: one file that proves an object's history offline.

    bundle.json              format, log, object; each entry's index, kind and digest; key chains; what is withheld;
                             schemas and contexts by address and digest; time stamps (reserved, none in this form)
    checkpoint               the log's signed head, with the witnesses' cosignatures
    proof                    the hashes that lead from all entries to the head (`shared_proof`), 32 bytes each
    policy                   the instance's own policy, for information: trust comes from elsewhere
    keys/<index>.jws         what the log says of each key that signed: registered, rotated, revoked
    erasures/<index>.jws     what was erased, and why
    records/<index>.jws      each record, exact bytes; absent where its payload was erased

A zip with nothing compressed and nothing variable in it: the same content is the same bytes, and a reader that writes
what it has read gets the file back, or the file was changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance import fields
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.chain import ChainSegment
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.merkle import HASH_SIZE
from filiere_schemas.provenance.stored_zip import MOST_FILES, NotAStoredZip, read_zip, write_zip
from filiere_schemas.provenance.strict_json import strict_loads

FORMAT: Final = "filiere-bundle-2"
LARGEST_BUNDLE: Final = 512 * 1024 * 1024  # bytes
MOST_RECORDS: Final = MOST_FILES - 5_534  # the rest is left to keys, erasures and the four files of every bundle
_MANIFEST: Final = "bundle.json"
_CHECKPOINT, _PROOF, _POLICY = "checkpoint", "proof", "policy"
_FOLDERS: Final = {EntryKind.KEY: "keys", EntryKind.ERASURE: "erasures"}
_RECORDS: Final = "records"
_KINDS: Final = (EntryKind.EVENT, EntryKind.RECEIPT, *_FOLDERS)


class InvalidBundle(Refusal):
    """A file that is no bundle, or one that was changed after it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEntry:
    """An entry of the log with the bytes whose digest it is."""

    index: int
    kind: EntryKind
    sha256: bytes
    body: bytes | None  # the compact JWS, disclosures behind ~; None once erased


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenEvents:
    """How many events of an object in the trace the asker may not see."""

    object: str
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedText:
    """A schema or context that records refer to; `sha256` is None where the instance never read its text."""

    address: str
    sha256: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An object's history as its reader gets it; nothing of it is verified yet."""

    origin: str
    object: str  # canonical key
    checkpoint: bytes
    proof: tuple[bytes, ...]
    entries: tuple[LoggedEntry, ...]  # ascending
    chains: tuple[ChainSegment, ...] = ()  # the instance's word on what stands between the records
    hidden: tuple[HiddenEvents, ...] = ()
    schemas: tuple[NamedText, ...] = ()
    policy: bytes = b""

    def of_kind(self, *kinds: EntryKind) -> tuple[LoggedEntry, ...]:
        """The entries of some kinds."""
        return tuple(entry for entry in self.entries if entry.kind in kinds)


def write_bundle(bundle: Bundle) -> bytes:
    """Write a bundle; the same bundle gives the same bytes."""
    manifest = {
        "chains": [_segment_line(segment) for segment in bundle.chains],
        "entries": [_entry_line(entry) for entry in bundle.entries],
        "format": FORMAT,
        "hidden": [{"events": each.events, "object": each.object} for each in bundle.hidden],
        "log": bundle.origin,
        "object": bundle.object,
        "schemas": [
            {"address": each.address, "sha256": None if each.sha256 is None else each.sha256.hex()}
            for each in bundle.schemas
        ],
        "timestamps": [],
    }
    files = [
        (_MANIFEST, canonicalize(manifest)),
        (_CHECKPOINT, bundle.checkpoint),
        (_PROOF, b"".join(bundle.proof)),
        (_POLICY, bundle.policy),
    ]
    files += [(_name(entry.kind, entry.index), entry.body) for entry in bundle.entries if entry.body is not None]
    return write_zip(files)


def read_bundle(raw: bytes) -> Bundle:
    """Read a bundle. Nothing is unpacked to more than the file's own size.

    Raises:
        InvalidBundle: it is none, it is too large, or it is not the file that was written.
    """
    if len(raw) > LARGEST_BUNDLE:
        raise _invalid(sentences.BUNDLE_TOO_LARGE, limit=LARGEST_BUNDLE, found=len(raw))
    try:
        files = read_zip(raw)
        bundle = _read(files)
    except NotAStoredZip as error:
        raise _form(error) from error
    except Refusal as refused:
        raise _form(refused.problems[0]) from refused
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _form(error) from error
    # The zip is the only one of its files; what is left is that its files are the only ones of the bundle.
    if write_bundle(bundle) != raw:
        raise _invalid(sentences.BUNDLE_ALTERED)
    return bundle


def _read(files: Mapping[str, bytes]) -> Bundle:
    manifest: Any = strict_loads(files[_MANIFEST])
    if type(manifest) is not dict or manifest.get("format") != FORMAT:
        raise _form(_MANIFEST)
    hashes = files[_PROOF]
    return Bundle(
        origin=fields.text(manifest, "log"),
        object=fields.text(manifest, "object"),
        checkpoint=files[_CHECKPOINT],
        proof=tuple(_hash(hashes[at : at + HASH_SIZE]) for at in range(0, len(hashes), HASH_SIZE)),
        entries=_entries(manifest["entries"], files),
        chains=fields.each(manifest, "chains", _segment),
        hidden=fields.each(manifest, "hidden", _hidden),
        schemas=fields.each(manifest, "schemas", _schema),
        policy=files[_POLICY],
    )


def _entries(lines: list[dict[str, Any]], files: Mapping[str, bytes]) -> tuple[LoggedEntry, ...]:
    if len(lines) > MOST_FILES:
        raise _form(f"{len(lines)} entries")
    found = tuple(_entry(line, files) for line in lines)
    if any(earlier.index >= later.index for earlier, later in pairwise(found)):
        raise _form("entries")
    return found


def _entry(line: dict[str, Any], files: Mapping[str, bytes]) -> LoggedEntry:
    index, kind = fields.whole(line, "index"), EntryKind(fields.one_of(line, "kind", *_KINDS))
    body = None if line["erased"] is True else files[_name(kind, index)]
    return LoggedEntry(index=index, kind=kind, sha256=_hash(bytes.fromhex(line["sha256"])), body=body)


def _segment(line: Mapping[str, Any]) -> ChainSegment:
    return ChainSegment(
        kid=fields.text(line, "kid"),
        first_seq=fields.whole(line, "first_seq"),
        last_seq=fields.whole(line, "last_seq"),
        first_prev=fields.digest(line, "first_prev"),
        last_sha256=fields.digest(line, "last_sha256"),
        first_index=fields.whole(line, "first_index"),
        last_index=fields.whole(line, "last_index"),
    )


def _hidden(line: Mapping[str, Any]) -> HiddenEvents:
    return HiddenEvents(object=fields.text(line, "object"), events=fields.whole(line, "events"))


def _schema(line: Mapping[str, Any]) -> NamedText:
    digest = None if line["sha256"] is None else fields.digest(line, "sha256")
    return NamedText(address=fields.text(line, "address"), sha256=digest)


def _hash(value: bytes) -> bytes:
    if len(value) != HASH_SIZE:
        raise ValueError(f"expected a SHA-256 digest, found {len(value)} bytes")
    return value


def _entry_line(entry: LoggedEntry) -> dict[str, Any]:
    return {
        "erased": entry.body is None,
        "index": entry.index,
        "kind": entry.kind.value,
        "sha256": entry.sha256.hex(),
    }


def _segment_line(segment: ChainSegment) -> dict[str, Any]:
    return {
        "first_index": segment.first_index,
        "first_prev": segment.first_prev.hex(),
        "first_seq": segment.first_seq,
        "kid": segment.kid,
        "last_index": segment.last_index,
        "last_seq": segment.last_seq,
        "last_sha256": segment.last_sha256.hex(),
    }


def _name(kind: EntryKind, index: int) -> str:
    return f"{_FOLDERS.get(kind, _RECORDS)}/{index:012d}.jws"


def _form(found: object) -> InvalidBundle:
    return _invalid(sentences.BUNDLE_FORM, expected=FORMAT, found=found)


def _invalid(sentence: Sentence, **values: object) -> InvalidBundle:
    return InvalidBundle([Problem(sentence=sentence, values=values)])
