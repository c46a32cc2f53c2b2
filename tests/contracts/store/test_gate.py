"""The gate answers as a naive reader of everything would who knows what each viewer may see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.store.conftest import Backend
from contracts.store.emptying import emptied
from contracts.store.histories import EVENT_IDS, KEYS, histories, queries, viewers
from contracts.store.model import Kept, Model
from contracts.store.telling import NOW, admit_members, an_end, an_event, tell
from filiere_platform.domain.audience import ANYBODY, OPERATOR, SECTOR, Viewer
from filiere_platform.domain.candidate import Candidate
from filiere_platform.domain.capture import Status
from filiere_platform.domain.event_query import FROM_THE_BEGINNING, EventQuery
from filiere_platform.domain.record import Role
from filiere_platform.store import column_types, gate
from filiere_platform.store.database import Database
from filiere_platform.store.unit_of_work import UnitOfWork

# Each example empties and fills a database: few examples, each with many questions.
few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
questions = st.lists(st.tuples(viewers, queries), min_size=10, max_size=25)
looks = st.lists(
    st.tuples(viewers, st.sets(st.sampled_from(KEYS), min_size=1), st.none() | st.integers(0, 20)),
    min_size=5,
    max_size=15,
)


@pytest.fixture(autouse=True)
def two_make_a_long_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for several numbers by their bounds as well, as for a thousand."""
    monkeypatch.setattr(column_types, "MOST_PLANNED", 1)


@contextmanager
def told(backend: Backend, url: str, history: list[list[Candidate]]) -> Iterator[tuple[UnitOfWork, Model]]:
    """Store a history in an emptied database, and beside it in the model."""
    with emptied(backend, url) as database:
        admit_members(database)
        model = Model()
        for number, group in enumerate(history):
            outcomes = tell(database, *group, now=NOW + number)
            for event, outcome in zip(group, outcomes, strict=True):
                if outcome.status is Status.STORED:
                    model.kept.append(Kept(log_index=outcome.log_index, stored_at=NOW + number, told=event))
        with database.unit_of_work() as uow:
            yield uow, model


def test_every_viewer_finds_what_it_may_see_and_nothing_else(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    url = backend.create()
    monkeypatch.setattr(gate, "_EDGES_AT_ONCE", 2)  # so that short histories have several pages of edges

    @few
    @given(history=histories, asked=questions)
    def answers_agree(history: list[list[Candidate]], asked: list[tuple[Viewer, EventQuery]]) -> None:
        with told(backend, url, history) as (uow, model):
            for viewer, query in asked:
                found = uow.events.visible_to(viewer).find(query)
                assert [event.log_index for event in found] == model.find(viewer, query)
                among = uow.events.visible_to(viewer).among(query, range(-1, 50, 2))
                unpaged = replace(query, after=FROM_THE_BEGINNING, limit=100)
                assert [event.log_index for event in among] == [n for n in model.find(viewer, unpaged) if n % 2]
            for viewer in {viewer for viewer, _ in asked}:
                visible = uow.events.visible_to(viewer)
                for event_id in EVENT_IDS:
                    found = visible.by_event_id(event_id)
                    assert [event.log_index for event in found] == model.by_event_id(viewer, event_id)
                everything = model.find(viewer, EventQuery(limit=100))
                assert [event.log_index for event in visible.records(range(50))] == everything
                for key, node in uow.nodes.ids(KEYS).items():
                    mentions = EventQuery(matches=((frozenset(Role), (key,)),), limit=100)
                    assert visible.mentions(node) is bool(model.find(viewer, mentions))
                for log_index in (0, 1, 49):
                    assert (visible.record(log_index) is not None) == (log_index in everything)

    answers_agree()


def test_a_trace_gets_the_visible_ends_in_force_and_the_count_of_the_others(backend: Backend) -> None:
    url = backend.create()

    @few
    @given(history=histories, asked=looks)
    def answers_agree(history: list[list[Candidate]], asked: list[tuple[Viewer, set[str], int | None]]) -> None:
        with told(backend, url, history) as (uow, model):
            ids = uow.nodes.ids(KEYS)
            names = {node_id: key for key, node_id in ids.items()}
            for viewer, keys, before in asked:
                nodes = [ids[key] for key in keys if key in ids]
                visible = uow.events.visible_to(viewer)
                ends = [
                    (e.log_index, e.event_type, e.member_id, e.role, names[e.node_id], e.quantity, e.uom)
                    for e in visible.ends_touching(nodes, before=before)
                ]
                assert ends == model.ends_touching(viewer, keys, before)
                hidden = {names[node]: count for node, count in visible.count_hidden(nodes, before=before).items()}
                assert hidden == model.count_hidden(viewer, keys, before)

    answers_agree()


def test_pages_neither_skip_nor_repeat_while_others_write(database: Database) -> None:
    admit_members(database)
    for number in range(7):
        tell(database, *(an_event(f"urn:{number}:{n}", member_id=1 + n % 2) for n in range(3)))
    seen: list[int] = []
    after = -1
    while True:
        with database.unit_of_work() as uow:
            page = uow.events.visible_to(Viewer(member_id=1)).find(EventQuery(after=after, limit=4))
        if not page:
            break
        seen += [event.log_index for event in page]
        after = seen[-1]
        if len(seen) < 12:  # somebody writes between two pages: it comes at the end
            tell(database, an_event(f"urn:late:{after}"))
    with database.unit_of_work() as uow:
        everything = uow.events.visible_to(Viewer(member_id=1)).find(EventQuery(limit=1_000))
    assert seen == [event.log_index for event in everything]
    assert len(seen) == len(set(seen)) > 14


def test_a_grant_to_the_sector_is_for_members_and_not_for_anybody(database: Database) -> None:
    admit_members(database)
    tell(database, an_event("urn:event:1", audiences=[SECTOR]))
    with database.unit_of_work() as uow:
        assert uow.events.visible_to(Viewer(member_id=3)).record(0) is not None
        assert uow.events.visible_to(ANYBODY).record(0) is None


def test_a_declaration_counts_also_for_who_may_not_see_it(database: Database) -> None:
    admit_members(database)
    tell(database, an_event("urn:event:1", ends=[an_end("urn:lot:1")], audiences=[2]))
    tell(database, an_event("urn:event:1", ends=[an_end("urn:lot:1")], declares_error=True))
    with database.unit_of_work() as uow:
        partner = uow.events.visible_to(Viewer(member_id=2))
        node = uow.nodes.ids(["urn:lot:1"])["urn:lot:1"]
        assert [event.log_index for event in partner.by_event_id("urn:event:1")] == [0]
        assert partner.ends_touching([node]) == []
        assert partner.count_hidden([node]) == {}
        assert len(partner.ends_touching([node], before=1)) == 1


def test_another_members_declaration_takes_nothing_back(database: Database) -> None:
    admit_members(database)
    tell(database, an_event("urn:event:1", member_id=1, ends=[an_end("urn:lot:1")]))
    tell(database, an_event("urn:event:1", member_id=2, ends=[an_end("urn:lot:1")], declares_error=True))
    with database.unit_of_work() as uow:
        node = uow.nodes.ids(["urn:lot:1"])["urn:lot:1"]
        assert [end.log_index for end in uow.events.visible_to(OPERATOR).ends_touching([node])] == [0]
