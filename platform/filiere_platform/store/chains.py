"""The runs of keys' chains, as the worker that follows them keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import and_, bindparam, delete, func, or_, select, update
from sqlmodel import Session

from filiere_platform.store.tables_chains import CHAIN_SEGMENT, ChainSegmentTable
from filiere_schemas.provenance.chain import ChainLink, ChainSegment

_NAMES = tuple(ChainSegment.__dataclass_fields__)
_COLUMNS = [CHAIN_SEGMENT.c[name] for name in _NAMES]
_KEY = ("kid", "first_seq", "first_index")
_END = ("last_seq", "last_sha256", "last_index")
_ORDER = (CHAIN_SEGMENT.c.kid, CHAIN_SEGMENT.c.first_seq, CHAIN_SEGMENT.c.first_index)


class ChainStore:
    """Reads and changes runs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def touching(self, kid: str, links: Sequence[ChainLink]) -> tuple[ChainSegment, ...]:
        """Read the runs of a key that some links may continue, contradict or fill up, and the one that reaches highest.

        They are looked for one by one as well as by range: one record far ahead must not have every run read.
        """
        mine = CHAIN_SEGMENT.c.kid == kid
        found: set[ChainSegment] = set()
        prevs = sorted({link.prev for link in links})
        digests = sorted({link.sha256 for link in links})
        named = or_(
            CHAIN_SEGMENT.c.last_sha256.in_(prevs),
            CHAIN_SEGMENT.c.first_prev.in_([*prevs, *digests]),
        )
        found.update(self._read(and_(mine, named)))
        for first, last in _runs(link.seq for link in links):
            near = and_(mine, CHAIN_SEGMENT.c.first_seq <= last + 1, CHAIN_SEGMENT.c.last_seq >= first - 1)
            found.update(self._read(near))
        highest = select(func.max(CHAIN_SEGMENT.c.last_seq)).where(mine).scalar_subquery()
        found.update(self._read(and_(mine, CHAIN_SEGMENT.c.last_seq == highest)))
        return tuple(found)

    def of_key(self, kid: str, *, limit: int) -> list[ChainSegment]:
        """Read the runs of a key in order, at most so many."""
        return list(self._read(CHAIN_SEGMENT.c.kid == kid, limit=limit))

    def all(self) -> list[ChainSegment]:
        """Read every run of every key, in order."""
        return [ChainSegment(**row) for row in self._session.execute(select(*_COLUMNS).order_by(*_ORDER)).mappings()]

    def only_runs(self, last: Sequence[bytes]) -> list[ChainSegment]:
        """Read the runs that end with given digests and are all that their key has."""
        other = CHAIN_SEGMENT.alias("other")
        # Two rows answer the question: a key with very many runs must not cost more than another.
        two = select(other.c.kid).where(other.c.kid == CHAIN_SEGMENT.c.kid).limit(2).correlate(CHAIN_SEGMENT).subquery()
        runs = select(func.count()).select_from(two).scalar_subquery()
        found = self._session.execute(select(*_COLUMNS, runs).where(CHAIN_SEGMENT.c.last_sha256.in_(last)))
        return [ChainSegment(**dict(zip(_NAMES, row, strict=False))) for row in found if row[-1] == 1]

    def lengthen(self, runs: Sequence[ChainSegment]) -> None:
        """Move the ends of runs that begin where they began."""
        if not runs:
            return
        longer = (
            update(CHAIN_SEGMENT)
            .where(*(CHAIN_SEGMENT.c[name] == bindparam(f"of_{name}") for name in _KEY))
            .values({name: bindparam(f"new_{name}") for name in _END})
        )
        values = [
            {f"of_{name}": getattr(run, name) for name in _KEY} | {f"new_{name}": getattr(run, name) for name in _END}
            for run in runs
        ]
        self._session.connection().execute(longer, values)

    def replace(self, old: Iterable[ChainSegment], new: Iterable[ChainSegment]) -> None:
        """Put runs in the place of others."""
        for run in old:
            same = [CHAIN_SEGMENT.c[name] == getattr(run, name) for name in _KEY]
            self._session.execute(delete(CHAIN_SEGMENT).where(*same))
        self._session.add_all(ChainSegmentTable(**{name: getattr(run, name) for name in _NAMES}) for run in new)
        self._session.flush()

    def clear(self) -> None:
        """Forget every run."""
        self._session.execute(delete(CHAIN_SEGMENT))

    def _read(self, condition: object, *, limit: int | None = None) -> Iterator[ChainSegment]:
        chosen = select(*_COLUMNS).where(condition).order_by(*_ORDER).limit(limit)  # type: ignore[arg-type]
        for row in self._session.execute(chosen).mappings():
            yield ChainSegment(**row)


def _runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Join numbers that follow one another."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found
