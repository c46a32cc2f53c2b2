"""The hash of an event as the Core Business Vocabulary defines it: one name for one event, however it is written.

An event's values are put in one order and one spelling, joined to one text (`pre_hash`), and hashed. The same event
from XML and from JSON has the same hash, whoever computes it, so that a sender and a receiver name it alike without
having agreed on anything.

It is a name and a hint of a repetition, and never integrity: values are joined without separators, so that two
different events may share a hash, and recordTime, eventID, errorDeclaration and whatever is finer than a millisecond
do not take part. What proves an event is its record's signature and its place in the log.

Where the text of the standard leaves a choice, the published vectors and the reference implementation (PyPI
`epcis-event-hash-generator` 1.9.3) decide, since a name is worth what others make of the same event. Where the two
forms of one event would differ in the reference, or where it stops, ours follows the text;
tests/unit/epcis/test_event_hash_reference.py shows each of these.

Source: GS1 CBV 2.0, 8.9 (event hash ID). CBV 2.1 is a draft; as far as it is known its text and the published vectors
of 2.0 agree (extensions beneath their element, time to the millisecond), so that only the name of the version differs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Final, Literal

from filiere_schemas.epcis.context import RDFS, Context
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, web_form
from filiere_schemas.identifiers.canonical import as_digital_link
from filiere_schemas.identifiers.invalid import InvalidIdentifier

Version = Literal["CBV2.0", "CBV2.1"]

# What takes no part at all, and a remark wherever it stands.
_OUTSIDE: Final = frozenset({"@context", "recordTime", "eventID", "type", "errorDeclaration"})
_REMARKS: Final = frozenset({"comment", f"{{{RDFS}}}comment"})
# Source: RFC 6920 (ni), with the digest in hexadecimal as CBV 2.0, 8.9 has it.
_NAME: Final = re.compile(r"ni:///(sha-256|sha-384|sha-512|sha3-256);([0-9a-fA-F]+)\?ver=CBV2\.[01]")
_DIGESTS: Final[dict[str, Callable[[bytes], Any]]] = {
    "sha-256": hashlib.sha256,
    "sha-384": hashlib.sha384,
    "sha-512": hashlib.sha512,
    "sha3-256": hashlib.sha3_256,
}
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_URNS: Final = {
    f"urn:epcglobal:cbv:{urn}:": f"https://ref.gs1.org/cbv/{web}-"
    for urn, web in (("bizstep", "BizStep"), ("disp", "Disp"), ("btt", "BTT"), ("sdt", "SDT"), ("er", "ER"))
}
_HALF: Final = timedelta(microseconds=500)  # of the finest time that takes part
_WEB_FORMS: Final[dict[Vocabulary, dict[str, str]]] = {
    vocabulary: {word: web_form(vocabulary, word) or word for word in known.words}
    for vocabulary, known in WORDS.items()
}
_SDT: Final = _WEB_FORMS[Vocabulary.SOURCE_DESTINATION_TYPE]
_DISPOSITION: Final = _WEB_FORMS[Vocabulary.DISPOSITION]

_TIME: Final = "time"  # marks a member whose value is an instant
_Words = dict[str, str]
_How = str | _Words | None  # how a value is written: as an instant, as a word of a vocabulary, as it is
_PLAIN: Final[_How] = None
_LEAVES: Final[dict[str, _How]] = {
    "eventTime": _TIME,
    "bizStep": _WEB_FORMS[Vocabulary.BIZ_STEP],
    "disposition": _DISPOSITION,
}
_PLACE: Final[dict[str, _How]] = {"id": _PLAIN}
_ELEMENTS: Final[dict[str, dict[str, _How]]] = {
    "persistentDisposition": {"set": _DISPOSITION, "unset": _DISPOSITION},
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
}
_QUANTITY: Final[dict[str, _How]] = dict.fromkeys(("epcClass", "quantity", "uom"))
_SENSOR_METADATA: Final[dict[str, _How]] = {
    **dict.fromkeys(("time", "startTime", "endTime"), _TIME),
    **dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")),
}
_SENSOR_REPORT: Final[dict[str, _How]] = {
    "type": _WEB_FORMS[Vocabulary.MEASUREMENT_TYPE],
    "exception": _WEB_FORMS[Vocabulary.SENSOR_ALERT_TYPE],
    **dict.fromkeys(("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")),
    "time": _TIME,
    **dict.fromkeys(("microorganism", "chemicalSubstance", "value")),
    "component": _WEB_FORMS[Vocabulary.COMPONENT],
    **dict.fromkeys(("stringValue", "booleanValue", "hexBinaryValue", "uriValue", "minValue", "maxValue")),
    **dict.fromkeys(("meanValue", "sDev", "percRank", "percValue", "uom", "coordinateReferenceSystem")),
}
_PAIRS: Final[dict[str, tuple[str, _Words]]] = {
    "bizTransactionList": ("bizTransaction", _WEB_FORMS[Vocabulary.BIZ_TRANSACTION_TYPE]),
    "sourceList": ("source", _SDT),
    "destinationList": ("destination", _SDT),
}


def event_hash(value: Mapping[str, Any], *, version: Version = "CBV2.0", ignored: Collection[str] = ()) -> str:
    """Give the hash of an event as a URI, `ni:///sha-256;...?ver=CBV2.0`.

    Args:
        value: an event that `read_event` has admitted, with its own `@context`.
        version: which edition the URI names.
        ignored: members of the event that take no part, as `fields_to_ignore` gives them.
    """
    return f"ni:///sha-256;{hashlib.sha256(pre_hash(value, ignored=ignored).encode()).hexdigest()}?ver={version}"


def contradicts_its_hash(value: Mapping[str, Any], *, ignored: Collection[str] = ()) -> bool:
    """Tell whether an event's eventID is an event hash, and not the one of this event; arguments as `event_hash`."""
    name = _NAME.fullmatch(str(value.get("eventID", "")))
    if name is None:
        return False
    digest: str = _DIGESTS[name[1]](pre_hash(value, ignored=ignored).encode()).hexdigest()
    return digest != name[2].lower()


