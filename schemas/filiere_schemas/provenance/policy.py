"""Policies: which logs one believes, which witnesses one knows, and how many of them must have seen a head.

    log <verifier key> [<url>]
    witness <name> <verifier key> [<url>]
    group <name> all|any|<k> <name>...
    quorum <name>|none

A head holds under a policy if one of its logs signed it and the quorum cosigned it. A witness cosigns a head only if
it extends every head that it cosigned before, so a log that shows two histories needs the quorum twice.

Source: C2SP tlog-policy.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import policy_sentences as sentences
from filiere_schemas.provenance.checkpoint import Checkpoint, parse_checkpoint_text
from filiere_schemas.provenance.note import (
    InvalidVerifierKey,
    Note,
    NoteKeyType,
    NoteUnsigned,
    VerifierKey,
    cosigned_at,
    parse_note,
)
from filiere_schemas.provenance.note import verify_note as verify_signature

MAX_POLICY_BYTES: Final = 65_536  # three hundred witnesses; the standard asks for 32 at least
NO_QUORUM: Final = "none"

_ALLOWED: Final = re.compile(rb"(?:[\t\x20-\x7e\x80-\xff]*\n)*")
_SPACE: Final = re.compile(r"[ \t]+")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}")
_FORMS: Final = {
    "log": "log <vkey> [<url>]",
    "witness": "witness <name> <vkey> [<url>]",
    "group": "group <name> all|any|<k> <name>...",
    "quorum": "quorum <name>",
}


class InvalidPolicy(Refusal):
    """A policy that cannot be used: nothing can be verified under it."""


class QuorumMissing(Refusal):
    """A head that too few witnesses have cosigned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLog:
    """A log that is believed; the name of its key is its origin."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWitness:
    """A witness; `name` is the policy's own, `url` where heads are submitted to it."""

    name: str
    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Names of which at least `threshold` must have seen a head."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy as read; `quorum` names a witness, a group or `none`."""

    logs: tuple[KnownLog, ...] = ()
    witnesses: tuple[KnownWitness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NO_QUORUM

    def is_met_by(self, names: Collection[str]) -> bool:
        """Say whether these witnesses, by their names in the policy, are a quorum."""
        seen = {witness.name for witness in self.witnesses} & set(names)
        for group in self.groups:  # a group's members stand above it
            if sum(member in seen for member in group.members) >= group.threshold:
                seen.add(group.name)
        return self.quorum == NO_QUORUM or self.quorum in seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A head that holds under a policy: who signed it as log, and when (seconds since 1970) which witness saw it."""

    checkpoint: Checkpoint
    log: VerifierKey
    seen_at: Mapping[str, int]


def parse_policy(raw: bytes) -> Policy:
    """Read a policy.

    Raises:
        InvalidPolicy: naming the line, and what was expected there.
    """
    if len(raw) > MAX_POLICY_BYTES or not _ALLOWED.fullmatch(raw):
        raise _invalid(sentences.POLICY_BYTES, limit=MAX_POLICY_BYTES)
    # Octets beyond ASCII are opaque: undecodable ones survive as surrogates, and no two names become one.
    text = raw.decode("utf-8", "surrogateescape")
    reading = _Reading()
    for number, line in enumerate(text.split("\n")[:-1], start=1):
        words = [word for word in _SPACE.split(line) if word]
        if words and not words[0].startswith("#"):
            reading.take(number, words)
    if len(reading.quorums) != 1:
        raise _invalid(sentences.POLICY_QUORUM, found=len(reading.quorums))
    return Policy(
        logs=tuple(reading.logs),
        witnesses=tuple(reading.witnesses),
        groups=tuple(reading.groups),
        quorum=reading.quorums[0],
    )


def format_policy(policy: Policy) -> bytes:
    """Write a policy; reading it again gives the same policy.

    Raises:
        InvalidPolicy: it breaks a rule of the format.
        ValueError: a name or an address cannot stand in a policy.
    """
    lines = [
        *(_line("log", str(log.key), log.url) for log in policy.logs),
        *(_line("witness", witness.name, str(witness.key), witness.url) for witness in policy.witnesses),
        *(_line("group", group.name, str(group.threshold), *group.members) for group in policy.groups),
        _line("quorum", policy.quorum),
    ]
    raw = "".join(lines).encode("utf-8", "surrogateescape")
    if parse_policy(raw) != policy:
        raise ValueError("expected names and addresses without spaces, found one that reads as something else")
    return raw


def verify_note(raw: bytes, policy: Policy) -> Witnessed:
    """Verify a head under a policy.

    1. The bytes are a signed note, and its text a checkpoint. 2. One of the policy's logs, named as its origin,
    signed it, and each of its signatures holds. 3. Each known witness's cosignature on it holds. 4. Those that
    cosigned are a quorum. The caller still decides whether the head is recent, and whether it extends others.

    Raises:
        InvalidNote, InvalidCheckpoint: step 1.
        NoteUnsigned: step 2.
        BadNoteSignature: step 2 or 3.
        QuorumMissing: step 4.
    """
    note = parse_note(raw)
    checkpoint = parse_checkpoint_text(note.text)
    return Witnessed(
        checkpoint=checkpoint, log=_signing_log(note, policy, checkpoint.origin), seen_at=verify_quorum(note, policy)
    )


def verify_quorum(note: Note, policy: Policy) -> Mapping[str, int]:
    """Verify that the quorum cosigned a note, and say when which witness saw it (steps 3 and 4 of `verify_note`).

    Raises:
        InvalidCheckpoint: the note's text is not a checkpoint.
        BadNoteSignature: a known witness's cosignature does not hold.
        QuorumMissing: too few have cosigned.
    """
    checkpoint = parse_checkpoint_text(note.text)
    seen_at = cosigners(note, policy)
    if not policy.is_met_by(seen_at):
        values = {"quorum": policy.quorum, "size": checkpoint.size, "found": ", ".join(sorted(seen_at)) or "-"}
        raise QuorumMissing([Problem(sentence=sentences.QUORUM_MISSING, values=values)])
    return seen_at


def cosigners(note: Note, policy: Policy) -> Mapping[str, int]:
    """Say which of a policy's witnesses cosigned a note, and when; lines of other keys are ignored.

    Raises:
        BadNoteSignature: a known witness's cosignature does not hold.
    """
    return {witness.name: cosigned_at(note, witness.key) for witness in policy.witnesses if note.bears(witness.key)}


def _signing_log(note: Note, policy: Policy, origin: str) -> VerifierKey:
    """Give the key that signed a note as its log; a log may have two keys while one replaces the other."""
    signing = [log.key for log in policy.logs if log.key.name == origin and note.bears(log.key)]
    if not signing:
        raise NoteUnsigned([Problem(sentence=sentences.POLICY_LOG_UNKNOWN, values={"found": origin})])
    for key in signing:
        verify_signature(note, key)
    return signing[0]


@dataclass(slots=True)
class _Reading:
    """What was read so far; each line may only name what stands above it."""

    logs: list[KnownLog] = field(default_factory=list)
    witnesses: list[KnownWitness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorums: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=lambda: {NO_QUORUM})
    members: set[str] = field(default_factory=set)

    def take(self, line: int, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) <= 1:
                self._take_log(line, key, *url)
            case ["witness", name, key, *url] if len(url) <= 1:
                self._take_witness(line, name, key, *url)
            case ["group", name, threshold, _, *_]:
                self._take_group(line, name, threshold, words[3:])
            case ["quorum", name]:
                if name not in self.names:
                    raise _invalid(sentences.POLICY_NAME_UNKNOWN, line=line, found=name)
                self.quorums.append(name)
            case _:
                expected = _FORMS.get(words[0], "log|witness|group|quorum ...")
                raise _invalid(sentences.POLICY_LINE, line=line, expected=expected, found=" ".join(words))

    def _take_log(self, line: int, text: str, url: str | None = None) -> None:
        key = _key(line, text, NoteKeyType.ED25519)
        # The standard compares the keys themselves: under two names they would still be one party.
        if any(log.key.public.raw == key.public.raw for log in self.logs):
            raise _invalid(sentences.POLICY_KEY_TWICE, line=line, found=key.name)
        self.logs.append(KnownLog(key=key, url=url))

    def _take_witness(self, line: int, name: str, text: str, url: str | None = None) -> None:
        key = _key(line, text, NoteKeyType.COSIGNATURE)
        if any(witness.key.public.raw == key.public.raw for witness in self.witnesses):
            raise _invalid(sentences.POLICY_KEY_TWICE, line=line, found=name)
        self._define(line, name)
        self.witnesses.append(KnownWitness(name=name, key=key, url=url))

    def _take_group(self, line: int, name: str, threshold: str, members: list[str]) -> None:
        for member in members:
            if member not in self.names or member == NO_QUORUM:
                raise _invalid(sentences.POLICY_NAME_UNKNOWN, line=line, found=member)
            if member in self.members:
                raise _invalid(sentences.POLICY_MEMBER_TWICE, line=line, found=member)
            self.members.add(member)
        self._define(line, name)
        least = _threshold(line, threshold, len(members))
        self.groups.append(Group(name=name, threshold=least, members=tuple(members)))

    def _define(self, line: int, name: str) -> None:
        if name in self.names:
            raise _invalid(sentences.POLICY_NAME_TWICE, line=line, found=name)
        self.names.add(name)


def _key(line: int, text: str, expected: NoteKeyType) -> VerifierKey:
    try:
        key = VerifierKey.parse(text)
    except (InvalidVerifierKey, UnicodeEncodeError) as error:
        raise _invalid(sentences.POLICY_KEY, line=line, expected=f"0x{expected:02x}", found=text) from error
    if key.type is not expected:
        raise _invalid(sentences.POLICY_KEY, line=line, expected=f"0x{expected:02x}", found=text)
    return key


def _threshold(line: int, text: str, count: int) -> int:
    least = {"any": 1, "all": count}.get(text) or (int(text) if _NUMBER.fullmatch(text) else 0)
    if not 1 <= least <= count:
        raise _invalid(sentences.POLICY_THRESHOLD, line=line, count=count, found=text)
    return least


def _line(*words: str | None) -> str:
    return " ".join(word for word in words if word is not None) + "\n"


def _invalid(sentence: Sentence, **values: object) -> InvalidPolicy:
    return InvalidPolicy([Problem(sentence=sentence, values=values)])
