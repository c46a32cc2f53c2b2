"""Deliveries under mandates: each record once, behind the cursor, while it is in force, and each noted as a look."""

from __future__ import annotations

import json
from collections.abc import Sequence

from contracts.store.telling import NOW, admit_members, an_event, tell
from contracts.store.test_mandates import AUDITOR, MINE, OWNER, follower, give
from filiere_platform.domain.audience import SECTOR
from filiere_platform.domain.look import read_ranges
from filiere_platform.domain.mandate import DAY
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.person import Person, PersonStatus
from filiere_platform.domain.principal import Role
from filiere_platform.store.database import Database
from filiere_platform.usecases.relay import Plan, plan_refill, plan_round, settle

EVE = Person(
    id="p" * 16,
    member_id=AUDITOR,
    login="eve@example.org",
    name="Eve",
    roles=frozenset({Role.AUDITOR}),
    status=PersonStatus.ACTIVE,
)
ORIGIN = "log.test.example/filiere"


def plan(database: Database, now: int = NOW) -> Plan:
    with database.unit_of_work() as uow:
        return plan_round(uow, members=uow.members.all(), origin=ORIGIN, now=now)


def relayed(database: Database, now: int = NOW) -> list[int]:
    """Relay one round; gives what the auditor was brought, in order."""
    made = plan(database, now)
    with database.unit_of_work() as uow:
        settle(uow, made)
    return brought(made)


def brought(made: Plan) -> list[int]:
    messages = [delivery.message for delivery in made.deliveries if AUDITOR in delivery.message.recipients]
    return [event["data"]["index"] for message in messages for event in json.loads(message.body)]


def noted(database: Database) -> list[list[int]]:
    with database.unit_of_work() as uow:
        looks = uow.looks.of_member(OWNER, after=0, limit=1_000)
    assert all(look.by == "delivery" for look in looks)
    return [read_ranges(look.records) for look in looks]


def told(database: Database, *numbers: int, audiences: Sequence[int] = ()) -> None:
    tell(database, *(an_event(f"urn:event:{number}", member_id=OWNER, audiences=audiences) for number in numbers))


def test_what_a_mandate_covers_is_delivered_once_and_noted_before(database: Database) -> None:
    admit_members(database)
    told(database, 0, 1, 2)
    assert relayed(database) == []
    give(database, MINE)
    follower(database).catch_up()
    first = plan(database)
    assert (brought(first), noted(database)) == ([0, 1, 2], [[0, 1, 2]])
    # The bus was away: the same round again is no second look.
    assert brought(plan(database)) == [0, 1, 2]
    assert relayed(database) == [0, 1, 2]
    told(database, 3)
    follower(database).catch_up()
    assert relayed(database) == [3]
    assert relayed(database) == []
    assert noted(database) == [[0, 1, 2], [3]]


def test_what_has_ended_before_its_delivery_is_not_delivered(database: Database) -> None:
    admit_members(database)
    told(database, 0)
    revoked = give(database, MINE)
    follower(database).catch_up()
    with database.unit_of_work() as uow:
        uow.mandates.revoke(revoked.number, NOW)
    assert relayed(database) == []
    give(database, MINE)
    follower(database).catch_up()
    assert relayed(database, now=NOW + DAY) == []
    assert noted(database) == []


def test_a_record_that_the_holder_has_anyway_is_not_brought_again(database: Database) -> None:
    admit_members(database)
    told(database, 0, audiences=[AUDITOR])
    told(database, 1, audiences=[SECTOR])
    told(database, 2)
    assert relayed(database) == [0, 1]
    give(database, MINE)
    give(database, MINE)
    follower(database).catch_up()
    assert relayed(database) == [2]
    assert noted(database) == [[2]]


def test_a_mandate_of_one_person_reaches_no_queue(database: Database) -> None:
    admit_members(database)
    told(database, 0)
    with database.unit_of_work() as uow:
        uow.people.add(EVE, now=NOW)
    give(database, MINE, person_id=EVE.id)
    follower(database).catch_up()
    assert relayed(database) == []


def test_a_holder_that_was_suspended_is_refilled_with_what_it_missed(database: Database) -> None:
    admit_members(database)
    told(database, 0, 1)
    give(database, MINE)
    with database.unit_of_work() as uow:
        uow.members.set_status(AUDITOR, MemberStatus.SUSPENDED)
    follower(database).catch_up()
    assert relayed(database) == []
    assert noted(database) == []
    with database.unit_of_work() as uow:
        uow.members.set_status(AUDITOR, MemberStatus.ACTIVE)
    with database.unit_of_work() as uow:
        member = next(member for member in uow.members.all() if member.id == AUDITOR)
        refill = plan_refill(uow, member=member, origin=ORIGIN, now=NOW)
    assert refill is not None
    assert (brought(refill), noted(database)) == ([0, 1], [[0, 1]])