def fields_to_ignore(document: Mapping[str, Any]) -> frozenset[str]:
    """Give the members that a document asks not to hash in its events: what a repository of that name has added.

    A repository that gives events to others with members of its own, such as the number of a capture, names them in
    an extension `ignoreFields` of the document or of its query results.
    """
    context = Context(document.get("@context"))
    body = document.get("epcisBody")
    results = body.get("queryResults", {}) if isinstance(body, dict) else {}
    return frozenset(
        context.full_name(name)
        for place in (document, results)
        for key, names in place.items()
        if key.endswith(":ignoreFields") and isinstance(names, list)
        for name in names
    )


def pre_hash(value: Mapping[str, Any], *, ignored: Collection[str] = ()) -> str:
    """Give the text whose digest is the hash of an event.

    Args:
        value: an event that `read_event` has admitted, with its own `@context`.
        ignored: members of the event that take no part, as `fields_to_ignore` gives them.
    """
    return _Writer(Context(value.get("@context"))).event(value, ignored)


class _Writer:
    """Writes one event: what stands first in the standard's order, then all else in the order of its text."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def event(self, value: Mapping[str, Any], ignored: Collection[str]) -> str:
        written, rest = [f"eventType={value['type']}"], []
        for name, write in self._ORDER.items():
            if name in value:
                text, left = write(self, name, value[name])
                written.append(text)
                rest += left
        for key, member in value.items():
            if key in _PAIRS:
                rest.append(self._pairs(key, member))
            elif key not in self._ORDER and key not in _OUTSIDE:
                name = self._context.full_name(key)
                if name not in _REMARKS and name not in ignored:
                    rest += self._others(name, member)
        return "".join(written) + "".join(sorted(rest))

    # Each way gives what stands in the order, and what of it has no place there and is left for the end.

    def _leaf(self, name: str, member: Any) -> tuple[str, list[str]]:
        return self._said(name, member, _LEAVES.get(name)), []

    def _epcs(self, name: str, members: list[str]) -> tuple[str, list[str]]:
        return _within(name, self._said("epc", members, _PLAIN)), []

    def _quantities(self, name: str, members: list[Any]) -> tuple[str, list[str]]:
        return self._list(name, (self._shaped("quantityElement", member, _QUANTITY) for member in members))

    def _element(self, name: str, member: Any) -> tuple[str, list[str]]:
        return self._shaped(name, member, _ELEMENTS[name])

    def _sensors(self, name: str, members: list[Any]) -> tuple[str, list[str]]:
        return self._list(name, map(self._sensor, members))

    _ORDER: ClassVar[dict[str, Callable[[_Writer, str, Any], tuple[str, list[str]]]]] = {
        **dict.fromkeys(("eventTime", "eventTimeZoneOffset", "certificationInfo", "parentID"), _leaf),
        **dict.fromkeys(("epcList", "inputEPCList", "childEPCs"), _epcs),
        **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList"), _quantities),
        "outputEPCList": _epcs,
        "outputQuantityList": _quantities,
        **dict.fromkeys(("action", "transformationID", "bizStep", "disposition"), _leaf),
        **dict.fromkeys(("persistentDisposition", "readPoint", "bizLocation"), _element),
        "sensorElementList": _sensors,
    }

    def _list(self, name: str, elements: Iterator[tuple[str, list[str]]]) -> tuple[str, list[str]]:
        texts, left = [], []
        for text, rest in elements:
            texts.append(text)
            left += rest
        return _within(name, "".join(sorted(texts))), _left(name, left)

    def _sensor(self, element: Mapping[str, Any]) -> tuple[str, list[str]]:
        reports, left = [], []
        for report in element["sensorReport"]:
            text, rest = self._shaped("sensorReport", report, _SENSOR_REPORT)
            reports.append(text)
            left += rest
        metadata, rest = self._shaped("sensorMetadata", element.get("sensorMetadata", {}), _SENSOR_METADATA)
        others, inside = self._beside(element, ("sensorMetadata", "sensorReport"))
        text = metadata + "".join(sorted(reports)) + inside
        return _within("sensorElement", text), _left("sensorElement", left + rest + others)

    def _shaped(self, name: str, element: Mapping[str, Any], shape: Mapping[str, _How]) -> tuple[str, list[str]]:
        text = "".join([self._said(key, element[key], how) for key, how in shape.items() if key in element])
        if element.keys() <= shape.keys():
            return _within(name, text), []
        others, inside = self._beside(element, shape)
        return _within(name, text + inside), _left(name, others)

    def _beside(self, element: Mapping[str, Any], known: Collection[str]) -> tuple[list[str], str]:
        """Write what an element has beside its known members: what is left for the end, and what stays inside.

        Inside stay extensions whose namespace ends with a slash, unless the extension is alone or a name beside it
        has to do with an action: as the reference has it, whose hashes the world has.
        """
        names = [(self._context.full_name(key), member) for key, member in element.items()]
        count = sum(len(member) if isinstance(member, list) else 1 for _, member in names)
        inline = count > 1 and not any("action" in name or "eventTime" in name for name, _ in names)
        left: list[str] = []
        inside: list[str] = []
        for name, member in names:
            if name not in known and name not in _REMARKS:
                where = inside if inline and "{" in name and "/}" in name else left
                where += self._others(name, member)
        return left, "".join(sorted(inside))

    def _said(self, name: str, member: Any, how: _How) -> str:
        if isinstance(member, list):
            return "".join(sorted([self._said(name, item, how) for item in member]))
        if how == _TIME:
            return f"{name}={_millisecond(member)}"
        if isinstance(how, dict) and member in how:
            return f"{name}={how[member]}"
        text = self._text(member)
        return f"{name}={text}" if text else ""

    def _pairs(self, name: str, members: list[Mapping[str, str]]) -> str:
        what, words = _PAIRS[name]
        pairs = [
            self._said("type", pair.get("type", ""), words) + self._said(what, pair[what], _PLAIN) for pair in members
        ]
        return _within(name, "".join(sorted(pairs)))

    def _others(self, name: str, member: Any) -> list[str]:
        if isinstance(member, list):
            return [name + self._content(item) for item in member]
        return [name + self._content(member)]

    def _content(self, member: Any) -> str:
        if isinstance(member, list):
            return "".join(sorted(map(self._content, member)))
        if not isinstance(member, dict):
            text = self._text(member)
            return f"={text}" if text else ""
        inner = []
        for key, item in member.items():
            name = self._context.full_name(key.removeprefix("@"))
            if key != "#text" and name not in _REMARKS:
                inner += self._others(name, item)
        return self._content(member.get("#text")) + "".join(sorted(inner))

    def _text(self, member: Any) -> str:
        if isinstance(member, str):
            return _one_spelling(self._context.full_text(member.strip()))
        if isinstance(member, bool):
            return "true" if member else "false"
        return "" if member is None else _number(float(member))


def _within(name: str, text: str) -> str:
    return name + text if text else ""


def _left(name: str, left: list[str]) -> list[str]:
    return [name + "".join(sorted(left))] if left else []


@lru_cache(maxsize=16_384)
def _one_spelling(text: str) -> str:
    """Write a text as every sender's would be: words by their web address, numbers bare, identifiers by their link."""
    if "urn:epcglobal:cbv:" in text:
        for urn, web in _URNS.items():
            text = text.replace(urn, web)
    if text.startswith(("urn:epc:", "http")):
        return _digital_link(text) or text
    return _number(float(text)) if _NUMBER.fullmatch(text) else text


def _digital_link(text: str) -> str | None:
    try:
        link = as_digital_link(text)
    except InvalidIdentifier:
        return None
    # A GS1 Digital Link need not escape these, and the reference does not; our key does.
    return link and link.replace("%27", "'").replace("%3B", ";").replace("%3D", "=")


def _number(number: float) -> str:
    """Write a number as the shortest text that names it, whole ones without a fraction."""
    return str(int(number)) if number.is_integer() else repr(number)


def _millisecond(text: str) -> str:
    """Write an instant in UTC to the millisecond, a half rounded up; a leap second stays as it was sent."""
    try:
        instant = datetime.fromisoformat(text.strip().upper()).astimezone(UTC) + _HALF
    except (ValueError, OverflowError):
        return text.strip()
    return instant.isoformat(timespec="milliseconds")[:23] + "Z"
