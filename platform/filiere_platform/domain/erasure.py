"""Decide what an erasure removes of a record and what stays: pure, under the lock that orders the log.

What goes with a payload: the bytes, the signature, every disclosure, the digest of the content, the disposition and all
quantities. What stays, so that a trace still shows the step: which objects, places and parties the event touched, its
type, action, business step and times, its id, who sent it, and its place in the log. docs/erasure.md says why.

What goes with disclosures: they, those that are sealed inside them, and whatever queries and traces knew from them. The
rows are derived again from what the record still says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from filiere_platform.domain import erasure_sentences as say
from filiere_platform.domain.audience import PUBLIC_VIEW
from filiere_platform.domain.derived_rows import derive_rows, signed_payload
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member_changes import admit_statement
from filiere_platform.domain.record import KINDS_BY_CODE, Admission, EdgeRow, EventRow, GrantRow, Probe, RecordRow
from filiere_schemas.epcis.identity import content_sha256, event_identity
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url
from filiere_schemas.provenance.disclosures import DIGESTS
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.erasure import Erased, Erasure
from filiere_schemas.provenance.strict_json import strict_loads

HOLDS_AN_EVENT = (EntryKind.EVENT, EntryKind.RECEIPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureOrder:
    """What somebody asks to be erased of records, and why; without `disclosures`, the payload."""

    rule: str
    basis: str
    author: str
    what: Erased = Erased.PAYLOAD
    disclosures: frozenset[bytes] | None = None  # SHA-256 of each; None: every one that the record has


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureMark:
    """That a record was erased, as everything that reads says it; `entry` is the erasure's own log index."""

    index: int
    entry: int
    what: Erased
    rule: str
    erased_at: int  # microseconds since 1970

    def as_json(self) -> dict[str, Any]:
        """Write it as answers give it."""
        return {
            "index": self.entry,
            "what": self.what.value,
            "rule": self.rule,
            "erasedAt": iso_instant(self.erased_at),
        }

    def problem(self) -> Problem:
        """Say it as a problem."""
        date = iso_instant(self.erased_at)[:10]
        values = {"index": self.index, "date": date, "rule": self.rule, "entry": self.entry}
        return Problem(sentence=say.RECORD_ERASED, values=values)


