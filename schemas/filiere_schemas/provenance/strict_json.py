"""Read JSON that every reader understands the same way.

What parsers disagree on is refused: duplicate keys, NaN and infinities, integers that a double cannot hold,
lone surrogates, a byte order mark, deep nesting. Without this, a signature could cover bytes that its
signer, the platform and an auditor read as three different events.

The fast path needs no second parser: what `orjson` reads and writes back byte for byte has no duplicate key
(its dictionary would be shorter), no NaN, no escape that could hide a surrogate. Everything else goes to the
slow path, which alone pronounces refusals; so both give one verdict.

A number with a fraction or an exponent is read as a double, as JavaScript does; only integers written as such
are bounded. Sources: RFC 8259 (JSON); RFC 7493, sections 2.1 to 2.3 (I-JSON).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import sentences
from filiere_schemas.provenance.json_library import orjson
from filiere_schemas.provenance.place import Place, pointer_of

MAX_DEPTH = 64  # levels of arrays and objects; EPCIS events use about 8
MAX_SAFE_INTEGER = 2**53 - 1  # RFC 7493, section 2.2
MAX_PROBLEMS = 100  # reasons that one refusal lists, so that a hostile document cannot make a huge answer

# An integer beyond 2^53-1 has 16 digits or more, after one of `:,[-` or at the very start. Rewriting every digit
# as 0 and each of these as `:` makes it one substring search, six times faster than a regular expression; a
# match inside a string costs only time.
_SHAPES = bytes.maketrans(b"123456789,[-", b"000000000:::")
_MAYBE_LARGE = b":" + b"0" * 16
_MAYBE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_DIGITS_OF_MAX_SAFE_INTEGER = 16
_BYTE_ORDER_MARK = "\ufeff"


class InvalidJson(Refusal):
    """Bytes that are not JSON, or that two parsers could read differently."""


def strict_loads(raw: bytes) -> Any:
    """Read one JSON value that has a single reading.

    Costs about 5 microseconds per kilobyte for JSON without white space, ten times more otherwise.

    Raises:
        InvalidJson: with every flaw found (at most MAX_PROBLEMS) and its JSON pointer.
    """
    if orjson is None:
        return _strict_loads_slowly(raw)
    try:
        value = orjson.loads(raw)
        proven = orjson.dumps(value) == raw
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return _strict_loads_slowly(raw)
    if proven and not _may_hold_large_integer(raw) and _is_shallow(raw, value):
        return value
    return _strict_loads_slowly(raw)


def _may_hold_large_integer(raw: bytes) -> bool:
    return _MAYBE_LARGE in raw.translate(_SHAPES) or raw[:1].isdigit()


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Stands in the tree for a number that is refused."""

    sentence: Sentence
    found: str


@dataclass(frozen=True, slots=True)
class _Repeating:
    """Stands in the tree for an object with duplicate keys."""

    members: list[tuple[str, Any]]


@dataclass(slots=True)
class _Hooks:
    """What the standard library's parser calls; flaws stay in the tree so that a walk can give their pointers."""

    flawed: bool = field(default=False)

    def members(self, members: list[tuple[str, Any]]) -> dict[str, Any] | _Repeating:
        value = dict(members)
        if len(value) == len(members):
            return value
        self.flawed = True
        return _Repeating(members)

    def integer(self, text: str) -> int | _Flaw:
        digits = text.removeprefix("-")
        # The length comes first: Python refuses to convert thousands of digits.
        if len(digits) > _DIGITS_OF_MAX_SAFE_INTEGER or int(digits) > MAX_SAFE_INTEGER:
            self.flawed = True
            return _Flaw(sentences.INTEGER_TOO_LARGE, text)
        return int(text)

    def double(self, text: str) -> float | _Flaw:
        value = float(text)
        return value if math.isfinite(value) else self.constant(text)

    def constant(self, text: str) -> _Flaw:
        self.flawed = True
        return _Flaw(sentences.NOT_A_NUMBER, text)


def _strict_loads_slowly(raw: bytes) -> Any:
    """Read with the standard library; the only path that refuses.

    Raises:
        InvalidJson: as `strict_loads`.
    """
    text = _decode(raw)
    hooks = _Hooks()
    try:
        value = json.loads(
            text,
            object_pairs_hook=hooks.members,
            parse_int=hooks.integer,
            parse_float=hooks.double,
            parse_constant=hooks.constant,
        )
    except json.JSONDecodeError as error:
        raise _refusal(sentences.NOT_JSON, offset=error.pos) from error
    except RecursionError as error:
        # Python's own limit is far above ours: this depth is refused either way.
        raise _refusal(sentences.NESTED_TOO_DEEP, limit=MAX_DEPTH) from error
    if hooks.flawed or _MAYBE_SURROGATE.search(raw) or not _is_shallow(raw, value):
        problems = list(islice(_problems(value, None, 1), MAX_PROBLEMS))
        if problems:
            raise InvalidJson(problems)
    return value


def _decode(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(sentences.NOT_UTF8, offset=error.start) from error
    if text.startswith(_BYTE_ORDER_MARK):
        raise _refusal(sentences.NOT_UTF8, offset=0)
    return text


def _refusal(sentence: Sentence, **values: object) -> InvalidJson:
    return InvalidJson([Problem(sentence=sentence, values=values)])


def _is_shallow(raw: bytes, value: Any) -> bool:
    """Whether nesting is proven within MAX_DEPTH; counting brackets settles most documents."""
    if raw.count(b"{") + raw.count(b"[") <= MAX_DEPTH:
        return True
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for container in level for child in _children(container) if type(child) in _CONTAINERS]
        if not level:
            return True
    return False


_CONTAINERS = frozenset({dict, list, _Repeating})


def _children(value: Any) -> Any:
    if type(value) is dict:
        return value.values()
    if type(value) is _Repeating:
        return [child for _, child in value.members]
    return value if type(value) is list else ()


def _problems(value: Any, place: Place | None, depth: int) -> Iterator[Problem]:
    """Walk a tree and say every flaw; `depth` is the level that `value` opens if it is a container."""
    if isinstance(value, _Flaw):
        yield Problem(sentence=value.sentence, pointer=pointer_of(place), values={"found": value.found})
    elif isinstance(value, str):
        if not _is_unicode(value):
            yield Problem(sentence=sentences.LONE_SURROGATE, pointer=pointer_of(place))
    elif isinstance(value, dict | list | _Repeating):
        if depth > MAX_DEPTH:
            values = {"limit": MAX_DEPTH}
            yield Problem(sentence=sentences.NESTED_TOO_DEEP, pointer=pointer_of(place), values=values)
        elif isinstance(value, list):
            for index, child in enumerate(value):
                yield from _problems(child, Place(place, index), depth + 1)
        else:
            yield from _member_problems(value, place, depth)


def _member_problems(value: dict[str, Any] | _Repeating, parent: Place | None, depth: int) -> Iterator[Problem]:
    seen: set[str] = set()
    for key, child in value.members if isinstance(value, _Repeating) else value.items():
        place = Place(parent, key)
        if not _is_unicode(key):
            yield Problem(sentence=sentences.LONE_SURROGATE, pointer=place.pointer())
        if key in seen:
            shown = key.encode("utf-8", "replace").decode()
            yield Problem(sentence=sentences.DUPLICATE_KEY, pointer=place.pointer(), values={"key": shown})
        seen.add(key)
        yield from _problems(child, place, depth + 1)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
