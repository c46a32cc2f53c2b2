"""Cut an EPCIS document into its events, byte for byte.

An event is recorded as it was received: its numbers, its escapes, its unknown extensions, the order of its
members. So an event is never parsed and written again; its bytes are cut out of the document and made
self-contained by one insertion, the document's `@context`, which an event of a document inherits.

The events themselves are not judged here, not even whether each is an object and small enough: `receive` and
`read_event` do that for each, and one bad event does not fail the others.

Source: GS1 EPCIS 2.0, section 10; JSON-LD 1.1, section 4.1 (an inner context is processed after the outer one).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, Protocol

import msgspec

from filiere_schemas.epcis import sentences
from filiere_schemas.epcis.document_schema import envelope_validator
from filiere_schemas.epcis.duplicates import TOKEN, keep_last_values
from filiere_schemas.epcis.event_time import read_instant
from filiere_schemas.epcis.limits import LARGEST_COPIES, LARGEST_DOCUMENT, LARGEST_EVENT, MOST_EVENTS
from filiere_schemas.epcis.schema_errors import problems_of, type_name
from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance.sentences import DUPLICATE_KEY
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

Kind = Literal["EPCISDocument", "EPCISQueryDocument", "event"]

_EVENT_LISTS: Final[dict[str, tuple[str, ...]]] = {
    "EPCISDocument": ("epcisBody", "eventList"),
    "EPCISQueryDocument": ("epcisBody", "queryResults", "resultsBody", "eventList"),
}
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])


class InvalidDocument(Refusal):
    """A document whose envelope does not hold; none of its events can be told apart safely."""


class Place(Protocol):
    """Where an event stood in a document of another form than JSON."""

    def told(self, event: bytes, problem: Problem, within: Problem) -> Problem:
        """Add to a problem `within` the document where its sender finds it; `problem` is that of the event alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document and its events as received.

    `events[i]` is self-contained and stood at `pointers[i]` of the document, so that problems of an event can be
    told within the document (`Document.told`). `header` is the `epcisHeader` (master data), kept as received; of a
    query document it holds the master data of its results, and `vocabularies_at` says where these stand.
    Of a document in another form than JSON, pointers are those of its reading and `places` say where that was.
    """

    kind: Kind
    context: bytes
    events: tuple[bytes, ...]
    pointers: tuple[str, ...]
    schema_version: str | None = None
    creation_date: datetime | None = None
    header: bytes | None = None
    vocabularies_at: str = "/epcisHeader/epcisMasterData/vocabularyList"
    warnings: tuple[Problem, ...] = ()
    places: tuple[Place, ...] = ()

    def told(self, at: int, problem: Problem) -> Problem:
        """Tell a problem of the event at a position as its sender finds it in the document."""
        within = problem.within(self.pointers[at])
        return self.places[at].told(self.events[at], problem, within) if self.places else within


def read_document(raw: bytes) -> Document:
    """Read an EPCISDocument or EPCISQueryDocument, or one bare event, from its bytes.

    A key that a document repeats keeps its last value and gives a warning; a bare event that repeats one is refused.

    Raises:
        InvalidJson: the bytes have no single reading as JSON.
        InvalidDocument: the envelope does not hold, or a limit is passed; with every problem and its JSON pointer.
    """
    if len(raw) > LARGEST_DOCUMENT:
        raise refused(sentences.DOCUMENT_TOO_LARGE, limit=LARGEST_DOCUMENT, found=len(raw))
    raw, value, warnings = _single_reading(raw)
    if not isinstance(value, dict):
        raise refused(sentences.NOT_AN_OBJECT, found=type_name(value))
    kind = value.get("type")
    if kind == "EPCISDocument" or kind == "EPCISQueryDocument":  # noqa: PLR1714 - narrows the literal type
        return replace(_read_envelope(raw, value, kind), warnings=warnings)
    if isinstance(kind, str) and not kind.endswith("Document"):
        return _bare(raw, value)
    raise refused(sentences.NOT_A_DOCUMENT, "/type" if "type" in value else "", found=kind)


def read_bare_event(raw: bytes) -> Document:
    """Read one event with its own `@context`, as a document of kind "event" whose only event is `raw` itself.

    Raises:
        InvalidJson: the bytes have no single reading as JSON.
        InvalidDocument: not an object, or larger than `LARGEST_EVENT`.
    """
    if len(raw) > LARGEST_EVENT:
        raise refused(sentences.EVENT_TOO_LARGE, limit=LARGEST_EVENT, found=len(raw))
    value = strict_loads(raw)
    if not isinstance(value, dict):
        raise refused(sentences.NOT_AN_OBJECT, found=type_name(value))
    return _bare(raw, value)


def _single_reading(raw: bytes) -> tuple[bytes, Any, tuple[Problem, ...]]:
    try:
        return raw, strict_loads(raw), ()
    except InvalidJson as refused:
        if any(problem.code != DUPLICATE_KEY.code for problem in refused.problems):
            raise
        kept = keep_last_values(raw)
        value = strict_loads(kept)
        if not (isinstance(value, dict) and value.get("type") in _EVENT_LISTS):
            raise
        return kept, value, tuple(replace(problem, level="warning") for problem in refused.problems)


def _bare(raw: bytes, value: dict[str, Any]) -> Document:
    if len(raw) > LARGEST_EVENT:
        raise refused(sentences.EVENT_TOO_LARGE, limit=LARGEST_EVENT, found=len(raw))
    if "@context" not in value:
        raise refused(sentences.MISSING_FIELD, field="@context")
    context = bytes(_MEMBERS.decode(raw)["@context"])
    return Document(kind="event", context=context, events=(raw,), pointers=("",))


def _read_envelope(raw: bytes, value: dict[str, Any], kind: Literal["EPCISDocument", "EPCISQueryDocument"]) -> Document:
    problems = problems_of(envelope_validator(kind).iter_errors(value))
    if problems:
        raise InvalidDocument(problems)
    members = _MEMBERS.decode(raw)
    context = bytes(members["@context"])
    slices = _events_of(members, kind)
    if len(slices) > MOST_EVENTS:
        raise refused(sentences.TOO_MANY_EVENTS, limit=MOST_EVENTS, found=len(slices))
    # An event's own context, which is joined to the document's, is counted already.
    refuse_copies(sum(map(len, slices)) + len(context) * len(slices))
    path = "/" + "/".join(_EVENT_LISTS[kind])
    events = tuple(_self_contained(event, context) for event in slices)
    pointers = tuple(f"{path}/{at}" for at in range(len(events)))
    header = members.get("epcisHeader")
    document = Document(
        kind=kind,
        context=context,
        events=events,
        pointers=pointers,
        schema_version=value.get("schemaVersion"),
        creation_date=_creation_date(value),
        header=None if header is None else bytes(header),
    )
    return document if kind == "EPCISDocument" else _with_results(document, members)


def _with_results(document: Document, members: dict[str, msgspec.Raw]) -> Document:
    """Take over the master data of a query document's results. Source: EPCIS 2.0, 9.5 (resultsBody)."""
    *way, _ = _EVENT_LISTS["EPCISQueryDocument"]
    for name in way:
        members = _MEMBERS.decode(members[name])
    listed = members.get("vocabularyList")
    if listed is None:
        return document
    header = b'{"epcisMasterData":{"vocabularyList":' + bytes(listed) + b"}}"
    return replace(document, header=header, vocabularies_at=f"/{'/'.join(way)}/vocabularyList")


