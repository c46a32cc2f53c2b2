"""Whether a witness cosigns: pure, on what it cosigned last and on what it is asked.

Source: C2SP tlog-witness. The order of the checks is the standard's.
"""

from __future__ import annotations

from collections.abc import Sequence

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance.add_checkpoint import AddCheckpoint
from filiere_schemas.provenance.checkpoint import Checkpoint
from filiere_schemas.provenance.merkle import EMPTY_ROOT, InvalidProof, verify_consistency
from filiere_schemas.provenance.note import BadNoteSignature, Note, VerifierKey, verify_note
from filiere_witness import sentences


class UnknownLog(Refusal):
    """A log that this witness was not told about."""


class NotSigned(Refusal):
    """A head that no known key of its log has signed."""


class StaleSize(Refusal):
    """A proof from another size than that of the head cosigned last, which is `size`."""

    def __init__(self, problems: Sequence[Problem], *, size: int) -> None:
        super().__init__(problems)
        self.size = size


class ForkSeen(StaleSize):
    """Two heads of one size that the log has signed: proof, to anybody, that it shows two histories."""


class NotProved(Refusal):
    """A signed head of which nobody showed that it extends the one cosigned last: a fork, or a careless client."""


def signed_by_log(note: Note, keys: Sequence[VerifierKey], *, origin: str) -> Note:
    """Keep of a note the signatures of its log; every one by a known key must hold, and there must be one.

    Raises:
        UnknownLog: no key is known for the origin.
        NotSigned: none of the known keys has signed, or one of their signatures does not hold.
    """
    if not keys:
        raise UnknownLog([_problem(sentences.UNKNOWN_LOG, origin=origin)])
    try:
        own = tuple(signature for key in keys if note.bears(key) for signature in verify_note(note, key))
    except BadNoteSignature as error:
        raise NotSigned([_problem(sentences.NOT_SIGNED, origin=origin)]) from error
    if not own:
        raise NotSigned([_problem(sentences.NOT_SIGNED, origin=origin)])
    return Note(text=note.text, signatures=own)


def verify_extends(request: AddCheckpoint, latest: Checkpoint | None) -> None:
    """Verify that a head, signed by its log, extends the one cosigned last.

    1. It is not another head of the same size. 2. The old size is that of the head cosigned last. 3. The proof holds.

    Step 1 comes before step 2 although both answer alike: two signed heads of one size are evidence whatever else was
    asked.

    Raises:
        ForkSeen: step 1.
        StaleSize: step 2.
        NotProved: step 3.
    """
    head, known = request.checkpoint, latest or Checkpoint(origin=request.checkpoint.origin, size=0, root=EMPTY_ROOT)
    if head.size == known.size and head.root != known.root:
        raise ForkSeen([_problem(sentences.FORK_SEEN, origin=head.origin, size=head.size)], size=known.size)
    if request.old != known.size:
        raise StaleSize([_problem(sentences.STALE_SIZE, expected=known.size, found=request.old)], size=known.size)
    try:
        verify_consistency(old=known.size, new=head.size, old_root=known.root, new_root=head.root, proof=request.proof)
    except InvalidProof as error:
        raise NotProved([_problem(sentences.NOT_PROVED, old=known.size, new=head.size)]) from error


def _problem(sentence: Sentence, **values: object) -> Problem:
    return Problem(sentence=sentence, values=values)
