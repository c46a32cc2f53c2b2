"""What a page of a query takes, with its asker's gate: 30 events by EPC, by class, by step and time, by place.

Events are entered in two parts, and the same is asked after each: the promise is a time for all of them, and that ten
times as many events do not make a page slower by more than a third. A member may see a quarter of them. Each object has
20 events, whatever their number, and each of some 500 places its part of them. `FILIERE_BENCH_EVENTS` says how many
there are; the promise is made for a million.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg

import graphs
from builders.events import an_object_event
from figures import Figures, claimed, paired, timed
from filiere_platform.domain.audience import SECTOR, GrantCause, Viewer
from filiere_platform.domain.epcis_parameters import read_parameters
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.instant import iso_instant
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
from filiere_platform.usecases.reading import find_events
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.provenance.entry import EntryKind
from material import SEED
from sites import Site

EVENTS = 100_000
MEMBERS = 200
EACH_OBJECT = 20  # events
PLACES = 497
STEPS = (
    "shipping",
    "receiving",
    "packing",
    "storing",
    "loading",
    "arriving",
    "departing",
    "picking",
    "holding",
    "other",
)
SECOND = 1_000_000
WINDOW = 3_000 * SECOND
GROUP = 512
QUESTIONS = 100  # of one kind
MOST_MS = 20.0
MOST_GROWTH = 1.3

Result = dict[str, Any]
Say = Callable[[str], None]
Question = Callable[[random.Random, int], list[tuple[str, str]]]


def compare(site: Site, say: Say) -> Iterator[Result]:
    """Enter a tenth of the events, ask, enter the others, ask the same again."""
    database = site.platform.database
    count = int(os.environ.get("FILIERE_BENCH_EVENTS", EVENTS))
    entering = _Entering(database, next(iter(site.senders.values())).sign(an_object_event()))
    before: dict[str, list[Figures]] = {}
    for size in (count // 10, count):
        entering.up_to(size)
        say(f"entered {size:,} events")
        with psycopg.connect(str(site.platform.settings.database_url).replace("+psycopg", ""), autocommit=True) as one:
            one.execute("VACUUM ANALYZE")
        asked = {name: _ask(database, entering.viewer, questions, size) for name, questions in QUERIES.items()}
        if before:
            yield from (_told(name, size, before[name], taken) for name, taken in asked.items())
        before = asked


def _ask(database: Database, viewer: Viewer, question: Question, size: int) -> list[Figures]:
    """Ask so many different questions, the first ones unmeasured; gives what each took, the quickest first."""
    draw, taken, found = random.Random(SEED), [], 0
    for number in range(-QUESTIONS // 10, QUESTIONS):
        query = read_parameters(question(draw, size))
        pages: list[bytes] = []
        answered = timed(partial(_page, database, viewer, query, pages), 1)
        if number >= 0:
            taken.append(replace(answered, median_ms=answered.seconds * 1e3, slow_ms=answered.seconds * 1e3))
            found += pages[0].count(b'"recordTime"')
    assert found > QUESTIONS, "nothing is found"
    return sorted(taken, key=lambda each: each.seconds)


def _page(database: Database, viewer: Viewer, query: EventQuery, pages: list[bytes]) -> None:
    with database.unit_of_work() as uow:
        pages.append(find_events(uow, viewer, query, now=graphs.BEGIN).document)


def _told(name: str, size: int, small: list[Figures], large: list[Figures]) -> Result:
    pairs = list(zip(large, small, strict=True))
    result = paired(f"query, {size:,} events: a page of 30 by {name}, against a tenth of them", pairs, unit="pages/s")
    slow, slow_before = (taken[len(taken) * 95 // 100].seconds * 1e3 for taken in (large, small))
    text = f"p95 under {MOST_MS:.0f} ms, and at most {MOST_GROWTH} times that of a tenth ({slow_before:.1f} ms)"
    return claimed(result, text, slow, holds=slow < MOST_MS and slow <= MOST_GROWTH * slow_before)


def _item(number: int) -> str:
    return f"urn:epc:id:sgtin:9521002.000017.{number}"


def _lot(number: int) -> str:
    return f"urn:epc:class:lgtin:9521002.000024.{number}"


def _place(number: int) -> str:
    return f"urn:epc:id:sgln:9521002.00001.P{number}"


def _of_step(draw: random.Random, size: int) -> list[tuple[str, str]]:
    begin = graphs.BEGIN + draw.randrange(size) * SECOND
    times = [("GE_eventTime", iso_instant(begin)), ("LT_eventTime", iso_instant(begin + WINDOW))]
    return [("EQ_bizStep", draw.choice(STEPS)), *times]


QUERIES: dict[str, Question] = {
    "EPC": lambda draw, size: [("MATCH_epc", _item(draw.randrange(size // EACH_OBJECT)))],
    "EPC class": lambda draw, size: [("MATCH_epcClass", _lot(draw.randrange(size // EACH_OBJECT)))],
    "step and time": _of_step,
    "place": lambda draw, _: [("EQ_bizLocation", _place(draw.randrange(PLACES)))],
}


class _Entering:
    """Enters events of many members, each under the signature of one of them: nothing here verifies any."""

    def __init__(self, database: Database, signed: bytes) -> None:
        self._database = database
        self._head, _, self._signature = signed.split(b".")
        self._entered = 0
        self._nodes: dict[str, int] = {}
        with database.unit_of_work() as uow:
            for number in range(MEMBERS - len(uow.members.all())):
                uow.members.add(f"urn:filiere:party:bench:{number}", f"Bench {number}", None, [])
            self._members = [member.id for member in uow.members.all()]
        with database.unit_of_work() as uow:
            self._log = uow.log.head()
        self.viewer = Viewer(member_id=self._members[0])

    def up_to(self, count: int) -> None:
        """Enter as many events as are missing."""
        while self._entered < count:
            stop = min(count, self._entered + GROUP)
            self._group(range(self._entered, stop))
            self._entered = stop

    def _group(self, numbers: range) -> None:
        # Made before the lock is taken: whoever holds it and does nothing loses it after some seconds.
        head = self._log
        made = Admission(head=head, records=[], events=[], edges=[], nodes=[], grants=[], digests=[])
        for index, number in enumerate(numbers, head.size):
            self._event(made, index, number)
        made.head = self._log = head._replace(
            size=head.size + len(made.records),
            grants=head.grants + len(made.grants),
            nodes=head.nodes + len(made.nodes),
            stored_at=graphs.BEGIN + head.size + len(made.records),
        )
        with self._database.capture_transaction() as transaction:
            assert transaction.begin(digests=[], node_keys=[]).head == head, "somebody else writes here"
            transaction.save(made)

    def _event(self, made: Admission, index: int, number: int) -> None:
        draw = random.Random(number)
        owner = self._members[number % MEMBERS]
        when = graphs.BEGIN + number * SECOND + draw.randrange(3_600) * SECOND
        step = STEPS[draw.randrange(len(STEPS))]
        item, lot = _item(number // EACH_OBJECT), _lot(number // EACH_OBJECT)
        place = _place(number % PLACES)
        event_id = f"urn:uuid:{number:08x}-0000-4000-9000-000000000000"
        stated = an_object_event(
            eventID=event_id,
            eventTime=iso_instant(when),
            bizStep=step,
            epcList=[item],
            quantityList=[{"epcClass": lot, "quantity": 1}],
            bizLocation={"id": place},
        )
        payload = base64.urlsafe_b64encode(json.dumps(stated).encode()).rstrip(b"=")
        body = b".".join((self._head, payload, self._signature))
        made.records.append(
            RecordRow(
                index, KIND_CODES[EntryKind.EVENT], hashlib.sha256(body).digest(), graphs.BEGIN, owner, None, body, None
            )
        )
        made.events.append(
            EventRow(index, owner, event_id, EventTypeCode.OBJECT, 1, step, "active", when, when, False, None, 6)
        )
        ends = ((Role.OBJECT, item), (Role.OBJECT, lot), (Role.BIZ_LOCATION, place))
        for ordinal, (role, uri) in enumerate(ends):
            made.edges.append(EdgeRow(index, ordinal, self._node(made, uri), role, None, None, when, when))
        audiences = {owner: GrantCause.OWNER}
        audiences.setdefault(self._members[number * 7 % MEMBERS], GrantCause.NAMED_PARTNER)
        if number % 4 == 0:
            audiences[SECTOR] = GrantCause.SECTOR_SHARING
        for audience, cause in audiences.items():
            made.grants.append(GrantRow(made.head.grants + len(made.grants) + 1, index, audience, cause))

    def _node(self, made: Admission, uri: str) -> int:
        key = canonical_key(uri)
        if key not in self._nodes:
            self._nodes[key] = made.head.nodes + len(made.nodes) + 1
            made.nodes.append(NodeRow(self._nodes[key], key, NodeKind.OTHER))
        return self._nodes[key]
