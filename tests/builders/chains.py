"""Links of a key's chain for tests: honest ones, and what dishonest or broken signers make of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from filiere_schemas.provenance.chain import ChainLink
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import FIRST_PREV

KID = "k7"


def digest(name: str) -> bytes:
    """The digest that stands for a record."""
    return hashlib.sha256(name.encode()).digest()


def a_link(seq: int, *, name: str = "", after: str | None = None, index: int = 0, kid: str = KID) -> ChainLink:
    """The record `name` (else its number) at a place, naming the record `after` (else the number before)."""
    before = str(seq - 1) if after is None else after
    prev = FIRST_PREV if before == "0" else digest(f"{kid} {before}")
    sha256 = digest(f"{kid} {name or seq}")
    return ChainLink(kid=kid, seq=seq, prev=prev, sha256=sha256, index=index, kind=EntryKind.EVENT)


def logged(links: Sequence[ChainLink]) -> list[ChainLink]:
    """Number links as the log did when they came in this order."""
    return [replace(link, index=index) for index, link in enumerate(links)]


def honest_arrivals(most: int = 12) -> st.SearchStrategy[list[ChainLink]]:
    """Some records of an honest chain, in any order of arrival."""
    places = st.lists(st.integers(1, most), unique=True, min_size=1)
    return places.map(lambda seqs: logged([a_link(seq) for seq in seqs]))


def any_arrivals() -> st.SearchStrategy[list[ChainLink]]:
    """Records of two keys whose signers number and chain as they like, each record once, in any order of arrival.

    The tree of who names whom is free of cycles, as it is where `prev` is a digest.
    """

    @st.composite
    def drawn(draw: st.DrawFn) -> list[ChainLink]:
        links: list[ChainLink] = []
        for number in range(draw(st.integers(1, 9))):
            kid = draw(st.sampled_from([KID, "k8"]))
            mine = [(0, FIRST_PREV)] + [(link.seq, link.sha256) for link in links if link.kid == kid]
            before, prev = draw(st.sampled_from(mine))
            seq = max(1, before + draw(st.sampled_from([1, 1, 1, 1, 0, -1, 2])))
            sha256 = digest(f"{kid} record {number}")
            links.append(ChainLink(kid=kid, seq=seq, prev=prev, sha256=sha256, index=0, kind=EntryKind.EVENT))
        arrived = draw(st.permutations(links))
        return logged(arrived[: draw(st.integers(1, len(arrived)))])

    return drawn()
