"""Grants of mandates: what a scope covers, however the log is followed, each once, and the same when derived again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.store.conftest import Backend
from contracts.store.telling import NOW, admit_members, an_event, tell
from filiere_platform.domain.audience import GrantCause
from filiere_platform.domain.candidate import Candidate
from filiere_platform.domain.late_grants import admit_grants
from filiere_platform.domain.mandate import DAY, Mandate, MandatePurpose, MandateRequest, MandateScope, product_of
from filiere_platform.domain.record import End, NodeKind, Role
from filiere_platform.store.database import Database
from filiere_platform.usecases.grants import differing_grants, mend_grants
from filiere_platform.usecases.mandate_grants import MandatesMoved, keep_piece, read_mandates
from filiere_platform.worker.mandates import MandateFollower

GTIN = "https://id.gs1.org/01/03012345678904"
OWN = "urn:filiere:lot:siret:73282932000074:F_%25"  # what LIKE reads as wildcards is none
KEYS = [f"{GTIN}/10/A", f"{GTIN}/10/B", GTIN, f"{OWN}:1", "urn:filiere:lot:siret:73282932000074:FXZ25:1", "urn:x:1"]
OWNER, OTHER, AUDITOR = 1, 2, 3


def give(database: Database, scope: MandateScope, **changes: Any) -> Mandate:
    values: dict[str, Any] = {
        "purpose": MandatePurpose.AUDIT,
        "reason": "audit",
        "holder_id": AUDITOR,
        "starts_at": NOW,
        "ends_at": NOW + DAY,
    }
    with database.unit_of_work() as uow:
        number = len(uow.mandates.all()) + 1
        request = MandateRequest(scope=scope, **(values | changes))
        return uow.mandates.add(f"mandate-{number:08d}", OWNER, request, now=NOW)


def follower(database: Database, now: int = NOW, **limits: int) -> MandateFollower:
    return MandateFollower(units=database, leadership=database.leadership, clock=lambda: now, **limits)


def shown(database: Database, mandate: Mandate) -> set[int]:
    with database.unit_of_work() as uow:
        return uow.mandates.granted(mandate.audience, 0, 1_000_000)


def numbers(database: Database) -> list[int]:
    with database.unit_of_work() as uow:
        return [grant.grant_no for grant in uow.grants.after(0, 100_000)]


def differences(database: Database) -> int:
    with database.unit_of_work() as uow:
        return sum(each.count for each in differing_grants(uow, below=uow.log.head().size))


def told(number: int, *, by: int, at: int, lasts: int, objects: Iterable[str]) -> Candidate:
    roles = (Role.OBJECT, Role.INPUT, Role.PARENT)
    ends = [End(roles[n % 3], key, NodeKind.LOT) for n, key in enumerate(sorted(objects))]
    ends.append(End(Role.READ_POINT, KEYS[0], NodeKind.LOCATION))  # a place entitles nobody
    return an_event(f"urn:event:{number}", member_id=by, ends=ends, earliest=at, latest=at + lasts)


events = st.lists(
    st.fixed_dictionaries(
        {
            "by": st.sampled_from([OWNER, OTHER]),
            "at": st.integers(0, 6),
            "lasts": st.integers(0, 2),
            "objects": st.frozensets(st.sampled_from(KEYS), max_size=2),
        }
    ),
    min_size=1,
    max_size=14,
)
scopes = st.builds(
    MandateScope,
    members=st.sampled_from([frozenset({OWNER}), frozenset({OWNER, OTHER}), frozenset({OTHER})]),
    products=st.frozensets(st.sampled_from([GTIN, OWN]), max_size=1),
    objects=st.frozensets(st.sampled_from(KEYS), max_size=2),
    event_from=st.none() | st.integers(0, 4),
    event_before=st.none() | st.integers(3, 8),
)


def expected(scope: MandateScope, number: int, event: dict[str, Any]) -> set[int]:
    """The scope in plain words, over what was told and not over what was stored."""
    first, last = event["at"], event["at"] + event["lasts"]
    is_covered = (
        event["by"] in scope.members
        and not (scope.event_from is not None and first < scope.event_from)
        and not (scope.event_before is not None and last >= scope.event_before)
        and (not scope.objects or bool(scope.objects & event["objects"]))
        and (not scope.products or any(product_of(key) in scope.products for key in event["objects"]))
    )
    return {number} if is_covered else set()


def test_what_a_mandate_shows_is_what_its_scope_says_however_the_log_is_followed(
    backend: Backend, examples: settings
) -> None:
    @examples
    @given(history=events, scope=scopes, before=st.integers(0, 14), span=st.integers(1, 6), piece=st.integers(1, 3))
    def follow(history: Any, scope: MandateScope, before: int, span: int, piece: int) -> None:
        database = backend.open()
        try:
            admit_members(database)
            for number, event in enumerate(history[:before]):
                tell(database, told(number, **event))
            mandate = give(database, scope)
            for number, event in enumerate(history[before:], start=len(history[:before])):
                tell(database, told(number, **event))
                if number % 2:
                    follower(database, span=span, piece=piece).catch_up()
            follower(database, span=span, piece=piece).catch_up()
            due = set[int]().union(*(expected(scope, number, event) for number, event in enumerate(history)))
            assert shown(database, mandate) == due
            assert numbers(database) == list(range(1, len(numbers(database)) + 1)), "each is numbered once"
            assert differences(database) == 0
        finally:
            database.close()

    follow()


@pytest.fixture
def examples(backend: Backend) -> settings:
    """A database per example: a copied file costs a millisecond, a clone on PostgreSQL half a second."""
    unchecked = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=25 if backend.name == "sqlite" else 3, deadline=None, suppress_health_check=unchecked)


def a_history(database: Database, count: int = 12) -> None:
    admit_members(database)
    for number in range(count):
        tell(database, told(number, by=OWNER, at=number, lasts=0, objects=[KEYS[number % 2]]))


MINE = MandateScope(members=frozenset({OWNER}))


def test_a_mandate_that_is_not_in_force_is_granted_nothing(database: Database) -> None:
    a_history(database)
    coming, ended, revoked = (give(database, MINE, starts_at=NOW + 1), give(database, MINE), give(database, MINE))
    with database.unit_of_work() as uow:
        assert uow.mandates.revoke(revoked.number, NOW)
        assert not uow.mandates.revoke(revoked.number, NOW)
    follower(database, now=NOW).catch_up()
    assert [shown(database, each) for each in (coming, revoked)] == [set(), set()]
    assert shown(database, ended) == set(range(12))
    follower(database, now=NOW + 1).catch_up()
    assert shown(database, coming) == set(range(12))


def test_what_is_stored_after_the_end_is_not_granted_and_rebuilding_knows_it(database: Database) -> None:
    a_history(database)
    mandate = give(database, MINE)
    follower(database).catch_up()
    tell(database, told(99, by=OWNER, at=1, lasts=0, objects=[KEYS[0]]))
    follower(database, now=NOW + DAY).catch_up()
    assert shown(database, mandate) == set(range(12))
    assert differences(database) == 0


def test_rebuilding_finds_and_mends_what_differs_from_the_scopes(database: Database) -> None:
    a_history(database)
    odd = give(database, MandateScope(members=frozenset({OWNER}), objects=frozenset({KEYS[1]})))
    follower(database).catch_up()
    with database.unit_of_work() as uow:
        uow.grants.take_back(3, odd.audience)
        uow.grants.set_cause(5, odd.audience, GrantCause.OWNER)
        head = uow.capture.begin(digests=(), node_keys=()).head
        uow.capture.save(admit_grants(((2, odd.audience, GrantCause.MANDATE),), head))
    assert differences(database) == 3
    with database.unit_of_work() as uow:
        for found in differing_grants(uow, below=uow.log.head().size):
            mend_grants(uow, found)
    assert shown(database, odd) == {1, 3, 5, 7, 9, 11}
    assert differences(database) == 0


def test_a_crash_between_two_pieces_grants_nothing_twice_and_leaves_nothing_out(database: Database) -> None:
    a_history(database)
    mandate = give(database, MINE)
    with database.unit_of_work() as uow:
        found = read_mandates(uow, now=NOW, piece=5)
    assert [len(piece.indexes) for piece in found.pieces] == [5, 5, 2]
    with database.unit_of_work() as uow:
        assert keep_piece(uow, found.pieces[0]) == 5
    with suppress(ZeroDivisionError), database.unit_of_work() as uow:
        keep_piece(uow, found.pieces[1])
        1 / 0  # noqa: B018 - the plug is pulled
    assert shown(database, mandate) == set(range(5))
    with pytest.raises(MandatesMoved), database.unit_of_work() as uow:
        keep_piece(uow, found.pieces[0])  # by whoever woke up and thinks that he still leads
    follower(database).catch_up()
    assert shown(database, mandate) == set(range(12))
    assert len(numbers(database)) == 12 + 12


def test_an_identifier_that_a_member_is_given_later_widens_no_scope(database: Database) -> None:
    a_history(database)
    tell(database, told(50, by=OTHER, at=1, lasts=0, objects=[f"{GTIN}/10/A"]))
    mandate = give(database, MandateScope(members=frozenset({OWNER}), products=frozenset({GTIN})))
    with database.unit_of_work() as uow:
        uow.members.add_identifiers(OWNER, [GTIN, "urn:member:2:site"])
    follower(database).catch_up()
    assert shown(database, mandate) == set(range(12))
