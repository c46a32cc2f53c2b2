"""Amounts in one unit, exactly: units of one dimension by the one table, other units by the profile's equivalences."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from filiere_platform.domain.portion import PIECES
from filiere_platform.domain.trace_quantities import plain
from filiere_schemas.epcis.units import UnitMismatchError, convert_exactly
from filiere_schemas.sectors.balance import BalanceRules

_WRITTEN: Final = Context(prec=15)  # digits of a fraction that no decimal number is


def in_unit(quantity: Decimal | None, uom: str | None, into: str, *, key: str, rules: BalanceRules) -> Fraction | None:
    """Give what was stated of an object in another unit; None where nothing was stated, or it does not convert."""
    if quantity is None:
        return None
    return converted(Fraction(quantity), uom or PIECES, into, key=key, rules=rules)


def converted(amount: Fraction, unit: str, into: str, *, key: str, rules: BalanceRules) -> Fraction | None:
    """Convert an amount of an object; an equivalence is used in both directions, and one of them at most."""
    if unit == into:
        return amount
    direct = _directly(amount, unit, into)
    if direct is not None:
        return direct
    for each in rules.equivalences:
        if not key.startswith(each.products):
            continue
        there = _directly(amount, unit, each.unit)
        if there is not None:
            found = _directly(there * each.quantity, each.uom, into)
        else:
            back = _directly(amount, unit, each.uom)
            found = None if back is None else _directly(back / each.quantity, each.unit, into)
        if found is not None:
            return found
    return None


def written(amount: Fraction | None) -> str | None:
    """Write an amount as a decimal number: exactly where it is one, else to fifteen digits."""
    if amount is None:
        return None
    return plain(_WRITTEN.divide(Decimal(amount.numerator), Decimal(amount.denominator)))


def _directly(amount: Fraction, unit: str, into: str) -> Fraction | None:
    if unit == into:
        return amount
    try:
        return convert_exactly(amount, unit=unit, into=into)
    except UnitMismatchError:
        return None
