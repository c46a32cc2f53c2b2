"""Which fields of an event a sector allows its members to seal; a sector that names none allows none.

The profile decides, as data: `<sector>/sealable.toml` lists fields in groups, each with the words that people use and
the pointers that it means. A pointer is a JSON pointer (RFC 6901) in which `*` stands for exactly one name or place of
a list. The instance tells its connectors, and refuses at admission what the profile does not allow.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from filiere_schemas.provenance.disclosures import may_be_sealed

ANY: Final = "*"
_FILE: Final = "sealable.toml"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_PLACE: Final = "0"  # stands for any place of a list where a pattern is judged as a pointer


class InvalidSealable(ValueError):  # noqa: N818 - named after what it is of, as its neighbours
    """A list of sealable fields that does not hold together; its author mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealableField:
    """A group of fields, with the words that people use for it."""

    pointers: tuple[str, ...]
    fr: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealable:
    """What may be sealed."""

    fields: tuple[SealableField, ...] = ()

    @property
    def patterns(self) -> tuple[str, ...]:
        """Every pointer, in the order of the profile."""
        return tuple(pointer for field in self.fields for pointer in field.pointers)

    def allows(self, pointer: str) -> bool:
        """Whether the field at a pointer may be sealed; a pattern is allowed where everything that it means is."""
        return any(matches(pattern, pointer) for pattern in self.patterns)

    def allows_inside(self, holder: str) -> bool:
        """Whether an object may hold a sealed field at all: the name of a withheld one is not known."""
        return any(matches(pattern.rpartition("/")[0], holder) for pattern in self.patterns)

    def as_json(self) -> list[dict[str, Any]]:
        """Write it as an instance tells its connectors."""
        return [{"pointers": [*field.pointers], "fr": field.fr, "en": field.en} for field in self.fields]

    @classmethod
    def from_json(cls, groups: Any) -> Self:
        """Read what a profile or an instance says.

        Raises:
            InvalidSealable: it has another form, or names a field that no sector may seal.
        """
        if not isinstance(groups, Sequence) or isinstance(groups, str | bytes):
            raise InvalidSealable(f"expected a list of fields, found {type(groups).__name__}")
        return cls(fields=tuple(_field(group) for group in groups))


NOTHING: Final = Sealable()


def parse_sealable(text: str) -> Sealable:
    """Read the text of a `sealable.toml`.

    Raises:
        InvalidSealable: it is no TOML, has other keys, or names a field that no sector may seal.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSealable(str(error)) from error
    if set(content) - {"fields"}:
        raise InvalidSealable(f"expected [[fields]] alone, found {', '.join(sorted(content))}")
    return Sealable.from_json(content.get("fields", []))


def matches(pattern: str, pointer: str) -> bool:
    """Whether a pattern means a pointer; a `*` in the pointer is met by a `*` alone."""
    wanted, found = pattern.split("/"), pointer.split("/")
    return len(wanted) == len(found) and all(w in (ANY, f) for w, f in zip(wanted, found, strict=True))


def expand(pattern: str, event: Mapping[str, Any]) -> Iterator[str]:
    """Give the pointers of the fields of an event that a pattern means, in the event's order; none is no error."""
    yield from _expand(pattern.split("/")[1:], event, "")


def _expand(tokens: Sequence[str], value: Any, at: str) -> Iterator[str]:
    if not tokens:
        yield at
        return
    first, *rest = tokens
    for token, child in _children(value):
        if first in (ANY, token):
            yield from _expand(rest, child, f"{at}/{token}")


def _children(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return ((name.replace("~", "~0").replace("/", "~1"), child) for name, child in value.items())
    if isinstance(value, list):
        return ((str(place), child) for place, child in enumerate(value))
    return ()


def _field(group: Any) -> SealableField:
    if not isinstance(group, Mapping) or set(group) != {"pointers", "fr", "en"}:
        raise InvalidSealable(f"expected pointers, fr and en, found {group!r}")
    pointers, fr, en = group["pointers"], group["fr"], group["en"]
    if not isinstance(pointers, list) or not pointers or not all(isinstance(p, str) for p in (*pointers, fr, en)):
        raise InvalidSealable(f"expected a list of JSON pointers and two sentences, found {group!r}")
    for pointer in pointers:
        # A star for the first name would mean fields that no sector may seal.
        if not pointer.startswith("/") or pointer.startswith(f"/{ANY}") or not may_be_sealed(_judged(pointer)):
            raise InvalidSealable(f"expected a field that may be sealed, found {pointer}")
    return SealableField(pointers=tuple(pointers), fr=fr, en=en)


def _judged(pattern: str) -> str:
    return "/".join(_PLACE if token == ANY else token for token in pattern.split("/"))
