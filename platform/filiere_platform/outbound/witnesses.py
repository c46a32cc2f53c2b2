"""The witnesses of a policy, asked all at once: as soon as the quorum has answered, nobody else is waited for.

A witness that is slow, away or lying costs a log line, not the others' time: it is not asked again while it has not
answered, and after a failure only after a pause that grows.
"""

from __future__ import annotations

import contextlib
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from filiere_platform.domain import witness_sentences
from filiere_platform.domain.publication import KnownHead, ReadFile
from filiere_platform.outbound.guard import Guard
from filiere_platform.outbound.witness_client import Prove, WitnessClient, WitnessDisagrees, WitnessFails
from filiere_platform.usecases.publish import Signer
from filiere_platform.usecases.witnessing import Unwitnessed
from filiere_schemas.backoff import full_jitter
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.merkle import EMPTY_ROOT, HASH_SIZE, consistency_proof
from filiere_schemas.provenance.note import Note, NoteSignature, VerifierKey, format_note, parse_note
from filiere_schemas.provenance.policy import InvalidPolicy, Policy, cosigners, parse_policy, verify_quorum
from filiere_schemas.provenance.tiles import Tile, node_reader, tile_path

ANSWER_SECONDS: Final = 5.0  # for one request to one witness, and for a round of all of them
FIRST_PAUSE: Final = 0.5  # seconds, after a failure
LONGEST_PAUSE: Final = 15.0

log = logging.getLogger(__name__)

Answered = TypeVar("Answered")


@dataclass(kw_only=True)
class _Contact:
    """A witness, and when it may be asked next. `is_asked` is set by the publisher's thread, cleared by the pool's."""

    client: WitnessClient
    is_asked: bool = False
    failures: int = 0
    rests_until: float = 0.0
    said: str = ""  # what the last failure was


