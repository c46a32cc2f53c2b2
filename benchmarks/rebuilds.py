"""`filiere graph rebuild`: every event of a log derived again and compared with its rows, by one process.

On SQLite, so that reading what is compared is in the figure as well: all of it is processor time of this process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import load
from captures import Envelopes
from figures import Figures, claimed, paired
from filiere_platform.cli.collecting import collect_rarely
from filiere_platform.usecases.graph_rebuild import rebuild_graph
from filiere_schemas.identifiers import canonical
from sites import Site

PER_MEMBER: Final = 1_000
BATCH: Final = 100
ROUNDS: Final = 3
LEAST: Final = 30_000  # events/s of one core


def compare(site: Site, envelopes: Envelopes) -> Iterator[dict[str, Any]]:
    """Capture events of every member, then rebuild what agrees already."""
    for name, own in envelopes.items():
        requests = [
            load.post(
                "/api/v1/records",
                b"\n".join(own[start : start + BATCH]),
                token=site.senders[name].token,
                media_type="application/jose",
                events=BATCH,
            )
            for start in range(0, PER_MEMBER, BATCH)
        ]
        load.apply_load(site.server.port, {name: requests}, clients=1)
    collect_rarely()  # as the command does
    result = paired("graph rebuild, SQLite", [(_rebuilt(site), None) for _ in range(ROUNDS)], unit="events/s")
    found = 1e6 / result["platform"]["cpu_us"]["rebuild"]
    yield claimed(result, f"at least {LEAST:,} events/s of one core", found, holds=found >= LEAST)


def _rebuilt(site: Site) -> Figures:
    canonical._remembered.cache_clear()  # noqa: SLF001 - the command starts with nothing remembered, each time
    begun, used = time.perf_counter(), time.process_time()
    done = rebuild_graph(site.platform.database, progress=lambda _done, _size: None)
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    assert done.events >= PER_MEMBER, f"{done.events} events were captured"
    assert not done.replaced, f"{len(done.replaced)} events differ from their records"
    per_event = used / done.events * 1e6
    return Figures(rate=done.events / seconds, microseconds={"rebuild": per_event}, count=done.events, seconds=seconds)
