"""How much of what was produced is accounted for, and how fast a recall went.

accounted % = (confirmed + on hand + consumed + destroyed) / produced. *Confirmed* is what the issuer's consignees say
they blocked, sold or returned; *on hand* is what the issuer itself blocked and never handed over. What came back is
counted as returned by him who sent it back, once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from filiere_platform.domain.amount import in_unit, written
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.recall import Answer, Notice, Outcome, Reach, Recall, ScopedLot, latest
from filiere_schemas.sectors.balance import BalanceRules

_SECOND: Final = 1_000_000  # microseconds
_PARTS: Final = ("confirmed", "onHand", "consumed", "destroyed")
_COUNTING: Final = frozenset({Reach.OWN, Reach.DIRECT, Reach.OUTSIDE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Of one lot, in the unit in which it was produced."""

    lot: str
    uom: str
    produced: Fraction | None
    parts: Mapping[str, Fraction]
    uncounted: int  # answers in a unit that does not convert

    @property
    def accounted(self) -> Fraction:
        """The sum of all parts."""
        return sum(self.parts.values(), Fraction(0))

    @property
    def unaccounted(self) -> Fraction | None:
        """What is missing; negative where more is accounted for than was produced. None: nobody knows."""
        return None if self.produced is None else self.produced - self.accounted

    @property
    def percent(self) -> Fraction | None:
        """Of what was produced; above 100 where answers contradict what was produced."""
        return self.accounted * 100 / self.produced if self.produced else None


def account_for(
    lots: Iterable[ScopedLot], notices: Iterable[Notice], answers: Iterable[Answer], *, rules: BalanceRules
) -> list[Account]:
    """Account for every lot that the issuer produced; what others made of it is theirs, in other units."""
    reaches = {notice.id: notice.reach for notice in notices}
    given = [each for each in latest(answers) if reaches.get(each.notice_id) in _COUNTING]
    found = []
    for lot in lots:
        if lot.produced is None:
            continue
        uom, parts, uncounted = lot.uom or PIECES, dict.fromkeys(_PARTS, Fraction(0)), 0
        for answer in given:
            part = _part(answer.outcome, reaches[answer.notice_id])
            if answer.lot != lot.key or part is None:
                continue
            amount = in_unit(answer.quantity, answer.uom, uom, key=lot.key, rules=rules)
            if amount is None:
                uncounted += 1
            else:
                parts[part] += amount
        found.append(Account(lot=lot.key, uom=uom, produced=Fraction(lot.produced), parts=parts, uncounted=uncounted))
    return found


def accounted_percent(accounts: Collection[Account]) -> Fraction | None:
    """Give what is accounted for of all lots together: the share of each lot counts alike, whatever its unit.

    A lot of which more is accounted for than was produced never makes up for another.
    """
    shares = [min(percent, Fraction(100)) for each in accounts if (percent := each.percent) is not None]
    return sum(shares, Fraction(0)) / len(shares) if shares else None


def account_as_json(account: Account) -> dict[str, Any]:
    """Lay out the account of a lot."""
    return {
        "lot": account.lot,
        "uom": account.uom,
        "produced": written(account.produced),
        **{name: written(amount) for name, amount in account.parts.items()},
        "unaccounted": written(account.unaccounted),
        "percent": written(account.percent),
        "uncounted": account.uncounted,
    }


def timings(recall: Recall, notices: Iterable[Notice]) -> dict[str, Any]:
    """Say how long it took from the start to the first list of lots, until all consignees acknowledged; in seconds."""
    asked = [each for each in notices if each.reach is not Reach.OWN]
    consignees = [each for each in asked if each.reach is not Reach.FORWARDED]
    times = [each.acknowledged_at for each in consignees if each.acknowledged_at is not None]
    is_all = bool(consignees) and len(times) == len(consignees)
    done = sum(each.acknowledged_at is not None for each in asked)
    return {
        "started": iso_instant(recall.started_at),
        "toFirstList": _seconds(recall.listed_at - recall.started_at),
        "toAllConsignees": _seconds(max(times) - recall.started_at) if is_all else None,
        "acknowledgedPercent": written(Fraction(100 * done, len(asked))) if asked else None,
    }


def _part(outcome: Outcome, reach: Reach) -> str | None:
    if outcome is Outcome.CONSUMED:
        return "consumed"
    if outcome is Outcome.DESTROYED:
        return "destroyed"
    if reach is not Reach.OWN:
        return "confirmed"
    # What the issuer says it sold or took back is what its consignees answer for.
    return "onHand" if outcome is Outcome.BLOCKED else None


def _seconds(microseconds: int) -> float:
    return round(microseconds / _SECOND, 3)
