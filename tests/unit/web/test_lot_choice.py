"""A page is a link to itself: whatever is chosen stands in its address and is read back from it."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import parse_qsl

import pytest
from fastapi.datastructures import QueryParams
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.render.lot_folding import COLLAPSERS
from filiere_platform.usecases.trace import MAX_DEPTH, Ways
from filiere_platform.web.lot_choice import FOLDS, MOST_OPENED, LotChoice, read_choice
from filiere_platform.web.lot_page import MOST_DRAWN, ROWS, events_to_verify, lot_view
from filiere_platform.web.lot_svg import write_svg
from filiere_platform.web.words import Words

choices = st.builds(
    LotChoice,
    object=st.text(max_size=20),
    direction=st.sampled_from(Ways),
    as_of=st.sampled_from(["", "12", "2026-03-04T05:06:07Z"]),
    fold=st.sampled_from(["", *FOLDS]),
    collapse=st.sets(st.sampled_from(sorted(COLLAPSERS))).map(lambda found: tuple(n for n in COLLAPSERS if n in found)),
    open=st.lists(st.from_regex(r"fold-[0-9a-f]{12}", fullmatch=True), max_size=3).map(tuple),
    depth=st.integers(0, MAX_DEPTH),
    draw=st.booleans(),
    page=st.integers(1, 99),
)


def read(address: str) -> LotChoice:
    return read_choice(QueryParams(parse_qsl(address.partition("?")[2], keep_blank_values=True)))


@given(choices)
def test_a_choice_is_read_back_from_its_address(choice: LotChoice) -> None:
    assert read(choice.address(page=choice.page)) == choice


@given(choices, st.sampled_from(sorted(COLLAPSERS)))
def test_a_collapser_is_taken_away_by_the_link_that_added_it(choice: LotChoice, name: str) -> None:
    twice = read(read(choice.toggled(name)).toggled(name))
    assert twice.collapse == choice.collapse


@given(st.dictionaries(st.sampled_from(["fold", "direction", "collapse", "open", "depth", "page", "draw"]), st.text()))
def test_whatever_stands_in_an_address_is_a_choice(parameters: dict[str, str]) -> None:
    choice = read_choice(QueryParams(parameters))
    assert choice.page >= 1
    assert 0 <= choice.depth <= MAX_DEPTH
    assert len(choice.open) <= MOST_OPENED


def test_no_more_groups_are_opened_than_an_address_may_hold() -> None:
    choice = LotChoice(object="x")
    for number in range(MOST_OPENED + 5):
        choice = read(choice.opened(f"fold-{number:012x}"))
    assert len(choice.open) == MOST_OPENED


def an_answer(count: int) -> dict[str, Any]:
    """One lot, and so many that it was made of, of one organisation and one day."""
    keys = [f"urn:filiere:lot:siret:73282932000074:<b>{n % 3}:L{n}" for n in range(count)]
    events = [
        {
            "index": at,
            "member": "farm",
            "objects": [key],
            "places": [],
            "bizStep": None,
            "earliest": "2026-03-01T06:00:00Z",
            "latest": "2026-03-01T06:00:00Z",
        }
        for at, key in enumerate(keys)
    ]
    made = {"made": {"amounts": [{"quantity": "1.5", "uom": "KGM"}]}}
    state = {"depth": 1, "kind": "lot", "certainty": "certain", "tombstone": False}
    edges = [
        {
            "kind": "transformed-into",
            "from": key,
            "to": keys[0],
            "event": 0,
            "quantity": "1.5",
            "uom": "KGM",
            "certainty": "certain",
            "earliest": "2026",
            "latest": "2026",
            "objects": [],
        }
        for key in keys[1:]
    ]
    nodes = [{"key": key, "quantities": made, **state} for key in keys]
    return {"object": keys[0], "nodes": nodes, "edges": edges, "events": events, "as_of": count}


@pytest.mark.parametrize(
    ("count", "draw", "is_small", "is_large", "is_drawn"),
    [
        (300, False, True, False, True),
        (301, False, False, False, False),
        (301, True, False, False, True),
        (MOST_DRAWN, True, False, False, True),
        (MOST_DRAWN + 1, True, False, True, False),
    ],
)
def test_small_is_drawn_first_large_on_demand_and_huge_never(
    count: int, *, draw: bool, is_small: bool, is_large: bool, is_drawn: bool
) -> None:
    answer = an_answer(count)
    view = lot_view(answer, None, {}, LotChoice(object=answer["object"], draw=draw))
    assert (view.is_small, view.is_large, view.drawing is not None) == (is_small, is_large, is_drawn)


def test_a_huge_trace_is_drawn_once_it_is_folded_and_says_counts_and_weights() -> None:
    answer = an_answer(MOST_DRAWN + 1)
    view = lot_view(answer, None, {}, LotChoice(object=answer["object"], fold="product"))
    assert view.boxes == len(view.groups) + 1 == view.fold_sizes["product"]
    assert sum(len(group.members) for group in view.groups) == MOST_DRAWN
    drawn = write_svg(view, Words("fr"))
    assert "1\u202f000 objets" in drawn or "1000 objets" in drawn
    assert "1\u202f500 kg" in drawn
    assert "#graph" in drawn


def test_what_others_typed_is_text_in_the_drawing() -> None:
    for fold in ("", "product"):
        answer = an_answer(9)
        view = lot_view(answer, None, {}, LotChoice(object=answer["object"], fold=fold))
        drawn = write_svg(view, Words("en"))
        assert "<b>" not in drawn
        assert escape("<b>1") in drawn


def test_of_a_large_trace_the_rows_that_are_shown_are_verified() -> None:
    small, large = an_answer(9), an_answer(3_001)
    assert len(events_to_verify(small, LotChoice(object=small["object"]))) == 9
    assert events_to_verify(large, LotChoice(object=large["object"], page=2)) == [*range(ROWS, 2 * ROWS)]
