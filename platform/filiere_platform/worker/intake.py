"""Group commit: concurrent captures share one transaction.

A prepare thread verifies and checks; a commit thread takes what is ready as its next group, once that is worth a commit
or nothing else is on its way. There is no timer: one client alone waits for nobody, and hundreds share a commit.
Senders take turns before both threads, and none may fill the queue alone, so that one who sends ten thousand records
does not keep the others waiting. The queue lives here, the group's decisions in `usecases.capture`, the writing in the
store.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Protocol

from filiere_platform.domain import sentences
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.domain.credential import Credential
from filiere_platform.domain.standing import InstanceClosed
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.capture import AtomicRefusal, Capture, Parcel, Prepared
from filiere_platform.usecases.directory import DirectoryCache, DirectoryChanged
from filiere_platform.usecases.ports import CaptureStore
from filiere_platform.worker.turns import Crowd, FairQueue
from filiere_schemas.problems import Problem, Refusal

log = logging.getLogger(__name__)

WORTH_A_COMMIT = 32  # records ready: while others are on their way, fewer than this wait for them
SOON_PREPARED = 4  # records of a parcel that is worth waiting for: nobody waits for a slice of a large one
CHUNK = 32  # records prepared at a time: a large parcel's first chunk commits while the next is verified
STALE_RETRIES = 5  # times that a group is prepared again because the directory changed under it
STOP_SECONDS = 10.0
RETRY_SECONDS = 1  # what a sender is told to wait when the queue is full; it empties in about that time


class Overloaded(Refusal):
    """Too many records wait already; the sender should come back."""


class IntakeObserver(Protocol):
    """Told about each commit; metrics implement it."""

    def committed(self, *, records: int, seconds: float) -> None:
        """A group of so many records was committed in so many seconds, from its first statement to its commit."""


@dataclass(slots=True)
class _Chunk:
    """A part of a parcel with its place in the whole answer; an atomic parcel is one chunk, prepared slice by slice."""

    parcel: Parcel
    future: Future[list[Outcome]]
    prepared: Prepared | None = None

    @property
    def sender(self) -> Hashable:
        """Whose turn it takes: known before the credential is checked, so that checking is shared fairly too."""
        sender = self.parcel.sender
        return sender.prefix if isinstance(sender, Credential) else sender

    @property
    def records(self) -> int:
        """How many records it has."""
        return len(self.parcel.payloads)

    @property
    def comes_alone(self) -> bool:
        """Whether it shares a group with nothing else."""
        return self.parcel.atomic

    @property
    def rest(self) -> Parcel:
        """What to prepare next."""
        if self.prepared is None and len(self.parcel.payloads) <= CHUNK:
            return self.parcel
        done = len(self.prepared.entries) if self.prepared is not None else 0
        return replace(self.parcel, payloads=self.parcel.payloads[done : done + CHUNK])

    @property
    def is_prepared(self) -> bool:
        """Whether every payload was prepared."""
        return self.prepared is not None and len(self.prepared.entries) == len(self.parcel.payloads)


class Intake:
    """Takes parcels from any thread, gives a future of their outcomes. Two threads of its own."""

    def __init__(
        self,
        capture: Capture,
        store: CaptureStore,
        directory: DirectoryCache,
        *,
        group_size: int,
        max_queued: int,
        observer: IntakeObserver | None = None,
        on_commit: Callable[[], None] | None = None,
    ) -> None:
        self._capture = capture
        self._store = store
        self._directory = directory
        self._group_size = group_size
        self._max_queued = max_queued
        self._observer = observer
        self._on_commit = on_commit or (lambda: None)
        self._arrived: FairQueue[_Chunk] = FairQueue()  # one line per sender
        self._ready: FairQueue[_Chunk] = FairQueue()  # one line per member
        self._crowd = Crowd()
        self._queued: Counter[Hashable] = Counter()  # records in the queue, by sender
        self._queued_in_all = 0
        self._stopping = False
        self._preparing = 0  # records
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)  # something arrived
        self._prepared = threading.Condition(self._lock)  # something is ready to commit
        self._threads = [
            threading.Thread(target=self._prepare_forever, name="intake-prepare", daemon=True),
            threading.Thread(target=self._commit_forever, name="intake-commit", daemon=True),
        ]

    def start(self) -> None:
        """Start the two threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Refuse what comes, finish what was taken, end the threads."""
        with self._lock:
            self._stopping = True
            self._work.notify_all()
            self._prepared.notify_all()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    @property
    def is_alive(self) -> bool:
        """Whether both threads run."""
        return all(thread.is_alive() for thread in self._threads)

    @property
    def is_accepting(self) -> bool:
        """Whether parcels are taken, as far as there is room."""
        return not self._stopping

    def submit(self, parcel: Parcel) -> Future[list[Outcome]]:
        """Queue a parcel. The future gives one outcome per payload, in order.

        The future raises `Refusal` (the credential does not allow capture), `AtomicRefusal`, or `StoreUnavailable`.
        When it raises `StoreUnavailable`, earlier chunks of a large parcel may have been stored: sending the same
        parcel again is safe, and gives the same receipt.

        Raises:
            Overloaded: too many records wait, or half of them are this sender's already.
        """
        step = len(parcel.payloads) if parcel.atomic else CHUNK
        chunks = [
            _Chunk(replace(parcel, payloads=parcel.payloads[start : start + step]), _running_future())
            for start in range(0, len(parcel.payloads), max(step, 1))
        ]
        whole = _gather([chunk.future for chunk in chunks])
        with self._lock:
            if chunks and (self._stopping or self._is_full(chunks[0].sender, len(parcel.payloads))):
                raise Overloaded([Problem(sentence=sentences.OVERLOADED, values={"seconds": RETRY_SECONDS})])
            for chunk in chunks:
                self._count(chunk, 1)
                self._arrived.put(chunk.sender, chunk)
            self._work.notify()
        return whole

    def _is_full(self, sender: Hashable, records: int) -> bool:
        """Whether records of a sender find no room; what is larger than the queue comes in when nothing else waits."""
        too_many = self._queued_in_all + records > self._max_queued
        too_many_of_one = self._queued[sender] + records > self._max_queued // 2
        return bool((self._queued_in_all and too_many) or (self._queued[sender] and too_many_of_one))

    def _count(self, chunk: _Chunk, sign: int) -> None:
        records = sign * len(chunk.parcel.payloads)
        self._queued_in_all += records
        self._queued[chunk.sender] += records
        if not self._queued[chunk.sender]:
            del self._queued[chunk.sender]

    def _prepare_forever(self) -> None:
        while True:
            with self._lock:
                self._preparing = 0
                while not self._arrived.lines:
                    self._prepared.notify_all()  # what is ready waits for nothing any more
                    if self._stopping:
                        return
                    self._work.wait()
                chunk = self._arrived.take_one()
                self._preparing = len(chunk.rest.payloads)
                if self._is_worth_a_commit():
                    self._prepared.notify()
            try:
                chunk.prepared = _joined(chunk.prepared, self._prepare(chunk.rest), whole=chunk.parcel)
            except Exception as error:  # noqa: BLE001 - one sender's parcel must not end the thread
                self._finish(chunk, error)
                continue
            with self._lock:
                if chunk.is_prepared:
                    self._crowd.note(chunk.prepared.member.id)
                    self._ready.put(chunk.prepared.member.id, chunk)
                    if self._is_worth_a_commit():
                        self._prepared.notify()
                else:
                    self._arrived.put_back(chunk.sender, chunk)

    def _prepare(self, parcel: Parcel) -> Prepared:
        prepared = self._directory.decide(lambda directory: self._capture.prepare(parcel, directory))
        if any(_is_stranger(outcome) for outcome in prepared.entries):
            # A key enrolled a moment ago by another process is no stranger's: look again before turning it away.
            current = self._directory.current()
            if current.version != prepared.directory_version:
                return self._capture.prepare(parcel, current)
        return prepared

    def _commit_forever(self) -> None:
        while True:
            with self._lock:
                while not self._is_worth_a_commit():
                    if self._stopping and not (self._arrived.lines or self._preparing or self._ready.lines):
                        return
                    self._prepared.wait(1.0)
                group = self._ready.take(self._group_size, each=self._crowd.part(self._group_size))
            self._commit(group)

    def _is_worth_a_commit(self) -> bool:
        """Whether enough is ready, or nothing else soon will be."""
        soon = self._preparing <= SOON_PREPARED if self._preparing else bool(self._arrived.lines)
        return bool(self._ready.lines) and (not soon or self._ready.records >= WORTH_A_COMMIT)

    def _commit(self, group: list[_Chunk]) -> None:
        """Commit a group; when the database objects to it, commit its parts singly, so that one fails alone."""
        started = time.perf_counter()
        try:
            answers = self._commit_current(group)
        except (AtomicRefusal, StoreUnavailable) as error:
            for chunk in group:
                self._finish(chunk, error)
            return
        except Exception as error:
            if len(group) > 1:
                for chunk in group:
                    self._commit([chunk])
            elif len(group[0].parcel.payloads) > 1 and not group[0].parcel.atomic:
                self._commit_singly(group[0])
            else:
                log.exception("capture_failed")
                self._finish(group[0], error)
            return
        if self._observer is not None:
            records = sum(len(answer) for answer in answers)
            self._observer.committed(records=records, seconds=time.perf_counter() - started)
        for chunk, answer in zip(group, answers, strict=True):
            self._finish(chunk, answer)
        self._on_commit()

    def _commit_singly(self, chunk: _Chunk) -> None:
        """Commit the records of a chunk one by one: one that the database objects to is refused alone."""
        prepared = _prepared(chunk)
        outcomes: list[Outcome] = []
        for payload, entry in zip(chunk.parcel.payloads, prepared.entries, strict=True):
            parcel = replace(chunk.parcel, payloads=(payload,))
            single = _Chunk(parcel, _running_future(), replace(prepared, parcel=parcel, entries=(entry,)))
            try:
                ((outcome,),) = self._commit_current([single])
            except StoreUnavailable as error:
                self._finish(chunk, error)
                return
            except Exception:
                log.exception("capture_failed")
                outcome = Outcome(status=Status.REFUSED, problems=(Problem(sentence=sentences.RECORD_NOT_STORED),))
            outcomes.append(outcome)
        self._finish(chunk, outcomes)
        self._on_commit()

    def _commit_current(self, group: list[_Chunk]) -> list[list[Outcome]]:
        """Commit a group, prepared again as often as the directory changes under it."""
        for _ in range(STALE_RETRIES):
            prepared = [_prepared(chunk) for chunk in group]
            if not any(p.submissions for p in prepared):
                return [p.outcomes(()) for p in prepared]
            try:
                with self._store.capture_transaction() as transaction:
                    return self._capture.capture_group(transaction, prepared)
            except DirectoryChanged:
                current = self._directory.current()
                for chunk in group:
                    chunk.prepared = self._prepared_again(chunk, current_version=current.version)
        raise StoreUnavailable

    def _prepared_again(self, chunk: _Chunk, *, current_version: int) -> Prepared:
        prepared = _prepared(chunk)
        try:
            return self._capture.prepare(chunk.parcel, self._directory.snapshot())
        except InstanceClosed:
            raise
        except Refusal as refusal:
            # The sender lost the right to capture between prepare and commit: every record is refused alone.
            outcomes = tuple(_refused(refusal) for _ in chunk.parcel.payloads)
            return replace(prepared, directory_version=current_version, entries=outcomes)

    def _finish(self, chunk: _Chunk, answer: Sequence[Outcome] | BaseException) -> None:
        with self._lock:
            self._count(chunk, -1)
        if isinstance(answer, BaseException):
            chunk.future.set_exception(answer)
        else:
            chunk.future.set_result(list(answer))


def _prepared(chunk: _Chunk) -> Prepared:
    if chunk.prepared is None:
        msg = "a chunk is committed only after it was prepared"
        raise RuntimeError(msg)
    return chunk.prepared


def _joined(earlier: Prepared | None, later: Prepared, *, whole: Parcel) -> Prepared:
    """Join the slices of a parcel; where the directory changed between them, the older version speaks for both."""
    if earlier is None:
        return later if later.parcel is whole else replace(later, parcel=whole)
    version = min(earlier.directory_version, later.directory_version)
    return replace(earlier, directory_version=version, entries=earlier.entries + later.entries)


def _refused(refusal: Refusal) -> Outcome:
    return Outcome(status=Status.REFUSED, problems=refusal.problems)


def _is_stranger(entry: object) -> bool:
    return isinstance(entry, Outcome) and any(p.code == sentences.UNKNOWN_KEY.code for p in entry.problems)


def _running_future() -> Future[list[Outcome]]:
    """A future that a client who goes away cannot cancel: its record is on its way to the log."""
    future: Future[list[Outcome]] = Future()
    future.set_running_or_notify_cancel()
    return future


def _gather(parts: list[Future[list[Outcome]]]) -> Future[list[Outcome]]:
    """One future of all the parts' outcomes in order, or of the first exception among them."""
    if len(parts) == 1:
        return parts[0]
    whole = _running_future()
    missing = [len(parts)]
    lock = threading.Lock()

    def one_is_done(_: Future[list[Outcome]]) -> None:
        with lock:
            missing[0] -= 1
            if missing[0]:
                return
        error = next((e for e in (part.exception() for part in parts) if e is not None), None)
        if error is not None:
            whole.set_exception(error)
        else:
            whole.set_result([outcome for part in parts for outcome in part.result()])

    for part in parts:
        part.add_done_callback(one_is_done)
    if not parts:
        whole.set_result([])
    return whole
