"""Gather what proves an object's history into a bundle: the records behind its trace, their keys, their proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.bundle_sentences import BUNDLE_TOO_MANY, NOT_YET_PUBLISHED
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.log_reading import entries_of_keys, list_key_entries, read_tile
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_platform.usecases.reading import signed_bytes
from filiere_platform.usecases.trace import TraceQuestion, trace_object
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.bundle import MOST_RECORDS, Bundle, BundledRecord
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import EVENT_TYP
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.merkle import GetNode, inclusion_proof
from filiere_schemas.provenance.note import parse_note
from filiere_schemas.provenance.tiles import Tile, node_reader


def bundle_object(uow: UnitOfWork, viewer: Viewer, files: LogFiles, question: TraceQuestion, *, origin: str) -> Bundle:
    """Bundle the records behind the trace of an object, as the viewer may see them.

    Records that a member declared erroneous are not in the trace, and so not in the bundle.

    Raises:
        InvalidIdentifier: the object's identifier is not one.
        Refusal: code `not-found`, `as-of-beyond-log`, `bundle-too-many`; `not-yet-published` where a record is not
            under the signed head: the publisher is a moment behind.
    """
    answer = trace_object(uow, viewer, question)
    indexes = sorted(event["index"] for event in answer["events"])
    if len(indexes) > MOST_RECORDS:
        raise Refusal([Problem(sentence=BUNDLE_TOO_MANY, values={"found": len(indexes), "expected": MOST_RECORDS})])
    note, size = read_head(files)
    if note is None or (indexes and indexes[-1] >= size):
        expected = indexes[-1] + 1 if indexes else 1
        raise Refusal([Problem(sentence=NOT_YET_PUBLISHED, values={"found": size, "expected": expected})])
    records = uow.events.visible_to(viewer).records(indexes)
    return Bundle(
        origin=origin,
        object=answer["object"],
        checkpoint=note,
        keys=tuple(bundle_keys(uow, files, records, size)),
        records=tuple(bundle_records(files, records, size)),
    )


def read_head(files: LogFiles) -> tuple[bytes | None, int]:
    """Read the log's signed head and the size that it covers; nothing and 0 before there is one."""
    note = files.read(CHECKPOINT_NAME)
    return (None, 0) if note is None else (note, parse_checkpoint_text(parse_note(note).text).size)


def bundle_records(files: LogFiles, records: Iterable[StoredEvent], size: int) -> Iterator[BundledRecord]:
    """Give each record with its proof under the head of a size; without one where it lies beyond."""
    get_node = _node_reader(files, size)
    for record in records:
        yield BundledRecord(
            index=record.log_index,
            kind=record.kind,
            sha256=record.sha256,
            proof=_proof(record.log_index, size, get_node),
            body=None if record.body is None else signed_bytes(record),
        )


def bundle_keys(uow: UnitOfWork, files: LogFiles, records: Iterable[StoredEvent], size: int) -> Iterator[BundledRecord]:
    """Give the entries that tell the lives of the keys that signed some records, each with its proof."""
    kids = {kid for record in records if (kid := _kid(record)) is not None}
    get_node = _node_reader(files, size)
    for entry in entries_of_keys(list_key_entries(uow), kids):
        yield BundledRecord(
            index=entry.index,
            kind=EntryKind.KEY,
            sha256=entry.sha256,
            proof=_proof(entry.index, size, get_node),
            body=entry.statement,
        )


def _node_reader(files: LogFiles, size: int) -> GetNode:
    return node_reader(size, lambda tile: _tile(files, tile))


def _proof(index: int, size: int, get_node: GetNode) -> tuple[bytes, ...]:
    return tuple(inclusion_proof(index, size, get_node)) if index < size else ()


def _kid(record: StoredEvent) -> str | None:
    """The key that signed a record; None where the platform attested it, or its payload was erased."""
    if record.kind is not EntryKind.EVENT or record.body is None:
        return None
    kid: str = parse_jws(record.body, typ=EVENT_TYP).header["kid"]
    return kid


def _tile(files: LogFiles, tile: Tile) -> bytes:
    content = read_tile(files, tile.path)
    if content is None:
        raise ValueError(f"expected the tile {tile.path} of the log, found none")
    return content
