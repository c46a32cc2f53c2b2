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
from figures import Figures, claimed, paired
from filiere_platform.domain.candidate import Candidate
from filiere_platform.domain.graph import ends_of
from filiere_platform.usecases.capture import Outcome, Prepared
from filiere_schemas.epcis.reading import read_event
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.strict_json import strict_loads
from groups import Group, committed, groups_of
from sites import Site

GROUPS: Final = 10  # of a round, on each side
ROUNDS: Final = 5
MOST: Final = 0.10  # of a capture's processor time


def compare(site: Site, envelopes: Envelopes) -> Iterator[dict[str, Any]]:
    """Commit groups in turns, with their ends and without; on a site that nobody else sends to."""
    groups = groups_of(site, envelopes)
    pairs = []
    for _ in range(ROUNDS + 1):
        bare, whole = [next(groups) for _ in range(GROUPS)], [next(groups) for _ in range(GROUPS)]
        pairs.append((_measured(site, bare, with_ends=False), _measured(site, whole, with_ends=True)))
    result = paired("capture without the graph / with it, PostgreSQL", pairs[1:], unit="events/s")
    share = 1 - 1 / result["ratio"]["cpu"]
    yield claimed(result, f"the graph takes at most {MOST:.0%} of a capture", share, holds=share <= MOST)


def _measured(site: Site, taken: Sequence[Group], *, with_ends: bool) -> Figures:
    if with_ends:
        return committed(site, site.platform.capture, taken)
    return committed(site, site.platform.capture, taken, change=_without_ends, beside=_deriving(taken))


def _without_ends(prepared: Prepared) -> Prepared:
    entries = tuple(
        replace(entry, ends=()) if isinstance(entry, Candidate) else entry
        for entry in prepared.entries
        if not isinstance(entry, Outcome)
    )
    return replace(prepared, entries=entries)


def _deriving(groups: Sequence[Group]) -> float:
    """Seconds of processor time that it takes to derive the ends of the events of groups, their names remembered."""
    events = [read_event(strict_loads(parse_envelope(raw).payload)).event for _, payloads in groups for raw in payloads]
    begun = time.process_time()
    for event in events:
        ends_of(event)
    return time.process_time() - begun
