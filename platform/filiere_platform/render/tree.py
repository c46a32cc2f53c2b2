"""A trace as a tree in a terminal: each object once, under the first object it was found from.

What is found again elsewhere is named there and not repeated; what is doubtful, hidden, undeclared or cut says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from filiere_schemas.problems import Language

MOST_OBJECTS = 3  # named on one line of a move

WORDS: dict[Language, dict[str, str]] = {
    "fr": {
        "up": "AMONT (d'où vient)",
        "down": "AVAL (ce que devient)",
        "nothing": "rien de connu",
        "transformed-into": "transformé",
        "packed-in": "emballé",
        "fitted-in": "monté",
        "has-instance": "dont l'article",
        "same-as": "aussi nommé",
        "moved": "déplacé",
        "doubtful": "douteux",
        "margin": "marge",
        "again": "déjà montré",
        "hidden": "événement(s) non visible(s)",
        "tombstone": "jamais déclaré",
        "class": "produit sans lot, non suivi",
        "cut": "Coupé ({reason}) à la profondeur {depth} : au moins {remaining} objet(s) de plus.",
        "depth": "profondeur",
        "nodes": "nombre d'objets",
        "time": "temps",
        "erased": "effacé le {date}, règle {rule}",
        "moves": "DÉPLACEMENTS",
        "findings": "À REGARDER",
    },
    "en": {
        "up": "UPSTREAM (where from)",
        "down": "DOWNSTREAM (where to)",
        "nothing": "nothing known",
        "transformed-into": "transformed",
        "packed-in": "packed",
        "fitted-in": "fitted",
        "has-instance": "of which the item",
        "same-as": "also named",
        "moved": "moved",
        "doubtful": "doubtful",
        "margin": "margin",
        "again": "shown above",
        "hidden": "event(s) not visible",
        "tombstone": "never declared",
        "class": "product without a lot, not followed",
        "cut": "Cut ({reason}) at depth {depth}: at least {remaining} more object(s).",
        "depth": "depth",
        "nodes": "number of objects",
        "time": "time",
        "erased": "erased on {date}, rule {rule}",
        "moves": "MOVES",
        "findings": "TO LOOK AT",
    },
}


def trace_tree(answer: Mapping[str, Any], language: Language) -> str:
    """Draw the answer of a trace (docs/trace.md) with one tree for each direction, and its moves below."""
    words = WORDS[language]
    lines = [printable(answer["object"])]
    start = next((node for node in answer["nodes"] if node["key"] == answer["object"]), None)
    if start is not None:
        lines[0] += _remarks(start, None, words)
    for direction in ("up", "down"):
        if answer["direction"] in (direction, "both"):
            branches = list(_draw(_Tree.of(answer, direction), words))
            lines += ["", words[direction], *(branches or [f"  {words['nothing']}"])]
    moves = [edge for edge in answer["edges"] if edge["kind"] == "moved"]
    if moves:
        lines += ["", words["moves"], *(_move(edge, words) for edge in moves)]
    if answer["findings"]:
        told = (f"  {each['code']}: {printable(each['message'][language])}" for each in answer["findings"])
        lines += ["", words["findings"], *told]
    if answer["cut"] is not None:
        cut = answer["cut"]
        lines += ["", words["cut"].format(**{**cut, "reason": words[cut["reason"]]})]
    return "\n".join(lines)


def printable(text: str) -> str:
    """Replace what would move a terminal's cursor or change its colours: identifiers are other people's text."""
    return "".join(character if character.isprintable() else "?" for character in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tree:
    """The steps of one direction that lead further from the start, by the object they leave."""

    root: str
    nodes: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]
    first: Mapping[str, Mapping[str, Any]]  # the step under which an object is drawn with what follows it

    @classmethod
    def of(cls, answer: Mapping[str, Any], direction: str) -> _Tree:
        nodes = {node["key"]: node for node in answer["nodes"] if direction in node["directions"]}
        depths = {key: node["directions"][direction] for key, node in nodes.items()}
        steps: dict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
        first: dict[str, Mapping[str, Any]] = {}
        for edge in answer["edges"]:
            if edge["kind"] != "moved" and edge["from"] in nodes and edge["to"] in nodes:
                near, far = sorted((edge["from"], edge["to"]), key=lambda key: depths[key])
                turned = direction == "up" and edge["kind"] == "transformed-into" and near == edge["from"]
                turned |= direction == "down" and edge["kind"] == "transformed-into" and near == edge["to"]
                if depths[near] < depths[far] and not turned:
                    steps[near].append((far, edge))
        for key in sorted(nodes, key=lambda key: (depths[key], key)):
            for far, edge in steps[key]:
                first.setdefault(far, edge)
        return cls(root=answer["object"], nodes=nodes, steps=steps, first=first)


def _draw(tree: _Tree, words: Mapping[str, str]) -> Iterator[str]:
    """Draw depth first, without recursion: a chain may be longer than the interpreter's stack."""
    stack: list[tuple[str, Mapping[str, Any], str, bool]] = []

    def push(key: str, prefix: str) -> None:
        following = tree.steps.get(key, ())
        for position, (far, edge) in enumerate(reversed(following)):
            stack.append((far, edge, prefix, position == 0))

    push(tree.root, "")
    while stack:
        key, edge, prefix, last = stack.pop()
        drawn_here = tree.first[key] is edge
        remarks = _remarks(tree.nodes[key], edge, words) if drawn_here else f"  ({words['again']})"
        yield f"{prefix}{'└─ ' if last else '├─ '}{_step(edge, words)} {printable(key)}{remarks}"
        if drawn_here:
            push(key, prefix + ("   " if last else "│  "))


