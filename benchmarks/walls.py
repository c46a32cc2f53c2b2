"""What visibility costs: the same questions with the gate and without it, over events of many members.

Each event has three grants: its owner, a partner, the sector. The viewer's page holds the same events as that of the
operator, for whom the gate asks for no grant, so that the two differ by the gate alone. `FILIERE_BENCH_EVENTS` says how
many events there are; the promise is made for a million, of 200 members.
"""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

import graphs
from builders.events import an_object_event
from figures import Figures, paired
from filiere_platform.domain.audience import OPERATOR, SECTOR, GrantCause, Viewer
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import (
    KIND_CODES,
    OBJECT_ROLES,
    Admission,
    EdgeRow,
    EventRow,
    EventTypeCode,
    GrantRow,
    LogHead,
    NodeKind,
    NodeRow,
    RecordRow,
    Role,
)
from filiere_platform.store.database import Database
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.provenance.entry import EntryKind
from material import SEED
from sites import Site

MEMBERS = 200
EVENTS = 40_000
EACH_LOT = 20  # events
GROUP = 512
PAGE = 100
ROUNDS = 15
QUESTIONS = 20  # of one slot

Result = dict[str, Any]
Say = Callable[[str], None]


def compare(site: Site, say: Say) -> Iterator[Result]:
    """Enter events, then ask for pages, for the events of a lot and for single records, gate on and off in turns."""
    database = site.platform.database
    count = int(os.environ.get("FILIERE_BENCH_EVENTS", EVENTS))
    body = next(iter(site.senders.values())).sign(an_object_event())
    first, last = _enter(database, body, count, say)
    with psycopg.connect(str(site.platform.settings.database_url).replace("+psycopg", ""), autocommit=True) as one:
        one.execute("VACUUM ANALYZE")
    with database.unit_of_work() as uow:
        viewer = Viewer(member_id=uow.members.all()[0].id)
    draw = random.Random(SEED)
    places = [draw.randrange(first, last - PAGE) for _ in range(QUESTIONS)]
    lots = [_lot(draw.randrange(count // EACH_LOT)) for _ in range(QUESTIONS)]
    questions: dict[str, Callable[[Viewer], int]] = {
        f"a page of {PAGE} events": lambda who: _pages(database, who, places),
        f"the {EACH_LOT} events of a lot": lambda who: _of_lots(database, who, lots),
        "one record": lambda who: _records(database, who, places),
    }
    for name, ask in questions.items():
        assert ask(viewer) == ask(OPERATOR), "two answers"
        pairs = [(_timed(ask, viewer), _timed(ask, OPERATOR)) for _ in range(ROUNDS)]
        yield paired(f"visibility, {count:,} events: {name}, gate on / off", pairs, unit="answers/s")


def _pages(database: Database, viewer: Viewer, places: list[int]) -> int:
    with database.unit_of_work() as uow:
        gate = uow.events.visible_to(viewer)
        return sum(len(gate.find(EventQuery(after=place, limit=PAGE))) for place in places)


def _of_lots(database: Database, viewer: Viewer, lots: list[str]) -> int:
    with database.unit_of_work() as uow:
        gate = uow.events.visible_to(viewer)
        wanted = frozenset(OBJECT_ROLES)
        return sum(len(gate.find(EventQuery(matches=((wanted, (lot,)),), limit=PAGE))) for lot in lots)


def _records(database: Database, viewer: Viewer, places: list[int]) -> int:
    with database.unit_of_work() as uow:
        gate = uow.events.visible_to(viewer)
        return sum(gate.record(place) is not None for place in places)


def _timed(ask: Callable[[Viewer], int], viewer: Viewer) -> Figures:
    begun, used = time.perf_counter(), time.process_time()
    ask(viewer)
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    return Figures(
        rate=QUESTIONS / seconds,
        microseconds={"asker": used / QUESTIONS * 1e6},
        median_ms=seconds / QUESTIONS * 1e3,
        slow_ms=seconds / QUESTIONS * 1e3,
        count=QUESTIONS,
        seconds=seconds,
    )


def _lot(number: int) -> str:
    return canonical_key(f"urn:epc:class:lgtin:9521002.000017.{number}")


def _enter(database: Database, body: bytes, count: int, say: Say) -> tuple[int, int]:
    """Enter events of many members; gives the first log index and the one behind the last."""
    with database.unit_of_work() as uow:
        more = MEMBERS - len(uow.members.all())
        for number in range(more):
            uow.members.add(f"urn:filiere:party:bench:{number}", f"Bench {number}", None, [])
        members = [member.id for member in uow.members.all()]
        head = uow.log.head()
    first, first_node = head.size, head.nodes + 1
    for start in range(0, count, GROUP):
        head = _commit(database, head, body, range(start, min(count, start + GROUP)), first_node, members)
    say(f"entered {count:,} events of {len(members)} members, {head.grants:,} grants in all")
    return first, head.size


def _commit(  # noqa: PLR0917 - the state of the loop above
    database: Database, head: LogHead, body: bytes, numbers: range, first_node: int, members: list[int]
) -> LogHead:
    kind, sha256 = KIND_CODES[EntryKind.EVENT], hashlib.sha256(body).digest()
    records, events, edges, nodes, grants = [], [], [], [], []
    for index, number in enumerate(numbers, head.size):
        owner, partner = members[number % len(members)], members[(number * 7 + 1) % len(members)]
        when, node = graphs.BEGIN + number, first_node + number // EACH_LOT
        if number % EACH_LOT == 0:
            nodes.append(NodeRow(node, _lot(number // EACH_LOT), NodeKind.LOT))
        records.append(RecordRow(index, kind, sha256, graphs.BEGIN + index, owner, None, body, None))
        event_id = f"urn:uuid:{number:08x}-0000-4000-9000-000000000000"
        events.append(
            EventRow(index, owner, event_id, EventTypeCode.OBJECT, 2, "shipping", None, when, when, False, None, 6)
        )
        edges.append(EdgeRow(index, 0, node, Role.OBJECT, None, None, when, when))
        audiences = {owner: GrantCause.OWNER, SECTOR: GrantCause.SECTOR_SHARING}
        audiences.setdefault(partner, GrantCause.NAMED_PARTNER)
        for audience, cause in audiences.items():
            grants.append(GrantRow(head.grants + len(grants) + 1, index, audience, cause))
    with database.capture_transaction() as transaction:
        begun = transaction.begin(digests=[], node_keys=[]).head
        new = begun._replace(
            size=head.size + len(records),
            grants=head.grants + len(grants),
            nodes=head.nodes + len(nodes),
            stored_at=graphs.BEGIN + head.size + len(records),
        )
        assert begun.size == head.size, "somebody else writes here"
        transaction.save(
            Admission(head=new, records=records, events=events, edges=edges, nodes=nodes, grants=grants, digests=[])
        )
    return new
