"""Which identifiers and units an event names, and which of them do not hold.

These checks walk the received value rather than the typed event, and step over whatever has a wrong shape: so a
sender whose event also breaks the schema learns everything at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from filiere_schemas.epcis import sentences
from filiere_schemas.epcis.limits import MOST_PROBLEMS
from filiere_schemas.epcis.units import is_known
from filiere_schemas.identifiers.canonical import identify
from filiere_schemas.identifiers.invalid import InvalidIdentifier
from filiere_schemas.problems import Problem

# Where identifiers stand: a text or a list of texts (None), or the member of an object or of a list's objects.
_PLACES: Final[dict[str, str | None]] = {
    **dict.fromkeys(("epcList", "childEPCs", "inputEPCList", "outputEPCList", "parentID", "transformationID")),
    **dict.fromkeys(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"), "epcClass"),
    **dict.fromkeys(("readPoint", "bizLocation"), "id"),
    "bizTransactionList": "bizTransaction",
    "sourceList": "source",
    "destinationList": "destination",
}


def problems_with_things(value: Mapping[str, Any]) -> list[Problem]:
    """Give the identifiers that their own scheme refuses and the units that do not exist, up to `MOST_PROBLEMS`."""
    return list(islice(_problems(value), MOST_PROBLEMS))


def _problems(value: Mapping[str, Any]) -> Iterator[Problem]:
    for name, things in value.items():
        if name not in _PLACES:
            continue
        member = _PLACES[name]
        if not isinstance(things, list):
            problem = _problem(things, member)
            if problem is not None:
                yield problem.within(f"/{name}")
            continue
        for at, thing in enumerate(things):
            problem = _problem(thing, member)
            if problem is not None:
                yield problem.within(f"/{name}/{at}")


def _problem(thing: Any, member: str | None) -> Problem | None:
    if member is None:
        return _refused_identifier(thing)
    if not isinstance(thing, dict):
        return None
    refused = _refused_identifier(thing.get(member))
    if refused is not None:
        return refused.within(f"/{member}")
    unit = thing.get("uom")
    if isinstance(unit, str) and not is_known(unit):
        return Problem(sentence=sentences.UNKNOWN_UNIT, pointer="/uom", values={"found": unit})
    return None


def _refused_identifier(uri: Any) -> Problem | None:
    # What is not a URI at all is told by the schema.
    if not isinstance(uri, str) or ":" not in uri:
        return None
    try:
        identify(uri)
    except InvalidIdentifier as refused:
        return refused.problems[0]
    return None
