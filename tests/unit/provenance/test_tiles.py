from __future__ import annotations

import hashlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filiere_schemas.provenance.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from filiere_schemas.provenance.tiles import (
    TILE_WIDTH,
    Tile,
    decode_entries,
    encode_entries,
    entries_path,
    full_root,
    node_reader,
    parse_entries_path,
    parse_tile_path,
    tile_hashes,
    tile_path,
    tiles_of_growth,
)

ENTRIES = [f"entry {number}".encode() for number in range(70_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def hashes_at(level: int) -> list[bytes]:
    """All full hashes of a tile level, over every leaf there is."""
    hashes = LEAVES
    for _ in range(level):
        hashes = [full_root(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
    return hashes


BY_LEVEL = [hashes_at(level) for level in range(3)]


def content_of(tile: Tile) -> bytes:
    start = tile.number * TILE_WIDTH
    return b"".join(BY_LEVEL[tile.level][start : start + tile.width])


@pytest.mark.parametrize(
    ("level", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 999, 256, "tile/0/999"),
        (0, 1000, 256, "tile/0/x001/000"),
        (3, 1_234_067, 256, "tile/3/x001/x234/067"),  # the example of C2SP tlog-tiles
        (1, 5, 112, "tile/1/005.p/112"),
    ],
)
def test_paths_are_those_of_the_standard(level: int, number: int, width: int, path: str) -> None:
    assert tile_path(level, number, width) == Tile(level, number, width).path == path
    assert entries_path(number, width) == path.replace(f"tile/{level}/", "tile/entries/")


@given(st.integers(0, 7), st.integers(0, 2**55), st.integers(1, 256))
def test_a_path_reads_back_as_its_tile(level: int, number: int, width: int) -> None:
    assert parse_tile_path(tile_path(level, number, width)) == Tile(level, number, width)
    assert parse_entries_path(entries_path(number, width)) == (number, width)


@pytest.mark.parametrize(
    "path",
    [
        *("", "tile/", "tile/0", "tile/0/", "tile/0/1", "tile/0/0001", "tile/0/x000/001", "tile/00/001", "tile/-1/001"),
        *("tile/0/001.p/0", "tile/0/001.p/256", "tile/0/001.p/257", "tile/0/001.p/01", "tile/0/001.p/", "tile/0/x001"),
        *("tile/0/001/002", "tile/0/x001/x002", "tile/0/../001", "/tile/0/001", "tile/0/001/", "tile/0/٠٠١", "0/001"),
        *("tile/entries/1", "tile/entries/x000/001", "entries/001", "tile/0/" + "x999/" * 50 + "999"),
    ],
)
def test_nothing_else_is_a_path(path: str) -> None:
    assert parse_tile_path(path) is None
    assert parse_entries_path(path) is None


@pytest.mark.parametrize(("number", "width"), [(-1, 256), (0, 0), (0, 257)])
def test_there_is_no_tile_outside_the_numbers(number: int, width: int) -> None:
    for write in (lambda: tile_path(0, number, width), lambda: entries_path(number, width)):
        with pytest.raises(ValueError, match="expected a number"):
            write()
    with pytest.raises(ValueError, match="expected a level"):
        tile_path(-1, 0)


@settings(max_examples=15)
@example([256, 257, 65_536, 65_537])
@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=4).map(sorted))
def test_the_tiles_of_each_growth_together_hold_the_whole_tree(sizes: list[int]) -> None:
    stored: dict[str, bytes] = {}
    old = 0
    for new in sizes:
        written = list(tiles_of_growth(old, new))
        assert not [tile.path for tile in written if tile.path in stored], "an immutable file was written twice"
        stored.update({tile.path: content_of(tile) for tile in written})
        old = new
    needed = list(tiles_of_growth(0, old))
    assert {tile.path for tile in needed} <= set(stored)
    assert _root_from(stored, old) == root(LEAVES[:old])


def _root_from(stored: dict[str, bytes], size: int) -> bytes:
    """Hash what the level-0 tiles hold, after checking every tile above against the full tiles below it."""
    leaves: list[bytes] = []
    for tile in tiles_of_growth(0, size):
        hashes = tile_hashes(stored[tile.path], tile.width)
        if tile.level == 0:
            leaves += hashes
        else:
            below = [Tile(tile.level - 1, tile.number * TILE_WIDTH + at) for at in range(tile.width)]
            assert hashes == [full_root(tile_hashes(stored[child.path])) for child in below]
    assert len(leaves) == size
    return root(leaves)


@settings(max_examples=20)
@given(st.data())
def test_proofs_are_made_from_tiles_alone(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70_000) | st.sampled_from([255, 256, 257, 65_535, 65_536, 65_537]))
    index = data.draw(st.integers(0, size - 1))
    read: list[Tile] = []

    def read_tile(tile: Tile) -> bytes:
        read.append(tile)
        return content_of(tile)

    head = root(LEAVES[:size])
    proof = inclusion_proof(index, size, node_reader(size, read_tile))
    verify_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=head)
    old = data.draw(st.integers(0, size))
    get_node = node_reader(size, read_tile)
    verify_consistency(
        old=old,
        new=size,
        old_root=root(LEAVES[:old]),
        new_root=head,
        proof=consistency_proof(old, size, get_node),
    )
    assert set(read) <= set(tiles_of_growth(0, size)), "a proof asked for a tile that the log does not have"


def test_a_node_outside_the_tree_is_not_read() -> None:
    get_node = node_reader(300, content_of)
    with pytest.raises(ValueError, match="inside the tree"):
        get_node(0, 300)
    with pytest.raises(ValueError, match="inside the tree"):
        get_node(8, 1)


def test_a_tile_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a tile"):
        tile_hashes(bytes(32 * 255))
    with pytest.raises(ValueError, match="power of two"):
        full_root(LEAVES[:3])


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    bundle = encode_entries(entries)
    assert decode_entries(bundle) == entries
    if bundle:
        with pytest.raises(ValueError, match="whole entry"):
            decode_entries(bundle[:-1] if len(entries[-1]) else bundle + b"\x00")


def test_an_entry_has_at_most_65535_bytes() -> None:
    assert decode_entries(encode_entries([bytes(65_535)])) == [bytes(65_535)]
    with pytest.raises(ValueError, match="at most 65535"):
        encode_entries([bytes(65_536)])


def test_a_bundle_starts_with_the_length_of_its_first_entry() -> None:
    assert encode_entries([b"abc", b""]) == b"\x00\x03abc\x00\x00"


def test_a_leaf_of_a_bundle_is_the_hash_of_its_tile() -> None:
    assert LEAVES[0] == hashlib.sha256(b"\x00entry 0").digest()
