"""What several suspects have in common upstream, the likeliest source first.

Every object, place and member that suspects come from is scored as FoodChain-Lab scores the stations of a delivery
network: a suspect that it reaches counts for it, an object that is known to be sound and that it reaches as well counts
against it, over the greater of the two totals. Source: BfR, FoodChain-Lab, tracing score.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

Source = TypeVar("Source", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked(Generic[Source]):
    """A possible source: which suspects and which sound objects it reaches, and whether surely."""

    source: Source
    suspects: tuple[int, ...]
    sound: tuple[int, ...]
    certain: int  # suspects that it surely reaches
    score: Fraction


def rank(
    reaches: Mapping[Source, Mapping[int, bool]], *, suspects: Collection[int], sound: Collection[int]
) -> list[Ranked[Source]]:
    """Rank sources by score, then by how many suspects they surely reach.

    Args:
        reaches: by source the roots that it reaches, by position, and whether surely.
        suspects: positions of the suspects.
        sound: positions of the objects that are known to be sound.
    """
    most = max(len(suspects), len(sound), 1)
    found = []
    for source, roots in reaches.items():
        hit = tuple(sorted(root for root in roots if root in suspects))
        missed = tuple(sorted(root for root in roots if root in sound))
        if hit:
            found.append(
                Ranked(
                    source=source,
                    suspects=hit,
                    sound=missed,
                    certain=sum(roots[root] for root in hit),
                    score=Fraction(len(hit) - len(missed), most),
                )
            )
    return sorted(found, key=lambda each: (-each.score, -each.certain, -len(each.suspects)))
