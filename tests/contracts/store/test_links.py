"""Grants that come later: the same on both databases, however the log is followed, and when derived again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.links import BAKER, MEMBERS, MILL, a_fact, a_history, a_shipment
from contracts.store.conftest import Backend
from contracts.store.telling import an_event, tell
from filiere_platform.domain.audience import SHARING_CODES, GrantCause, SharingMode
from filiere_platform.domain.candidate import Candidate
from filiere_platform.domain.links import LinkFact, linked_audiences
from filiere_platform.domain.record import ActionCode, End, EventTypeCode, NodeKind, Role
from filiere_platform.domain.visibility import audiences_of
from filiere_platform.store.cursors import CursorStore
from filiere_platform.store.database import Database
from filiere_platform.usecases.grants import differing_grants, mend_grants
from filiere_platform.usecases.links import LinksMoved, keep_round, read_round
from filiere_platform.worker.links import LinkFollower

OFFSET = MEMBERS[0] - 1  # the database numbers members from 1
LINKED = {"sharing": SharingMode.LINKED}


def party(member: int) -> str:
    return f"urn:site:{member}"


def admit(database: Database, *members: int) -> None:
    """Admit all members; some of them have their identifier from the beginning."""
    with database.unit_of_work() as uow:
        for member in MEMBERS:
            identifiers = [party(member)] if member in members else []
            assert uow.members.add(f"urn:member:{member}", "One", None, identifiers).id == member - OFFSET


def identify(database: Database, *members: int) -> None:
    with database.unit_of_work() as uow:
        for member in members:
            uow.members.add_identifiers(member - OFFSET, [party(member)])


def a_candidate(fact: LinkFact, number: int, known: Sequence[int]) -> Candidate:
    """The event of a fact, with the audiences that capture gives it when some members' identifiers are known."""
    ends = [End(role, f"urn:lot:{node}", NodeKind.LOT) for role, nodes in fact.objects.items() for node in nodes]
    ends += [End(role, party(node - 100), NodeKind.PARTY) for role, nodes in fact.places.items() for node in nodes]
    owner, mode = fact.member_id - OFFSET, fact.sharing or SharingMode.PRIVATE
    parties = {party(member): member - OFFSET for member in known}
    candidate: dict[str, Any] = {
        "event_type": EventTypeCode(fact.event_type),
        "action": None if fact.action is None else ActionCode(fact.action),
        "earliest": fact.earliest,
        "latest": fact.latest,
        "declares_error": fact.declares_error,
        "transformation_id": fact.transformation_id,
    }
    made = an_event(f"urn:uuid:{number}", member_id=owner, ends=ends, **candidate)
    values = {name: getattr(made, name) for name in Candidate.__dataclass_fields__}
    audiences = audiences_of(ends, owner=owner, mode=mode, parties=parties)
    return Candidate(**(values | {"sharing": mode, "audiences": audiences}))


def follower(database: Database, limit: int = 500) -> LinkFollower:
    return LinkFollower(units=database, leadership=database.leadership, limit=limit)


def held(database: Database) -> dict[tuple[int, int], int]:
    with database.unit_of_work() as uow:
        return uow.grants.causes(range(uow.log.head().size))


def numbers(database: Database) -> list[int]:
    with database.unit_of_work() as uow:
        return [grant.grant_no for grant in uow.grants.after(0, 10_000)]


def expected(history: Sequence[LinkFact]) -> dict[tuple[int, int], int]:
    """What the pure rules give for the whole log, all identifiers known."""
    found: dict[tuple[int, int], int] = {}
    for index, fact in enumerate(history):
        for audience, cause in a_candidate(fact, index, MEMBERS).audiences:
            found[index, audience] = cause
    for index, linked in linked_audiences(history, {m + 100: m for m in MEMBERS}).items():
        for member, cause in linked.items():
            found[index, member - OFFSET] = min(found.get((index, member - OFFSET), cause), cause)
    return found


def differences(database: Database) -> int:
    with database.unit_of_work() as uow:
        return sum(found.count for found in differing_grants(uow, below=uow.log.head().size, block=3))


@pytest.fixture
def database(backend: Backend):
    opened = backend.open()
    admit(opened, *MEMBERS)
    yield opened
    opened.close()


def store(database: Database, *history: LinkFact) -> None:
    with database.unit_of_work() as uow:
        size = uow.log.head().size
    for number, fact in enumerate(history, start=size):
        tell(database, a_candidate(fact, number, MEMBERS))


