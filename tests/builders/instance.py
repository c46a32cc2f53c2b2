"""Build an instance under test, and members that send to it as a connector would.

The instance is real: its database, its log files, its keys, its threads. Keys, clock and origin may be fixed, so
that a capture can be replayed into two instances.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from builders.events import an_object_event
from builders.migrated import lay_migrated
from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.erasure import ErasureOrder
from filiere_platform.domain.log_check import FsckReport
from filiere_platform.domain.member import Member, Scope
from filiere_platform.domain.record_proof import RecordVerifier
from filiere_platform.settings import Settings, read_settings
from filiere_platform.usecases.capture import Clock
from filiere_platform.usecases.erasure import Done, erase_record
from filiere_platform.usecases.fsck import fsck
from filiere_platform.usecases.members import add_member, create_api_token, create_enrolment_token
from filiere_schemas.epcis.identity import identity_of
from filiere_schemas.provenance.envelope import FIRST_PREV, digest_of, parse_envelope, sign_event
from filiere_schemas.provenance.erasure import Erased
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.statements import sign_enrolment_proof
from filiere_schemas.provenance.void import Void, sign_void

ORIGIN = "log.test.example/filiere"
JOSE = "application/jose"
PUBLISH_SECONDS = 20  # the publisher signs every 20 ms here; a busy machine may take longer
ERASURE_REASONS: dict[str, Any] = {
    "basis": "GDPR, article 17",
    "author": "urn:filiere:party:siret:73282932000074",
}


def seeded_key(name: str) -> SigningKey:
    """A key that is the same in every run."""
    return SigningKey.from_seed(hashlib.sha256(name.encode()).digest())


def duns(name: str) -> str:
    """Give the number by which a member of a name goes."""
    return f"{int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) % 10**9:09d}"


@dataclass
class FixedClock:
    """A clock that stands still until it is told to go on, so that a capture can be replayed exactly."""

    now: int = 1_772_600_000_000_000

    def __call__(self) -> int:
        return self.now

    def advance(self, milliseconds: int = 1) -> None:
        self.now += milliseconds * 1_000


@dataclass
class Sender:
    """A member with a token and a key: signs events in a chain and sends them."""

    uri: str
    token: str
    key: SigningKey
    client: httpx.Client
    origin: str = ORIGIN
    seq: int = 0
    prev: bytes = FIRST_PREV
    issued_at: datetime = field(default_factory=lambda: datetime(2026, 3, 4, tzinfo=UTC))

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def sign(self, event: dict[str, Any] | bytes, **changes: Any) -> bytes:
        """Sign one event as the next of this key's chain."""
        self.seq += 1
        payload = event if isinstance(event, bytes) else json.dumps(event, ensure_ascii=False).encode()
        arguments: dict[str, Any] = {
            "key": self.key,
            "issuer": self.uri,
            "seq": self.seq,
            "prev": self.prev,
            "issued_at": self.issued_at,
            "audience": self.origin,
        }
        envelope = sign_event(payload, **(arguments | changes))
        self.prev = digest_of(envelope)
        return envelope

    def void(self, discarded: bytes, *, reason: str = "saisi deux fois") -> bytes:
        """Sign, as the next of this key's chain, that an envelope of this chain was discarded."""
        envelope = parse_envelope(discarded)
        void = Void(
            sha256=envelope.sha256,
            seq=envelope.header.seq,
            prev=envelope.header.prev,
            event=identity_of(json.loads(envelope.payload), self.uri),
            reason=reason,
        )
        self.seq += 1
        place = {"seq": self.seq, "prev": self.prev, "issued_at": self.issued_at}
        signed = sign_void(void, key=self.key, issuer=self.uri, audience=self.origin, **place)
        self.prev = digest_of(signed)
        return signed

    def send(self, *envelopes: bytes, language: str = "en") -> httpx.Response:
        """Send envelopes in one request."""
        headers = {**self.headers, "Content-Type": JOSE, "Accept-Language": language}
        return self.client.post("/api/v1/records", content=b"\n".join(envelopes), headers=headers)

    def send_events(self, *events: dict[str, Any]) -> httpx.Response:
        """Sign events and send them in one request."""
        return self.send(*(self.sign(event) for event in events))

    def send_new(self, count: int = 1, **changes: Any) -> list[int]:
        """Send so many events that nobody has sent before; gives their records' indexes."""
        events = (an_object_event(eventID=uuid.uuid4().urn, **changes) for _ in range(count))
        return [record["index"] for record in self.send_events(*events).json()["records"]]

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Read as this member."""
        return self.client.get(path, params=parameters, headers=self.headers)

    def get_published(self, path: str, **parameters: Any) -> httpx.Response:
        """Read as this member, as often as the answer is that the publisher is a moment behind."""
        deadline = time.monotonic() + PUBLISH_SECONDS
        while True:
            answer = self.get(path, **parameters)
            if answer.status_code != 503 or time.monotonic() > deadline:
                return answer
            assert answer.json()["code"] == "not-yet-published"
            time.sleep(0.02)


@dataclass
class Instance:
    """A founded instance with an HTTP client on it."""

    platform: bootstrap.Platform
    client: httpx.Client

    def admit(
        self,
        name: str,
        *,
        uri: str | None = None,
        sharing: SharingMode | None = None,
        identifiers: tuple[str, ...] = (),
        enrolment: str = "",
    ) -> Sender:
        """Admit a member, give it a token and enrol a key over HTTP, as a connector does.

        `enrolment` fixes the one-time token, whose digest is part of the key's entry in the log.
        """
        uri = uri or f"urn:filiere:party:duns:{duns(name)}"
        with self.platform.database.unit_of_work() as uow:
            member = add_member(uow, uri=uri, name=name, sharing=sharing, identifiers=identifiers)
            token = create_api_token(uow, uri=uri, scopes=frozenset(Scope))
            if enrolment:
                expires = self.platform.clock() + 3_600_000_000
                uow.tokens.add_enrolment(hashlib.sha256(enrolment.encode()).digest(), member.id, expires)
            else:
                enrolment = create_enrolment_token(uow, uri=uri, now=self.platform.clock())
        key = seeded_key(name)
        response = self.enrol(uri, key, enrolment)
        assert response.status_code == 201, response.text
        return Sender(uri=uri, token=token, key=key, client=self.client, origin=self.platform.instance.origin)

    def member(self, uri: str) -> Member:
        """Give a member that was admitted."""
        with self.platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(uri)
        assert member is not None
        return member

    def log_size(self) -> int:
        """How many entries the log has."""
        with self.platform.database.unit_of_work() as uow:
            return uow.log.head().size

    def erase(self, index: int, *, what: Erased = Erased.PAYLOAD, rule: str = "on-request", **changes: Any) -> Done:
        """Erase a record's payload or disclosures, as `filiere erase` does."""
        order = ErasureOrder(rule=rule, what=what, **(ERASURE_REASONS | changes))
        with self.platform.database.unit_of_work() as uow:
            return erase_record(
                uow,
                index=index,
                order=order,
                receipt_key=self.platform.key(Duty.RECEIPT),
                origin=self.platform.instance.origin,
                now=self.platform.clock(),
            )

    def fsck(self) -> FsckReport:
        """Check everything that is stored and published, signatures included."""
        with self.platform.database.unit_of_work() as uow:
            log_key = VerifierKey(self.platform.instance.origin, self.platform.key(Duty.LOG).public)
            return fsck(uow.log, self.platform.files, log_key, open_verifier=self._verifier)

    def _verifier(self) -> RecordVerifier:
        return RecordVerifier.of(
            self.platform.directory.current(),
            origin=self.platform.instance.origin,
            receipt_key=self.platform.key(Duty.RECEIPT).public,
            registrar_key=self.platform.public_key(Duty.REGISTRAR),
        )

    def enrol(self, uri: str, key: SigningKey, token: str) -> httpx.Response:
        """Enrol a key with a one-time token."""
        proof = sign_enrolment_proof(
            key=key,
            issuer=uri,
            token_sha256=hashlib.sha256(token.encode()).digest(),
            origin=self.platform.instance.origin,
        )
        return self.client.post("/api/v1/keys", json={"token": token, "proof": proof.decode()})


