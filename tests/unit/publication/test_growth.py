from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

import independent_log
from filiere_platform.domain.publication import (
    EMPTY_EDGE,
    Edge,
    EdgeUnreadable,
    edge_root,
    grow,
    partial_files,
    read_edge,
    superseded_partials,
)
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.keys import SigningKey

SEED = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
ORIGIN = "log.example.org/sector"
# Sizes around which tiles become full, at the first level and at the second.
BORDERS = (0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 70_000)
DEEP = tuple(f"entry {number}".encode() for number in range(70_000))


def _publish(sizes: list[int]) -> tuple[dict[str, bytes], Edge]:
    """Grow a log from size to size, and keep its files as a folder would."""
    files: dict[str, bytes] = {}
    edge = EMPTY_EDGE
    for size in sizes:
        growth = grow(edge, DEEP[edge.size : size])
        files.update(growth.full)
        edge = growth.edge
        files.update(partial_files(edge))
    files["checkpoint"] = sign_checkpoint(ORIGIN, edge.size, edge_root(edge), SigningKey.from_seed(SEED))
    return files, edge


@pytest.mark.parametrize("size", BORDERS)
def test_a_stranger_reads_every_entry_and_the_signed_root_from_the_files_alone(size: int) -> None:
    files, _ = _publish([size])
    head, entries = independent_log.read_log(files.get, PUBLIC)
    assert head.size == size
    assert head.origin == ORIGIN
    assert tuple(entries) == DEEP[:size]


@given(st.lists(st.integers(0, 800), min_size=1, max_size=8).map(sorted))
def test_however_a_log_grew_its_edge_root_and_full_tiles_are_the_same(sizes: list[int]) -> None:
    stepwise, edge = _publish(sizes)
    at_once, same = _publish(sizes[-1:])
    assert edge == same
    assert {name: stepwise.get(name) for name in at_once} == at_once
    independent_log.read_log(stepwise.get, PUBLIC)


@given(st.lists(st.integers(0, 800), min_size=1, max_size=5).map(sorted))
def test_every_head_that_was_signed_on_the_way_stays_readable(sizes: list[int]) -> None:
    files, _ = _publish(sizes)
    for size in sizes:
        note = sign_checkpoint(
            ORIGIN, size, independent_log.tree_root([_leaf(e) for e in DEEP[:size]]), SigningKey.from_seed(SEED)
        )
        independent_log.read_log({**files, "checkpoint": note}.get, PUBLIC)


@pytest.mark.parametrize("size", BORDERS)
def test_an_edge_is_read_back_from_its_files(size: int) -> None:
    files, edge = _publish([size])
    assert read_edge(size, files.get) == edge


@pytest.mark.parametrize("size", [1, 300, 65_537, 70_000])
def test_an_edge_is_read_back_when_full_tiles_have_replaced_its_partial_ones(size: int) -> None:
    _, edge = _publish([size])
    files, _ = _publish([70_000])
    assert read_edge(size, files.get) == edge


def test_an_edge_with_a_missing_or_shortened_file_is_unreadable() -> None:
    files, _ = _publish([66_000])
    for name in [*map(str, dict(partial_files(read_edge(66_000, files.get))))]:
        for damage in (None, files[name][:-1]):
            damaged = {**files, name: damage}
            with pytest.raises(EdgeUnreadable):
                read_edge(66_000, damaged.get)


def test_an_entry_that_its_tile_does_not_hold_makes_the_edge_unreadable() -> None:
    files, edge = _publish([3])
    [bundle] = [name for name in files if "entries" in name]
    files[bundle] = files[bundle].replace(edge.entries[1], b"entry X")
    with pytest.raises(EdgeUnreadable, match="does not hash"):
        read_edge(3, files.get)


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_partial_files_are_given_up_only_once_full_ones_replace_them(one: int, other: int) -> None:
    before, after = sorted((one, other))
    folders = superseded_partials(before, after)
    needed = {name.rpartition("/")[0] for name in _partial_names(after)}
    assert not needed & set(folders)
    left = {name.rpartition("/")[0] for name in _partial_names(before)} - needed
    assert set(folders) == left


def _partial_names(size: int) -> list[str]:
    """The partial files of a size, from the specification's formula."""
    names = []
    for level in range(3):
        width = size // 256**level % 256
        if width:
            names.append(f"tile/{level}/{_number(size // 256 ** (level + 1))}.p/{width}")
            if level == 0:
                names.append(f"tile/entries/{_number(size // 256)}.p/{width}")
    return names


def _number(number: int) -> str:
    assert number < 1000
    return f"{number:03}"


def _leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()
