"""Hold the records that are at hand against what is said of their keys' chains.

A bundle holds an object's records, not all that a key signed. What stands between them is the instance's word: its
segments, runs without a gap. The records must fit into them, which is proven; what the segments themselves leave open,
gaps and forks, is for the reader to be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from filiere_schemas.problems import Problem
from filiere_schemas.provenance import chain_check_sentences as sentences
from filiere_schemas.provenance.chain import ChainLink, ChainSegment, breaks_of, forks_of, gaps_of


def cut_at(segments: Iterable[ChainSegment], links: Iterable[ChainLink]) -> tuple[ChainSegment, ...]:
    """Keep of each key's segments what lies up to the last of some links: what it signed since is its own affair."""
    last: dict[str, ChainLink] = {}
    for link in links:
        if link.kid not in last or link.seq > last[link.kid].seq:
            last[link.kid] = link
    kept = []
    for segment in segments:
        end = last.get(segment.kid)
        if end is None or segment.first_seq > end.seq:
            continue
        if segment.last_seq > end.seq:
            segment = replace(segment, last_seq=end.seq, last_sha256=end.sha256, last_index=end.index)  # noqa: PLW2901
        kept.append(segment)
    return tuple(sorted(kept, key=lambda each: (each.kid, each.first_seq, each.first_index)))


def contradictions(links: Iterable[ChainLink], segments: Iterable[ChainSegment]) -> Iterator[Problem]:
    """Say which links do not fit: into no segment, at the end of one with another digest, or beside their neighbour."""
    by_key: defaultdict[str, list[ChainSegment]] = defaultdict(list)
    for segment in segments:
        by_key[segment.kid].append(segment)
    placed: dict[tuple[ChainSegment, int], ChainLink] = {}
    for link in sorted(links, key=lambda each: (each.kid, each.seq, each.index)):
        fitting = [run for run in by_key[link.kid] if _fits(link, run) and (run, link.seq) not in placed]
        if not fitting:
            yield _contradiction(link)
            continue
        run = fitting[0]
        placed[run, link.seq] = link
        before = placed.get((run, link.seq - 1))
        if before is not None and before.sha256 != link.prev:
            yield _contradiction(link)


def gaps_and_forks(segments: Sequence[ChainSegment]) -> Iterator[Problem]:
    """Say what the segments leave open: records that are missing, places taken twice, breaks."""
    for gap in gaps_of(segments):
        values = {"kid": gap.kid, "first": gap.first_seq, "last": gap.last_seq}
        yield Problem(sentence=sentences.CHAIN_GAP, values=values, level="warning")
    for fork in forks_of(segments):
        values = {"kid": fork.kid, "first": fork.first_seq, "last": fork.last_seq}
        yield Problem(sentence=sentences.CHAIN_FORK, values=values, level="warning")
    for run in breaks_of(segments):
        values = {"kid": run.kid, "seq": run.first_seq}
        yield Problem(sentence=sentences.CHAIN_BREAK, values=values, level="warning")


def _fits(link: ChainLink, run: ChainSegment) -> bool:
    if not run.covers(link.seq):
        return False
    fits_first = link.seq != run.first_seq or (link.prev, link.index) == (run.first_prev, run.first_index)
    fits_last = link.seq != run.last_seq or (link.sha256, link.index) == (run.last_sha256, run.last_index)
    return fits_first and fits_last


def _contradiction(link: ChainLink) -> Problem:
    return Problem(
        sentence=sentences.CHAIN_CONTRADICTED, values={"index": link.index, "kid": link.kid, "seq": link.seq}
    )
