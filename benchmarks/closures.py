"""Closures over a sector's graph: our engine beside a recursive CTE, a walk by an ORM and ladybug, then over HTTP.

The peers have the steps as plain pairs of lots with an index that covers the question, and ignore time, grants,
withdrawals, uncertainty. The graph has about a million ends; `FILIERE_BENCH_COPIES` enters it several times over, with
nothing in common, to see what growth costs.
"""

from __future__ import annotations

import csv
import dataclasses
import importlib
import json
import os
import re
import shutil
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
from sqlalchemy import create_engine
from sqlmodel import Session, select

import graphs
from builders.events import a_transformation_event
from cpu import Meter
from figures import Figures, at_least_times, at_most_ms, claimed, paired
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.closure import GraphView, close
from filiere_platform.domain.record import LogHead, Role
from filiere_platform.domain.trace import Limits
from filiere_platform.domain.trace_graph import Direction, TraceGraph
from filiere_platform.domain.trace_levels import levels
from filiere_platform.store.graph_memory import SeenGraph
from filiere_platform.store.tables import EDGE
from filiere_platform.store.tables import EdgeTable as Edge
from filiere_platform.store.unit_of_work import UnitOfWork
from sites import Site

MEMBER = "site 5"
ROUNDS = 7
FEW = 3
FAR = Limits(max_depth=1_000, max_nodes=10_000_000)
MANY = 21  # where every twentieth answer counts
PATIENCE_SECONDS = 600.0
MOST_ENGINE_MS, MOST_HTTP_MS = 10.0, 60.0  # for a thousand objects
MOST_FIRST_LEVEL_MS, MOST_STREAM_MS = 100.0, 1_500.0  # for a hundred thousand
MOST_COLD = 1.5  # times the recursive CTE
MOST_GROWTH = 1.3  # from one million ends to ten
LEAST_TIMES = {  # by peer, and whether it is asked for a thousand objects
    ("a recursive CTE", False): 3.0,
    ("ladybug", False): 1.0,
    ("an ORM walk", True): 50.0,
}
PAIRS = """
CREATE TABLE bench_pair AS
  SELECT o.node_id AS made, i.node_id AS used FROM edge o JOIN edge i ON i.log_index = o.log_index
  WHERE o.role = 5 AND i.role = 4;
CREATE INDEX ON bench_pair (made, used);
"""
CLOSURE = """
WITH RECURSIVE reached(node) AS (
  SELECT %s::bigint UNION SELECT used FROM reached JOIN bench_pair ON made = node
) SELECT count(*) FROM reached
"""
LADYBUG = "MATCH (a:Lot {id: $start})-[:MADE_OF* SHORTEST 1..30]->(b:Lot) RETURN count(*)"

Result = dict[str, Any]
Say = Callable[[str], None]


def compare(site: Site, say: Say, report: Result) -> Iterator[Result]:
    """Enter the graph, then ask for the origin of a lot of a thousand and of one of a hundred thousand objects."""
    copies = int(os.environ.get("FILIERE_BENCH_COPIES", "1"))
    url = str(site.platform.settings.database_url).replace("+psycopg", "")
    graph = enter(site, range(1), say)
    with psycopg.connect(url, autocommit=True) as connection:
        ids = _prepared(connection, graph, report, say)
        yield from _engines(site, connection, graph, ids, report, say)
        if copies > 1:
            before = _closed_again(site, ids, report, say)
            grown = enter(site, range(1, copies), say)
            graph = dataclasses.replace(graph, events=grown.events)
            connection.execute("DROP TABLE bench_pair")
            _prepared(connection, graph, report, say)
            after = _closed_again(site, ids, report, say)
            for key, slots in after.items():
                name = f"closure, {key}: {copies} million ends / one million"
                grown_by = paired(name, list(zip(slots, before[key], strict=True)), unit="answers/s")
                times = 1 / grown_by["ratio"]["rate"]
                yield claimed(grown_by, f"at most {MOST_GROWTH} times", times, holds=times <= MOST_GROWTH)
    yield from _served(site, graph, say)


