"""Where something stands in an event: a JSON pointer in which a token may stand for several places of a list.

`*` is every place of a list, which has one at least; `type=desadv` is some place whose `type` is `desadv`. What stands
at a path is one value, or where it has `*` those of every place.

Source: RFC 6901.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from filiere_schemas.epcis.context import STANDARD_PREFIXES
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.schema import event_schema
from filiere_schemas.problems import escape_pointer_token

EACH: Final = "*"
_OURS: Final = "filiere"

Right = Callable[[Any], bool]
_Look = Callable[[Any, Right], bool]


class FieldPath:
    """One path, taken apart once."""

    __slots__ = ("_filters", "_fits", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tuple(token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:])
        self._filters = tuple(_filter(token) for token in self.tokens)
        self._fits = _looks(self.tokens, self._filters)

    def fits(self, event: Mapping[str, Any], right: Right) -> bool:
        """Say that all is right, at no more cost than that of looking; of another answer `first_wrong` says why."""
        return self._fits(event, right)

    def first_wrong(self, event: Mapping[str, Any], right: Right) -> str | None:
        """Give the pointer of the first place where nothing right stands, None if all is right."""
        return None if self._fits(event, right) else self._wrong(event, 0, right)

    def _wrong(self, value: Any, at: int, right: Right) -> str | None:
        if at == len(self.tokens):
            return None if right(value) else ""
        token, wanted = self.tokens[at], self._filters[at]
        if wanted is None and token != EACH:
            here = "/" + escape_pointer_token(token)
            there = isinstance(value, Mapping) and token in value
            below = self._wrong(value[token], at + 1, right) if there else ""
            return None if below is None else here + below
        if not isinstance(value, list) or not value:
            return ""
        if wanted is not None:
            some = (item for item in value if isinstance(item, Mapping) and item.get(wanted[0]) == wanted[1])
            return None if any(self._wrong(item, at + 1, right) is None for item in some) else ""
        wrong = ((index, self._wrong(item, at + 1, right)) for index, item in enumerate(value))
        return next((f"/{index}{below}" for index, below in wrong if below is not None), None)

    @property
    def list_tokens(self) -> tuple[str, ...] | None:
        """Where the first list stands of which it is about every place; None: about none."""
        return self.tokens[: self.tokens.index(EACH)] if EACH in self.tokens else None

    def values(self, event: Mapping[str, Any], place: int | None = None) -> Iterator[Any]:
        """Give what stands there, in the order of the event; at one place of its first list alone, where one is named.

        Of places that `type=` is about, all are given; what is not there, or empty, is left out.
        """
        yield from self._values(event, 0, place)

    def _values(self, value: Any, at: int, place: int | None) -> Iterator[Any]:
        if at == len(self.tokens):
            if value is not None and value not in ("", [], {}):
                yield value
            return
        token, wanted = self.tokens[at], self._filters[at]
        if wanted is None and token != EACH:
            if isinstance(value, Mapping) and token in value:
                yield from self._values(value[token], at + 1, place)
        elif isinstance(value, list):
            if wanted is not None:
                some = [item for item in value if isinstance(item, Mapping) and item.get(wanted[0]) == wanted[1]]
            elif place is not None:
                some, place = value[place : place + 1], None
            else:
                some = value
            for item in some:
                yield from self._values(item, at + 1, place)

    def exists_in(self, event_type: EventType, prefixes: Mapping[str, str]) -> bool:
        """Tell whether an event of a type may have something there; extensions by their declared prefix."""
        definitions = _schema(event_type)
        node = definitions
        for token, wanted in zip(self.tokens, self._filters, strict=True):
            node = _resolved(definitions, node)
            if token == EACH or wanted:
                node = node.get("items")
            elif ":" in token:
                prefix = token.partition(":")[0]
                return prefix in prefixes or prefix in STANDARD_PREFIXES or prefix == _OURS
            else:
                node = node.get("properties", {}).get(token)
            if node is None:
                return False
        return True


@cache
def _schema(event_type: EventType) -> Mapping[str, Any]:
    return event_schema(event_type, long_words=False)


def _resolved(root: Mapping[str, Any], node: Any) -> Any:
    while "$ref" in node or "then" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node["then"]
    return node


def _filter(token: str) -> tuple[str, str] | None:
    name, equals, value = token.partition("=")
    return (name, value) if equals and ":" not in name and name else None


def _looks(tokens: tuple[str, ...], filters: tuple[tuple[str, str] | None, ...]) -> _Look:
    """Build what looks whether all is right: nearly every event is, and nobody needs to know where."""
    look: _Look = _right
    for token, wanted in zip(reversed(tokens), reversed(filters), strict=True):
        if wanted is None:
            look = _each(look) if token == EACH else _member(token, look)
            continue
        look = _some(*wanted, look)
    return look


def _right(value: Any, right: Right) -> bool:
    return right(value)


def _member(token: str, below: _Look) -> _Look:
    return lambda value, right: isinstance(value, dict) and token in value and below(value[token], right)


def _each(below: _Look) -> _Look:
    def look(value: Any, right: Right) -> bool:
        if not isinstance(value, list) or not value:
            return False
        for item in value:  # noqa: SIM110 - a generator costs more than what it looks at
            if not below(item, right):
                return False
        return True

    return look


def _some(name: str, wanted: str, below: _Look) -> _Look:
    def look(value: Any, right: Right) -> bool:
        if isinstance(value, list):
            for item in value:
                if isinstance(item, dict) and item.get(name) == wanted and below(item, right):
                    return True
        return False

    return look
