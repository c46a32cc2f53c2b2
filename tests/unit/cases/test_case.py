"""The rules of a case, whatever machine it follows: who may take a step, what it needs, and what its digests join."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.case import (
    LONGEST_TEXT,
    MOST_STEPS,
    Case,
    Proposal,
    Said,
    Step,
    approved,
    digest_of,
    read_said,
    step_document,
    way_of,
)
from filiere_platform.domain.principal import Actor, Principal, Role
from filiere_schemas.problems import Refusal
from filiere_schemas.sectors.checked_profile import load_profile
from filiere_schemas.sectors.machine import Machine, Side, machine_documents, machine_of
from filiere_schemas.sectors.profile_files import find_sector, sector_names

SENDER, RECEIVER, STRANGER = 1, 2, 3
SUPERVISOR = Principal(actor=Actor.PERSON, actor_id="p1", member_id=SENDER, roles=frozenset({Role.SUPERVISOR}))
OTHER = replace(SUPERVISOR, actor_id="p2")
QUALITY = replace(SUPERVISOR, actor_id="p3", roles=frozenset({Role.QUALITY}))
TOKEN = Principal(actor=Actor.TOKEN, actor_id="abc", member_id=SENDER)
STATES = ("a", "b", "c", "d")
PARTIES = {Side.SENDER: "urn:x:sender", Side.RECEIVER: "urn:x:receiver"}


def a_machine(*ways: dict[str, Any], **said: Any) -> Machine:
    words = {"fr": "mot", "en": "word"}
    return machine_of(
        {
            "name": "m",
            "of": "notice",
            "initial": "a",
            "state": [{"name": name, **words} for name in STATES],
            "transition": list(ways),
            **words,
            **said,
        }
    )


def a_case(machine: Machine, state: str = "a", **said: Any) -> Case:
    about = {"id": "c", "profile": "x 1", "subjects": (), "opened_at": 0, "changed_at": 0, "number": 1}
    shown = not machine.is_draft(state)
    return Case(
        machine=machine, state=state, sender_id=SENDER, receiver_id=RECEIVER, **(about | {"shown": shown} | said)
    )


WAYS = st.fixed_dictionaries(
    {"from": st.sampled_from(STATES), "to": st.sampled_from(STATES)},
    optional={
        "by": st.sampled_from(["sender", "receiver"]),
        "persons": st.sampled_from([["supervisor"], ["quality"], ["supervisor", "quality"]]),
        "four_eyes": st.booleans(),
    },
)


@given(
    ways=st.lists(WAYS, min_size=1, max_size=8),
    state=st.sampled_from(STATES),
    side=st.sampled_from(Side),
    to=st.sampled_from(STATES),
    by=st.sampled_from([SUPERVISOR, QUALITY, TOKEN]),
)
def test_a_step_is_taken_exactly_where_the_machine_says_so(
    ways: list[dict[str, Any]], state: str, side: Side, to: str, by: Principal
) -> None:
    case = a_case(a_machine(*ways), state)
    leading = [each for each in ways if each["from"] == state and each["to"] == to]
    own = [each for each in leading if each.get("by", side.value) == side.value]
    told = _told(case, side, to, by)
    if not leading:
        assert told == "case-state"
    elif not own:
        assert told == "case-side"
    else:
        first = own[0]
        roles, wanted = {role.value for role in by.roles}, set(first.get("persons", ()))
        in_person = bool(first.get("four_eyes") or wanted)
        may = not in_person or (by is not TOKEN and (not wanted or bool(roles & wanted)))
        assert told == (to if may else "case-person")


def _told(case: Case, side: Side, to: str, by: Principal) -> str:
    """Where the step leads, or the code of why it may not be taken."""
    try:
        return way_of(case, side, to, by, number=1).to
    except Refusal as refused:
        return refused.problems[0].sentence.code


@given(ways=st.lists(WAYS, min_size=1, max_size=8), steps=st.lists(st.sampled_from(STATES), max_size=12))
def test_a_receiver_that_knows_of_a_case_never_loses_it_and_never_sees_a_draft(
    ways: list[dict[str, Any]], steps: list[str]
) -> None:
    machine = a_machine(*ways)
    case, knew = a_case(machine), False
    for to in steps:
        assert case.side_of(SENDER) is Side.SENDER
        assert case.side_of(STRANGER) is None
        assert case.side_of(None) is None
        knows = case.side_of(RECEIVER) is Side.RECEIVER
        assert knows or (not knew and machine.is_draft(case.state))
        if not knows:
            assert not case.ways_of(Side.RECEIVER), "nobody is asked to do what he does not know of"
        knew = knows
        case = case.after(to, case.changed_at + 1)


def test_a_case_is_moved_by_who_has_read_it_and_goes_on_for_so_long() -> None:
    machine = a_machine({"from": "a", "to": "b"}, {"from": "b", "to": "a"})
    for number, code in ((2, "case-moved"), (0, "case-moved")):
        with pytest.raises(Refusal) as refused:
            way_of(a_case(machine), Side.SENDER, "b", TOKEN, number=number)
        assert refused.value.problems[0].sentence.code == code
    long = a_case(machine, number=MOST_STEPS)
    with pytest.raises(Refusal) as refused:
        way_of(long, Side.SENDER, "b", TOKEN, number=MOST_STEPS)
    assert refused.value.problems[0].sentence.code == "case-too-long"


def test_what_is_approved_is_what_another_person_of_ones_side_proposed() -> None:
    proposal = Proposal(number=4, side=Side.SENDER, to="b", said=Said("x"), person="p1", at=0)
    wanted = (4, Side.SENDER, "b", proposal.sha256)
    assert approved(proposal, wanted, OTHER) is proposal
    with pytest.raises(Refusal) as refused:
        approved(proposal, wanted, SUPERVISOR)
    assert refused.value.problems[0].sentence.code == "case-second-person"
    others = (
        (5, Side.SENDER, "b", proposal.sha256),
        (4, Side.RECEIVER, "b", proposal.sha256),
        (4, Side.SENDER, "c", proposal.sha256),
        (4, Side.SENDER, "b", replace(proposal, said=Said("x", {"f": "1"})).sha256),
    )
    for other in others:
        with pytest.raises(Refusal) as refused:
            approved(proposal, other, OTHER)
        assert refused.value.problems[0].sentence.code == "case-proposal-moved"
    with pytest.raises(Refusal):
        approved(None, wanted, OTHER)


FIELDS = [
    {"name": "word", "words": [{"name": "hot", "fr": "chaud", "en": "hot"}], "fr": "mot", "en": "word"},
    {"name": "date", "pattern": "[0-9]{4}-[0-9]{2}-[0-9]{2}", "fr": "jour", "en": "day"},
    {"name": "free", "fr": "libre", "en": "free"},
]


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (Said("x", {"word": "hot", "date": "2026-03-04", "free": "n'importe\nquoi"}), []),
        (Said("x", {"word": " hot ", "date": ""}), []),
        (Said("x", {"word": "cold"}), ["case-field-value"]),
        (Said("x", {"word": "hot", "date": "4/3/26", "free": "a\x07"}), ["case-field-value"] * 2),
        (Said("x", {"free": "é" * 1_001}), ["case-field-value", "case-field-missing"]),
        (Said("x" * (LONGEST_TEXT + 1), {"other": "1"}), ["case-text", "case-field-unknown", "case-field-missing"]),
        (Said("a\u202eb", {"word": "hot"}), ["case-text"]),
        (Said(" ", {"word": "hot"}), ["case-text"]),
    ],
)
def test_everything_that_is_wrong_with_what_is_said_is_told_at_once(said: Said, codes: list[str]) -> None:
    machine = a_machine({"from": "a", "to": "b"}, field=FIELDS)
    if not codes:
        read = read_said(machine, "b", ("word",), said, opening=True)
        assert read.fields["word"] == "hot"
        assert all(value and value == value.strip() for value in read.fields.values())
        return
    with pytest.raises(Refusal) as refused:
        read_said(machine, "b", ("word",), said, opening=True)
    assert [problem.sentence.code for problem in refused.value.problems] == codes


def test_a_digest_hangs_on_everything_that_is_said() -> None:
    case = a_case(a_machine({"from": "a", "to": "b"}), subjects=("urn:x:1",))
    step = Step(number=1, at=0, side=Side.SENDER, start=None, to="a", said=Said("x", {"f": "1"}), sha256="")
    whole = digest_of(step_document(case, step, None, PARTIES))
    others = (
        (case, replace(step, said=Said("y", {"f": "1"})), None),
        (case, replace(step, said=Said("x", {"f": "2"})), None),
        (case, replace(step, to="b"), None),
        (case, replace(step, side=Side.RECEIVER), None),
        (case, replace(step, number=2), None),
        (replace(case, id="d"), step, None),
        (replace(case, subjects=()), step, None),
        (replace(case, profile="x 2"), step, None),
        (case, step, whole),
    )
    digests = {digest_of(step_document(*other, PARTIES)) for other in others}
    assert len(digests | {whole}) == len(others) + 1


@pytest.mark.parametrize("sector", sorted(sector_names()))
def test_the_machines_of_the_sectors_lead_every_case_to_its_end(sector: str) -> None:
    documents = machine_documents(load_profile(find_sector(sector)))
    assert documents
    for document in documents.values():
        machine = machine_of(document)
        for state in machine.states.values():
            sides = {side for side in Side for way in machine.ways(state.name) if way.is_open_to(side)}
            assert bool(sides) != state.is_final, f"{machine.name}: {state.name}"
