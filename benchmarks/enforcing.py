"""What it costs a capture that the sector body enforces its profile: every event is judged before it is stored.

The events are the examples of the food sector's profile, which break no rule, as most events do. Whether one rule
refuses or all of them do, an event is judged by all: here by the profile of the package, of which no rule refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any, Final

import material
from builders.reports import examples
from figures import claimed, paired
from filiere_schemas.sectors.checked_profile import ready_profile
from filiere_schemas.sectors.profile_files import find_sector
from groups import BATCH, committed, groups_of
from sites import Site

GROUPS: Final = 5  # of a round, on each side
ROUNDS: Final = 5
PER_MEMBER: Final = 2 * GROUPS * BATCH * (ROUNDS + 1) // len(material.MEMBERS) + BATCH
MOST: Final = 0.10  # of a capture's processor time


def compare(site: Site) -> Iterator[dict[str, Any]]:
    """Commit groups in turns, judged and not; on a site that nobody else sends to."""
    profile = replace(ready_profile(find_sector("food")), refuses=True)
    plain = replace(site.platform.capture, profile=None)
    judging = replace(plain, profile=profile)
    groups = groups_of(site, {name: _chain(number, name) for number, name in enumerate(material.MEMBERS)})
    pairs = []
    for _ in range(ROUNDS + 1):
        bare, judged = [next(groups) for _ in range(GROUPS)], [next(groups) for _ in range(GROUPS)]
        pairs.append((committed(site, plain, bare), committed(site, judging, judged)))
    result = paired("capture without rules / with enforced ones, PostgreSQL", pairs[1:], unit="events/s")
    share = 1 - 1 / result["ratio"]["cpu"]
    yield claimed(result, f"enforcing takes at most {MOST:.0%} of a capture", share, holds=share <= MOST)


def _chain(number: int, name: str) -> list[bytes]:
    told = cycle(examples("food"))
    events = (
        {**next(told), "eventID": f"urn:uuid:{number:08d}-0000-4000-9000-{count:012d}"} for count in range(PER_MEMBER)
    )
    return material.sign_chain(name, events)