def _prepared(connection: Any, graph: graphs.Graph, report: Result, say: Say) -> dict[str, int]:
    """Give the peers their pairs, and the numbers of the lots to ask for."""
    connection.execute(PAIRS)
    connection.execute("VACUUM ANALYZE")
    ids = dict(connection.execute("SELECT key, node_id FROM node WHERE key = ANY(%s)", ([graph.small, graph.large],)))
    report["graph"] = {
        name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
        for name in ("event", "edge", "node", "bench_pair")
    }
    plan = connection.execute("EXPLAIN " + CLOSURE, (ids[graph.small],)).fetchall()
    report["plan"] = [line for (line,) in plan]
    say(f"rows: {report['graph']}")
    return ids


def _closed_again(site: Site, ids: dict[str, int], report: Result, say: Say) -> dict[str, list[Figures]]:
    """Time the engine alone, as often as a ratio of two small figures needs."""
    with site.platform.database.unit_of_work() as uow:
        engine = Engine(uow, site, report, say)
        found = {}
        for start in ids.values():
            name = f"{engine.count(start):,} objects"
            found[name] = [timed(engine.count, start) for _ in range(MANY)]
    return found


def enter(site: Site, copies: range, say: Say) -> graphs.Graph:
    """Enter copies of the graph as one member's."""
    sender = site.senders[MEMBER]
    with site.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(sender.uri)
    assert member is not None
    body = sender.sign(a_transformation_event())
    return graphs.enter(site.platform.database, body, member=member.id, copies=copies, say=say)


class Engine:
    """The search of traces over the graph in memory, as one member sees it."""

    def __init__(self, uow: UnitOfWork, site: Site, report: Result, say: Say) -> None:
        """Wait until the graph is in memory."""
        member = uow.members.by_uri(site.senders[MEMBER].uri)
        assert member is not None
        viewer, head = Viewer(member_id=member.id), uow.log.head()
        self._seen = _remembered(uow, viewer, head, report, say)
        self._before = head.size
        self._uow, self._viewer, self._head = uow, viewer, head

    def count(self, start: int) -> int:
        """Count what a lot is made of."""
        return len(self._closed(start)[1].plain)

    def count_cold(self, start: int) -> int:
        """Count the same with nothing in memory."""
        return len(self._closed(start, self._uow.graph.fetched_by(self._viewer, self._head))[1].plain)

    def count_steps(self, start: int) -> int:
        """Lay out every step and count them."""
        view, found = self._closed(start)
        told = levels(found, Direction.UP, view.graph, view.adjacency, view.visible)
        return sum(len(level.steps.kind) for level in told)

    def _closed(self, start: int, seen: SeenGraph | None = None) -> tuple[GraphView, Any]:
        shown = seen or self._seen

        def visible(ordinals: Any) -> Any:
            return shown.adjacency.in_force(ordinals, before=self._head.size) & shown.may_see(ordinals)

        with shown.room() as (nodes, events):
            nothing: Any = None
            view = GraphView(adjacency=shown.adjacency, graph=TraceGraph(nothing), visible=visible)
            return view, close(view, start, Direction.UP, FAR, nodes=nodes, events=events)


