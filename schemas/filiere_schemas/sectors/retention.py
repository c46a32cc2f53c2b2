"""How long a sector keeps what its events say, and by which law, as data: `<sector>/retention.toml`.

A rule applies to events by their type, their business step, a member that they carry, or to all. Times count from the
event's own time. Where several rules apply, the longest decides, unless a rule says that it takes the place of another:
six months for what perishes instead of five years, but still two years where another law asks for two.
"""

from __future__ import annotations

import re
import tomllib
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

_FILE: Final = "retention.toml"
_SECTOR: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,99}")
_DURATION: Final = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?")
_NEEDED: Final = frozenset({"name", "what", "keep", "fr", "en"})
_OPTIONAL: Final = frozenset({"types", "steps", "member", "replaces"})
_MONTHS: Final = 12
_SHORTEST_MONTH, _SHORTEST_YEAR = 28, 365  # days


class InvalidRetention(ValueError):  # noqa: N818 - named after what it is of, as its neighbours
    """Rules that do not hold together; their author mends them."""


class Kept(StrEnum):
    """What a rule is about."""

    PAYLOAD = "payload"
    DISCLOSURES = "disclosures"  # sealed fields alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A span of the calendar. Source: ISO 8601-1:2019, 5.5.2 (durations, without a time of day)."""

    months: int = 0  # a year is twelve
    days: int = 0  # a week is seven

    def end(self, start: datetime) -> datetime:
        """Give the instant at which a span from `start` is over; the 31st of a shorter month is its last day."""
        months = start.year * _MONTHS + start.month - 1 + self.months
        year, month = divmod(months, _MONTHS)
        day = min(start.day, monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day) + timedelta(days=self.days)

    @property
    def shortest(self) -> timedelta:
        """A span that no calendar makes longer than this one: whatever is younger is surely not over."""
        years, months = divmod(self.months, _MONTHS)
        return timedelta(days=years * _SHORTEST_YEAR + months * _SHORTEST_MONTH + self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """How long something is kept of some events, and why; without a condition, of all."""

    name: str
    what: Kept
    keep: Period
    fr: str  # the legal basis in words
    en: str
    types: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()  # bare words of the CBV, or URIs
    member: str | None = None  # a member of the event, such as an extension, that is there and not false
    replaces: tuple[str, ...] = ()

    def applies_to(self, event: Mapping[str, Any]) -> bool:
        """Whether the rule is about an event."""
        if self.types and event.get("type") not in self.types:
            return False
        if self.steps and not _names(event.get("bizStep"), self.steps):
            return False
        return self.member is None or event.get(self.member) not in (None, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The rules of a sector."""

    rules: tuple[RetentionRule, ...] = ()

    def rule_for(self, event: Mapping[str, Any], what: Kept) -> RetentionRule | None:
        """Choose the rule that decides about an event; None: nothing says how long, so it is kept."""
        found = [rule for rule in self.rules if rule.what is what and rule.applies_to(event)]
        replaced = {name for rule in found for name in rule.replaces}
        left = [rule for rule in found if rule.name not in replaced]
        return max(left, key=lambda rule: rule.keep.shortest, default=None)

    @property
    def shortest(self) -> timedelta | None:
        """The shortest span of all rules: no event that is younger is due. None without rules."""
        return min((rule.keep.shortest for rule in self.rules), default=None)


def parse_retention(text: str) -> Retention:
    """Read the text of a `retention.toml`.

    Raises:
        InvalidRetention: it is no TOML, or a rule has other keys, no period, or replaces one that is not there.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRetention(str(error)) from error
    if set(content) - {"retention"}:
        raise InvalidRetention(f"expected [[retention]] alone, found {', '.join(sorted(content))}")
    rules = tuple(_rule(item) for item in content.get("retention", []))
    names = [rule.name for rule in rules]
    unknown = {name for rule in rules for name in rule.replaces} - set(names)
    if unknown or len(set(names)) != len(names):
        raise InvalidRetention(f"expected each name once and replaced rules among them, found {', '.join(names)}")
    return Retention(rules=rules)


def read_period(text: str) -> Period:
    """Read `P5Y`, `P6M`, `P24M`, `P2W`, `P1Y6M`: years, months, weeks, days.

    Raises:
        InvalidRetention: it is no such duration, or no time at all.
    """
    match = _DURATION.fullmatch(text)
    years, months, weeks, days = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    if not years + months + weeks + days:
        raise InvalidRetention(f"expected a duration such as P5Y or P6M, found {text!r}")
    return Period(months=years * _MONTHS + months, days=weeks * 7 + days)


def _rule(item: Any) -> RetentionRule:
    if not isinstance(item, Mapping) or not set(item) >= _NEEDED or set(item) - _NEEDED - _OPTIONAL:
        raise InvalidRetention(f"expected {', '.join(sorted(_NEEDED))}, found {item!r}")
    texts = [item[name] for name in (*sorted(_NEEDED), *({"member"} & set(item)))]
    if not all(isinstance(text, str) and text for text in texts) or not _NAME.fullmatch(item["name"]):
        raise InvalidRetention(f"expected texts and a name of small letters, found {item!r}")
    if item["what"] not in set(Kept):
        raise InvalidRetention(f"expected {', '.join(Kept)}, found {item['what']!r}")
    return RetentionRule(
        name=item["name"],
        what=Kept(item["what"]),
        keep=read_period(item["keep"]),
        fr=item["fr"],
        en=item["en"],
        types=_texts(item, "types"),
        steps=_texts(item, "steps"),
        member=item.get("member"),
        replaces=_texts(item, "replaces"),
    )


def _texts(item: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = item.get(name, [])
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise InvalidRetention(f"expected a list of texts in {name}, found {value!r}")
    return tuple(value)


def _names(step: Any, wanted: Iterable[str]) -> bool:
    """Whether a business step is one of some words, be it written as a bare word, a URN or a web address."""
    return isinstance(step, str) and any(step == word or re.split(r"[:/-]", step)[-1] == word for word in wanted)
