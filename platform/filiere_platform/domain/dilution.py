"""How much of a suspect lot is in what was made of it: the share if everything was mixed, and the worst case.

Exact fractions. A share is of the later lot: what part of it comes from the suspect one. A portion is of the suspect
lot: what part of it ended up here; the portions that stayed in all lots together are the whole. The worst case is what
no order of filling and drawing can exceed: all of the suspect that may have gone into a transformation, in this one
output. Where an amount is unknown, or lots go round in a circle, the share is unknown and the worst case is all of it:
a recall is never made smaller by what nobody knows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

WHOLE = Fraction(1)
NOTHING = Fraction(0)


class Part(NamedTuple):
    """An input or an output: the lot, its amount in the lot's unit and in the transformation's; None: not known."""

    lot: int
    amount: Fraction | None
    weight: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """A transformation; `comparable` where inputs and outputs have one unit."""

    event: int
    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    comparable: bool


@dataclass(slots=True, kw_only=True)
class Suspicion:
    """What is known of one lot; None where it is not."""

    share: Fraction | None = NOTHING
    worst: Fraction = NOTHING
    portion: Fraction | None = NOTHING  # of the suspect lot, that came here
    stayed: Fraction | None = NOTHING  # of it, that was not used on
    events: list[int] = field(default_factory=list)


def dilute(start: int, made: Mapping[int, Fraction | None], mixes: Iterable[Mix]) -> dict[int, Suspicion]:
    """Follow a suspect lot through transformations.

    Args:
        start: the suspect lot.
        made: how much of each lot there was to begin with, in the lot's unit; None or absent where that is not known.
        mixes: every transformation that used the suspect, or what was made of it.
    """
    found: dict[int, Suspicion] = {start: Suspicion(share=WHOLE, worst=WHOLE, portion=WHOLE, stayed=WHOLE)}
    in_order, circular = _in_order(start, list(mixes))
    for mix in in_order:
        _mix(mix, start, found, made)
    for mix in circular:
        for part in mix.inputs:
            if part.lot in found:
                found[part.lot].stayed = None
        for lot in {part.lot for part in mix.outputs} - {start}:
            events = [*(found[lot].events if lot in found else ()), mix.event]
            found[lot] = Suspicion(share=None, worst=WHOLE, portion=None, stayed=None, events=events)
    return found


def _mix(mix: Mix, start: int, found: dict[int, Suspicion], made: Mapping[int, Fraction | None]) -> None:
    put_in, given = (_sum(part.weight for part in parts) for parts in (mix.inputs, mix.outputs))
    suspects = [part for part in mix.inputs if part.lot in found]
    share = _sum(_product(part.weight, found[part.lot].share) for part in suspects)
    share = None if share is None or not put_in else share / put_in
    worst = _sum(_most(part, found[part.lot], made.get(part.lot)) for part in suspects) if put_in else None
    carried = _sum(_take(part, found[part.lot], made.get(part.lot)) for part in suspects)
    for part in mix.outputs:
        arrived = _product(carried, _ratio(part.weight, given))
        if part.lot == start:
            found[start].stayed = _sum((found[start].stayed, arrived))  # rework: it comes back into itself
            continue
        lot = found.setdefault(part.lot, Suspicion())
        lot.events.append(mix.event)
        of_lot = _ratio(part.amount, made.get(part.lot))
        lot.share = _sum((lot.share, _product(share, of_lot)))
        lot.portion = _sum((lot.portion, arrived))
        lot.stayed = _sum((lot.stayed, arrived))
        if worst is None or of_lot is None:
            lot.worst = WHOLE
            continue
        peak = _ratio(worst, part.weight) if mix.comparable else None
        lot.worst = min(WHOLE, lot.worst + of_lot * min(WHOLE, WHOLE if peak is None else peak))


def _most(part: Part, lot: Suspicion, made: Fraction | None) -> Fraction | None:
    """The most of the suspect that may be in what was put in: all that is in the lot, wherever it lay."""
    if part.weight is None or part.amount is None or made is None or not part.amount:
        return part.weight
    return part.weight * min(WHOLE, lot.worst * made / part.amount)


def _take(part: Part, lot: Suspicion, made: Fraction | None) -> Fraction | None:
    """Take along the portion that goes with what was put in; more than there was is nothing that anybody knows."""
    taken = _product(lot.portion, _ratio(part.amount, made))
    left = None if lot.stayed is None or taken is None else lot.stayed - taken
    lot.stayed = None if left is None or left < 0 else left
    return taken if lot.stayed is not None else None


def _in_order(start: int, mixes: Sequence[Mix]) -> tuple[list[Mix], list[Mix]]:
    """Put each transformation behind those that made its inputs; those that go round in circles are left over."""
    makers: dict[int, list[int]] = defaultdict(list)
    for at, mix in enumerate(mixes):
        for lot in {part.lot for part in mix.outputs} - {start}:
            makers[lot].append(at)
    needed = [{maker for part in mix.inputs for maker in makers.get(part.lot, ())} for mix in mixes]
    needing: dict[int, list[int]] = defaultdict(list)
    for at, before in enumerate(needed):
        for maker in before:
            needing[maker].append(at)
    ready = [at for at, before in enumerate(needed) if not before]
    order: list[int] = []
    while ready:
        at = ready.pop()
        order.append(at)
        for later in needing[at]:
            needed[later].discard(at)
            if not needed[later]:
                ready.append(later)
    done = set(order)
    return [mixes[at] for at in order], [mix for at, mix in enumerate(mixes) if at not in done]


def _sum(values: Iterable[Fraction | None]) -> Fraction | None:
    total = NOTHING
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _product(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one * other


def _ratio(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or not other else one / other
