"""A chain that just goes on is lengthened without a book: where that would find nothing, and to the same run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.chain_book import ChainBook, ChainState, continued
from filiere_schemas.provenance.chain import ChainLink
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import FIRST_PREV


def digest(seq: int) -> bytes:
    return hashlib.sha256(b"%d" % seq).digest()


def honest(count: int) -> list[ChainLink]:
    """A key's first links, each of which names the one before."""
    return [
        ChainLink(
            kid="key",
            seq=seq,
            prev=FIRST_PREV if seq == 1 else digest(seq - 1),
            sha256=digest(seq),
            index=10 * seq,
            kind=EntryKind.EVENT,
        )
        for seq in range(1, count + 1)
    ]


def book_of(links: Sequence[ChainLink], state: ChainState | None = None) -> ChainBook:
    book = ChainBook(kid="key", grace=0, search=lambda _: (), state=state or ChainState())
    for link in links:
        book.take(link, member_id=1, stored_at=link.index)
    return book


def changed(links: list[ChainLink], at: int, how: str) -> list[ChainLink]:
    """Links of which one is not what it was."""
    changes = {
        "gap": lambda link: replace(link, seq=link.seq + 5),
        "back": lambda link: replace(link, seq=max(1, link.seq - 2)),
        "prev": lambda link: replace(link, prev=digest(99)),
        "other": lambda link: replace(link, sha256=digest(98)),
        "before": lambda link: replace(link, sha256=FIRST_PREV),
    }
    return [*links[:at], changes[how](links[at]), *links[at + 1 :]]


@given(st.integers(1, 8), st.integers(1, 8))
def test_links_that_follow_one_by_one_give_the_run_that_a_book_gives(known: int, new: int) -> None:
    links = honest(known + new)
    (run,) = book_of(links[:known]).segments
    assert (continued(run, links[known:]),) == book_of(links).segments


@given(st.data(), st.integers(1, 6), st.integers(1, 6), st.sampled_from(["gap", "back", "prev", "other", "before"]))
def test_nothing_is_lengthened_where_a_book_finds_something(
    data: st.DataObject, known: int, new: int, how: str
) -> None:
    links = honest(known + new)
    (run,) = book_of(links[:known]).segments
    after = changed(links[known:], data.draw(st.integers(0, new - 1)), how)
    book = book_of(after, ChainState(segments=(run,)))
    longer = continued(run, after)
    if longer is None:
        return
    assert not book.findings
    assert book.segments == (longer,)


def test_each_of_these_changes_is_left_to_the_book() -> None:
    links = honest(6)
    (run,) = book_of(links[:3]).segments
    for how in ("gap", "back", "prev", "before"):
        assert continued(run, changed(links[3:], 1, how)) is None
    assert continued(run, changed(links[3:], 0, "other")) is None
