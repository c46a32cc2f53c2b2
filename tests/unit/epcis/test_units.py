"""Units: which exist, and that conversion is exact and symmetric within a dimension."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.epcis.units import BASE, UNITS, Dimension, UnitMismatchError, convert, is_known

AMOUNTS = st.decimals(Decimal(-(10**9)), Decimal(10**9), places=4)
PAIRS = st.sampled_from(sorted(UNITS)).flatmap(
    lambda unit: st.tuples(
        st.just(unit),
        st.sampled_from(sorted(other for other in UNITS if UNITS[other].dimension is UNITS[unit].dimension)),
    ),
)


@given(AMOUNTS, PAIRS)
def test_a_conversion_there_and_back_gives_the_same_to_24_digits(amount: Decimal, units: tuple[str, str]) -> None:
    unit, into = units
    back = convert(convert(amount, unit=unit, into=into), unit=into, into=unit)
    # A temperature's offset (about 460) bounds what rounding in the 28th digit can move.
    assert abs(back - amount) <= max(abs(amount), 460) * Decimal("1E-15")


@pytest.mark.parametrize(
    ("amount", "unit", "into", "expected"),
    [
        ("1", "TNE", "KGM", "1000"),
        ("2.5", "KGM", "GRM", "2500"),
        ("1", "LBR", "GRM", "453.59237"),
        ("1", "HLT", "LTR", "100"),
        ("3", "DZN", "C62", "36"),
        ("0", "CEL", "KEL", "273.15"),
        ("212", "FAH", "CEL", "100"),
        ("36", "KMH", "MTS", "10"),
        ("90", "MIN", "HUR", "1.5"),
        ("1", "HAR", "MTK", "10000"),
        ("1", "KWH", "3B", "3.6"),
        ("1", "BAR", "KPA", "100"),
        ("5", "P1", "NX", "50"),
        ("2", "D61", "D62", "120"),
    ],
)
def test_known_equalities_hold_exactly(amount: str, unit: str, into: str, expected: str) -> None:
    assert convert(Decimal(amount), unit=unit, into=into) == Decimal(expected)


@pytest.mark.parametrize(("unit", "into"), [("KGM", "LTR"), ("KGM", "XBX"), ("ZZ9", "KGM"), ("EA", "KGM")])
def test_what_measures_something_else_does_not_convert(unit: str, into: str) -> None:
    with pytest.raises(UnitMismatchError):
        convert(Decimal(1), unit=unit, into=into)


def test_every_dimension_has_its_base_unit_of_factor_one() -> None:
    for dimension in Dimension:
        base = UNITS[BASE[dimension]]
        assert (base.dimension, base.factor, base.offset) == (dimension, 1, 0)


@pytest.mark.parametrize("code", ["KGM", "LTR", "XBX", "A93", "P71", "C35", "LUX", "HAR", "GP"])
def test_a_code_of_the_recommendation_is_known(code: str) -> None:
    assert is_known(code)


@pytest.mark.parametrize("code", ["kgm", "kg", "ZZ9", "", "KG", "X", "PCE"])
def test_other_codes_are_not_known(code: str) -> None:
    assert not is_known(code)


def test_every_unit_that_converts_is_a_code_of_the_recommendation_or_of_an_earlier_revision() -> None:
    known = files("filiere_schemas.epcis").joinpath("units_known.txt").read_text("ascii").split()
    assert len(known) == len(set(known)) == 2162
    assert UNITS.keys() - set(known) == {"ARE", "HAR"}