def _engines(  # noqa: PLR0917 - the state of the comparison
    site: Site, connection: Any, graph: graphs.Graph, ids: dict[str, int], report: Result, say: Say
) -> Iterator[Result]:
    def cte(start: int) -> int:
        return int(connection.execute(CLOSURE, (start,)).fetchone()[0])

    with (
        site.platform.database.unit_of_work() as uow,
        _ladybug(connection, report) as ladybug,
        _orm(site) as orm,
    ):
        engine = Engine(uow, site, report, say)
        for key in (graph.small, graph.large):
            start, few = ids[key], key == graph.small
            count = engine.count(start)
            assert count == cte(start), "two answers"
            say(f"closure of {count:,} objects")
            alone = paired(
                f"closure, {count:,} objects, engine",
                [(timed(engine.count, start), None) for _ in range(MANY)],
                unit="answers/s",
            )
            yield at_most_ms(alone, MOST_ENGINE_MS, slowest=True) if few else alone
            peers = {"a recursive CTE": (cte, ROUNDS), "ladybug": (ladybug, ROUNDS)}
            if few:
                peers["an ORM walk"] = (orm, FEW)
            for peer, (ask, rounds) in peers.items():
                if ask is None:
                    continue
                pairs = [(timed(engine.count, start), timed(ask, start)) for _ in range(rounds)]
                compared = paired(f"closure, {count:,} objects, engine / {peer}", pairs, unit="answers/s")
                least = LEAST_TIMES.get((peer, few))
                yield compared if least is None else at_least_times(compared, least)
            laid_out = [(timed(engine.count_steps, start), None) for _ in range(ROUNDS)]
            yield paired(f"the same with its {engine.count_steps(start):,} steps", laid_out, unit="answers/s")
            assert engine.count_cold(start) == count, "two answers"
            pairs = [(timed(engine.count_cold, start), timed(cte, start)) for _ in range(MANY if few else FEW)]
            cold = paired(f"closure, {count:,} objects, nothing in memory / a CTE", pairs, unit="answers/s")
            if few:
                yield at_most_ms(cold, MOST_ENGINE_MS, slowest=True)
            else:
                times = 1 / cold["ratio"]["rate"]
                yield claimed(cold, f"at most {MOST_COLD} times the CTE", times, holds=times <= MOST_COLD)


def _remembered(uow: UnitOfWork, viewer: Viewer, head: LogHead, report: Result, say: Say) -> SeenGraph:
    """Wait until the graph in memory is there."""
    begun = time.monotonic()
    while not (seen := uow.graph.seen_by(viewer, head)).is_remembered:
        assert time.monotonic() - begun < PATIENCE_SECONDS
        time.sleep(0.05)
    state = uow.graph.state()
    report["memory"] = {
        "log_size": state.size,
        "bytes": state.nbytes,
        "bytes_per_million_ends": round(state.nbytes / state.ends * 1e6),
        "seconds_to_load": round(time.monotonic() - begun, 1),
    }
    say(f"graph in memory: {report['memory']}")
    return seen


def timed(ask: Callable[[int], int], start: int) -> Figures:
    """Ask once, and say how long it took: on the wall, and of this process."""
    begun, used = time.perf_counter(), time.process_time()
    ask(start)
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    return Figures(
        rate=1 / seconds,
        microseconds={"asker": used * 1e6},
        median_ms=seconds * 1e3,
        slow_ms=seconds * 1e3,
        count=1,
        seconds=seconds,
    )


class _orm:  # noqa: N801 - a context manager, as the one below
    """A walk as it is often written: the ends of one object, then of each event, object by object."""

    def __init__(self, site: Site) -> None:
        self._engine = create_engine(site.platform.settings.effective_database_url)

    def __enter__(self) -> Callable[[int], int]:
        return self._walk

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    def _walk(self, start: int) -> int:
        reached, waiting = {start}, [start]
        with Session(self._engine) as session:
            while waiting:
                node = waiting.pop()
                made = session.exec(select(Edge).where(EDGE.c.node_id == node, EDGE.c.role == Role.OUTPUT)).all()
                for output in made:
                    used = session.exec(
                        select(Edge).where(EDGE.c.log_index == output.log_index, EDGE.c.role == Role.INPUT)
                    ).all()
                    fresh = {each.node_id for each in used} - reached
                    reached |= fresh
                    waiting += fresh
        return len(reached)


