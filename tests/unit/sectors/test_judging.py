"""An event is judged by its CTE, under the laws of its day; an expression is bounded and total."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.event_strategies import JSON
from builders.events import a_transformation_event, an_object_event
from filiere_schemas.sectors.checked_profile import InvalidProfile, ready_profile
from filiere_schemas.sectors.expr import DEEPEST, LONGEST, Expr, InvalidExpression, UndecidableError
from filiere_schemas.sectors.field_path import FieldPath
from filiere_schemas.sectors.judging import Finding, cte_of, judge
from filiere_schemas.sectors.new_profile import write_new_profile

FIELDS = st.sampled_from(["readPoint", "ilmd", "filiere:knownAbsent", "eventTime", "destinationList"])
LOT = {"epcClass": "https://id.gs1.org/01/09521001000017/10/A1", "quantity": 500, "uom": "KGM"}


@pytest.fixture(scope="module")
def wood(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_new_profile("wood", tmp_path_factory.mktemp("sectors"))
    with (folder / "checks.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[[check]]\nname = "yield"\nat = "/outputQuantityList"\nlevel = "error"\nrefuse = true\nunit = "KGM"\n'
            'tolerance = "2"\nholds = "amount_out <= amount_in * (1.0 + tolerance)"\nfr = "rendement"\nen = "yield"\n'
        )
    return folder


@pytest.fixture(scope="module")
def profile(wood: Path):
    return ready_profile(wood)


def making(**changes: Any) -> dict[str, Any]:
    ilmd = {"cbvmda:lotNumber": "LA1", **changes.pop("ilmd", {})}
    event = an_object_event(
        eventTime="2027-03-01T00:00:00Z", quantityList=[LOT], readPoint={"id": "https://x.example/p"}, ilmd=ilmd
    )
    return event | changes


def test_nobody_judges_by_a_profile_that_does_not_hold(tmp_path: Path) -> None:
    folder = write_new_profile("wood", tmp_path)
    path = folder / "ctes.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"lot-law"', '"lot-lw"'), encoding="utf-8")
    with pytest.raises(InvalidProfile, match="profile-unknown-name"):
        ready_profile(folder)


def test_an_event_that_is_no_cte_is_judged_by_general_checks_alone(profile) -> None:
    assert cte_of(profile, {"type": "ObjectEvent", "action": "ADD", "bizStep": "holding"}) is None
    assert judge(profile, {"type": "ObjectEvent"}) == ()


@pytest.mark.parametrize(
    "word", ["commissioning", "urn:epcglobal:cbv:bizstep:commissioning", "cbv:BizStep-commissioning"]
)
def test_a_word_in_any_of_its_forms_is_the_same_step(profile, word: str) -> None:
    assert cte_of(profile, making(bizStep=word)) == "making"


@pytest.mark.parametrize(
    ("time", "level"),
    [("2026-12-31T23:00:00Z", "warning"), ("2027-01-01T00:00:00Z", "error"), ("2030-01-01T00:00:00Z", "error")],
)
def test_a_law_asks_from_its_day_on(profile, time: str, level) -> None:
    event = making(eventTime=time, ilmd={"cbvmda:lotNumber": "A1"})
    assert judge(profile, event) == (Finding("making.lot-number", level, "/ilmd/cbvmda:lotNumber"),)


@pytest.mark.parametrize(
    ("reason", "broken"), [("not-graded", False), ("forgotten", True), (None, True), (["not-graded"], True)]
)
def test_what_is_known_to_be_absent_is_said_with_a_reason_of_the_vocabulary(profile, reason, broken) -> None:
    graded = making(ilmd={"own:graded": True})
    assert [finding.rule for finding in judge(profile, graded)] == ["making.grade"]
    told = graded | {
        "filiere:knownAbsent": [{"kde": "grade", "reason": str(reason) if reason != ["not-graded"] else reason}]
    }
    assert bool(judge(profile, told)) is broken


def test_a_missing_value_is_shown_where_it_is_missing(profile) -> None:
    event = making(quantityList=[LOT, {"epcClass": LOT["epcClass"]}])
    assert judge(profile, event) == (Finding("making.quantity", "error", "/quantityList/1/quantity"),)


@pytest.mark.parametrize(("made", "found"), [(1019.9, []), (1020.1, ["yield"])])
def test_amounts_are_added_up_in_the_unit_of_a_check_within_its_tolerance(
    profile, made: float, found: list[str]
) -> None:
    event = a_transformation_event(
        inputQuantityList=[{"epcClass": "a", "quantity": 1, "uom": "TNE"}],
        outputQuantityList=[{"epcClass": "b", "quantity": made, "uom": "KGM"}],
    )
    findings = judge(profile, event)
    assert [finding.rule for finding in findings] == found
    assert all(finding.refuse and not finding.undecided for finding in findings)


def test_an_amount_that_does_not_convert_leaves_a_check_undecided_and_never_refuses(profile) -> None:
    (finding,) = judge(profile, a_transformation_event())  # litres of milk, kilograms of cheese
    assert finding == Finding("yield", "warning", "/outputQuantityList", undecided=True)


def test_an_amount_beyond_counting_is_undecided(profile) -> None:
    event = a_transformation_event(
        inputQuantityList=[{**LOT, "quantity": 1e308, "uom": "TNE"}], outputQuantityList=[{**LOT, "quantity": 1}]
    )
    assert judge(profile, event) == (Finding("yield", "warning", "/outputQuantityList", undecided=True),)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "bizStep ==",
        "a" * (LONGEST + 1),
        "(" * (DEEPEST + 1) + "bizStep" + ")" * (DEEPEST + 1) + ' == ""',
        "!" * (DEEPEST + 1) + "has(ilmd.x)",
        "unknown == 1",
        "quantityList.exists(q, q.quantty > 1)",
        "bizStep.upper() == ''",
        "now() > 1",
        "quantityList.all(q, inputQuantityList.all(r, r.uom == q.uom))",
        "epcList.all(e, e != '') && epcList.all(e, e != 'a') && epcList.all(e, e != 'b')",
    ],
)
def test_an_expression_that_is_none_or_costs_too_much_is_refused(source: str) -> None:
    with pytest.raises(InvalidExpression):
        Expr(source)


@pytest.mark.parametrize(
    ("source", "event", "holds"),
    [
        ('bizStep == "shipping"', {}, False),
        ("quantityList == []", {}, True),
        ('"own:x" in ilmd', {"ilmd": {"own:x": 1}}, True),
        ('extension["own:x"] == true', {"own:x": True}, True),
        ("quantityList.all(q, double(q.quantity) > 0.5)", {"quantityList": [{"quantity": 1}, {"quantity": 0.6}]}, True),
        ('readPoint.id.startsWith("https:")', {"readPoint": {"id": "https://x"}}, True),
    ],
)
def test_an_expression_says_yes_or_no_of_what_is_there_and_of_what_is_not(source: str, event, holds) -> None:
    assert Expr(source).holds(event) is holds


@pytest.mark.parametrize(
    ("source", "event"), [("readPoint.id == ''", {}), ("epcList < 1", {}), ("bizStep", {}), ("tolerance > 1.0", {})]
)
def test_an_expression_that_says_nothing_of_an_event_is_undecided(source: str, event) -> None:
    with pytest.raises(UndecidableError):
        Expr(source).holds(event)


@given(st.one_of(st.text(max_size=40), st.text(alphabet="()[]{}!-+.&|?:'\"\\ab1 <=", max_size=60)))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        expression = Expr(text)
    except InvalidExpression:
        return
    with contextlib.suppress(UndecidableError):
        assert expression.holds({}) in {True, False}


@given(st.dictionaries(FIELDS, JSON))
def test_whatever_stands_in_the_fields_of_an_event_it_is_judged(profile, fields: dict[str, Any]) -> None:
    event = {"type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "quantityList": [LOT]} | fields
    for finding in judge(profile, event):
        assert finding.pointer.startswith("/")


@pytest.mark.parametrize(
    ("path", "event", "wrong"),
    [
        ("/a/b", {"a": {"b": 1}}, None),
        ("/a/b", {"a": 1}, "/a/b"),
        ("/a/*/b", {"a": [{"b": 1}, {}]}, "/a/1/b"),
        ("/a/*/b", {"a": []}, "/a"),
        ("/a/t=x/b", {"a": [{"t": "y", "b": 1}, {"t": "x"}]}, "/a"),
        ("/a/t=x/b", {"a": [{"t": "y"}, {"t": "x", "b": 1}]}, None),
        ("/a/c~1d", {"a": {"c/d": 0}}, None),
    ],
)
def test_a_path_shows_the_first_place_where_nothing_stands(path: str, event, wrong: str | None) -> None:
    assert FieldPath(path).first_wrong(event, lambda value: value is not None) == wrong


def stands(value: Any, tokens: list[str]) -> bool:
    """What docs/sectors.md says of a path, word by word."""
    if not tokens:
        return value is not None
    token, *rest = tokens
    if token == "*":
        return isinstance(value, list) and bool(value) and all(stands(item, rest) for item in value)
    if "=" in token:
        name, _, wanted = token.partition("=")
        chosen = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
        return any(item.get(name) == wanted and stands(item, rest) for item in chosen)
    return isinstance(value, dict) and token in value and stands(value[token], rest)


@given(
    st.lists(st.sampled_from(["a", "b", "*", "a=x"]), min_size=1, max_size=4),
    st.recursive(
        st.sampled_from([None, 0, "x"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
        max_leaves=12,
    ),
)
def test_a_look_and_the_place_that_it_leads_to_say_the_same(tokens: list[str], value: Any) -> None:
    path, right = FieldPath("/" + "/".join(tokens)), lambda value: value is not None
    assert path.fits(value, right) == stands(value, tokens) == (path.first_wrong(value, right) is None)
