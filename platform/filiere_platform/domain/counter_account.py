"""The account that a profile's counter keeps of a subject: its lines, its balance, and where it breaks a limit.

Amounts are exact fractions in the counter's unit; of an event they are those of the first path that leads to the
subject. An event that its author has declared erroneous does not count. What is sealed, or does not convert, is named
beside the account, never guessed: the account is then incomplete. Nothing depends on the order in which events come.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any, Final, NamedTuple

from filiere_platform.domain.amount import converted
from filiere_platform.domain.portion import PIECES
from filiere_schemas.identifiers import InvalidIdentifier, identify
from filiere_schemas.problems import Level
from filiere_schemas.sectors.balance import BalanceRules
from filiere_schemas.sectors.field_path import FieldPath
from filiere_schemas.sectors.profile import Text

ANY_SUBJECT: Final = "*"  # of an event that is sealed: whose account it enters cannot be told
_EXACT: Final = BalanceRules()
_SITES: Final = (FieldPath("/readPoint/id"), FieldPath("/bizLocation/id"))
_QUANTITIES: Final = "uantityList"  # quantityList, inputQuantityList, ...
_WRITTEN: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")  # a text; no exponent, which could ask for any size


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """A counter of a profile: `per` is `lot`, `item`, `site`, `member`, or the paths to the value it is kept of."""

    name: str
    text: Text
    unit: str
    per: str | tuple[FieldPath, ...]
    amount: tuple[FieldPath, ...] = ()
    adds: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    of: tuple[str, ...] = ()
    least: Fraction | None = None
    most: Fraction | None = None
    level: Level | None = None  # of the finding that a broken limit opens; None: none does

    @property
    def ctes(self) -> frozenset[str]:
        """The CTEs of the events that it counts itself."""
        return self.adds | self.takes

    def counts(self, cte: str | None) -> bool:
        """Whether events of a CTE are counted."""
        return cte in self.ctes


class CountedEvent(NamedTuple):
    """An event as its reader may see it; `sealed`: something of it is withheld, so that it cannot be counted."""

    event: Mapping[str, Any]
    cte: str | None
    at: int
    log_index: int
    member: str
    sealed: bool = False


class Line(NamedTuple):
    """What an event adds to an account, or takes from it (below zero), and the balance after it."""

    at: int
    log_index: int
    counter: str
    amount: Fraction
    balance: Fraction


class Breach(NamedTuple):
    """A limit that the balance is beyond once all of an instant is counted, whatever came first in it."""

    line: Line
    limit: str  # least, most
    bound: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account of a subject; `uncounted` are log indexes of events whose amount is sealed or does not convert."""

    lines: tuple[Line, ...]
    breaches: tuple[Breach, ...]
    uncounted: tuple[int, ...]

    @property
    def balance(self) -> Fraction:
        """Give what is left after the last line."""
        return self.lines[-1].balance if self.lines else Fraction(0)


class _Entry(NamedTuple):
    at: int
    log_index: int
    counter: str
    amount: Fraction | None  # None: it cannot be told


def counters_of(listed: Iterable[Mapping[str, Any]]) -> dict[str, Counter]:
    """Build the counters that a profile lists in `counters.toml`, whose form has been checked."""
    return {each["name"]: _counter(each) for each in listed}


def counters_within(name: str, counters: Mapping[str, Counter]) -> tuple[Counter, ...]:
    """Give a counter and those that it adds up, each once."""
    found = {name: counters[name]}
    for each in counters[name].of:
        found |= {inner.name: inner for inner in counters_within(each, counters)}
    return tuple(found.values())


def concerns(counter: Counter, subject: str, event: CountedEvent, rules: BalanceRules = _EXACT) -> bool:
    """Tell whether an event is in the account of a subject, or beside it; others need not be kept in memory."""
    return event.sealed or bool(_amount(counter, subject, event, rules))


def subjects_of(counter: Counter, event: CountedEvent) -> frozenset[str]:
    """Give whose accounts an event of one of the counter's CTEs enters; see `concerns`."""
    if event.sealed:
        return frozenset({ANY_SUBJECT})
    return frozenset(
        subject
        for path in counter.amount
        for place in _places(path, event.event)
        if any(True for _ in path.values(event.event, place))
        for subject in _subjects_at(counter, path, event, place)
    )


def account_of(
    name: str,
    subject: str,
    events: Iterable[CountedEvent],
    counters: Mapping[str, Counter],
    rules: BalanceRules = _EXACT,
) -> Account:
    """Work out the account of a subject: a canonical key, a member's URI, or the value that `per` leads to.

    A counter's `of` adds up other counters, each by its own `per`, in the unit of this one; a profile whose counters
    come back to themselves is not read, so that this ends.
    """
    standing = _standing(events)
    entries = sorted(_entries(counters[name], subject, standing, counters, rules), key=lambda each: each[:3])
    lines: list[Line] = []
    balance = Fraction(0)
    for entry in entries:
        if entry.amount is not None:
            balance += entry.amount
            lines.append(Line(entry.at, entry.log_index, entry.counter, entry.amount, balance))
    return Account(
        lines=tuple(lines),
        breaches=tuple(_breaches(counters[name], lines)),
        uncounted=tuple(sorted({each.log_index for each in entries if each.amount is None})),
    )


