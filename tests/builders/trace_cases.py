"""Worked cases of traces: a folder each, with its events, its question, its answer, and why.

`events.json` is a list, in the order of capture: `{"by": member, "event": {...}}`. Names keep the files readable:
`lot:MILK`, `pallet:P1`, `item:PUMP-7`, `vessel:TANK`, `place:DAIRY`, `party:DAIRY` stand for identifiers of that kind,
which `Names` writes out, apart for each case; `owned:dairy-MILK` is a lot under the identifier of the member `dairy`.
`question.json` asks as the trace does; its `as_of` counts the events of the case that were captured.
`answer.json` gives some parts of the answer, each of them whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from builders.instance import duns
from filiere_schemas.identifiers import canonical_key

FOLDER: Final = Path(__file__).resolve().parent.parent / "vectors" / "trace"
PARTS: Final = ("nodes", "edges", "moves", "findings", "quantities", "cut", "carry_over", "declarers")
_CONTEXT: Final = [
    "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld",
    {"filiere": "urn:filiere:ns:"},
]
_NAME: Final = re.compile(r"(lot|owned|pallet|item|vessel|place|party):([A-Za-z0-9_-]+)")
_PALLET: Final = "urn:epc:id:sscc:9521001.0{number:09d}"  # range 952: GS1 keeps it for demonstrations
_FORMS: Final = {
    "lot": "urn:filiere:lot:duns:150483782:{case}:{name}",
    "item": "urn:filiere:item:duns:150483782:{case}:{name}",
    "vessel": "urn:example:vessel:{case}:{name}",
    "place": "urn:example:place:{case}:{name}",
    "party": "urn:example:party:{case}:{name}",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One worked case as read."""

    name: str
    events: list[dict[str, Any]]
    question: dict[str, Any]
    answer: dict[str, Any]


def read_case(folder: Path) -> Case:
    """Read a case's files."""
    events, question, answer = (
        json.loads((folder / f"{part}.json").read_text(encoding="utf-8")) for part in ("events", "question", "answer")
    )
    return Case(name=folder.name, events=events, question=question, answer=answer)


def cases() -> list[Path]:
    """Every case, by name."""
    return sorted(path for path in FOLDER.iterdir() if path.is_dir())


@dataclass(frozen=True)
class Names:
    """The identifiers of one case."""

    case: str
    _written: dict[str, str] = field(default_factory=dict)  # canonical key -> name
    _members: dict[str, str] = field(default_factory=dict)  # URI -> name

    def write(self, value: Any) -> Any:
        """Write names out, everywhere in a JSON value."""
        if isinstance(value, str):
            match = _NAME.fullmatch(value)
            return value if match is None else self._identifier(match[1], match[2])
        if isinstance(value, list):
            return [self.write(item) for item in value]
        if isinstance(value, dict):
            return {key: self.write(item) for key, item in value.items()}
        return value

    def read(self, key: str | None) -> str | None:
        """Give the name behind a canonical key; what is no name of the case comes back as it is."""
        return None if key is None else self._written.get(key, key)

    def member(self, uri: str) -> str:
        """Give the name of a member that was written out as an owner; another comes back as it is."""
        return self._members.get(uri, uri)

    def event(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Write an event out as its member sends it."""
        event: dict[str, Any] = {"@context": _CONTEXT, "eventTimeZoneOffset": "+00:00", **self.write(dict(told))}
        return event

    def _identifier(self, kind: str, name: str) -> str:
        if kind == "pallet":
            digest = hashlib.sha256(f"{self.case}:{name}".encode()).digest()
            identifier = _PALLET.format(number=int.from_bytes(digest[:8], "big") % 10**9)
        elif kind == "owned":
            owner, _, own = name.partition("-")
            self._members[f"urn:filiere:party:duns:{duns(owner)}"] = owner
            identifier = f"urn:filiere:lot:duns:{duns(owner)}:{self.case}:{own}"
        else:
            identifier = _FORMS[kind].format(case=self.case, name=name)
        self._written[canonical_key(identifier)] = f"{kind}:{name}"
        return identifier


def parts_of(answer: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Reduce an answer to what cases state, with names, in an order of its own."""
    return {
        "nodes": {names.read(node["key"]): node["certainty"] for node in answer["nodes"]},
        "edges": sorted(
            [edge["kind"], names.read(edge["from"]), names.read(edge["to"]), edge["certainty"]]
            for edge in answer["edges"]
            if edge["kind"] != "moved"
        ),
        "moves": sorted(_moves(answer["edges"], names)),
        "findings": sorted([finding["code"], names.read(finding["object"]) or ""] for finding in answer["findings"]),
        "quantities": {
            names.read(node["key"]): {
                flow: [f"{amount['quantity']} {amount['uom']}" for amount in total["amounts"]]
                for flow, total in node["quantities"].items()
            }
            for node in answer["nodes"]
        },
        "cut": answer["cut"],
        "carry_over": sorted(
            [edge["kind"], names.read(edge["from"]), names.read(edge["to"]), edge["carry_over"]]
            for edge in answer["edges"]
            if edge["carry_over"] is not None
        ),
        "declarers": sorted(
            [names.read(edge["from"]), names.read(edge["to"]), sorted(map(names.member, edge["declared_by"]))]
            for edge in answer["edges"]
            if edge["declared_by"] is not None
        ),
    }


def _moves(edges: Iterable[Mapping[str, Any]], names: Names) -> Iterable[list[Any]]:
    for edge in edges:
        if edge["kind"] == "moved":
            where = [names.read(edge["from"]) or "?", names.read(edge["to"]) or "?"]
            yield [*where, sorted(names.read(key) or "" for key in edge["objects"]), edge["certainty"]]
