"""From a CTE to the columns of its sheet: what every event needs, its laws, its KDEs, and what its rules name besides.

A KDE is written where the first of its paths leads. One that asks for a lot, a quantity, a unit, a place or a container
has the column that every event has for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from filiere_connectors.proposal_words import UNITS as UNIT_WORDS
from filiere_connectors.templates import words
from filiere_connectors.templates.column import EACH, Column, Shape, Sheet, Tokens, wanted_by
from filiere_connectors.templates.shapes import bare, shape_of, standard_words
from filiere_schemas.epcis.units import UNITS, is_known
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary
from filiere_schemas.sectors.field_path import FieldPath
from filiere_schemas.sectors.profile import Cte, Kde, Profile, Text, listed_in

TRANSFORMATION: Final = "TransformationEvent"
HAS_PARENT: Final = frozenset({"AggregationEvent", "AssociationEvent", "TransactionEvent"})
# The lists of things of an event: instances, then classes with their quantities.
THINGS: Final = ("epcList", "quantityList")
CHILDREN: Final = ("childEPCs", "childQuantityList")
INPUTS: Final = ("inputEPCList", "inputQuantityList")
OUTPUTS: Final = ("outputEPCList", "outputQuantityList")
_THINGS: Final = frozenset((*THINGS, *CHILDREN, *INPUTS, *OUTPUTS))
OF_THING: Final = {"epcClass": "lot", EACH: "lot", "quantity": "quantity", "uom": "unit"}
_FIXED: Final = {
    ("readPoint", "id"): "place",
    ("parentID",): "parent",
    ("bizStep",): "step",
    ("action",): "action",
    ("eventTime",): "time",
}
_NEVER: Final = frozenset(
    {"@context", "type", "eventID", "eventTime", "recordTime", "eventTimeZoneOffset", "errorDeclaration"}
)
# Where in something of the standard the value is that a person writes.
_VALUES: Final[Mapping[str, Tokens]] = {
    path[0]: path
    for path in (
        ("readPoint", "id"),
        ("bizLocation", "id"),
        ("bizTransactionList", EACH, "bizTransaction"),
        ("sourceList", EACH, "source"),
        ("destinationList", EACH, "destination"),
        ("sensorElementList", EACH, "sensorReport", EACH, "value"),
    )
}
# What an element of a list of the standard needs.
_ELEMENTS: Final = {"bizTransactionList": ("type", "bizTransaction"), "sensorReport": ("type", "value", "uom")}
_NAMED: Final = re.compile(r"""["']([A-Za-z][\w-]*:[\w-]+)["']\s+in\s+(extension|ilmd)""")
_ASKED: Final = re.compile(r"""(extension|ilmd)\[["']([A-Za-z][\w-]*:[\w-]+)["']\]""")


@dataclass(slots=True)
class _Sheet:
    """A sheet while it is made."""

    profile: Profile
    cte: Cte
    seen: Mapping[str, Shape]
    constants: dict[str, Any] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    left_out: list[tuple[Kde, str]] = field(default_factory=list)

    def add(self, key: str, shape: Shape, *, heading: Text | None = None, **more: Any) -> Column:
        column = Column(key=key, heading=heading or words.HEADINGS[key], shape=shape, **more)
        self.columns.append(column)
        return column

    def of(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)

    def covers(self, tokens: Tokens) -> bool:
        return any(column.tokens and leads_to(column.tokens, tokens) for column in self.columns)


def build_sheet(profile: Profile, cte: Cte, examples: Mapping[str, Any], seen: Mapping[str, Shape]) -> Sheet:
    """Make the sheet of a CTE; `seen` is what the examples of the profile show of its members."""
    sheet = _Sheet(profile, cte, seen)
    _add_constants(sheet)
    _add_usual(sheet)
    _add_laws(sheet)
    for kde in cte.kdes:
        _add_kde(sheet, kde)
    _complete_lists(sheet)
    _add_named(sheet)
    for example in examples.values():
        if example.get("cte") == cte.name:
            _add_shown(sheet, example["event"], ())
    _name_usual(sheet)
    for language in ("fr", "en"):
        _make_headings_distinct(sheet, language)
    return Sheet(
        cte=cte,
        title=cte.text,
        constants=sheet.constants,
        columns=tuple(sheet.columns),
        left_out=tuple(sheet.left_out),
    )


def leads_to(tokens: Tokens, place: Tokens) -> bool:
    """Tell whether a path leads to a place of an event, or to something around it."""
    return len(tokens) <= len(place) and all(
        one == other or (one == EACH and wanted_by(other) is not None)
        for one, other in zip(tokens, place, strict=False)
    )


def markers(condition: str | None) -> tuple[str, ...]:
    """Name the members whose mere presence makes an event one of a CTE; none where the condition is no such list."""
    if condition is None or "||" in condition or "!" in condition:
        return ()
    return tuple(name for name, where in _NAMED.findall(condition) if where == "extension")


def _add_constants(sheet: _Sheet) -> None:
    cte = sheet.cte
    sheet.constants["type"] = cte.type
    if cte.type != TRANSFORMATION and len(cte.actions) == 1:
        sheet.constants["action"] = cte.actions[0]
    for name, given in (("bizStep", cte.steps), ("disposition", cte.dispositions)):
        if given:
            sheet.constants[name] = given[0]
    sheet.constants |= dict.fromkeys(markers(cte.when), True)


def _add_usual(sheet: _Sheet) -> None:
    cte, profile = sheet.cte, sheet.profile
    sheet.add("event", Shape.TEXT, required=True)
    sheet.add("time", Shape.DATE, required=True)
    sheet.add("clock", Shape.CLOCK)
    if cte.type == TRANSFORMATION:
        sheet.add("side", Shape.WORD, words={"input": words.INPUT, "output": words.OUTPUT}, required=True)
    elif len(cte.actions) != 1:
        named = {name: text for name, text in words.ACTIONS.items() if not cte.actions or name in cte.actions}
        sheet.add("action", Shape.WORD, tokens=("action",), words=named, required=True)
    if len(cte.steps) != 1:
        known = cte.steps or WORDS[Vocabulary.BIZ_STEP].words
        sheet.add("step", Shape.WORD, tokens=("bizStep",), words=bare(known))
    if len(cte.dispositions) > 1:
        sheet.add("disposition", Shape.WORD, tokens=("disposition",), words=bare(cte.dispositions))
    if cte.type in HAS_PARENT:
        sheet.add("parent", Shape.THING, tokens=("parentID",))
    kinds = {item["of"] for item in profile.content["profile.toml"]["identifier"]}
    sheet.add("gtin", Shape.GTIN)
    sheet.add("item", Shape.CODE)
    sheet.add("lot", Shape.CODE)
    if "item" in kinds:
        sheet.add("serial", Shape.CODE)
    sheet.add("id", Shape.THING)
    sheet.add("quantity", Shape.NUMBER)
    sheet.add("unit", Shape.UNIT, words=unit_words(None))
    sheet.add("place", Shape.PLACE, tokens=("readPoint", "id"))


def _add_laws(sheet: _Sheet) -> None:
    for name in dict.fromkeys(kde.regime for kde in sheet.cte.kdes if kde.regime is not None):
        regime = sheet.profile.regimes[name]
        if regime.member is not None and regime.member not in sheet.constants:
            sheet.add(f"/{regime.member}", Shape.FLAG, heading=regime.text, tokens=(regime.member,), help=words.LAW)


def _add_kde(sheet: _Sheet, kde: Kde) -> None:
    tokens = _to_a_value(FieldPath(kde.paths[0]).tokens)
    usual = OF_THING.get(tokens[-1]) if tokens[0] in _THINGS else _FIXED.get(tokens)
    if wanted_by(tokens[-1]) is not None or (tokens[0] in _NEVER | _THINGS and usual is None):
        sheet.left_out.append((kde, kde.paths[0]))
        return
    column = sheet.of(usual) if usual is not None else _around(sheet, tokens)
    if column is None and usual is not None:
        return  # a constant of the CTE says it already
    if column is None:
        key = "/" + "/".join(tokens)
        column = sheet.add(key, shape_of(tokens, sheet.seen), heading=kde.text, tokens=tokens)
        column.words = _words_at(sheet, column)
    column.kdes.append(kde)
    if column.shape is Shape.UNIT and kde.pattern is not None:
        column.words = unit_words(kde.pattern)
    if kde.words is not None and (tokens[0] not in _THINGS or column.shape is Shape.UNIT):
        column.shape = column.shape if column.shape is Shape.UNIT else Shape.WORD
        column.words = vocabulary(sheet.profile, kde.words)
    if kde.absent is not None:
        column.reasons = {**column.reasons, **vocabulary(sheet.profile, kde.absent)}


def _to_a_value(tokens: Tokens) -> Tokens:
    """Lead a path that ends at something of the standard on to what a person writes there."""
    if len(tokens) == 1 and tokens[0] in _THINGS:
        return (*tokens, EACH)
    whole = _VALUES.get(tokens[0], tokens)
    same = all(one == other or wanted_by(one) is not None for one, other in zip(tokens, whole, strict=False))
    return (*tokens, *whole[len(tokens) :]) if same else tokens


def _around(sheet: _Sheet, tokens: Tokens) -> Column | None:
    """Give the column that says the same, or something around it, or something in it."""
    for column in sheet.columns:
        if column.tokens and (column.tokens == tokens or leads_to(column.tokens, tokens)):
            return column
    return next((each for each in sheet.columns if each.tokens[: len(tokens)] == tokens), None)


def _complete_lists(sheet: _Sheet) -> None:
    """Add what an element of a list of the standard needs beside the value that the profile asks for, next to it."""
    for column in [each for each in sheet.columns if len(each.tokens) > 2 and each.tokens[-2] == EACH]:  # noqa: PLR2004
        members = _ELEMENTS.get(column.tokens[-3], ())
        head, last = column.tokens[:-1], column.tokens[-1]
        if last not in members or not column.kdes:
            continue
        heading = column.heading
        column.heading = _joined(heading, words.COMPANIONS[last])
        place = sheet.columns.index(column)
        for member in members:
            tokens = (*head, member)
            if not sheet.covers(tokens):
                added = sheet.add("/" + "/".join(tokens), shape_of(tokens, sheet.seen), heading=heading, tokens=tokens)
                added.heading = _joined(heading, words.COMPANIONS[member])
                added.words = _words_at(sheet, added)
                sheet.columns.insert(place, sheet.columns.pop())
            place = sheet.columns.index(next(each for each in sheet.columns if each.tokens == tokens)) + 1


def _words_at(sheet: _Sheet, column: Column) -> Mapping[str, Text]:
    if column.shape is Shape.UNIT:
        return unit_words(column.kdes[0].pattern if column.kdes else None)
    return distinct(standard_words(column.tokens, sheet.profile, sheet.cte.name))


def _add_named(sheet: _Sheet) -> None:
    """Add the members that conditions and checks name, where no KDE has them: a law may hang on them."""
    cte = sheet.cte
    sources = [cte.when, *(each for kde in cte.kdes for each in (kde.when, kde.unless))]
    sources += [check.holds for check in sheet.profile.checks if cte.name in check.ctes]
    known = {regime.member for regime in sheet.profile.regimes.values()} | set(sheet.constants)
    for source in filter(None, sources):
        found = [(where, name) for name, where in _NAMED.findall(source)] + _ASKED.findall(source)
        for where, name in found:
            tokens = (name,) if where == "extension" else ("ilmd", name)
            holds_others = any(column.tokens[: len(tokens)] == tokens for column in sheet.columns)
            if name not in known and not holds_others and not sheet.covers(tokens):
                _add_member(sheet, tokens, sheet.seen.get(name, Shape.OPEN))


def _add_shown(sheet: _Sheet, value: Any, at: Tokens) -> None:
    """Add what an example of the CTE shows and no column has: its author found it worth a mention."""
    if at and (sheet.covers(at) or at[0] in _NEVER | _THINGS or at[0] in {"filiere:knownAbsent", "disposition"}):
        return
    if at and (at[0] in sheet.constants or any(at == (regime.member,) for regime in sheet.profile.regimes.values())):
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _add_shown(sheet, inner, (*at, name))
    elif isinstance(value, list):
        for inner in value:
            place = (
                f"type={inner['type']}" if at[0] in _TYPED and isinstance(inner, Mapping) and "type" in inner else EACH
            )
            named = inner if place == EACH else {name: each for name, each in inner.items() if name != "type"}
            _add_shown(sheet, named, (*at, place))
    elif at:
        _add_member(sheet, at, shape_of(at, sheet.seen))


_TYPED: Final = frozenset({"sourceList", "destinationList", "bizTransactionList"})


def _add_member(sheet: _Sheet, tokens: Tokens, shape: Shape) -> None:
    name = next(each for each in reversed(tokens) if each != EACH)
    column = sheet.add("/" + "/".join(tokens), shape, heading=Text(name, name), tokens=tokens, help=words.OPTIONAL)
    column.words = _words_at(sheet, column)
    if shape is Shape.OPEN:
        column.help = words.MEMBER


def _name_usual(sheet: _Sheet) -> None:
    """Give a column of every event the words of the one KDE that asks for it."""
    for column in sheet.columns:
        if column.key in {"parent", "quantity", "unit", "place"} and len(column.kdes) == 1:
            column.heading = column.kdes[0].text


def _make_headings_distinct(sheet: _Sheet, language: str) -> None:
    taken: set[str] = set()
    for column in sheet.columns:
        heading = " ".join(getattr(column.heading, language).split())
        name, number = heading, 1
        while name.casefold() in taken:
            number += 1
            name = f"{heading} ({number})"
        taken.add(name.casefold())
        column.heading = column.heading._replace(**{language: name})


def distinct(named: Mapping[str, Text]) -> dict[str, Text]:
    """Tell words apart that are shown alike, by their names."""
    shown = [(text.fr.casefold(), text.en.casefold()) for text in named.values()]
    found = {}
    for name, text in named.items():
        alike = any(sum(each[at] == text[at].casefold() for each in shown) > 1 for at in (0, 1))
        found[name] = Text(f"{text.fr} ({name})", f"{text.en} ({name})") if alike else text
    return found


def vocabulary(profile: Profile, name: str) -> dict[str, Text]:
    """Give the words of a vocabulary of a profile, as they are shown."""
    for item in listed_in(profile.content, "words.toml", "vocabulary"):
        if item["name"] == name:
            return distinct({word["name"]: Text(word["fr"], word["en"]) for word in item["word"]})
    return {}


def unit_words(pattern: str | None) -> dict[str, Text]:
    """Give the units that a pattern allows, those that companies have a word for first."""
    usual: dict[str, str] = {}
    for word, code in UNIT_WORDS.items():
        usual.setdefault(code, word)
    allowed = re.compile(pattern or ".*").fullmatch
    codes = [
        code for code in (*usual, *(each for each in UNITS if each not in usual)) if is_known(code) and allowed(code)
    ]
    named = {code: f"{usual[code]} ({code})" if code in usual else code for code in codes}
    return {code: Text(shown, shown) for code, shown in named.items()}


def _joined(heading: Text, part: Text) -> Text:
    return Text(f"{heading.fr} : {part.fr}", f"{heading.en}: {part.en}")


def things_of(event_type: str, side: str | None) -> tuple[str, str]:
    """Give the lists of an event's things: instances, classes."""
    if event_type == TRANSFORMATION:
        return INPUTS if side == "input" else OUTPUTS
    return CHILDREN if event_type in {"AggregationEvent", "AssociationEvent"} else THINGS


def each_thing_list(event_type: str) -> Iterator[tuple[str | None, tuple[str, str]]]:
    """Give each pair of lists of an event's things, with the side of a transformation."""
    for side in ("input", "output") if event_type == TRANSFORMATION else (None,):
        yield side, things_of(event_type, side)
