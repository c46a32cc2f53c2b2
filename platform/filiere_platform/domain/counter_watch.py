"""Accounts whose limits are watched: which events enter them, and what is found where a limit is broken.

An account is watched for who records an event of it, over what he may see. Where something of what he may know of
cannot be counted, nothing is concluded. One finding tells of an account: of the first place where it breaks a limit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

from filiere_platform.domain.counter_account import (
    ANY_SUBJECT,
    Account,
    CountedEvent,
    Counter,
    counters_within,
    subjects_of,
)
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.sector_rule_sentences import LIMIT_BROKEN, LIMIT_NOT_WATCHED

MOST_WATCHED: Final = 5_000  # events of an account: some seconds of one round
RULES: Final = (LIMIT_BROKEN.code, LIMIT_NOT_WATCHED.code)


class Entry(NamedTuple):
    """An event that enters an account; of one that is sealed the subject is `ANY_SUBJECT`."""

    counter: str
    subject: str
    log_index: int


class Watched(NamedTuple):
    """An account that is watched, and for whom."""

    counter: str
    subject: str
    member_id: int

    @property
    def name(self) -> str:
        """What its findings are about."""
        return f"{self.counter} {self.subject}"


@dataclass(frozen=True)
class Watch:
    """The counters of a profile that are watched, and those that they add up."""

    counters: Mapping[str, Counter]

    @cached_property
    def watched(self) -> tuple[Counter, ...]:
        """Those a break of whose limits is a finding."""
        return tuple(each for each in self.counters.values() if each.level is not None)

    @cached_property
    def digest(self) -> str:
        """Name what is counted: entries of before are of no use where it differs."""
        said = [[_said(each) for each in counters_within(top.name, self.counters)] for top in self.watched]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]

    @cached_property
    def _counting(self) -> tuple[Counter, ...]:
        """Those that are watched, and what they add up, each once."""
        within = {each.name: each for top in self.watched for each in counters_within(top.name, self.counters)}
        return tuple(within.values())

    def entries(self, event: CountedEvent) -> Iterator[Entry]:
        """Give the accounts that an event enters."""
        for counter in self._counting:
            if counter.counts(event.cte):
                for subject in subjects_of(counter, event):
                    yield Entry(counter.name, subject, event.log_index)

    def accounts(self, entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
        """Give the counters that are watched and the subjects whose accounts entries may change."""
        entered = {(entry.counter, entry.subject) for entry in entries if entry.subject != ANY_SUBJECT}
        for top in self.watched:
            within = {each.name for each in counters_within(top.name, self.counters)}
            yield from {(top.name, subject): None for counter, subject in sorted(entered) if counter in within}


def broken_limit(watched: Watched, counter: Counter, account: Account, seen: Mapping[int, bytes]) -> Finding | None:
    """Tell the first place where an account breaks a limit; `seen` are digests of its records, by log index."""
    if account.uncounted or not account.breaches:
        return None
    breach = account.breaches[0]
    index = breach.line.log_index
    evidence = {
        "index": index,
        "sha256": seen[index].hex(),
        "counter": counter.name,
        "account": watched.subject,
        "limit": breach.limit,
        "bound": str(breach.bound),
        "balance": str(breach.line.balance),
        "unit": counter.unit,
        "fr": counter.text.fr,
        "en": counter.text.en,
    }
    return _finding(LIMIT_BROKEN.code, watched, index, str(counter.level), evidence)


def not_watched(watched: Watched, counter: Counter, index: int) -> Finding:
    """Tell that an account has become too large to be watched; `index` is where it did."""
    evidence = {"index": index, "counter": counter.name, "account": watched.subject, "records": MOST_WATCHED}
    return _finding(LIMIT_NOT_WATCHED.code, watched, index, "warning", evidence)


def _finding(rule: str, watched: Watched, index: int, level: Any, evidence: dict[str, Any]) -> Finding:
    return Finding(
        rule=rule,
        level=level,
        subject=watched.name,
        low=watched.member_id,
        high=watched.member_id,
        log_index=index,
        member_id=watched.member_id,
        evidence=evidence,
        first_seen=0,  # the round's to say
        opens_at=0,
    )


def _said(counter: Counter) -> list[Any]:
    """Lay out what a profile says of a counter, its words aside."""
    per = counter.per if isinstance(counter.per, str) else [path.text for path in counter.per]
    limits = [str(counter.least), str(counter.most), counter.level]
    counted = [sorted(counter.adds), sorted(counter.takes), list(counter.of)]
    return [counter.name, counter.unit, per, [path.text for path in counter.amount], *counted, *limits]
