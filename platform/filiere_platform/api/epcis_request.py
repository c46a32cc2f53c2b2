"""What every request to the EPCIS binding may say of itself: the versions it speaks, the form it wants, its length.

All of it is optional: real clients send none of these headers. What is said and cannot be met is refused before
anything is read or stored.

Source: EPCIS 2.0, 12.2 (custom headers) and its OpenAPI document; RFC 9110, 12.5.1 (Accept).
"""

from __future__ import annotations

import re
from typing import Any, Final

from fastapi import Request

from filiere_platform.domain.epcis_sentences import ADDRESS_TOO_LONG, NOT_ACCEPTABLE
from filiere_platform.domain.field_name import EXTENSIONS
from filiere_platform.domain.formats import Formats
from filiere_schemas.epcis.presentation import EpcFormat, WordFormat
from filiere_schemas.problems import Problem, Refusal

JSON: Final = "application/json"
LD_JSON: Final = "application/ld+json"
XML: Final = "application/xml"
TEXT_XML: Final = "text/xml"
XML_TYPES: Final = (XML, TEXT_XML)
LONGEST_ADDRESS: Final = 16_384  # bytes; longer ones are cut by proxies on the way
VERSION: Final = "2.0.0"
EPCIS_VERSIONS: Final = ("2.0.0",)
CBV_VERSIONS: Final = ("2.0.0",)
VERSION_HEADERS: Final = {
    "GS1-EPCIS-Version": VERSION,
    "GS1-EPCIS-Min": EPCIS_VERSIONS[0],
    "GS1-EPCIS-Max": EPCIS_VERSIONS[-1],
    "GS1-CBV-Version": VERSION,
    "GS1-CBV-Min": CBV_VERSIONS[0],
    "GS1-CBV-Max": CBV_VERSIONS[-1],
}
MIN_RECORD_TIME: Final = "GS1-Query-Min-Record-Time"
EPC_HEADER: Final = "GS1-EPC-Format"
WORD_HEADER: Final = "GS1-CBV-XML-Format"
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?")
_NOTHING: Final = 0.0


def understand(request: Request, *offers: str) -> str:
    """Check what a request says of itself; gives the offered media type that it prefers.

    Raises:
        Refusal: codes `address-too-long`, `not-acceptable`.
    """
    _check_versions_and_length(request)
    accept = request.headers.get("accept", "")
    best = _best(accept, offers)
    if best is None:
        raise not_acceptable("Accept", accept, *offers)
    return best


def understand_sender(request: Request, *offers: str) -> str:
    """As `understand`, of a request whose answer needs no body: who takes none of the offers gets the first.

    Source: EPCIS 2.0 OpenAPI, POST /capture, whose 202 has no body; RFC 9110, 12.5.1: `Accept` may be disregarded.

    Raises:
        Refusal: as `understand`, but for the media type.
    """
    _check_versions_and_length(request)
    accept = request.headers.get("accept", "")
    return _best(accept, offers) or offers[0]


def formats_of(request: Request) -> Formats:
    """Read the forms in which a client wants identifiers and words.

    Raises:
        Refusal: code `not-acceptable`; there is no such form.
    """
    default = Formats()
    epcs = request.headers.get(EPC_HEADER, default.epcs)
    words = request.headers.get(WORD_HEADER, default.words)
    if epcs not in list(EpcFormat):
        raise not_acceptable(EPC_HEADER, epcs, *EpcFormat)
    if words not in list(WordFormat):
        raise not_acceptable(WORD_HEADER, words, *WordFormat)
    return Formats(EpcFormat(epcs), WordFormat(words))


def _check_versions_and_length(request: Request) -> None:
    _check_length(request)
    for family, spoken in (("EPCIS", EPCIS_VERSIONS), ("CBV", CBV_VERSIONS)):
        _check_versions(request, family, spoken)


def described_headers() -> list[dict[str, Any]]:
    """Describe the headers by which a client says what it speaks and wants, for `openapi_extra`."""
    version = {"type": "string", "pattern": r"^2\.0(\.[0-9]{1,4})?$"}
    described = {
        "GS1-EPCIS-Min": ("The oldest version that the client reads", version),
        "GS1-EPCIS-Max": ("The newest version that the client reads", version),
        "GS1-CBV-Min": ("The oldest vocabulary that the client reads", version),
        "GS1-CBV-Max": ("The newest vocabulary that the client reads", version),
        EPC_HEADER: ("How identifiers are written", {"type": "string", "enum": list(EpcFormat)}),
        WORD_HEADER: ("How the standard's words are written in XML", {"type": "string", "enum": list(WordFormat)}),
        EXTENSIONS: ("Prefixes that the question uses: prefix=namespace,…", {"type": "string"}),
    }
    return [
        {"name": name, "in": "header", "required": False, "schema": schema, "description": description}
        for name, (description, schema) in described.items()
    ]


def _check_length(request: Request) -> None:
    length = len(request.scope.get("raw_path") or b"") + len(request.scope["query_string"])
    if length > LONGEST_ADDRESS:
        values = {"found": length, "expected": LONGEST_ADDRESS}
        raise Refusal([Problem(sentence=ADDRESS_TOO_LONG, values=values)])


def _check_versions(request: Request, family: str, spoken: tuple[str, ...]) -> None:
    """Refuse a version that is not spoken here, and a range that has none of those in it; 2.0.1 is spoken as 2.0."""
    known = [_version(version) for version in spoken]
    for name, is_met in (
        (f"GS1-{family}-Version", lambda asked: asked in known),
        (f"GS1-{family}-Min", lambda asked: asked <= known[-1]),
        (f"GS1-{family}-Max", lambda asked: asked >= known[0]),
    ):
        stated = request.headers.get(name)
        if stated is not None and not ((asked := _version(stated)) and is_met(asked)):
            raise not_acceptable(name, stated, *spoken)


def _version(text: str) -> tuple[int, int] | None:
    found = _VERSION.fullmatch(text.strip())
    return None if found is None else (int(found[1]), int(found[2]))


def _best(accept: str, offers: tuple[str, ...]) -> str | None:
    """Choose among offers by weight, then by their own order; who says nothing takes the first. None: none is taken."""
    if not accept.strip():
        return offers[0]
    ranges = [_range(part) for part in accept.split(",")]
    weights = {offer: _weight_of(offer, ranges) for offer in offers}
    best = max(offers, key=lambda offer: weights[offer])
    return best if weights[best] > _NOTHING else None


def _weight_of(offer: str, ranges: list[tuple[str, float]]) -> float:
    """Give the weight of the most specific range that an offer is in."""
    for wanted in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        found = [weight for name, weight in ranges if name == wanted]
        if found:
            return max(found)
    return _NOTHING


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (each.strip() for each in part.split(";"))
    weight = next((each[2:] for each in parameters if each[:2].lower() == "q="), "1")
    try:
        return name.lower(), float(weight)
    except ValueError:
        return name.lower(), _NOTHING


def not_acceptable(name: str, found: str, *expected: str) -> Refusal:
    """Build the answer to a header whose wish cannot be met."""
    values = {"name": name, "found": found[:200], "expected": ", ".join(expected)}
    return Refusal([Problem(sentence=NOT_ACCEPTABLE, values=values)])
