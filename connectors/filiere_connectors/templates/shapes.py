"""How the cells of a column are read: told by where its value goes in EPCIS, else by the profile's own examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from filiere_connectors.templates import words
from filiere_connectors.templates.column import EACH, Shape, Tokens
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary
from filiere_schemas.sectors.profile import Profile, Text, listed_in

_OF_MEMBER: Final[Mapping[str, Shape]] = {
    "source": Shape.PARTY,
    "destination": Shape.PARTY,
    "bizTransaction": Shape.DOCUMENT,
    "uom": Shape.UNIT,
}
_LOCATION: Final = "type=location"


def shape_of(tokens: Tokens, seen: Mapping[str, Shape]) -> Shape:
    """Say how a value at a path is read; `seen` is what the examples show, by the name of the member."""
    last = tokens[-1] if tokens[-1] != EACH else tokens[-2]
    if tokens in {("readPoint", "id"), ("bizLocation", "id")} or _LOCATION in tokens:
        return Shape.PLACE
    if tokens[0] in _WORDS_OF or (last == "type" and _list_of(tokens) in _TYPES_OF):
        return Shape.WORD
    if last == "value" and _list_of(tokens) == "sensorReport":
        return Shape.NUMBER
    return _OF_MEMBER.get(last) or seen.get(last, Shape.TEXT)


def standard_words(tokens: Tokens, profile: Profile, cte: str) -> dict[str, Text]:
    """Give the words that the standard has for a path, in the profile's words where it has them; none: any text."""
    if tokens[-1] == "type" and _list_of(tokens) == "bizTransactionList":
        return _document_types(profile, cte)
    if tokens[-1] == "type" and _list_of(tokens) in {"sourceList", "destinationList"}:
        return dict(words.PARTIES)
    vocabulary = _TYPES_OF.get(_list_of(tokens)) if tokens[-1] == "type" else _WORDS_OF.get(tokens[0])
    return {} if vocabulary is None else bare(WORDS[vocabulary].words)


def bare(names: tuple[str, ...]) -> dict[str, Text]:
    """Show words by their names: the standard gives no others."""
    return {name: Text(name, name) for name in names}


def shapes_seen(examples: Mapping[str, Any]) -> dict[str, Shape]:
    """Learn from the examples of a profile what kind of value each of its members has."""
    found: dict[str, Shape] = {}
    for example in examples.values():
        for name, value in _members(example["event"]):
            shape = _shape_seen(value)
            known = found.setdefault(name, shape)
            if known is not shape:
                found[name] = Shape.OPEN if Shape.FLAG in {known, shape} else Shape.TEXT
    return found


_TYPES_OF: Final[Mapping[str, Vocabulary]] = {
    "bizTransactionList": Vocabulary.BIZ_TRANSACTION_TYPE,
    "sourceList": Vocabulary.SOURCE_DESTINATION_TYPE,
    "destinationList": Vocabulary.SOURCE_DESTINATION_TYPE,
    "sensorReport": Vocabulary.MEASUREMENT_TYPE,
}
_WORDS_OF: Final[Mapping[str, Vocabulary]] = {
    "disposition": Vocabulary.DISPOSITION,
    "bizStep": Vocabulary.BIZ_STEP,
    "persistentDisposition": Vocabulary.DISPOSITION,
}


def _list_of(tokens: Tokens) -> str:
    """The list whose element holds the last member; "" where there is none."""
    return tokens[-3] if len(tokens) > 2 and (tokens[-2] == EACH or "=" in tokens[-2]) else ""  # noqa: PLR2004 - name, place, member


def _document_types(profile: Profile, cte: str) -> dict[str, Text]:
    named: dict[str, Text] = {}
    documents = listed_in(profile.content, "documents.toml", "document")
    for document in sorted(documents, key=lambda each: cte not in each.get("ctes", ())):
        for name in document["types"]:
            named.setdefault(name, Text(document["fr"], document["en"]))
    return named | {
        name: Text(name, name) for name in WORDS[Vocabulary.BIZ_TRANSACTION_TYPE].words if name not in named
    }


def _members(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        if name:
            yield name, value
        for member, inner in value.items():
            yield from _members(inner, member)
    elif isinstance(value, list):
        if value and not isinstance(value[0], Mapping | list):
            yield name, value[0]
        else:
            for inner in value:
                yield from _members(inner, name)
    else:
        yield name, value


def _shape_seen(value: Any) -> Shape:
    if isinstance(value, bool):
        return Shape.FLAG
    if isinstance(value, int | float):
        return Shape.NUMBER
    if isinstance(value, Mapping | list):
        return Shape.JSON
    return Shape.DATE if is_day(str(value)) else Shape.TEXT


def is_day(text: str) -> bool:
    """Tell whether a text is a day as ISO 8601 writes it in full."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
