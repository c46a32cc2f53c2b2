"""Tell what a JSON Schema finds as problems: a sentence in two languages, at a JSON pointer.

The schema library names the keyword that failed and where; the names under `$defs` say which rule of ours it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sized
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, cast

import jsonschema_rs

from filiere_schemas.epcis import sentences
from filiere_schemas.epcis.event import Action
from filiere_schemas.epcis.event_time import NAIVE
from filiere_schemas.epcis.limits import DEEPEST, MOST_PROBLEMS
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, bare_word
from filiere_schemas.problems import Level, Problem, Sentence, escape_pointer_token

_LONGEST_WORD: Final = 64  # characters of a wrong word that are compared; the longest right one has 30
_JSON_TYPES: Final[dict[type, str]] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}


def problems_of(errors: Iterable[jsonschema_rs.ValidationError]) -> list[Problem]:
    """Tell each schema error as a problem, each place and code once, at most `MOST_PROBLEMS`."""
    told: dict[tuple[str, str, str], Problem] = {}
    for error in errors:
        for problem in _problems(error):
            told.setdefault((problem.pointer, problem.code, str(problem.values.get("field"))), problem)
        if len(told) >= MOST_PROBLEMS:
            break
    return list(told.values())[:MOST_PROBLEMS]


def unknown_word(vocabulary: Vocabulary | None, found: str, pointer: str, *, level: Level = "error") -> Problem:
    """Tell a word that its vocabulary (None: the actions) does not have, with the words that look like it."""
    close = _close_words(vocabulary, re.split(r"[/:-]", found)[-1][:_LONGEST_WORD])
    values = {"found": found, "vocabulary": vocabulary or "action", "close": close}
    return Problem(sentence=sentences.UNKNOWN_WORD, pointer=pointer, values=values, level=level)


def type_name(value: Any) -> str:
    """Name the JSON type of a value."""
    return _JSON_TYPES.get(type(value), type(value).__name__)


def pointer_to(path: Iterable[str | int]) -> str:
    """Write a path as a JSON pointer. Source: RFC 6901, section 3."""
    return "".join("/" + escape_pointer_token(str(token)) for token in path)


def _problems(error: jsonschema_rs.ValidationError) -> list[Problem]:
    path = [str(token) for token in error.schema_path]
    pointer = pointer_to(error.instance_path)
    rule = next((token for token in path if token.startswith("rule-")), None)
    if rule is not None:
        return [_broken_rule(rule, pointer)]
    kind: Any = error.kind  # each keyword has its own class with its own attributes
    if kind.name == "additionalProperties":
        return [_unexpected(name, pointer) for name in kind.unexpected]
    told = _BY_KEYWORD.get(kind.name)
    if told is None:
        return [Problem(sentence=sentences.SCHEMA_VIOLATION, pointer=pointer, values={"rule": "/".join(path)})]
    return [told(error, kind, path, pointer)]


def _broken_rule(rule: str, pointer: str) -> Problem:
    if rule == "rule-ilmd":
        return Problem(sentence=sentences.ILMD_NOT_ALLOWED, pointer=pointer)
    if rule == "rule-transformation":
        return Problem(sentence=sentences.ONE_SIDED, pointer=pointer)
    expected = "childEPCs, childQuantityList" if rule == "rule-children" else "epcList, quantityList, sensorElementList"
    return Problem(sentence=sentences.NOTHING_OBSERVED, pointer=pointer, values={"expected": expected})


def _wrong_type(error: jsonschema_rs.ValidationError, kind: Any, path: list[str], pointer: str) -> Problem:
    if f"nested-{DEEPEST}" in path:
        return Problem(sentence=sentences.NESTED_TOO_DEEP, pointer=pointer, values={"limit": DEEPEST})
    expected = " | ".join(kind.types)
    return Problem(
        sentence=sentences.WRONG_TYPE,
        pointer=pointer,
        values={"expected": expected, "found": type_name(error.instance)},
    )


def _missing(_error: jsonschema_rs.ValidationError, kind: Any, _path: list[str], pointer: str) -> Problem:
    return Problem(sentence=sentences.MISSING_FIELD, pointer=pointer, values={"field": kind.property})


def _unexpected(name: str, pointer: str) -> Problem:
    place = f"{pointer}/{escape_pointer_token(name)}"
    return Problem(sentence=sentences.UNKNOWN_FIELD, pointer=place, values={"field": name})


def _bad_name(_error: jsonschema_rs.ValidationError, kind: Any, _path: list[str], pointer: str) -> Problem:
    inner: jsonschema_rs.ValidationError = kind.error
    name = str(inner.instance)
    inner_kind: Any = inner.kind
    place = f"{pointer}/{escape_pointer_token(name)}"
    if inner_kind.name == "maxLength":
        return _too_long(inner, inner_kind, [], place)
    sentence = sentences.INVALID_EXTENSION_NAME if ":" in name else sentences.UNKNOWN_FIELD
    return Problem(sentence=sentence, pointer=place, values={"field": name})


def _bad_format(error: jsonschema_rs.ValidationError, kind: Any, _path: list[str], pointer: str) -> Problem:
    found = str(error.instance)
    if kind.format == "date-time":
        sentence = sentences.NAIVE_EVENT_TIME if NAIVE.fullmatch(found) else sentences.INVALID_TIME
    else:
        sentence = sentences.INVALID_URI
    return Problem(sentence=sentence, pointer=pointer, values={"found": found})


def _bad_pattern(error: jsonschema_rs.ValidationError, _kind: Any, path: list[str], pointer: str) -> Problem:
    by_field: dict[str, Sentence] = {
        "eventTimeZoneOffset": sentences.BAD_ZONE_OFFSET,
        "uom": sentences.UNKNOWN_UNIT,
        "hexBinaryValue": sentences.INVALID_HEX,
        "schemaVersion": sentences.INVALID_VERSION,
    }
    field = path[-2]
    if field not in by_field:
        return Problem(sentence=sentences.SCHEMA_VIOLATION, pointer=pointer, values={"rule": "/".join(path)})
    return Problem(sentence=by_field[field], pointer=pointer, values={"found": error.instance})


def _not_a_word(error: jsonschema_rs.ValidationError, _kind: Any, path: list[str], pointer: str) -> Problem:
    found = str(error.instance)
    vocabulary = _vocabulary(path)
    bare = bare_word(vocabulary, found) if vocabulary else None
    if bare is not None:
        return Problem(sentence=sentences.LONG_WORD, pointer=pointer, values={"found": found, "word": bare})
    return unknown_word(vocabulary, found, pointer)


@lru_cache(maxsize=1024)  # A faulty mapping sends the same wrong word with every event; finding its kin takes 1 ms.
def _close_words(vocabulary: Vocabulary | None, found: str) -> str:
    words = WORDS[vocabulary].words if vocabulary else tuple(Action)
    return ", ".join(get_close_matches(found, words, n=3, cutoff=0.5) or words[:3])


def _vocabulary(path: list[str]) -> Vocabulary | None:
    return next((Vocabulary(token[5:]) for token in path if token.startswith("word-")), None)


def _too_long(error: jsonschema_rs.ValidationError, kind: Any, _path: list[str], pointer: str) -> Problem:
    values = {"limit": kind.limit, "found": len(cast("Sized", error.instance))}
    return Problem(sentence=_BY_LIMIT[kind.name], pointer=pointer, values=values)


def _repeated(_error: jsonschema_rs.ValidationError, _kind: Any, _path: list[str], pointer: str) -> Problem:
    return Problem(sentence=sentences.REPEATED_VALUE, pointer=pointer)


_BY_LIMIT: Final[dict[str, Sentence]] = {
    "maxLength": sentences.TEXT_TOO_LONG,
    "maxItems": sentences.LIST_TOO_LONG,
    "maxProperties": sentences.TOO_MANY_FIELDS,
    "minItems": sentences.EMPTY_LIST,
    "minProperties": sentences.EMPTY_LIST,
}
_BY_KEYWORD: Final[dict[str, Callable[[jsonschema_rs.ValidationError, Any, list[str], str], Problem]]] = {
    "type": _wrong_type,
    "required": _missing,
    "propertyNames": _bad_name,
    "format": _bad_format,
    "pattern": _bad_pattern,
    "enum": _not_a_word,
    "not": _not_a_word,
    "uniqueItems": _repeated,
    **dict.fromkeys(_BY_LIMIT, _too_long),
}
