"""The arrays that a store would give of a told chain, in stretches of any length."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from builders.traces import Chain
from filiere_platform.domain.adjacency import Adjacency, Flags, GraphColumns, Integers, group_number
from filiere_platform.domain.closure import Closure, GraphView, Labels, close
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
