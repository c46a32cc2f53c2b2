"""Publish the log: tiles, then the anchor, then the signed checkpoint. The database decides, the files follow.

What is safe in which order, and what survives a crash at any instant:

1. entries and tiles are durable before a head over them is signed;
2. the signed head is durable in the anchor before anybody can see it, a witness included;
3. where witnesses must have seen it, their cosignatures are durable in the anchor too;
4. only then does it replace the served checkpoint.

A crash before 2 leaves files that no signed head covers: the next run writes the same bytes again, or others if the
database has lost its last commits since; nobody was promised anything. A crash between 2 and 4 leaves an anchor that
is ahead: the next run has exactly that head witnessed and serves it. Nothing is ever signed that is smaller than, or
not an extension of, the greatest head known to the anchor, to the served checkpoint or to the witnesses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from filiere_platform.domain import log_sentences
from filiere_platform.domain.publication import Edge, LogFile, edge_root, grow, partial_files, superseded_partials
from filiere_platform.domain.record import KINDS_BY_CODE, LogHead
from filiere_platform.usecases.log_ports import LogFiles, LogReader
from filiere_platform.usecases.witnessing import NO_WITNESSES, Witnesses
from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from filiere_schemas.provenance.entry import log_entry
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.merkle import HASH_SIZE, leaf_hash
from filiere_schemas.provenance.note import VerifierKey, countersign_note, parse_note

CHECKPOINT_NAME = "checkpoint"
# Entries taken in one run: bounds memory (about 300 bytes each) and the time until the next head is signed.
LARGEST_RUN = 65_536
# Entries whose files are written together: 64 tiles and 64 bundles.
BLOCK = 16_384
# Entries that every run reads again before it signs: a database that failed over to a late replica, or was restored,
# and has grown past the signed size meanwhile is recognised by its last entries.
OVERLAP = 512
SIGNATURE_SIZE = 64  # bytes of an Ed25519 signature: a witness's line has the time with it


class SigningRefused(Refusal):
    """The database and what was signed before contradict each other: nothing may be signed until somebody looks."""


class HeadMoved(Exception):  # noqa: N818 - a state of the world: begin again from what is signed now
    """Somebody else has signed since: this process leads no longer, although it has not been told yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs: the name of the log, chosen at init, and its own key; two keys while one follows the other.

    `witnesses` are those who must have seen what is signed before it is served.
    """

    origin: str
    key: SigningKey
    next_key: SigningKey | None = None
    witnesses: Witnesses = NO_WITNESSES

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """What everybody else verifies with; their text forms go into trust files."""
        return tuple(VerifierKey(self.origin, key.public) for key in (self.key, self.next_key) if key)

    def sign(self, size: int, root: bytes) -> bytes:
        """Sign a head with each key; the same head gives the same bytes."""
        note = sign_checkpoint(self.origin, size, root, self.key)
        return countersign_note(note, name=self.origin, key=self.next_key) if self.next_key else note

    def read(self, note: bytes) -> Checkpoint:
        """Verify a head that this log has signed, by any of its keys.

        Raises:
            Refusal: as `verify_checkpoint`.
        """
        return verify_checkpoint(note, *self.verifiers)

    def would_sign_as(self, note: bytes) -> bool:
        """Say whether a head bears the signatures of exactly these keys, beside those of witnesses."""
        lines = parse_note(note).signatures
        own = {line.key_id for line in lines if line.name == self.origin and len(line.blob) == SIGNATURE_SIZE}
        return own == {verifier.key_id for verifier in self.verifiers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The head that is signed and served, and what is needed to extend it.

    `note` is that head as signed, None where nothing was ever signed; `recent` are the leaf hashes of its last
    entries, oldest first; `seen` is the head of the database when all of it was published, None while some is not.
    `least` is the smallest size that may be signed: others know a head of that size. Until it is reached, tiles are
    written and `edge` is ahead of `note`.
    """

    edge: Edge
    note: bytes | None
    recent: bytes
    seen: LogHead | None
    least: int = 0

    @property
    def size(self) -> int:
        """How many entries the signed head covers."""
        return self.edge.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What one run has read of the database, so that no transaction is open while files are written."""

    head: LogHead
    entries: tuple[bytes, ...]


def gather(log: LogReader, last: Published, signer: Signer) -> Gathered | None:
    """Read what is new since a published head, and once more the last entries under it; None where nothing moved.

    A head that other keys have signed is gathered with nothing new: it is signed once more.

    Raises:
        SigningRefused: the database is smaller than the published head, has a gap, or has changed an entry.
    """
    head = log.head()
    if head == last.seen:
        is_signed = last.note is None or signer.would_sign_as(last.note)
        return None if is_signed else Gathered(head=head, entries=())
    if head.size < last.size:
        raise refused(log_sentences.LOG_BEHIND_CHECKPOINT, expected=last.size, found=head.size)
    again = len(last.recent) // HASH_SIZE
    first = last.size - again
    entries = tuple(read_entries(log, first, min(head.size, last.size + LARGEST_RUN)))
    for place, entry in enumerate(entries[:again]):
        if leaf_hash(entry) != last.recent[place * HASH_SIZE : (place + 1) * HASH_SIZE]:
            raise refused(log_sentences.LOG_ENTRY_CHANGED, index=first + place)
    return Gathered(head=head, entries=entries[again:])


def publish(gathered: Gathered, last: Published, files: LogFiles, signer: Signer) -> Published:
    """Extend the published head by the gathered entries and sign it. Deterministic: same entries, same bytes.

    The caller holds the files exclusively. After an exception `last` no longer says what the files hold: `resume`.

    Raises:
        HeadMoved: the anchor is no longer the head that `last` says.
        Unwitnessed: too few witnesses have cosigned; the head waits in the anchor, and the next run shows it again.
        OSError: a file cannot be written.
    """
    # A head that was signed and not served: a crash, or silent witnesses, came between.
    if last.note is not None:
        last = replace(last, note=serve(last.note, files, signer.witnesses))
    edge, recent = last.edge, last.recent
    # 1. Tiles and bundles: the full ones block by block, the last of them with the partial ones of the new size, since
    # a write costs the same few syncs whatever the number of its files.
    full: tuple[LogFile, ...] = ()
    for start in range(0, len(gathered.entries), BLOCK):
        files.write(full)
        growth = grow(edge, gathered.entries[start : start + BLOCK])
        full = growth.full
        edge, recent = growth.edge, (recent + growth.leaves)[-OVERLAP * HASH_SIZE :]
    seen = gathered.head if edge.size == gathered.head.size else None
    if not gathered.entries and last.note is not None and signer.would_sign_as(last.note):
        return replace(last, seen=seen)
    if edge.size < last.least:
        files.write(full)
        return replace(last, edge=edge, recent=recent, seen=None)
    files.write((*full, *partial_files(edge)))
    # 2. The anchor, before anybody can see the head it names; unless it is no longer the one that is extended here.
    note = signer.sign(edge.size, edge_root(edge))
    if files.read_anchor() != last.note:
        raise HeadMoved
    files.write_anchor(note)
    # 3. The witnesses, and the served checkpoint.
    note = serve(note, files, signer.witnesses)
    # 4. Partial tiles that full ones have replaced.
    for folder in superseded_partials(last.size, edge.size):
        files.remove(files.names_in(folder))
    return Published(edge=edge, note=note, recent=recent, seen=seen, least=last.least)


def serve(note: bytes, files: LogFiles, witnesses: Witnesses) -> bytes:
    """Serve the head of the anchor, once its witnesses have seen it; gives it as served.

    Raises:
        HeadMoved: the anchor has become another head meanwhile.
        Unwitnessed: too few witnesses have cosigned.
        OSError: a file cannot be written.
    """
    if files.read(CHECKPOINT_NAME) == note and witnesses.suffice(note):
        return note
    cosigned = witnesses.cosign(note, files.read)
    if files.read_anchor() != note:
        raise HeadMoved
    if cosigned != note:
        files.write_anchor(cosigned)
    files.write([(CHECKPOINT_NAME, cosigned)])
    return cosigned


def read_entries(log: LogReader, start: int, stop: int) -> Iterator[bytes]:
    """Read the log's entries from `start` up to `stop`, as the tree hashes them.

    Raises:
        SigningRefused: an index is missing or out of order.
    """
    expected = start
    for index, kind_code, sha256 in log.entries(start, stop):
        if index != expected:
            raise refused(log_sentences.LOG_GAP, expected=expected, found=index)
        yield log_entry(KINDS_BY_CODE[kind_code], sha256)
        expected += 1
    if expected != stop:
        raise refused(log_sentences.LOG_GAP, expected=expected, found=stop)


def refused(sentence: Sentence, **values: object) -> SigningRefused:
    """Build the refusal to sign that a sentence says."""
    return SigningRefused([Problem(sentence=sentence, values=values)])
