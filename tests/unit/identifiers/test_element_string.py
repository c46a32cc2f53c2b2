"""Element strings: printed and scanned forms, their checks, and what a label says."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from importlib import resources

import biip
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import identifiers as valid
from filiere_schemas.identifiers import InvalidIdentifier, application_identifier, element_string
from filiere_schemas.identifiers.element_string import Element
from filiere_schemas.identifiers.gs1_key import Gs1Key

GS = element_string.SEPARATOR
DAY = st.dates(date(2001, 1, 1), date(2049, 12, 31)).map(lambda day: day.strftime("%y%m%d"))
VALUES = {
    "01": valid.GTIN_14,
    "10": valid.LOT,
    "11": DAY,
    "15": DAY,
    "17": DAY,
    "21": valid.SERIAL,
    "254": valid.SERIAL,
    "30": valid.digits(1, up_to=8),
    "3103": valid.digits(6),
    "3922": valid.digits(1, up_to=15),
    "410": valid.GLN,
    "416": valid.GLN,
    "420": valid.characters(20),
    "7007": DAY,
    "7030": valid.characters(27).map(lambda processor: "250" + processor),
    "8003": valid.GRAI,
    "8008": DAY.map(lambda day: day + "0930"),
}
LABELS = st.dictionaries(st.sampled_from(sorted(VALUES)), st.none(), min_size=1).flatmap(
    lambda ais: st.tuples(*(st.builds(Element, st.just(ai), VALUES[ai]) for ai in ais))
)


@given(LABELS)
def test_a_label_reads_back_from_print_and_from_the_scanner(label: tuple[Element, ...]) -> None:
    assert element_string.parse(element_string.bracketed(label)) == label
    assert element_string.parse(element_string.scanned(label)) == label
    assert element_string.parse(f"]C1{element_string.scanned(label)}{GS}") == label
    assert element_string.validate(element_string.scanned(label)) == element_string.bracketed(label)


@given(LABELS)
def test_another_reader_of_gs1_reads_the_same(label: tuple[Element, ...]) -> None:
    theirs = biip.parse(f"]C1{element_string.scanned(label)}").gs1_message
    assert theirs is not None
    assert [(e.ai.ai, e.value) for e in theirs.element_strings] == [(e.ai, e.value) for e in label]


def test_the_table_knows_the_identifiers_of_another_reader_and_when_each_ends() -> None:
    table = resources.files("biip") / "gs1_application_identifiers" / "_application_identifiers.json"
    theirs = {row["ai"]: row["separator_required"] for row in json.loads(table.read_text(encoding="utf-8"))}
    ours = {ai: found.needs_separator for ai, found in application_identifier.ALL.items()}
    assert ours == theirs


def test_no_application_identifier_begins_another() -> None:
    for ai in application_identifier.ALL:
        found = application_identifier.find(ai + "0" * 20)
        assert found is not None
        assert found.ai == ai


def test_a_separator_too_many_does_no_harm() -> None:
    elements = element_string.parse(f"]d2{GS}0104012345111118{GS}17271231{GS}10ABC-1{GS}")
    assert element_string.bracketed(elements) == "(01)04012345111118(17)271231(10)ABC-1"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "element-string-form"),
        ("()", "element-string-unknown-ai"),
        ("(01)04012345111119", "identifier-check-digit"),
        ("(01)4012345111118", "element-string-value"),
        ("(10)", "element-string-value"),
        ("(10)a b", "element-string-value"),
        ("(10)" + "x" * 21, "element-string-value"),
        ("(99", "element-string-unknown-ai"),
        ("(05)1", "element-string-unknown-ai"),
        ("0501", "element-string-unknown-ai"),
        ("lot 12", "element-string-unknown-ai"),
        ("(17)271301", "element-string-date"),
        ("(17)270230", "element-string-date"),
        ("(7007)270101270431", "element-string-date"),
        ("(10)A(10)B", "element-string-twice"),
        ("(00)106141412345678909", "identifier-check-digit"),
        ("(414)0614141123453", "identifier-check-digit"),
        ("(02)04012345111119(37)4", "identifier-check-digit"),
        ("010401234511111", "element-string-value"),
        ("(01)04012345111118" + "(10)A" * 200, "identifier-too-long"),
    ],
)
def test_a_wrong_label_is_refused_for_its_own_reason(text: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        element_string.parse(text)
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert not element_string.is_valid(text)


def test_a_bracket_in_a_value_is_told_from_that_of_an_identifier() -> None:
    lot = "A(10)B"
    label = (Element("01", "04012345111118"), Element("10", lot))
    assert element_string.bracketed(label) == r"(01)04012345111118(10)A\(10)B"
    assert element_string.parse(r"(01)04012345111118(10)A\(10)B") == label
    assert element_string.parse("(01)04012345111118(10)A(x)B")[1].value == "A(x)B"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("(01)04012345111118(10)L1(21)S1(17)271231", "/01/04012345111118/21/S1"),
        ("(01)04012345111118(10)L1(17)271231", "/01/04012345111118/10/L1"),
        ("(01)04012345111118(17)271231", "/01/04012345111118"),
        ("(00)106141412345678908(02)04012345111118(37)24(10)L1", "/00/106141412345678908"),
        ("(414)0614141123452(254)400", "/414/0614141123452/254/400"),
        ("(8010)0614141123ABC(8011)7(21)9", "/8010/0614141123ABC/8011/7"),
        ("(8006)040123451234560102(21)9", "/8006/040123451234560102/21/9"),
        ("(8003)00614141123452400", "/8003/00614141123452400"),
    ],
)
def test_a_label_identifies_what_it_is_on(text: str, path: str) -> None:
    key = element_string.key_of(element_string.parse(text))
    assert key is not None
    assert key.uri == "https://id.gs1.org" + path


def test_a_label_that_only_describes_identifies_nothing() -> None:
    assert element_string.key_of(element_string.parse("(17)271231(10)L1")) is None
    assert element_string.contents_of(element_string.parse("(01)04012345111118(10)L1")) is None


def test_a_logistic_label_tells_its_contents() -> None:
    label = element_string.parse("(00)106141412345678908(02)04012345111118(37)24(10)L1")
    assert element_string.contents_of(label) == (Gs1Key("01", "04012345111118", "10", "L1"), Decimal(24))
    without = element_string.parse("(00)106141412345678908(02)04012345111118")
    assert element_string.contents_of(without) == (Gs1Key("01", "04012345111118"), None)


@pytest.mark.parametrize(
    ("ai", "value", "days"),
    [
        ("17", "271231", [date(2027, 12, 31)]),
        ("15", "280200", [date(2028, 2, 29)]),
        ("11", "760101", [date(2076, 1, 1)]),
        ("11", "770101", [date(1977, 1, 1)]),
        ("7003", "2711300815", [date(2027, 11, 30)]),
        ("8008", "26112209", [date(2026, 11, 22)]),
        ("7007", "260901260905", [date(2026, 9, 1), date(2026, 9, 5)]),
        ("7007", "260901", [date(2026, 9, 1)]),
        ("10", "271231", []),
    ],
)
def test_a_date_has_its_century_from_the_current_year_and_day_00_is_the_last(
    ai: str, value: str, days: list[date]
) -> None:
    assert list(element_string.dates_of(Element(ai, value), 2026)) == days


@given(st.integers(2000, 2099), st.integers(0, 99))
def test_a_year_is_at_most_49_back_and_50_ahead(current: int, two: int) -> None:
    (day,) = element_string.dates_of(Element("17", f"{two:02d}0101"), current)
    assert day.year % 100 == two
    assert -49 <= day.year - current <= 50


@pytest.mark.parametrize(
    ("ai", "value", "measured"),
    [
        ("3103", "001250", ("1.250", "KGM")),
        ("3100", "000012", ("12", "KGM")),
        ("3155", "000012", ("0.00012", "LTR")),
        ("3202", "001250", ("12.50", "LBR")),
        ("37", "24", ("24", None)),
        ("30", "007", ("7", None)),
        ("10", "24", None),
        ("3922", "1299", None),
    ],
)
def test_a_measure_keeps_every_decimal_it_was_printed_with(
    ai: str, value: str, measured: tuple[str, str | None] | None
) -> None:
    found = element_string.measure_of(Element(ai, value))
    assert (found and (str(found.value), found.unit)) == measured


def test_every_measure_has_a_unit() -> None:
    measures = [ai for ai in application_identifier.ALL if ai[:2] in {"31", "32", "33", "34", "35", "36"}]
    assert len(measures) == 318
    assert all(element_string.measure_of(Element(ai, "000001")) for ai in measures)


@given(st.text(alphabet="()01723\x1d]C1aA -\\é", max_size=60))
def test_no_text_makes_the_reader_fail_otherwise_than_by_refusing(text: str) -> None:
    try:
        elements = element_string.parse(text)
    except InvalidIdentifier:
        return
    assert element_string.parse(element_string.bracketed(elements)) == elements
