"""Follow the chains of keys: read what is past the cursor, keep each key's runs, note what does not fit.

Reading records is one transaction, keeping what they say another: admission, which shares the write lock with it on
SQLite, waits for a few statements at most. Cursor, runs and findings move in one commit, so that a crash at any point
repeats the round and changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from filiere_platform.domain.chain_book import (
    CHAIN_RULES,
    FORK_RULE,
    GAP_RULE,
    ChainBook,
    ChainState,
    continued,
    differing_findings,
)
from filiere_platform.domain.chain_links import CHAIN_KINDS, erased_link, links_of
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.record import RecordRow
from filiere_platform.domain.standing import State
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.chain import ChainLink, ChainSegment

log = logging.getLogger(__name__)

CURSOR = "chains"
ROUND = 1_000  # records of one commit


class ChainsMoved(Exception):  # noqa: N818 - a state of the world: step back and ask again
    """Somebody else moved the cursor since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A link, and the record that it is from."""

    link: ChainLink
    record: RecordRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round follows: the links of the records from a log index up to another, by key."""

    after: int
    stop: int
    placed: dict[str, list[Placed]]
    is_last: bool  # whether everything that was stored is in it

    @property
    def is_empty(self) -> bool:
        """Whether nothing was stored since the last round."""
        return self.stop == self.after


def read_round(uow: UnitOfWork, *, limit: int = ROUND) -> Round:
    """Read what is past the cursor, at most so many log indexes; nothing is changed."""
    after, size = uow.cursors.read(CURSOR), uow.log.head().size
    if uow.standing.read().state is not State.OPEN:
        # What a restored database misses, such as an erasure's header, would be taken for a gap: it is waited for.
        size = after
    stop = min(size, after + limit)
    placed = _by_key(uow, uow.log.records(after, stop, kinds=CHAIN_KINDS)) if stop > after else {}
    return Round(after=after, stop=max(after, stop), placed=placed, is_last=stop >= size)


def keep_round(uow: UnitOfWork, found: Round, *, grace: int) -> None:
    """Keep what a round says of its keys' chains; a gap is not told for `grace` microseconds.

    Raises:
        ChainsMoved: another worker was here meanwhile; roll back.
    """
    # First of all, since it takes the row that every follower needs: what is read behind it is nobody else's to change.
    if not uow.cursors.advance(CURSOR, found.after, found.stop):
        raise ChainsMoved
    plain = _continue_runs(uow, found.placed)
    for kid, placed in found.placed.items():
        if kid not in plain:
            _follow_key(uow, kid, placed, grace)


def forget_chains(uow: UnitOfWork) -> None:
    """Forget all that is kept of chains, so that following begins again at the log's first record."""
    uow.chains.clear()
    uow.findings.clear(CHAIN_RULES)
    uow.cursors.move(CURSOR, 0)


def derive_chains(uow: UnitOfWork, stop: int, *, grace: int) -> dict[str, ChainBook]:
    """Derive every chain again below a log index, in memory; a book per key."""
    books: dict[str, ChainBook] = {}
    for placed in _placed(uow, uow.log.records(0, stop, kinds=CHAIN_KINDS)):
        book = books.setdefault(placed.link.kid, ChainBook(kid=placed.link.kid, grace=grace, search=_Search(uow)))
        _take(book, placed)
    return books


def differing_chains(uow: UnitOfWork, *, grace: int) -> list[tuple[str, str | None]]:
    """Compare what is kept with what follows from the log.

    Gives the keys of which something differs: with the rule where it is a finding, with None where it is a run.
    """
    stop, kept, told = _kept(uow)
    books = derive_chains(uow, stop, grace=grace)
    derived = {run for book in books.values() for run in book.segments}
    keys = {run.kid for run in derived ^ set(kept)}
    findings = [finding for book in books.values() for finding in book.findings.values() if finding is not None]
    different = differing_findings(findings, told)
    return [*((kid, None) for kid in sorted(keys)), *((finding.subject, finding.rule) for finding in different)]


