"""The log's Merkle tree: hashes, roots, and proofs that an entry is in it and that it only grew.

Everything is arithmetic on sizes and 32-byte hashes. Where nodes come from is the caller's: tiles, a database,
a list in memory. A node (level, number) is the root of the 2**level leaves from number * 2**level on.

Sources: RFC 6962, section 2.1 and RFC 9162, section 2.1 (the same tree; the latter has the algorithms).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import sentences

HASH_SIZE: Final = 32  # bytes
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()  # RFC 9162, 2.1.1: the root of no entries

GetNode = Callable[[int, int], bytes]
"""Gives the hash of a full subtree: (level, number)."""


class InvalidProof(Refusal):
    """A proof that does not connect what it should."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf.

    RFC 9162, 2.1.1: leaves and nodes have different prefixes, so that no node can be passed off as a leaf.
    """
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that a tree needs to grow: the roots of its full subtrees, largest first, one per bit set in `size`."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count() or any(len(h) != HASH_SIZE for h in self.hashes):
            raise ValueError(f"expected {self.size.bit_count()} hashes of {HASH_SIZE} bytes for size {self.size}")

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier after appending leaf hashes: two hashes per leaf on average."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaves:
            node = leaf
            merges = (~size & (size + 1)).bit_length() - 1  # trailing ones of `size`
            for _ in range(merges):
                node = node_hash(hashes.pop(), node)
            hashes.append(node)
            size += 1
        return Frontier(size, tuple(hashes))

    @property
    def root(self) -> bytes:
        """The root of the whole tree."""
        return _fold(self.hashes)

    def to_bytes(self) -> bytes:
        """Write the frontier: size in 8 bytes, big-endian, then its hashes."""
        return self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Frontier:
        """Read a frontier back.

        Raises:
            ValueError: the length is not that of a frontier of the size it gives.
        """
        body = raw[8:]
        if len(raw) < 8 or len(body) % HASH_SIZE:  # noqa: PLR2004 - the size's 8 bytes, as written above
            raise ValueError(f"expected a frontier, found {len(raw)} bytes")
        hashes = tuple(body[at : at + HASH_SIZE] for at in range(0, len(body), HASH_SIZE))
        return cls(int.from_bytes(raw[:8], "big"), hashes)


def root(leaves: Iterable[bytes]) -> bytes:
    """Compute the root over leaf hashes."""
    return Frontier().extended(leaves).root


def inclusion_proof(index: int, size: int, get_node: GetNode) -> list[bytes]:
    """Prove that a leaf is in the tree of a size; hashes from the leaf to the root.

    Source: RFC 9162, section 2.1.3.1 (PATH).

    Raises:
        ValueError: the tree of that size has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"expected an index below {size}, found {index}")
    proof: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(_subtree(middle, high, get_node))
            high = middle
        else:
            proof.append(_subtree(low, middle, get_node))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, get_node: GetNode) -> list[bytes]:
    """Prove that the tree of size `new` extends the tree of size `old`; empty when there is nothing to prove.

    Source: RFC 9162, section 2.1.4.1 (SUBPROOF).

    Raises:
        ValueError: not 0 <= old <= new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"expected sizes in order, found {old} and {new}")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    low, high = 0, new
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_subtree(middle, high, get_node))
            high = middle
        else:
            proof.append(_subtree(low, middle, get_node))
            low = middle
    if low:  # the old tree is not itself a subtree that the verifier knows by its root
        proof.append(_subtree(low, high, get_node))
    return proof[::-1]


def verify_inclusion(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Verify that a leaf hash stands at an index of the tree with this size and root.

    Raises:
        InvalidProof: it does not, or the proof has another length than the sizes demand.
    """
    if _root_of(index, size, leaf, proof) != root:
        raise _not_included(index, size, root)


def root_of(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """Compute the root to which a proof leads from a leaf hash; whether that root was signed is the caller's to verify.

    Raises:
        InvalidProof: the proof has another length than the sizes demand.
    """
    root = _root_of(index, size, leaf, proof)
    if root is None:
        raise _not_included(index, size, b"")
    return root


def _root_of(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """Climb from a leaf to the root; None when the proof does not fit the sizes.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= index < size or any(len(node) != HASH_SIZE for node in (leaf, *proof)):
        return None
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if first & 1 or first == last:
            node = node_hash(sibling, node)
            first, last = _up_to_right_child(first, last)
        else:
            node = node_hash(node, sibling)
        first, last = first >> 1, last >> 1
    return node if last == 0 else None


def _not_included(index: int, size: int, root: bytes) -> InvalidProof:
    values = {"index": index, "size": size, "root": root.hex()}
    return InvalidProof([Problem(sentence=sentences.BAD_INCLUSION_PROOF, values=values)])


def verify_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Verify that a tree only grew between two heads.

    Any tree extends the empty one; that needs an empty proof and the empty root.
    Source: RFC 9162, section 2.1.4.2.

    Raises:
        InvalidProof: it did not, or the proof has another length than the sizes demand.
    """
    refusal = InvalidProof([Problem(sentence=sentences.BAD_CONSISTENCY_PROOF, values={"old": old, "new": new})])
    if not 0 <= old <= new or any(len(node) != HASH_SIZE for node in (old_root, new_root, *proof)):
        raise refusal
    if old in (0, new):
        if proof or old_root != (new_root if old else EMPTY_ROOT) or (new == 0 and new_root != EMPTY_ROOT):
            raise refusal
        return
    path = list(proof)
    if old & (old - 1) == 0:  # a full subtree: its root is the verifier's own
        path.insert(0, old_root)
    if not path or _climb(path, old, new) != (old_root, new_root):
        raise refusal


def _climb(path: Sequence[bytes], old: int, new: int) -> tuple[bytes, bytes] | None:
    """Compute both roots from a consistency path; None when its length does not fit the sizes."""
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            return None
        if first & 1 or first == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            first, last = _up_to_right_child(first, last)
        else:
            new_node = node_hash(new_node, sibling)
        first, last = first >> 1, last >> 1
    return (old_node, new_node) if last == 0 else None


def _up_to_right_child(first: int, last: int) -> tuple[int, int]:
    """Skip the levels at which a right edge has no sibling."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last


def _split(count: int) -> int:
    """The largest power of two smaller than a count of at least 2: how many leaves go to the left."""
    return 1 << ((count - 1).bit_length() - 1)


def _subtree(low: int, high: int, get_node: GetNode) -> bytes:
    """Hash of the leaves from `low` to `high`, from full subtrees; `low` is aligned as the tree's splits are."""
    hashes = []
    while low < high:
        level = (high - low).bit_length() - 1
        hashes.append(get_node(level, low >> level))
        low += 1 << level
    return _fold(hashes)


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Join full subtrees, largest first, into one root."""
    if not hashes:
        return EMPTY_ROOT
    node = hashes[-1]
    for left in reversed(hashes[:-1]):
        node = node_hash(left, node)
    return node
