"""What a company fills in comes out as the events that its sector's profile describes, and no others."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from builders.templates import ZONE, every_cte, every_role, fill, make_template, mapped
from filiere_connectors.mapping import MappedEvent, RefusedRows
from filiere_connectors.templates.example import rows_of
from filiere_connectors.templates.plan import declared_context
from filiere_schemas.sectors.checked_profile import ready_profile
from filiere_schemas.sectors.judging import CompiledProfile, cte_of, judge
from filiere_schemas.sectors.profile_files import find_sector, read_files, sector_names

ROLES = list(every_role())
ONE_ROLE_OF = {
    (sector, cte["name"]): role
    for sector, role in reversed(ROLES)
    for cte in every_cte(sector)
    if role in cte.get("roles", [role])
}


def examples_of(sector: str) -> dict[str, Mapping[str, Any]]:
    """The examples of a sector that are events of a CTE."""
    return {name: each for name, each in read_files(find_sector(sector)).examples.items() if each.get("cte")}


@functools.cache
def compiled(sector: str) -> CompiledProfile:
    return ready_profile(find_sector(sector))


def comparable(event: Mapping[str, Any], sector: str) -> dict[str, Any]:
    """What an event says, without what a template cannot know: a disposition that nothing asks for."""
    cte = cte_of(compiled(sector), event)
    asked = next(each for each in every_cte(sector) if each["name"] == cte)
    has_disposition = asked.get("dispositions") or any(
        kde["paths"][0] == "/disposition" for kde in asked.get("kde", ())
    )
    left_out = {
        "@context",
        "eventTimeZoneOffset",
        "filiere:eventTimePrecision",
        *(() if has_disposition else ("disposition",)),
    }
    return {name: value for name, value in event.items() if name not in left_out} | {
        "eventTime": datetime.fromisoformat(event["eventTime"]).timestamp()
    }


def given(sector: str, role: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for name, example in examples_of(sector).items():
        if ONE_ROLE_OF[sector, example["cte"]] == role:
            yield name, example["cte"], example["event"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(("sector", "role"), ROLES, ids=["-".join(each) for each in ROLES])
def test_every_example_of_a_profile_that_is_filled_in_comes_out_as_itself(
    tmp_path: Path, sector: str, role: str, language: Any
) -> None:
    path, plan = make_template(tmp_path, sector, role, language=language)
    examples = list(given(sector, role))
    sheets = {sheet.cte.name: sheet for sheet in plan.sheets}
    rows = [
        (cte, row)
        for number, (_, cte, event) in enumerate(examples, 1)
        for row in rows_of(sheets[cte], event, number=str(number), language=language, zone=ZONE)
    ]
    fill(path, plan, language, rows)
    found = mapped(path)
    assert [each.problems for each in found if isinstance(each, RefusedRows)] == []
    events = {json.loads(each.source_key)[1]: each for each in found if isinstance(each, MappedEvent)}
    assert len(events) == len(examples)
    for number, (name, cte, event) in enumerate(examples, 1):
        out = events[str(number)]
        assert comparable(out.event, sector) == comparable(event, sector), name
        assert (cte_of(compiled(sector), out.event), judge(compiled(sector), out.event), out.notes) == (cte, (), ()), (
            name
        )
        assert out.event["@context"] == declared_context(plan.profile)


def test_no_cte_of_the_release_is_beyond_a_template() -> None:
    ctes = {(sector, cte["name"]) for sector in sector_names() for cte in every_cte(sector)}
    assert set(ONE_ROLE_OF) == ctes
    assert {(sector, each["cte"]) for sector in sector_names() for each in examples_of(sector).values()} == ctes
