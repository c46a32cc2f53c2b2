"""What the machine itself charges for an event that is verified, stored and delivered: the floor under our figures.

Each part is measured by itself, by processor time: one signature verified, the JSON read, the rows of the platform's
own tables copied in committed groups, a message in three quorum queues with its confirm, an HTTP request answered by a
bare server, a receipt signed. Nothing is decided, checked or looked up. All cores together can do no more events a
second than the sum allows; the platform is measured against that.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import orjson
import psycopg
from psycopg import sql

import load
from captures import Envelopes, figures_of, requests_of
from cpu import Meter, ProcessTree
from figures import Figures, claimed, paired
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.domain.message import Message
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.jws import sign_jws, verify_jws
from material import seeded_key
from sites import Site, WebServer

EVENTS: Final = 600
LEAST_PART: Final = 0.6
MOST_TIMES_INSERT: Final = 6.0
TABLES: Final = ("record", "event", "edge", "visibility_grant")
RECEIPT: Final = b"x" * 400  # as long as that of one record


def compare(
    site: Site,
    broker_url: str,
    envelopes: Envelopes,
    achieved: Mapping[str, tuple[int, Figures]],
    processes: Mapping[str, ProcessTree],
) -> list[dict[str, Any]]:
    """Measure the floor of each way of sending and what part of it was reached.

    Args:
        site: an instance that has captured at least `EVENTS` events.
        broker_url: a broker with that instance's members' queues.
        envelopes: signed events that were not sent yet, by member.
        achieved: by way, events in a request, and what was delivered.
        processes: whose time counts: `rabbitmq`; PostgreSQL's is among the site's.
    """
    (name, lines), *_ = envelopes.items()
    key = seeded_key(name)
    common = {
        "verify": _own_time(lambda: [verify_jws(parse_envelope(line).jws, key.public) for line in lines], len(lines)),
        "json": _own_time(lambda: [orjson.loads(parse_envelope(line).payload) for line in lines], len(lines)),
        "rabbitmq": _delivering(site, broker_url, processes["rabbitmq"]),
    }
    sign = _own_time(lambda: [sign_jws(RECEIPT, header={"typ": "floor"}, key=key) for _ in lines], len(lines))
    results = []
    for way, (batch, delivered) in achieved.items():
        parts = common | {
            "postgresql": _storing(site, max(batch, 30)),
            "http": _answering(site, envelopes, batch) / batch,
            "receipt": sign / batch,
        }
        floor = (os.cpu_count() or 1) * 1e6 / sum(parts.values())
        shown = delivered, Figures(rate=floor, microseconds=parts, count=EVENTS)
        part = delivered.rate / floor
        text = f"at least {LEAST_PART:.0%} of the floor"
        results.append(claimed(paired(f"floor, {way}", [shown], unit="events/s"), text, part, holds=part >= LEAST_PART))
    return results


def one_client(site: Site, name: str, lines: Sequence[bytes]) -> dict[str, Any]:
    """Send single events from one client, and commit single rows beside it: medians in pairs."""
    meter = Meter(site.processes)
    sent = load.apply_load(site.server.port, {name: list(requests_of(site, name, lines, 1))}, clients=1)
    ours = figures_of(sent, meter.read())
    with _scratch(site) as connection:
        connection.execute("CREATE TABLE floor (id bigint PRIMARY KEY, body bytea NOT NULL)")
        bare = _inserted(connection, lines, site.processes["postgresql"])
        connection.execute("DROP TABLE floor")
    times = (ours.median_ms or 0) / (bare.median_ms or 1)
    text = f"p50 at most {MOST_TIMES_INSERT:g} times a bare durable insert"
    return claimed(paired("one client", [(ours, bare)], unit="events/s"), text, times, holds=times <= MOST_TIMES_INSERT)


def _inserted(connection: psycopg.Connection[Any], lines: Sequence[bytes], process: ProcessTree) -> Figures:
    took = []

    def insert() -> int:
        for number, line in enumerate(lines):
            started = time.perf_counter()
            connection.execute("INSERT INTO floor VALUES (%s, %s)", (number, line))
            took.append(time.perf_counter() - started)
        return len(lines)

    spent = _metered(insert, process)
    return Figures(
        rate=len(took) / sum(took),
        microseconds={"insert": spent},
        median_ms=statistics.median(took) * 1_000,
        slow_ms=statistics.quantiles(took, n=100)[98] * 1_000,
        count=len(took),
    )


def _own_time(work: Callable[[], object], count: int) -> float:
    """Microseconds of this process's time for each of so many: the least of three, which is the least disturbed."""

    def once() -> float:
        started = time.process_time()
        work()
        return (time.process_time() - started) / count * 1e6

    return min(once() for _ in range(3))


