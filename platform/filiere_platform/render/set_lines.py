"""Answers about several traces for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from filiere_schemas.problems import Language

WORDS: Final[dict[Language, dict[str, str]]] = {
    "fr": {
        "ancestors": "CE D'OÙ ILS VIENNENT",
        "places": "SITES",
        "members": "MEMBRES",
        "of": "{hit} suspect(s) sur {all}, {certain} avec certitude, note {score}",
        "sound": "{count} sain(s)",
        "nothing": "rien de connu",
        "nodes": "OBJETS",
        "edges": "ÉTAPES",
        "because": "événement(s) {events}",
        "yes": "oui",
        "no": "non, pour autant que vous puissiez le savoir",
        "unknown": "on ne peut pas le savoir",
        "certain": "certain",
        "doubtful": "douteux",
        "hidden-events": "des événements ne vous sont pas visibles",
        "cut": "la réponse est coupée",
    },
    "en": {
        "ancestors": "WHAT THEY COME FROM",
        "places": "SITES",
        "members": "MEMBERS",
        "of": "{hit} of {all} suspect(s), {certain} surely, score {score}",
        "sound": "{count} sound",
        "nothing": "nothing known",
        "nodes": "OBJECTS",
        "edges": "STEPS",
        "because": "event(s) {events}",
        "yes": "yes",
        "no": "no, as far as you may know",
        "unknown": "it cannot be known",
        "certain": "certain",
        "doubtful": "doubtful",
        "hidden-events": "events are not visible to you",
        "cut": "the answer is cut",
    },
}


def set_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write what several objects lead to, with how many of them reach each."""
    words = WORDS[language]
    yield from answer["objects"]
    yield from (f"{key}: {words['nothing']}" for key in answer["unknown"])
    yield words["nodes"]
    for node in answer["nodes"]:
        doubt = "" if node["certainty"] == "certain" else f", {words['doubtful']}"
        yield f"  {node['key']}: {len(node['roots'])}/{len(answer['objects'])}{doubt}"
    if answer["cut"] is not None:
        yield words["cut"]


def ancestor_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write the ranks of what suspects have in common."""
    words = WORDS[language]
    suspects = len(answer["objects"]) - len(answer["sound"])
    for name in ("ancestors", "places", "members"):
        yield words[name]
        for each in answer[name]:
            hit = {"hit": len(each["suspects"]), "all": suspects, "certain": each["certain"], "score": each["score"]}
            sound = f", {words['sound'].format(count=len(each['sound']))}" if each["sound"] else ""
            yield f"  {each['key']}: {words['of'].format(**hit)}{sound}"
        if not answer[name]:
            yield f"  {words['nothing']}"


def difference_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write what was added, and what is gone, with the events behind it."""
    words = WORDS[language]
    for name in ("nodes", "edges"):
        yield words[name]
        for sign, change in (("+", "added"), ("-", "removed")):
            for each in answer[name][change]:
                what = each["key"] if name == "nodes" else f"{each['kind']} {each['from']} → {each['to']}"
                yield f"  {sign} {what}{_because(each['because'], words)}"
        for each in answer[name]["changed"]:
            what = each["key"] if name == "nodes" else f"{each['kind']} {each['from']} → {each['to']}"
            yield f"  ~ {what}: {words[each['before']]} → {words[each['after']]}"


def presence_lines(answer: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write whether somebody is there, and by which events that is known."""
    words = WORDS[language]
    certainty = "" if answer["certainty"] is None else f" ({words[answer['certainty']]})"
    yield words[answer["present"]] + certainty
    yield from (f"  {words[reason]}" for reason in answer["reasons"])
    if answer["events"]:
        yield f"  {_because(answer['events'], words).lstrip(' :')}"


def _because(events: Iterable[int], words: Mapping[str, str]) -> str:
    told = ", ".join(map(str, events))
    return f": {words['because'].format(events=told)}" if told else ""
