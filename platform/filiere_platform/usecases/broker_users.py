"""How far the broker's users follow what members are: the port of the broker's management, and its cursor."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

from filiere_platform.domain.broker_access import Fault
from filiere_platform.domain.member import Member
from filiere_platform.store.unit_of_work import UnitOfWork

CURSOR = "broker.users"  # the version of the directory that the broker was last made to follow


class BrokerUsers(Protocol):
    """Members' users at the broker (`bus.management`)."""

    def examine(self, members: Collection[Member]) -> list[Fault]:
        """Say what is wrong with members' users; changes nothing."""

    def keep(self, members: Collection[Member]) -> list[Fault]:
        """Put it right as far as can be; gives what was wrong."""


class BrokerKeeping(StrEnum):
    """Who shuts suspended members out of the broker."""

    NONE = "none"  # there is no broker
    BY_HAND = "by-hand"  # the operator, by the commands that are printed
    BY_WORKER = "by-worker"


class BrokerState(StrEnum):
    """Whether it was done."""

    BY_HAND = "by-hand"  # nobody knows but who did it
    DONE = "done"
    WAITS = "waits"


def broker_state(uow: UnitOfWork, keeping: BrokerKeeping) -> BrokerState | None:
    """Say whether the broker follows every change of members that there was; None where there is no broker."""
    if keeping is BrokerKeeping.NONE:
        return None
    if keeping is BrokerKeeping.BY_HAND:
        return BrokerState.BY_HAND
    return BrokerState.DONE if uow.cursors.read(CURSOR) == uow.directory_version() else BrokerState.WAITS
