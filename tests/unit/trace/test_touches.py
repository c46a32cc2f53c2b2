"""What further transformations say of the objects of an answer: in the log's order, amounts that were sealed opened."""

from __future__ import annotations

from decimal import Decimal

from filiere_platform.domain.record import EventTypeCode, Role
from filiere_platform.domain.trace_end import Touch, TraceEnd, touches_by_node

TIMES = {3: (30, 31), 5: (50, 51)}
TWO, THREE = Decimal(2), Decimal(3)


def an_opened_end(node: int, role: Role, quantity: Decimal | None) -> TraceEnd:
    return TraceEnd(5, EventTypeCode.TRANSFORMATION, None, None, 50, 51, 1, role, node, quantity, "KGM")


def test_rows_in_any_order_are_told_in_the_order_of_the_log_and_of_the_event() -> None:
    rows = [(5, 0, 9, Role.INPUT, TWO, "LTR"), (3, 2, 9, Role.INPUT, THREE, "KGM"), (3, 1, 9, Role.OUTPUT, TWO, "GRM")]
    assert touches_by_node(rows, [], TIMES, {9}) == {
        9: [
            Touch(3, 30, 31, Role.OUTPUT, TWO, "GRM"),
            Touch(3, 30, 31, Role.INPUT, THREE, "KGM"),
            Touch(5, 50, 51, Role.INPUT, TWO, "LTR"),
        ]
    }


def test_an_event_that_was_opened_stands_in_the_place_of_its_rows() -> None:
    rows = [(3, 0, 9, Role.INPUT, TWO, "KGM"), (5, 0, 9, Role.INPUT, None, None), (5, 1, 8, Role.OUTPUT, TWO, "KGM")]
    opened = [
        an_opened_end(9, Role.INPUT, THREE),
        an_opened_end(8, Role.OUTPUT, TWO),
        an_opened_end(7, Role.INPUT, TWO),  # nobody asks for it
        an_opened_end(9, Role.READ_POINT, None),  # no touch of an object
    ]
    assert touches_by_node(rows, opened, TIMES, {8, 9}) == {
        9: [Touch(3, 30, 31, Role.INPUT, TWO, "KGM"), Touch(5, 50, 51, Role.INPUT, THREE, "KGM")],
        8: [Touch(5, 50, 51, Role.OUTPUT, TWO, "KGM")],
    }