class PolicyWitnesses:
    """Implements `usecases.witnessing.Witnesses` for one log; used by one publisher."""

    def __init__(
        self,
        policy: Policy,
        clients: Sequence[WitnessClient],
        *,
        signer: Callable[[], Signer],
        seconds: float = ANSWER_SECONDS,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Build from a policy and a client for each witness that can be reached; `signer` gives who signs now."""
        self._policy = policy
        self._contacts = tuple(_Contact(client=client) for client in clients)
        self._signer = signer
        self._seconds = seconds
        self._draw = draw
        self._pool = ThreadPoolExecutor(max(1, len(clients)), thread_name_prefix="witness")
        self._answers: dict[str, KnownHead | None] = {}  # what each witness has said that it keeps
        self._doubted = {client.name for client in clients}  # those to ask; set additions and removals are atomic
        self._shown = b""  # the text of the head that was shown last, and who cosigned it: not asked twice
        self._gathered: dict[str, NoteSignature] = {}

    def known_heads(self) -> Sequence[KnownHead]:
        """Give the heads that the witnesses have kept. Each is asked once, and again after it has disagreed.

        Raises:
            Unwitnessed: fewer than a quorum have answered. Any head that was served was cosigned by a quorum, so one
                more answer could be the one that remembers it.
        """
        if self._doubted:
            asked = set(self._doubted)
            for contact, head in self._ask(self._learn, asked):
                self._answers[contact.client.name] = head
                self._doubted.discard(contact.client.name)
            if not self._policy.is_met_by(self._answers):
                values = {"quorum": self._policy.quorum, "missing": self._missing(set(self._answers))}
                raise Unwitnessed([Problem(sentence=witness_sentences.WITNESSES_SILENT, values=values)])
            # Whoever is away disagrees when it comes back, if it has a reason to.
            self._doubted -= asked
        return _believed(self._policy, self._answers)

    def suffice(self, note: bytes) -> bool:
        """Say whether the quorum has cosigned a signed head."""
        try:
            verify_quorum(parse_note(note), self._policy)
        except Refusal:
            return False
        return True

    def cosign(self, note: bytes, read: ReadFile) -> bytes:
        """Give a signed head with the cosignatures of the quorum, and of whoever else was as quick.

        Raises:
            Unwitnessed: fewer than a quorum have cosigned by now.
        """
        signed = parse_note(note)
        if self._shown != signed.text:
            self._shown, self._gathered = signed.text, {}
        head = parse_checkpoint_text(signed.text)
        prove = _prover(head.size, read)
        before = set(cosigners(signed, self._policy))
        if not self._policy.is_met_by(before | set(self._gathered)):
            lacking = {contact.client.name for contact in self._contacts} - before - set(self._gathered)
            for contact, line in self._ask(lambda contact: contact.client.cosign(signed, prove), lacking):
                self._gathered[contact.client.name] = line
                if self._policy.is_met_by(before | set(self._gathered)):
                    break
        have = before | set(self._gathered)
        if not self._policy.is_met_by(have):
            values = {"size": head.size, "quorum": self._policy.quorum}
            values |= {"cosigned": ", ".join(sorted(have)) or "-", "missing": self._missing(have)}
            raise Unwitnessed([Problem(sentence=witness_sentences.QUORUM_AWAITED, values=values)])
        added = tuple(line for name, line in self._gathered.items() if name not in before)
        return format_note(Note(text=signed.text, signatures=signed.signatures + added))

    def _learn(self, contact: _Contact) -> KnownHead | None:
        return contact.client.known_head(self._signer().sign(0, EMPTY_ROOT))

    def _ask(self, question: Callable[[_Contact], Answered], names: set[str]) -> Iterator[tuple[_Contact, Answered]]:
        """Ask those of the named witnesses that are free and rested; yields answers as they come, until time is up."""
        now = time.monotonic()
        asked = {}
        for contact in self._contacts:
            if contact.is_asked or contact.rests_until > now or contact.client.name not in names:
                continue
            contact.is_asked = True
            asked[self._pool.submit(self._put, question, contact)] = contact
        try:
            for done in as_completed(asked, timeout=self._seconds):
                with contextlib.suppress(WitnessFails):
                    yield asked[done], done.result()
        except TimeoutError:
            return

    def _put(self, question: Callable[[_Contact], Answered], contact: _Contact) -> Answered:
        """Put a question to one witness, in a thread of the pool."""
        try:
            answer = question(contact)
        except WitnessDisagrees as error:
            # What it knows is compared with the database before anything else is signed: it is asked at once.
            contact.said = str(error)
            self._doubted.add(contact.client.name)
            log.warning("witness_disagrees", extra={"witness": contact.client.name, "reason": contact.said})
            raise
        except Exception as error:
            contact.failures += 1
            contact.said = str(error)
            pause = full_jitter(contact.failures, first=FIRST_PAUSE, longest=LONGEST_PAUSE, draw=self._draw())
            contact.rests_until = time.monotonic() + pause
            log.warning("witness_failed", extra={"witness": contact.client.name, "reason": contact.said})
            raise
        else:
            contact.failures, contact.said = 0, ""
            return answer
        finally:
            contact.is_asked = False

    def _missing(self, have: set[str]) -> str:
        reached = {contact.client.name: contact for contact in self._contacts}
        names = [witness.name for witness in self._policy.witnesses if witness.name not in have]
        said = {name: reached[name].said or "timeout" if name in reached else "no url" for name in names}
        return ", ".join(f"{name} ({said[name]})" for name in names) or "-"


def read_policy(path: Path) -> Policy:
    """Read a policy from its file.

    Raises:
        InvalidPolicy: it is none, or cannot be read.
    """
    try:
        return parse_policy(path.read_bytes())
    except OSError as error:
        values = {"found": path, "reason": error.strerror}
        raise InvalidPolicy([Problem(sentence=witness_sentences.POLICY_UNREADABLE, values=values)]) from error


def reach(policy: Policy, signer: Callable[[], Signer], *, seconds: float = ANSWER_SECONDS) -> PolicyWitnesses:
    """Reach the witnesses of a policy for a log; `signer` gives who signs it now, which changes with its keys.

    The operator wrote the policy: the hosts in it are its own choice, and may be on its own network.

    Raises:
        InvalidPolicy: it is about other logs, or its quorum cannot be reached with the addresses that it gives.
    """
    own, named = signer().verifiers, [log.key for log in policy.logs]
    if named and not any(key in named for key in own):
        values = {"expected": own[0], "found": ", ".join(map(str, named))}
        raise InvalidPolicy([Problem(sentence=witness_sentences.POLICY_OTHER_LOG, values=values)])
    urls = {witness.name: witness.url for witness in policy.witnesses if witness.url}
    if not policy.is_met_by(urls):
        values = {"quorum": policy.quorum, "found": ", ".join(urls) or "-"}
        raise InvalidPolicy([Problem(sentence=witness_sentences.POLICY_UNREACHABLE, values=values)])
    guard = Guard(allowed_hosts=frozenset(urlsplit(url).hostname or "" for url in urls.values()))

    def keys() -> Sequence[VerifierKey]:
        # A witness may have kept a head that a key of before has signed: the policy still names it.
        now = signer().verifiers
        return [*now, *(key for key in named if key.name == now[0].name and key not in now)]

    clients = [
        WitnessClient(witness, url=urls[witness.name], guard=guard, logs=keys, seconds=seconds)
        for witness in policy.witnesses
        if witness.name in urls
    ]
    return PolicyWitnesses(policy, clients, signer=signer, seconds=seconds)


def _believed(policy: Policy, answers: Mapping[str, KnownHead | None]) -> tuple[KnownHead, ...]:
    """Choose from what witnesses say the heads that nothing signed may contradict.

    A head that the log itself has signed is believed from anybody. A mere size is believed up to what the quorum cannot
    do without: otherwise one liar with a large number could stop the log.
    """
    heads = sorted((head for head in answers.values() if head is not None), key=lambda head: (head.size, head.name))
    signed = [head for head in heads if head.root is not None]
    for claim in reversed(heads):
        if claim.root is not None:
            continue
        less = {name for name, head in answers.items() if head is None or head.size < claim.size}
        if not policy.is_met_by(less):
            return (*signed, claim)
    return tuple(signed)


def _prover(size: int, read: ReadFile) -> Prove:
    """Prove from the tiles of a head that was just written."""

    def read_tile(tile: Tile) -> bytes:
        content = read(tile.path) or (read(tile_path(tile.level, tile.number)) or b"")[: tile.width * HASH_SIZE]
        if not content:
            raise WitnessFails(f"no {tile.path}")
        return content

    return lambda old, new: consistency_proof(old, new, node_reader(size, read_tile))
