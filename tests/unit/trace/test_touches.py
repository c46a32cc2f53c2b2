"""What further transformations say of the objects of an answer: in the log's order, amounts that were sealed opened."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.record import EventTypeCode, Role
from filiere_platform.domain.trace_end import NO_TOUCHES, Touches, TraceEnd, touches_by_node
from filiere_platform.domain.trace_quantities import account_of
from filiere_platform.domain.traced_event import group_ends

TIMES = {3: (30, 31), 5: (50, 51)}
TWO, THREE = Decimal(2), Decimal(3)


def an_opened_end(node: int, role: Role, quantity: Decimal | None) -> TraceEnd:
    return TraceEnd(5, EventTypeCode.TRANSFORMATION, None, None, 50, 51, 1, role, node, quantity, "KGM")


def test_rows_in_any_order_are_told_in_the_order_of_the_log_and_of_the_event() -> None:
    rows = [
        (9, 5, 0, Role.INPUT, TWO, "LTR"),
        (9, 3, 2, Role.INPUT, THREE, "KGM"),
        (9, 3, 1, Role.OUTPUT, TWO, "GRM"),
        (9, 4, 0, Role.INPUT, TWO, "KGM"),  # an event of which nobody asks
    ]
    assert touches_by_node(rows, [], TIMES, {9}) == {
        9: Touches(
            (3, 3, 5),
            (30, 30, 50),
            (31, 31, 51),
            (Role.OUTPUT, Role.INPUT, Role.INPUT),
            (TWO, THREE, TWO),
            ("GRM", "KGM", "LTR"),
        )
    }


def test_an_event_that_was_opened_stands_in_the_place_of_its_rows() -> None:
    rows = [(9, 3, 0, Role.INPUT, TWO, "KGM"), (9, 5, 0, Role.INPUT, None, None), (8, 5, 1, Role.OUTPUT, TWO, "KGM")]
    opened = [
        an_opened_end(9, Role.INPUT, THREE),
        an_opened_end(8, Role.OUTPUT, TWO),
        an_opened_end(7, Role.INPUT, TWO),  # nobody asks for it
        an_opened_end(9, Role.READ_POINT, None),  # no touch of an object
    ]
    assert touches_by_node(rows, opened, TIMES, {8, 9}) == {
        9: Touches((3, 5), (30, 50), (31, 51), (Role.INPUT,) * 2, (TWO, THREE), ("KGM", "KGM")),
        8: Touches((5,), (50,), (51,), (Role.OUTPUT,), (TWO,), ("KGM",)),
    }


@given(
    st.lists(
        st.tuples(
            st.sampled_from((Role.INPUT, Role.OUTPUT)),
            st.sampled_from((None, TWO, THREE, Decimal("12.50"))),
            st.sampled_from(("KGM", "GRM", "LTR", None)),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_what_is_summed_at_once_is_what_is_added_one_by_one(stated, one_unit) -> None:
    """An account of touches is that of the events from which they are taken."""
    ends = [(role, quantity, "KGM" if one_unit else uom) for role, quantity, uom in stated]
    times = {index: (100 - index, 101 - index) for index in range(len(ends))}
    rows = [(9, index, 0, role, quantity, uom) for index, (role, quantity, uom) in enumerate(ends)]
    told = [
        TraceEnd(index, EventTypeCode.TRANSFORMATION, None, None, *times[index], 1, role, 9, quantity, uom)
        for index, (role, quantity, uom) in enumerate(ends)
    ]
    touches = touches_by_node(rows, [], times, {9}).get(9, NO_TOUCHES)
    assert account_of(9, [], touches) == account_of(9, group_ends(told, {}).values())
