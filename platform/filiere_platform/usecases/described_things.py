"""Ask for events by what their places and products are: turn such a question into one for identifiers.

Only master data that the asker may know counts, so that no answer tells of anybody else's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_query import Described, EventQuery
from filiere_platform.domain.query_sentences import TOO_MANY_THINGS
from filiere_platform.store.master_data import VisibleMasterData
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.problems import Problem, Refusal

MOST_THINGS: Final = 5_000  # that one parameter may come to
_AT_ONCE: Final = 50  # of which what is said is in memory at once


def with_identifiers(uow: UnitOfWork, viewer: Viewer, query: EventQuery) -> EventQuery:
    """Say what a query asks of things by the identifiers that it comes to for a viewer now.

    Raises:
        Refusal: code `query-too-many-things`.
    """
    if not query.described:
        return query
    said = uow.master_data.seen_by(viewer, uow.directory().parties)
    matches = [(each.roles, frozenset(_keys(said, each))) for each in query.described]
    return replace(query, matches=(*query.matches, *matches), described=())


def _keys(said: VisibleMasterData, asked: Described) -> list[str]:
    if asked.terms:
        keys = said.keys_with(asked.vocabulary, asked.terms, most=MOST_THINGS)
    else:
        keys = _with_descendants(said, asked)
    if len(keys) > MOST_THINGS:
        raise Refusal([Problem(sentence=TOO_MANY_THINGS, values={"expected": MOST_THINGS})])
    return keys


def _with_descendants(said: VisibleMasterData, asked: Described) -> list[str]:
    """Give things and all that lies below them, whether a parent lists its children or all its descendants."""
    found = dict.fromkeys(asked.within)
    frontier = list(found)
    while frontier and len(found) <= MOST_THINGS:
        # Some at a time: each may list thousands, and the limit is reached long before all of a level are read.
        some, frontier = frontier[:_AT_ONCE], frontier[_AT_ONCE:]
        entries = said.described(asked.vocabulary, some)
        children = [child for entry in entries if entry.said is not None for child in entry.said.element.children]
        new = dict.fromkeys(child for child in children if child not in found)
        frontier += new
        found |= new
    return list(found)
