"""One proof for many entries proves each of them at its place, and is as long as it must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_schemas.provenance.merkle import InvalidProof, inclusion_proof, leaf_hash, root
from filiere_schemas.provenance.shared_proof import prove_together, verify_together

LEAVES = [leaf_hash(bytes([number])) for number in range(200)]


def node_of(size: int):
    def node(level: int, number: int) -> bytes:
        assert (number + 1) << level <= size, "only full subtrees are nodes of a tree"
        return root(LEAVES[number << level : (number + 1) << level])

    return node


@st.composite
def trees(draw: st.DrawFn) -> tuple[int, list[int]]:
    size = draw(st.integers(1, len(LEAVES)))
    return size, sorted(draw(st.sets(st.integers(0, size - 1), min_size=1)))


@given(trees())
def test_entries_are_proven_where_they_stand(tree: tuple[int, list[int]]) -> None:
    size, indexes = tree
    proof = prove_together(indexes, size, node_of(size))
    verify_together({at: LEAVES[at] for at in indexes}, size=size, proof=proof, root=root(LEAVES[:size]))


@given(trees(), st.data())
def test_what_is_changed_proves_nothing(tree: tuple[int, list[int]], data: st.DataObject) -> None:
    size, indexes = tree
    proof = prove_together(indexes, size, node_of(size))
    leaves = {at: LEAVES[at] for at in indexes}
    other = leaf_hash(b"other")
    at = data.draw(st.sampled_from(indexes))
    changed = [
        (leaves | {at: other}, proof, size),
        (leaves, [*proof, other], size),
        ({index: leaf for index, leaf in leaves.items() if index != at}, proof, size),
        ({index + size: leaf for index, leaf in leaves.items()}, proof, size),
        (leaves, [*proof[:-1], proof[-1][:31]] if proof else [b""], size),
    ]
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        changed += [
            (leaves, [*proof[:place], other, *proof[place + 1 :]], size),
            (leaves, [*proof[:place], *proof[place + 1 :]], size),
        ]
    for found, nodes, length in changed:
        with pytest.raises(InvalidProof):
            verify_together(found, size=length, proof=nodes, root=root(LEAVES[:size]))


@given(st.integers(1, len(LEAVES)), st.data())
def test_the_proof_of_one_entry_has_the_hashes_of_its_own_proof(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    together = prove_together([index], size, node_of(size))
    alone = inclusion_proof(index, size, node_of(size))
    assert sorted(together) == sorted(alone)


def test_what_stands_together_is_proven_with_few_hashes() -> None:
    assert len(prove_together(list(range(64, 128)), 200, node_of(200))) == 2
    assert prove_together(list(range(200)), 200, node_of(200)) == []


@pytest.mark.parametrize("indexes", [[], [3, 2], [2, 2], [-1], [200]])
def test_only_ascending_indexes_of_the_tree_are_proven(indexes: list[int]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        prove_together(indexes, 200, node_of(200))
