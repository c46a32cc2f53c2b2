"""What is said of an event whose eventID is an event hash that is not its own: it is stored, and told to its sender.

It is never refused. The hash is a name that others may have worked out by another edition of the standard or with
another program, it proves nothing, and none of those in the official examples is that of its event.
"""

from __future__ import annotations

from typing import Final

from filiere_platform.domain.derived_rows import holds_event, signed_payload
from filiere_platform.domain.event_hash_sentences import EVENT_HASH_DIFFERS
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.record import KINDS_BY_CODE, RecordRow
from filiere_platform.domain.sealing import open_payload
from filiere_schemas.epcis.event_hash import contradicts_its_hash

BEGINNING: Final = "ni:///"


def finding_of(record: RecordRow) -> Finding | None:
    """Judge the eventID of an event's record; None where it holds, or where members are sealed or erased.

    What the hash ought to be is not kept: a digest of an event must not outlive its erasure.
    """
    if record.body is None or not holds_event(record):
        return None
    if record.disclosures or open_payload(record.body, KINDS_BY_CODE[record.kind]) is None:
        return None
    event = signed_payload(record)
    if not contradicts_its_hash(event):
        return None
    return Finding(
        rule=EVENT_HASH_DIFFERS.code,
        level="warning",
        subject=event["eventID"],
        low=record.log_index,
        high=record.log_index,
        log_index=record.log_index,
        member_id=record.member_id,
        evidence={"index": record.log_index, "sha256": record.sha256.hex()},
        first_seen=record.stored_at,
        opens_at=record.stored_at,
    )
