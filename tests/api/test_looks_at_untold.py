"""What an answer tells of without showing it, by a count, an order or a page, is a look as well, or is not told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builders.events import CONTEXT, DAIRY
from builders.instance import Sender
from builders.mandated import Mandated, open_mandated
from conftest import Backend
from filiere_platform.domain import event_walk
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_query import EventQuery, Order, OrderKey
from filiere_platform.domain.look import Look, Question, read_ranges
from filiere_platform.usecases.reading import find_events


@pytest.fixture
def case(backend: Backend) -> Iterator[Mandated]:
    with open_mandated(backend.folder, backend.database_url) as opened:
        yield opened


def told(case: Mandated, by: Sender | None = None, **changes: Any) -> int:
    context = [*CONTEXT, {"filiere": "urn:filiere:ns:", "dairy": "urn:dairy:"}]
    return case.tell(by, **{"@context": context, "action": "ADD"} | changes)


def test_to_be_refused_for_too_many_events_is_a_look_at_those_that_were_counted(case: Mandated) -> None:
    meant, other = told(case, ilmd={"dairy:price": "12"}), told(case, ilmd={"dairy:price": "13"})
    case.give()
    asked = {"EQ_ILMD_urn:dairy:price": "12", "maxEventCount": "0"}
    answer = case.auditor.get("/epcis/events", **asked)
    assert (answer.status_code, answer.json()["code"]) == (413, "query-too-large")
    assert (case.last()["records"], len(case.looks())) == (str(meant), 1)
    answer = case.auditor.get("/epcis/events", **asked | {"EQ_ILMD_urn:dairy:price": "14"})
    assert (answer.status_code, len(case.looks())) == (200, 1)
    assert other not in read_ranges(case.last()["records"])


@pytest.mark.parametrize("cut", [{}, {"orderBy": "recordTime", "orderDirection": "ASC", "eventCountLimit": "2"}])
def test_a_full_page_does_not_tell_whether_an_event_follows_that_a_mandate_would_show(
    case: Mandated, cut: dict[str, str]
) -> None:
    told(case, case.auditor, ilmd={"dairy:price": "12"})
    told(case, ilmd={"dairy:price": "13"})
    case.give()
    for price in ("12", "12|13"):
        answer = case.auditor.get("/epcis/events", perPage="1", **{"EQ_ILMD_urn:dairy:price": price}, **cut).json()
        assert "nextPageToken" in answer
    assert case.looks() == []


def test_events_that_take_a_place_among_the_first_ones_are_looked_at(case: Mandated) -> None:
    hidden = told(case, eventTime="2026-03-01T07:00:00Z")
    own = told(case, case.auditor, eventTime="2026-03-01T05:00:00Z")
    case.give()
    order = Order(key=OrderKey.EVENT_TIME, descending=True)
    with case.instance.platform.database.unit_of_work() as uow:
        auditor = uow.members.by_uri(case.auditor.uri)
        assert auditor is not None
        look = Look(at=case.clock(), by="token:x", question=Question(route="query"), member_id=auditor.id)
        viewer = Viewer(member_id=auditor.id, look=look)
        page = find_events(uow, viewer, EventQuery(order=order, count_limit=1, after=own), now=case.clock())
    assert page.next_after is None
    assert case.last()["records"] == str(hidden)


def test_what_a_search_comes_past_before_its_bound_is_looked_at(
    case: Mandated, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexes = [case.tell() for _ in range(3)]
    case.give()
    monkeypatch.setattr(event_walk, "MOST_LOOKED_AT", 2)
    monkeypatch.setattr(event_walk, "AT_ONCE", 2)
    answer = case.auditor.get("/epcis/events", perPage="1", EQ_quantity="6").json()
    assert "nextPageToken" in answer
    assert read_ranges(case.last()["records"]) == indexes[:2]


def test_that_a_place_is_known_is_a_look_at_an_event_there(case: Mandated) -> None:
    index = case.tell(readPoint={"id": DAIRY})
    case.give()
    assert case.auditor.get("/api/v1/trace", object=DAIRY).status_code == 200
    assert case.last()["records"] == str(index)
