"""A finding: what a rule has to say about something, with the evidence for it, until it does not hold any more.

A finding is written when its cause is seen and opens when its grace is over; what is mended before is not told. Both
instants follow from the log alone, so that deriving findings again gives the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from filiere_platform.domain import chain_sentences, ownership_sentences
from filiere_schemas.problems import Level, Problem, Sentence

SENTENCES: dict[str, Sentence] = {
    sentence.code: sentence for sentence in (*chain_sentences.FOUND, *ownership_sentences.FOUND)
}

Name = tuple[str, str, int, int, int]


class FindingState(StrEnum):
    """Whether a finding is told yet, and whether it still holds."""

    PENDING = "pending"  # within the grace period: nobody is told
    OPEN = "open"
    CLOSED = "closed"  # it opened, and does not hold any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a rule found; instants are in microseconds since 1970.

    `subject` is what it is about (a key's thumbprint, a lot's key), `low` and `high` the numbers within the subject
    that it is about, `log_index` the record by which it was seen: together with the rule, they name it.
    """

    id: int | None = None  # None until it is kept
    rule: str
    level: Level
    subject: str
    low: int
    high: int
    log_index: int
    member_id: int | None  # the member concerned, who may see it
    evidence: dict[str, Any]
    first_seen: int
    opens_at: int
    closed_at: int | None = None

    @property
    def name(self) -> Name:
        """What makes a finding one and the same."""
        return self.rule, self.subject, self.low, self.high, self.log_index

    @property
    def problem(self) -> Problem:
        """The finding as a sentence."""
        values = {"subject": self.subject, "low": self.low, "high": self.high, "index": self.log_index}
        return Problem(sentence=SENTENCES[self.rule], values=values, level=self.level)

    def state_at(self, now: int) -> FindingState:
        """What it is at an instant."""
        if self.closed_at is not None:
            return FindingState.CLOSED
        return FindingState.OPEN if self.opens_at <= now else FindingState.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingQuery:
    """Which findings somebody asks for, in the order in which they were written; `now` decides what is open."""

    now: int
    state: FindingState | None = None  # None: open and closed ones
    rule: str | None = None
    rules: tuple[str, ...] = ()  # only of these, where any is named
    after: int = 0
    limit: int = 100

    def with_limit(self, limit: int) -> FindingQuery:
        """The same question with another page size."""
        return replace(self, limit=limit)
