"""A sector's graph: tiers of lots, each made of lots of the tier before, entered through the store's own group commits.

Every row is what capture writes: record, event, ends, nodes, grants. The bytes of all records are those of one signed
event, since a trace shows of them only that they are there; `filiere fsck` would therefore refuse this log.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from filiere_platform.domain.record import (
    KIND_CODES,
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
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.store.database import Database
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.provenance.entry import EntryKind
from material import SEED

TIERS = 18
WIDTH = 8_000
FEWEST_INPUTS, MOST_INPUTS = 3, 9
SMALL_TIER = 4  # what one of its lots is made of: about a thousand objects
GROUP = 512
ATTEMPTS = 12  # to write a group: a server on SQLite that publishes meanwhile holds the lock for seconds
DAY = 86_400_000_000
BEGIN = 1_772_600_000_000_000
MADE, USED = Decimal(1_000), Decimal("12.5")  # kilograms: more than all that is used of a lot


@dataclass(frozen=True, kw_only=True)
class Graph:
    """What was entered: how many ends, and the lots to ask for."""

    ends: int
    events: int
    small: str
    large: str


def lot(copy: int, tier: int, place: int) -> str:
    """The canonical key of a lot."""
    return canonical_key(f"urn:epc:class:lgtin:9521001.000017.{copy}-{tier}-{place}")


def enter(database: Database, body: bytes, *, member: int, copies: range, say: Callable[[str], None]) -> Graph:
    """Enter a graph: each copy has about a million ends, and no lot in common with another.

    The event that makes a lot precedes those that use it. Copies are numbered, so that more can be entered later.
    """
    draw = random.Random(SEED)
    with database.unit_of_work() as uow:
        head = uow.log.head()
    sha256, ends = hashlib.sha256(body).digest(), 0
    group: list[tuple[int, int, list[int]]] = []
    for copy in copies:
        first_node, first_event = head.nodes + 1, head.size
        for made in _recipes(draw):
            group.append(made)
            if len(group) == GROUP:
                head, ends = _commit(database, group, copy, first_node, head, member, body, sha256, ends)
                group = []
        head, ends = _commit(database, group, copy, first_node, head, member, body, sha256, ends)
        group = []
        say(f"entered {head.size - first_event:,} events, {ends:,} ends in all")
    return Graph(ends=ends, events=head.size, small=lot(0, SMALL_TIER, 1), large=lot(0, TIERS - 1, 1))


def _recipes(draw: random.Random) -> Iterator[tuple[int, int, list[int]]]:
    """Give every lot of one copy: its tier, its place, and the places of its inputs in the tier before."""
    for tier in range(TIERS):
        for place in range(WIDTH):
            inputs = draw.sample(range(WIDTH), draw.randint(FEWEST_INPUTS, MOST_INPUTS)) if tier else []
            yield tier, place, inputs


def _commit(  # noqa: PLR0917 - the state of the loop above
    database: Database,
    group: list[tuple[int, int, list[int]]],
    copy: int,
    first_node: int,
    head: LogHead,
    member: int,
    body: bytes,
    sha256: bytes,
    ends: int,
) -> tuple[LogHead, int]:
    stored_at = BEGIN + head.size
    events, edges, nodes = [], [], []
    for index, (tier, place, inputs) in enumerate(group, head.size):
        when = BEGIN + tier * DAY + place
        node = first_node + tier * WIDTH + place
        nodes.append(NodeRow(node, lot(copy, tier, place), NodeKind.LOT))
        kind, role = (EventTypeCode.TRANSFORMATION, Role.OUTPUT) if tier else (EventTypeCode.OBJECT, Role.OBJECT)
        event_id = f"urn:uuid:{copy:08x}-{tier:04x}-4000-8000-{place:012x}"
        action = None if tier else 1
        events.append(
            EventRow(index, member, event_id, kind, action, "commissioning", "active", when, when, False, None)
        )
        touched = [(role, node), *((Role.INPUT, first_node + (tier - 1) * WIDTH + each) for each in inputs)]
        edges += [
            EdgeRow(index, ordinal, each, as_what, USED if as_what is Role.INPUT else MADE, "KGM", when, when)
            for ordinal, (as_what, each) in enumerate(touched)
        ]
    size = head.size + len(group)
    kind = KIND_CODES[EntryKind.EVENT]
    grants = [GrantRow(head.grants + n + 1, head.size + n, member, 1) for n in range(len(group))]
    new = head._replace(size=size, grants=head.grants + len(grants), nodes=head.nodes + len(nodes), stored_at=stored_at)
    records = [RecordRow(e.log_index, kind, sha256, stored_at, member, None, body, None) for e in events]
    rows = Admission(head=new, records=records, events=events, edges=edges, nodes=nodes, grants=grants, digests=[])
    for left in reversed(range(ATTEMPTS)):
        try:
            _write(database, head, rows)
            break
        except StoreUnavailable:
            if not left:
                raise
    return new, ends + len(edges)


def _write(database: Database, head: LogHead, rows: Admission) -> None:
    with database.capture_transaction() as transaction:
        assert transaction.begin(digests=[], node_keys=[]).head == head, "somebody else writes here"
        transaction.save(rows)
