"""A condition of a sector profile in one language, CEL, behind a type of our own.

An expression reads the fields of one event by their names; a field that the event lacks is empty (`""`, `[]`, `{}`), so
that nobody has to ask first. The names of extensions hold a colon: those of the event itself that an expression names
stand in `extension` (`"filiere:organic" in extension`), others in theirs (`"cbvmda:lotNumber" in ilmd`). Numbers of an
event are whole or not as they were written: `double(...)` makes them comparable with `1.5`.

What an expression may cost is bounded when it is read: its length, how deep its parentheses go, one macro over a list.

Source: Common Expression Language, language definition 0.25.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.schema import event_schema

LONGEST: Final = 500  # characters
DEEPEST: Final = 12  # parentheses, brackets and negations inside another
MOST_MACROS: Final = 2  # over lists; none inside another, since lists may be long
GIVEN: Final = ("extension", "tolerance", "amount_in", "amount_out")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|\.?[A-Za-z_]\w*|\d[\w.]*|\S')
_MACROS: Final = frozenset({".all", ".exists", ".exists_one", ".map", ".filter"})
_METHODS: Final = frozenset({".startsWith", ".endsWith", ".contains", ".matches", ".size"})
_FUNCTIONS: Final = frozenset({"size", "has", "double", "int", "string", "timestamp", "duration", "in"})
_LITERALS: Final = frozenset({"true", "false", "null", "in"})
_OPEN, _CLOSED, _PREFIX = "([{", ")]}", "!-"


class InvalidExpression(ValueError):  # noqa: N818 - named after what it is of, as its neighbours
    """An expression that is no CEL, is too long or too deep, or names what no event has."""


class UndecidableError(Exception):
    """An expression that says nothing about this event, such as one that compares a text with a number."""


class Expr:
    """One compiled expression."""

    __slots__ = ("_members", "_program", "names", "source")

    def __init__(self, source: str) -> None:
        """Compile an expression.

        Raises:
            InvalidExpression: why it cannot be used.
        """
        from cel import compile as compile_cel  # half a second: who judges nothing shall not wait for it

        _require_bounded(source)
        try:
            program = compile_cel(source)
        except ValueError as error:
            raise InvalidExpression(str(error).splitlines()[0]) from error
        self.source = source
        self._program = program
        tokens = _TOKEN.findall(source)
        bound = {tokens[at + 2] for at, token in enumerate(tokens[:-2]) if token in _MACROS}
        self.names = tuple(name for name in program.variables() if name not in bound)
        _require_known(tokens, set(self.names), bound)
        # An interpreter copies what it is given: of the extensions it gets those that the expression names.
        self._members = tuple(token[1:-1] for token in tokens if token[0] in "\"'" and ":" in token)

    def holds(self, event: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> bool:
        """Say whether it holds of an event; `given` are values that no event states.

        Raises:
            UndecidableError: it cannot be said of this event.
        """
        empty = _empty_values()
        values: dict[str, Any] = {}
        for name in self.names:
            if name in empty:
                values[name] = event.get(name, empty[name])
            elif name == "extension":
                values[name] = {member: event[member] for member in self._members if member in event}
            elif given is None or given.get(name) is None:
                raise UndecidableError(name)
            else:
                values[name] = given[name]
        try:
            answer = self._program.execute(values)
        except (TypeError, ValueError, KeyError, IndexError, RuntimeError, OverflowError) as error:
            raise UndecidableError(str(error)[:200]) from error
        if not isinstance(answer, bool):
            raise UndecidableError(f"expected true or false, found {answer!r}")
        return answer


def _require_bounded(source: str) -> None:
    if len(source) > LONGEST:
        raise InvalidExpression(f"expected {LONGEST} characters at most, found {len(source)}")
    depth = signs = macros = 0
    inside: list[int] = []  # depths at which a macro over a list was opened
    for token in _TOKEN.findall(source):
        signs = signs + 1 if token in _PREFIX else 0
        if token in _MACROS:
            macros += 1
            if inside or macros > MOST_MACROS:
                raise InvalidExpression(f"expected {MOST_MACROS} macros over lists at most, none inside another")
            inside.append(depth)
        elif token in _OPEN:
            depth += 1
        elif token in _CLOSED:
            depth -= 1
            if inside and depth <= inside[-1]:
                inside.pop()
        if depth + signs > DEEPEST:
            raise InvalidExpression(f"expected {DEEPEST} levels at most")


def _require_known(tokens: list[str], names: set[str], bound: set[str]) -> None:
    unknown = names - set(_empty_values()) - set(GIVEN)
    for at, token in enumerate(tokens):
        called = tokens[at + 1 : at + 2] == ["("]
        if token.startswith(".") and len(token) > 1:
            known = token in _MACROS | _METHODS if called else token[1:] in _field_names()
        elif token[0].isalpha() or token[0] == "_":
            known = token in _FUNCTIONS if called else token in names | bound | _LITERALS
        else:
            continue
        if not known:
            unknown.add(token)
    if unknown:
        raise InvalidExpression(f"unknown name: {', '.join(sorted(unknown))}")


@cache
def _empty_values() -> dict[str, Any]:
    """Every field of an event of any type, with what stands for it where it is not there."""
    empty: dict[str, Any] = {}
    for event_type in EventType:
        for name in event_schema(event_type, long_words=False)["properties"]:
            if name.endswith(("List", "EPCs")):
                empty[name] = []
            elif name in {"readPoint", "bizLocation", "ilmd", "persistentDisposition", "errorDeclaration"}:
                empty[name] = {}
            elif not name.startswith("@"):
                empty[name] = ""
    return empty


@cache
def _field_names() -> frozenset[str]:
    """The names of all fields that an event may have, at any depth."""
    found: set[str] = set()
    left: list[Any] = [event_schema(event_type, long_words=False) for event_type in EventType]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            found.update(value.get("properties", {}))
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return frozenset(found)
