"""A log that tests write as they like: records of several keys, at any place of their chains, stored at any time."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from builders.events import an_object_event
from builders.instance import ERASURE_REASONS, FixedClock, Sender, found, seeded_key
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.capture import Outcome
from filiere_platform.domain.erasure import ErasureOrder
from filiere_platform.domain.finding import Finding, FindingQuery
from filiere_platform.domain.member import Scope
from filiere_platform.settings import read_settings
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.chains import differing_chains
from filiere_platform.usecases.erasure import erase_record
from filiere_platform.usecases.keys import Registrar, enrol_key
from filiere_platform.usecases.members import add_member, create_api_token, create_enrolment_token
from filiere_platform.worker.chains import ChainFollower
from filiere_schemas.provenance.chain import ChainSegment
from filiere_schemas.provenance.statements import sign_enrolment_proof

HOUR = 3_600_000_000  # microseconds
GRACE = 6 * HOUR


@dataclass
class ChainedLog:
    """An instance without threads: each `store` is one commit, and nobody follows the chains unless told to."""

    platform: bootstrap.Platform
    clock: FixedClock
    senders: dict[str, Sender] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def admit(self, name: str) -> Sender:
        """Admit a member with a key of its own."""
        uri = f"urn:filiere:party:duns:{int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % 10**9:09d}"
        key, origin = seeded_key(name), self.platform.instance.origin
        with self.platform.database.unit_of_work() as uow:
            self.ids[name] = add_member(uow, uri=uri, name=name).id
            api_token = create_api_token(uow, uri=uri, scopes=frozenset(Scope))
            token = create_enrolment_token(uow, uri=uri, now=self.clock())
            digest = hashlib.sha256(token.encode()).digest()
            proof = sign_enrolment_proof(key=key, issuer=uri, token_sha256=digest, origin=origin)
            key_of_registrar = self.platform.key(Duty.REGISTRAR)
            registrar = Registrar(public=key_of_registrar.public, key=key_of_registrar)
            enrol_key(uow, token=token, proof=proof, registrar=registrar, origin=origin, now=self.clock())
        client: Any = None  # nothing is sent over HTTP
        sender = Sender(uri=uri, token=api_token, key=key, client=client, origin=origin)
        self.senders[name] = sender
        return sender

    def store(self, sender: Sender, *envelopes: bytes) -> list[Outcome]:
        """Admit records of one sender in one commit, as the intake does."""
        (member_id,) = (self.ids[name] for name, known in self.senders.items() if known is sender)
        directory = self.platform.directory.current()
        capture = self.platform.capture
        prepared = capture.prepare(Parcel(sender=member_id, payloads=tuple(envelopes), signed=True), directory)
        with self.platform.database.capture_transaction() as transaction:
            (outcomes,) = capture.capture_group(transaction, [prepared])
        return outcomes

    def erase(self, index: int) -> None:
        """Erase a record's payload."""
        with self.platform.database.unit_of_work() as uow:
            erase_record(
                uow,
                index=index,
                order=ErasureOrder(rule="on-request", **ERASURE_REASONS),
                receipt_key=self.platform.key(Duty.RECEIPT),
                origin=self.platform.instance.origin,
                now=self.clock(),
            )

    def follower(self, *, limit: int = 1_000, grace: int = GRACE) -> ChainFollower:
        """A worker that follows the chains, some log indexes a round."""
        return ChainFollower(
            units=self.platform.database, leadership=self.platform.database.leadership, grace=grace, limit=limit
        )

    def segments(self) -> list[ChainSegment]:
        """The runs that are kept."""
        with self.platform.database.unit_of_work() as uow:
            return uow.chains.all()

    def findings(self, now: int | None = None, **asked: Any) -> list[Finding]:
        """What the operator is told at an instant."""
        query = FindingQuery(now=self.clock() if now is None else now, limit=10_000, **asked)
        with self.platform.database.unit_of_work() as uow:
            return uow.findings.visible_to(OPERATOR).find(query)

    def differences(self, *, grace: int = GRACE) -> list[tuple[str, str | None]]:
        """Where what is kept differs from what the log says."""
        with self.platform.database.unit_of_work() as uow:
            return differing_chains(uow, grace=grace)


@contextmanager
def open_chained_log(folder: Path, *, database_url: str) -> Iterator[ChainedLog]:
    """Found an instance whose clock the test moves."""
    clock = FixedClock()
    settings = read_settings({}, data_dir=folder / "data", database_url=database_url)
    found(settings, clock=clock)
    with bootstrap.open_platform(settings, clock=clock) as platform:
        yield ChainedLog(platform=platform, clock=clock)


def numbered(number: int, **changes: Any) -> dict[str, Any]:
    """An event of its own."""
    return an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}", **changes)


def a_chain(sender: Sender, count: int, *, first: int = 1) -> list[bytes]:
    """Sign so many events in the sender's chain."""
    return [sender.sign(numbered(number)) for number in range(first, first + count)]


def a_wild_history(log: ChainedLog, sender: Sender, random_: random.Random, *, events: int) -> None:
    """Store what a broken connector could send: late, twice, forked, voided, refused, never sent, over two days."""
    kept: list[bytes] = []
    for number in range(events):
        place: dict[str, Any] = {}
        if kept and random_.random() < 0.15:
            place = {"seq": max(1, sender.seq - random_.randrange(3))}
        refused = {"action": "PAINT"} if random_.random() < 0.1 else {}
        envelope = sender.sign(numbered(number, **refused), **place)
        kept.append(envelope)
        if random_.random() < 0.1 and not refused:
            kept.append(sender.void(envelope))
    random_.shuffle(kept)
    for group in _groups([each for each in kept if random_.random() < 0.9], random_):
        log.clock.advance(random_.choice([1, 60_000, 7 * 3_600_000]))
        log.store(sender, *group)


def _groups(items: Sequence[bytes], random_: random.Random) -> Iterator[Sequence[bytes]]:
    start = 0
    while start < len(items):
        size = random_.randrange(1, 6)
        yield items[start : start + size]
        start += size
