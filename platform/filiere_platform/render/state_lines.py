"""The state of objects for a terminal: a few lines for each, what is doubtful with what else may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from filiere_schemas.problems import Language

WORDS: Final[dict[Language, dict[str, str]]] = {
    "fr": {
        "unknown": "jamais mentionné, ou pas pour vous",
        "hidden": "{count} événement(s) non visible(s) : rien n'est certain",
        "place": "lieu",
        "holder": "détenteur",
        "owner": "propriétaire",
        "disposition": "disposition",
        "blocked": "bloqué",
        "recalled": "rappelé",
        "inside": "dans",
        "quantity": "reste",
        "on_the_way": "en route",
        "to": "vers",
        "yes": "oui",
        "no": "non",
        "doubtful": "douteux",
        "or": "ou",
        "nothing": "rien de connu",
        "open": "{count} quantité(s) inconnue(s)",
        "between": "entre {least} et {most} {uom}",
    },
    "en": {
        "unknown": "never mentioned, or not to you",
        "hidden": "{count} event(s) not visible: nothing is certain",
        "place": "place",
        "holder": "holder",
        "owner": "owner",
        "disposition": "disposition",
        "blocked": "blocked",
        "recalled": "recalled",
        "inside": "in",
        "quantity": "left",
        "on_the_way": "on the way",
        "to": "to",
        "yes": "yes",
        "no": "no",
        "doubtful": "doubtful",
        "or": "or",
        "nothing": "nothing known",
        "open": "{count} amount(s) unknown",
        "between": "between {least} and {most} {uom}",
    },
}
_STATEMENTS: Final = ("place", "holder", "owner", "disposition", "blocked", "recalled")


def state_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write each object of an answer (docs/state.md)."""
    words = WORDS[language]
    for each in answer["objects"]:
        yield each["object"]
        if not each["known"]:
            yield f"  {words['unknown']}"
            continue
        if each["hidden_events"]:
            yield f"  {words['hidden'].format(count=each['hidden_events'])}"
        for name in _STATEMENTS:
            yield f"  {words[name]:<12} {_statement(each[name], words)}"
        for found in each["persistent"]:
            yield f"  {'':<12} {found['word']}: {_statement(found, words)}"
        for line in _inside(each["inside"], words):
            yield f"  {words['inside']:<12} {line}"
        yield f"  {words['quantity']:<12} {_quantity(each['quantity'], words)}"


def _statement(found: Mapping[str, Any] | None, words: Mapping[str, str]) -> str:
    if found is None:
        return words["nothing"]
    values = f" {words['or']} ".join(_value(each, words) for each in (found, *found["otherwise"]))
    return values if found["certainty"] == "certain" else f"{values} ({words['doubtful']})"


def _value(found: Mapping[str, Any], words: Mapping[str, str]) -> str:
    if found.get("on_the_way"):
        to = found.get("to")
        return words["on_the_way"] if to is None else f"{words['on_the_way']} {words['to']} {to}"
    value = found["value"]
    return words["yes" if value else "no"] if isinstance(value, bool) else str(value)


def _inside(inside: Iterable[Mapping[str, Any]], words: Mapping[str, str], depth: int = 0) -> Iterator[str]:
    for each in inside:
        doubt = "" if each["certainty"] == "certain" else f" ({words['doubtful']})"
        yield "  " * depth + each["object"] + doubt
        yield from _inside(each["inside"], words, depth + 1)


def _quantity(left: Mapping[str, Any] | None, words: Mapping[str, str]) -> str:
    if left is None:
        return words["nothing"]
    if left["least"] is None:
        amount = words["nothing"]
    elif left["least"] == left["most"]:
        amount = f"{left['least']} {left['uom']}"
    else:
        amount = words["between"].format(**left)
    return f"{amount}; {words['open'].format(count=left['open'])}" if left["open"] else amount
