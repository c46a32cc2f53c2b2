"""Send what the spool holds, believe only signed receipts, and follow each record until the log proves it.

Nothing is marked as sent before its receipt was verified, and nothing as published before an inclusion proof under a
verified checkpoint, itself consistent with the last one seen. A connection that fails is tried again for ever, at
random times up to a limit that doubles; what a person has to mend stops the sending and says so.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from filiere_connectors import workspace_sentences as sentences
from filiere_connectors.client import Client, SendAnswer, ServerAway, ServerRefused
from filiere_connectors.spool import Spool
from filiere_connectors.spool_records import Settled, Spooled
from filiere_connectors.workspace import Trust
from filiere_schemas.backoff import full_jitter
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.checkpoint import Checkpoint, verify_checkpoint
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.envelope import VOID_TYP, parse_envelope
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.statements import ReceiptRecord, read_receipt
from filiere_schemas.provenance.tiles import node_reader
from filiere_schemas.provenance.void import read_void

FIRST_WAIT = 2.0  # seconds
LONGEST_WAIT = 600.0  # seconds
VOID_TOO_LATE = "void-of-stored"  # the platform's code: what is to be discarded is stored
PROVED_AT_ONCE = 500  # records under one transaction
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WAITS_FOR_SOMEBODY = frozenset({401, 403})

Clock = Callable[[], datetime]


class Disbelieved(Refusal):
    """A receipt or a log that contradicts what was sent or promised; a person has to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one request brought."""

    stored: int = 0
    refused: int = 0


class RecordSender(Protocol):
    """A way to the instance for records: HTTP, or its broker."""

    def send(self, envelopes: Sequence[bytes]) -> SendAnswer:
        """Send signed records; see `Client.send`."""


class Delivery:
    """Sending for one workspace; a run has one."""

    def __init__(
        self,
        spool: Spool,
        client: Client,
        trust: Trust,
        *,
        clock: Clock,
        batch: int = 100,
        sender: RecordSender | None = None,
    ) -> None:
        """Build it; `sender` takes the records where that is not the client, which reads the log in any case."""
        self._spool = spool
        self._client = client
        self._sender = sender or client
        self._trust = trust
        self._clock = clock
        self._batch = batch
        self._receipt_key = PublicKey.from_jwk(trust.receipt_key)
        self._log_key = VerifierKey.parse(trust.log_key)

    def wait_seconds(self) -> float:
        """How long to wait before the next attempt; 0 if it may be now.

        A clock that was set back must not stretch a wait: it is never longer than the longest that is ever drawn.
        """
        left = (self._spool.delivery().next_at - microseconds(self._clock())) / 1_000_000
        return min(max(left, 0.0), LONGEST_WAIT)

    def send_next(self) -> Sent | None:
        """Send the next records of the chain; None where nothing waits.

        Raises:
            ServerAway: tried in vain; the next attempt's time is kept in the spool.
            ServerRefused: somebody has to act; what was accepted of the request is kept.
            Disbelieved: the receipt does not hold; nothing is marked as sent.
        """
        records = self._spool.queued(limit=self._batch)
        if not records:
            return None
        try:
            answer = self._sender.send([record.envelope for record in records])
        except ServerAway as away:
            self._note_failure(away)
            raise
        except ServerRefused as refused:
            if not refused.is_too_large:
                raise
            if len(records) == 1:
                answer = SendAnswer(receipt=None, outcomes=({"status": "refused", "problem": refused.document},))
            else:
                self._batch = max(1, len(records) // 2)
                return Sent()
        settled, waiting = self._settle(records, answer)
        if settled:
            self._spool.settle(settled, answer.receipt, at=microseconds(self._clock()))
        if waiting is not None:
            raise waiting
        stored = sum(each.state == "stored" for each in settled)
        return Sent(stored=stored, refused=len(settled) - stored)

    def follow(self) -> int:
        """Prove the stored records under the log's head; gives how many are newly published.

        Raises:
            ServerAway: the log cannot be read now.
            Disbelieved: the log forgot something, or rewrote it.
        """
        known = self._spool.delivery()
        raw = self._client.checkpoint()
        if raw is None:
            return 0
        try:
            head = verify_checkpoint(raw, self._log_key)
            if head.size < known.log_size:
                raise self._disbelieved(sentences.LOG_WRONG, f"{head.size} < {known.log_size}")
            get_node = node_reader(head.size, lambda tile: self._client.log_file(tile.path))
            if known.log_root is not None and known.log_size:
                proof = consistency_proof(known.log_size, head.size, get_node) if known.log_size < head.size else []
                verify_consistency(
                    old=known.log_size, new=head.size, old_root=known.log_root, new_root=head.root, proof=proof
                )
            return self._prove(head, get_node)
        except (ValueError, ServerRefused) as error:
            raise self._disbelieved(sentences.LOG_WRONG, error) from error
        except Disbelieved:
            raise
        except ServerAway:
            raise
        except Refusal as refused:
            raise self._disbelieved(sentences.LOG_WRONG, refused.problems[0]) from refused

    def _prove(self, head: Checkpoint, get_node: Callable[[int, int], bytes]) -> int:
        count = 0
        while records := self._spool.stored(below=head.size, limit=PROVED_AT_ONCE):
            for record in records:
                index = record.log_index
                if index is None:
                    continue
                verify_inclusion(
                    index=index,
                    size=head.size,
                    leaf=leaf_hash(log_entry(_kind_of(record), record.sha256)),
                    proof=inclusion_proof(index, head.size, get_node),
                    root=head.root,
                )
            self._spool.publish([record.seq for record in records], size=head.size, root=head.root)
            count += len(records)
        if not count:
            self._spool.publish([], size=head.size, root=head.root)
        return count

    def _settle(self, records: Sequence[Spooled], answer: SendAnswer) -> tuple[list[Settled], Refusal | None]:
        receipts = self._receipts(answer)
        settled = []
        waiting: Refusal | None = None
        for record, outcome in zip(records, answer.outcomes, strict=True):
            if outcome.get("status") in {"stored", "known"}:
                settled.append(self._accepted(record, outcome, receipts))
                continue
            problem = outcome.get("problem") or {}
            if outcome.get("index") is None and problem.get("status") in _WAITS_FOR_SOMEBODY:
                waiting = waiting or self._waiting(problem)
                continue
            settled.append(_refused(record, outcome, problem))
        return settled, waiting

    def _accepted(
        self, record: Spooled, outcome: Mapping[str, Any], receipts: Mapping[bytes, ReceiptRecord]
    ) -> Settled:
        line = receipts.get(record.sha256)
        if line is None or line.kind is not _kind_of(record) or line.index != outcome.get("index"):
            raise self._disbelieved(sentences.RECEIPT_WRONG, f"seq {record.seq}")
        return Settled(
            seq=record.seq, state="stored", log_index=line.index, kind=line.kind.value, stored_at=line.stored_at
        )

    def _receipts(self, answer: SendAnswer) -> dict[bytes, ReceiptRecord]:
        if answer.receipt is None:
            return {}
        try:
            lines = read_receipt(answer.receipt.encode(), self._receipt_key, origin=self._trust.origin)
        except Refusal as refused:
            raise self._disbelieved(sentences.RECEIPT_WRONG, refused.problems[0]) from refused
        return {line.sha256: line for line in lines}

    def _note_failure(self, away: ServerAway) -> None:
        attempt = self._spool.delivery().failures + 1
        wait = full_jitter(attempt, first=FIRST_WAIT, longest=LONGEST_WAIT, draw=random.random())  # noqa: S311 - jitter
        wait = max(wait, away.retry_after or 0.0)
        next_at = microseconds(self._clock() + timedelta(seconds=wait))
        self._spool.note_failure(away.problems[0].message("fr"), next_at=next_at)

    def _waiting(self, problem: Mapping[str, Any]) -> Refusal:
        values = {
            "url": self._client.url,
            "status": problem.get("status", ""),
            "code": problem.get("code", ""),
            "reason": problem.get("detail", ""),
        }
        told = Problem(sentence=sentences.SERVER_REFUSED, values=values)
        return ServerRefused([told], status=int(problem.get("status") or 0), document=problem)

    def _disbelieved(self, sentence: Any, reason: object) -> Disbelieved:
        return Disbelieved([Problem(sentence=sentence, values={"url": self._client.url, "reason": reason})])


def microseconds(instant: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _kind_of(record: Spooled) -> EntryKind:
    return EntryKind.VOID if record.kind == EntryKind.VOID else EntryKind.EVENT


def _refused(record: Spooled, outcome: Mapping[str, Any], problem: Mapping[str, Any]) -> Settled:
    """Keep the platform's reasons as it gave them, in its own words."""
    values = {"code": problem.get("code", ""), "reason": problem.get("detail") or problem.get("title") or ""}
    told = Problem(sentence=sentences.RECORD_REFUSED, values=values)
    return Settled(
        seq=record.seq,
        state="refused",
        log_index=outcome.get("index"),
        kind=outcome.get("kind"),
        stored_at=None,
        revives=_revived(record, problem),
        problem={
            "code": str(problem.get("code") or told.code),
            "message_fr": told.message("fr"),
            "message_en": told.message("en"),
            "errors": problem.get("errors", []),
        },
    )


def _revived(record: Spooled, problem: Mapping[str, Any]) -> int | None:
    """The place of an event whose void came too late: it had been stored, and is sent again for its receipt."""
    if record.kind != EntryKind.VOID or problem.get("code") != VOID_TOO_LATE:
        return None
    return read_void(parse_envelope(record.envelope, typ=VOID_TYP)).seq
