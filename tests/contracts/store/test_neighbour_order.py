"""What the rules over neighbours find follows from what is stored, whatever came first, in whatever groups."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from builders.instance import ORIGIN, seeded_key
from contracts.store.conftest import Backend
from contracts.store.telling import NOW, admit_members, an_end, an_event, tell
from filiere_platform.domain.candidate import Candidate
from filiere_platform.domain.neighbour_rules import KINDS
from filiere_platform.domain.record import ActionCode, End, EventTypeCode, NodeKind, Role
from filiere_platform.store.database import Database
from filiere_platform.usecases.finding_round import keep_finding_round
from filiere_platform.usecases.neighbour_rules import read_neighbour_round
from filiere_schemas.provenance.envelope import sign_event
from filiere_schemas.sectors.profile import Neighbour, Text

DAY = 86_400_000_000
RULES = [
    Neighbour(name=f"of-{rule}", text=Text(rule, rule), rule=rule, level="warning", days=number % 3, tolerance="5")
    for number, rule in enumerate(KINDS)
]
LOTS, UNITS, PARTIES = ("a", "b", "c"), ("p", "q"), ("x", "y")
KEY = seeded_key("neighbours")


class Part(NamedTuple):
    """One end of an event."""

    role: Role
    name: str
    quantity: str | None = None
    uom: str | None = None


@dataclass(frozen=True)
class Said:
    """One event; `withdrawn`: its member declares later, or sooner, that it never happened."""

    type: EventTypeCode
    action: ActionCode | None
    step: str | None
    day: int
    parts: tuple[Part, ...]
    member: int = 1
    shared: bool = True
    run: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True)
class Story:
    """Events, the order in which they come, after which of them a group is over, and how far a round goes."""

    said: tuple[Said, ...]
    order: tuple[int, ...]
    cuts: frozenset[int]
    limit: int


def _moved(  # noqa: PLR0917 - read as a sentence in the stories
    name: str, step: str, day: int, amount: str, to: str, member: int, **more: Any
) -> Said:
    quantity = (None, None) if name in UNITS else (amount, "KGM")
    sides = (
        Part(Role.DESTINATION_OWNING_PARTY, to),
        Part(Role.SOURCE_OWNING_PARTY, "z"),
        Part(Role.READ_POINT, "site"),
    )
    return Said(
        EventTypeCode.OBJECT,
        ActionCode.OBSERVE,
        step,
        day,
        (Part(Role.OBJECT, name, *quantity), *sides),
        member,
        **more,
    )


def _made(name: str, day: int, amount: str, uom: str, member: int, **more: Any) -> Said:
    parts = (Part(Role.OBJECT, name, amount, uom),)
    return Said(EventTypeCode.OBJECT, ActionCode.ADD, "commissioning", day, parts, member, **more)


def _changed(
    inputs: Sequence[str], outputs: Sequence[str], day: int, member: int, run: str | None, **more: Any
) -> Said:
    parts = (*(Part(Role.INPUT, n, "60", "KGM") for n in inputs), *(Part(Role.OUTPUT, n, "50", "KGM") for n in outputs))
    # A part of one side has something to share its transformation with.
    run = run if inputs and outputs else "run"
    return Said(EventTypeCode.TRANSFORMATION, None, "commissioning", day, parts, member, run=run, **more)


def _packed(child: str, parent: str, action: ActionCode, day: int, member: int, **more: Any) -> Said:
    parts = (Part(Role.PARENT, parent), Part(Role.CHILD, child))
    return Said(EventTypeCode.AGGREGATION, action, "packing", day, parts, member, **more)


days, members = st.integers(0, 5), st.sampled_from([1, 1, 2])
some = st.lists(st.sampled_from(LOTS), max_size=1)
beside: dict[str, st.SearchStrategy[Any]] = {
    "member": members,
    "shared": st.sampled_from([True, True, False]),
    "withdrawn": st.sampled_from([False, False, False, True]),
}
amounts = st.sampled_from(["50", "50", "60"])
said = st.one_of(
    st.builds(
        _moved,
        st.sampled_from([*LOTS, *UNITS]),
        st.sampled_from(["shipping", "receiving"]),
        days,
        amounts,
        st.sampled_from(PARTIES),
        **beside,
    ),
    st.builds(_made, st.sampled_from(LOTS), days, amounts, st.sampled_from(["KGM", "XBX"]), **beside),
    st.builds(_changed, some, some, days, run=st.sampled_from([None, None, "run"]), **beside).filter(
        lambda each: bool(each.parts)
    ),
    st.builds(
        _packed,
        st.sampled_from(["item", "a"]),
        st.sampled_from(UNITS),
        st.sampled_from([ActionCode.ADD, ActionCode.ADD, ActionCode.DELETE]),
        days,
        **beside,
    ),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    events = draw(st.lists(said, min_size=2, max_size=7))
    if draw(st.booleans()):
        events.append(events[0])  # sent twice
    told = len(events) + sum(each.withdrawn for each in events)
    order = draw(st.permutations(range(told)))
    cuts = draw(st.sets(st.integers(1, told), max_size=3))
    return Story(tuple(events), tuple(order), frozenset(cuts), draw(st.sampled_from([1, 3, 100])))


# One of everything that is found, told backwards.
EVERYTHING = (
    _moved("a", "shipping", 1, "50", "x", 1),  # a: left for the shop, and less came; came to its first site days later
    _moved("a", "receiving", 2, "40", "x", 2),
    _moved("b", "shipping", 1, "50", "x", 1),  # b: never received; twice; not from where it came to days later
    _moved("b", "shipping", 1, "50", "x", 1),
    _moved("b", "receiving", 5, "50", "y", 1),
    _made("c", 3, "50", "KGM", 1),  # c: used before it was made, and more of it, and told in boxes
    _changed(["c"], ["d"], 2, 1, None),
    _made("c", 3, "1", "XBX", 1, withdrawn=True),
    _changed(["d"], ["c"], 2, 1, None),
    _changed(["c"], ["e"], 4, 1, None),
    _made("e", 4, "5", "XBX", 1),
    _changed([], ["f"], 2, 1, "run"),
    _packed("item", "p", ActionCode.ADD, 0, 1),
    _packed("item", "q", ActionCode.ADD, 1, 1),
    _made("g", 1, "50", "KGM", 1),
    _changed(["g"], ["h"], 0, 1, None),
)


LOOP = (_changed(["a"], ["b"], 1, 1, None), _changed(["b"], ["c"], 2, 2, None), _changed(["c"], ["a"], 3, 1, None))


def one_by_one(*events: Said) -> Story:
    """Each event in a group of its own, and each round of one; what is withdrawn is so at last."""
    told = len(events) + sum(each.withdrawn for each in events)
    return Story(events, tuple(range(told)), frozenset(range(told)), 1)


@pytest.mark.parametrize(
    ("backend", "examples"),
    [("sqlite", 40), pytest.param("postgresql", 15, marks=pytest.mark.postgresql)],
    indirect=["backend"],
)
def test_the_findings_are_those_of_what_is_stored_in_whatever_order_and_groups(backend: Backend, examples: int) -> None:
    database = backend.open()
    admit_members(database)
    runs = itertools.count()
    seen: set[str] = set()

    @settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @example(Story(EVERYTHING, tuple(range(len(EVERYTHING), -1, -1)), frozenset({3, 9}), 3))
    @example(one_by_one(_changed([], ["b"], 2, 1, "run"), _changed(["a"], [], 2, 1, "run")))
    @example(one_by_one(*LOOP, _moved("a", "shipping", 4, "50", "x", 1)))
    @example(one_by_one(*LOOP[1:], replace(LOOP[0], withdrawn=True)))
    @given(stories())
    def the_same_is_found(story: Story) -> None:
        told = len(story.order)
        at_once = found_in(database, next(runs), replace(story, order=tuple(range(told)), cuts=frozenset(), limit=100))
        seen.update(rule for rule, *_ in at_once)
        assert found_in(database, next(runs), story) == at_once

    the_same_is_found()
    database.close()
    assert seen == {kind.told.code for kind in KINDS.values()}


@pytest.mark.parametrize(
    ("backend", "is_mentioned", "is_shared", "is_told"),
    [
        pytest.param(where, *case, marks=marks)
        for where, marks in (("sqlite", ()), ("postgresql", pytest.mark.postgresql))
        for case in ((False, False, True), (True, False, False), (False, True, False))
    ],
    indirect=["backend"],
)
def test_inputs_that_are_hidden_change_nothing_unless_the_member_may_know_of_them(
    backend: Backend, *, is_mentioned: bool, is_shared: bool, is_told: bool
) -> None:
    database = backend.open()
    admit_members(database)
    said = (
        _changed([], ["b"], 2, 1, "run"),
        _changed(["a"], [], 2, 2, "run", shared=is_shared),
        _made("a", 1, "90", "KGM", 2, shared=is_mentioned),
    )
    found = found_in(database, 1, Story(said, (0, 1, 2), frozenset({1, 2}), 100))
    rule = KINDS["output-without-input"].told.code
    assert [each[1] for each in found if each[0] == rule] == (["urn:world:b"] if is_told else [])
    database.close()


def found_in(database: Database, run: int, story: Story) -> set[tuple[Any, ...]]:
    """Tell a story under names of its own, and give what is found in these names' stead."""
    world = f"w{run:06d}"
    candidates = [_candidate(world, number, each) for number, each in enumerate(story.said)]
    candidates += [
        _candidate(world, number, each, declares_error=True) for number, each in enumerate(story.said) if each.withdrawn
    ]
    names: dict[int, str] = {}
    group: list[Candidate] = []
    for place, which in enumerate(story.order, 1):
        group.append(candidates[which])
        if place in story.cuts or place == len(story.order):
            for outcome, candidate in zip(tell(database, *group), group, strict=True):
                assert outcome.log_index is not None
                names[outcome.log_index] = candidate.event.event_id
            group = []
            _follow(database, story.limit)
    with database.unit_of_work() as uow:
        subjects = [_key(world, name) for name in (*LOTS, *UNITS, *"defghi", "item")]
        kept = [each for kind in KINDS.values() for each in uow.findings.of_subjects(kind.told.code, subjects)]
    return {
        tuple(
            part.replace(world, "world") if isinstance(part, str) else part
            for part in (
                each.rule,
                each.subject,
                names[each.log_index],
                each.member_id,
                each.opens_at,
                _evidence(each.evidence, names),
            )
        )
        for each in kept
        if each.closed_at is None
    }


