"""What a sector profile says of events: its CTEs with their KDEs, its checks, and what these stand on.

As data, in a folder: docs/sectors.md describes each file, `profile.schema.json` is their form. What judges no
event (machines, counters, documents, reports) is kept as it was read, in `content`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from filiere_schemas.problems import Level


class Text(NamedTuple):
    """What a reader is told, in his language."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A law: which events it is about, and from when; `before` is the level until then, None: it asks nothing yet."""

    name: str
    text: Text
    member: str | None = None  # a member of the event, such as an extension, that is there and not false
    start: str = ""  # days as texts, that compare as days do
    until: str = ""
    before: Level | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kde:
    """One key data element: where it may stand, and when it must."""

    name: str
    text: Text
    paths: tuple[str, ...]
    level: Level = "error"
    regime: str | None = None
    when: str | None = None
    unless: str | None = None
    pattern: str | None = None
    words: str | None = None
    absent: str | None = None  # the vocabulary of reasons for which it may be said to be unknown
    refuse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cte:
    """One critical tracking event; an empty list matches anything."""

    name: str
    text: Text
    type: str
    actions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    when: str | None = None
    kdes: tuple[Kde, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something that must hold of events of some CTEs (of every event: none named) where `at` exists."""

    name: str
    text: Text
    holds: str
    level: Level
    refuse: bool = False
    ctes: tuple[str, ...] = ()
    at: str | None = None
    tolerance: str | None = None  # percent
    unit: str | None = None  # in which amount_in and amount_out are added up


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A rule over the events of an object: `rule` is which, `days` how long an event that is missing is waited for."""

    name: str
    text: Text
    rule: str
    level: Level
    days: int = 0
    tolerance: str = "0"  # percent of what was made


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile as its folder says it."""

    name: str
    version: str
    text: Text
    ctes: tuple[Cte, ...]
    checks: tuple[Check, ...]
    neighbours: tuple[Neighbour, ...]
    regimes: Mapping[str, Regime]
    vocabularies: Mapping[str, frozenset[str]]
    content: Mapping[str, Any]  # name of file -> what it holds

    def rules(self) -> Iterator[tuple[str, Text]]:
        """Give every rule that an event can break, with what it asks."""
        for cte in self.ctes:
            yield from ((f"{cte.name}.{kde.name}", kde.text) for kde in cte.kdes)
        yield from ((check.name, check.text) for check in self.checks)


NO_PROFILE: Final = Profile(
    name="",
    version="",
    text=Text("", ""),
    ctes=(),
    checks=(),
    neighbours=(),
    regimes={},
    vocabularies={},
    content={},
)  # of an instance of no sector


def build_profile(name: str, content: Mapping[str, Any]) -> Profile:
    """Build a profile of the content of its files, whose form has been checked."""
    about = content["profile.toml"]
    return Profile(
        name=name,
        version=about["version"],
        text=_text(about),
        ctes=tuple(_cte(item) for item in listed_in(content, "ctes.toml", "cte")),
        checks=tuple(_check(item) for item in listed_in(content, "checks.toml", "check")),
        neighbours=tuple(
            Neighbour(
                name=item["name"],
                text=_text(item),
                rule=item["rule"],
                level=item["level"],
                days=item["days"],
                tolerance=item.get("tolerance", "0"),
            )
            for item in listed_in(content, "neighbours.toml", "neighbour")
        ),
        regimes={item["name"]: _regime(item) for item in about.get("regime", [])},
        vocabularies={
            item["name"]: frozenset(word["name"] for word in item["word"])
            for item in listed_in(content, "words.toml", "vocabulary")
        },
        content=content,
    )


def listed_in(content: Mapping[str, Any], file: str, key: str) -> list[Mapping[str, Any]]:
    """Give the items that a file of a profile lists under a key."""
    items: list[Mapping[str, Any]] = content.get(file, {}).get(key, [])
    return items


def _text(item: Mapping[str, Any]) -> Text:
    return Text(item["fr"], item["en"])


def _regime(item: Mapping[str, Any]) -> Regime:
    return Regime(
        name=item["name"],
        text=_text(item),
        member=item.get("member"),
        start=item.get("from", ""),
        until=item.get("until", ""),
        before=item.get("before"),
    )


def _cte(item: Mapping[str, Any]) -> Cte:
    return Cte(
        name=item["name"],
        text=_text(item),
        type=item["type"],
        actions=tuple(item.get("actions", ())),
        steps=tuple(item.get("steps", ())),
        dispositions=tuple(item.get("dispositions", ())),
        when=item.get("when"),
        kdes=tuple(_kde(kde) for kde in item.get("kde", ())),
    )


def _kde(item: Mapping[str, Any]) -> Kde:
    optional = {
        key: item[key]
        for key in ("level", "regime", "when", "unless", "pattern", "words", "absent", "refuse")
        if key in item
    }
    return Kde(name=item["name"], text=_text(item), paths=tuple(item["paths"]), **optional)


def _check(item: Mapping[str, Any]) -> Check:
    optional = {key: item[key] for key in ("refuse", "at", "tolerance", "unit") if key in item}
    return Check(
        name=item["name"],
        text=_text(item),
        holds=item["holds"],
        level=item["level"],
        ctes=tuple(item.get("ctes", ())),
        **optional,
    )
