"""What a bundle says of the chains of the keys that signed its records: their runs, up to its last record of each."""

from __future__ import annotations

from collections.abc import Iterable

from filiere_platform.domain.chain_links import CHAIN_KINDS, links_of
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.chains import CURSOR
from filiere_schemas.provenance.bundle import LoggedEntry
from filiere_schemas.provenance.chain import ChainLink, ChainSegment, join_segments
from filiere_schemas.provenance.chain_check import cut_at
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.erasure_check import Erasures

MOST_RUNS = 1_000  # of one key; a key that is used as it should be has one


def chains_of(
    uow: UnitOfWork, entries: Iterable[LoggedEntry], erasures: Erasures, *, size: int
) -> tuple[ChainSegment, ...]:
    """Give the runs of the keys that signed some records, erased or not, up to the last of these by each key.

    The runs are those that the chains' worker keeps, and the records past its cursor that are under the head of `size`.
    What a key signed since is its holder's affair, and not the asker's.
    """
    records = list(entries)
    mine = [*(link for entry in records if (link := _link_of(entry)) is not None), *erasures.links(records)]
    kids = {link.kid for link in mine}
    followed, kept = _kept_runs(uow, kids)
    # A record that was erased before the worker came has no bytes there, and its link is among those at hand.
    later = {(link.index, link.seq): link for link in mine if link.index >= followed}
    for row in uow.log.records(followed, max(size, followed), kinds=CHAIN_KINDS):
        later |= {(link.index, link.seq): link for link in links_of(row) if link.kid in kids}
    return cut_at(join_segments(kept, later.values()), mine)


def _kept_runs(uow: UnitOfWork, kids: Iterable[str]) -> tuple[int, list[ChainSegment]]:
    """Read the runs of some keys, and up to which log index they were followed.

    Statements of one transaction may see different states: the cursor is read before and after, and where the worker
    moved on in between, its runs are read again.
    """
    while True:
        followed = uow.cursors.read(CURSOR)
        kept = [run for kid in sorted(kids) for run in uow.chains.of_key(kid, limit=MOST_RUNS)]
        if uow.cursors.read(CURSOR) == followed:
            return followed, kept


def _link_of(entry: LoggedEntry) -> ChainLink | None:
    if entry.kind is not EntryKind.EVENT or entry.body is None:
        return None
    header = parse_envelope(entry.body).header
    return ChainLink(
        kid=header.kid, seq=header.seq, prev=header.prev, sha256=entry.sha256, index=entry.index, kind=entry.kind
    )
