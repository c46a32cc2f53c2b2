"""What a transformation gave back of what went into it, beside what its process usually gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from filiere_platform.domain.amount import in_unit
from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.record import EventTypeCode, Role
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.units import BASE, UNITS
from filiere_schemas.sectors.balance import BalanceRules, Process


class YieldVerdict(StrEnum):
    """How a yield compares with its process."""

    USUAL = "usual"
    LOW = "low"
    HIGH = "high"
    OPEN = "open"  # an amount is not known, or does not convert
    NO_RULE = "no-rule"  # the profile says nothing of this process


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessYield:
    """One transformation: its events, what went in and came out in one unit, and their ratio."""

    events: tuple[int, ...]
    process: Process
    unit: str
    put_in: Fraction | None
    given: Fraction | None
    ratio: Fraction | None
    verdict: YieldVerdict


def yields_of(
    events: Iterable[TracedEvent], *, keys: Mapping[int, str], named: Mapping[int, str], rules: BalanceRules
) -> list[ProcessYield]:
    """Work out the yields of transformations, those of one transformation ID together, in the order of their events.

    `named` says which process an event names.
    """
    together: dict[object, list[TracedEvent]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event.log_index):
        if event.type is EventTypeCode.TRANSFORMATION:
            together[event.transformation_id or event.log_index].append(event)
    return [_yield(parts, keys, named, rules) for parts in together.values()]


def _yield(
    parts: Sequence[TracedEvent], keys: Mapping[int, str], named: Mapping[int, str], rules: BalanceRules
) -> ProcessYield:
    name = next((named[event.log_index] for event in parts if event.log_index in named), None)
    process = rules.process_of(name, next((event.biz_step for event in parts if event.biz_step), None))
    ends = {role: [end for event in parts for end in event.among(role)] for role in (Role.INPUT, Role.OUTPUT)}
    stated = next((end.uom or PIECES for end in ends[Role.OUTPUT] if end.quantity is not None), PIECES)
    unit = BASE[UNITS[stated].dimension] if stated in UNITS else stated
    sums: list[Fraction | None] = []
    for role in (Role.INPUT, Role.OUTPUT):
        amounts = [in_unit(end.quantity, end.uom, unit, key=keys[end.node_id], rules=rules) for end in ends[role]]
        known = [amount for amount in amounts if amount is not None]
        sums.append(sum(known, Fraction(0)) if known and len(known) == len(amounts) else None)
    put_in, given = sums
    ratio = given / put_in if given is not None and put_in else None
    return ProcessYield(
        events=tuple(event.log_index for event in parts),
        process=process,
        unit=unit,
        put_in=put_in,
        given=given,
        ratio=ratio,
        verdict=_verdict(ratio, process),
    )


def _verdict(ratio: Fraction | None, process: Process) -> YieldVerdict:
    if process.least_yield is None and process.most_yield is None:
        return YieldVerdict.NO_RULE
    if ratio is None:
        return YieldVerdict.OPEN
    if process.least_yield is not None and ratio < process.least_yield:
        return YieldVerdict.LOW
    if process.most_yield is not None and ratio > process.most_yield:
        return YieldVerdict.HIGH
    return YieldVerdict.USUAL
