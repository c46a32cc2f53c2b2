from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiere_schemas.provenance.merkle import (
    EMPTY_ROOT,
    Frontier,
    InvalidProof,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

BRUTE_FORCE = 70
LEAVES = [leaf_hash(str(number).encode()) for number in range(5_000)]

# The inputs and roots with which implementations of RFC 6962 are compared (Certificate Transparency's reference
# tests, repeated in every log library).
KNOWN_ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """The recursive definition, as RFC 9162 2.1.1 states it, sharing nothing with the code under test."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def get_node(level: int, number: int) -> bytes:
    chosen = LEAVES[number << level : (number + 1) << level]
    assert len(chosen) == 1 << level, "a proof asked for a node that is not full"
    return defined_root(chosen)


ROOTS = [defined_root(LEAVES[:size]) for size in range(BRUTE_FORCE + 1)]


def test_the_roots_are_those_of_every_other_implementation() -> None:
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in KNOWN_ENTRIES]
    assert [root(leaves[:size]).hex() for size in range(9)] == KNOWN_ROOTS
    assert EMPTY_ROOT.hex() == KNOWN_ROOTS[0]


def test_a_root_follows_its_definition() -> None:
    for size in range(BRUTE_FORCE + 1):
        assert root(LEAVES[:size]) == ROOTS[size]


@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_a_frontier_is_all_that_a_tree_needs_to_grow(first: int, then: int) -> None:
    frontier = Frontier.from_bytes(Frontier().extended(LEAVES[:first]).to_bytes())
    grown = frontier.extended(LEAVES[first : first + then])
    assert grown == Frontier().extended(LEAVES[: first + then])
    assert grown.root == defined_root(LEAVES[: first + then])
    assert (grown.size, len(grown.hashes)) == (first + then, (first + then).bit_count())


@pytest.mark.parametrize("raw", [b"", bytes(7), bytes(9), (3).to_bytes(8, "big") + bytes(32), bytes(8) + bytes(32)])
def test_a_damaged_frontier_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        Frontier.from_bytes(raw)


def test_every_entry_of_every_small_tree_is_proven_and_no_other() -> None:
    for size in range(1, BRUTE_FORCE + 1):
        for index in range(size):
            proof = inclusion_proof(index, size, get_node)
            verify_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=ROOTS[size])
            for other in {0, index - 1, index + 1, size - 1} - {index}:
                with pytest.raises(InvalidProof):
                    verify_inclusion(index=other, size=size, leaf=LEAVES[index], proof=proof, root=ROOTS[size])


def test_every_pair_of_small_trees_is_proven_consistent_and_no_forgery_is() -> None:
    for new in range(BRUTE_FORCE + 1):
        for old in range(new + 1):
            proof = consistency_proof(old, new, get_node)
            verify_consistency(old=old, new=new, old_root=ROOTS[old], new_root=ROOTS[new], proof=proof)
            # Any tree extends the empty one, so only what comes after it can be forged.
            for forged in ({"old_root": bytes(32)}, {"new_root": bytes(32)}) if old else ({"old_root": bytes(32)},):
                heads = {"old_root": ROOTS[old], "new_root": ROOTS[new]} | forged
                with pytest.raises(InvalidProof):
                    verify_consistency(old=old, new=new, proof=proof, **heads)


@st.composite
def _spoilt(draw: st.DrawFn, proof: list[bytes]) -> list[bytes]:
    """A proof that differs: a bit, one more, one less, two swapped."""
    spoilt = list(proof)
    place = draw(st.integers(0, len(spoilt) - 1))
    match draw(st.sampled_from(["flip", "drop", "add", "short"])):
        case "flip":
            changed = bytearray(spoilt[place])
            changed[draw(st.integers(0, 31))] ^= draw(st.integers(1, 255))
            spoilt[place] = bytes(changed)
        case "drop":
            del spoilt[place]
        case "add":
            spoilt.insert(place, draw(st.sampled_from([bytes(32), spoilt[place]])))
        case _:
            spoilt[place] = spoilt[place][:-1]
    return spoilt


@settings(max_examples=60)
@given(st.data())
def test_no_changed_inclusion_proof_holds(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 600))
    index = data.draw(st.integers(0, size - 1))
    proof, head = inclusion_proof(index, size, get_node), defined_root(LEAVES[:size])
    verify_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=head)
    with pytest.raises(InvalidProof):
        verify_inclusion(index=index, size=size, leaf=LEAVES[index], proof=data.draw(_spoilt(proof)), root=head)
    with pytest.raises(InvalidProof):
        verify_inclusion(index=index, size=size, leaf=leaf_hash(b"other"), proof=proof, root=head)


@settings(max_examples=60)
@given(st.data())
def test_no_changed_consistency_proof_holds(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 600))
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(old, new, get_node)
    heads = {"old_root": defined_root(LEAVES[:old]), "new_root": defined_root(LEAVES[:new])}
    verify_consistency(old=old, new=new, proof=proof, **heads)
    with pytest.raises(InvalidProof):
        verify_consistency(old=old, new=new, proof=data.draw(_spoilt(proof)), **heads)


@settings(max_examples=30)
@given(st.data())
def test_a_rewritten_history_is_not_consistent(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    rewritten = list(LEAVES[:new])
    rewritten[data.draw(st.integers(0, old - 1))] = leaf_hash(b"rewritten")

    def rewritten_node(level: int, number: int) -> bytes:
        return defined_root(rewritten[number << level : (number + 1) << level])

    with pytest.raises(InvalidProof):
        verify_consistency(
            old=old,
            new=new,
            old_root=defined_root(LEAVES[:old]),
            new_root=defined_root(rewritten),
            proof=consistency_proof(old, new, rewritten_node),
        )


@given(st.integers(0, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_a_proof_in_a_huge_tree_stays_short(index: int, size: int) -> None:
    index %= size
    asked: list[tuple[int, int]] = []

    def node(level: int, number: int) -> bytes:
        assert (number + 1) << level <= size
        asked.append((level, number))
        return hashlib.sha256(f"{level}/{number}".encode()).digest()

    assert len(inclusion_proof(index, size, node)) <= 63
    assert len(asked) <= 2 * 63


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_there_is_no_proof_of_an_entry_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="expected an index"):
        inclusion_proof(index, size, get_node)
    with pytest.raises(InvalidProof):
        verify_inclusion(index=index, size=size, leaf=LEAVES[0], proof=[], root=LEAVES[0])


@pytest.mark.parametrize(("old", "new"), [(3, 2), (-1, 2)])
def test_a_tree_never_shrinks(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="expected sizes in order"):
        consistency_proof(old, new, get_node)
    with pytest.raises(InvalidProof):
        verify_consistency(old=old, new=new, old_root=ROOTS[3], new_root=ROOTS[2], proof=[])


def test_nothing_to_prove_needs_an_empty_proof() -> None:
    for old, new in ((0, 3), (3, 3)):
        verify_consistency(old=old, new=new, old_root=ROOTS[old], new_root=ROOTS[new], proof=[])
        with pytest.raises(InvalidProof):
            verify_consistency(old=old, new=new, old_root=ROOTS[old], new_root=ROOTS[new], proof=[ROOTS[1]])


def test_a_node_cannot_be_passed_off_as_an_entry() -> None:
    pair = b"".join(LEAVES[:2])
    assert leaf_hash(pair) != root(LEAVES[:2])
    assert leaf_hash(b"\x01" + pair) != root(LEAVES[:2])
