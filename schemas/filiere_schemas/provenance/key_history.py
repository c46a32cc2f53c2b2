"""The history of an instance's keys, as its log tells it: which key could sign what, by log index alone.

A claimed time decides nothing. A record at index i holds if its key was active at i:

    registered at a        i <= a      not yet: whoever enrols a key cannot have signed with it before
    suspect from s         i >= s      disputed, where the key was revoked later: it holds, and somebody doubts it
    replaced or revoked    i >= r      ended

1. Entries come in the order of the log.
2. A registration is signed by the registrar, and brings a key that was never registered.
3. A rotation is signed by a key that is active there, and by the new one, for the same member. The old key ends.
4. A revocation is signed by the registrar, or by the key itself while it is active. What has ended can sign nothing:
   whoever finds an old key can neither rotate it nor, by revoking it, end what followed it.
5. A key that was taken over at or after the start of a suspicion may be the thief's: revoking a key as suspect from s
   revokes all keys that were rotated from it at or after s, and all that they signed is disputed.
6. Revoking again can only move the suspicion back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import key_sentences as sentences
from filiere_schemas.provenance.key_statements import (
    REVOKE,
    ROTATE,
    KeyChange,
    KeyRevocation,
    RevocationReason,
    read_key_change,
    read_key_revocation,
    read_key_rotation,
)
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.statements import read_key_registration


class KeyStanding(StrEnum):
    """What a key's history says of a record that it signed at a place in the log."""

    ACTIVE = "active"
    DISPUTED = "disputed"  # it holds, and the key was revoked later as suspect from here or before
    NOT_YET = "not_yet"
    ENDED = "ended"
    UNKNOWN = "unknown"  # never registered

    @property
    def holds(self) -> bool:
        """Whether a record of this standing counts as signed by its member."""
        return self in {KeyStanding.ACTIVE, KeyStanding.DISPUTED}


class KeyEntryRefused(Refusal):
    """An entry that a key's history cannot hold; the problem names its index and the reason."""


class KeyChangeRefused(Refusal):
    """A change of a key that its history does not allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLife:
    """One key from its registration to its end; every place is a log index."""

    public: PublicKey
    issuer: str
    registered_at: int
    replaced_at: int | None = None
    revoked_at: int | None = None
    suspect_from: int | None = None
    reason: RevocationReason | None = None
    predecessor: str | None = None  # the key that it was rotated from

    @property
    def kid(self) -> str:
        """The key's RFC 7638 thumbprint."""
        return self.public.thumbprint

    @property
    def ended_at(self) -> int | None:
        """The index from which on the key can sign nothing; None while it is active."""
        return min((end for end in (self.replaced_at, self.revoked_at) if end is not None), default=None)

    @property
    def changed_at(self) -> int:
        """The index of the latest entry that gave the life an end, else of the one that began it."""
        return max(place for place in (self.registered_at, self.replaced_at, self.revoked_at) if place is not None)

    def standing_at(self, index: int) -> KeyStanding:
        """Say what a record of this key at an index is worth."""
        if index <= self.registered_at:
            return KeyStanding.NOT_YET
        if self.ended_at is not None and index >= self.ended_at:
            return KeyStanding.ENDED
        if self.suspect_from is not None and index >= self.suspect_from:
            return KeyStanding.DISPUTED
        return KeyStanding.ACTIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHistory:
    """The lives of all keys that some entries of a log tell of; it never changes, `after` gives another one."""

    registrar: PublicKey
    origin: str
    lives: Mapping[str, KeyLife] = field(default_factory=lambda: MappingProxyType({}))
    last: int = -1  # index of the latest entry

    def standing_at(self, kid: str, index: int) -> KeyStanding:
        """Say what a record of a key at an index is worth, as far as the entries tell."""
        life = self.lives.get(kid)
        return KeyStanding.UNKNOWN if life is None else life.standing_at(index)

    def after(self, entries: Iterable[tuple[int, bytes]]) -> KeyHistory:
        """Continue the history with entries: (log index, compact statement), ascending.

        Raises:
            KeyEntryRefused: an entry does not hold; rules 1 to 6.
        """
        lives, last = dict(self.lives), self.last
        for index, compact in entries:
            try:
                if index <= last:
                    raise _refused(sentences.KEY_ENTRY_ORDER, found=index, expected=last)  # rule 1
                _apply(lives, index, compact, registrar=self.registrar, origin=self.origin)
            except Refusal as refused:
                values = {"index": index, "reason": refused.problems[0]}
                raise KeyEntryRefused([Problem(sentence=sentences.KEY_ENTRY_REFUSED, values=values)]) from refused
            last = index
        return replace(self, lives=MappingProxyType(lives), last=last)


