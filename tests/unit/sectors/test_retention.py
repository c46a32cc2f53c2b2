"""Which rule decides how long an event is kept, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.sectors.retention import (
    InvalidRetention,
    Kept,
    Period,
    Retention,
    parse_retention,
    read_period,
)
from filiere_schemas.sectors.sector_policies import sector_policies

GENERAL = '[[retention]]\nname = "general"\nwhat = "payload"\nkeep = "P5Y"\nfr = "loi"\nen = "law"\n'
SHIPPING = GENERAL.replace("general", "shipped").replace("P5Y", "P6Y") + 'steps = ["shipping"]\n'
SHORT = GENERAL.replace("general", "short").replace("P5Y", "P6M") + 'member = "x:short"\nreplaces = ["general"]\n'
MIDDLE = GENERAL.replace("general", "middle").replace("P5Y", "P24M") + 'member = "x:middle"\n'
RULES = parse_retention(GENERAL + SHIPPING + SHORT + MIDDLE)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({}, "general"),
        ({"bizStep": "shipping"}, "shipped"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "shipped"),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}, "shipped"),
        ({"bizStep": "receiving"}, "general"),
        ({"x:short": True}, "short"),
        ({"x:short": False}, "general"),
        ({"x:middle": True}, "general"),
        ({"x:short": True, "x:middle": True}, "middle"),  # the longest of what is left
        ({"x:short": True, "bizStep": "shipping"}, "shipped"),
    ],
)
def test_the_longest_rule_decides_unless_another_takes_its_place(event: dict[str, Any], name: str) -> None:
    found = RULES.rule_for(event, Kept.PAYLOAD)
    assert found is not None
    assert found.name == name
    assert RULES.rule_for(event, Kept.DISCLOSURES) is None


def test_a_rule_may_be_about_some_types_of_events_alone() -> None:
    rules = parse_retention(GENERAL + 'types = ["ObjectEvent"]\n')
    assert rules.rule_for({"type": "ObjectEvent"}, Kept.PAYLOAD) is not None
    assert rules.rule_for({"type": "AggregationEvent"}, Kept.PAYLOAD) is None


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ("P5Y", "2021-03-01T08:00:00+00:00", "2026-03-01T08:00:00+00:00"),
        ("P1Y", "2024-02-29T08:00:00+00:00", "2025-02-28T08:00:00+00:00"),
        ("P6M", "2025-08-31T00:00:00+00:00", "2026-02-28T00:00:00+00:00"),
        ("P24M", "2024-12-31T23:59:59+00:00", "2026-12-31T23:59:59+00:00"),
        ("P1Y6M2W3D", "2024-01-01T00:00:00+00:00", "2025-07-18T00:00:00+00:00"),
    ],
)
def test_a_period_ends_by_the_calendar(period: str, start: str, end: str) -> None:
    assert read_period(period).end(datetime.fromisoformat(start)) == datetime.fromisoformat(end)


@given(
    st.builds(Period, months=st.integers(0, 240), days=st.integers(0, 400)),
    st.integers(0, 3_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
)
def test_no_period_ends_before_its_shortest_length(period: Period, start: datetime) -> None:
    assert period.end(start) >= start + period.shortest


@pytest.mark.parametrize("text", ["", "P", "5Y", "P5", "PT5H", "P0D", "P-1Y", "P5Y ", "p5y", "P1.5Y"])
def test_what_is_no_span_of_days_is_no_period(text: str) -> None:
    with pytest.raises(InvalidRetention):
        read_period(text)


@pytest.mark.parametrize(
    "text",
    [
        "retention = 1 2",
        "[[others]]\nname = 1",
        GENERAL.replace('en = "law"\n', ""),
        GENERAL + "other = 1\n",
        GENERAL.replace('"payload"', '"everything"'),
        GENERAL.replace("P5Y", "forever"),
        GENERAL.replace('"general"', '"General rule"'),
        GENERAL.replace('"loi"', "7"),
        GENERAL + 'steps = "shipping"\n',
        GENERAL + 'replaces = ["nobody"]\n',
        GENERAL + GENERAL,
    ],
)
def test_rules_that_do_not_hold_together_are_refused(text: str) -> None:
    with pytest.raises(InvalidRetention):
        parse_retention(text)


def test_a_sector_without_rules_keeps_everything() -> None:
    for sector in ("", "unknown", "../food", "Food"):
        assert sector_policies(sector).retention == Retention()
    assert Retention().shortest is None


def test_food_is_kept_five_years_six_months_where_it_perishes_and_two_years_where_the_fda_asks() -> None:
    # Source: Regulation (EC) 178/2002, art. 18, and its guidance of 2010, III.3.1; 21 CFR 1.1460.
    rules = sector_policies("food").retention
    assert rules.shortest == timedelta(days=6 * 28)
    cases = {(): 60, ("perishable",): 6, ("fsma204",): 60, ("perishable", "fsma204"): 24}
    for members, months in cases.items():
        rule = rules.rule_for({f"filiere:{name}": True for name in members}, Kept.PAYLOAD)
        assert rule is not None
        assert rule.keep == Period(months=months), members
