"""What a trace shows of its steps: certainty and margin, moves, and the tree in a terminal."""

from __future__ import annotations

from decimal import Decimal

from builders.traces import Chain, Told, observed, packed, transformed, unpacked
from filiere_platform.domain.record import ActionCode, EventTypeCode, NodeRow, Role
from filiere_platform.domain.trace_answer import Findings, lay_out, nodes_named_by
from filiere_platform.domain.trace_edges import EdgeKind, Shown, show
from filiere_platform.domain.trace_graph import Direction
from filiere_platform.render.tree import trace_tree

SECOND = 1_000_000


def shown(chain: Chain, start: str, direction: Direction = Direction.DOWN) -> Shown:
    return show(chain.follow(start, direction))


def answer(chain: Chain, start: str, *directions: Direction):
    searches = [chain.follow(start, direction) for direction in directions]
    seen = [show(each) for each in searches]
    keys = {node: key for key, node in chain.ids.items()}
    kinds = chain.kinds(chain.ids.values())
    rows = {node: NodeRow(node, keys[node], kinds[node]) for node in nodes_named_by(searches, seen)}
    return lay_out(
        Findings(
            object=start,
            direction="both" if len(directions) > 1 else directions[0].value,
            as_of=len(chain.told),
            searches=searches,
            shown=seen,
            nodes=rows,
            withdrawn={},
            hidden={},
            records={},
        )
    )


def shipment(objects: str, when: int, *places: tuple[Role, str]) -> Told:
    ends = [(Role.OBJECT, name, None, None) for name in objects.split()]
    ends += [(role, key, None, None) for role, key in places]
    return Told(EventTypeCode.OBJECT, (when, when), ActionCode.OBSERVE, tuple(ends), "shipping")


def steps(found: Shown, kind: EdgeKind):
    return [step for step in found.steps if step.kind is kind]


def test_a_step_in_doubt_says_by_how_much_its_order_is_possible():
    chain = Chain().tell(transformed("a", "b", (10, 30)), transformed("b", "c", (0, 14)))
    first, second = steps(shown(chain, "a"), EdgeKind.TRANSFORMED)
    assert first.certainty.certain
    assert (second.certainty.certain, second.certainty.margin) == (False, 4)


def test_a_step_that_follows_doubt_is_in_doubt_without_a_margin_of_its_own():
    chain = Chain().tell(transformed("a", "b", (10, 30)), transformed("b", "c", (20, 20)), transformed("c", "d", 50))
    last = steps(shown(chain, "a"), EdgeKind.TRANSFORMED)[-1]
    assert (last.certainty.certain, last.certainty.margin) == (False, 30)


def test_the_margin_of_a_transformation_in_two_events_is_that_of_its_tightest_end():
    run = {"transformation": "run"}
    chain = Chain().tell(
        transformed("a", "b", (10, 30)), transformed("b", "", (0, 14), **run), transformed("", "c", 100, **run)
    )
    last = steps(shown(chain, "a"), EdgeKind.TRANSFORMED)[-1]
    assert (last.certainty.certain, last.certainty.margin) == (False, 4)


def test_a_certain_way_makes_a_doubtful_one_certain():
    doubtful = (transformed("a", "b", (0, 10)), transformed("b", "d", (5, 12)))
    certain = (transformed("a", "c", 1), transformed("c", "d", 2))
    chain = Chain().tell(*doubtful, *certain, transformed("d", "e", 20))
    by_target = {step.target: step.certainty.certain for step in steps(shown(chain, "a"), EdgeKind.TRANSFORMED)}
    assert by_target[chain.ids["e"]]


def test_up_and_down_show_the_same_steps_between_two_ends():
    chain = Chain().tell(
        transformed("a x", "b", (0, 5)), packed("b", "box", 7), unpacked("b", "box", 9), transformed("b", "c", (8, 12))
    )
    down = {step.identity: step.certainty for step in steps(shown(chain, "a"), EdgeKind.TRANSFORMED)}
    up = {step.identity: step.certainty for step in steps(shown(chain, "c", Direction.UP), EdgeKind.TRANSFORMED)}
    assert down.items() <= up.items()
    assert len(up) == len(down) + 1  # the other input


def test_the_amount_that_went_in_is_added_up_in_one_unit_and_else_left_open():
    chain = Chain().tell(transformed("a*2KGM a*3KGM", "b", 1), transformed("a*2KGM a*3LTR", "c", 2))
    amounts = {step.target: (step.quantity, step.uom) for step in steps(shown(chain, "a"), EdgeKind.TRANSFORMED)}
    assert amounts == {chain.ids["b"]: (Decimal(5), "KGM"), chain.ids["c"]: (None, None)}


def test_a_move_goes_from_source_to_destination_of_one_type_and_names_all_that_moved():
    places = (
        (Role.READ_POINT, "gate"),
        (Role.SOURCE_LOCATION, "dairy"),
        (Role.DESTINATION_LOCATION, "shop"),
        (Role.SOURCE_OWNING_PARTY, "seller"),
        (Role.DESTINATION_OWNING_PARTY, "buyer"),
    )
    chain = Chain().tell(transformed("a", "b c", 1), shipment("b c stranger", 2, *places))
    found = {(step.source, step.target): set(step.objects) for step in steps(shown(chain, "a"), EdgeKind.MOVED)}
    ids = chain.ids
    moved = {ids["b"], ids["c"]}
    assert found == {(ids["dairy"], ids["shop"]): moved, (ids["seller"], ids["buyer"]): moved}


