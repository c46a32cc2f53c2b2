"""A finding: what a rule has to say about something, with the evidence for it, until it does not hold any more.

A finding is written when its cause is seen and opens when its grace is over; what is mended before is not told. Both
instants follow from the log alone, so that deriving findings again gives the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

from filiere_platform.domain import (
    case_sentences,
    chain_sentences,
    event_hash_sentences,
    ownership_sentences,
    sector_rule_sentences,
    webhook_sentences,
)
from filiere_schemas.problems import Level, Problem, Sentence

_FOUND = (
    *case_sentences.FOUND,
    *chain_sentences.FOUND,
    *event_hash_sentences.FOUND,
    *ownership_sentences.FOUND,
    *sector_rule_sentences.FOUND,
    *webhook_sentences.FOUND,
)
SENTENCES: dict[str, Sentence] = {sentence.code: sentence for sentence in _FOUND}

Name = tuple[str, str, int, int, int]


class FindingState(StrEnum):
    """Whether a finding is told yet, and whether it still holds."""

    PENDING = "pending"  # within the grace period: nobody is told
    OPEN = "open"
    EXPLAINED = "explained"  # it holds, and its member has said why
    CLOSED = "closed"  # it opened, and does not hold any more, or somebody has closed it


INSTANCE: Final = "instance"  # who closes what does not hold any more


class StepKind(StrEnum):
    """What became of a finding by somebody's hand, and what the instance undid of that."""

    EXPLAINED = "explained"
    TAKEN_BACK = "taken-back"
    CLOSED = "closed"
    REOPENED = "reopened"


class Explaining(StrEnum):
    """Why a finding stands, by its member's own word."""

    DATA_ERROR = "data-error"  # what was sent was wrong, and is or will be corrected
    DATA_LATE = "data-late"  # what is missing is still to come
    AGREED = "agreed"  # as it was agreed with the other party
    RULE_UNFIT = "rule-unfit"  # the rule does not fit what is done here
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingStep:
    """One step of a finding's history; `at` is in microseconds since 1970."""

    number: int  # from 1 on
    kind: StepKind
    at: int
    actor: str  # as acts name who acts, or `INSTANCE`
    on_behalf_of: str | None = None  # a member's URI
    reason: str = ""  # a code of `Explaining`, or why it was closed or reopened
    words: str = ""  # an explanation; it is in no act, so that it can be forgotten
    act: int | None = None  # log index of the act


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
    closed_at: int | None = None  # since when it does not hold
    step: FindingStep | None = None  # the last one, where it was read with it

    @property
    def name(self) -> Name:
        """What makes a finding one and the same."""
        return self.rule, self.subject, self.low, self.high, self.log_index

    @property
    def problem(self) -> Problem:
        """The finding as a sentence."""
        values = {"subject": self.subject, "low": self.low, "high": self.high, "index": self.log_index}
        return Problem(sentence=SENTENCES[self.rule], values=values, level=self.level)

    @property
    def version(self) -> int:
        """How many steps were taken with it."""
        return 0 if self.step is None else self.step.number

    @property
    def closing(self) -> tuple[int, str] | None:
        """Since when it is closed, and by whom."""
        by_hand = self.step if self._is_last(StepKind.CLOSED) else None
        if self.closed_at is not None and (by_hand is None or by_hand.at < self.closed_at):
            return self.closed_at, INSTANCE
        return None if by_hand is None else (by_hand.at, by_hand.actor)

    def state_at(self, now: int) -> FindingState:
        """What it is at an instant."""
        if self.closed_at is not None or self._is_last(StepKind.CLOSED):
            return FindingState.CLOSED
        if self._is_last(StepKind.EXPLAINED):
            return FindingState.EXPLAINED
        return FindingState.OPEN if self.opens_at <= now else FindingState.PENDING

    def _is_last(self, kind: StepKind) -> bool:
        return self.step is not None and self.step.kind is kind


class FindingNews(NamedTuple):
    """What a member is to be told of a finding; `told` is the message that told it last.

    `change` tells what was read from what is noted later; `finding` is None where it was never told and is gone.
    """

    name: Name
    member_id: int
    change: int
    told: str | None
    finding: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingQuery:
    """Which findings somebody asks for, in the order in which they were written; `now` decides what is open."""

    now: int
    state: FindingState | None = None  # None: whatever was told
    unsettled: bool = False  # only what is not closed, explained or not
    rule: str | None = None
    level: Level | None = None
    rules: tuple[str, ...] = ()  # only of these, where any is named
    after: int = 0
    limit: int = 100

    def with_limit(self, limit: int) -> FindingQuery:
        """The same question with another page size."""
        return replace(self, limit=limit)
