"""One proof for many entries under one head: each node of the tree that is needed, once.

Separate proofs of a lot's records repeat the same upper nodes a thousand times, and a verifier hashes them a thousand
times. Here the tree is walked once, left before right: a subtree without a proven entry is given as its hash, a leaf
is the verifier's own, everything else is computed. Which hashes stand in the proof, and in which order, follows from
the indexes and the size alone: there is nothing in it that could be otherwise.

If the root that comes out is the signed one, then each leaf stands at its index, or somebody has found a collision of
SHA-256. If it is not, the proof does not say which leaf is wrong.

Source: the tree is that of RFC 9162, section 2.1.1; a proof of one entry holds the hashes of its inclusion proof, in
the order of the tree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from filiere_schemas.problems import Problem
from filiere_schemas.provenance import bundle_sentences as sentences
from filiere_schemas.provenance.merkle import HASH_SIZE, GetNode, InvalidProof, node_hash


def prove_together(indexes: Sequence[int], size: int, get_node: GetNode) -> list[bytes]:
    """Prove that entries stand at some indexes, ascending, of the tree of a size.

    Raises:
        ValueError: the indexes are not ascending, or the tree has no such leaf.
    """
    _require_indexes(indexes, size)
    proof: list[bytes] = []

    def walk(low: int, high: int, first: int, last: int) -> None:
        if first == last:
            proof.append(_subtree(low, high, get_node))
        elif high - low > 1:
            middle = _middle(low, high)
            split = bisect_left(indexes, middle, first, last)
            walk(low, middle, first, split)
            walk(middle, high, split, last)

    walk(0, size, 0, len(indexes))
    return proof


def verify_together(leaves: Mapping[int, bytes], *, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Verify that leaf hashes stand at their indexes of the tree with this size and root.

    Raises:
        InvalidProof: they do not, or the proof has another length than the indexes demand.
    """
    indexes = sorted(leaves)
    refusal = InvalidProof([Problem(sentence=sentences.SHARED_PROOF, values={"size": size, "root": root.hex()})])
    if not indexes or indexes[0] < 0 or indexes[-1] >= size or any(len(node) != HASH_SIZE for node in proof):
        raise refusal
    given = iter(proof)

    def walk(low: int, high: int, first: int, last: int) -> bytes:
        if first == last:
            return next(given)
        if high - low == 1:
            return leaves[low]
        middle = _middle(low, high)
        split = bisect_left(indexes, middle, first, last)
        return node_hash(walk(low, middle, first, split), walk(middle, high, split, last))

    try:
        found = walk(0, size, 0, len(indexes))
    except StopIteration as error:
        raise refusal from error
    if found != root or next(given, None) is not None:
        raise refusal


def _require_indexes(indexes: Sequence[int], size: int) -> None:
    if not indexes or list(indexes) != sorted(set(indexes)) or indexes[0] < 0 or indexes[-1] >= size:
        raise ValueError(f"expected ascending indexes below {size}, found {len(indexes)} of them")


def _middle(low: int, high: int) -> int:
    """Where a subtree of two leaves or more is split: behind the largest power of two below its width."""
    return low + (1 << ((high - low - 1).bit_length() - 1))


def _subtree(low: int, high: int, get_node: GetNode) -> bytes:
    """The hash of a subtree as the tree is split: full ones are nodes, the ragged right edge is folded."""
    width = high - low
    if width & (width - 1) == 0:
        return get_node(width.bit_length() - 1, low // width)
    middle = _middle(low, high)
    return node_hash(_subtree(low, middle, get_node), _subtree(middle, high, get_node))
