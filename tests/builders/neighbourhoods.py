"""Judge a told story by one rule over neighbours, as one member sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from builders.traces import Chain, Told
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.neighbour_rules import judge_neighbours
from filiere_platform.domain.neighbourhood import Neighbourhood
from filiere_platform.domain.record import NodeKind, Role
from filiere_platform.domain.trace_graph import TraceGraph
from filiere_schemas.sectors.profile import Neighbour, Text
from filiere_schemas.sectors.sector_policies import sector_policies

_SIDES = {"to": Role.DESTINATION_OWNING_PARTY, "source": Role.SOURCE_OWNING_PARTY, "at": Role.READ_POINT}


def by(member: int, told: Told) -> Told:
    """The same event, of another member."""
    return replace(told, member=member)


def going(told: Told, **sides: str) -> Told:
    """The same event with parties and places: `to`, `source` and `at`."""
    ends = tuple((_SIDES[side], name, None, None) for side, name in sides.items())
    return replace(told, ends=(*told.ends, *ends))


class _Told:
    """What is told beside the graph."""

    def __init__(self, names: Mapping[int, str], contents: Mapping[int, Mapping[str, Any] | None]) -> None:
        self._names = names
        self._contents = contents

    def keys(self, nodes: Collection[int]) -> Mapping[int, str]:
        return {node: self._names[node] for node in nodes}

    def event_id(self, log_index: int) -> str:
        return f"urn:event:{log_index}"

    def content(self, log_index: int) -> Mapping[str, Any] | None:
        return self._contents.get(log_index, {})


def judged(rule: str, *story: Told, **asked: Any) -> list[tuple[str, int]]:
    """Give (object, place in the story) of what a member is told; asked as `findings_of` is."""
    return sorted((each.subject, each.log_index) for each in findings_of(rule, *story, **asked))


def findings_of(
    rule: str,
    *story: Told,
    member: int = 1,
    hidden: Collection[str] = (),
    open_transformations: Collection[str] = (),
    contents: Mapping[int, Mapping[str, Any] | None] | None = None,
    **said: Any,
) -> list[Finding]:
    """Judge every object of a story as a member; `hidden` names those about which it may not see everything."""
    chain = Chain().tell(*story)
    graph = TraceGraph(chain)
    kinds = chain.kinds(chain.ids.values())
    places = {key for told in story for role, key, _, _ in told.ends if role >= Role.READ_POINT}
    objects = [node for key, node in chain.ids.items() if key not in places and kinds[node] is not NodeKind.CLASS]
    graph.load(objects)
    names = {node: key for key, node in chain.ids.items()}
    near = Neighbourhood(
        graph=graph,
        keys={node: names[node] for node in objects if any(e.member_id == member for e in graph.events_of(node))},
        member_id=member,
        hidden={chain.ids[key]: 1 for key in hidden},
        own=_Told(names, contents or {}),
        rules=sector_policies("food").balance,
        open_transformations=open_transformations,
        turned=objects,
    )
    return list(
        judge_neighbours(near, [Neighbour(name=rule, text=Text(rule, rule), rule=rule, level="warning", **said)])
    )
