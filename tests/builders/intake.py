"""Build an intake with its real threads over a real database, gates where a test may hold them, and its parcels."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from builders.events import an_object_event, as_bytes
from filiere_platform import bootstrap
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.directory import DirectoryCache
from filiere_platform.usecases.members import add_member, set_status
from filiere_platform.usecases.ports import CaptureTransaction
from filiere_platform.worker.intake import Intake


def a_plain_event(number: int) -> bytes:
    return as_bytes(an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}"))


def a_parcel(member: int, *numbers: int, atomic: bool = False) -> Parcel:
    return Parcel(sender=member, payloads=tuple(map(a_plain_event, numbers)), signed=False, atomic=atomic)


@dataclass
class Gate:
    """Something that threads pass; a test closes it to see what gathers before it."""

    _open: threading.Event = field(default_factory=threading.Event)
    _reached: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._open.set()

    def close(self) -> None:
        self._reached.clear()
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def wait_until_somebody_stands_before_it(self) -> None:
        assert self._reached.wait(10)

    def passing(self) -> None:
        self._reached.set()
        assert self._open.wait(10)


@dataclass
class Objecting:
    """The real transaction, but the database objects to a group that brings a named event."""

    transaction: CaptureTransaction
    objects_to: frozenset[str]

    def begin(self, **arguments: Any) -> Any:
        return self.transaction.begin(**arguments)

    def save(self, admission: Any) -> None:
        if self.objects_to & {row.event_id for row in admission.events}:
            raise RowsRefused("ck_event", "the test objects")
        self.transaction.save(admission)


@dataclass
class Desk:
    """An intake and what a test does to its surroundings."""

    platform: bootstrap.Platform
    before_preparing: Gate = field(default_factory=Gate)
    before_committing: Gate = field(default_factory=Gate)
    objects_to: frozenset[str] = frozenset()
    groups: list[int] = field(default_factory=list)  # records of each group, in the order of the commits

    @contextmanager
    def capture_transaction(self) -> Iterator[Objecting]:
        self.before_committing.passing()
        with self.platform.database.capture_transaction() as transaction:
            yield Objecting(transaction, self.objects_to)

    def committed(self, *, records: int, seconds: float) -> None:
        assert seconds >= 0
        self.groups.append(records)

    def intake(self, *, group_size: int = 512, max_queued: int = 20_000) -> Intake:
        directory = self.platform.directory

        def load() -> Any:
            self.before_preparing.passing()
            return directory.current()

        return Intake(
            self.platform.capture,
            self,
            DirectoryCache(load, lambda: directory.current().version),
            group_size=group_size,
            max_queued=max_queued,
            observer=self,
        )

    def member(self, number: int) -> int:
        with self.platform.database.unit_of_work() as uow:
            return add_member(uow, uri=self.uri(number), name=f"Member {number}").id

    def suspended(self, number: int) -> int:
        with self.platform.database.unit_of_work() as uow:
            return set_status(uow, uri=self.uri(number), status=MemberStatus.SUSPENDED).id

    @staticmethod
    def uri(number: int) -> str:
        return f"urn:filiere:party:duns:{number:09d}"

    @property
    def log_size(self) -> int:
        with self.platform.database.unit_of_work() as uow:
            return uow.log.head().size
