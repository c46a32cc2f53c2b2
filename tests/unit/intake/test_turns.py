"""Turns: nobody is passed over, and while several send nobody's records fill a group."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.worker import turns
from filiere_platform.worker.turns import CROWD_SECONDS, CROWDED_PART, Crowd, FairQueue

GROUP = 512


@dataclass(frozen=True)
class Chunk:
    member: str
    number: int
    records: int
    comes_alone: bool = False


def queue_of(chunks: list[Chunk]) -> FairQueue[Chunk]:
    queue: FairQueue[Chunk] = FairQueue()
    for chunk in chunks:
        queue.put(chunk.member, chunk)
    return queue


CHUNKS = st.lists(
    st.builds(
        Chunk,
        member=st.sampled_from("abcde"),
        number=st.integers(),
        records=st.integers(1, 40),
        comes_alone=st.booleans() | st.just(value=False),
    ),
    max_size=40,
)


@given(chunks=CHUNKS, most=st.integers(0, 100), each=st.integers(0, 60))
def test_every_chunk_has_its_turn_once_and_in_the_order_of_its_line(chunks: list[Chunk], most: int, each: int) -> None:
    queue, taken = queue_of(chunks), list[Chunk]()
    while queue.lines:
        group = queue.take(most, each=each)
        assert group
        assert len(group) == 1 or not any(chunk.comes_alone for chunk in group)
        assert len(group) == 1 or sum(chunk.records for chunk in group) <= most
        per_member = Counter[str]()
        for chunk in group:
            assert not per_member[chunk.member] or per_member[chunk.member] + chunk.records <= each
            per_member[chunk.member] += chunk.records
        taken += group
    for member in "abcde":
        line = [chunk for chunk in chunks if chunk.member == member]
        assert [chunk for chunk in taken if chunk.member == member] == line


@pytest.mark.parametrize("backlog", [100, 10_000])
def test_a_flood_of_any_length_is_a_bounded_part_of_the_group_of_whoever_sends_one(backlog: int) -> None:
    queue = queue_of([Chunk("flood", number, 32) for number in range(backlog)])
    queue.put("single", Chunk("single", 0, 1))
    group = queue.take(GROUP, each=CROWDED_PART)
    assert Counter({chunk.member: chunk.records for chunk in group}) == {"flood": CROWDED_PART, "single": 1}


def test_many_who_send_one_record_each_share_a_whole_group() -> None:
    queue = queue_of([Chunk(f"member {n}", 0, 1) for n in range(GROUP + 10)])
    assert len(queue.take(GROUP, each=CROWDED_PART)) == GROUP


def test_whoever_sends_alone_has_the_whole_group(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: clock[0])
    crowd = Crowd()
    crowd.note("one")
    assert crowd.part(GROUP) == GROUP
    crowd.note("other")
    assert crowd.part(GROUP) == CROWDED_PART
    assert crowd.part(8) == 8
    clock[0] += CROWD_SECONDS
    crowd.note("one")
    assert crowd.part(GROUP) == GROUP
