"""The collections of the EPCIS binding: what the events of a repository speak of, each under its own address.

Source: EPCIS 2.0, 12.3 and its OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import EVENT_TYPE_CODES, Role
from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary, bare_word
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal


class Collection(StrEnum):
    """A collection, by the name that its address has."""

    EVENT_TYPES = "eventTypes"
    EPCS = "epcs"
    BIZ_STEPS = "bizSteps"
    BIZ_LOCATIONS = "bizLocations"
    READ_POINTS = "readPoints"
    DISPOSITIONS = "dispositions"


VOCABULARIES: Final[Mapping[Collection, Vocabulary]] = {
    Collection.BIZ_STEPS: Vocabulary.BIZ_STEP,
    Collection.DISPOSITIONS: Vocabulary.DISPOSITION,
}
PLACES: Final[Mapping[Collection, Role]] = {
    Collection.BIZ_LOCATIONS: Role.BIZ_LOCATION,
    Collection.READ_POINTS: Role.READ_POINT,
}
EVENT_TYPES_BY_NAME: Final = {event_type.value: code for event_type, code in EVENT_TYPE_CODES.items()}
STATED_OBJECTS: Final = frozenset({Role.OBJECT, Role.PARENT, Role.CHILD, Role.INPUT, Role.OUTPUT})


_BEHIND_ALL: Final = 1 << 31  # no end has this ordinal


class ObjectPlace(NamedTuple):
    """Where an object was first shown to a viewer: in the record of which grant, as which of its ends."""

    grant_no: int = 0
    ordinal: int = 0

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a place as it was written."""
        grant_no, _, ordinal = text.partition(".")
        return cls(int(grant_no), int(ordinal))

    @classmethod
    def behind(cls, grant_no: int) -> Self:
        """Give the place behind every end of a grant's record."""
        return cls(grant_no, _BEHIND_ALL)

    @property
    def last_whole(self) -> int:
        """The last grant of whose record nothing is left."""
        return self.grant_no if self.ordinal == _BEHIND_ALL else self.grant_no - 1

    def __str__(self) -> str:
        """Write the place down."""
        return f"{self.grant_no}.{self.ordinal}"


def standard_members(collection: Collection) -> tuple[str, ...]:
    """Give the members that a collection has in every repository: event types, and words of the vocabulary."""
    if collection is Collection.EVENT_TYPES:
        return tuple(event_type.value for event_type in EVENT_TYPE_CODES)
    vocabulary = VOCABULARIES.get(collection)
    return () if vocabulary is None else WORDS[vocabulary].words


def as_stored(collection: Collection, member: str) -> str:
    """Give the form in which a member is compared, whatever form of it was asked for.

    Raises:
        Refusal: it looks like an identifier and is a wrong one.
    """
    vocabulary = VOCABULARIES.get(collection)
    if vocabulary is not None:
        return bare_word(vocabulary, member) or member
    return member if collection is Collection.EVENT_TYPES else canonical_key(member)


def about(query: EventQuery, collection: Collection, member: str) -> EventQuery:
    """Ask a question of the events of one member alone, whatever else it asks.

    An object is asked for by its one key, be it an item or a whole lot, which parameters of a query tell apart.

    Raises:
        Refusal: it looks like an identifier and is a wrong one; code `query-parameter`, where the question itself says
            which words or types it is about.
    """
    stored = as_stored(collection, member)
    if collection is Collection.EPCS or collection in PLACES:
        roles = STATED_OBJECTS if collection is Collection.EPCS else frozenset({PLACES[collection]})
        return replace(query, matches=(*query.matches, (roles, (stored,))))
    name, stated, value = {
        Collection.EVENT_TYPES: ("eventType", "event_types", EVENT_TYPES_BY_NAME.get(stored)),
        Collection.BIZ_STEPS: ("EQ_bizStep", "biz_steps", stored),
        Collection.DISPOSITIONS: ("EQ_disposition", "dispositions", stored),
    }[collection]
    if getattr(query, stated):
        values = {"name": name, "found": "2", "expected": "1"}
        raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
    only: dict[str, Any] = {stated: (value,)}
    return replace(query, **only)