def read_key_history(entries: Iterable[tuple[int, bytes]], *, registrar: PublicKey, origin: str) -> KeyHistory:
    """Read the history that key entries tell: (log index, compact statement), ascending.

    Raises:
        KeyEntryRefused: an entry does not hold; rules 1 to 6.
    """
    return KeyHistory(registrar=registrar, origin=origin).after(entries)


def _apply(lives: dict[str, KeyLife], index: int, compact: bytes, *, registrar: PublicKey, origin: str) -> None:
    change = read_key_change(compact)
    if change.operation == REVOKE:
        life = _life(lives, change.kid, change.issuer)
        by_itself = change.signer == change.kid
        if by_itself:
            _require_active(life)  # rule 4
        signer = life.public if by_itself else registrar
        revocation = read_key_revocation(compact, signer, kid=life.kid, issuer=life.issuer, origin=origin)
        _revoke(lives, life, index, revocation)
        return
    born = _rotated(lives, index, compact, change, origin) if change.operation == ROTATE else None
    if born is None:
        registration = read_key_registration(compact, registrar, origin=origin)  # rule 2
        born = KeyLife(public=registration.public, issuer=registration.issuer, registered_at=index)
    if born.kid in lives:
        raise _refused(sentences.KEY_ENTRY_KNOWN, kid=born.kid)
    if born.predecessor is not None:
        lives[born.predecessor] = replace(lives[born.predecessor], replaced_at=index)
    lives[born.kid] = born


def _rotated(lives: Mapping[str, KeyLife], index: int, compact: bytes, change: KeyChange, origin: str) -> KeyLife:
    """Rule 3."""
    previous = _life(lives, change.previous or "", change.issuer)
    _require_active(previous)
    rotation = read_key_rotation(compact, previous.public, issuer=previous.issuer, origin=origin)
    return KeyLife(public=rotation.public, issuer=rotation.issuer, registered_at=index, predecessor=rotation.previous)


def _revoke(lives: dict[str, KeyLife], life: KeyLife, index: int, revocation: KeyRevocation) -> None:
    """Rules 5 and 6."""
    suspect_from = revocation.suspect_from
    if suspect_from is not None and suspect_from > index:
        raise _refused(sentences.KEY_ENTRY_SUSPECT_AHEAD, index=index, found=suspect_from)
    if life.revoked_at is not None and not _is_earlier(suspect_from, life.suspect_from):
        raise _refused(sentences.KEY_ENTRY_REVOKED, kid=life.kid, found=life.revoked_at)
    lives[life.kid] = _ended(life, index, suspect_from, revocation.reason)
    if suspect_from is None:
        return
    followers = {life.predecessor: life for life in lives.values() if life.predecessor is not None}
    while (follower := followers.get(life.kid)) is not None and follower.registered_at >= suspect_from:
        lives[follower.kid] = _ended(follower, index, follower.registered_at, revocation.reason)
        life = follower


def _ended(life: KeyLife, index: int, suspect_from: int | None, reason: RevocationReason) -> KeyLife:
    revoked_at = index if life.revoked_at is None else life.revoked_at
    suspect = suspect_from if _is_earlier(suspect_from, life.suspect_from) else life.suspect_from
    return replace(life, revoked_at=revoked_at, suspect_from=suspect, reason=reason)


def _is_earlier(candidate: int | None, present: int | None) -> bool:
    return candidate is not None and (present is None or candidate < present)


def _life(lives: Mapping[str, KeyLife], kid: str, issuer: str) -> KeyLife:
    life = lives.get(kid)
    if life is None:
        raise _refused(sentences.KEY_ENTRY_UNKNOWN, kid=kid)
    if life.issuer != issuer:
        raise _refused(sentences.KEY_ENTRY_OTHER_MEMBER, expected=life.issuer, found=issuer)
    return life


def _require_active(life: KeyLife) -> None:
    if life.ended_at is not None:
        raise _refused(sentences.KEY_ENTRY_NOT_ACTIVE, kid=life.kid, found=life.ended_at)


def _refused(sentence: Sentence, **values: object) -> KeyChangeRefused:
    return KeyChangeRefused([Problem(sentence=sentence, values=values)])