class RecordErased(Refusal):
    """What is asked for was erased: it was there, and is gone for good. `answer` is what still can be said of it."""

    def __init__(self, mark: ErasureMark, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__([mark.problem()])
        self.mark = mark
        self.answer = answer or {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasable:
    """A record and everything that was derived from it, read under the lock."""

    record: RecordRow
    event: EventRow
    edges: tuple[EdgeRow, ...]
    nodes: Mapping[str, int]  # of its ends, by canonical key
    member_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What is left of a record, to be written over it; `identity` is where the digest of its content is forgotten."""

    index: int
    body: bytes | None
    disclosures: bytes | None
    event: EventRow
    edges: tuple[EdgeRow, ...]
    identity: bytes | None = None


def require_reasons(order: ErasureOrder) -> None:
    """Check that an order says its rule, its basis and its author.

    Raises:
        Refusal: code `erasure-without-reason`, naming what is missing.
    """
    missing = [name for name in ("rule", "basis", "author") if not getattr(order, name).strip()]
    if not missing and ":" not in order.author:
        missing = ["author"]
    if missing:
        raise Refusal([Problem(sentence=say.ERASURE_WITHOUT_REASON, values={"found": ", ".join(missing)})])


def not_erasable(index: int) -> Refusal:
    """Refuse to erase what holds no event: the platform's own statements say nothing of anybody's goods."""
    return Refusal([Problem(sentence=say.NOTHING_TO_ERASE, values={"index": index})])


def plan_erasure(found: Erasable, order: ErasureOrder, *, now: int) -> Erasure | None:
    """Decide what is to be signed; None where nothing of what is asked for is there any more.

    Raises:
        Refusal: code `nothing-to-erase`, `unknown-disclosure`.
    """
    record = found.record
    if KINDS_BY_CODE.get(record.kind) not in HOLDS_AN_EVENT:
        raise not_erasable(record.log_index)
    if record.body is None:
        return None
    said = Erasure(
        index=record.log_index,
        sha256=record.sha256,
        what=Erased.PAYLOAD,
        rule=order.rule,
        basis=order.basis,
        author=order.author,
        erased_at=now,
        protected=record.body.partition(b".")[0],
    )
    if order.what is Erased.PAYLOAD:
        return said
    gone = _chosen(record, order.disclosures)
    return replace(said, what=Erased.DISCLOSURES, protected=None, disclosures=gone) if gone else None


def remains_of(found: Erasable, erasure: Erasure) -> Remains:
    """Lay out what an erasure leaves of a record.

    Raises:
        Refusal: what is left of the event can no longer be read as one.
    """
    if erasure.what is Erased.PAYLOAD:
        return _without_payload(found)
    return _without_disclosures(found, erasure.disclosures)


def admit_erasure(
    statement: bytes, *, record: RecordRow, grants: Collection[GrantRow], probe: Probe, now: int
) -> Admission:
    """Lay out the entry of an erasure: whoever may see the record is to learn that it is gone."""
    admission = admit_statement(
        EntryKind.ERASURE,
        statement,
        member_id=record.member_id or 0,
        # The statement names the record's digest, which a view does not tell.
        audiences=[grant.audience for grant in grants if grant.audience != PUBLIC_VIEW],
        probe=probe,
        now=now,
    )
    causes = {grant.audience: grant.cause for grant in grants}
    admission.grants = [grant._replace(cause=causes[grant.audience]) for grant in admission.grants]
    return admission


def _without_payload(found: Erasable) -> Remains:
    event = found.event
    content = content_sha256(signed_payload(found.record))
    declaration = content if event.declares_error else None
    return Remains(
        index=event.log_index,
        body=None,
        disclosures=None,
        event=event._replace(disposition=None),
        edges=tuple(edge._replace(quantity=None, uom=None) for edge in found.edges),
        # Without a salt: whoever guesses the content could check the guess by its digest, as by a signature.
        identity=event_identity(found.member_uri, event.event_id, declaration=declaration),
    )


def _without_disclosures(found: Erasable, gone: Collection[bytes]) -> Remains:
    kept = [text for text in _texts(found.record) if _digest(text) not in gone]
    record = found.record._replace(disclosures=b"~".join(kept) or None)
    row, ends = derive_rows(record, member_uri=found.member_uri)
    # A sealed field that goes takes ends away and adds none: each that is left has its node already.
    edges = tuple(
        EdgeRow.of(end, log_index=record.log_index, ordinal=ordinal, node_id=found.nodes[end.key], event=row)
        for ordinal, end in enumerate(ends)
    )
    return Remains(index=record.log_index, body=record.body, disclosures=record.disclosures, event=row, edges=edges)


def _chosen(record: RecordRow, wanted: Collection[bytes] | None) -> tuple[bytes, ...]:
    """Choose the disclosures that go: those asked for, and those sealed inside them, which nothing would lead to."""
    texts = {_digest(text): text for text in _texts(record)}
    gone: set[bytes] = set()
    pending = list(texts if wanted is None else wanted)
    for digest in pending:
        if digest not in texts:
            expected = ", ".join(sorted(known.hex() for known in texts)) or "-"
            values = {"index": record.log_index, "found": digest.hex(), "expected": expected}
            raise Refusal([Problem(sentence=say.UNKNOWN_DISCLOSURE, values=values)])
    while pending:
        digest = pending.pop()
        if digest in texts and digest not in gone:
            gone.add(digest)
            pending += _sealed_in(strict_loads(base64url.decode(texts[digest])))
    return tuple(sorted(gone))


def _sealed_in(value: Any) -> Iterator[bytes]:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            yield from (base64url.decode(text.encode()) for text in item.get(DIGESTS, ()))
            pending += item.values()
        elif isinstance(item, list):
            pending += item


def _texts(record: RecordRow) -> list[bytes]:
    return record.disclosures.split(b"~") if record.disclosures else []


def _digest(disclosure: bytes) -> bytes:
    return hashlib.sha256(disclosure).digest()
