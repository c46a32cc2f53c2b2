"""A named query: a question that a member has given a name, to ask it again or to have its answers sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_platform.domain import subscription_sentences as say
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_schemas.problems import Problem, Refusal

MOST_QUERIES: Final = 100  # of one member
LONGEST_NAME: Final = 100
LARGEST_QUERY: Final = 32_000  # bytes of the request that defines it
PREDEFINED: Final = "SimpleEventQuery"  # EPCIS 2.0, 8.2.7.1: a name that every repository has


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedQuery:
    """A query of one member's; `query` is the object as it was given, `made_at` in microseconds since 1970."""

    id: str
    member_id: int
    name: str
    query: Mapping[str, Any]
    made_at: int

    def as_json(self) -> dict[str, Any]:
        """Lay it out for its member. Source: EPCIS 2.0, 12.8."""
        return {"name": self.name, "query": self.query}


def predefined_query(member_id: int) -> NamedQuery:
    """Give the query of the standard's own, as a member asks it: everything that he may see."""
    return NamedQuery(id=PREDEFINED, member_id=member_id, name=PREDEFINED, query={}, made_at=0)


def read_name(name: str) -> str:
    """Check a name: it stands in an address, as one part of it.

    Raises:
        Refusal: code `query-name`.
        AlreadyExists: it is the name of the predefined query.
    """
    if name == PREDEFINED:
        raise exists_already(name)
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or "/" in name or name in {".", ".."}:
        values = {"limit": LONGEST_NAME, "found": name[:LONGEST_NAME]}
        raise Refusal([Problem(sentence=say.QUERY_NAME, pointer="/name", values=values)])
    return name


def exists_already(name: str) -> AlreadyExists:
    """Build the refusal of a name that is taken."""
    return AlreadyExists([Problem(sentence=say.QUERY_EXISTS, pointer="/name", values={"name": name})])