def _evidence(evidence: dict[str, Any], names: dict[int, str]) -> str:
    others = sorted(names[index] for index in evidence.get("others", ()))
    return json.dumps({**evidence, "index": names[evidence["index"]], "others": others}, sort_keys=True)


def _follow(database: Database, limit: int) -> None:
    is_last = False
    while not is_last:
        with database.unit_of_work() as uow:
            found = read_neighbour_round(uow, RULES, limit=limit)
            keep_finding_round(uow, found)
        is_last = found.is_last


def _candidate(world: str, number: int, each: Said, *, declares_error: bool = False) -> Candidate:
    name = f"urn:{world}:event:{number}"
    candidate = an_event(
        name,
        member_id=each.member,
        ends=[_end(world, part) for part in each.parts],
        audiences=[3 - each.member] if each.shared else [],
        event_type=each.type,
        action=each.action,
        biz_step=each.step,
        earliest=NOW + each.day * DAY,
        latest=NOW + each.day * DAY,
        transformation_id=None if each.run is None else f"urn:{world}:{each.run}",
        declares_error=declares_error,
    )
    content = {"eventID": name} | ({"errorDeclaration": {}} if declares_error else {})
    body = sign_event(
        json.dumps(content).encode(),
        key=KEY,
        issuer=f"urn:member:{each.member}",
        seq=1,
        prev=bytes(32),
        issued_at=datetime(2026, 3, 4, tzinfo=UTC),
        audience=ORIGIN,
    )
    return replace(candidate, body=body, sha256=hashlib.sha256(body).digest())


def _end(world: str, part: Part) -> End:
    kind = NodeKind.ITEM if part.name == "item" else NodeKind.LOGISTIC_UNIT if part.name in UNITS else NodeKind.LOT
    if part.role >= Role.READ_POINT:
        kind = NodeKind.PARTY
    return an_end(_key(world, part.name), part.role, part.quantity, part.uom)._replace(kind=kind)


def _key(world: str, name: str) -> str:
    return f"urn:{world}:{name}"
