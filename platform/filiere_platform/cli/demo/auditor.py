"""What the demo's auditor does, over HTTP: trace, fetch a bundle, verify the log record by record."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from filiere_schemas.provenance.bundle import LoggedEntry
from filiere_schemas.provenance.checkpoint import verify_checkpoint
from filiere_schemas.provenance.entry import EntryKind, parse_entry
from filiere_schemas.provenance.envelope import digest_of
from filiere_schemas.provenance.merkle import leaf_hash, root
from filiere_schemas.provenance.record_check import read_content, read_history, verify_signature
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
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"{self.base_url}{path}{query}", headers=headers)  # noqa: S310 - our own loopback address
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
    statements = {each["index"]: each["statement"].encode() for each in json.loads(client.get("/log/keys/"))["keys"]}
    history = read_history((_record(at, EntryKind.KEY, body) for at, body in statements.items()), trust)
    verified = 0
    for index, entry in enumerate(entries):
        read = parse_entry(entry)
        if read.kind is EntryKind.KEY:
            body = statements.get(index, b"")
        else:
            body = auditor.record(index)["jws"].encode()
            read_content(verify_signature(_record(index, read.kind, body), history, trust))
        verified += digest_of(body) == read.sha256
    return checkpoint.size, verified


def _record(index: int, kind: EntryKind, body: bytes) -> LoggedEntry:
    """A record as a verifier takes it; its place needs no proof of its own where the whole log was hashed."""
    return LoggedEntry(index=index, kind=kind, sha256=digest_of(body), body=body)


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
