"""What becomes of a member's findings comes over its bus: each change, to it alone, and nothing twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from builders.asyncapi import message_of, require_payload
from contracts.bus.conftest import Founded, Post
from filiere_platform.bus.asyncapi import asyncapi_document
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.finding import INSTANCE, Finding, FindingStep, StepKind
from filiere_platform.domain.finding_message import FINDING_KIND, FINDING_TYPE
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.usecases.finding_acts import note_reopening
from filiere_platform.usecases.finding_news import LATER, MOST_NEWS
from filiere_platform.worker.finding_news import FindingTeller

SECOND = 1_000_000
NOW = 1_764_000_000 * SECOND
ORIGIN = "log.example/filiere"
RULE = "event-hash-differs"


@dataclass
class House:
    """A database of three members with a bus, and the worker that tells them."""

    founded: Founded
    post: Post
    now: int = NOW
    teller: FindingTeller = field(init=False)

    def __post_init__(self) -> None:
        units = self.founded.database
        self.teller = FindingTeller(
            units=units, leadership=units.leadership, bus=self.post.bus, origin=ORIGIN, clock=lambda: self.now
        )

    def find(self, member: int = 1, subject: str = "urn:uuid:1", **more: Any) -> Finding:
        finding = Finding(
            rule=RULE, level="warning", subject=subject, low=0, high=0, log_index=7, member_id=member,
            evidence={"index": 7}, first_seen=self.now, opens_at=more.pop("opens_at", self.now), **more,
        )  # fmt: skip
        with self.founded.database.unit_of_work() as uow:
            uow.findings.add([finding])
            return next(each for each in uow.findings.of_rules([RULE]) if each.subject == subject)

    def do(self, what: str, *arguments: Any) -> None:
        with self.founded.database.unit_of_work() as uow:
            getattr(uow.findings, what)(*arguments)

    def tell(self) -> None:
        while not self.teller.tell_round():
            pass

    def told(self, member: int = 1, *, seconds: float = 10.0) -> list[dict[str, Any]]:
        """What a member got since it was asked last, as soon as there is anything."""
        self.tell()
        letters = self.post.mailboxes.letters(member, at_least=1, seconds=seconds)
        assert all(letter.kind == FINDING_KIND for letter in letters)
        return [event for letter in letters for event in letter.events]

    def nothing(self, member: int = 1) -> bool:
        return not self.told(member, seconds=0.3)


@pytest.fixture
def house(founded: Founded, post: Post) -> House:
    return House(founded, post)


def states(events: list[dict[str, Any]]) -> list[str]:
    return [event["data"]["state"] for event in events]


def test_each_change_is_told_to_the_member_that_it_concerns(house: House) -> None:
    finding = house.find()
    (opened,) = house.told()
    assert (opened["type"], opened["source"], opened["data"]["rule"]) == (FINDING_TYPE, ORIGIN, RULE)
    assert opened["subject"] == f"findings/{opened['data']['id']}" == f"findings/{finding.id}"
    document = asyncapi_document(Topology(), origin=ORIGIN, base_url="https://filiere.example")
    require_payload(document, message_of(document, "memberQueue", "findings"), json.loads(json.dumps([opened])))
    step = FindingStep(number=1, kind=StepKind.EXPLAINED, at=house.now, actor="token:1", reason="agreed", words="oui")
    house.do("take_step", finding, step)
    (explained,) = house.told()
    assert explained["data"]["explanation"]["text"] == "oui"
    house.now += SECOND
    house.do("close", replace(finding, closed_at=house.now))
    (closed,) = house.told()
    assert (closed["data"]["state"], closed["data"]["closedBy"]) == ("closed", INSTANCE)
    assert closed["time"] == closed["data"]["closedAt"]
    with house.founded.database.unit_of_work() as uow:
        house.now += SECOND
        note_reopening(uow, replace(finding, closed_at=None, step=step), house.now)
        uow.findings.close(replace(finding, closed_at=None))
    assert states(house.told()) == ["open"]
    assert len({opened["id"], explained["id"], closed["id"]}) == 3
    assert house.nothing(2)
    assert house.nothing(3)


def test_what_is_mended_within_its_grace_is_never_told(house: House) -> None:
    late = house.now + 10 * SECOND
    mended = house.find(subject="urn:uuid:mended", opens_at=late)
    house.find(subject="urn:uuid:lasting", opens_at=late)
    assert house.nothing()
    house.do("close", replace(mended, closed_at=house.now + SECOND))
    house.now = late
    assert [event["data"]["subject"] for event in house.told()] == ["urn:uuid:lasting"]


def test_rules_that_start_anew_tell_nothing_again(house: House) -> None:
    house.find()
    (first,) = house.told()
    house.do("clear", [RULE])
    assert house.nothing()
    again = house.find()
    assert house.nothing()
    house.do("restate", replace(again, level="error"))
    (changed,) = house.told()
    assert (changed["data"]["level"], first["data"]["level"]) == ("error", "warning")


def test_a_suspended_member_is_told_when_it_is_active_again(house: House) -> None:
    with house.founded.database.unit_of_work() as uow:
        uow.members.set_status(2, MemberStatus.SUSPENDED)
    house.find(2, "urn:uuid:2")
    house.find(1, "urn:uuid:1")
    assert states(house.told(1)) == ["open"]
    assert house.nothing(2)
    with house.founded.database.unit_of_work() as uow:
        uow.members.set_status(2, MemberStatus.ACTIVE)
    assert [event["data"]["subject"] for event in house.told(2)] == ["urn:uuid:2"]


def test_more_than_one_round_and_one_message_hold_is_told_whole(house: House) -> None:
    count = MOST_NEWS + 3
    with house.founded.database.unit_of_work() as uow:
        one = Finding(
            rule=RULE, level="error", subject="", low=0, high=0, log_index=7, member_id=1,
            evidence={}, first_seen=NOW, opens_at=NOW,
        )  # fmt: skip
        uow.findings.add(replace(one, subject=f"urn:uuid:{number}") for number in range(count))
    house.tell()
    letters = house.post.mailboxes.letters(1, at_least=6, seconds=10.0)
    subjects = [event["data"]["subject"] for letter in letters for event in letter.events]
    assert sorted(subjects) == sorted(f"urn:uuid:{number}" for number in range(count))
    assert max(len(letter.events) for letter in letters) == 100


class Refusing:
    """A bus whose first member's queue is full, or that is away."""

    def __init__(self, bus: Any, *, away: bool = False) -> None:
        self.bus, self.away = bus, away

    def publish(self, messages: Any) -> None:
        if self.away:
            raise BusUnavailable("away", failed=range(len(messages)))
        refused = [at for at, message in enumerate(messages) if 1 in message.recipients]
        self.bus.publish([message for at, message in enumerate(messages) if at not in refused])
        if refused:
            raise BusUnavailable("full", refused=refused)


def test_a_full_queue_holds_up_its_member_alone_and_nothing_is_lost(house: House) -> None:
    house.find(1, "urn:uuid:1")
    house.find(2, "urn:uuid:2")
    bus, house.teller._bus = house.teller._bus, Refusing(house.post.bus)
    assert states(house.told(2)) == ["open"]
    house.teller._bus = Refusing(house.post.bus, away=True)
    house.find(3, "urn:uuid:3")
    with pytest.raises(BusUnavailable):
        house.tell()
    house.teller._bus = bus
    assert states(house.told(3)) == ["open"]
    assert house.nothing(1)
    house.now += LATER
    assert states(house.told(1)) == ["open"]
    assert house.nothing(2)


def test_what_changes_while_it_is_told_is_told_again(house: House) -> None:
    finding = house.find()
    with house.founded.database.unit_of_work() as uow:
        (read,) = uow.findings.news([1], house.now, limit=10)
    house.do("close", replace(finding, closed_at=house.now))
    house.do("note_told", read, "the message that said that it is open")
    assert states(house.told()) == ["closed"]
