"""Who supplied whom, tier by tier, as far as the handovers of some traces show it.

A company is known by several identifiers: those that the member has written down for one partner are one company, its
own are the member itself, and any other is a company of its own.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

OWN: Final = ""  # the member itself, among companies
MOST_RECORDS: Final = 20  # named behind one company


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One step of a trace from a party or place to another; `at` is in microseconds since 1970."""

    giver: str
    taker: str
    objects: frozenset[str]
    at: int
    record: int


@dataclass(slots=True, kw_only=True)
class Tier:
    """A company that supplied, directly or through others; tier 1 supplied the member itself."""

    number: int | None  # None: what it gave did not come to the member by handovers that are seen
    company: str
    keys: set[str] = field(default_factory=set)  # as records name it
    takers: set[str] = field(default_factory=set)  # companies
    objects: set[str] = field(default_factory=set)
    last: int = 0
    records: set[int] = field(default_factory=set)


def tiers_of(handovers: Iterable[Handover], *, own: frozenset[str], companies: Mapping[str, str]) -> list[Tier]:
    """Give every company that handed something over, the closest first; `companies` names one by each of its keys.

    A company's tier is the fewest handovers from it to the member. What stays within one company is none.
    """

    def company(key: str) -> str:
        return OWN if key in own else companies.get(key, key)

    found: dict[str, Tier] = {}
    givers_to: dict[str, set[str]] = {}
    for handover in handovers:
        giver, taker = company(handover.giver), company(handover.taker)
        if giver in {taker, OWN}:
            continue
        givers_to.setdefault(taker, set()).add(giver)
        tier = found.setdefault(giver, Tier(number=None, company=giver))
        tier.keys.add(handover.giver)
        tier.takers.add(taker)
        tier.objects |= handover.objects
        tier.last = max(tier.last, handover.at)
        tier.records.add(handover.record)
    reached, waiting = {OWN: 0}, deque([OWN])
    while waiting:
        taker = waiting.popleft()
        for giver in sorted(givers_to.get(taker, ())):
            if giver not in reached:
                reached[giver] = found[giver].number = reached[taker] + 1
                waiting.append(giver)
    return sorted(found.values(), key=lambda tier: (tier.number is None, tier.number or 0, tier.company))
