"""The rules of a sector's balances hold together, or say what does not."""

from __future__ import annotations

from fractions import Fraction

import pytest

from filiere_platform.domain.carry_over import CarryOver
from filiere_schemas.sectors.balance import EXACT, NO_RULES, InvalidBalance, parse_balance_rules
from filiere_schemas.sectors.sector_policies import sector_policies
from filiere_schemas.sectors.vessel import MODES

PROCESS = 'name = "p"\ntolerance = "2"\nfr = "f"\nen = "e"\n'
EQUIVALENCE = 'products = ["urn:x"]\nunit = "XCS"\nquantity = "12"\nuom = "C62"\nfr = "f"\nen = "e"\n'


def test_a_process_is_the_one_that_is_named_else_that_of_the_step_else_that_of_all_others() -> None:
    rules = parse_balance_rules(
        f'[[process]]\n{PROCESS}[[process]]\n{PROCESS.replace("p", "q", 1)}steps = ["killing"]\nleast_yield = "40"\n'
    )
    assert rules.process_of("q", None).name == "q"
    assert rules.process_of("nobody's", "killing").name == "q"
    assert rules.process_of(None, "packing").name == "p"
    assert rules.tolerance == Fraction(2, 100)
    assert rules.process_of("q", None).least_yield == Fraction(2, 5)
    assert NO_RULES.process_of("q", "killing") is EXACT


def test_a_sector_without_rules_tolerates_nothing() -> None:
    assert sector_policies("none").balance is NO_RULES
    assert sector_policies("../etc").balance is NO_RULES


def process(old: str = "", new: str = "", more: str = "") -> str:
    return f"[[process]]\n{PROCESS.replace(old, new, 1) if old else PROCESS}{more}"


def equivalence(old: str, new: str) -> str:
    return f"[[equivalence]]\n{EQUIVALENCE.replace(old, new)}"


def vessel(old: str = "", new: str = "", more: str = "") -> str:
    return "[vessel]\n" + 'mode = "mixed"\nfr = "f"\nen = "e"\n'.replace(old, new, 1) + more


def test_what_is_supposed_of_a_vessel_is_read() -> None:
    assert NO_RULES.vessel is None
    rule = parse_balance_rules(vessel('"mixed"', '"window"', 'window = "P1DT6H"\n')).vessel
    assert rule is not None
    assert (rule.mode, rule.window) == ("window", 30 * 3600)


def test_the_modes_of_a_profile_are_those_of_the_platform() -> None:
    assert [mode.value for mode in CarryOver] == [*MODES]


@pytest.mark.parametrize(
    "text",
    [
        "[[process",
        "[other]\n",
        "[[process]]\nname = 'p'\n",
        process(more="weight = '1'\n"),
        process('"2"', "2.5"),
        process('"2"', '"-2"'),
        process('"p"', '"P p"'),
        process(more="steps = 'killing'\n"),
        process(more="steps = ['a']\nleast_yield = '2'\nmost_yield = '1'\n"),
        process() + process(),
        process() + process("p", "q"),
        equivalence("C62", "XCS"),
        equivalence("XCS", "NOSUCH"),
        equivalence('["urn:x"]', "[]"),
        "vessel = 'mixed'\n",
        vessel('"mixed"', '"stirred"'),
        vessel('"mixed"', "1"),
        vessel('"mixed"', '"window"'),
        vessel(more='window = "PT6H"\n'),
        vessel('"mixed"', '"window"', more='window = "P367D"\n'),
        vessel('fr = "f"\n', ""),
        vessel(more='more = "x"\n'),
    ],
)
def test_what_does_not_hold_together_is_refused(text: str) -> None:
    with pytest.raises(InvalidBalance):
        parse_balance_rules(text)


def test_an_equivalence_is_read() -> None:
    (each,) = parse_balance_rules(f"[[equivalence]]\n{EQUIVALENCE}").equivalences
    assert (each.products, each.unit, each.quantity, each.uom) == (("urn:x",), "XCS", 12, "C62")