def _kept(uow: UnitOfWork) -> tuple[int, list[ChainSegment], list[Finding]]:
    """Read what is kept, all of one moment: the worker may keep a round between two of these statements."""
    while True:
        stop = uow.cursors.read(CURSOR)
        kept, told = uow.chains.all(), uow.findings.of_rules(CHAIN_RULES)
        if uow.cursors.read(CURSOR) == stop:
            return stop, kept, told


def _continue_runs(uow: UnitOfWork, placed: Mapping[str, Sequence[Placed]]) -> Collection[str]:
    """Lengthen the runs of keys that just went on, in two statements for all of them; gives these keys.

    Nearly every key does nothing else, and looking up what may contradict it costs more than all the rest.
    """
    links = {kid: [each.link for each in of_key] for kid, of_key in placed.items()}
    alone = uow.chains.only_runs([of_key[0].prev for of_key in links.values()])
    longer = [run for found in alone if found.kid in links and (run := continued(found, links[found.kid]))]
    uow.chains.lengthen(longer)
    return {run.kid for run in longer}


def _follow_key(uow: UnitOfWork, kid: str, placed: Sequence[Placed], grace: int) -> None:
    links = [each.link for each in placed]
    low, high = min(link.seq for link in links), max(link.seq for link in links)
    state = ChainState(
        segments=uow.chains.touching(kid, links),
        gaps=tuple(uow.findings.not_closed(GAP_RULE, kid, low=low, high=high)),
        forks=uow.findings.count(FORK_RULE, kid),
    )
    book = ChainBook(kid=kid, grace=grace, search=_Search(uow), state=state)
    for each in placed:
        _take(book, each)
    changes = book.changes()
    uow.chains.replace(changes.joined, changes.segments)
    uow.findings.add(changes.findings)
    for finding in changes.closed:
        uow.findings.close(finding)
    for finding in changes.forgotten:
        uow.findings.forget(finding)


def _take(book: ChainBook, placed: Placed) -> None:
    record = placed.record
    if isinstance(book.search, _Search):
        book.search.key_id = record.key_id
    book.take(placed.link, member_id=record.member_id, stored_at=record.stored_at)


def _by_key(uow: UnitOfWork, records: Iterable[RecordRow]) -> dict[str, list[Placed]]:
    found: dict[str, list[Placed]] = {}
    for placed in _placed(uow, records):
        found.setdefault(placed.link.kid, []).append(placed)
    return found


def _placed(uow: UnitOfWork, records: Iterable[RecordRow]) -> Iterator[Placed]:
    for record in records:
        try:
            links = links_of(record) if record.body is not None else _erased(uow, record)
        except Refusal as refusal:
            # The bytes are damaged: that is for fsck to tell. Following goes on, and the place shows as missing.
            log.error(  # noqa: TRY400 - what is wrong is in the refusal
                "chain_record_unreadable", extra={"index": record.log_index, "code": refusal.problems[0].code}
            )
            continue
        for link in links:
            yield Placed(link=link, record=record)


def _erased(uow: UnitOfWork, record: RecordRow) -> tuple[ChainLink, ...]:
    mark = uow.erasures.payloads_of([record.log_index]).get(record.log_index)
    if mark is None or record.key_id is None:
        return ()
    return tuple(erased_link(record, erasure) for erasure in uow.log.records(mark.entry, mark.entry + 1))


class _Search:
    """Looks in the log for the earlier links at the place of one; reads what the key signed so far."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self.key_id: int | None = None

    def __call__(self, link: ChainLink) -> Sequence[ChainLink]:
        if self.key_id is None:
            return ()
        earlier = _placed(self._uow, self._uow.log.records_of_key(self.key_id, link.index))
        return [each.link for each in earlier if (each.link.kid, each.link.seq) == (link.kid, link.seq)]
