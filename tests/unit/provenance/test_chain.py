from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.chains import KID, a_link, any_arrivals, honest_arrivals, logged
from filiere_schemas.provenance.chain import (
    Chain,
    ChainFork,
    ChainGap,
    ChainLink,
    ChainRule,
    breaks_of,
    forks_of,
    gaps_of,
    join_segments,
)
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import FIRST_PREV


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as runs, by brute force."""
    ordered = sorted(numbers)
    grouped = groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0])
    return [(members[0][1], members[-1][1]) for members in (list(group) for _, group in grouped)]


def places(links: Sequence[ChainLink]) -> dict[str, dict[int, list[ChainLink]]]:
    """The records of each key by place, as a reference that keeps every one."""
    found: dict[str, dict[int, list[ChainLink]]] = {}
    for link in links:
        found.setdefault(link.kid, {}).setdefault(link.seq, []).append(link)
    return found


def faults_of(links: Sequence[ChainLink]) -> list[tuple[ChainRule, int, int]]:
    """What reading links one by one finds: the rule, the link's log index, the place that it contradicts."""
    links = logged(links)
    chain = Chain(lookup=lambda link: [each for each in links[: link.index] if each.seq == link.seq])
    return [(fault.rule, fault.link.index, fault.seq) for link in links for fault in chain.add(link)]


@given(honest_arrivals(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_runs(links: list[ChainLink], random: Any) -> None:
    shuffled = random.sample(links, len(links))
    expected = runs(link.seq for link in links)
    for order in (links, logged(shuffled)):
        found = join_segments((), order)
        assert [(run.first_seq, run.last_seq) for run in found] == expected
        by_seq = {link.seq: link for link in order}
        for run in found:
            first, last = by_seq[run.first_seq], by_seq[run.last_seq]
            assert (run.first_prev, run.first_index) == (first.prev, first.index)
            assert (run.last_sha256, run.last_index) == (last.sha256, last.index)


@given(any_arrivals(), st.data())
def test_runs_do_not_depend_on_where_reading_paused(links: list[ChainLink], data: st.DataObject) -> None:
    # Whatever was read before is kept as runs alone: nothing else is needed to read on.
    pause = data.draw(st.integers(0, len(links)))
    whole = join_segments((), links)
    assert join_segments(join_segments((), links[:pause]), links[pause:]) == whole
    assert join_segments((), data.draw(st.permutations(links))) == whole


@given(any_arrivals())
def test_every_record_is_in_one_run(links: list[ChainLink]) -> None:
    found = join_segments((), links)
    assert sum(run.last_seq - run.first_seq + 1 for run in found) == len(links)


@given(any_arrivals())
def test_gaps_are_exactly_the_places_that_nobody_took(links: list[ChainLink]) -> None:
    expected = [
        ChainGap(kid=kid, first_seq=first, last_seq=last)
        for kid, by_seq in sorted(places(links).items())
        for first, last in runs(set(range(1, max(by_seq) + 1)) - set(by_seq))
    ]
    assert list(gaps_of(join_segments((), links))) == expected


@given(any_arrivals())
def test_forks_are_exactly_the_places_that_several_records_took(links: list[ChainLink]) -> None:
    expected = [
        ChainFork(kid=kid, first_seq=first, last_seq=last)
        for kid, by_seq in sorted(places(links).items())
        for first, last in runs(seq for seq, here in by_seq.items() if len(here) > 1)
    ]
    assert list(forks_of(join_segments((), links))) == expected


@given(any_arrivals())
def test_breaks_are_exactly_the_records_that_do_not_name_the_one_before(links: list[ChainLink]) -> None:
    expected = set()
    for by_seq in places(links).values():
        for seq, here in by_seq.items():
            before = by_seq.get(seq - 1, [])
            unnamed = bool(before) and all(link.sha256 != here[0].prev for link in before)
            misplaced = (seq == 1) != (here[0].prev == FIRST_PREV)
            if len(here) == 1 and (unnamed or misplaced):
                expected.add(here[0].index)
    assert {run.first_index for run in breaks_of(join_segments((), links))} == expected


@given(any_arrivals())
def test_the_same_records_again_change_nothing(links: list[ChainLink]) -> None:
    again = logged([*links, *links])
    assert join_segments((), again) == join_segments((), links)


def test_an_honest_chain_has_no_fault_in_any_order() -> None:
    assert faults_of([a_link(4), a_link(1), a_link(3), a_link(2), a_link(5)]) == []


def test_the_last_record_of_a_run_may_come_again() -> None:
    links = logged([a_link(1), a_link(2)])
    found = join_segments((), links)
    assert join_segments(found, links[-1:]) == found


@pytest.mark.parametrize(
    ("links", "faults"),
    [
        # Another record at a place that is taken, and what follows it.
        ([a_link(1), a_link(2), a_link(2, name="2'")], [(ChainRule.FORK, 2, 2)]),
        (
            [a_link(1), a_link(2), a_link(2, name="2'"), a_link(3, after="2'")],
            [(ChainRule.FORK, 2, 2)],
        ),
        # A record that names another predecessor than the one that is there, whichever came first.
        ([a_link(1), a_link(2, after="1'")], [(ChainRule.PREV, 1, 1)]),
        ([a_link(2, after="1'"), a_link(1)], [(ChainRule.PREV, 1, 2)]),
        # Numbers that go back, jump, start again.
        (
            [a_link(1), a_link(2), a_link(3), a_link(1, name="x", after="3")],
            [(ChainRule.FORK, 3, 1), (ChainRule.PREV, 3, 1)],
        ),
        ([a_link(1), a_link(3, after="1")], [(ChainRule.SEQ, 1, 1)]),
        ([a_link(3, after="1"), a_link(1)], [(ChainRule.SEQ, 1, 3)]),
        ([a_link(4, after="0")], [(ChainRule.SEQ, 0, 4)]),
        ([a_link(5, after="3"), a_link(7, name="7", after="3")], [(ChainRule.SEQ, 1, 5)]),
    ],
)
def test_a_record_that_does_not_fit_is_told_with_what_it_contradicts(
    links: list[ChainLink], faults: list[tuple[ChainRule, int, int]]
) -> None:
    assert faults_of(links) == faults


def test_a_void_of_what_is_there_is_told_and_changes_nothing() -> None:
    stored, later = logged([a_link(1), a_link(1)])
    chain = Chain(lookup=lambda _: [stored])
    assert chain.add(stored) == []
    (fault,) = chain.add(replace(later, kind=EntryKind.VOID))
    assert (fault.rule, fault.rivals) == (ChainRule.VOID, (stored,))
    assert chain.add(replace(later, kind=EntryKind.REFUSED)) == []
    assert len(chain.segments) == 1


def test_two_keys_have_two_chains() -> None:
    found = join_segments((), logged([a_link(1), a_link(1, kid="k8"), a_link(3, kid="k8")]))
    assert [(run.kid, run.first_seq, run.last_seq) for run in found] == [(KID, 1, 1), ("k8", 1, 1), ("k8", 3, 3)]
    assert gaps_of(found) == (ChainGap(kid="k8", first_seq=2, last_seq=2),)
