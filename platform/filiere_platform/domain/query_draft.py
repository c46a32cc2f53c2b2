"""A query while its parameters are being read: each parameter adds to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from filiere_platform.domain.comparison import Comparison, Operator
from filiere_platform.domain.event_condition import Condition, Part, key_or_text
from filiere_platform.domain.event_query import Described
from filiere_platform.domain.field_name import full_name
from filiere_platform.domain.record import Role
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word


@dataclass(slots=True, kw_only=True)
class QueryDraft:
    """What the parameters read so far ask for; `namespaces` are those that prefixes in names stand for."""

    namespaces: Mapping[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    matches: list[tuple[frozenset[Role], tuple[str, ...]]] = field(default_factory=list)
    described: list[Described] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    patterns: int = 0  # how many were given

    def ask(self, part: Part, operator: Operator, wanted: tuple[Any, ...], *, name: str = "", unit: str = "") -> None:
        """Add a condition on what an event states."""
        comparison = Comparison(operator, wanted)
        self.conditions.append(Condition(part=part, comparison=comparison, name=name, unit=unit))

    def resolved(self, name: str) -> str:
        """Write the name of a field in full, as far as its prefix is known."""
        return full_name(name, self.namespaces) or name


# Alternatives come as a tuple of texts, in whatever form they were given.
Reader = Callable[[QueryDraft, tuple[str, ...]], None]


def one(values: tuple[str, ...]) -> str:
    """Give the single value of a parameter that has no alternatives.

    Raises:
        ValueError: there are several.
    """
    (value,) = values
    return value


def keys(values: tuple[str, ...]) -> tuple[str, ...]:
    """Give the canonical keys of identifiers; what is none compares by its characters.

    Raises:
        ValueError: one of them is empty.
    """
    return tuple(key_or_text(text) for text in texts(values))


def texts(values: tuple[str, ...]) -> tuple[str, ...]:
    """Give the values of a parameter that must not be empty.

    Raises:
        ValueError: one of them is.
    """
    if not all(values):
        raise ValueError(values)
    return values


def words(values: tuple[str, ...], vocabulary: Vocabulary, namespaces: Mapping[str, str]) -> tuple[str, ...]:
    """Give words of a vocabulary bare, and those of others in full, as far as somebody says what a prefix means.

    Raises:
        ValueError: one of them is empty.
    """
    return tuple(_word(word, vocabulary, namespaces) for word in texts(values))


def _word(word: str, vocabulary: Vocabulary, namespaces: Mapping[str, str]) -> str:
    prefix, colon, rest = word.partition(":")
    full = namespaces[prefix] + rest if colon and prefix in namespaces else word
    return bare_word(vocabulary, word) or bare_word(vocabulary, full) or full


def flag(values: tuple[str, ...]) -> bool:
    """Read a yes or no, as JSON writes it.

    Raises:
        ValueError: it is neither.
    """
    value = one(values)
    if value not in {"true", "false"}:
        raise ValueError(value)
    return value == "true"


def whether_given(values: tuple[str, ...]) -> bool:
    """Read the value of an EXISTS parameter, which older bindings leave empty. Source: EPCIS 2.0, 8.2.7.1.

    Raises:
        ValueError: it is something else.
    """
    return one(values) in {"", "1"} or flag(values)
