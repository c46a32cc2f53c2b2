"""What `filiere fsck` may find: the rules that stored rows and published files obey, and a report of the breaches.

Every rule is one that capture and the publisher keep by construction: a breach means that a disk, a hand or a
program of somebody else's has changed what was stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from filiere_platform.domain import fsck_sentences
from filiere_platform.domain.instant import iso_instant
from filiere_schemas.problems import Problem, Sentence

# Breaches of one rule that are listed one by one; all of them are counted.
MOST_LISTED = 20


class RowRule(StrEnum):
    """What must hold between the rows of one record; each is one query of the store's."""

    RECORD_BEYOND_HEAD = "record-beyond-head"
    EVENT_MISSING = "event-row-missing"  # a record of an event without its event row
    EVENT_SPURIOUS = "event-row-spurious"  # an event row without a record of an event
    EDGE_SPURIOUS = "edge-spurious"  # an edge without its event row
    EDGE_GAP = "edge-gap"  # an event's edges are not numbered from 0 without a gap
    NODE_MISSING = "node-missing"  # an edge to a node that does not exist
    GRANT_MISSING = "grant-missing"  # a record of a member without the grant of its owner
    GRANT_SPURIOUS = "grant-spurious"  # a grant on a record that does not exist
    IDENTITY_MISSING = "identity-missing"  # a record that no identity leads to
    IDENTITY_SPURIOUS = "identity-spurious"  # an identity that leads to no record


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBreach:
    """A row rule that is broken at a log index."""

    rule: RowRule
    log_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """What numbered rows there are; each of the three is numbered without a gap."""

    records: int
    grants: int
    highest_grant: int
    nodes: int
    highest_node: int


@dataclass(slots=True, kw_only=True)
class Findings:
    """Breaches as they are found: the first of each rule are kept, all are counted."""

    kept: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, sentence: Sentence, pointer: str, **values: object) -> None:
        """Note a breach; `pointer` says where, as `/records/12` or `/files/tile/0/001`."""
        self.note(Problem(sentence=sentence, pointer=pointer, values=values))

    def note(self, breach: Problem) -> None:
        """Note a breach that has its place already."""
        self.counts[breach.code] += 1
        if self.counts[breach.code] <= MOST_LISTED:
            self.kept.append(breach)

    def add_rows(self, breaches: Iterable[RowBreach]) -> None:
        """Note breaches of row rules."""
        for breach in breaches:
            self.add(ROW_SENTENCES[breach.rule], f"/records/{breach.log_index}", index=breach.log_index)


@dataclass(frozen=True, slots=True, kw_only=True)
class FsckReport:
    """What was read, and what differs. `published` is None where no checkpoint has been signed yet."""

    records: int
    erased: int
    lost: dict[int, int]  # when the incident began, by index; told by signed entries of the log
    signatures: int | None  # verified; None where they were not asked for
    published: int | None
    files: int  # compared byte for byte
    breaches: tuple[Problem, ...]  # the first of each rule
    counts: dict[str, int]  # breaches by code, all of them

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not self.counts

    def as_json(self) -> dict[str, Any]:
        """Lay the report out for programs."""
        return {
            "holds": self.holds,
            "records": self.records,
            "erased": self.erased,
            "lost": {str(index): iso_instant(began) for index, began in self.lost.items()},
            "signatures": self.signatures,
            "published": self.published,
            "files": self.files,
            "counts": self.counts,
            "breaches": [
                {"code": p.code, "where": p.pointer, "fr": p.message("fr"), "en": p.message("en")}
                for p in self.breaches
            ],
        }


ROW_SENTENCES: dict[RowRule, Sentence] = {
    RowRule.RECORD_BEYOND_HEAD: fsck_sentences.RECORD_BEYOND_HEAD,
    RowRule.EVENT_MISSING: fsck_sentences.EVENT_ROW_MISSING,
    RowRule.EVENT_SPURIOUS: fsck_sentences.EVENT_ROW_SPURIOUS,
    RowRule.EDGE_SPURIOUS: fsck_sentences.EDGE_SPURIOUS,
    RowRule.EDGE_GAP: fsck_sentences.EDGE_GAP,
    RowRule.NODE_MISSING: fsck_sentences.NODE_MISSING,
    RowRule.GRANT_MISSING: fsck_sentences.GRANT_MISSING,
    RowRule.GRANT_SPURIOUS: fsck_sentences.GRANT_SPURIOUS,
    RowRule.IDENTITY_MISSING: fsck_sentences.IDENTITY_MISSING,
    RowRule.IDENTITY_SPURIOUS: fsck_sentences.IDENTITY_SPURIOUS,
}
