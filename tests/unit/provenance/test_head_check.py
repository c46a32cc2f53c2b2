"""A head is as old as the last moment at which the quorum had seen it, and only witnesses can say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.bundles import NOW, TRUST, a_key, an_honest_log
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.head_check import Freshness, require_log, require_witnesses
from filiere_schemas.provenance.note import NoteKeyType, VerifierKey
from filiere_schemas.provenance.policy import Group, KnownWitness

NAMES = ("w1", "w2", "w3")
WITNESSES = tuple(
    KnownWitness(name=name, key=VerifierKey(f"{name}.example", a_key(name).public, NoteKeyType.COSIGNATURE))
    for name in NAMES
)
TWO_OF_THREE = replace(
    TRUST,
    policy=replace(
        TRUST.policy,
        witnesses=WITNESSES,
        groups=(Group(name="two", threshold=2, members=NAMES),),
        quorum="two",
    ),
)


def seen(**ages: int) -> bytes:
    """A head that witnesses saw some seconds ago."""
    return an_honest_log().head(witnesses={f"{name}.example": (a_key(name), NOW - age) for name, age in ages.items()})


def codes(head: bytes, trust=TWO_OF_THREE, max_age: int | None = None) -> list[str]:
    """What is wrong with it, or what is remarked."""
    try:
        found = require_witnesses(head, require_log(head, trust), trust, Freshness(now=NOW, max_age=max_age))
    except Refusal as refused:
        return [f"refused {problem.code}" for problem in refused.problems]
    return [remark.code for remark in found.remarks]


def test_a_quorum_is_asked_for_where_the_trust_file_has_one() -> None:
    assert codes(seen(w1=5, w2=9)) == []
    assert codes(seen(w1=5)) == ["refused quorum-missing"]


@pytest.mark.parametrize(("max_age", "found"), [(30, []), (29, ["refused head-stale"])])
def test_the_age_is_that_of_the_quorum_so_that_one_witness_alone_makes_no_head_younger(
    max_age: int, found: list[str]
) -> None:
    assert codes(seen(w1=1, w2=30, w3=500), max_age=max_age) == found


def test_without_a_witness_the_age_is_unknown_and_whoever_asked_for_it_is_told() -> None:
    assert codes(seen(), trust=TRUST) == ["head-age-unknown"]
    assert codes(seen(), trust=TRUST, max_age=10) == ["refused head-age-unknown"]


def test_a_known_witness_that_nobody_asked_for_still_says_how_old_a_head_is() -> None:
    known = replace(TRUST, policy=replace(TRUST.policy, witnesses=WITNESSES))
    assert codes(seen(w2=30), trust=known, max_age=30) == []
    assert codes(seen(w2=30), trust=known, max_age=29) == ["refused head-stale"]
