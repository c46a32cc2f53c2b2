"""Change one field of an event at a time: every field at every depth, in every way that a sender gets it wrong.

A mutation has a name, so that a table can say of a place and a mutation what is expected and why.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.epcis.schema_errors import pointer_to

Path = tuple[str | int, ...]

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")
_ZONE: Final = re.compile(r"(Z|[+-]\d{2}:\d{2})$")
# A GS1 key that ends in its check digit, inside a Digital Link.
_CHECKED_KEY: Final = re.compile(r"/(01|414|417|00|253|8003|8006|8017|8018)/(\d{13,18})(?=/|$|\?)")


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One changed event: `place` is the pattern of the pointer (list positions are `*`)."""

    place: str
    name: str
    pointer: str
    event: dict[str, Any]


def mutations(event: dict[str, Any]) -> Iterator[Mutation]:
    """Give every single-field mutation of an event; each holds an event of its own."""
    for path, value in _fields(event):
        for name, change in _changes(value):
            yield _mutated(event, path, name, _put(change(value)))
        yield _mutated(event, path, "drop", _drop)


def _fields(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield (*path, key), member
        yield from _fields(member, (*path, key))


def _mutated(event: dict[str, Any], path: Path, name: str, change: Callable[[Any, Any], None]) -> Mutation:
    mutated = copy.copy(event)
    holder: Any = mutated
    for key in path[:-1]:  # Copy along the path alone: the rest is shared and never written.
        holder[key] = copy.copy(holder[key])
        holder = holder[key]
    change(holder, path[-1])
    place = pointer_to("*" if isinstance(key, int) else key for key in path)
    return Mutation(place=place, name=name, pointer=pointer_to(path), event=mutated)


def _put(new: Any) -> Callable[[Any, Any], None]:
    return lambda holder, key: holder.__setitem__(key, new)


def _drop(holder: Any, key: Any) -> None:
    del holder[key]


def _set(new: Any) -> Callable[[Any], Any]:
    return lambda _: new


def _changes(value: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    yield "to null", _set(None)
    if isinstance(value, bool):
        yield "boolean to text", str
    elif isinstance(value, int | float):
        yield "number to text", str
        yield "number to list", lambda number: [number]
        yield "number to boolean", bool
        yield "number to negative", lambda number: -abs(number) - 1
    elif isinstance(value, list):
        yield "list to object", lambda items: {"0": items}
        yield "list to text", _set("urn:example:text")
        yield "list to empty", _set([])
        yield "list with first element twice", lambda items: [*items, *items[:1]]
        yield "list with a number", lambda items: [*items, 7]
    elif isinstance(value, dict):
        yield "object to list", lambda members: [members]
        yield "object to text", _set("urn:example:text")
        yield "object to empty", _set({})
        yield "object with an unknown field", lambda members: {**members, "bogusField": 1}
        yield "object with an extension", lambda members: {**members, "example:more": {"deep": [1]}}
        yield "object with a badly named extension", lambda members: {**members, "ex ample:more": 1}
    elif isinstance(value, str):
        yield from _text_changes(value)


def _text_changes(text: str) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    yield "text to number", _set(7)
    yield "text to boolean", _set(True)
    yield "text to list", lambda one: [one]
    yield "text to object", lambda one: {"id": one}
    yield "text to empty", _set("")
    yield "text to unknown word", _set("bogus_word")
    yield "text to broken URI", _set("urn:example:a b")
    yield "text to other URI", _set("https://example.com/other")
    yield "text to prefixed name", _set("example:custom")
    yield "text in capitals", str.upper
    if ":" not in text:
        for kind in ("bizstep", "disp", "btt", "sdt", "er"):
            yield f"word to URN of {kind}", lambda word, kind=kind: f"urn:epcglobal:cbv:{kind}:{word}"
        for kind in ("BizStep", "Disp", "BTT", "SDT", "ER", "Comp"):
            yield f"word to address of {kind}", lambda word, kind=kind: f"https://ref.gs1.org/cbv/{kind}-{word}"
        yield "word to older address", lambda word: f"https://ns.gs1.org/cbv/{word}"
        yield "word to address of the web vocabulary", lambda word: f"https://gs1.org/voc/{word}"
        yield "word to prefixed web vocabulary", lambda word: f"gs1:{word}"
    if _INSTANT.fullmatch(text):
        yield "time without zone", lambda time: _ZONE.sub("", time)
        yield "time at 24:00", _set("2026-06-12T24:00:00Z")
        yield "time on a day that is not", _set("2026-02-30T10:00:00Z")
        yield "time in a leap second", _set("2016-12-31T23:59:60Z")
        yield "time in year 0", _set("0000-01-01T00:00:00Z")
        yield "time beyond year 9999", _set("9999-12-31T23:59:59-05:00")
        yield "time with nine digits", _set("2026-06-12T10:00:00.123456789Z")
    if re.fullmatch(r"[+-]\d{2}:\d{2}", text):
        for offset in ("+14:00", "-14:00", "+14:01", "+15:00", "+01:60", "+1:00", "Z", "01:00"):
            yield f"offset {offset}", _set(offset)
    if _CHECKED_KEY.search(text):
        yield "wrong check digit", lambda uri: _CHECKED_KEY.sub(_with_wrong_check_digit, uri, count=1)
    if text.startswith("urn:epc:"):
        yield "EPC with a letter for a digit", lambda uri: re.sub(r"\d", "A", uri, count=1)


def _with_wrong_check_digit(found: re.Match[str]) -> str:
    # Only the check digit of the key: the serial part of 253 and 8003 is not checked.
    length = {"00": 18, "01": 14, "8006": 18, "8017": 18, "8018": 18, "8003": 14}.get(found[1], 13)
    digits = found[2]
    wrong = str((int(digits[length - 1]) + 1) % 10)
    return f"/{found[1]}/{digits[: length - 1]}{wrong}{digits[length:]}"
