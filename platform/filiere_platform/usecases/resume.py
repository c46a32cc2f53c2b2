"""Take up publishing where it was left: what was signed, and whether tiles and database still agree with it."""

from __future__ import annotations

from collections.abc import Sequence

from filiere_platform.domain import log_sentences
from filiere_platform.domain.publication import (
    EMPTY_EDGE,
    Edge,
    EdgeUnreadable,
    KnownHead,
    ReadFile,
    edge_root,
    grow,
    partial_files,
    read_edge,
    root_at,
)
from filiere_platform.usecases.log_ports import LogFiles, LogReader
from filiere_platform.usecases.publish import (
    BLOCK,
    CHECKPOINT_NAME,
    OVERLAP,
    Published,
    Signer,
    read_entries,
    refused,
)
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.checkpoint import Checkpoint
from filiere_schemas.provenance.merkle import HASH_SIZE
from filiere_schemas.provenance.tiles import TILE_WIDTH

# A publisher that starts reads again the entries under the last tile of level 1: 65,536 at most, a fraction of a
# second. The whole log is what `filiere fsck` reads.
START_OVERLAP = TILE_WIDTH * TILE_WIDTH


def resume(log: LogReader, files: LogFiles, signer: Signer, known: Sequence[KnownHead] = ()) -> Published:
    """Find out what was signed, and that tiles and database still agree with it; mend the files where they do not.

    Where tiles are missing or damaged, the whole log is read twice: once to see that the database still gives the
    signed root, and only then to write them again. `known` are heads of this log that others keep: the database must
    hold and give each of them, whatever the files say.

    Raises:
        SigningRefused: the database has lost or changed what was signed, or a checkpoint is not ours.
    """
    # 1. The greatest head ever signed: the anchor's, or the served one where the anchor was lost.
    signed, note = _greatest_head(files, signer)
    if signed is None:
        _agree_with_known(log, EMPTY_EDGE, known, files.read)
        return Published(edge=EMPTY_EDGE, note=None, recent=b"", seen=None, least=_greatest(known))
    # 2. The database still holds that many records.
    head = log.head()
    if head.size < signed.size:
        raise refused(log_sentences.LOG_BEHIND_CHECKPOINT, expected=signed.size, found=head.size)
    # 3. The tiles' right edge is that head's; otherwise they are written again from the database, if it agrees.
    edge = _signed_edge(signed, files.read)
    if edge is None:
        _agree(log, EMPTY_EDGE, signed)
        edge = _write_again(log, signed.size, files)
    # 4. The last entries of the database are those of the tiles.
    recent = _agree(log, _edge_before(signed.size, files.read), signed)
    # 5. So do the heads that others keep.
    _agree_with_known(log, edge, known, files.read)
    # 6. The served checkpoint is the greatest: a crash may have come between anchor and checkpoint. One that its
    #    witnesses have not seen yet is served by the next run: nobody is waited for while the database is read.
    if files.read_anchor() != note:
        files.write_anchor(note)
    if files.read(CHECKPOINT_NAME) != note and signer.witnesses.suffice(note):
        files.write([(CHECKPOINT_NAME, note)])
    return Published(edge=edge, note=note, recent=recent, seen=None, least=_greatest(known))


def _greatest_head(files: LogFiles, signer: Signer) -> tuple[Checkpoint | None, bytes]:
    anchor_note, served_note = files.read_anchor(), files.read(CHECKPOINT_NAME)
    anchor = _read_checkpoint("log.anchor", anchor_note, signer)
    served = _read_checkpoint("log/checkpoint", served_note, signer)
    if anchor and served and anchor.size == served.size and anchor.root != served.root:
        values = {"anchor": anchor.root.hex(), "served": served.root.hex()}
        raise refused(log_sentences.LOG_FORKED, size=anchor.size, **values)
    if served and (anchor is None or served.size > anchor.size):
        return served, served_note or b""
    return anchor, anchor_note or b""


def _read_checkpoint(name: str, note: bytes | None, signer: Signer) -> Checkpoint | None:
    if note is None:
        return None
    try:
        return signer.read(note)
    except Refusal as refusal:
        reason = ", ".join(problem.code for problem in refusal.problems)
        raise refused(log_sentences.CHECKPOINT_UNREADABLE, name=name, origin=signer.origin, reason=reason) from refusal


def _signed_edge(signed: Checkpoint, read: ReadFile) -> Edge | None:
    """Read the tiles' right edge, or None where it is not that of the signed head."""
    try:
        edge = read_edge(signed.size, read)
    except EdgeUnreadable:
        return None
    return edge if edge_root(edge) == signed.root else None


def _edge_before(size: int, read: ReadFile) -> Edge:
    """Read the edge at the beginning of the level-1 tile in which the tree ends, as high up as tiles are."""
    try:
        return read_edge(max(0, size - 1) // START_OVERLAP * START_OVERLAP, read)
    except EdgeUnreadable:
        return EMPTY_EDGE


def _agree(log: LogReader, before: Edge, signed: Checkpoint) -> bytes:
    """See that the database extends an edge to the signed head; gives the leaf hashes of its last entries.

    Raises:
        SigningRefused: it does not.
    """
    edge, recent = _derive(log, before, signed.size)
    if edge_root(edge) != signed.root:
        values = {"expected": signed.root.hex(), "found": edge_root(edge).hex()}
        raise refused(log_sentences.LOG_DIFFERS_FROM_CHECKPOINT, size=signed.size, **values)
    return recent


def _agree_with_known(log: LogReader, edge: Edge, known: Sequence[KnownHead], read: ReadFile) -> None:
    """See that the database holds and gives each head that others keep; `edge` is that of the signed head.

    Raises:
        SigningRefused: it does not.
    """
    stored = log.head().size if known else 0
    for head in known:
        if stored < head.size:
            raise refused(log_sentences.LOG_BEHIND_KNOWN_HEAD, name=head.name, expected=head.size, found=stored)
        if head.root is None or _tiles_give(head, edge, read):
            continue
        # Tiles that do not give it may be damaged themselves: the database decides.
        found = edge_root(_derive(log, edge if head.size >= edge.size else EMPTY_EDGE, head.size)[0])
        if found != head.root:
            values = {"size": head.size, "expected": head.root.hex(), "found": found.hex()}
            raise refused(log_sentences.LOG_DIFFERS_FROM_KNOWN_HEAD, name=head.name, **values)


def _tiles_give(head: KnownHead, edge: Edge, read: ReadFile) -> bool:
    try:
        return head.size <= edge.size and root_at(head.size, edge.size, read) == head.root
    except EdgeUnreadable:
        return False


def _greatest(known: Sequence[KnownHead]) -> int:
    return max((head.size for head in known), default=0)


def _derive(log: LogReader, before: Edge, size: int) -> tuple[Edge, bytes]:
    """Extend an edge from the database up to a size; gives the leaf hashes of the last entries with it."""
    edge, recent = before, b""
    for start in range(before.size, size, BLOCK):
        growth = grow(edge, list(read_entries(log, start, min(size, start + BLOCK))))
        edge, recent = growth.edge, (recent + growth.leaves)[-OVERLAP * HASH_SIZE :]
    return edge, recent


def _write_again(log: LogReader, size: int, files: LogFiles) -> Edge:
    edge = EMPTY_EDGE
    for start in range(0, size, BLOCK):
        growth = grow(edge, list(read_entries(log, start, min(size, start + BLOCK))))
        files.write(growth.full)
        edge = growth.edge
    files.write(partial_files(edge))
    return edge
