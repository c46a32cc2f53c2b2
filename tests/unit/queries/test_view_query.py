"""For a view, rows are asked of public fields alone: of others nothing, of those public in part the view itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import Role
from filiere_platform.domain.view_query import asked_of_rows
from filiere_schemas.sectors.public_fields import NO_FIELDS, PublicFields

NEEDED = ("/type", "/action", "/eventTime", "/eventTimeZoneOffset")
FIELDS = PublicFields(
    (*NEEDED, "/eventID", "/bizStep", "/epcList", "/quantityList/*/epcClass", "/childEPCs", "/readPoint")
)
KEYS = frozenset({"urn:x"})


def matching(*roles: Role) -> EventQuery:
    return EventQuery(matches=((frozenset(roles), KEYS),))


@pytest.mark.parametrize(
    "query",
    [
        EventQuery(biz_steps=("shipping",), event_types=(1,), actions=(1,), event_from=7),
        EventQuery(event_ids=("urn:uuid:1",)),
        matching(Role.OBJECT),
        matching(Role.READ_POINT),
    ],
)
def test_what_is_public_is_asked_of_rows(query: EventQuery) -> None:
    assert asked_of_rows(query, FIELDS) == query


@pytest.mark.parametrize(
    "query",
    [
        EventQuery(dispositions=("active",)),
        EventQuery(transformation_ids=("urn:x",)),
        EventQuery(event_ids=("ni:///sha-256;00?ver=CBV2.0",)),
        EventQuery(declares_error=True),
        matching(Role.INPUT, Role.OUTPUT),
        matching(Role.BIZ_LOCATION),
        matching(Role.SHARED_WITH, Role.SAME_AS),
    ],
)
def test_what_is_hidden_is_asked_of_nothing(query: EventQuery) -> None:
    assert asked_of_rows(query, FIELDS) is None


def test_a_role_counts_as_far_as_it_is_public() -> None:
    assert asked_of_rows(matching(Role.OBJECT, Role.INPUT), FIELDS) == matching(Role.OBJECT)
    assert asked_of_rows(matching(Role.OBJECT, Role.CHILD), FIELDS) == EventQuery()  # children's classes are hidden
    both = EventQuery(event_ids=("ni:///sha-256;00?ver=CBV2.0", "urn:uuid:1"))
    assert asked_of_rows(both, FIELDS) == replace(both, event_ids=("urn:uuid:1",))


def test_a_sector_that_shows_nothing_is_asked_nothing() -> None:
    assert asked_of_rows(EventQuery(), NO_FIELDS) is None
