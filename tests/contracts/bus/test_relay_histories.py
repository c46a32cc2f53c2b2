"""Any history of captures, late grants, suspensions, full queues and outages: in the end everybody has everything."""

from __future__ import annotations

import contextlib
import shutil
from collections import defaultdict
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from builders.ledger import Ledger
from filiere_platform.domain.audience import PUBLIC, SECTOR
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.store.database import Database
from filiere_platform.usecases.relay import CURSOR
from filiere_platform.worker import relay as relay_worker
from filiere_platform.worker.relay import Relay

MEMBERS = (1, 2, 3)
AUDIENCES = (*MEMBERS, SECTOR, PUBLIC)
ORIGIN = "log.test.example/filiere"


class FaultyBus:
    """Keeps what each member received; refuses full members, and is away after some messages of a call."""

    def __init__(self) -> None:
        self.received: dict[int, list[bytes]] = defaultdict(list)
        self.full: set[int] = set()
        self.takes: int | None = None

    def publish(self, messages) -> None:
        refused = set()
        for position, message in enumerate(messages):
            if self.takes is not None and position >= self.takes:
                raise BusUnavailable("away", failed=range(position, len(messages)), refused=refused)
            if not self.full.isdisjoint(message.recipients):
                refused.add(position)
            for member in message.recipients:
                if member not in self.full:
                    self.received[member].append(message.body)
        if refused:
            raise BusUnavailable("full", refused=refused)

    def close(self) -> None:
        pass


class Histories(RuleBasedStateMachine):
    """Members capture, grants are given, members are suspended, queues fill up, the bus goes away."""

    template: Path
    folder: Path

    @initialize(limit=st.sampled_from([1, 3, 50]))
    def found(self, limit):
        path = self.folder / "filiere.db"
        for left in self.folder.iterdir():
            left.unlink()
        shutil.copy(self.template, path)
        self.database = Database.open(f"sqlite:///{path}")
        self.ledger = Ledger(self.database)
        self.bus = FaultyBus()
        self.limit = limit
        self.records = 0
        self.restart()

    @rule()
    def restart(self):
        self.relay = Relay(
            units=self.database,
            leadership=self.database.leadership,
            bus=self.bus,
            origin=ORIGIN,
            clock=int,
            limit=self.limit,
        )

    @rule(
        group=st.lists(st.lists(st.sampled_from(AUDIENCES), max_size=2, unique=True), min_size=1, max_size=6),
        rounds=st.integers(0, 3),
    )
    def capture(self, group, rounds):
        senders = [tuple(dict.fromkeys((1 + index % 3, *audiences))) for index, audiences in enumerate(group)]
        self.records += len(self.ledger.store(*senders))
        self.relay_rounds(rounds)

    @rule(data=st.data(), audience=st.sampled_from(AUDIENCES))
    def grant_late(self, data, audience):
        if self.records:
            index = data.draw(st.integers(0, self.records - 1))
            if index not in self.ledger.entitled.get(audience, []):
                self.ledger.grant(index, audience)

    @rule(member=st.sampled_from(MEMBERS), status=st.sampled_from(MemberStatus), rounds=st.integers(0, 3))
    def change_status(self, member, status, rounds):
        self.set_status(member, status)
        self.relay_rounds(rounds)

    def set_status(self, member, status):
        with self.database.unit_of_work() as uow:
            uow.members.set_status(member, status)

    @rule(full=st.sets(st.sampled_from(MEMBERS), max_size=2), takes=st.sampled_from([None, None, 0, 1, 3]))
    def change_the_bus(self, full, takes):
        self.bus.full, self.bus.takes = full, takes

    def relay_rounds(self, rounds):
        for _ in range(rounds):
            with contextlib.suppress(BusUnavailable):
                self.relay._round()

    @invariant()
    def nobody_has_what_he_may_not_see(self):
        if not hasattr(self, "ledger"):
            return
        for member in MEMBERS:
            assert set(self.received(member)) <= set(self.ledger.due_to(member, SECTOR, PUBLIC))

    def received(self, member: int) -> list[int]:
        return [event["data"]["index"] for body in self.bus.received[member] for event in orjson.loads(body)]

    def teardown(self):
        if not hasattr(self, "ledger"):
            return
        self.bus.full.clear()
        self.bus.takes = None
        for member in MEMBERS:
            self.set_status(member, MemberStatus.ACTIVE)
        for _ in range(300):
            if not self.relay._round() and self.is_quiet():
                break
        for member in MEMBERS:
            assert list(dict.fromkeys(self.received(member))) == self.ledger.stream_of(member, SECTOR, PUBLIC)
        self.database.close()

    def is_quiet(self) -> bool:
        with self.database.unit_of_work() as uow:
            return not uow.cursors.named("relay.member.") and uow.cursors.read(CURSOR) == uow.log.head().grants


def test_whatever_happened_everybody_has_everything_in_the_order_of_grants(founded_sqlite, tmp_path, monkeypatch):
    monkeypatch.setattr(relay_worker, "_draw", lambda: 0.0)  # nobody waits
    monkeypatch.setattr(Histories, "template", founded_sqlite, raising=False)
    monkeypatch.setattr(Histories, "folder", tmp_path, raising=False)
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=20, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


pytestmark = pytest.mark.timeout(120)
