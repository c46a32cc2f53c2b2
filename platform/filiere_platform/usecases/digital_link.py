"""What everybody may know of what a GS1 Digital Link names: public master data of its owner, public events, no more.

What nobody shared with everybody and what does not exist are answered alike. Of a lot or an item of which nothing is
public, the product is told where that is public, and nothing of whether there is such a lot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_platform.domain.audience import ANYBODY
from filiere_platform.domain.epcis_parameters import read_parameters
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.graph import SOURCE_ROLES
from filiere_platform.domain.master_data import MasterDataEntry, MasterDataQuery, Standing, standing_of
from filiere_platform.domain.record import Role
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.reading import Page, find_events, not_found
from filiere_schemas.identifiers import Kind
from filiere_schemas.identifiers.gs1_key import Gs1Key

MOST_EVENTS: Final = 50
_MOST_ENTRIES: Final = 20
_ANY_ROLE: Final = frozenset(role for role in Role if role is not Role.SHARED_WITH)
Parties = Mapping[str, int]
_OF_OBJECTS: Final = ("MATCH_anyEPC", "MATCH_anyEPCClass")
_OF_ENDS: Final = tuple(f"EQ_{end}_{kind}" for kind in SOURCE_ROLES for end in ("source", "destination"))
# By what a key names, the parameters of a query that may find it, the likeliest first.
_PARAMETERS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.LOT: ("MATCH_anyEPCClass",),
    Kind.CLASS: ("MATCH_anyEPCClass",),
    Kind.LOCATION: ("EQ_readPoint", "EQ_bizLocation", *_OF_ENDS),
    Kind.PARTY: (*_OF_ENDS, "EQ_readPoint", "EQ_bizLocation"),
    Kind.DOCUMENT: (*_OF_OBJECTS, *_OF_ENDS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What everybody may know of a thing."""

    key: Gs1Key
    entries: tuple[MasterDataEntry, ...]  # of the thing, then of what it is one of
    events: tuple[Mapping[str, Any], ...]  # as `/epcis/events` shows them to anybody, the first of them
    has_more: bool
    parameter: str  # by which `/epcis/events` finds some of these events; empty: by none

    @property
    def attributes(self) -> list[tuple[str, str]]:
        """The texts and numbers that are said of it, by the last word of each name, each name once."""
        found: dict[str, str] = {}
        for entry in self.entries:
            for name, value in () if entry.said is None else entry.said.element.attributes:
                word = name.replace("#", "/").replace(":", "/").rpartition("/")[2]
                if isinstance(value, str | int | float):
                    found.setdefault(word, str(value))
        return list(found.items())


def resolve(uow: UnitOfWork, key: Gs1Key, parties: Parties, *, now: int) -> Resolved:
    """Tell what everybody may know of a key; `now` is in microseconds since 1970.

    Raises:
        Refusal: code `not-found`: nothing, whatever there is.
    """
    is_one_of = Gs1Key(key.ai, key.value)
    names = [key.uri] if key == is_one_of else [key.uri, is_one_of.uri]
    entries = [entry for name in names for entry in _said_by_owner(uow, name, parties)]
    query = EventQuery(matches=((_ANY_ROLE, (key.uri,)),), limit=MOST_EVENTS)
    page = find_events(uow, ANYBODY, query, now=now)
    events = _events_of(page)
    if not entries and not events:
        raise not_found(key.uri)
    return Resolved(
        key=key,
        entries=tuple(entries),
        events=tuple(events),
        has_more=page.next_after is not None,
        parameter=_finding_parameter(uow, key, now=now) if events else "",
    )


def _finding_parameter(uow: UnitOfWork, key: Gs1Key, *, now: int) -> str:
    """Give the first parameter that finds public events by a key; empty where none does.

    An event names a thing in a role, and each parameter asks for some roles: a place may be where goods went, and no
    read point. What an address would find is asked as that address asks it, so that no link leads to nothing.
    """
    for name in _PARAMETERS.get(key.meaning[0], _OF_OBJECTS):
        asked = read_parameters([(name, key.uri), ("perPage", "1")])
        if _events_of(find_events(uow, ANYBODY, asked, now=now)):
            return name
    return ""


def _events_of(page: Page) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads(page.document)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


def _said_by_owner(uow: UnitOfWork, key: str, parties: Parties) -> list[MasterDataEntry]:
    """Give what is said to everybody by whose identifier it is: a resolver speaks for the owner and for nobody else."""
    found = uow.master_data.seen_by(ANYBODY, parties).find(MasterDataQuery(key=key, limit=_MOST_ENTRIES))
    return [entry for entry in found if standing_of(key, entry.member_id, parties) is Standing.OWN]