def _counter(item: Mapping[str, Any]) -> Counter:
    per = item["per"]
    return Counter(
        name=item["name"],
        text=Text(item["fr"], item["en"]),
        unit=item["unit"],
        per=per if isinstance(per, str) else tuple(map(FieldPath, per)),
        amount=tuple(map(FieldPath, item.get("amount", ()))),
        adds=frozenset(item.get("adds", ())),
        takes=frozenset(item.get("takes", ())),
        of=tuple(item.get("of", ())),
        least=Fraction(item["least"]) if "least" in item else None,
        most=Fraction(item["most"]) if "most" in item else None,
        level=item.get("level"),
    )


def _standing(events: Iterable[CountedEvent]) -> list[CountedEvent]:
    """Leave out what declares an error, and the event of the same member that it declares erroneous."""
    known = {each.log_index: each for each in events}.values()
    declared = {(each.member, each.event.get("eventID")) for each in known if "errorDeclaration" in each.event}
    return [each for each in known if (each.member, each.event.get("eventID")) not in declared]


def _entries(
    counter: Counter,
    subject: str,
    events: Sequence[CountedEvent],
    counters: Mapping[str, Counter],
    rules: BalanceRules,
) -> Iterator[_Entry]:
    for event in events:
        sign = (event.cte in counter.adds) - (event.cte in counter.takes)
        if not sign:
            continue
        if event.sealed:
            yield _Entry(event.at, event.log_index, counter.name, None)
            continue
        stated = _amount(counter, subject, event, rules)
        if stated:
            total = None if None in stated else sum((each for each in stated if each is not None), Fraction(0))
            yield _Entry(event.at, event.log_index, counter.name, None if total is None else sign * total)
    for name in counter.of:
        for entry in _entries(counters[name], subject, events, counters, rules):
            amount = entry.amount
            if amount is not None:
                amount = converted(amount, counters[name].unit, counter.unit, key=subject, rules=rules)
            yield entry._replace(amount=amount)


def _amount(counter: Counter, subject: str, event: CountedEvent, rules: BalanceRules) -> list[Fraction | None]:
    """Give the amounts of an event that are the subject's, None for one that does not convert; empty: it is not its."""
    for path in counter.amount:
        found = [
            _in_unit(counter, path, event.event, place, rules)
            for place in _places(path, event.event)
            if subject in _subjects_at(counter, path, event, place)
            and any(True for _ in path.values(event.event, place))
        ]
        if found:
            return found
    return []


def _places(path: FieldPath, event: Mapping[str, Any]) -> Sequence[int | None]:
    if path.list_tokens is None:
        return (None,)
    value: Any = event
    for token in path.list_tokens:
        value = value.get(token) if isinstance(value, Mapping) else None
    return range(len(value)) if isinstance(value, list) else ()


def _subjects_at(counter: Counter, path: FieldPath, event: CountedEvent, place: int | None) -> Iterator[str]:
    """Give whose what stands at a place is."""
    if counter.per == "member":
        yield event.member
    elif counter.per == "site":
        found = next((value for each in _SITES for value in each.values(event.event)), None)
        if found is not None:
            yield _key(found) or str(found)
    elif isinstance(counter.per, str):
        yield from filter(None, map(_key, _beside(path, "epcClass", event.event, place)))
    else:
        for each in counter.per:
            # A value in the same list as the amount is about its own place alone.
            values = list(each.values(event.event, place if each.list_tokens == path.list_tokens else None))
            if values:
                yield from map(str, values)
                return


def _beside(path: FieldPath, member: str, event: Mapping[str, Any], place: int | None) -> list[Any]:
    tokens = (*path.text.split("/")[:-1], member)
    return list(FieldPath("/".join(tokens)).values(event, place))


def _in_unit(
    counter: Counter, path: FieldPath, event: Mapping[str, Any], place: int | None, rules: BalanceRules
) -> Fraction | None:
    """Give an amount in the counter's unit; a quantity without a unit counts pieces, another value is in this unit."""
    stated = next((each for each in _beside(path, "uom", event, place) if isinstance(each, str)), None)
    unit = stated or (PIECES if any(token.endswith(_QUANTITIES) for token in path.tokens) else counter.unit)
    key = next((found for each in _beside(path, "epcClass", event, place) if (found := _key(each))), "")
    total = Fraction(0)
    for value in path.values(event, place):
        number = _number(value)
        amount = None if number is None else converted(number, unit, counter.unit, key=key, rules=rules)
        if amount is None:
            return None
        total += amount
    return total


def _number(value: Any) -> Fraction | None:
    """Read a number as it was written: of a float the shortest text that reads back as it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        return Fraction(value) if _WRITTEN.fullmatch(value) else None
    return Fraction(str(value)) if math.isfinite(value) else None


def _key(uri: Any) -> str | None:
    try:
        return identify(uri).key if isinstance(uri, str) else None
    except InvalidIdentifier:
        return None


def _breaches(counter: Counter, lines: Sequence[Line]) -> Iterator[Breach]:
    for _, together in groupby(lines, key=lambda line: line.at):
        *_, last = together
        if counter.least is not None and last.balance < counter.least:
            yield Breach(last, "least", counter.least)
        if counter.most is not None and last.balance > counter.most:
            yield Breach(last, "most", counter.most)
