"""Balances and dilution for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from filiere_schemas.problems import Language

_FLOWS: Final = ("opening", "made", "received", "used", "shipped", "removed", "counted", "left", "residual")
WORDS: Final[dict[Language, dict[str, str]]] = {
    "fr": {
        "opening": "au début",
        "made": "produit",
        "received": "reçu",
        "used": "consommé",
        "shipped": "expédié",
        "removed": "sorti",
        "counted": "compté",
        "left": "reste",
        "residual": "écart",
        "balanced": "équilibré",
        "over-consumption": "SURCONSOMMATION",
        "unexplained-loss": "PERTE INEXPLIQUÉE",
        "open": "ouvert",
        "unknown-amounts": "quantités inconnues",
        "hidden-events": "événements non visibles",
        "vague-times": "dates imprécises",
        "undeclared": "jamais déclaré",
        "not-counted": "rien de compté",
        "unknown": "jamais mentionné, ou pas pour vous",
        "nothing": "aucune quantité",
        "sums": "ENSEMBLE",
        "apart": "{count} objet(s) d'une autre unité",
        "yield": "rendement",
        "low": "BAS",
        "high": "HAUT",
        "usual": "habituel",
        "no-rule": "sans règle",
        "share": "part",
        "worst": "au pire",
        "not known": "inconnue",
    },
    "en": {
        "opening": "opening",
        "made": "made",
        "received": "received",
        "used": "used",
        "shipped": "shipped",
        "removed": "removed",
        "counted": "counted",
        "left": "left",
        "residual": "residual",
        "balanced": "balanced",
        "over-consumption": "OVER-CONSUMPTION",
        "unexplained-loss": "UNEXPLAINED LOSS",
        "open": "open",
        "unknown-amounts": "unknown amounts",
        "hidden-events": "events not visible",
        "vague-times": "vague times",
        "undeclared": "never declared",
        "not-counted": "nothing counted",
        "unknown": "never mentioned, or not to you",
        "nothing": "no amount",
        "sums": "ALL TOGETHER",
        "apart": "{count} object(s) in another unit",
        "yield": "yield",
        "low": "LOW",
        "high": "HIGH",
        "usual": "usual",
        "no-rule": "no rule",
        "share": "share",
        "worst": "at the worst",
        "not known": "not known",
    },
}
_HUNDRED: Final = 100


def balance_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write balances of objects, or of a site, with the yields of their transformations."""
    words = WORDS[language]
    for row in answer["objects"]:
        yield row["object"]
        if not row.get("known", True):
            yield f"  {words['unknown']}"
        elif "verdict" not in row:
            yield f"  {words['nothing']}"
        else:
            yield f"  {_amounts(row, row['unit'], words)}"
            reasons = ", ".join(words[reason] for reason in row["reasons"])
            yield f"  {words[row['verdict']]}{f' ({reasons})' if reasons else ''}"
    if "sums" in answer:
        yield words["sums"]
        yield f"  {_amounts(answer['sums'], answer['unit'], words)}"
        if answer["apart"]:
            yield f"  {words['apart'].format(count=len(answer['apart']))}"
    for each in answer["transformations"]:
        ratio = words["not known"] if each["yield"] is None else _percent(each["yield"])
        yield f"{words['yield']} {each['process']} #{each['events'][0]}: {ratio}, {words[each['verdict']]}"


def dilution_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write the share and the worst case of each lot."""
    words = WORDS[language]
    for row in answer["objects"]:
        share = words["not known"] if row["share"] is None else _percent(row["share"])
        worst = f"{words['worst']} {_percent(row['worst'])}"
        yield f"{'  ' * row['depth']}{row['object']}: {words['share']} {share}, {worst}"


def _amounts(row: Mapping[str, Any], unit: str, words: Mapping[str, str]) -> str:
    told = [f"{words[name]} {row[name]}" for name in _FLOWS if row.get(name) not in (None, "0")]
    return f"{', '.join(told) or '0'} {unit}"


def _percent(share: str) -> str:
    return f"{round(Decimal(share) * _HUNDRED, 2)} %"
