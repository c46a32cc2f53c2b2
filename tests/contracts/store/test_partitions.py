"""Partitions are there before the log reaches them, whatever sizes follow one another, and making one blocks nobody."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.store.conftest import Backend
from contracts.store.telling import admit_members, an_end, an_event, tell
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.store.database import Database
from filiere_platform.store.partitions import partitions_to_make
from filiere_platform.store.tables import PARTITIONED_TABLES


@given(partitioned_to=st.integers(0, 5_000), log_size=st.integers(0, 5_000), size=st.integers(1, 700))
def test_half_a_partition_always_lies_ahead(partitioned_to: int, log_size: int, size: int) -> None:
    made = partitions_to_make(partitioned_to=partitioned_to, log_size=log_size, size=size)
    reach = made[-1][1] if made else partitioned_to
    assert reach >= log_size + max(1, size // 2)
    assert [stop - start for start, stop in made] == [size] * len(made)
    assert [start for start, _ in made] == [partitioned_to, *(stop for _, stop in made)][: len(made)]
    # None is made before it is needed: without the last one, too little would lie ahead.
    assert not made or made[-1][0] < log_size + max(1, size // 2)


@pytest.mark.postgresql
def test_a_long_reader_does_not_hold_up_a_new_partition(on_postgresql: Backend) -> None:
    url = on_postgresql.create()  # one partition of 1,000
    database = Database.open(url, partition_size=1_000)
    with psycopg.connect(url) as reader:
        for table in PARTITIONED_TABLES:
            reader.execute(f"SELECT count(*) FROM {table}")  # its locks stay until the transaction ends
        tell(database, *(an_event(f"urn:event:{n}", ends=[an_end("urn:lot:1")]) for n in range(600)))
        assert ("edge_p000000001000", 1_000) in _partitions(url)
    database.close()


@pytest.mark.postgresql
def test_partitions_of_several_sizes_follow_one_another(on_postgresql: Backend) -> None:
    url = on_postgresql.create()  # one partition of 1,000
    events = [an_event(f"urn:event:{n}", ends=[an_end("urn:lot:1")]) for n in range(1_040)]
    for size, start, stop in ((1_000, 0, 300), (7, 300, 990), (7, 990, 1_015), (20, 1_015, 1_040)):
        database = Database.open(url, partition_size=size)
        if not start:
            admit_members(database, 1)
        tell(database, *events[start:stop])
        with database.unit_of_work() as uow:
            found = uow.events.visible_to(OPERATOR).find(EventQuery(limit=2_000))
            assert [event.event_id for event in found] == [event.event.event_id for event in events[:stop]]
            assert list(uow.log.row_breaches(stop)) == []
        database.close()
    assert {size for _, size in _partitions(url)} == {1_000, 7, 20}


def _partitions(url: str) -> list[tuple[str, int]]:
    """Name and size of every partition."""
    bounds = """
        SELECT c.relname, regexp_match(pg_get_expr(c.relpartbound, c.oid), $$FROM \\('(\\d+)'\\) TO \\('(\\d+)'\\)$$)
        FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'"""
    with psycopg.connect(url) as connection:
        return [(name, int(stop) - int(start)) for name, (start, stop) in connection.execute(bounds)]
