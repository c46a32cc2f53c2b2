"""Whatever the trace, its drawing shows every object and every step once, and nothing on top of anything."""

from __future__ import annotations

from itertools import pairwise
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.member import Directory
from filiere_platform.domain.session import LIFETIME_SECONDS, open_session, seal_session
from filiere_platform.render.lot_graph import lay_out_lots
from filiere_platform.web.lot_choice import LotChoice
from filiere_platform.web.lot_page import DRAWN_FIRST, lot_view
from filiere_platform.web.names import lot_address, product_name, short_name
from filiere_platform.web.searching import read_query
from filiere_platform.web.words import Words, every_sentence
from filiere_schemas.identifiers import InvalidIdentifier


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Any]:
    """A trace over a few members: any steps between any objects, turned and doubled ones included."""
    keys = [f"lot-{n}" for n in range(draw(st.integers(1, 12)))]
    members = draw(st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=len(keys), max_size=len(keys)))
    events = [
        {"index": at, "member": member, "objects": [key], "earliest": f"2026-03-0{1 + at % 9}T00:00:00Z"}
        for at, (key, member) in enumerate(zip(keys, members, strict=True))
    ]
    pairs = draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(keys)), max_size=20))
    edges = [
        {"kind": "transformed-into", "from": one, "to": other, "event": keys.index(other), "certainty": "certain"}
        for one, other in pairs
        if one != other
    ]
    nodes = [{"key": key, "depth": 0, "kind": "lot"} for key in keys]
    return {"object": keys[0], "nodes": nodes, "edges": edges, "events": sorted(events, key=lambda e: e["earliest"])}


@given(answers())
def test_every_object_and_every_step_is_drawn_once_and_no_box_on_another(answer: dict[str, Any]) -> None:
    graph = lay_out_lots(answer)
    assert sorted(box.key for box in graph.boxes) == sorted(node["key"] for node in answer["nodes"])
    places = [(box.column, box.row) for box in graph.boxes]
    assert len(set(places)) == len(places)
    assert [(a.source.key, a.target.key) for a in graph.arrows] == [(e["from"], e["to"]) for e in answer["edges"]]
    for arrow in graph.arrows:
        passed = [arrow.source.column, *(column for column, _ in arrow.bends), arrow.target.column]
        assert all(abs(one - other) <= 1 for one, other in pairwise(passed))
        assert not set(arrow.bends) & set(places)
    assert all(row < graph.rows for _, row in places)


def test_who_ships_is_left_of_who_gets_although_a_clock_says_otherwise() -> None:
    """The dairy's day begins at midnight, hours before the tanker that fills its tank."""
    told = [("tank", "dairy", "2026-03-02T00:00:00Z"), ("load", "tanker", "2026-03-02T09:30:00Z")]
    told.append(("milk", "farm", "2026-03-02T00:00:00Z"))
    answer = {
        "object": "tank",
        "nodes": [{"key": key, "depth": 0, "kind": "lot"} for key, _, _ in told],
        "events": [
            {"index": at, "member": member, "objects": [key], "earliest": earliest}
            for at, (key, member, earliest) in enumerate(told)
        ],
        "edges": [
            {"kind": "transformed-into", "from": "milk", "to": "load", "event": 1, "certainty": "certain"},
            {"kind": "transformed-into", "from": "load", "to": "tank", "event": 0, "certainty": "certain"},
        ],
    }
    assert lay_out_lots(answer).organisations == ("farm", "tanker", "dairy")


def test_who_has_it_is_shown_and_whether_it_arrived() -> None:
    """A warehouse and two shops make nothing; one of the shops never said that the packs came."""
    answer = {
        "object": "packs",
        "nodes": [{"key": "packs", "depth": 0, "kind": "lot"}],
        "events": [
            {"index": 0, "member": "packer", "objects": ["packs"], "earliest": "2026-03-02T08:00:00Z"},
            *(
                {"index": at, "member": who, "objects": ["packs"], "earliest": f"2026-03-0{2 + at}", "bizStep": step}
                for at, who, step in (
                    (1, "packer", "shipping"),
                    (2, "warehouse", "receiving"),
                    (3, "warehouse", "shipping"),
                    (4, "warehouse", "shipping"),
                    (5, "shop", "receiving"),
                )
            ),
        ],
        "edges": [
            {
                "kind": "moved",
                "from": who,
                "to": to,
                "objects": ["packs"],
                "event": at,
                "earliest": f"2026-03-0{2 + at}",
            }
            for at, who, to in (
                (1, "packer", "warehouse"),
                (2, "packer", "warehouse"),
                (3, "warehouse", "shop"),
                (4, "warehouse", "other shop"),
                (5, "warehouse", "shop"),
            )
        ],
    }
    graph = lay_out_lots(answer)
    assert {(graph.organisations[box.column], box.came) for box in graph.boxes} == {
        ("packer", None),
        ("warehouse", "received"),
        ("shop", "received"),
        ("other shop", "shipped"),
    }
    assert graph.organisations[:2] == ("packer", "warehouse")
    assert {(arrow.source.column, arrow.target.column) for arrow in graph.arrows} == {(0, 1), (1, 2), (1, 3)}