def _metered(work: Callable[[], int], process: ProcessTree) -> float:
    """Microseconds for each of what `work` counts, of this process and another one."""
    meter, started = Meter({"other": process}), time.process_time()
    count = work()
    return (time.process_time() - started + meter.read()["other"]) / count * 1e6


def _delivering(site: Site, broker_url: str, broker: ProcessTree) -> float:
    with site.platform.database.unit_of_work() as uow:
        members = [member.id for member in uow.members.all()]
    triples = [tuple(members[(n + m) % len(members)] for m in range(3)) for n in range(len(members))]
    body = b"x" * 2_000  # a CloudEvent with its record
    bus = RabbitBus(broker_url)
    try:
        bus.publish([Message(id="warm-up", kind="event", recipients=tuple(members), body=body)])
        messages = [
            Message(id=f"floor {n}", kind="event", recipients=triples[n % len(triples)], body=body)
            for n in range(EVENTS)
        ]

        def publish() -> int:
            bus.publish(messages)
            return len(messages)

        return _metered(publish, broker)
    finally:
        bus.close()


def _storing(site: Site, group: int) -> float:
    """Copy rows that the platform wrote into tables of the same columns and indexes, committed in groups."""
    with _scratch(site) as connection:
        rows = {table: _rows(connection, table) for table in TABLES}
        indexes = sorted(rows["event"])
        for table in TABLES:
            connection.execute(
                sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(
                    sql.Identifier(f"floor_{table}"), sql.Identifier(table)
                )
            )

        def store() -> int:
            for start in range(0, len(indexes), group):
                part = indexes[start : start + group]
                with connection.transaction(), connection.cursor() as cursor:
                    for table in TABLES:
                        _copy(cursor, table, [row for index in part for row in rows[table].get(index, ())])
            return len(indexes)

        spent = _metered(store, site.processes["postgresql"])
        for table in TABLES:
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(f"floor_{table}")))
    return spent


def _rows(connection: psycopg.Connection[Any], table: str) -> dict[int, list[tuple[Any, ...]]]:
    columns = _columns(connection, table)
    query = sql.SQL(
        "SELECT {} FROM {} WHERE log_index IN (SELECT log_index FROM event ORDER BY log_index DESC LIMIT {})"
        " ORDER BY log_index"
    ).format(sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table), EVENTS)
    at = columns.index("log_index")
    return {index: list(rows) for index, rows in groupby(connection.execute(query), key=lambda row: row[at])}


def _columns(connection: psycopg.Connection[Any], table: str) -> list[str]:
    cursor = connection.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(table)))
    return [column.name for column in cursor.description or ()]


def _copy(cursor: psycopg.Cursor[Any], table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(f"floor_{table}"))) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _scratch(site: Site) -> Iterator[psycopg.Connection[Any]]:
    address = site.platform.settings.effective_database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def _answering(site: Site, envelopes: Envelopes, batch: int) -> float:
    """Microseconds that a bare server takes for a request of so many events."""
    (name, lines), *_ = envelopes.items()
    requests = list(requests_of(site, name, lines, batch))
    with tempfile.TemporaryDirectory() as folder:
        server = WebServer((str(Path(__file__).with_name("bare_server.py")),), os.environ, folder=Path(folder))
        server.start()
        try:
            assert server.process is not None
            meter = Meter({"server": ProcessTree(server.process.pid)})
            sent = requests * (EVENTS // len(requests))
            load.apply_load(server.port, {name: sent}, clients=8)
            return meter.read()["server"] / len(sent) * 1e6
        finally:
            server.stop()