class _ladybug:  # noqa: N801
    """The embedded graph database, with the same pairs; None where it is not installed."""

    def __init__(self, connection: Any, report: Result) -> None:
        self._connection, self._report = connection, report
        self._folder = Path(tempfile.mkdtemp(prefix="ladybug-"))

    def __enter__(self) -> Callable[[int], int] | None:
        try:
            ladybug: Any = importlib.import_module("ladybug")
        except ImportError:
            self._report["missing"] = [*self._report.get("missing", []), "ladybug: pip install ladybug"]
            return None
        for name, question in (("nodes", "SELECT node_id FROM node"), ("pairs", "SELECT made, used FROM bench_pair")):
            with (self._folder / f"{name}.csv").open("w", newline="") as out:
                csv.writer(out).writerows(self._connection.execute(question))
        opened = ladybug.Connection(ladybug.Database(str(self._folder / "graph")))
        opened.execute("CREATE NODE TABLE Lot(id INT64, PRIMARY KEY(id))")
        opened.execute("CREATE REL TABLE MADE_OF(FROM Lot TO Lot)")
        opened.execute(f"COPY Lot FROM '{self._folder}/nodes.csv'")
        opened.execute(f"COPY MADE_OF FROM '{self._folder}/pairs.csv'")
        return lambda start: int(opened.execute(LADYBUG, {"start": start}).get_next()[0])

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _served(site: Site, graph: graphs.Graph, say: Say) -> Iterator[Result]:
    """Ask the server, which follows the log by itself."""
    headers = {"Authorization": f"Bearer {site.senders[MEMBER].token}"}
    with httpx.Client(
        base_url=f"http://127.0.0.1:{site.server.port}", headers=headers, timeout=PATIENCE_SECONDS
    ) as client:
        small = "/api/v1/trace?direction=up&object=" + urllib.parse.quote(graph.small, safe="")
        large = "/api/v1/trace/stream?direction=up&max_nodes=1000000&object=" + urllib.parse.quote(graph.large, safe="")
        cold = _fetch(client, small)
        name = "trace over HTTP, 1,000 objects, nothing in memory yet"
        yield at_most_ms(paired(name, [(cold, None)], unit="answers/s"), MOST_HTTP_MS)
        begun = time.monotonic()
        while (size := _size_in_memory(client)) < graph.events:
            assert time.monotonic() - begun < PATIENCE_SECONDS, f"{size:,} of {graph.events:,} entries"
            time.sleep(0.2)
        say(f"the server's graph is there after {time.monotonic() - begun:.1f} s")
        meter = Meter(site.processes)
        answers = [(_fetch(client, small), None) for _ in range(MANY)]
        used = {name: seconds / MANY * 1e6 for name, seconds in meter.read().items()}
        warm = paired("trace over HTTP, 1,000 objects", answers, unit="answers/s")
        warm["platform"]["cpu_us"] = used
        yield at_most_ms(warm, MOST_HTTP_MS, slowest=True)
        streams = [_stream(client, large) for _ in range(ROUNDS)]
        for name, most, slots in (
            ("first level", MOST_FIRST_LEVEL_MS, [(first, None) for first, _ in streams]),
            ("whole", MOST_STREAM_MS, [(whole, None) for _, whole in streams]),
        ):
            yield at_most_ms(paired(f"stream of 100,000 objects, {name}", slots, unit="answers/s"), most)


def _size_in_memory(client: httpx.Client) -> float:
    found = re.search(r"^filiere_graph_log_size (\S+)$", client.get("/metrics").text, re.MULTILINE)
    return 0.0 if found is None else float(found[1])


def _fetch(client: httpx.Client, path: str) -> Figures:
    begun = time.perf_counter()
    answer = client.get(path)
    seconds = time.perf_counter() - begun
    assert answer.status_code == 200, answer.text[:500]
    return Figures(rate=1 / seconds, median_ms=seconds * 1e3, slow_ms=seconds * 1e3, count=1, seconds=seconds)


def _stream(client: httpx.Client, path: str) -> tuple[Figures, Figures]:
    begun, instants, last = time.perf_counter(), [], b""
    with client.stream("GET", path) as answer:
        for line in answer.iter_lines():
            instants.append(time.perf_counter() - begun)
            last = line.encode()
    assert json.loads(last)["cut"] is None
    first, whole = instants[1], instants[-1]
    return tuple(Figures(rate=1 / s, median_ms=s * 1e3, slow_ms=s * 1e3, count=1, seconds=s) for s in (first, whole))  # type: ignore[return-value]
