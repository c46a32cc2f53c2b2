"""By what the objects of a page are folded, and what its choices would leave to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from filiere_platform.render.lot_folding import Folded, fold
from filiere_platform.render.lot_graph import organisations_of, telling_events
from filiere_platform.web.lot_choice import FOLDS, LotChoice
from filiere_platform.web.names import product_name
from filiere_platform.web.words import ZONE

_PLACES = ("biz_location", "read_point")  # where it is afterwards, else where it was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How many objects stand so many steps from the one asked for, and how many up to there."""

    depth: int
    objects: int
    together: int


def fold_as_chosen(answer: Mapping[str, Any], choice: LotChoice) -> Folded:
    """Fold an answer as its reader chose; without a choice it stays as it is."""
    if not choice.fold and not choice.collapse:
        return Folded(answer=answer, groups={}, inside={})
    by = (choice.fold, values_of(answer, choice.fold)) if choice.fold else None
    return fold(answer, organisations_of(answer), by=by, collapsed=choice.collapse, opened=choice.open)


def values_of(answer: Mapping[str, Any], name: str) -> dict[str, str]:
    """Give the site, the product or the day of each object that has one."""
    if name == "product":
        values = {node["key"]: product_name(node["key"]) for node in answer["nodes"]}
    else:
        of_event = _site if name == "site" else _day
        values = {key: of_event(event) for key, event in telling_events(answer).items()}
    return {key: value for key, value in values.items() if value}


def fold_sizes(answer: Mapping[str, Any]) -> dict[str, int]:
    """Say how many groups and objects each fold would leave, without folding."""
    organisations = organisations_of(answer)
    sizes = {}
    for name in FOLDS:
        values = values_of(answer, name)
        groups = {(organisations.get(key), value) for key, value in values.items() if key != answer["object"]}
        alone = (node["key"] for node in answer["nodes"])
        sizes[name] = len(groups) + sum(key not in values or key == answer["object"] for key in alone)
    return sizes


def levels_of(answer: Mapping[str, Any]) -> list[Level]:
    """Count the objects by their steps from the one asked for."""
    counts = Counter(node["depth"] for node in answer["nodes"])
    found, together = [], 0
    for depth in sorted(counts):
        together += counts[depth]
        found.append(Level(depth=depth, objects=counts[depth], together=together))
    return found


def _site(event: Mapping[str, Any]) -> str:
    places = {place["role"]: place["key"] for place in event.get("places", ())}
    return next((places[role] for role in _PLACES if role in places), "")


def _day(event: Mapping[str, Any]) -> str:
    return datetime.fromisoformat(event["earliest"]).astimezone(ZONE).date().isoformat()
