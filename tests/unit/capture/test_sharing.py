"""What an event says itself of who may see it."""

from __future__ import annotations

from typing import Any

import pytest

from builders.events import CONTEXT, an_object_event
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.record import Role
from filiere_platform.domain.sharing import MOST_SHARED_WITH, shared_with, stated_mode
from filiere_schemas.epcis.event import Event
from filiere_schemas.epcis.reading import Strictness, read_event
from filiere_schemas.problems import Refusal

MILL = "urn:filiere:party:siret:73282932000074"


def an_event(**changes: Any) -> Event:
    context = {"@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}]}
    return read_event(an_object_event(**context | changes), strictness=Strictness.LENIENT).event


@pytest.mark.parametrize("mode", SharingMode)
def test_every_mode_can_be_stated(mode: SharingMode) -> None:
    assert stated_mode(an_event(**{"filiere:sharing": mode.value})) is mode


def test_an_event_need_not_state_a_mode() -> None:
    assert stated_mode(an_event()) is None


@pytest.mark.parametrize("stated", ["everybody", 1, ["sector"], {}])
def test_another_word_is_refused(stated: object) -> None:
    with pytest.raises(Refusal) as refused:
        stated_mode(an_event(**{"filiere:sharing": stated}))
    assert [p.code for p in refused.value.problems] == ["unknown-sharing-mode"]


def test_listed_parties_are_ends_of_their_own_role_each_once() -> None:
    ends = shared_with(an_event(**{"filiere:sharedWith": [MILL, MILL]}))
    assert [(end.role, end.key) for end in ends] == [(Role.SHARED_WITH, MILL)]
    assert shared_with(an_event(**{"filiere:sharedWith": MILL})) == ends


@pytest.mark.parametrize("listed", [{}, 1, [1], ["no uri"], [MILL] * (MOST_SHARED_WITH + 1)])
def test_what_is_no_list_of_identifiers_is_refused(listed: object) -> None:
    with pytest.raises(Refusal) as refused:
        shared_with(an_event(**{"filiere:sharedWith": listed}))
    assert [p.code for p in refused.value.problems] == ["invalid-shared-with"]
