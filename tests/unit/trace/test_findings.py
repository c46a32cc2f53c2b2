"""A finding is there when its story is told, and gone when the story is mended."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.traces import Chain, Told, observed, packed, transformed, unpacked
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role
from filiere_platform.domain.trace_findings import find
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.domain.trace_quantities import Total, account_of, excess

DAY = 86_400_000_000


def made(lots: str, when: int) -> Told:
    return observed(lots, when, step="creating_class_instance", action=ActionCode.ADD)


def sent(lots: str, when: int, to: str = "place:shop", *, step: str = "shipping") -> Told:
    told = observed(lots, when, step=step)
    ends = (*told.ends, (Role.DESTINATION_OWNING_PARTY, to, None, None))
    return Told(told.type, told.when, told.action, ends, told.biz_step)


def codes(
    chain: Chain, start: str, *, hidden: tuple[str, ...] = (), withdrawn: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """Codes and objects of the findings of a trace both ways."""
    graph = chain.follow(start, Direction.DOWN).graph
    reached = set()
    for direction in Direction:
        found = chain.follow(start, direction)
        graph.load(found.reached)
        reached |= found.reached.keys()
    names = {node: key for key, node in chain.ids.items()}
    findings = find(
        graph,
        reached,
        hidden={chain.ids[key]: 1 for key in hidden},
        withdrawn={chain.ids[key]: [0] for key in withdrawn},
    )
    return [(finding.sentence.code, names[finding.node or 0]) for finding in findings]


def test_a_whole_story_has_nothing_to_look_at() -> None:
    chain = Chain().tell(
        made("milk*100LTR", 1),
        transformed("milk*100LTR", "cheese*10KGM", 2),
        sent("cheese*10KGM", 3),
        sent("cheese*10KGM", 4, step="receiving"),
    )
    assert codes(chain, "cheese") == []


def test_a_lot_that_nobody_declares_is_told() -> None:
    assert codes(Chain().tell(transformed("milk", "cheese", 2)), "cheese") == [("object-undeclared", "milk")]


def test_more_used_than_made_is_told_across_units() -> None:
    story = [made("milk*1HLT", 1), transformed("milk*60LTR", "a", 2), transformed("milk*60LTR", "b", 3)]
    assert codes(Chain().tell(*story), "milk") == [("more-used-than-made", "milk")]
    assert codes(Chain().tell(*story, made("milk*20LTR", 2)), "milk") == []
    # An amount that nobody states, or that does not convert, lets nothing be concluded.
    assert codes(Chain().tell(*story, made("milk", 2)), "milk") == []
    assert codes(Chain().tell(made("milk*1KGM", 1), transformed("milk*60LTR", "a", 2)), "milk") == []


def test_a_use_before_the_declaration_is_told() -> None:
    chain = Chain().tell(made("milk", 5), transformed("milk", "cheese", 2))
    assert codes(chain, "milk") == [("used-before-made", "milk")]


def test_a_declaration_that_came_late_is_told() -> None:
    chain = Chain().tell(transformed("milk", "cheese", 2), made("milk", 1))
    assert codes(chain, "milk") == [("declared-late", "milk")]


def test_a_shipment_that_nobody_received_is_told_until_somebody_does() -> None:
    story = [made("cheese", 1), sent("cheese", 3)]
    assert codes(Chain().tell(*story), "cheese") == [("shipment-not-received", "cheese")]
    # Neither an earlier reception nor one elsewhere is this one.
    for other in (sent("cheese", 2, step="receiving"), sent("cheese", 4, "place:other", step="receiving")):
        assert codes(Chain().tell(*story, other), "cheese") == [("shipment-not-received", "cheese")]
    for other in (sent("cheese", 4, step="receiving"), observed("cheese", 4, step="receiving")):
        assert codes(Chain().tell(*story, other), "cheese") == []


def test_a_pallet_that_was_shipped_may_be_received_by_what_is_on_it() -> None:
    story = [made("cheese", 1), packed("cheese", "sscc:1", 2), sent("sscc:1", 3)]
    assert ("shipment-not-received", "sscc:1") in codes(Chain().tell(*story), "cheese")
    assert codes(Chain().tell(*story, sent("cheese", 4, step="receiving")), "cheese") == []


def test_a_pallet_that_is_filled_again_is_told() -> None:
    story = [made("a b", 1), packed("a", "sscc:1", 2), unpacked("a", "sscc:1", 3), packed("b", "sscc:1", 4)]
    assert codes(Chain().tell(*story), "a") == [("container-used-again", "sscc:1")]
    assert codes(Chain().tell(*story[:-1]), "a") == []


@pytest.mark.parametrize("hidden", [("milk",)])
def test_what_is_hidden_could_explain_everything(hidden: tuple[str, ...]) -> None:
    chain = Chain().tell(transformed("milk*5LTR", "cheese", 2))
    assert codes(chain, "cheese", hidden=hidden) == [("hidden-events", "milk")]
    shipped = Chain().tell(made("cheese", 1), packed("cheese", "sscc:1", 2), sent("sscc:1", 3))
    assert ("shipment-not-received", "sscc:1") not in codes(shipped, "cheese", hidden=("cheese",))


def test_a_withdrawn_event_is_told() -> None:
    assert codes(Chain().tell(made("milk", 1)), "milk", withdrawn=("milk",)) == [("event-withdrawn", "milk")]


AMOUNTS = st.tuples(
    st.sampled_from(["made", "used", "removed"]),
    st.integers(1, 50),
    st.sampled_from([("KGM", 1000), ("GRM", 1), ("TNE", 1_000_000)]),
)


@given(st.lists(AMOUNTS, max_size=12))
def test_sums_are_exact_whatever_the_order_and_the_units(stated: list[tuple[str, int, tuple[str, int]]]) -> None:
    roles = {"made": (Role.OUTPUT, 0), "used": (Role.INPUT, 0), "removed": (Role.OBJECT, ActionCode.DELETE)}
    events = []
    for flow, amount, (unit, _) in stated:
        role, action = roles[flow]
        kind = EventTypeCode.OBJECT if flow == "removed" else EventTypeCode.TRANSFORMATION
        events.append(Told(kind, (1, 1), ActionCode(action) if action else None, ((role, "x", Decimal(amount), unit),)))
    chain = Chain().tell(*events)
    chain.ids.setdefault("x", 1)
    graph = chain.follow("x", Direction.DOWN).graph
    totals = account_of(chain.ids["x"], graph.events_of(chain.ids["x"])).totals
    grams = {flow: sum(a * g for f, a, (_, g) in stated if f == flow) for flow in roles}
    over = excess(totals)
    assert (over is not None) == (grams["made"] > 0 and grams["used"] + grams["removed"] > grams["made"])
    weights = {"KGM": 1000, "GRM": 1, "TNE": 1_000_000}
    for flow, expected in grams.items():
        amounts = totals.get(flow, Total()).amounts
        assert sum((value * weights[unit] for unit, value in amounts.items()), Decimal(0)) == expected
