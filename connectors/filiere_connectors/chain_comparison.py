"""Compare the chain that the instance shows with the spool: what it lacks, what it hides, what is not ours.

The instance's word is not believed: what it lacks although it gave a receipt is told apart from what it never got, and
a record in our name that the spool does not know is told, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from filiere_connectors.spool import Spool
from filiere_schemas.provenance.envelope import FIRST_PREV

Places = tuple[int, int]  # both ends included


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainComparison:
    """What differs, as ranges of places."""

    missing: tuple[Places, ...]  # the instance says that they are missing, and gave no receipt: they wait here, or went
    withheld: tuple[Places, ...]  # the instance acknowledged them and does not show them
    foreign: tuple[Places, ...]  # the instance shows what this spool did not sign, or signed otherwise

    @property
    def is_alarming(self) -> bool:
        """Whether somebody has to look: the instance hides something, or somebody else signs with our key."""
        return bool(self.withheld or self.foreign)


def compare_chain(spool: Spool, chain: Mapping[str, Any]) -> ChainComparison:
    """Compare an instance's answer with the spool.

    Raises:
        ValueError: the answer has another form than a chain's.
    """
    try:
        read_to, runs = int(chain["readTo"]), [_run(run) for run in chain["runs"]]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("not a chain") from error
    last_seq, tail, _ = spool.tail()
    start = last_seq - tail  # records here before the first of the key that signs now: places of its chain begin there
    highest = max((last for _, last, *_ in runs), default=0)
    missing, withheld = [], []
    for first, last in _uncovered([(first, last) for first, last, *_ in runs], max(tail, highest)):
        for seq, is_acknowledged in spool.states_between(first + start, last + start, below=read_to):
            if is_acknowledged:
                withheld.append(seq - start)
            elif seq - start < highest:
                missing.append(seq - start)
    return ChainComparison(
        missing=_ranges(missing), withheld=_ranges(withheld), foreign=tuple(_foreign(spool, runs, tail, start))
    )


_Run = tuple[int, int, bytes, bytes]


def _run(run: Mapping[str, Any]) -> _Run:
    first, last = int(run["firstSeq"]), int(run["lastSeq"])
    return first, last, bytes.fromhex(run["firstPrev"]), bytes.fromhex(run["lastSha256"])


def _foreign(spool: Spool, runs: Iterable[_Run], tail: int, start: int) -> Iterable[Places]:
    """Runs that end in another record than ours, or begin behind another one: each link names the one before."""
    for first, last, prev, sha256 in runs:
        before = FIRST_PREV if first == 1 else spool.digest_at(start + first - 1)
        if last > tail or spool.digest_at(start + last) != sha256 or before != prev:
            yield first, last


def _uncovered(runs: Iterable[Places], last: int) -> Iterable[Places]:
    reached = 0
    for first, end in sorted(runs):
        if first > reached + 1:
            yield reached + 1, first - 1
        reached = max(reached, end)
    if reached < last:
        yield reached + 1, last


def _ranges(numbers: Iterable[int]) -> tuple[Places, ...]:
    found: list[Places] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)
