"""What the demo's auditor does, over HTTP: trace, fetch a bundle, verify the log record by record."""

from __future__ import annotations

import hashlib
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from filiere_schemas.provenance.checkpoint import verify_checkpoint
from filiere_schemas.provenance.entry import EntryKind, parse_entry
from filiere_schemas.provenance.envelope import parse_envelope, verify_envelope
from filiere_schemas.provenance.merkle import leaf_hash, root
from filiere_schemas.provenance.statements import KeyRegistration, read_key_registration
from filiere_schemas.provenance.tiles import decode_entries, entries_path
from filiere_schemas.provenance.trust import Trust

TIMEOUT_SECONDS = 10.0
PUBLISH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Client:
    """HTTP with the standard library: the demo needs nothing that the platform does not."""

    base_url: str

    def get(self, path: str, *, token: str | None = None, **parameters: str) -> bytes:
        """GET a path."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self._open(urllib.request.Request(f"{self.base_url}{path}{query}", headers=_headers(token)))  # noqa: S310 - our own loopback address

    def post(self, path: str, body: bytes, *, content_type: str, token: str | None = None) -> bytes:
        """POST a body."""
        headers = {**_headers(token), "Content-Type": content_type}
        return self._open(urllib.request.Request(f"{self.base_url}{path}", data=body, headers=headers))  # noqa: S310 - our own loopback address

    def _open(self, request: urllib.request.Request) -> bytes:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 - our own loopback address
            body: bytes = response.read()
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Whoever looks: an address and a token."""

    client: Client
    token: str

    def trace(self, uri: str, direction: str = "both") -> dict[str, Any]:
        """Trace an object."""
        answer = self.client.get("/api/v1/trace", token=self.token, object=uri, direction=direction)
        read: dict[str, Any] = json.loads(answer)
        return read

    def record(self, index: int) -> dict[str, Any]:
        """Read one record."""
        read: dict[str, Any] = json.loads(self.client.get(f"/api/v1/records/{index}", token=self.token))
        return read

    def bundle(self, uri: str) -> bytes:
        """Fetch what proves the history of an object."""
        return self.client.get("/api/v1/bundle", token=self.token, object=uri)


def verify_log(auditor: Auditor, *, size: int, trust: Trust) -> tuple[int, int]:
    """Verify every record of the log from its files and the signed bytes; gives how many there are, how many hold.

    1. The checkpoint is signed by the log. 2. The entries hash to its root. 3. Each key entry is signed by the
    registrar and proves possession. 4. Each event's bytes hash to its entry and are signed by a key registered
    before it, for the member it names.

    Raises:
        Refusal: step 1 or 3 fails, or a signature does not hold.
    """
    client = auditor.client
    checkpoint = verify_checkpoint(_published(client, size), trust.log)
    entries = _entries(client, checkpoint.size)
    if root([leaf_hash(entry) for entry in entries]) != checkpoint.root:
        return checkpoint.size, 0
    keys = _registered_keys(client, trust)
    verified = 0
    for index, entry in enumerate(entries):
        read = parse_entry(entry)
        if read.kind is EntryKind.KEY:
            verified += read.sha256 in {registered for registered, _ in keys.values()}
        else:
            verified += _event_holds(auditor.record(index), read.sha256, trust.origin, keys)
    return checkpoint.size, verified


def _event_holds(
    record: dict[str, Any], sha256: bytes, origin: str, keys: dict[str, tuple[bytes, KeyRegistration]]
) -> bool:
    envelope = parse_envelope(record["jws"].encode())
    _, registration = keys[envelope.header.kid]
    verify_envelope(envelope, registration.public, issuer=registration.issuer, audience=origin)
    return envelope.sha256 == sha256


def _registered_keys(client: Client, trust: Trust) -> dict[str, tuple[bytes, KeyRegistration]]:
    listed = json.loads(client.get("/log/keys/"))
    keys = {}
    for entry in listed["keys"]:
        compact = entry["statement"].encode()
        registration = read_key_registration(compact, trust.registrar, origin=trust.origin)
        keys[registration.public.thumbprint] = (hashlib.sha256(compact).digest(), registration)
    return keys


def _published(client: Client, size: int) -> bytes:
    """Wait until a checkpoint covers so many records."""
    deadline = time.monotonic() + PUBLISH_SECONDS
    while True:
        try:
            note = client.get("/log/checkpoint")
            if int(note.split(b"\n")[1]) >= size:
                return note
        except urllib.error.HTTPError:
            pass
        if time.monotonic() > deadline:
            msg = f"no checkpoint over {size} records within {PUBLISH_SECONDS} s"
            raise TimeoutError(msg)
        time.sleep(0.05)


def _entries(client: Client, size: int) -> list[bytes]:
    entries: list[bytes] = []
    while len(entries) < size:
        width = min(256, size - len(entries))
        path = entries_path(len(entries) // 256, width)
        entries += decode_entries(client.get(f"/log/{path}"))
    return entries


def _headers(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
