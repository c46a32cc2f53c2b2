"""A place of which everything lies below is read no further than to the limit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from filiere_platform.domain.audience import ANYBODY
from filiere_platform.domain.event_query import Described, EventQuery
from filiere_platform.domain.master_data import FIELDS, MasterDataEntry, Said
from filiere_platform.domain.query_sentences import TOO_MANY_THINGS
from filiere_platform.usecases.described_things import MOST_THINGS, with_identifiers
from filiere_schemas.epcis.master_data import READ_POINT, VocabularyElement
from filiere_schemas.problems import Refusal

PLACES, ROLES = FIELDS["readPoint"]


class Tree:
    """Master data of a root with places below it, each with places of its own; counts what is read at once."""

    def __init__(self, *, children: int, below: int) -> None:
        self._children = {"root": [f"hall {number}" for number in range(children)]}
        for hall in self._children["root"]:
            self._children[hall] = [f"{hall} room {number}" for number in range(below)]
        self.read: list[int] = []
        self.master_data = self

    def directory(self) -> Any:
        return self

    @property
    def parties(self) -> dict[str, int]:
        return {}

    def seen_by(self, *_: Any) -> Any:
        return self

    def described(self, vocabulary: str, keys: Collection[str]) -> list[MasterDataEntry]:
        assert vocabulary == READ_POINT
        entries = [self._entry(key) for key in keys if key in self._children]
        self.read.append(len(entries))
        return entries

    def _entry(self, key: str) -> MasterDataEntry:
        children = tuple(self._children[key])
        element = VocabularyElement(vocabulary=READ_POINT, id=key, key=key, attributes=(), children=children)
        said = Said(element=element)
        return MasterDataEntry(id=key, member_id=1, vocabulary=READ_POINT, key=key, version=1, at=0, said=said)


def asked(tree: Any) -> EventQuery:
    described = Described(roles=ROLES, vocabulary=PLACES, within=("root",))
    return with_identifiers(tree, ANYBODY, EventQuery(described=(described,)))


def test_a_level_is_read_in_parts_and_no_further_than_the_limit() -> None:
    tree = Tree(children=2_000, below=MOST_THINGS // 20)
    with pytest.raises(Refusal) as refused:
        asked(tree)
    assert [problem.sentence for problem in refused.value.problems] == [TOO_MANY_THINGS]
    assert tree.read == [1, 50]


def test_all_that_lies_below_is_found_in_parts() -> None:
    tree = Tree(children=120, below=2)
    ((roles, keys),) = asked(tree).matches
    assert (roles, len(keys)) == (ROLES, 1 + 120 + 240)
    assert max(tree.read) <= 50
