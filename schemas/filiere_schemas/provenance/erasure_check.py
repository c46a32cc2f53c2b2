"""Hold what is absent from a bundle against the log's entries that say why: a payload is erased, or it is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url, fields
from filiere_schemas.provenance import verify_sentences as sentences
from filiere_schemas.provenance.bundle import LoggedEntry
from filiere_schemas.provenance.chain import ChainLink
from filiere_schemas.provenance.entry import DIGEST_SIZE, EntryKind
from filiere_schemas.provenance.erasure import Erased, Erasure, read_erasure
from filiere_schemas.provenance.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasures:
    """What was erased, by the log index of the record."""

    payloads: Mapping[int, Erasure] = field(default_factory=dict)
    disclosures: Mapping[int, tuple[Erasure, ...]] = field(default_factory=dict)

    def missing(self, entries: Iterable[LoggedEntry]) -> Iterator[Problem]:
        """Say which records have no bytes although no entry erased them."""
        for entry in entries:
            erasure = self.payloads.get(entry.index)
            if entry.body is None and (erasure is None or erasure.sha256 != entry.sha256):
                yield Problem(sentence=sentences.RECORD_MISSING, values={"index": entry.index})

    def digests_of(self, index: int) -> frozenset[bytes]:
        """The digests of a record's disclosures that are gone for everybody."""
        return frozenset(digest for erasure in self.disclosures.get(index, ()) for digest in erasure.disclosures)

    def links(self, entries: Iterable[LoggedEntry]) -> Iterator[ChainLink]:
        """The places in their keys' chains of the signed records that were erased, by the headers that were kept."""
        for entry in entries:
            erasure = self.payloads.get(entry.index)
            if entry.body is None and erasure is not None and entry.kind is EntryKind.EVENT:
                yield _link(entry, erasure.header)

    def remarks(self, entries: Iterable[LoggedEntry]) -> Iterator[Problem]:
        """Say of each erased record since when, and by which rule."""
        for entry in entries:
            erasure = self.payloads.get(entry.index)
            if entry.body is None and erasure is not None:
                values = {
                    "index": entry.index,
                    "day": fields.instant_text(erasure.erased_at)[:10],
                    "rule": erasure.rule,
                    "basis": erasure.basis,
                }
                yield Problem(sentence=sentences.RECORD_ERASED, values=values, level="warning")


def read_erasures(entries: Iterable[LoggedEntry], trust: Trust) -> Erasures:
    """Read erasure entries.

    Raises:
        Refusal: one of them has no bytes, or does not hold.
    """
    found = []
    for entry in entries:
        try:
            found.append(read_erasure(entry.body or b"", trust.receipt, origin=trust.origin))
        except Refusal as refused:
            values = {"index": entry.index, "reason": refused.problems[0]}
            raise Refusal([Problem(sentence=sentences.ERASURE_REFUTED, values=values)]) from refused
    return gather_erasures(found)


def gather_erasures(erasures: Iterable[Erasure]) -> Erasures:
    """Put erasures beside the records that they are about."""
    payloads: dict[int, Erasure] = {}
    disclosures: dict[int, tuple[Erasure, ...]] = {}
    for erasure in erasures:
        if erasure.what is Erased.PAYLOAD:
            payloads[erasure.index] = erasure
        else:
            disclosures[erasure.index] = (*disclosures.get(erasure.index, ()), erasure)
    return Erasures(payloads=payloads, disclosures=disclosures)


def _link(entry: LoggedEntry, header: Mapping[str, Any]) -> ChainLink:
    """Read a link from a header that the platform signed with the erasure.

    Raises:
        Refusal: it is not the header of an envelope.
    """
    try:
        prev = base64url.decode(fields.text(header, "prev").encode("ascii"))
    except ValueError:  # a UnicodeEncodeError is one too
        prev = b""
    if len(prev) != DIGEST_SIZE:
        raise Refusal([Problem(sentence=sentences.RECORD_MISSING, values={"index": entry.index})])
    return ChainLink(
        kid=fields.text(header, "kid"),
        seq=fields.whole(header, "seq"),
        prev=prev,
        sha256=entry.sha256,
        index=entry.index,
        kind=entry.kind,
    )
