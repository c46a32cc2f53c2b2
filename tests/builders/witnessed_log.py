"""A log that is published under the eyes of witnesses, in memory but for its files and the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from builders.stored_log import SIGNER, StoredLog
from filiere_platform.outbound.witnesses import PolicyWitnesses, reach
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases.publish import CHECKPOINT_NAME, Published, Signer, gather, publish
from filiere_platform.usecases.resume import resume
from filiere_schemas.provenance.checkpoint import Checkpoint, parse_checkpoint_text
from filiere_schemas.provenance.note import VerifierKey, parse_note
from filiere_schemas.provenance.policy import Group, KnownLog, KnownWitness, Policy

ROUND_SECONDS = 2.0


def two_of(*witnesses: tuple[VerifierKey, str]) -> Policy:
    """A policy under which two of these witnesses must have seen a head; they are called w1, w2, ..."""
    known = [KnownWitness(name=f"w{n}", key=key, url=url) for n, (key, url) in enumerate(witnesses, start=1)]
    group = Group(name="all", threshold=2, members=tuple(witness.name for witness in known))
    return Policy(logs=(KnownLog(key=SIGNER.verifiers[0]),), witnesses=tuple(known), groups=(group,), quorum="all")


def watched_by(policy: Policy, *, seconds: float = ROUND_SECONDS) -> PolicyWitnesses:
    return reach(policy, lambda: SIGNER, seconds=seconds)


@dataclass
class WitnessedLog:
    """A log, its files, and the witnesses of a policy."""

    folder: Path
    policy: Policy
    rows: StoredLog = field(default_factory=StoredLog)
    seconds: float = ROUND_SECONDS

    def __post_init__(self) -> None:
        self.files = TileFolder(self.folder)
        self.witnesses = watched_by(self.policy, seconds=self.seconds)
        self.witnesses._draw = lambda: 0.0  # a test waits for no pause

    def publish(self) -> Published | None:
        """One run of a publisher that has just started, as the worker does it."""
        signer = Signer(origin=SIGNER.origin, key=SIGNER.key, witnesses=self.witnesses)
        with self.files.exclusive():
            known = self.witnesses.known_heads()
            last = resume(self.rows, self.files, signer, known)
            gathered = gather(self.rows, last, signer)
            return publish(gathered, last, self.files, signer) if gathered else last

    @property
    def served(self) -> bytes | None:
        return self.files.read(CHECKPOINT_NAME)

    @property
    def served_size(self) -> int | None:
        return head_of(self.served).size if self.served else None

    @property
    def signed_size(self) -> int | None:
        anchor = self.files.read_anchor()
        return head_of(anchor).size if anchor else None


def head_of(note: bytes) -> Checkpoint:
    return parse_checkpoint_text(parse_note(note).text)


@contextmanager
def answering(*answers: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers to every POST, one after the other, the last one for ever; knows no GET.

    Yields its address, and the paths that it was asked for.
    """
    asked: list[str] = []
    given: Sequence[tuple[int, dict[str, str], bytes]] = answers

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, body = given[min(asked.count(self.path), len(given) - 1)]
            asked.append(self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()