def milled() -> LinkFact:
    return a_fact(MILL, EventTypeCode.TRANSFORMATION, objects={Role.OUTPUT: [2], Role.INPUT: [1]}, **LINKED)


def test_what_a_later_handover_entitles_to_is_granted_behind_what_is_there(database: Database) -> None:
    store(database, milled())
    assert follower(database).catch_up() == 1
    store(database, a_shipment(MILL, BAKER, 2))
    follower(database).catch_up()
    assert held(database)[0, BAKER - OFFSET] == GrantCause.LINK
    with database.unit_of_work() as uow:
        last = uow.grants.after(0, 100)[-1]
        assert (last.log_index, last.audience) == (0, BAKER - OFFSET)
        assert uow.log.head().grants == last.grant_no
    assert numbers(database) == [*range(1, len(numbers(database)) + 1)]


def test_a_grant_is_given_once_however_often_the_log_is_followed(database: Database) -> None:
    store(database, milled(), a_shipment(MILL, BAKER, 2))
    follower(database).catch_up()
    before = numbers(database)
    with database.unit_of_work() as uow:
        uow.cursors.move("links", 0)
    follower(database, limit=1).catch_up()
    assert numbers(database) == before


def test_a_round_that_is_killed_is_repeated_whole(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    store(database, milled(), a_shipment(MILL, BAKER, 2))
    advance = CursorStore.advance

    def dies(self: CursorStore, name: str, expected: int, position: int) -> bool:
        advance(self, name, expected, position)
        raise Killed

    monkeypatch.setattr(CursorStore, "advance", dies)
    with pytest.raises(Killed):
        follower(database).catch_up()
    monkeypatch.undo()
    assert (0, BAKER - OFFSET) not in held(database)
    follower(database).catch_up()
    assert held(database)[0, BAKER - OFFSET] == GrantCause.LINK


def test_of_two_who_follow_the_same_round_one_steps_back(database: Database) -> None:
    store(database, milled(), a_shipment(MILL, BAKER, 2))
    with database.unit_of_work() as uow:
        found = read_round(uow)
    follower(database).catch_up()
    with pytest.raises(LinksMoved), database.unit_of_work() as uow:
        keep_round(uow, found)


def test_a_rebuild_mends_what_somebody_changed_and_finds_nothing_else(database: Database) -> None:
    store(database, milled(), a_shipment(MILL, BAKER, 2))
    follower(database).catch_up()
    assert differences(database) == 0
    whole = held(database)
    with database.unit_of_work() as uow:
        uow.grants.set_cause(0, BAKER - OFFSET, GrantCause.NAMED_PARTNER)
        uow.grants.take_back(1, BAKER - OFFSET)
    assert differences(database) == 2
    with database.unit_of_work() as uow:
        for found in differing_grants(uow, below=2):
            mend_grants(uow, found)
    assert differences(database) == 0
    assert {place: cause for place, cause in held(database).items() if place[1] > -1_000} == whole
    assert numbers(database) == [*range(1, len(numbers(database)) + 1)]


@pytest.fixture
def examples(backend: Backend) -> settings:
    """A database per example: a copied file costs a millisecond, a clone on PostgreSQL half a second."""
    unchecked = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    count = 20 if backend.name == "sqlite" else 3
    return settings(max_examples=count, deadline=None, suppress_health_check=unchecked)


def test_every_way_of_following_gives_what_the_rules_say(backend: Backend, examples: settings) -> None:
    """Any batches, any pauses, identifiers that come late: the grants are those of the whole log, and stay so."""

    @examples
    @given(history=a_history(), data=st.data())
    def follow(history: list[LinkFact], data: st.DataObject) -> None:
        database = backend.open()
        try:
            late = data.draw(st.sets(st.sampled_from(MEMBERS), max_size=2))
            come = data.draw(st.integers(0, len(history)))
            admit(database, *(member for member in MEMBERS if member not in late))
            for index, fact in enumerate(history):
                if index == come:
                    identify(database, *late)
                known = [member for member in MEMBERS if index >= come or member not in late]
                tell(database, a_candidate(fact, index, known))
                if data.draw(st.integers(0, 2)) == 0:
                    follower(database, limit=data.draw(st.integers(1, 4))).catch_up()
            if come >= len(history):
                identify(database, *late)
            follower(database).catch_up()
            assert held(database) == expected(history)
            assert differences(database) == 0
        finally:
            database.close()

    follow()


def test_codes_of_modes_are_never_reused() -> None:
    assert sorted(SHARING_CODES.values()) == [1, 2, 3, 4, 5, 6, 7]
