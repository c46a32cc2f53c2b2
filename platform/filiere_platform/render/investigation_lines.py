"""Where incidents come from, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from filiere_schemas.problems import Language

MOST_LINES: Final = 50  # deliveries
WORDS: Final[dict[Language, dict[str, str]]] = {
    "fr": {
        "stations": "SITES",
        "lots": "LOTS",
        "deliveries": "LIVRAISONS",
        "inferred": "déduite",
        "contradiction": "dates contradictoires",
        "unmet": "poids n° {at} : dans aucune livraison",
        "hidden": "{count} événement(s) ne vous sont pas visibles : une origine peut manquer",
        "cut": "la réponse est coupée",
        "more": "… et {count} de plus (--json)",
    },
    "en": {
        "stations": "SITES",
        "lots": "LOTS",
        "deliveries": "DELIVERIES",
        "inferred": "inferred",
        "contradiction": "dates contradict each other",
        "unmet": "weight no. {at}: in no delivery",
        "hidden": "{count} event(s) are not visible to you: a source may be missing",
        "cut": "the answer is cut",
        "more": "... and {count} more (--json)",
    },
}


def investigation_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write the stations, lots and deliveries that reach something, the likeliest source first."""
    words = WORDS[language]
    yield words["stations"]
    yield from (f"  {each['score']}  {each['key']}" for each in answer["stations"])
    yield words["lots"]
    yield from (f"  {each['score']}  {each['key']}" for each in answer["lots"])
    yield words["deliveries"]
    for each in answer["deliveries"][:MOST_LINES]:
        notes = [words["inferred"]] * each["inferred"] + [words["contradiction"]] * (not each["in_order"])
        noted = f" ({', '.join(notes)})" if notes else ""
        yield f"  {each['score']}  {each['object']}: {each['from']} -> {each['to']}{noted}"
    if answer["totals"]["deliveries"] > MOST_LINES:
        yield "  " + words["more"].format(count=answer["totals"]["deliveries"] - MOST_LINES)
    yield from (words["unmet"].format(at=at + 1) for at in answer["unmet"])
    if answer["hidden_events"]:
        yield words["hidden"].format(count=answer["hidden_events"])
    if answer["cut"] is not None:
        yield words["cut"]
