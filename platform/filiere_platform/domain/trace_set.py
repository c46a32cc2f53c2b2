"""Traces of many objects as one: the searches of all of them joined, and which of them reach which object.

Joined spans are what one search from all of the objects would find: a step is possible from any of them, or it is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from filiere_platform.domain.span import add_span
from filiere_platform.domain.trace import Cut, CutReason, Reached, Search


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSet:
    """One search in each direction, and by object the roots (positions) that reach it in any of them."""

    searches: tuple[Search, ...]
    roots: Mapping[int, Mapping[int, bool]]  # by node, by root: whether surely


def join(searches: Sequence[Sequence[Search]], max_nodes: int) -> TraceSet:
    """Join the searches of several roots, each in the same directions; the farthest objects give way to a limit."""
    roots: dict[int, dict[int, bool]] = defaultdict(dict)
    for at, of_root in enumerate(searches):
        for search in of_root:
            for node, state in search.reached.items():
                roots[node][at] = roots[node].get(at, False) or state.is_certain
    joined = tuple(_joined([of_root[way] for of_root in searches], max_nodes) for way in range(len(searches[0])))
    return TraceSet(searches=joined, roots=roots)


def _joined(searches: Sequence[Search], max_nodes: int) -> Search:
    reached: dict[int, Reached] = {}
    for search in searches:
        for node, state in search.reached.items():
            known = reached.get(node)
            if known is None:
                reached[node] = replace(state, life=list(state.life), contents=list(state.contents))
                continue
            known.depth = min(known.depth, state.depth)
            known.followed = known.followed or state.followed
            for kept, new in ((known.life, state.life), (known.contents, state.contents)):
                for span in new:
                    add_span(kept, span)
    cuts = [search.cut for search in searches if search.cut is not None]
    cut = min(cuts, key=lambda each: each.depth, default=None)
    if len(reached) > max_nodes:
        farthest = sorted(reached, key=lambda node: (reached[node].depth, node))[max_nodes:]
        cut = Cut(reason=CutReason.NODES, depth=reached[farthest[0]].depth, remaining=len(farthest))
        for node in farthest:
            del reached[node]
    return replace(searches[0], reached=reached, cut=cut)
