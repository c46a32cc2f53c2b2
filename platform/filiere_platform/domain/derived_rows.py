"""Derive again, from a stored event, what queries and traces know of it, and say where the stored rows differ."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from filiere_platform.domain import fsck_sentences as say
from filiere_platform.domain.audience import SHARING_CODES
from filiere_platform.domain.candidate import ACTIONS
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.record import EVENT_TYPE_CODES, KINDS_BY_CODE, End, EventRow, RecordRow
from filiere_platform.domain.sealing import TYPS, open_payload, split_disclosures, stated_openly
from filiere_platform.domain.sharing import shared_with, stated_mode
from filiere_schemas.epcis.event import Event
from filiere_schemas.epcis.identity import assigned_event_id, content_sha256
from filiere_schemas.epcis.reading import Strictness, read_event, reread_for_index
from filiere_schemas.epcis.received import without_source
from filiere_schemas.problems import Problem
from filiere_schemas.provenance.disclosures import unseal
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.strict_json import strict_loads


def holds_event(record: RecordRow) -> bool:
    """Whether a record is that of an event whose bytes are still there."""
    return record.body is not None and KINDS_BY_CODE.get(record.kind) in TYPS


def row_differences(record: RecordRow, *, member_uri: str, row: EventRow, ends: Sequence[End]) -> list[Problem]:
    """Compare an event's stored row and ends with those that follow from the event, as capture derives them.

    Raises:
        Refusal: the event cannot be read.
    """
    expected_row, expected_ends = derive_rows(record, member_uri=member_uri)
    problems = []
    expected_row = with_kept_mode(expected_row, row)
    wrong = [name for name in EventRow._fields if getattr(row, name) != getattr(expected_row, name)]
    if wrong:
        values = {"index": record.log_index, "fields": ", ".join(wrong)}
        problems.append(Problem(sentence=say.EVENT_ROW_DIFFERS, values=values))
    if tuple(ends) != expected_ends:
        values = {"index": record.log_index, "found": len(ends), "expected": len(expected_ends)}
        problems.append(Problem(sentence=say.EDGES_DIFFER, values=values))
    return problems


def is_kept_as(derived: EventRow, kept: Sequence[object]) -> bool:
    """Whether the values of a stored row are those that follow from the event, but for a mode that it states not."""
    return kept == derived or (derived.sharing is None and tuple(kept[:-1]) == derived[:-1])


def with_kept_mode(derived: EventRow, kept: EventRow | None) -> EventRow:
    """Take the mode from the stored row where the event states none: what its member said then is kept there alone."""
    return derived if derived.sharing is not None or kept is None else derived._replace(sharing=kept.sharing)


def stated_sharing(event: Event) -> int | None:
    """Give the code of the mode that an event states; None where it states none."""
    mode = stated_mode(event)
    return None if mode is None else SHARING_CODES[mode]


def signed_payload(record: RecordRow) -> Any:
    """Read the payload of an event's record as it was signed, with digests where members are sealed."""
    return without_source(strict_loads(parse_jws(record.body or b"", typ=TYPS[KINDS_BY_CODE[record.kind]]).payload))


def derive_rows(record: RecordRow, *, member_uri: str) -> tuple[EventRow, tuple[End, ...]]:
    """Derive the event row and the ends of a record that still has its bytes, from what it says openly.

    Raises:
        Refusal: the event cannot be read, or its disclosures are not those that were sealed.
    """
    signed = signed_payload(record)
    unseal(signed, split_disclosures(record.disclosures))
    event = read_event(stated_openly(signed), strictness=Strictness.LENIENT).event
    return _rows(record, event, content_sha256(signed), member_uri)


def derive_admitted_rows(record: RecordRow, *, member_uri: str) -> tuple[EventRow, tuple[End, ...]]:
    """Derive what `derive_rows` does, without the checks that admitted the record: its digest says it is the same.

    For whoever derives a whole log. What is sealed, or not as it was, is left to `derive_rows`.

    Raises:
        Refusal: as `derive_rows`.
    """
    body = record.body or b""
    payload = None
    if not record.disclosures and hashlib.sha256(body).digest() == record.sha256:
        payload = open_payload(body, KINDS_BY_CODE[record.kind])
    if payload is None:
        return derive_rows(record, member_uri=member_uri)
    value = without_source(orjson.loads(payload))
    event = reread_for_index(value)
    # The digest of its content names an event that names itself not, or declares an error.
    content = b"" if event.event_id is not None else content_sha256(value)
    return _rows(record, event, content, member_uri)


def _rows(record: RecordRow, event: Event, content: bytes, member_uri: str) -> tuple[EventRow, tuple[End, ...]]:
    # As `index_event` has them, without the digest of its identity, which no row of an event holds.
    time = event.event_time
    earliest = microseconds(time.earliest)
    row = EventRow(
        log_index=record.log_index,
        member_id=record.member_id or 0,
        event_id=event.event_id or assigned_event_id(member_uri, content),
        event_type=EVENT_TYPE_CODES[event.type],
        action=None if event.action is None else ACTIONS[event.action],
        biz_step=event.biz_step,
        disposition=event.disposition,
        earliest=earliest,
        latest=earliest if time.latest is time.earliest else microseconds(time.latest),
        declares_error=event.error_declaration is not None,
        transformation_id=event.transformation_id,
        sharing=stated_sharing(event),
    )
    return row, (*ends_of(event), *shared_with(event))