def _step(edge: Mapping[str, Any], words: Mapping[str, str]) -> str:
    amount = f" {edge['quantity']} {edge['uom'] or ''}".rstrip() if edge["quantity"] is not None else ""
    return f"{words[edge['kind']]} {_when(edge)}{amount}{_doubt(edge, words)}{_erased(edge, words)}:"


def _move(edge: Mapping[str, Any], words: Mapping[str, str]) -> str:
    objects = ", ".join(printable(key) for key in edge["objects"][:MOST_OBJECTS])
    more = f" (+{len(edge['objects']) - MOST_OBJECTS})" if len(edge["objects"]) > MOST_OBJECTS else ""
    way = f"{printable(edge['from'] or '?')} → {printable(edge['to'] or '?')}"
    return f"  {_when(edge)} {way}{_doubt(edge, words)}{_erased(edge, words)}: {objects}{more}"


def _when(edge: Mapping[str, Any]) -> str:
    """The minute in which it happened; both ends where the time is an interval of minutes or more."""
    earliest, latest = (edge[name][:16].replace("T", " ") for name in ("earliest", "latest"))
    return earliest if earliest == latest else f"{earliest} … {latest}"


def _doubt(edge: Mapping[str, Any], words: Mapping[str, str]) -> str:
    if edge["certainty"] == "certain":
        return ""
    margin = edge["margin_seconds"]
    slack = "" if margin is None else f", {words['margin']} {margin:g} s"
    return f" [{words['doubtful']}{slack}]"


def _erased(edge: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Say that what an event said is gone; that it happened is still shown."""
    erasure = edge.get("erasure")
    if not erasure:
        return ""
    said = words["erased"].format(date=erasure["erasedAt"][:10], rule=printable(erasure["rule"]))
    return f" [{said}]"


def _remarks(node: Mapping[str, Any], edge: Mapping[str, Any] | None, words: Mapping[str, str]) -> str:
    remarks = []
    if not node["traversed"]:
        remarks.append(words["class"])
    if node["tombstone"]:
        remarks.append(words["tombstone"])
    if node["hidden_events"]:
        remarks.append(f"{node['hidden_events']} {words['hidden']}")
    if edge is not None and node["certainty"] == "doubtful" and edge["certainty"] == "certain":
        remarks.append(words["doubtful"])
    return f"  ({', '.join(remarks)})" if remarks else ""
