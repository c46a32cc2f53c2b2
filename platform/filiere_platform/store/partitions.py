"""Partitions of the hot tables on PostgreSQL: where they begin, when the next ones are made, and how.

A partition is made as an empty table and then attached. `CREATE TABLE ... PARTITION OF` would lock the parent against
its readers, so that one long trace would stop capture; attaching lets readers and writers go on.
Source: PostgreSQL 15 manual, section 5.11.2.2 and ALTER TABLE, "ATTACH PARTITION".

It is made a commit before anything lies in it, which holds for groups of up to half a partition. PostgreSQL lets others
see a commit a moment before it tells their caches of an attached partition (`CommitTransaction`: the process leaves the
array of those that run, then invalidations are sent): a reader with the new head and the old cache would miss what lies
in a partition of the same commit. Whoever writes next has waited for the head's row, which is let go after both.
"""

from __future__ import annotations

from filiere_platform.store.tables import PARTITIONED_TABLES

DEFAULT_SIZE = 1_000_000  # log indexes per partition
# A trace reads edges, and the gate grants, from the index alone where the visibility map is fresh. Inserts do not
# start a vacuum before a fifth of the table is new, which for the newest partition is always.
_STORAGE = {
    "edge": "WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)",
    "visibility_grant": "WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)",
}


def partitions_to_make(*, partitioned_to: int, log_size: int, size: int) -> list[tuple[int, int]]:
    """List the bounds of the partitions that are missing, so that the log always has half a partition ahead of it.

    Args:
        partitioned_to: partitions exist for every log index below this one.
        log_size: the log's size after the group that is being written.
        size: log indexes per new partition.
    """
    missing = []
    while partitioned_to < log_size + max(1, size // 2):
        missing.append((partitioned_to, partitioned_to + size))
        partitioned_to += size
    return missing


def statement_to_make(start: int, stop: int) -> str:
    """Write the one statement that makes a partition of every partitioned table.

    One block, so that it costs a single message within a pipeline, and because psycopg, where it sees an ALTER, throws
    away the connection's prepared statements, those of the running group included.
    """
    lines = []
    for table in PARTITIONED_TABLES:
        name = f"{table}_p{start:012d}"
        lines.append(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL) {_STORAGE.get(table, '')};")
        lines.append(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({stop});")
    return "DO $$ BEGIN " + " ".join(lines) + " END $$"
