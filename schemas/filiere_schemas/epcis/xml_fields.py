"""Read the fields of an event from their XML elements into the values that JSON gives them.

Only what XML itself says is judged: which element may stand where, that texts are texts. A number that is none stays
the text that it is, so that `read_event` tells it as it does for JSON.

Source: EPCIS 2.0, 10 (XML binding).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from filiere_schemas.epcis import xml_sentences as say
from filiere_schemas.epcis.context import OUR_NAMESPACE
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word
from filiere_schemas.epcis.xml_extension import MEMBER, XSI_NIL, add_values, read_member, read_members
from filiere_schemas.epcis.xml_grammar import DISPOSITION_RANKS, PLACE_RANKS, QUANTITY_RANKS, SENSOR_RANKS
from filiere_schemas.epcis.xml_names import XSI, Names
from filiere_schemas.problems import Problem, Sentence, escape_pointer_token

# Elements without a namespace inside a wrapper, kept under one name, so that JSON-LD can tell them from fields.
LOCAL_EXTENSION: Final = "epcis:extension"
# Of a sensor, members that no attribute can say, as JSON: fields of a sensor are attributes, which hold texts.
MEMBERS: Final = f"{{{OUR_NAMESPACE}}}members"
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DOUBLE: Final = re.compile(_DECIMAL.pattern + r"([eE][+-]?[0-9]+)?")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,15}")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_XSI: Final = f"{{{XSI}}}"


class FieldReader:
    """Reads fields in the names of one event; gathers what is wrong with their form, with JSON pointers."""

    __slots__ = ("names", "problems")

    def __init__(self, names: Names) -> None:
        self.names = names
        self.problems: list[Problem] = []

    def read(self, tag: str, element: Any) -> Any:
        """Read the field of an event; None where it says nothing."""
        return _FIELDS[tag](self, element, f"/{tag}")

    def note(self, sentence: Sentence, pointer: str, **values: object) -> None:
        """Note what is wrong."""
        self.problems.append(Problem(sentence=sentence, pointer=pointer, values=values))

    def misplaced(self, element: Any, pointer: str, *, is_known: bool) -> None:
        """Note an element that may not stand where it stands."""
        name = self.names.of_element(element)
        if is_known:
            self.note(say.XML_REPEATED, f"{pointer}/{escape_pointer_token(name)}", found=name)
        else:
            self.note(say.XML_ELEMENT, pointer, found=name, version=self.names.version)

    def holds_elements(self, element: Any, pointer: str) -> None:
        """Note text between the elements of a field that holds only elements, and attributes of it."""
        text = element.text
        stray = text and not text.isspace()
        for child in element:
            tail = child.tail
            if tail and not tail.isspace():
                stray = True
        if stray:
            self.note(say.XML_STRAY_TEXT, pointer, found=element.tag)
        if pointer:  # an event itself may have attributes of its own
            self.no_attributes(element, pointer)

    def no_attributes(self, element: Any, pointer: str) -> None:
        """Note attributes of a field that has none; those of XML Schema say nothing of the field."""
        for name in element.keys():  # noqa: SIM118 - an element is no mapping
            if not name.startswith(_XSI):
                self.note(say.XML_ATTRIBUTE, pointer, found=name)

    def text(self, element: Any, pointer: str) -> str:
        """Read an element that holds text alone; white space around it is not part of it."""
        if len(element):
            self.note(say.XML_TEXT, pointer, found=element.tag)
        self.no_attributes(element, pointer)
        return (element.text or "").strip()

    def ordered(
        self, element: Any, pointer: str, ranks: Mapping[str, int], *, repeated: str = ""
    ) -> tuple[list[Any], list[Any]]:
        """Give the children that a table names, in its order, and, behind them, those of other namespaces.

        Each stands there once, but `repeated`; what stands elsewhere is noted.
        """
        self.holds_elements(element, pointer)
        known: list[Any] = []
        others: list[Any] = []
        last = -1
        for child in element:
            if child.tag.startswith("{"):
                others.append(child)
                last = len(ranks)
                continue
            rank = ranks.get(child.tag, -1)
            if rank < last or rank < 0 or (rank == last and child.tag != repeated):
                self.misplaced(child, pointer, is_known=rank >= 0 and rank == last)
                continue
            last = rank
            known.append(child)
        return known, others

    def closed(self, element: Any, pointer: str, ranks: Mapping[str, int]) -> list[Any]:
        """Give the children that a table names, as `ordered`, of an element that holds no extension."""
        known, others = self.ordered(element, pointer, ranks)
        for child in others:
            self.misplaced(child, pointer, is_known=False)
        return known

    def local_extension(self, wrapper: Any, to: dict[str, Any], pointer: str) -> None:
        """Keep what `extension` holds, elements without a namespace, together under one name."""
        self.holds_elements(wrapper, pointer)
        for child in wrapper:
            if child.tag.startswith("{"):
                self.misplaced(child, pointer, is_known=False)
        if not len(wrapper):
            self.note(say.XML_MISSING, pointer, found="*")
        add_values(to.setdefault(LOCAL_EXTENSION, {}), list(wrapper), self.names)

    def extensions(self, elements: Sequence[Any], to: dict[str, Any], pointer: str, *, is_place: bool = False) -> None:
        """Add extensions to what holds them; a member of ours stands for none of its fields and for nothing said.

        Only beside a place, names without a namespace are none of the standard's, but the place's identifier.
        """
        members: list[tuple[str, Any]] = []
        others = []
        for element in elements:
            member = read_member(element) if element.tag == MEMBER else None
            if member is None:
                others.append(element)
            else:
                members.append(member)
        if others:
            add_values(to, others, self.names)
        for name, value in members:
            is_field = name == "id" if is_place else ":" not in name
            if is_field or name in to:
                self.note(say.XML_MEMBER, f"{pointer}/{escape_pointer_token(name)}", found=name)
            else:
                to[name] = value

    def typed(self, element: Any, pointer: str, vocabulary: Vocabulary) -> dict[str, Any]:
        """Read an element of text with an optional `type`, as JSON names it: the type first."""
        value: dict[str, Any] = {}
        for name, text in element.items():
            if name == "type":
                value["type"] = bare_word(vocabulary, text.strip()) or text.strip()
            elif not name.startswith(_XSI):
                self.note(say.XML_ATTRIBUTE, pointer, found=name)
        if len(element):
            self.note(say.XML_TEXT, pointer, found=element.tag)
        value[element.tag] = (element.text or "").strip()
        return value


_Read = Callable[[FieldReader, Any, str], Any]


def _exact(reader: FieldReader, element: Any, pointer: str) -> str:
    reader.text(element, pointer)
    return element.text or ""


def _word(vocabulary: Vocabulary) -> _Read:
    def read(reader: FieldReader, element: Any, pointer: str) -> str:
        text = reader.text(element, pointer)
        return bare_word(vocabulary, text) or text

    return read


def _list(tag: str, of: _Read, *, at_least: int = 0) -> _Read:
    def read(reader: FieldReader, element: Any, pointer: str) -> list[Any]:
        reader.holds_elements(element, pointer)
        values: list[Any] = []
        for child in element:
            if child.tag == tag:
                values.append(of(reader, child, f"{pointer}/{len(values)}"))
            else:
                reader.misplaced(child, pointer, is_known=False)
        if len(values) < at_least:
            reader.note(say.XML_MISSING, pointer, found=tag)
        return values

    return read


def _quantity(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for child in reader.closed(element, pointer, QUANTITY_RANKS):
        text = _exact(reader, child, f"{pointer}/{child.tag}") if child.tag == "uom" else reader.text(child, pointer)
        if child.tag != "quantity":
            value[child.tag] = text
        elif child.get(XSI_NIL) not in {"true", "1"}:
            value["quantity"] = number(text, _DECIMAL)
    if "uom" in value and element.find("quantity") is None:
        reader.note(say.XML_MISSING, pointer, found="quantity")
    return value


def number(text: str, form: re.Pattern[str] = _DOUBLE) -> Any:
    """Read a number as JSON has it; what is none stays text."""
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if form.fullmatch(text) else text


def _place(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any]:
    value: dict[str, Any] = {}
    known, others = reader.ordered(element, pointer, PLACE_RANKS)
    for child in known:
        if child.tag == "id":
            value["id"] = reader.text(child, f"{pointer}/id")
        else:
            reader.local_extension(child, value, pointer)
    reader.extensions(others, value, pointer, is_place=True)
    return value


def _business_transaction(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any]:
    return reader.typed(element, pointer, Vocabulary.BIZ_TRANSACTION_TYPE)


def _party(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any]:
    return reader.typed(element, pointer, Vocabulary.SOURCE_DESTINATION_TYPE)


def _ilmd(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any]:
    value: dict[str, Any] = {}
    known, others = reader.ordered(element, pointer, {"extension": 0})
    for child in known:
        reader.local_extension(child, value, pointer)
    reader.extensions(others, value, pointer)
    return value


def _persistent_disposition(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any] | None:
    value: dict[str, Any] = {}
    reader.holds_elements(element, pointer)
    last = 0
    for child in element:
        rank = DISPOSITION_RANKS.get(child.tag, -1)
        if rank < last:
            reader.misplaced(child, pointer, is_known=False)
            continue
        last = rank
        words = value.setdefault(child.tag, [])
        words.append(_DISPOSITION(reader, child, f"{pointer}/{child.tag}/{len(words)}"))
    return value or None


def _error_declaration(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any]:
    value: dict[str, Any] = {}
    others = []
    reader.holds_elements(element, pointer)
    for child in element:
        tag = child.tag
        if tag.startswith("{"):
            others.append(child)
        elif tag == "extension":
            reader.local_extension(child, value, pointer)
        elif tag not in _ERROR_FIELDS or tag in value:
            reader.misplaced(child, pointer, is_known=tag in value)
        else:
            value[tag] = _ERROR_FIELDS[tag](reader, child, f"{pointer}/{tag}")
    reader.extensions(others, value, pointer)
    return value


def _sensor_element(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any]:
    value: dict[str, Any] = {}
    known, others = reader.ordered(element, pointer, SENSOR_RANKS, repeated="sensorReport")
    for child in known:
        if child.tag == "extension":
            reader.local_extension(child, value, pointer)
        elif child.tag == "sensorReport":
            reports = value.setdefault("sensorReport", [])
            reports.append(_observation(reader, child, f"{pointer}/sensorReport/{len(reports)}"))
        elif "sensorMetadata" not in value:
            value["sensorMetadata"] = _observation(reader, child, f"{pointer}/sensorMetadata")
    reader.extensions(others, value, pointer)
    return value


def _observation(reader: FieldReader, element: Any, pointer: str) -> dict[str, Any]:
    """Read sensorMetadata or a sensorReport, whose fields are attributes."""
    if len(element) or (element.text and not element.text.isspace()):
        reader.note(say.XML_STRAY_TEXT, pointer, found=element.tag)
    members: dict[str, Any] = read_members(element.attrib[MEMBERS]) if MEMBERS in element.attrib else {}
    value: dict[str, Any] = {}
    for name, text in element.items():
        read = _ATTRIBUTES.get(name)
        if read is not None:
            value[name] = read(text.strip())
        elif not name.startswith(_XSI) and name != MEMBERS:
            value[reader.names.of(name)] = text
    for name, member in members.items():
        # A field is among the members only with a text that no attribute can hold.
        fits = ":" not in name and not (isinstance(member, str) and not member.isprintable())
        if fits or name in value:
            reader.note(say.XML_MEMBER, f"{pointer}/{escape_pointer_token(name)}", found=name)
        else:
            value[name] = member
    return value


def _vocabulary(vocabulary: Vocabulary) -> Callable[[str], Any]:
    return lambda text: bare_word(vocabulary, text) or text


_TEXT: Final[_Read] = FieldReader.text
_DISPOSITION: Final = _word(Vocabulary.DISPOSITION)
_EPCS: Final = _list("epc", _TEXT)
_QUANTITIES: Final = _list("quantityElement", _quantity)
_NUMBERS: Final = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
_ATTRIBUTES: Final[dict[str, Callable[[str], Any]]] = {
    **dict.fromkeys(_NUMBERS, number),
    "booleanValue": lambda text: _BOOLEANS.get(text, text),
    "type": _vocabulary(Vocabulary.MEASUREMENT_TYPE),
    "exception": _vocabulary(Vocabulary.SENSOR_ALERT_TYPE),
    "component": _vocabulary(Vocabulary.COMPONENT),
}
_ERROR_FIELDS: Final[dict[str, _Read]] = {
    "declarationTime": _TEXT,
    "reason": _word(Vocabulary.ERROR_REASON),
    "correctiveEventIDs": _list("correctiveEventID", _TEXT),
}
_FIELDS: Final[dict[str, _Read]] = {
    **dict.fromkeys(
        ("eventTime", "recordTime", "eventID", "certificationInfo", "parentID", "transformationID"),
        _TEXT,
    ),
    **dict.fromkeys(("action", "eventTimeZoneOffset"), _exact),
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList"), _EPCS),
    **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), _QUANTITIES),
    **dict.fromkeys(("readPoint", "bizLocation"), _place),
    "bizStep": _word(Vocabulary.BIZ_STEP),
    "disposition": _DISPOSITION,
    "bizTransactionList": _list("bizTransaction", _business_transaction, at_least=1),
    "sourceList": _list("source", _party, at_least=1),
    "destinationList": _list("destination", _party, at_least=1),
    "sensorElementList": _list("sensorElement", _sensor_element, at_least=1),
    "persistentDisposition": _persistent_disposition,
    "ilmd": _ilmd,
    "errorDeclaration": _error_declaration,
}
