"""Grants that are given after the commit of their record: which are missing, and which have a better reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from filiere_platform.domain.audience import GrantCause
from filiere_platform.domain.record import Admission, GrantRow, LogHead

# (log index, audience) -> why.
Causes = Mapping[tuple[int, int], GrantCause]


class LateGrants(NamedTuple):
    """What differs between the grants that are due and those that are there."""

    missing: tuple[tuple[int, int, GrantCause], ...]  # in order of log index and audience
    better: tuple[tuple[int, int, GrantCause], ...]  # there already, with a cause that counts for less


def merge_causes(into: dict[tuple[int, int], GrantCause], log_index: int, found: Mapping[int, GrantCause]) -> None:
    """Add the audiences of a record; of two causes the one with the lower number is kept, since it counts for more."""
    for audience, cause in found.items():
        known = into.get((log_index, audience))
        if known is None or cause < known:
            into[log_index, audience] = cause


def compare_grants(due: Causes, held: Mapping[tuple[int, int], int]) -> LateGrants:
    """Say what has to be written so that every grant that is due is there, for its best reason."""
    missing = [(*place, cause) for place, cause in due.items() if place not in held]
    better = [(*place, cause) for place, cause in due.items() if place in held and cause < held[place]]
    return LateGrants(tuple(sorted(missing)), tuple(sorted(better)))


def admit_grants(missing: tuple[tuple[int, int, GrantCause], ...], head: LogHead) -> Admission:
    """Lay out grants to records that are stored already, numbered behind the last one."""
    grants = [
        GrantRow(head.grants + number, log_index, audience, cause)
        for number, (log_index, audience, cause) in enumerate(missing, start=1)
    ]
    return Admission(
        head=head._replace(grants=head.grants + len(grants)),
        records=[],
        events=[],
        edges=[],
        nodes=[],
        grants=grants,
        digests=[],
    )
