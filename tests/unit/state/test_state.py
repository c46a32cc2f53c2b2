"""The state of objects in containers, compared with worlds in which everything has one instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from builders.temporal_paths import exact_worlds
from builders.traces import Chain, Told, When, fitted, observed, packed, transformed, unpacked
from filiere_platform.domain.event_words import EventWords
from filiere_platform.domain.record import ActionCode, NodeKind, Role
from filiere_platform.domain.state import ObjectState, StateReader, load_around
from filiere_platform.domain.state_quantity import quantity_left
from filiere_platform.domain.trace_graph import TraceGraph

WORDS = EventWords(member_uri="urn:m")


def at_place(told: Told, place: str) -> Told:
    return replace(told, ends=(*told.ends, (Role.BIZ_LOCATION, place, None, None)))


def seen_at(objects: str, place: str, when: When) -> Told:
    return at_place(observed(objects, when, step="storing"), place)


def state(chain: Chain, key: str, at: int, words: dict[int, EventWords] | None = None) -> ObjectState:
    graph = TraceGraph(chain)
    node = chain.ids[key]
    load_around(graph, {node})
    said = {index: (words or {}).get(index, WORDS) for index in range(len(chain.told))}
    return StateReader(graph=graph, words=said, at=at).state_of(node)


def places(chain: Chain, found: ObjectState) -> set[str | None]:
    keys = {node: key for key, node in chain.ids.items()}
    known = {keys[place.node] for place, _ in found.place.values if place.node is not None}
    return known | ({None} if found.place.perhaps_nothing else set())


def walk(world: Iterable[Told], at: int) -> dict[str, str]:
    """Where everything is at an instant: events one after the other, each object with what is in it."""
    inside: dict[str, set[str]] = {}
    place: dict[str, str] = {}

    def put(key: str, where: str) -> None:
        place[key] = where
        for content in inside.get(key, ()):
            put(content, where)

    for event in sorted(world, key=lambda event: event.when):
        if event.when[0] > at:
            break
        for parent in event.nodes(Role.PARENT):
            children = set(event.nodes(Role.CHILD))
            if event.action is ActionCode.ADD:
                inside.setdefault(parent, set()).update(children)
            elif event.action is ActionCode.DELETE:
                inside[parent] = inside.get(parent, set()) - children if children else set()
        for where in event.nodes(Role.BIZ_LOCATION):
            for key in event.nodes(Role.OBJECT, Role.PARENT, Role.CHILD):
                put(key, where)
    return place


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    told: list[Told] = []
    for _ in range(draw(st.integers(1, 5))):
        first = draw(st.integers(0, 5))
        when = (first, draw(st.integers(first, min(first + 2, 6))))
        where = draw(st.sampled_from(["P", "Q", "R"]))
        match draw(st.sampled_from(["seen", "seen", "packed", "unpacked", "nested"])):
            case "seen":
                told.append(seen_at(draw(st.sampled_from(["lot", "sscc:a", "sscc:b"])), where, when))
            case "packed":
                told.append(packed("lot", "sscc:a", when))
            case "nested":
                told.append(packed("sscc:a", "sscc:b", when))
            case _:
                told.append(unpacked(*draw(st.sampled_from([("lot", "sscc:a"), ("sscc:a", "sscc:b")])), when))
    return told


def apart(events: list[Told]) -> Iterator[list[Told]]:
    for world in exact_worlds(events):
        if len({event.when for event in world}) == len(world):
            yield world


@given(stories(), st.integers(0, 7))
def test_what_is_true_in_some_world_is_never_left_out(events: list[Told], at: int) -> None:
    chain = Chain().tell(*events)
    if "lot" not in chain.ids:
        return
    said = places(chain, state(chain, "lot", at))
    for world in apart(events):
        assert walk(world, at).get("lot") in said


@given(stories(), st.integers(0, 7))
def test_exact_times_and_known_stays_leave_no_doubt(events: list[Told], at: int) -> None:
    exact = [replace(event, when=(2 * number, 2 * number)) for number, event in enumerate(events)]
    held: dict[str, set[str]] = {}
    for event in exact:
        (parent,), children = event.nodes(Role.PARENT) or [""], event.nodes(Role.CHILD)
        if event.action is ActionCode.ADD:
            held.setdefault(parent, set()).update(children)
        elif event.action is ActionCode.DELETE and not set(children) <= held.get(parent, set()):
            return  # taken out and never put in: since when it was inside, nobody knows
        elif event.action is ActionCode.DELETE:
            held[parent] -= set(children)
    chain = Chain().tell(*exact)
    if "lot" in chain.ids:
        assert places(chain, state(chain, "lot", at)) == {walk(exact, at).get("lot")}


def test_a_lot_is_where_its_pallet_is_while_it_is_on_it_and_not_after() -> None:
    chain = Chain().tell(
        seen_at("lot", "P", 1), packed("lot", "sscc:a", 2), seen_at("sscc:a", "Q", 4), unpacked("lot", "sscc:a", 5)
    )
    chain.tell(seen_at("sscc:a", "R", 6))
    assert [places(chain, state(chain, "lot", at)) for at in (0, 3, 4, 9)] == [{None}, {"P"}, {"Q"}, {"Q"}]
    (inside,) = state(chain, "lot", 4).inside
    assert (inside.stay.parent, inside.certain) == (chain.ids["sscc:a"], True)
    assert state(chain, "lot", 6).inside == ()


def test_a_day_without_an_hour_leaves_open_whether_it_was_aboard() -> None:
    chain = Chain().tell(seen_at("lot", "P", 1), packed("lot", "sscc:a", (2, 8)), seen_at("sscc:a", "Q", 5))
    found = state(chain, "lot", 9)
    assert places(chain, found) == {"P", "Q"}
    assert not found.place.is_certain
    assert [each.certain for each in state(chain, "lot", 5).inside] == [False]
    assert [each.certain for each in found.inside] == [True]


def test_a_part_is_in_its_assembly_and_that_in_its_box() -> None:
    chain = Chain().tell(fitted("pump", "engine", 1), packed("engine", "sscc:a", 2))
    (engine,) = state(chain, "pump", 3).inside
    assert [each.stay.parent for each in engine.inside] == [chain.ids["sscc:a"]]


def test_what_contains_itself_does_not_hang() -> None:
    chain = Chain().tell(packed("a", "b", 1), packed("b", "a", 2), seen_at("b", "P", 3))
    assert places(chain, state(chain, "a", 5)) == {"P"}


def test_shipped_is_on_the_way_to_whom_the_shipment_names() -> None:
    away = observed("lot", 2)
    away = replace(away, ends=(*away.ends, (Role.DESTINATION_LOCATION, "SHOP", None, None)))
    chain = Chain().tell(seen_at("lot", "P", 1), away)
    ((place, _),) = state(chain, "lot", 5).place.values
    assert place == (None, chain.ids["SHOP"])
    ((holder, _),) = state(chain, "lot", 5).holder.values
    assert holder == (None, None)
    received = observed("lot", 6, step="receiving")
    chain.tell(replace(received, ends=(*received.ends, (Role.DESTINATION_POSSESSING_PARTY, "SHOPKEEPER", None, None))))
    ((holder, _),) = state(chain, "lot", 7).holder.values
    assert holder == (chain.ids["SHOPKEEPER"], None)


def told_states(*said: EventWords, step: str = "inspecting", at: int = 99) -> ObjectState:
    chain = Chain().tell(*(observed("lot", 10 * number, step=step) for number in range(len(said))))
    return state(chain, "lot", at, dict(enumerate(said)))


def words(disposition: str | None = None, *, lasting: str = "", lifted: str = "") -> EventWords:
    return replace(WORDS, disposition=disposition, set=frozenset(lasting.split()), unset=frozenset(lifted.split()))


def holds(found) -> list[bool]:
    return [value for value, _ in found.values]


def test_a_disposition_blocks_until_one_says_otherwise() -> None:
    assert holds(told_states(words("unavailable")).blocked) == [True]
    assert holds(told_states(words("unavailable"), words()).blocked) == [True]
    assert holds(told_states(words("unavailable"), words("in_progress")).blocked) == [True]
    assert holds(told_states(words("unavailable"), words("available")).blocked) == [False]
    assert holds(told_states(words("unavailable"), words("available"), at=5).blocked) == [True]
    assert holds(told_states(words()).blocked) == [False]


def test_holding_blocks_whatever_disposition_it_states() -> None:
    assert holds(told_states(words("available"), step="holding").blocked) == [True]
    assert holds(told_states(words("available"), step="holding").recalled) == [False]


def test_a_lasting_recall_stands_until_it_is_lifted() -> None:
    recalled = words(lasting="recalled")
    assert holds(told_states(recalled, words("available")).recalled) == [True]
    assert holds(told_states(recalled, words(lifted="recalled")).recalled) == [False]
    assert list(told_states(recalled).persistent) == ["recalled"]
    assert told_states(recalled, words(lifted="recalled")).persistent == {}


def test_what_is_in_a_blocked_box_is_blocked_and_perhaps_in_it_perhaps_blocked() -> None:
    for when, expected in ((1, [True]), ((1, 30), [False, True])):
        chain = Chain().tell(packed("lot", "sscc:a", when), observed("sscc:a", 5, step="holding"))
        assert sorted(holds(state(chain, "lot", 20).blocked)) == expected
        chain.tell(unpacked("lot", "sscc:a", 40))
        assert holds(state(chain, "lot", 50).blocked) == [False]


def made(amount: str, when: When) -> Told:
    return observed(f"lot*{amount}", when, step="commissioning", action=ActionCode.ADD)


def left(chain: Chain, at: int, kind: NodeKind = NodeKind.LOT):
    graph = TraceGraph(chain)
    graph.load([chain.ids["lot"]])
    return quantity_left(chain.ids["lot"], kind, graph.events_of(chain.ids["lot"]), at)


def test_what_is_left_is_what_was_made_less_what_was_used_and_removed_by_then() -> None:
    chain = Chain().tell(made("1TNE", 1), transformed("lot*250KGM", "x", 3), transformed("lot*100000GRM", "y", (4, 8)))
    amounts = [(found.least, found.most, found.uom) for at in (2, 3, 5, 9) if (found := left(chain, at))]
    whole, used, used_again = Decimal(1), Decimal("0.75"), Decimal("0.65")
    bounds = [(whole, whole), (used, used), (used_again, used), (used_again, used_again)]
    assert amounts == [(least, most, "TNE") for least, most in bounds]
    assert left(chain, 0) is None


def test_an_amount_that_nobody_stated_leaves_what_is_left_open() -> None:
    chain = Chain().tell(made("5KGM", 1), transformed("lot", "x", 2), transformed("lot*2LTR", "y", 3))
    found = left(chain, 9)
    assert found is not None
    assert (found.open, found.is_certain, found.most) == (2, False, Decimal(5))
    undeclared = left(Chain().tell(transformed("lot*2KGM", "x", 2)), 9)
    assert undeclared is not None
    assert not undeclared.declared


def test_an_item_is_one() -> None:
    chain = Chain().tell(made("", 1), transformed("lot", "x", 5))
    amounts = [found.most for at in (1, 6) if (found := left(chain, at, NodeKind.ITEM))]
    assert amounts == [1, 0]


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["made", "used"]), st.integers(0, 6)), max_size=6))
def test_bounds_meet_where_times_are_exact_and_contain_every_world_where_they_are_not(
    flows: list[tuple[int, str, int]],
) -> None:
    def tell(width: int) -> Chain:
        return Chain().tell(
            *(
                made(f"{amount}KGM", (at, at + width))
                if flow == "made"
                else transformed(f"lot*{amount}KGM", "x", (at, at + width))
                for amount, flow, at in flows
            )
        )

    truth = sum((amount if flow == "made" else -amount) for amount, flow, at in flows if at <= 3)
    exact, vague = tell(0), tell(2)
    if not flows:
        return
    found, wide = left(exact, 3), left(vague, 3)
    assert found is None or found.least == found.most == truth
    assert wide is None or wide.least <= truth <= wide.most
    late = left(vague, 9)
    assert late is not None
    assert late.least == late.most
