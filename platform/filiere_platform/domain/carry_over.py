"""How a vessel that is never quite empty (a tank, a silo, a furnace) gives out what was put in.

Its master data say it: `filiere:carryOver` in the ILMD of the event that commissions it, or in a later event about it.

- `mixed`: everything that was put in since the last cut is in whatever comes out;
- `first-in-first-out`: what came in first comes out first, by the amounts that events state;
- `window`: what was put in comes out for `filiere:carryOverWindow` and no longer.

A cut is what empties or cleans it. Of a vessel of which nobody says how it works the sector's profile may say what to
suppose; else it is a container as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from filiere_platform.domain.record import Role
from filiere_platform.domain.trace_end import VIEWED
from filiere_platform.domain.trace_sentences import INVALID_CARRY_OVER
from filiere_platform.domain.traced_event import TracedEvent
from filiere_schemas.epcis.event import Event, EventType
from filiere_schemas.epcis.units import UNITS, Dimension
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.sectors.vessel import VesselRule, read_window

CARRY_OVER_KEY: Final = "filiere:carryOver"
WINDOW_KEY: Final = "filiere:carryOverWindow"
SECONDS: Final = "SEC"  # UN/ECE Recommendation 20
MICROSECONDS: Final = 1_000_000
# CBV 2.0 has no word for cleaning; the step is ours.
CLEANING: Final = "urn:filiere:bizstep:cleaning"


_POURED: Final = {code for code, unit in UNITS.items() if unit.dimension in {Dimension.MASS, Dimension.VOLUME}}


class CarryOver(StrEnum):
    """How a vessel gives out what is in it."""

    MIXED = "mixed"
    FIRST_IN_FIRST_OUT = "first-in-first-out"
    WINDOW = "window"


ROLES: Final = {
    CarryOver.MIXED: Role.MIXED,
    CarryOver.FIRST_IN_FIRST_OUT: Role.FIRST_IN_FIRST_OUT,
    CarryOver.WINDOW: Role.WINDOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vessel:
    """How a vessel works by one event's word; the window in microseconds, None where it is not known (any more)."""

    mode: CarryOver
    window: int | None
    said: TracedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Supposed:
    """How a vessel works by the sector's profile, where no event says it; the window in microseconds."""

    mode: CarryOver
    window: int | None

    @classmethod
    def by(cls, rule: VesselRule | None) -> Supposed | None:
        """Read it from a profile."""
        if rule is None:
            return None
        return cls(mode=CarryOver(rule.mode), window=None if rule.window is None else rule.window * MICROSECONDS)


def carry_over(event: Event) -> tuple[Role, int | None] | None:
    """Give the role that an event's objects have as vessels, and the window in seconds; None: it says nothing of it.

    Raises:
        Refusal: code `invalid-carry-over`.
    """
    for stated in (event.ilmd, event.extensions):
        if CARRY_OVER_KEY in stated and event.type is EventType.OBJECT:
            return _read(stated)
    return None


def vessels(events: Iterable[TracedEvent], vessel: int) -> list[Vessel]:
    """Give what events say of how a vessel works, in the order of their times."""
    found = [
        Vessel(mode=mode, window=_window(event, role, vessel), said=event)
        for event in events
        for mode, role in ROLES.items()
        if vessel in event.nodes(role)
    ]
    return sorted(found, key=lambda each: (each.said.latest, each.said.log_index))


def is_drawn_from(events: Iterable[TracedEvent], vessel: int) -> bool:
    """Whether a transformation took an amount out of a container that weighs or fills, as out of a vessel alone."""
    return any(
        end.node_id == vessel and end.quantity is not None and end.uom in _POURED
        for event in events
        for end in event.among(Role.INPUT)
    )


def vessel_at(said: Sequence[Vessel], event: TracedEvent, owner: int | None) -> Vessel | None:
    """Choose what counts for an event that fills a vessel: the last word before it, of its sender or the owner.

    Where there is none before, the first one after it: master data often come late. A stranger could else narrow a
    recall by a word.
    """
    entitled = [each for each in said if each.said.member_id in {event.member_id, owner} - {VIEWED}]
    before = [each for each in entitled if each.said.latest <= event.earliest]
    return before[-1] if before else next(iter(entitled), None)


def _window(event: TracedEvent, role: Role, vessel: int) -> int | None:
    amounts = [end.quantity for end in event.among(role) if end.node_id == vessel and end.quantity is not None]
    return int(amounts[0] * MICROSECONDS) if amounts else None


def _read(stated: Mapping[str, Any]) -> tuple[Role, int | None]:
    mode, window = stated[CARRY_OVER_KEY], stated.get(WINDOW_KEY)
    if not isinstance(mode, str) or mode not in set(CarryOver):
        raise _invalid(CARRY_OVER_KEY, mode)
    if (mode == CarryOver.WINDOW) != (window is not None):
        raise _invalid(WINDOW_KEY, window)
    return ROLES[CarryOver(mode)], None if window is None else _seconds(window)


def _seconds(text: object) -> int:
    found = read_window(text)
    if found is None:
        raise _invalid(WINDOW_KEY, text)
    return found


def window_quantity(seconds: int | None) -> tuple[Decimal | None, str | None]:
    """Give the window as the quantity of an end."""
    return (None, None) if seconds is None else (Decimal(seconds), SECONDS)


def _invalid(key: str, found: object) -> Refusal:
    values = {"found": str(found)[:200], "expected": " | ".join(CarryOver)}
    return Refusal([Problem(sentence=INVALID_CARRY_OVER, pointer=f"/{key}", values=values)])