def _creation_date(value: dict[str, Any]) -> datetime | None:
    text = value.get("creationDate")
    if text is None:
        return None
    try:
        return read_instant(text)
    except ValueError:
        raise refused(sentences.INVALID_TIME, "/creationDate", found=text) from None


def _events_of(members: dict[str, msgspec.Raw], kind: str) -> list[bytes]:
    *outer, last = _EVENT_LISTS[kind]
    for name in outer:
        members = _MEMBERS.decode(members[name])
    return [bytes(event) for event in _ELEMENTS.decode(members[last])]


def _self_contained(event: bytes, context: bytes) -> bytes:
    """Insert the document's context as the first member; an own context is cut out and joined to it.

    What is no object, which a slice's first byte tells, has no place for a context, and stays as it is.
    """
    if not event.startswith(b"{"):
        return event
    own = _MEMBERS.decode(event).get("@context")
    if own is not None:
        event = _without_member(event, "@context")
        context = _joined(context, bytes(own))
    separator = b"" if event[1:].lstrip() == b"}" else b","
    return b'{"@context":' + context + separator + event[1:]


def _without_member(event: bytes, name: str) -> bytes:
    """Cut a member that is there, and one comma beside it, out of an object; nothing else changes."""
    before = 1
    for key, start, end in _member_spans(event):
        if key == name:
            after = end + 1 if event[end : end + 1] == b"," else end
            # The last member takes the comma before it, any other the comma after it.
            return event[:start] + event[after:] if after > end else event[: max(before - 1, 1)] + event[end:]
        before = end + 1
    raise LookupError(name)


def _member_spans(event: bytes) -> Iterator[tuple[str, int, int]]:
    """Give each member of the outermost object: its name, where it starts, and where the comma or brace after it is."""
    depth = 0
    key: re.Match[bytes] | None = None
    for token in TOKEN.finditer(event):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
        elif depth == 1 and key is None and mark.startswith(b'"'):
            key = token
        elif depth == 1 and key is not None and mark in (b",", b"}"):
            yield msgspec.json.decode(key[0]), key.start(), token.start()
            key = None
        if mark in (b"}", b"]"):
            depth -= 1


def _joined(outer: bytes, inner: bytes) -> bytes:
    """Join two contexts in an array, outer first; an address that the outer one names is not named again."""
    outer_entries, inner_entries = _entries(outer), _entries(inner)
    if [msgspec.json.decode(e) for e in outer_entries] == [msgspec.json.decode(e) for e in inner_entries]:
        return outer
    named = {msgspec.json.decode(entry) for entry in outer_entries if entry.startswith(b'"')}
    added = [e for e in inner_entries if not (e.startswith(b'"') and msgspec.json.decode(e) in named)]
    return b"[" + b",".join([*outer_entries, *added]) + b"]"


def _entries(context: bytes) -> list[bytes]:
    return [bytes(entry) for entry in _ELEMENTS.decode(context)] if context.startswith(b"[") else [context]


def refused(sentence: Sentence, pointer: str = "", **values: object) -> InvalidDocument:
    """Refuse a document for one reason."""
    return InvalidDocument([Problem(sentence=sentence, pointer=pointer, values=values)])


def refuse_copies(size: int) -> None:
    """Refuse a document whose events would take too many bytes, once each is self-contained; before they are built.

    Raises:
        InvalidDocument: code `copies-too-large`.
    """
    if size > LARGEST_COPIES:
        raise refused(sentences.COPIES_TOO_LARGE, limit=LARGEST_COPIES, found=size)
