"""Read records and events, each through the gate."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from filiere_platform.domain import sentences
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.epcis_parameters import query_problem
from filiere_platform.domain.erasure import ErasureMark, RecordErased
from filiere_platform.domain.event_matching import rank_of, shown_view
from filiere_platform.domain.event_query import FROM_THE_BEGINNING, EventQuery, OrderKey
from filiere_platform.domain.event_view import NOT_VERIFIABLE, VIEW_NAME, EventView
from filiere_platform.domain.event_walk import Place, join, too_much
from filiere_platform.domain.formats import AS_RECORDED, Formats
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.named_query import PREDEFINED
from filiere_platform.domain.query_document import query_document
from filiere_platform.domain.query_sentences import TOO_MANY_EVENTS
from filiere_platform.domain.sealing import fields_withheld
from filiere_platform.domain.stored_event import ASSURANCE, StoredEvent
from filiere_platform.store.gate import VisibleEvents
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.store.views import VisibleViews
from filiere_platform.usecases.described_things import with_identifiers
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.disclosures import WithheldFields
from filiere_schemas.provenance.erasure import ERASURE_TYP, Erased
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.strict_json import strict_loads


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


def read_events_by_id(uow: UnitOfWork, viewer: Viewer, event_id: str, *, now: int, formats: Formats) -> bytes:
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
    return query_document(_in_log_order(events, views), now=now, formats=formats)


def find_events(
    uow: UnitOfWork,
    viewer: Viewer,
    query: EventQuery,
    *,
    now: int,
    query_name: str = PREDEFINED,
    formats: Formats = AS_RECORDED,
) -> Page:
    """Find events and views in the order that is asked for, one page of them.

    Where a question asks of events what no row says, and few answer it, a page may be short or empty, and the next one
    begins behind what was looked at. Where a mandate opens the gate, what an answer tells of without showing it, by its
    count or its order, is written down as shown, and a full page does not say whether it is the last.

    Raises:
        Refusal: codes `query-too-large`, `query-reads-too-much`, `query-too-many-things`;
            `query-parameter` where the event that the page would begin behind is not visible any more.
    """
    shown, next_after = read_page(uow, viewer, query)
    document = query_document(shown, now=now, query_name=query_name, formats=formats)
    return Page(document=document, next_after=next_after)


def read_page(uow: UnitOfWork, viewer: Viewer, query: EventQuery) -> tuple[list[StoredEvent | EventView], int | None]:
    """Give the events and views of a page, and where the next one starts (None: this is the last).

    Raises:
        Refusal: as `find_events`.
    """
    seen = uow.views.seen_by(viewer), uow.events.visible_to(viewer)
    places, behind = _page(*seen, with_identifiers(uow, viewer, query))
    indexes = [place.log_index for place in places]
    found: dict[int, StoredEvent | EventView] = {view.log_index: view for view in seen[0].views(indexes)}
    found |= {event.log_index: event for event in seen[1].records(i for i in indexes if i not in found)}
    shown = [found[place.log_index] for place in places if place.log_index in found]
    return shown, None if behind is None else behind.log_index


def _page(views: VisibleViews, events: VisibleEvents, query: EventQuery) -> tuple[list[Place], Place | None]:
    """Give the places of a page, and the one that the next page begins behind."""
    begins = query.after == FROM_THE_BEGINNING
    if query.refused_above is not None and begins:
        most = query.refused_above
        first, more = _walk(views, events, query, most + 1, None)
        if len(first) > most:
            _tell(events, first)
            raise Refusal([Problem(sentence=TOO_MANY_EVENTS, values={"expected": most})])
        if more is not None:
            raise too_much()
    if query.count_limit is None:
        return _walk(views, events, query, query.limit, None if begins else _behind(views, events, query))
    return _among_first(views, events, query, query.count_limit)


def _among_first(
    views: VisibleViews, events: VisibleEvents, query: EventQuery, count: int
) -> tuple[list[Place], Place | None]:
    """Give a page of the first events of an answer: which these are depends on the pages before, all found again."""
    first, more = _walk(views, events, query, count, None)
    if more is not None and len(first) < count:
        raise too_much()
    before = range(len(first)) if query.after != FROM_THE_BEGINNING else ()
    start = next((n + 1 for n in before if first[n].log_index == query.after), len(before))
    _tell(events, first[:start])  # they decide what is on this page
    page = first[start : start + query.limit]
    goes_on = start + query.limit < (count if events.mandates else len(first))
    return page, page[-1] if goes_on and len(page) == query.limit else None


def _tell(events: VisibleEvents, places: Iterable[Place]) -> None:
    """Count as shown what an answer tells of without showing it."""
    if events.mandates:
        events.shown.update(place.log_index for place in places)


def _walk(
    views: VisibleViews, events: VisibleEvents, query: EventQuery, limit: int, behind: Place | None
) -> tuple[list[Place], Place | None]:
    """Walk along events and views, of each one further than the page, which tells whether there are more.

    To whom a mandate shows events it is not told: that there is another one would answer a question about an event that
    nobody writes down as looked at.
    """
    walks = [seen.walk(query, limit + 1, behind) for seen in (views, events)]
    page, following = join(walks, limit, descending=query.order.descending)
    return page, page[-1] if events.mandates and len(page) == limit else following


def _behind(views: VisibleViews, events: VisibleEvents, query: EventQuery) -> Place:
    if query.order.key is OrderKey.RECORD_TIME:
        return Place(None, query.after)
    view = views.view(query.after)
    if view is not None:
        return Place(rank_of(shown_view(view), query.order), query.after)
    place = events.place(query)
    if place is None:
        raise Refusal([query_problem("nextPageToken", "…", "…")])
    return place


def find_among(
    uow: UnitOfWork, viewer: Viewer, query: EventQuery, indexes: Collection[int]
) -> list[StoredEvent | EventView]:
    """Give, of some log indexes, what meets a query and this viewer may see, in log order.

    For a follower of grants (a subscription), which asks of each delivery what of it the query is about: the page of
    the query does not count, and what the viewer may not see, or see no longer, is left out.
    """
    query = with_identifiers(uow, viewer, query)
    return _in_log_order(
        uow.events.visible_to(viewer).among(query, indexes), uow.views.seen_by(viewer).among(query, indexes)
    )


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
