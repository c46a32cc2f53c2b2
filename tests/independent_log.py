"""A second reading of a tiled log, from its files alone: what a stranger would write from the specifications.

Shares no code with the project: hashlib for the tree, `cryptography` for the signature. Source: C2SP tlog-tiles,
tlog-checkpoint, signed-note; RFC 6962, section 2.1.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Fetch = Callable[[str], bytes | None]


@dataclass(frozen=True, kw_only=True)
class SignedHead:
    origin: str
    size: int
    root: bytes


def read_head(note: bytes, public_key: bytes) -> SignedHead:
    """Read a checkpoint signed by a raw Ed25519 key; any oddity fails."""
    text, _, signatures = note.decode().partition("\n\n")
    origin, size, root = text.split("\n")
    text += "\n"
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + public_key).digest()[:4]
    prefix = f"\u2014 {origin} "
    blobs = [base64.b64decode(line[len(prefix) :], validate=True) for line in signatures.splitlines()]
    assert all(line.startswith(prefix) for line in signatures.splitlines())
    ours = [blob[4:] for blob in blobs if blob[:4] == key_id]
    assert len(ours) == 1
    Ed25519PublicKey.from_public_bytes(public_key).verify(ours[0], text.encode())
    assert str(int(size)) == size
    return SignedHead(origin=origin, size=int(size), root=base64.b64decode(root, validate=True))


def read_log(fetch: Fetch, public_key: bytes) -> tuple[SignedHead, list[bytes]]:
    """Read a whole log: every entry hashes into its tile, every tile into the one above, all into the signed root."""
    note = fetch("checkpoint")
    assert note is not None, "no checkpoint is served"
    head = read_head(note, public_key)
    entries: list[bytes] = []
    for number, width in _tiles_of(head.size):
        bundle = _fetch(fetch, "tile/entries/", number, width)
        entries += _unpack(bundle, width)
    assert len(entries) == head.size
    nodes = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
    assert tree_root(nodes) == head.root, "the entries do not give the signed root"
    level = 0
    while nodes:
        above = []
        for number, width in _tiles_of(len(nodes)):
            expected = nodes[number * 256 : number * 256 + width]
            found = _fetch(fetch, f"tile/{level}/", number, width)
            assert found[: 32 * width] == b"".join(expected), f"tile {number} of level {level} is another"
            if width == 256:
                assert len(found) == 8192
                above.append(tree_root(expected))
        nodes, level = above, level + 1
    return head, entries


def tree_root(nodes: list[bytes]) -> bytes:
    """MTH of RFC 6962, over hashes, as the recursion is written there."""
    if not nodes:
        return hashlib.sha256(b"").digest()
    if len(nodes) == 1:
        return nodes[0]
    split = 1
    while split * 2 < len(nodes):
        split *= 2
    return hashlib.sha256(b"\x01" + tree_root(nodes[:split]) + tree_root(nodes[split:])).digest()


def _tiles_of(count: int) -> list[tuple[int, int]]:
    full = [(number, 256) for number in range(count // 256)]
    return full + ([(count // 256, count % 256)] if count % 256 else [])


def _fetch(fetch: Fetch, folder: str, number: int, width: int) -> bytes:
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.insert(0, f"x{number % 1000:03}")
    name = folder + "/".join(groups)
    # The specification lets a log replace a partial tile by the full one.
    content = (fetch(f"{name}.p/{width}") if width < 256 else None) or fetch(name)
    assert content is not None, f"{name} of width {width} is not served"
    return content


def _unpack(bundle: bytes, width: int) -> list[bytes]:
    entries, at = [], 0
    while at < len(bundle) and len(entries) < width:
        (length,) = struct.unpack_from(">H", bundle, at)
        entries.append(bundle[at + 2 : at + 2 + length])
        assert len(entries[-1]) == length
        at += 2 + length
    return entries
