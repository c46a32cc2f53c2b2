"""What a mandate costs: 100,000 events granted at once, on both databases, while captures go on beside.

The events are of one member, in groups as capture commits them; the mandate names a product, so that the objects of
each event are looked at. A thread captures small groups without a pause, before and during: the ratio is what the
worker takes from it. `FILIERE_BENCH_MANDATED` says how many events there are; the promise, under ten seconds, is made
for 100,000.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import graphs
from builders.events import an_object_event
from figures import Figures, paired
from filiere_platform.domain.audience import GrantCause
from filiere_platform.domain.mandate import DAY, Mandate, MandatePurpose, MandateRequest, MandateScope, new_mandate_id
from filiere_platform.domain.record import (
    KIND_CODES,
    Admission,
    EdgeRow,
    EventRow,
    EventTypeCode,
    GrantRow,
    NodeKind,
    NodeRow,
    RecordRow,
    Role,
)
from filiere_platform.store.database import Database
from filiere_platform.worker.mandates import MandateFollower
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.provenance.entry import EntryKind
from sites import Site

EVENTS = 100_000
PER_LOT = 20
GROUP = 1_000
SMALL = 20  # records of a group that is captured meanwhile
BEFORE = 3.0  # seconds of capture alone
PRODUCT = canonical_key("urn:epc:idpat:sgtin:9521003.000017.*")

Result = dict[str, Any]
Say = Callable[[str], None]


def compare(site: Site, say: Say) -> Iterator[Result]:
    """Grant a mandate over many events, on PostgreSQL and on SQLite."""
    body = next(iter(site.senders.values())).sign(an_object_event())
    yield from _on("PostgreSQL", site.platform.database, body, say)
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{Path(folder) / 'bench.db'}")
        database.migrate()
        yield from _on("SQLite", database, body, say)
        database.close()


def _on(name: str, database: Database, body: bytes, say: Say) -> Iterator[Result]:
    count = int(os.environ.get("FILIERE_BENCH_MANDATED", EVENTS))
    with database.unit_of_work() as uow:
        owner = uow.members.add("urn:filiere:party:bench:looked-at", "Looked at", None, []).id
        holder = uow.members.add("urn:filiere:party:bench:auditor", "Auditor", None, []).id
    for _ in range(0, count, GROUP):
        _commit(database, body, owner, GROUP)
    say(f"entered {count:,} events on {name}")
    captured = _Captures(database, body, owner)
    captured.start()
    before = captured.now()
    time.sleep(BEFORE)
    alone = captured.since(before)
    mandate = _give(database, owner, holder)
    follower = MandateFollower(units=database, leadership=database.leadership, clock=lambda: graphs.BEGIN)
    with database.unit_of_work() as uow:
        goal = uow.log.head().size  # what comes meanwhile is granted in its turn
    begun = captured.now()
    while _followed(database, mandate) < goal:
        follower.follow()
    seconds = time.perf_counter() - begun[0]
    during = captured.since(begun)
    captured.stop()
    granted = Figures(rate=count / seconds, count=count, seconds=seconds)
    yield paired(
        f"mandate over {count:,} events, {name}: granted in {seconds:.1f} s", [(granted, None)], unit="grants/s"
    )
    yield paired(f"capture while it is granted / before, {name}", [(during, alone)], unit="records/s")


def _followed(database: Database, mandate: Mandate) -> int:
    with database.unit_of_work() as uow:
        found = uow.mandates.by_numbers([mandate.number])[mandate.number]
        return found.followed


def _give(database: Database, owner: int, holder: int) -> Mandate:
    request = MandateRequest(
        purpose=MandatePurpose.AUDIT,
        reason="bench",
        scope=MandateScope(members=frozenset({owner}), products=frozenset({PRODUCT})),
        holder_id=holder,
        starts_at=graphs.BEGIN,
        ends_at=graphs.BEGIN + DAY,
    )
    with database.unit_of_work() as uow:
        return uow.mandates.add(new_mandate_id(), owner, request, now=graphs.BEGIN)


class _Captures:
    """Captures small groups without a pause, and remembers when each was committed and how long it took."""

    def __init__(self, database: Database, body: bytes, owner: int) -> None:
        self._arguments = database, body, owner
        self._done: list[tuple[float, float]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    @staticmethod
    def now() -> tuple[float, float]:
        """A moment: by the clock on the wall, and by the processor's."""
        return time.perf_counter(), time.process_time()

    def since(self, moment: tuple[float, float]) -> Figures:
        """What was captured from a moment on until now; the processor's time is that of the whole process."""
        begun, used = moment
        seconds, used = time.perf_counter() - begun, time.process_time() - used
        waits = sorted(wait for at, wait in self._done if at >= begun) or [seconds]
        return Figures(
            rate=len(waits) * SMALL / seconds,
            count=len(waits) * SMALL,
            seconds=seconds,
            microseconds={"process": used / (len(waits) * SMALL) * 1e6},
            median_ms=waits[len(waits) // 2] * 1e3,
            slow_ms=waits[len(waits) * 99 // 100] * 1e3,
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            begun = time.perf_counter()
            _commit(*self._arguments, SMALL)
            self._done.append((time.perf_counter(), time.perf_counter() - begun))


def _commit(database: Database, body: bytes, owner: int, count: int) -> None:
    """Commit events of one member, each with its own grant, as capture lays them out."""
    kind, sha256 = KIND_CODES[EntryKind.EVENT], hashlib.sha256(body).digest()
    with database.capture_transaction() as transaction:
        head = transaction.begin(digests=[], node_keys=[]).head
        records, events, edges, nodes, grants = [], [], [], [], []
        for number, index in enumerate(range(head.size, head.size + count)):
            if number % PER_LOT == 0:
                nodes.append(NodeRow(head.nodes + len(nodes) + 1, f"{PRODUCT}/10/{index}", NodeKind.LOT))
            when, node = graphs.BEGIN + index, head.nodes + len(nodes)
            event_id = f"urn:uuid:{index:08x}-0000-4000-b000-000000000000"
            records.append(RecordRow(index, kind, sha256, graphs.BEGIN + index, owner, None, body, None))
            events.append(
                EventRow(index, owner, event_id, EventTypeCode.OBJECT, 2, "shipping", None, when, when, False, None, 1)
            )
            edges.append(EdgeRow(index, 0, node, Role.OBJECT, None, None, when, when))
            grants.append(GrantRow(head.grants + number + 1, index, owner, GrantCause.OWNER))
        moved = head._replace(
            size=head.size + count,
            grants=head.grants + count,
            nodes=head.nodes + len(nodes),
            stored_at=max(head.stored_at, graphs.BEGIN + head.size + count),
        )
        rows = {"records": records, "events": events, "edges": edges, "nodes": nodes, "grants": grants}
        transaction.save(Admission(head=moved, digests=[], **rows))