def test_a_lot_that_went_to_very_many_shops_is_not_drawn_unasked() -> None:
    """One object, and more receivers than the page has boxes: the tables come alone."""
    shops = [f"shop {n}" for n in range(DRAWN_FIRST)]
    answer = {
        "object": "packs",
        "nodes": [{"key": "packs", "depth": 0, "kind": "lot"}],
        "events": [{"index": 0, "member": "packer", "objects": ["packs"], "earliest": "0"}],
        "edges": [
            {"kind": "moved", "from": "packer", "to": shop, "objects": ["packs"], "event": 0, "earliest": "0"}
            for shop in shops
        ],
    }
    assert lot_view(answer, None, {}, LotChoice(object="packs")).drawing is None
    assert len(lay_out_lots(answer).boxes) == DRAWN_FIRST + 1


@given(answers())
def test_every_organisation_has_one_column(answer: dict[str, Any]) -> None:
    graph = lay_out_lots(answer)
    assert sorted(map(str, graph.organisations)) == sorted({str(event["member"]) for event in answer["events"]})


@given(answers())
def test_the_page_has_room_for_everything(answer: dict[str, Any]) -> None:
    drawing = lot_view(answer, None, {}, LotChoice(object=answer["object"], draw=True)).drawing
    assert drawing is not None
    assert all(x + 188 <= drawing.width and y + 44 <= drawing.height for x, y, _ in drawing.boxes)


def test_both_languages_of_the_pages_use_the_same_placeholders() -> None:
    for name, (french, english) in every_sentence().items():
        fields = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in (french, english)]
        assert fields[0] == fields[1], name
        assert french
        assert english


def test_amounts_and_times_are_written_as_their_reader_does() -> None:
    assert Words("fr").amount("1200.5", "KGM") == "1\u202f200,5 kg"
    assert Words("en").amount("1200.5", "KGM") == "1,200.5 kg"
    assert Words("fr").amount("600", None) == "600"
    assert Words("fr").amount(None, "KGM") == ""
    assert Words("fr").percent("33.3333333333333") == "33,3\N{NO-BREAK SPACE}%"
    assert Words("en").percent("99.97") == "99.9\N{NO-BREAK SPACE}%", "what is missing is not rounded away"
    assert Words("en").percent(None) == "\N{EN DASH}"
    assert Words("fr").when("2026-03-01T05:00:00Z", "2026-03-01T05:00:00Z") == "01/03/2026 06:00 CET"
    assert Words("en").when("2026-07-01T05:00:00Z", "2026-07-01T05:00:59.9Z") == "01/07/2026, 07:00 CEST"
    day = ("2026-03-01T23:00:00Z", "2026-03-02T22:59:59.999999Z")
    assert [Words(language).when(*day) for language in ("fr", "en")] == ["02/03/2026", "02/03/2026"]
    longer = Words("fr").when("2026-03-01T23:00:00Z", "2026-03-03T22:59:59.999999Z")
    assert longer == "02/03/2026 00:00 CET … 03/03/2026 23:59 CET"


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_key_or_a_refusal(text: str) -> None:
    try:
        key = read_query(text)
    except InvalidIdentifier:
        return
    assert lot_address(key).startswith("/lot?object=")
    assert isinstance(short_name(key), str)
    assert isinstance(product_name(key), str)


def test_a_session_ends_when_its_time_or_its_token_does() -> None:
    sealed = seal_session("0" * 12, secret=b"s", now=0)
    for now in (0, (LIFETIME_SECONDS + 1) * 1_000_000):
        with pytest.raises(Unauthenticated):
            open_session(sealed, Directory(version=1), secret=b"s", now=now)
