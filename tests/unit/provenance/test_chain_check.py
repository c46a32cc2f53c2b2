"""Records must fit into the chains that are stated, and what the chains leave open is said."""

from __future__ import annotations

from dataclasses import replace

from builders.chains import KID, a_link, logged
from filiere_schemas.provenance.chain import join_segments
from filiere_schemas.provenance.chain_check import contradictions, cut_at, gaps_and_forks

WHOLE = logged([a_link(seq) for seq in range(1, 10)])
SEGMENTS = join_segments((), WHOLE)


def test_any_records_of_an_unbroken_chain_fit_into_it() -> None:
    assert list(contradictions(WHOLE[2:5] + WHOLE[7:], SEGMENTS)) == []
    assert list(gaps_and_forks(SEGMENTS)) == []


def test_a_gap_is_named_by_its_key_and_numbers() -> None:
    segments = join_segments((), [link for link in WHOLE if link.seq not in {4, 5}])
    (gap,) = gaps_and_forks(segments)
    assert gap.code == "chain-records-missing"
    assert f"key {KID}: records 4-5 missing" in gap.message("en")
    assert list(contradictions([WHOLE[0], WHOLE[6]], segments)) == []


def test_a_record_in_a_gap_contradicts_what_is_stated() -> None:
    segments = join_segments((), [link for link in WHOLE if link.seq not in {4, 5}])
    (found,) = contradictions([WHOLE[3]], segments)
    assert (found.code, found.values["seq"]) == ("chain-contradicted", 4)


def test_a_fork_that_is_stated_is_named_and_one_that_is_hidden_contradicts() -> None:
    twin = replace(a_link(9, name="twin"), index=20)
    stated = join_segments((), [*WHOLE, twin])
    assert [each.code for each in gaps_and_forks(stated)] == ["chain-place-taken-twice"]
    assert list(contradictions([WHOLE[8], twin], stated)) == []
    assert [each.code for each in contradictions([WHOLE[8], twin], SEGMENTS)] == ["chain-contradicted"]


def test_neighbours_that_do_not_name_each_other_contradict() -> None:
    stranger = replace(WHOLE[4], prev=bytes(32))
    assert [each.code for each in contradictions([WHOLE[3], stranger], SEGMENTS)] == ["chain-contradicted"]


def test_what_a_key_signed_after_the_last_record_is_not_told() -> None:
    (cut,) = cut_at(SEGMENTS, WHOLE[2:4])
    assert (cut.first_seq, cut.last_seq, cut.last_sha256, cut.last_index) == (1, 4, WHOLE[3].sha256, 3)
    assert list(contradictions(WHOLE[2:4], [cut])) == []
    assert cut_at(SEGMENTS, []) == ()
