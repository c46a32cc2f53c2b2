"""Gather what proves an object's history into a bundle: the records behind its trace, their keys, their proofs.

Beside the records of the trace it holds those that their authors took back, with the declarations: an auditor must see
that a correction happened, and of what. What the asker may not see is counted and not named, as in the trace; so is of
what he sees a view alone, since nothing of it can be verified.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.bundle_sentences import BUNDLE_TOO_MANY, NOT_YET_PUBLISHED, NOTHING_TO_PROVE
from filiere_platform.domain.sealing import TYPS
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.gate import VisibleEvents
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.entry_proofs import key_entries, logged, nodes_of, read_head
from filiere_platform.usecases.key_chains import chains_of
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.trace import TraceQuestion, trace_object
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.schema import event_schema
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.bundle import MOST_RECORDS, Bundle, HiddenEvents, LoggedEntry, NamedText
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.erasure import parse_erasure
from filiere_schemas.provenance.erasure_check import gather_erasures
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.policy import format_policy
from filiere_schemas.provenance.shared_proof import prove_together
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.provenance.trust import Trust


def bundle_object(
    uow: UnitOfWork, viewer: Viewer, files: LogFiles, question: TraceQuestion, *, origin: str, trust: Trust | None
) -> Bundle:
    """Bundle the records behind the trace of an object, as the viewer may see them.

    `trust` is the instance's own, whose policy the bundle carries for information; None where a key is elsewhere.

    Raises:
        InvalidIdentifier: the object's identifier is not one.
        Refusal: code `not-found`, `as-of-beyond-log`, `bundle-too-many`; `nothing-to-prove` where views are all there
            is; `not-yet-published` where a record is not under the signed head: the publisher is a moment behind.
    """
    answer = trace_object(uow, viewer, question)
    events = uow.events.visible_to(viewer)
    indexes = {event["index"] for event in answer["events"] if event["view"] is None} | _taken_back(uow, events, answer)
    if not indexes:
        raise Refusal([Problem(sentence=NOTHING_TO_PROVE, values={"object": answer["object"]})])
    if len(indexes) > MOST_RECORDS:
        raise Refusal([Problem(sentence=BUNDLE_TOO_MANY, values={"found": len(indexes), "expected": MOST_RECORDS})])
    made = bundle_records(uow, viewer, files, indexes, thing=answer["object"], origin=origin, trust=trust)
    return replace(made, hidden=tuple(_hidden(answer)))


def bundle_records(
    uow: UnitOfWork,
    viewer: Viewer,
    files: LogFiles,
    indexes: AbstractSet[int],
    *,
    thing: str,
    origin: str,
    trust: Trust | None,
) -> Bundle:
    """Bundle some records, as the viewer may see them; `thing` is the canonical key of an object that they speak of.

    Raises:
        Refusal: code `not-yet-published`: a record is not under the signed head.
    """
    note, size = read_head(files)
    marks = uow.erasures.of(indexes).values()
    erased_at = {mark.entry for several in marks for mark in several}
    needed = max(indexes | erased_at, default=0) + 1
    if note is None or needed > size:
        raise Refusal([Problem(sentence=NOT_YET_PUBLISHED, values={"found": size, "expected": needed})])
    records = uow.events.visible_to(viewer).records(sorted(indexes))
    of_records, of_erasures = [logged(record) for record in records], _erasures(uow, erased_at)
    erasures = gather_erasures(parse_erasure(entry.body or b"", origin=origin) for entry in of_erasures)
    entries = [*of_records, *of_erasures, *key_entries(uow, records, before=size)]
    entries.sort(key=lambda entry: entry.index)
    return Bundle(
        origin=origin,
        object=thing,
        checkpoint=note,
        proof=tuple(prove_together([entry.index for entry in entries], size, nodes_of(files, size))),
        entries=tuple(entries),
        chains=chains_of(uow, of_records, erasures, size=size),
        schemas=tuple(_named_texts(records)),
        policy=b"" if trust is None else format_policy(trust.policy),
    )


def _taken_back(uow: UnitOfWork, events: VisibleEvents, answer: Mapping[str, Any]) -> set[int]:
    """Find the visible events of the traced objects that are declared erroneous, and the declarations."""
    before = answer["as_of"]
    nodes = uow.nodes.ids([each["key"] for each in answer["nodes"]])
    indexes = {index for found in events.withdrawn_touching(nodes.values(), before=before).values() for index in found}
    for record in events.records(sorted(indexes)):
        same = events.by_event_id(record.event_id)
        indexes |= {each.log_index for each in same if each.declares_error and each.member_id == record.member_id}
    return {index for index in indexes if index < before}


def _erasures(uow: UnitOfWork, places: Iterable[int]) -> list[LoggedEntry]:
    """Read the entries, by their log indexes, that erased something of the records."""
    return [
        LoggedEntry(index=row.log_index, kind=EntryKind.ERASURE, sha256=row.sha256, body=row.body)
        for place in sorted(places)
        for row in uow.log.records(place, place + 1, kinds=[EntryKind.ERASURE])
    ]


def _hidden(answer: Mapping[str, Any]) -> Iterator[HiddenEvents]:
    views = Counter(key for event in answer["events"] if event["view"] is not None for key in event["objects"])
    for each in answer["nodes"]:
        # Who may know of hidden events counts those with a view among them.
        hidden = max(each["hidden_events"], views[each["key"]])
        if hidden:
            yield HiddenEvents(object=each["key"], events=hidden)


def _named_texts(records: Iterable[StoredEvent]) -> Iterator[NamedText]:
    """Name the contexts that records refer to, and the schemas that they were checked by, in order.

    A context is never fetched, so that its digest is not known here; our own schemas are known to the byte.
    """
    contexts: set[str] = set()
    types: set[str] = set()
    for record in records:
        if record.body is not None:
            payload = strict_loads(parse_jws(record.body, typ=TYPS[record.kind]).payload)
            context = payload.get("@context")
            contexts.update(each for each in (context if isinstance(context, list) else [context]) if type(each) is str)
            types.add(payload["type"])
    for address in sorted(contexts):
        yield NamedText(address=address, sha256=None)
    for name in sorted(types):
        schema = event_schema(EventType(name), long_words=False)
        yield NamedText(address=schema["$id"], sha256=hashlib.sha256(canonicalize(schema)).digest())
