"""Lay out a scorecard: for programs, for pages, and as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from filiere_platform.domain.supplier_scorecard import Card, Figure, Measure
from filiere_platform.domain.table_text import write_lines
from filiere_platform.usecases.supplier_scorecard import Scorecard
from filiere_schemas.problems import Language

DAY: Final = Decimal(86_400_000_000)
# What is not known has no figure. Refusals are told to their sender alone, who may mend them before anybody is harmed.
NOT_KNOWN: Final = {
    "refused": {
        "fr": "Les enregistrements refusés ne sont connus que de leur expéditeur.",
        "en": "Refused records are known to their sender alone.",
    }
}
MEASURES: Final[dict[Measure, tuple[str, str]]] = {
    Measure.RECEIVED: ("reçues", "received"),
    Measure.MISSING: ("expédiées, jamais reçues", "shipped, never received"),
    Measure.ANNOUNCED_LATE: ("annoncées après l'arrivée", "announced after the arrival"),
    Measure.UNANNOUNCED: ("reçues, jamais annoncées", "received, never announced"),
    Measure.CORRECTED: ("enregistrements retirés par leur auteur", "records taken back by their author"),
}
_WAYS: Final = {"received": ("du partenaire", "from the partner"), "sent": ("au partenaire", "to the partner")}
_HEADINGS: Final = {
    "fr": ("sens", "mesure", "compte", "sur", "part", "enregistrements"),
    "en": ("way", "measure", "count", "of", "share", "records"),
}


def scorecard_as_json(card: Scorecard) -> dict[str, Any]:
    """Lay out a scorecard."""
    return {
        "from": card.first.isoformat(),
        "until": card.last.isoformat(),
        "received": _card(card.received),
        "sent": _card(card.sent),
        "findings": [
            {"rule": rule, "count": len(numbers), "findings": list(numbers)} for rule, numbers in card.findings.items()
        ],
        "notKnown": NOT_KNOWN,
        "cut": card.is_cut,
    }


def scorecard_as_table(card: Scorecard, language: Language) -> bytes:
    """Write a scorecard as a table, with numbers as its reader's spreadsheet reads them."""
    return write_lines([_HEADINGS[language], *_rows(card, language)])


def share_of(figure: Figure) -> Decimal | None:
    """The share to four decimals, exactly; None where there is nothing to be a share of."""
    if not figure.of:
        return None
    return (Decimal(figure.count) / figure.of).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def _rows(card: Scorecard, language: Language) -> Iterator[list[str]]:
    at = int(language == "en")
    for way, found in (("received", card.received), ("sent", card.sent)):
        for figure in found.figures:
            share = share_of(figure)
            text = "" if share is None else str(share)
            yield [
                _WAYS[way][at],
                MEASURES[figure.measure][at],
                str(figure.count),
                str(figure.of),
                text if language == "en" else text.replace(".", ","),
                " ".join(map(str, figure.records)),
            ]
    for rule, numbers in card.findings.items():
        yield ["", rule, str(len(numbers)), "", "", ""]


def _card(card: Card) -> dict[str, Any]:
    return {
        "lines": card.lines,
        "waiting": card.waiting,
        "unknown": card.unknown,
        "transitDays": {"median": _days(card.transit_median), "longest": _days(card.transit_longest)},
        "measures": [
            {
                "measure": figure.measure.value,
                "count": figure.count,
                "of": figure.of,
                "share": None if share_of(figure) is None else str(share_of(figure)),
                "records": list(figure.records),
            }
            for figure in card.figures
        ],
    }


def _days(microseconds: float | None) -> str | None:
    return None if microseconds is None else str((Decimal(microseconds) / DAY).quantize(Decimal("0.1")))
