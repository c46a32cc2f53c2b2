"""Chains of some hundreds of events, and what a reader with plain dictionaries finds in them.

The reader knows lots and transformations alone, and shares nothing with the search: it goes through the steps again and
again until nothing changes. Of every lot it keeps from when on traced material may be there, and surely is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import strategies as st

from builders.traces import Told, alias, numbered, packed, transformed, unpacked
from filiere_platform.domain.record import EventTypeCode, Role

NEVER = 10**9
ALWAYS = (0, 100_000)  # an event of which nobody knows when
LOTS = 60


@st.composite
def making_chains(draw, *, most: int = 300, when=None):
    """Transformations among sixty lots; each with up to three inputs and outputs, exact, vague, or at any time."""
    random = draw(st.randoms(use_true_random=False))
    events = []
    for number in range(draw(st.integers(0, most))):
        made = [random.randrange(LOTS) for _ in range(random.randint(1, 3))]
        used = [random.randrange(LOTS) for _ in range(random.randint(1, 3))]
        begin = random.randrange(1_000)
        interval = when or (begin, begin + random.choice((0, 0, 0, 40, 200)))
        inputs = " ".join(f"l{lot}*{random.randint(1, 9)}KGM" for lot in dict.fromkeys(used))
        outputs = " ".join(f"l{lot}*{random.randint(1, 9)}KGM" for lot in dict.fromkeys(made))
        run = f"run{random.randrange(20)}" if number % 7 == 0 else None
        events.append(transformed(inputs, outputs, interval, transformation=run))
    return events


@st.composite
def mixed_chains(draw, *, most: int = 40):
    """Lots that are made of each other, packed on pallets, unpacked, renamed, and numbered item by item."""
    random = draw(st.randoms(use_true_random=False))
    events = []
    for _ in range(draw(st.integers(1, most))):
        one, other = random.sample(range(8), 2)
        pallet = f"sscc:{random.randrange(3)}"
        begin = random.randrange(60)
        when = (begin, begin + random.choice((0, 0, 10)))
        kind = random.randrange(8)
        if kind < 3:
            events.append(transformed(f"l{one}", f"l{other}", when))
        elif kind == 3:
            events.append(packed(f"l{one}", pallet, when))
        elif kind == 4:
            events.append(unpacked(f"l{one}", pallet, when))
        elif kind == 5:
            events.append(numbered(f"item:{other}", f"l{one}", when))
        elif kind == 6:
            events.append(transformed(f"item:{one}", f"l{other}", when))
        else:
            events.append(alias(f"l{one}", f"l{other}", when))
    return events


@dataclass
class Plain:
    """What the reader found: instants by lot, and steps with whether they are certain."""

    possible: dict[str, int] = field(default_factory=dict)
    sure: dict[str, int] = field(default_factory=dict)
    steps: dict[tuple[str, str, int, int], bool] = field(default_factory=dict)  # input, output, its event, the other


def read_plainly(events: Sequence[Told], start: str) -> Plain:
    """Follow a lot downstream."""
    found = Plain(possible={start: -NEVER}, sure={start: -NEVER})
    pairs = [
        (one, other)
        for one, entered in enumerate(events)
        for other, left in enumerate(events)
        if entered.nodes(Role.INPUT)
        and left.nodes(Role.OUTPUT)
        and (one == other or (entered.transformation is not None and entered.transformation == left.transformation))
    ]
    changed = True
    while changed:
        changed = False
        for one, other in pairs:
            for used in events[one].nodes(Role.INPUT):
                if used in found.possible:
                    changed |= _step(found, events, used, one, other)
    return found


def _step(found: Plain, events: Sequence[Told], used: str, one: int, other: int) -> bool:
    (begin, end), (left_begin, left_end) = events[one].when, events[other].when
    if found.possible[used] > end:
        return False
    possible = max(found.possible[used], begin)
    sure = end if found.sure.get(used, NEVER) <= begin else NEVER
    if one != other:
        if possible > left_end:
            return False
        possible = max(possible, left_begin)
        sure = left_end if sure <= left_begin else NEVER
    changed = False
    for made in events[other].nodes(Role.OUTPUT):
        step = (used, made, other, one)
        certain = sure != NEVER
        if step not in found.steps or (certain and not found.steps[step]):
            found.steps[step] = certain
            changed = True
        if possible < found.possible.get(made, NEVER):
            found.possible[made] = possible
            changed = True
        if sure < found.sure.get(made, NEVER):
            found.sure[made] = sure
            changed = True
    return changed


def amounts(events: Sequence[Told], key: str) -> dict[str, Decimal]:
    """Add up what was made and used of a lot, all in one unit."""
    found: dict[str, Decimal] = {}
    for event in events:
        for role, name, quantity, _ in event.ends:
            if name == key and quantity is not None and event.type is EventTypeCode.TRANSFORMATION:
                flow = "used" if role is Role.INPUT else "made"
                found[flow] = found.get(flow, Decimal(0)) + quantity
    return found
