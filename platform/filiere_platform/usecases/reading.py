"""Read records and events, each through the gate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from filiere_platform.domain import sentences
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.erasure import ErasureMark, RecordErased
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.event_view import NOT_VERIFIABLE, VIEW_NAME, EventView
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.query_document import query_document
from filiere_platform.domain.sealing import fields_withheld
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.disclosures import WithheldFields
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.erasure import ERASURE_TYP, Erased
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.strict_json import strict_loads

ASSURANCE = {EntryKind.EVENT: "signed at source", EntryKind.RECEIPT: "attested on receipt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of an answer, and where the next one starts (None: this is the last)."""

    document: bytes
    next_after: int | None


def read_record(uow: UnitOfWork, viewer: Viewer, index: int) -> dict[str, Any]:
    """Give one record as stored: the signed bytes, who signed, its place in the log, what was erased of it.

    Who sees its public fields alone gets them in `event`, and nothing else of it but when it was stored.

    Raises:
        Refusal: code `not-found`, also for a record that this viewer may not see.
    """
    record = uow.events.visible_to(viewer).record(index)
    if record is None:
        view = uow.views.seen_by(viewer).view(index)
        if view is None:
            raise not_found(f"records/{index}")
        return _record_of(view, [mark.as_json() for mark in marks_of(uow, index) if mark.what is Erased.PAYLOAD])
    return {
        "index": record.log_index,
        "kind": record.kind,
        "assurance": ASSURANCE[record.kind],
        "sha256": record.sha256.hex(),
        "storedAt": iso_instant(record.stored_at),
        "member": record.member_uri,
        "eventID": record.event_id,
        "erased": record.body is None,
        "erasures": [mark.as_json() | {"jws": _statement(uow, mark)} for mark in marks_of(uow, index)],
        "withheld": say_withheld(
            fields_withheld(record.kind, record.body, record.disclosures, erased=_erased_disclosures(uow, index))
        ),
        "jws": signed_bytes(record).decode() if record.body is not None else None,
        "view": None,
        "event": None,
    }


def _record_of(view: EventView, erasures: list[dict[str, Any]]) -> dict[str, Any]:
    """Say a view in the form of a record: with nothing that only its source could vouch for."""
    return {
        "index": view.log_index,
        "kind": view.kind,
        "assurance": NOT_VERIFIABLE,
        "sha256": None,
        "storedAt": iso_instant(view.stored_at),
        "member": None,
        "eventID": view.event_id,
        "erased": view.shown is None,
        "erasures": erasures,
        "withheld": [],
        "jws": None,
        "view": VIEW_NAME,
        "event": view.shown
        if view.shown is None or not view.is_withdrawn
        else view.shown | {"filiere:withdrawn": True},
    }


def read_kept_record(uow: UnitOfWork, viewer: Viewer, index: int) -> dict[str, Any]:
    """Give one record that still has its bytes.

    Raises:
        Refusal: as `read_record`.
        RecordErased: its payload is gone; what can still be said of it goes with the refusal.
    """
    answer = read_record(uow, viewer, index)
    if answer["erased"]:
        raise RecordErased(payload_mark(uow, index), answer)
    return answer


def say_withheld(withheld: Iterable[WithheldFields]) -> list[dict[str, Any]]:
    """Say what a reader is not shown, as answers write it."""
    return [{"object": each.pointer, "fields": each.fields, "erased": each.erased} for each in withheld]


def signed_bytes(record: StoredEvent) -> bytes:
    """Give the bytes to verify: the compact JWS, and behind it the disclosures that its reader is shown."""
    body = record.body or b""
    return body + b"~" + record.disclosures + b"~" if record.disclosures else body


def read_events_by_id(uow: UnitOfWork, viewer: Viewer, event_id: str, *, now: int) -> bytes:
    """Give an event and its error declarations (EPCIS 2.0, 8.2.7: both under one eventID).

    Raises:
        Refusal: code `not-found`, also for an event that this viewer may not see.
        RecordErased: nothing of it is left to give.
    """
    events = uow.events.visible_to(viewer).by_event_id(event_id)
    views = uow.views.seen_by(viewer).by_event_id(event_id)
    if not events and not views:
        raise not_found(event_id)
    if not views and all(event.body is None for event in events):
        raise RecordErased(payload_mark(uow, events[0].log_index))
    return query_document(_in_log_order(events, views), now=now)


def find_events(uow: UnitOfWork, viewer: Viewer, query: EventQuery, *, now: int) -> Page:
    """Find events and views in log order, one page of them; one view more is fetched to know whether more follow."""
    views = uow.views.seen_by(viewer).find(query.with_limit(query.limit + 1))
    events, more = uow.events.visible_to(viewer).page(query, beside=[view.log_index for view in views])
    shown = _in_log_order(events, views)[: query.limit]
    return Page(document=query_document(shown, now=now), next_after=shown[-1].log_index if more else None)


def _in_log_order(events: list[StoredEvent], views: list[EventView]) -> list[StoredEvent | EventView]:
    return sorted([*events, *views], key=lambda each: each.log_index)


def marks_of(uow: UnitOfWork, index: int) -> tuple[ErasureMark, ...]:
    """Give every erasure of a record, in the order of the log."""
    return uow.erasures.of([index]).get(index, ())


def payload_mark(uow: UnitOfWork, index: int) -> ErasureMark:
    """Give the erasure of a record that has no bytes; there is one, or somebody else removed them (`fsck` says so)."""
    mark = uow.erasures.payloads_of([index]).get(index)
    return mark or ErasureMark(index=index, entry=index, what=Erased.PAYLOAD, rule="?", erased_at=0)


def _erased_disclosures(uow: UnitOfWork, index: int) -> frozenset[bytes]:
    """Give the digests that the record's erasures name; what the log holds was verified when it was written."""
    gone: set[bytes] = set()
    for mark in marks_of(uow, index):
        compact = _statement(uow, mark) if mark.what is Erased.DISCLOSURES else None
        if compact is not None:
            statement = strict_loads(parse_jws(compact.encode(), typ=ERASURE_TYP).payload)
            gone.update(bytes.fromhex(digest) for digest in statement["disclosures"])
    return frozenset(gone)


def _statement(uow: UnitOfWork, mark: ErasureMark) -> str | None:
    """Give the signed statement of an erasure; who may see the record may see it. None while a recovery misses it."""
    record = next(iter(uow.log.records(mark.entry, mark.entry + 1)), None)
    return (record.body or b"").decode() if record is not None else None


def not_found(what: str) -> Refusal:
    """Build the answer about what is not there, or not for this asker."""
    return Refusal([Problem(sentence=sentences.NOT_FOUND, values={"what": what})])
