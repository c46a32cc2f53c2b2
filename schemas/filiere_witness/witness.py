"""A witness: what it remembers, and the decision on it, one request after the other for each log.

The order is what makes a crash harmless: a head is durable before it is cosigned, and it is cosigned before anybody
else may have another one considered. A witness that dies in between has cosigned less than it remembers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from filiere_schemas.provenance import base64_strict
from filiere_schemas.provenance.add_checkpoint import AddCheckpoint, parse_request
from filiere_schemas.provenance.checkpoint import Checkpoint, parse_checkpoint_text
from filiere_schemas.provenance.note import Note, cosign_note, format_note, parse_note
from filiere_witness.decision import ForkSeen, NotProved, signed_by_log, verify_extends
from filiere_witness.folder import WitnessFolder

log = logging.getLogger(__name__)

# Two signed heads of one size convict the log; a signed head without a proof that holds is only suspicious.
FORK = "fork"
NOT_PROVED = "unproved"


@dataclass(frozen=True, kw_only=True)
class Witness:
    """A witness that answers; `clock` gives seconds since 1970."""

    folder: WitnessFolder
    clock: Callable[[], int]

    def add_checkpoint(self, body: bytes) -> bytes:
        """Cosign a head; gives the cosignature's line.

        1. Read the request. 2. A known key of the log signed the head. 3. The head extends the one cosigned last;
        where it does not, keep both. 4. Remember it. 5. Cosign.

        Raises:
            InvalidRequest: step 1.
            UnknownLog, NotSigned: step 2.
            ForkSeen, StaleSize, NotProved: step 3.
            OSError: what must be remembered cannot be written; nothing is cosigned.
        """
        request = parse_request(body)
        origin = request.checkpoint.origin
        signed = signed_by_log(request.note, self.folder.keys_of(origin), origin=origin)
        with self.folder.locked(origin):
            known = self.folder.read_head(origin)
            try:
                verify_extends(request, _checkpoint(known))
            except ForkSeen:
                self._keep(FORK, request, signed, known)
                raise
            except NotProved:
                self._keep(NOT_PROVED, request, signed, known)
                raise
            note = format_note(signed)
            self.folder.write_head(origin, note)
            # Under the lock: a cosignature says that no larger head was seen by its time.
            cosigned = cosign_note(note, name=self.folder.name, key=self.folder.key, seen_at=self.clock())
        log.info("cosigned", extra={"log": origin, "size": request.checkpoint.size})
        return cosigned[len(note) :]

    def latest(self, log_id: str) -> bytes | None:
        """Give the head cosigned last of the log with this id, the SHA-256 of its origin in hexadecimal."""
        return self.folder.read_head_by_id(log_id)

    def _keep(self, kind: str, request: AddCheckpoint, signed: Note, known: bytes | None) -> None:
        if known is None:
            return  # a proof from nothing that does not hold contradicts nothing
        evidence = {
            "log": request.checkpoint.origin,
            "seen_at": self.clock(),
            "known": known.decode(),
            "found": format_note(signed).decode(),
            "proof": [base64_strict.encode(node) for node in request.proof],
        }
        path = self.folder.keep_evidence(kind, evidence)
        log.error("head_refused", extra={"kind": kind, "log": evidence["log"], "evidence": path and path.name})


def _checkpoint(note: bytes | None) -> Checkpoint | None:
    return None if note is None else parse_checkpoint_text(parse_note(note).text)
