"""What the graph costs a capture: groups that are committed with the ends of their events, and groups without.

In this process and without HTTP, so that the share is that of the capture path alone: of a whole request it is less.
Preparing, deciding and writing are the instance's own. A group without ends has no nodes and no edges, and is else as
the others; what deriving the ends takes is timed by itself, and counted to the groups that have them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from captures import Envelopes
from cpu import Meter
from figures import Figures, claimed, paired
from filiere_platform.domain.candidate import Candidate
from filiere_platform.domain.credential import read_token
from filiere_platform.domain.graph import ends_of
from filiere_platform.usecases.capture import Outcome, Parcel, Prepared
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.strict_json import strict_loads
from sites import Site

BATCH: Final = 100
GROUPS: Final = 10  # of a round, on each side
ROUNDS: Final = 5
MOST: Final = 0.10  # of a capture's processor time


def compare(site: Site, envelopes: Envelopes) -> Iterator[dict[str, Any]]:
    """Commit groups in turns, with their ends and without; on a site that nobody else sends to."""
    groups = _groups(site, envelopes)
    pairs = []
    for _ in range(ROUNDS + 1):
        bare, whole = [next(groups) for _ in range(GROUPS)], [next(groups) for _ in range(GROUPS)]
        pairs.append((_measured(site, bare, with_ends=False), _measured(site, whole, with_ends=True)))
    result = paired("capture without the graph / with it, PostgreSQL", pairs[1:], unit="events/s")
    share = 1 - 1 / result["ratio"]["cpu"]
    yield claimed(result, f"the graph takes at most {MOST:.0%} of a capture", share, holds=share <= MOST)


def _groups(site: Site, envelopes: Envelopes) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    for name, own in envelopes.items():
        for start in range(0, len(own) - BATCH + 1, BATCH):
            yield site.senders[name].token, tuple(own[start : start + BATCH])


def _measured(site: Site, groups: Sequence[tuple[str, tuple[bytes, ...]]], *, with_ends: bool) -> Figures:
    """Prepare and commit groups; processor time of this process and of the database's, by event."""
    capture, directory, database = site.platform.capture, site.platform.directory, site.platform.database
    deriving = _deriving(groups)
    meter = Meter({"postgresql": site.processes["postgresql"]})
    begun, used, count = time.perf_counter(), time.process_time(), 0
    for token, payloads in groups:
        parcel = Parcel(sender=read_token(token), payloads=payloads, signed=True)
        prepared = capture.prepare(parcel, directory.current())
        if not with_ends:
            prepared = _without_ends(prepared)
        with database.capture_transaction() as transaction:
            (outcomes,) = capture.capture_group(transaction, [prepared])
        assert all(outcome.status.value == "stored" for outcome in outcomes), "these were sent before"
        count += len(outcomes)
    seconds = time.perf_counter() - begun
    own = time.process_time() - used - (0 if with_ends else deriving)
    each = {"capture": own / count * 1e6, "postgresql": meter.read()["postgresql"] / count * 1e6}
    return Figures(rate=count / seconds, microseconds=each, count=count, seconds=seconds)


def _without_ends(prepared: Prepared) -> Prepared:
    entries = tuple(
        replace(entry, ends=()) if isinstance(entry, Candidate) else entry
        for entry in prepared.entries
        if not isinstance(entry, Outcome)
    )
    return replace(prepared, entries=entries)


def _deriving(groups: Sequence[tuple[str, tuple[bytes, ...]]]) -> float:
    """Seconds of processor time that it takes to derive the ends of the events of groups, their names remembered."""
    events = [read_event(strict_loads(parse_envelope(raw).payload)).event for _, payloads in groups for raw in payloads]
    begun = time.process_time()
    for event in events:
        ends_of(event)
    return time.process_time() - begun
