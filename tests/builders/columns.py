"""The arrays that a store would give of a told chain, in stretches of any length."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from builders.traces import Chain
from filiere_platform.domain.adjacency import Adjacency, Flags, GraphColumns, Integers, group_number
from filiere_platform.domain.closure import Closure, GraphView, Labels, close
from filiere_platform.domain.partial_adjacency import NEVER, SIGNS, Ends, PartialAdjacency, Times, Told, uses_of
from filiere_platform.domain.record import NodeKind, Role
from filiere_platform.domain.trace import Limits
from filiere_platform.domain.trace_graph import Direction, TraceGraph


def columns_of(chain: Chain, start: int, stop: int, *, known: int = 0) -> GraphColumns:
    """The events of a chain from one to another; nodes up to `known` were told of before."""
    told = list(enumerate(chain.told))[start:stop]
    ends = [(index, chain.ids[key], int(role)) for index, event in told for role, key, _, _ in event.ends]
    ends = [end for end in ends if end[2] < 10]
    new = sorted({node for _, node, _ in ends if node > known})
    kinds = chain.kinds(new)
    return GraphColumns(
        start=start,
        stop=stop,
        log_index=np.array([index for index, _ in told], np.int64),
        earliest=np.array([event.when[0] for _, event in told], np.int64),
        latest=np.array([event.when[1] for _, event in told], np.int64),
        end_event=np.array([index for index, _, _ in ends], np.int64),
        end_node=np.array([node for _, node, _ in ends], np.int64),
        end_role=np.array([role for _, _, role in ends], np.int8),
        kind_node=np.array(new, np.int64),
        kind=np.array([kinds[node] for node in new], np.int8),
        group_event=np.array([index for index, event in told if event.transformation], np.int64),
        group=np.array([group_number(event.transformation) for _, event in told if event.transformation], np.int64),
    )


def adjacency_of(chain: Chain, cuts: Sequence[int] = ()) -> Adjacency:
    """The adjacency of a whole chain, built in one stretch or in several."""
    adjacency = Adjacency()
    bounds = sorted({0, len(chain.told), *(cut for cut in cuts if cut <= len(chain.told))})
    for start, stop in itertools.pairwise(bounds):
        adjacency = adjacency.extended(columns_of(chain, start, stop))
    return adjacency


def everything(ordinals: Integers) -> Flags:
    return np.ones(len(ordinals), np.bool_)


def closed(chain: Chain, start: str, direction: Direction, limits: Limits, cuts: Sequence[int] = ()) -> Closure:
    """Follow an object over arrays."""
    number = chain.ids.setdefault(start, len(chain.ids) + 1)
    adjacency = adjacency_of(chain, cuts)
    if number >= len(adjacency.kind):  # nobody mentioned it
        extra = columns_of(chain, len(chain.told), len(chain.told))
        kinds = chain.kinds([number])
        adjacency = adjacency.extended(
            GraphColumns(
                **{
                    **{name: getattr(extra, name) for name in extra.__slots__},
                    "kind_node": np.array([number]),
                    "kind": np.array([kinds[number]], np.int8),
                }
            )
        )
    view = GraphView(adjacency=adjacency, graph=TraceGraph(chain), visible=everything)
    return close(view, number, direction, limits, nodes=Labels(), events=Labels())


class ChainSource:
    """Tells a partial adjacency of a chain, as a store would, and counts how often it is asked."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.questions = 0

    def kinds(self, nodes: Integers) -> tuple[Integers, Integers]:
        self.questions += 1
        kinds = self._chain.kinds(nodes.tolist())
        return nodes, np.array([kinds[node] for node in nodes.tolist()], np.int64)

    def touches(self, nodes: Integers, uses: Iterable[int], *, classes: bool) -> tuple[tuple[Integers, Integers], Ends]:
        node, kind = self.kinds(nodes)
        asked = nodes if classes else node[kind != NodeKind.CLASS]
        ends = self._ends(range(len(self._chain.told)))
        there = np.isin(ends.node, asked) & np.isin(uses_of(ends.role), list(uses))
        return (node, kind), Ends(*(column[there] for column in ends))

    def tell(self, times_of: Integers, ends_of: Integers, signs_of: Integers) -> Told:
        self.questions += 1
        told = [self._chain.told[index] for index in times_of.tolist()]
        runs = [0 if event.transformation is None else group_number(event.transformation) for event in told]
        times = Times(
            log_index=times_of,
            earliest=np.array([event.when[0] for event in told], np.int64),
            latest=np.array([event.when[1] for event in told], np.int64),
            group=np.array(runs, np.int64),
            withdrawn_at=np.full(len(told), NEVER),
            granted=np.ones(len(told), np.bool_),
            viewed=np.zeros(len(told), np.bool_),
        )
        signs = self._ends(signs_of.tolist())
        borne = np.isin(signs.role, list(SIGNS))
        return Told(times, self._ends(ends_of.tolist()), Ends(*(column[borne] for column in signs)))

    def together(self, indexes: Integers) -> Integers:
        self.questions += 1
        runs = {self._chain.told[index].transformation for index in indexes.tolist()} - {None}
        return np.array([n for n, event in enumerate(self._chain.told) if event.transformation in runs], np.int64)

    def _ends(self, indexes: Iterable[int]) -> Ends:
        told = ((index, self._chain.told[index]) for index in indexes)
        ends = [(index, self._chain.ids[key], int(role)) for index, event in told for role, key, _, _ in event.ends]
        columns = np.array([end for end in ends if end[2] < Role.READ_POINT], np.int64).reshape(-1, 3)
        return Ends(*columns.T)


def fetched(chain: Chain, start: str, direction: Direction, limits: Limits) -> Closure:
    """Follow an object over as much of the graph as the search comes to."""
    number = chain.ids.setdefault(start, len(chain.ids) + 1)
    partial = PartialAdjacency(ChainSource(chain), size=len(chain.told), nodes=len(chain.ids))
    view = GraphView(adjacency=partial, graph=TraceGraph(chain), visible=everything)
    return close(view, number, direction, limits, nodes=Labels(), events=Labels())
