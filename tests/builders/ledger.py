"""Store records with chosen grants, and keep an account of who is entitled to what, read in the plainest way."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from filiere_platform.domain.audience import GrantCause
from filiere_platform.domain.record import (
    KIND_CODES,
    Admission,
    EventRow,
    EventTypeCode,
    GrantRow,
    LogHead,
    RecordRow,
)
from filiere_platform.store.database import Database
from filiere_schemas.provenance.entry import EntryKind

FIRST_STORED_AT = 1_764_000_000_000_000


@dataclass
class Ledger:
    """Everything that was stored, in order; each method is one commit."""

    database: Database
    entitled: dict[int, list[int]] = field(default_factory=dict)  # audience -> log indexes in order of grants
    granted: list[tuple[int, int]] = field(default_factory=list)  # audience and log index, in order of grants

    def store(
        self, *audiences_of_records: Sequence[int], kind: EntryKind = EntryKind.EVENT, disclosures: bytes | None = None
    ) -> list[int]:
        """Store one record per sequence of audiences, the first of them its sender; gives their log indexes."""
        with self.database.capture_transaction() as transaction:
            head = transaction.begin(digests=(), node_keys=()).head
            records, events, grants = [], [], []
            for log_index, audiences in enumerate(audiences_of_records, start=head.size):
                body = f"eyJ0eXAi.record{log_index}.signature".encode()
                digest = hashlib.sha256(body).digest()
                stored_at = FIRST_STORED_AT + log_index
                sender = audiences[0]
                row = RecordRow(log_index, KIND_CODES[kind], digest, stored_at, sender, None, body, disclosures)
                records.append(row)
                if kind in {EntryKind.EVENT, EntryKind.RECEIPT}:
                    events.append(_event(log_index, sender))
                grants += self._grants(head.grants + len(grants), log_index, audiences)
            transaction.save(_admission(head, records=records, events=events, grants=grants))
        return [record.log_index for record in records]

    def grant(self, log_index: int, *audiences: int) -> None:
        """Let more audiences see a record that is there already."""
        with self.database.capture_transaction() as transaction:
            head = transaction.begin(digests=(), node_keys=()).head
            transaction.save(_admission(head, grants=self._grants(head.grants, log_index, audiences)))

    def due_to(self, *audiences: int) -> list[int]:
        """The log indexes that some audiences together are entitled to, each once, in log order."""
        return sorted({index for audience in audiences for index in self.entitled.get(audience, [])})

    def stream_of(self, *audiences: int) -> list[int]:
        """The same, in the order in which some audience of them was first entitled."""
        return list(dict.fromkeys(index for audience, index in self.granted if audience in audiences))

    def _grants(self, last: int, log_index: int, audiences: Collection[int]) -> list[GrantRow]:
        for audience in audiences:
            self.entitled.setdefault(audience, []).append(log_index)
            self.granted.append((audience, log_index))
        return [
            GrantRow(number, log_index, audience, GrantCause.NAMED_PARTNER)
            for number, audience in enumerate(audiences, start=last + 1)
        ]


def _event(log_index: int, member_id: int) -> EventRow:
    return EventRow(
        log_index=log_index,
        member_id=member_id,
        event_id=f"urn:uuid:event-{log_index}",
        event_type=EventTypeCode.OBJECT,
        action=None,
        biz_step="shipping",
        disposition=None,
        earliest=FIRST_STORED_AT,
        latest=FIRST_STORED_AT,
        declares_error=False,
        transformation_id=None,
    )


def _admission(
    head: LogHead,
    *,
    records: Sequence[RecordRow] = (),
    events: Sequence[EventRow] = (),
    grants: Sequence[GrantRow] = (),
) -> Admission:
    grown = head._replace(
        size=head.size + len(records),
        grants=head.grants + len(grants),
        stored_at=FIRST_STORED_AT + head.size + len(records),
    )
    return Admission(
        head=grown, records=list(records), events=list(events), edges=[], nodes=[], grants=list(grants), digests=[]
    )
