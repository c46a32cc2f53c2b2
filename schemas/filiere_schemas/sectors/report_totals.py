"""What rows of a sheet come to: quantities in the units of the sheet, groups and their totals, columns of columns.

Amounts of different units are never added: the column that names their unit is one of the group. Nothing that is not
there counts as zero, but where a column adds others up of which some are there. Sums are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from filiere_schemas.epcis.units import UnitMismatchError, convert
from filiere_schemas.sectors.report import Column, Sheet

Value = str | Decimal | bool
Cell = tuple[Value, ...]  # of what is not there: empty
Row = tuple[Cell, ...]
_PERCENT: Final = 100
_HUNDREDTH: Final = Decimal("0.01")


def in_units(sheet: Sheet, row: Row) -> Row:
    """Write the quantities of a row in the units of its sheet; those that measure something else stay as they are."""
    units = {column.unit for column in sheet.columns if column.unit is not None} if sheet.units else set()
    changed = list(row)
    for name in units:
        at = place_of(sheet, name)
        places = [place for place, column in enumerate(sheet.columns) if column.unit == name]
        for into in sheet.units if len(row[at]) == 1 else ():
            try:
                converted = [_converted(row[place], str(row[at][0]), into) for place in places]
            except UnitMismatchError:
                continue
            for place, cell in zip(places, converted, strict=True):
                changed[place] = cell
            changed[at] = (into,)
            break
    return tuple(changed)


def total_rows(sheet: Sheet, rows: Sequence[Row]) -> Iterator[Row]:
    """Lay the rows of a group together, where the first one stands; with totals they are one row."""
    if not sheet.group and not sheet.has_totals:
        yield from (_with_columns(sheet, row) for row in rows)
        return
    places = [place_of(sheet, name) for name in sheet.group]
    together: dict[Row, list[Row]] = {}
    for row in rows:
        together.setdefault(tuple(row[place] for place in places), []).append(row)
    for grouped in together.values():
        if sheet.has_totals:
            yield _with_columns(sheet, tuple(_total(sheet, at, grouped) for at in range(len(sheet.columns))))
        else:
            yield from (_with_columns(sheet, row) for row in grouped)


def place_of(sheet: Sheet, name: str) -> int:
    """Say which column has a name, the first one being 0."""
    return next(place for place, column in enumerate(sheet.columns) if column.name == name)


def _total(sheet: Sheet, at: int, rows: Iterable[Row]) -> Cell:
    """Say what a column says of a group: every value of it once, unless it has a total."""
    column, cells = sheet.columns[at], [row[at] for row in rows]
    return _TOTALS[column.total or "every"](cells)


def _every(cells: Iterable[Cell]) -> Cell:
    return tuple(dict.fromkeys(value for cell in cells for value in cell))


def _sum(cells: Iterable[Cell]) -> Cell:
    numbers = [value for cell in cells for value in cell if isinstance(value, Decimal)]
    return (_exactly(sum(map(Fraction, numbers), Fraction(0))),) if numbers else ()


def _last(cells: Iterable[Cell]) -> Cell:
    there = [cell for cell in cells if cell]
    return there[-1] if there else ()


def _count(cells: Iterable[Cell]) -> Cell:
    return (Decimal(len(_every(cells))),)


_TOTALS: Final[Mapping[str, Callable[[Iterable[Cell]], Cell]]] = MappingProxyType(
    {"every": _every, "sum": _sum, "last": _last, "count": _count}
)


def _with_columns(sheet: Sheet, row: Row) -> Row:
    """Fill the columns that are made of others, from left to right."""
    filled = list(row)
    for at, column in enumerate(sheet.columns):
        if column.adds:
            filled[at] = _difference(sheet, column, filled)
        elif column.percent:
            part, whole = (_number(filled[place_of(sheet, name)]) for name in column.percent)
            share = None if part is None or not whole else Fraction(part) / Fraction(whole) * _PERCENT
            filled[at] = () if share is None else (_exactly(share).quantize(_HUNDREDTH),)
    return tuple(filled)


def _difference(sheet: Sheet, column: Column, row: Sequence[Cell]) -> Cell:
    signs = [(1, name) for name in column.adds] + [(-1, name) for name in column.takes]
    stated = [(sign, _number(row[place_of(sheet, name)])) for sign, name in signs]
    numbers = [sign * Fraction(number) for sign, number in stated if number is not None]
    return (_exactly(sum(numbers, Fraction(0))),) if numbers else ()


def _number(cell: Cell) -> Decimal | None:
    """Give the number of a cell; None where there is none, or not just one."""
    return cell[0] if len(cell) == 1 and isinstance(cell[0], Decimal) else None


def _converted(cell: Cell, unit: str, into: str) -> Cell:
    return tuple(
        _exactly(Fraction(convert(each, unit=unit, into=into))) if isinstance(each, Decimal) else each for each in cell
    )


def _exactly(number: Fraction) -> Decimal:
    """Write a number without an exponent and without zeros at its end; one without end is rounded to 28 digits."""
    found = Decimal(number.numerator) / Decimal(number.denominator)
    return Decimal(format(found.normalize(), "f"))
