"""One witness, asked over the network; what it answers is believed only as far as it is signed.

Source: C2SP tlog-witness (add-checkpoint).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Final

from filiere_platform.domain.publication import KnownHead
from filiere_platform.outbound.exchange import Answer, Unreachable, exchange
from filiere_platform.outbound.guard import AddressRefused, Guard
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.add_checkpoint import format_request
from filiere_schemas.provenance.checkpoint import Checkpoint, parse_checkpoint_text, verify_checkpoint
from filiere_schemas.provenance.note import (
    MAX_NOTE_BYTES,
    Note,
    NoteSignature,
    VerifierKey,
    format_note,
    parse_note,
    verify_note,
)
from filiere_schemas.provenance.policy import KnownWitness

OK: Final = 200
CONFLICT: Final = 409
UNPROCESSABLE: Final = 422
# Another process of ours may have had a head cosigned since: ask, learn the size, ask again, and then it is enough.
MOST_TRIES: Final = 3
REQUEST_TYPE: Final = "text/plain; charset=utf-8"

_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n")

Prove = Callable[[int, int], Sequence[bytes]]
"""Gives the proof that the tree of the second size extends that of the first."""


class WitnessFails(Exception):  # noqa: N818 - what a witness does
    """A witness gave no cosignature that holds; the message says what it did, in a word."""


class WitnessDisagrees(WitnessFails):
    """A witness knows a head that the one shown to it does not extend, or says so."""


class WitnessClient:
    """One witness of a policy; used by one thread at a time."""

    def __init__(
        self,
        witness: KnownWitness,
        *,
        url: str,
        guard: Guard,
        logs: Callable[[], Sequence[VerifierKey]],
        seconds: float,
    ) -> None:
        """Build a client; `logs` gives the keys by which this log is known now, `seconds` a request may take."""
        self.name = witness.name
        self.key = witness.key
        self._url = url.rstrip("/")
        self._guard = guard
        self._logs = logs
        self._seconds = seconds
        self._size = 0  # of the head it cosigned last, as far as is known here

    def known_head(self, empty: bytes) -> KnownHead | None:
        """Learn the greatest head that the witness has kept; None where it knows none.

        Its own witness gives the signed head itself. To another one the empty head, which contradicts nothing, is
        shown: it answers with a size, which is its word alone and comes back without a root.

        Raises:
            WitnessFails: it gives no usable answer.
        """
        log_id = hashlib.sha256(self._logs()[0].name.encode()).hexdigest()
        kept = self._signed_head(self._send(f"/checkpoint/{log_id}", None))
        if kept is not None:
            self._size = kept.size
            return KnownHead(name=self.name, size=kept.size, root=kept.root)
        answer = self._send("/add-checkpoint", format_request(0, (), empty))
        self._size = 0 if answer.status == OK else _size(answer)
        return KnownHead(name=self.name, size=self._size, root=None) if self._size else None

    def cosign(self, note: Note, prove: Prove) -> NoteSignature:
        """Have a signed head cosigned; gives the line, verified.

        Raises:
            WitnessDisagrees: it knows a greater head, or one that this one does not extend.
            WitnessFails: it gives no cosignature that holds.
        """
        head = parse_checkpoint_text(note.text)
        for _ in range(MOST_TRIES):
            if self._size > head.size:
                raise WitnessDisagrees(f"knows {self._size}")
            request = format_request(self._size, prove(self._size, head.size), format_note(note))
            answer = self._send("/add-checkpoint", request)
            if answer.status == OK:
                line = self._line(note, answer.body)
                self._size = head.size
                return line
            size = _size(answer)
            if size == self._size:
                raise WitnessDisagrees(f"HTTP {CONFLICT}")
            self._size = size
        raise WitnessFails("its size moves")

    def _send(self, path: str, body: bytes | None) -> Answer:
        try:
            return exchange(
                self._guard,
                self._url + path,
                body=body,
                content_type=REQUEST_TYPE,
                seconds=self._seconds,
                most_bytes=MAX_NOTE_BYTES,
            )
        except (AddressRefused, Unreachable) as error:
            raise WitnessFails(str(error)) from error

    def _signed_head(self, answer: Answer) -> Checkpoint | None:
        """Read a head that this log has signed; None where the answer is anything else."""
        try:
            return verify_checkpoint(answer.body, *self._logs()) if answer.status == OK else None
        except Refusal:
            return None

    def _line(self, note: Note, lines: bytes) -> NoteSignature:
        """Take the witness's own line out of its answer; those of others are ignored."""
        try:
            cosigned = parse_note(note.text + b"\n" + lines)
            return verify_note(cosigned, self.key)[0]
        except Refusal as refused:
            raise WitnessFails(refused.problems[0].code) from refused


def _size(answer: Answer) -> int:
    """Read the size that a conflict names; any other answer than a conflict is a failure."""
    match = _SIZE.fullmatch(answer.body)
    if answer.status == UNPROCESSABLE:
        raise WitnessDisagrees(f"HTTP {answer.status}")
    if answer.status != CONFLICT or match is None:
        raise WitnessFails(f"HTTP {answer.status}")
    return int(match[1])