def found(settings: Settings, *, origin: str = ORIGIN, clock: Clock = bootstrap.system_clock, seed: str = "") -> None:
    """Found an instance as `filiere init` does; with a seed, its own keys are the same in every run."""
    if seed:
        settings.keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        for duty in ("log", "receipt", "registrar"):
            path = settings.keys_dir / f"{duty}.pem"
            path.write_bytes(seeded_key(f"{seed} {duty}").to_pem())
            path.chmod(0o600)
    lay_migrated(settings.effective_database_url)
    bootstrap.found(settings.model_copy(update={"log_origin": origin}), name="Test", now=clock())


@contextmanager
def open_instance(
    folder: Path,
    *,
    database_url: str = "",
    broker_url: str = "",
    clock: Clock | None = None,
    seed: str = "",
    is_founded: bool = False,
    **more: Any,
) -> Iterator[Instance]:
    """Found an instance in a folder, unless it is there already, and serve it inside this process."""
    settings = read_settings(
        {},
        **{
            "data_dir": folder / "data",
            "database_url": database_url,
            "broker_url": broker_url,
            "publish_every_ms": 20,
            "sector": "food",
            # A suite asks faster than anybody may; tests/api/test_rates.py tests the limits.
            **dict.fromkeys(("requests_per_token", "requests_per_person", "requests_per_address"), 0),
        }
        | more,
    )
    clock = clock or bootstrap.system_clock
    if not is_founded:
        found(settings, clock=clock, seed=seed)
    with (
        bootstrap.open_platform(settings, clock=clock) as platform,
        TestClient(platform.application(with_workers=True), raise_server_exceptions=False) as client,
    ):
        yield Instance(platform=platform, client=client)