def test_a_side_that_nobody_named_stays_open_and_one_place_alone_is_no_move():
    chain = Chain().tell(
        shipment("a", 1, (Role.DESTINATION_LOCATION, "shop")),
        shipment("a", 2, (Role.READ_POINT, "gate")),
        shipment("a", 3, (Role.READ_POINT, "gate"), (Role.BIZ_LOCATION, "store")),
    )
    found = [(step.source, step.target) for step in steps(shown(chain, "a"), EdgeKind.MOVED)]
    assert found == [(None, chain.ids["shop"]), (chain.ids["gate"], chain.ids["store"])]


def test_a_container_moves_its_contents_only_while_they_are_aboard():
    road = ((Role.SOURCE_LOCATION, "x"), (Role.DESTINATION_LOCATION, "y"))
    chain = Chain().tell(
        shipment("box", 1, *road), packed("a", "box", 2), shipment("box", 3, *road), unpacked("", "box", 4),
        shipment("box", 5, *road),
    )  # fmt: skip
    assert [step.event.earliest for step in steps(shown(chain, "a"), EdgeKind.MOVED)] == [3]


def test_the_other_uses_and_origins_of_a_lot_are_not_shown():
    chain = Chain().tell(
        transformed("milk", "cheese", 3), transformed("milk", "butter", 2), transformed("x", "cheese", 5)
    )
    assert set(shown(chain, "cheese", Direction.UP).events) == {0, 2}
    assert set(shown(chain, "milk", Direction.DOWN).events) == {0, 1}


def test_a_transformation_moves_what_it_made_to_where_it_rests():
    made = transformed("milk", "cheese", 3)
    places = ((Role.READ_POINT, "dairy", None, None), (Role.BIZ_LOCATION, "cellar", None, None))
    chain = Chain().tell(Told(made.type, made.when, None, (*made.ends, *places)))
    (move,) = steps(shown(chain, "milk"), EdgeKind.MOVED)
    assert chain.names(move.objects) == {"cheese"}


def test_a_trace_both_ways_shows_each_step_once_and_each_object_with_its_ways():
    chain = Chain().tell(transformed("a", "b", 1), packed("b", "box", 2), transformed("b", "class:c", 3))
    laid_out = answer(chain, "b", *Direction)
    assert {node["key"]: node["directions"] for node in laid_out["nodes"]} == {
        "b": {"up": 0, "down": 0},
        "a": {"up": 1},
        "box": {"up": 1, "down": 1},
        "class:c": {"down": 1},
    }
    assert [edge["kind"] for edge in laid_out["edges"]] == ["transformed-into", "packed-in", "transformed-into"]
    assert [node["key"] for node in laid_out["nodes"] if node["tombstone"]] == ["a", "box"]


def test_the_tree_shows_each_object_once_and_names_it_again_where_ways_meet():
    chain = Chain().tell(transformed("a", "b c", SECOND), transformed("b c", "d", 2 * SECOND))
    tree, _, findings = trace_tree(answer(chain, "a", Direction.DOWN), "en").partition("\n\nTO LOOK AT\n")
    drawn = tree.splitlines()
    assert findings == "  object-undeclared: a is mentioned, but no visible event declares it."
    assert [line.split("  (")[0].strip() for line in drawn] == [
        "a",
        "",
        "DOWNSTREAM (where to)",
        "├─ transformed 1970-01-01 00:00: b",
        "│  └─ transformed 1970-01-01 00:00: d",
        "└─ transformed 1970-01-01 00:00: c",
        "└─ transformed 1970-01-01 00:00: d",
    ]
    assert drawn[-1].endswith("(shown above)")


def test_the_tree_speaks_french_and_says_what_is_doubtful_undeclared_and_cut():
    minute = 60 * SECOND
    chain = Chain().tell(transformed("a", "b", (0, 5 * minute)), transformed("b", "c", (minute, 2 * minute)))
    drawn = trace_tree(answer(chain, "a", Direction.DOWN), "fr")
    assert "AVAL" in drawn
    assert "[douteux, marge 120 s]" in drawn
    assert "jamais déclaré" in drawn.splitlines()[0]


def test_the_tree_of_a_chain_of_thousands_is_drawn_without_recursion():
    laid_out = answer(Chain().tell(transformed("0", "1", 1)), "0", Direction.DOWN)
    (start, node), (edge,) = laid_out["nodes"], laid_out["edges"]
    laid_out["nodes"] = [start] + [node | {"key": str(n), "directions": {"down": n}} for n in range(1, 1_501)]
    laid_out["edges"] = [edge | {"from": str(n), "to": str(n + 1)} for n in range(1_500)]
    assert trace_tree(laid_out, "en").partition("\n\nTO LOOK AT")[0].endswith(": 1500")


def test_the_tree_never_sends_control_characters_to_the_terminal():
    chain = Chain().tell(observed("a", 1), transformed("a", "b\x1b[31m", 2))
    assert "\x1b" not in trace_tree(answer(chain, "a", Direction.DOWN), "en")
