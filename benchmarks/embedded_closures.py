"""Closures over a sector's graph on SQLite: the engine, with the graph in memory and without, and whole answers."""

from __future__ import annotations

from collections.abc import Iterator

import closures
from closures import FEW, MANY, Result, Say, timed
from figures import at_most_ms, paired
from filiere_platform.domain.audience import Viewer
from filiere_platform.usecases.trace import TraceQuestion, Ways, trace_object
from sites import Site

MOST_MS = 40.0  # for a thousand objects


def compare(site: Site, say: Say, report: Result) -> Iterator[Result]:
    """Enter the graph, then ask for the origin of a lot of a thousand and of one of a hundred thousand objects."""
    graph = closures.enter(site, range(1), say)
    database = site.platform.database
    memory: Result = {}
    with database.unit_of_work() as uow:
        ids = uow.nodes.ids([graph.small, graph.large])
        engine = closures.Engine(uow, site, memory, say)
        for key, rounds in ((graph.small, MANY), (graph.large, FEW)):
            start, count = ids[key], engine.count(ids[key])
            assert engine.count_cold(start) == count, "two answers"
            for name, ask in (("engine", engine.count), ("nothing in memory", engine.count_cold)):
                slots = [(timed(ask, start), None) for _ in range(rounds)]
                result = paired(f"SQLite, closure, {count:,} objects, {name}", slots, unit="answers/s")
                yield at_most_ms(result, MOST_MS, slowest=True) if key == graph.small else result
        member = uow.members.by_uri(site.senders[closures.MEMBER].uri)
    report["memory_on_sqlite"] = memory["memory"]
    assert member is not None
    viewer, question = Viewer(member_id=member.id), TraceQuestion(object=graph.small, ways=Ways.UP)

    def answer(_: int) -> int:
        with database.unit_of_work() as uow:
            return len(trace_object(uow, viewer, question)["nodes"])

    slots = [(timed(answer, 0), None) for _ in range(MANY)]
    whole = paired(f"SQLite, whole answer, {answer(0):,} objects, without HTTP", slots, unit="answers/s")
    yield at_most_ms(whole, MOST_MS, slowest=True)
