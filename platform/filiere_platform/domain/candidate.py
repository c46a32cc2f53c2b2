"""A candidate: a submitted record about which everything has been decided that can be, before the lock.

Capture, steps 1 to 8. What fails up to the signature is turned away: nobody we know has signed it, so nothing is
kept. What fails after it was signed by a known key: it is refused with a signed refusal, which is logged.

1. the credential stands for an active member with the right to capture
2. the envelope has the form of a signed event, or of a signed void
3. the key is registered, and its member is the sender; a key that has ended brings nothing new, but what it brought
   before is answered for: its receipt may have been lost on the way
4. the signature holds over the bytes as received; then: the issuer is that member, the audience is this log
5. the payload is strict JSON; sealed members match their disclosures, and the profile allows to seal them
6. the event is EPCIS 2.0
7. its identifiers have canonical keys
8. its audiences follow from the owner's own words

Of a void, steps 5 to 8 are that its payload is one: it names what it discards, and only its owner may see it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from filiere_platform.domain import sentences
from filiere_platform.domain.audience import GrantCause, SharingMode
from filiere_platform.domain.credential import Forbidden, Unauthenticated
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.member import Directory, Member, MemberKey
from filiere_platform.domain.record import EVENT_TYPE_CODES, ActionCode, End, EventTypeCode
from filiere_platform.domain.sealing import join_disclosures, require_sealable, stated_openly
from filiere_platform.domain.sector_refusal import refused_by
from filiere_platform.domain.sharing import shared_with, stated_mode
from filiere_platform.domain.visibility import audiences_of
from filiere_schemas.epcis.event import Action, Event
from filiere_schemas.epcis.identity import assigned_event_id, content_sha256, event_identity
from filiere_schemas.epcis.reading import Strictness, read_event
from filiere_schemas.epcis.received import Received, refuse_source
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.disclosures import Unsealed, unseal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import CHAINED, VOID_TYP, Envelope, parse_envelope, verify_envelope
from filiere_schemas.provenance.jws import AlgorithmNotPinned, WrongKey
from filiere_schemas.provenance.keys import BadSignature
from filiere_schemas.provenance.known_amounts import known_amounts
from filiere_schemas.provenance.statements import RefusedPlace
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.provenance.void import read_void
from filiere_schemas.sectors.judging import CompiledProfile
from filiere_schemas.sectors.sealable import NOTHING, Sealable

LONGEST_IDENTIFIER = 2_000  # bytes; a B-tree of PostgreSQL takes keys of up to 2,704
UNSIGNED = (AlgorithmNotPinned, WrongKey, BadSignature)  # the failures that mean: not the key holder's doing

ACTIONS = {Action.ADD: ActionCode.ADD, Action.OBSERVE: ActionCode.OBSERVE, Action.DELETE: ActionCode.DELETE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What the store indexes of an event, and what tells a repetition of it from a conflict."""

    event_id: str
    event_type: EventTypeCode
    action: ActionCode | None
    biz_step: str | None
    disposition: str | None
    earliest: int
    latest: int
    declares_error: bool
    transformation_id: str | None
    identity: bytes
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What steps 6 to 8 found in an event."""

    event: Indexed
    ends: tuple[End, ...]
    audiences: tuple[tuple[int, GrantCause], ...]
    sharing: SharingMode
    warnings: tuple[Problem, ...]
    broken: tuple[Problem, ...]  # rules of the sector that refuse it, unless it is stored already


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A verified and checked event, ready for a group commit."""

    kind: EntryKind  # event or receipt
    member_id: int
    key_id: int | None
    place: RefusedPlace | None  # in its key's chain, which a refusal names; None where it came unsigned
    source_sha256: bytes  # of the bytes that the sender sent, which a refusal names
    body: bytes  # the compact JWS: the member's, or the platform's attestation
    sha256: bytes  # of `body`
    disclosures: bytes | None
    event: Indexed
    ends: tuple[End, ...]
    audiences: tuple[tuple[int, GrantCause], ...]
    sharing: SharingMode
    warnings: tuple[Problem, ...] = ()  # what was read otherwise than it stands, or is not as the standard has it
    broken: tuple[Problem, ...] = ()  # rules of the sector that refuse it, unless it is stored already
    ended: Problem | None = None  # its key has ended, so that only what is stored already is answered for


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidCandidate:
    """A verified void, ready for a group commit: its member discarded an event before it was stored."""

    member_id: int
    key_id: int
    place: RefusedPlace  # the void's own, which a refusal of it would name
    body: bytes
    sha256: bytes  # of `body`
    discarded_sha256: bytes
    discarded_identity: bytes  # by which the discarded event would be known, if it were stored
    ended: Problem | None = None  # as a candidate's

    @property
    def identity(self) -> bytes:
        """What makes a void one and the same: its bytes, since each void has its own place in the chain."""
        return hashlib.sha256(b"void\0" + self.sha256).digest()


class SignedRefusal(Refusal):
    """A record signed by a known key that is refused: the sender gets a signed refusal, and the log an entry."""

    def __init__(self, problems: tuple[Problem, ...], *, envelope: Envelope, key: MemberKey) -> None:
        super().__init__(problems)
        self.envelope = envelope
        self.member_id = key.member_id
        self.key_id = key.id
        self.ended = _ending(key)

    @property
    def place(self) -> RefusedPlace:
        """Where the refused record stands in its key's chain."""
        return place_of(self.envelope)


def prepare_signed(
    raw: bytes,
    *,
    sender: Member,
    directory: Directory,
    origin: str,
    default_sharing: SharingMode,
    sealable: Sealable = NOTHING,
    profile: CompiledProfile | None = None,
) -> Candidate | VoidCandidate:
    """Check a record signed at its source, steps 2 to 8.

    Args:
        raw: the compact JWS, with its disclosures behind "~", as received.
        sender: the member whose credential brought it (step 1).
        directory: members and keys at one version.
        origin: of this instance's log: the only accepted audience.
        default_sharing: the instance's sharing mode, where neither event nor member says one.
        sealable: what the sector's profile allows to seal.
        profile: whose rules may refuse; an event with sealed members is not judged.

    Raises:
        Refusal: a step up to the signature failed; nothing is kept.
        SignedRefusal: a later step failed; the refusal is logged.
    """
    envelope = parse_envelope(raw, typ=CHAINED)
    key = _registered_key(envelope, sender, directory)
    try:
        verify_envelope(envelope, key.public, issuer=sender.uri, audience=origin)
        if envelope.header.typ == VOID_TYP:
            return _void(envelope, key)
        signed = strict_loads(envelope.payload)
        opened = _opened(signed, envelope, sealable)
        read = _read(
            known_amounts(opened),
            openly=stated_openly(signed) if opened.disclosed else None,
            # What was signed, not what was disclosed of it: the same bytes are the same event, whatever is withheld.
            content=content_sha256(signed),
            member=sender,
            directory=directory,
            default_sharing=default_sharing,
            profile=None if opened.disclosed or opened.withheld else profile,
        )
    except UNSIGNED:
        raise
    except Refusal as refusal:
        raise SignedRefusal(refusal.problems, envelope=envelope, key=key) from refusal
    return _signed_candidate(envelope, key, read)


def _signed_candidate(envelope: Envelope, key: MemberKey, read: _Read) -> Candidate:
    return Candidate(
        kind=EntryKind.EVENT,
        member_id=key.member_id,
        key_id=key.id,
        place=place_of(envelope),
        source_sha256=envelope.sha256,
        body=envelope.compact,
        sha256=envelope.sha256,
        disclosures=join_disclosures(envelope.disclosures),
        event=read.event,
        ends=read.ends,
        audiences=read.audiences,
        sharing=read.sharing,
        warnings=read.warnings,
        broken=read.broken,
        ended=_ending(key),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestable:
    """A plain event that passed steps 5 to 8 and waits for the platform's attestation."""

    received: Received
    member: Member
    read: _Read

    @property
    def payload(self) -> bytes:
        """What the platform attests: the event as it is recorded."""
        return self.received.recorded

    def attested(self, compact: bytes) -> Candidate:
        """Turn it into a candidate, given the compact JWS in which the platform attests its receipt."""
        return Candidate(
            kind=EntryKind.RECEIPT,
            member_id=self.member.id,
            key_id=None,
            place=None,
            source_sha256=hashlib.sha256(self.received.sent).digest(),
            body=compact,
            sha256=hashlib.sha256(compact).digest(),
            disclosures=None,
            event=self.read.event,
            ends=self.read.ends,
            audiences=self.read.audiences,
            sharing=self.read.sharing,
            warnings=self.read.warnings,
            broken=self.read.broken,
        )


def prepare_plain(
    received: Received,
    *,
    sender: Member,
    directory: Directory,
    default_sharing: SharingMode,
    strictness: Strictness = Strictness.LENIENT,
    profile: CompiledProfile | None = None,
) -> Attestable:
    """Check an event of a plain EPCIS client, steps 5 to 8; its credential is all the identity there is.

    Raises:
        Refusal: naming everything wrong with it.
    """
    read = _read(
        received.value,
        content=content_sha256(received.value),
        member=sender,
        directory=directory,
        default_sharing=default_sharing,
        strictness=strictness,
        profile=profile,
    )
    return Attestable(received=received, member=sender, read=read)


def place_of(envelope: Envelope) -> RefusedPlace:
    """Give an envelope's place in its key's chain."""
    header = envelope.header
    return RefusedPlace(kid=header.kid, seq=header.seq, prev=header.prev)


def _opened(signed: Any, envelope: Envelope, sealable: Sealable) -> Unsealed:
    opened = unseal(signed, envelope.disclosures)
    require_sealable(opened, sealable)
    # Its readers would be given the event without the reserved member, whatever was signed there.
    refuse_source(opened.value)
    return opened


def _void(envelope: Envelope, key: MemberKey) -> VoidCandidate:
    void = read_void(envelope)
    if envelope.disclosures:
        raise Refusal([Problem(sentence=sentences.VOID_WITH_DISCLOSURES, pointer="/disclosures")])
    return VoidCandidate(
        member_id=key.member_id,
        key_id=key.id,
        place=place_of(envelope),
        body=envelope.compact,
        sha256=envelope.sha256,
        discarded_sha256=void.sha256,
        discarded_identity=void.event,
        ended=_ending(key),
    )


def _registered_key(envelope: Envelope, sender: Member, directory: Directory) -> MemberKey:
    """Find the key of an envelope and check whose it is, before any costly arithmetic (step 3)."""
    kid = envelope.header.kid
    key = directory.keys.get(kid)
    if key is None:
        raise Unauthenticated([Problem(sentence=sentences.UNKNOWN_KEY, values={"kid": kid})])
    owner = directory.members[key.member_id]
    if owner.id != sender.id:
        values = {"found": sender.uri, "expected": owner.uri}
        raise Forbidden([Problem(sentence=sentences.SENDER_MISMATCH, values=values)])
    return key


def _ending(key: MemberKey) -> Problem | None:
    """Say that a key has ended, and how.

    Whatever has ended a key stands in the log below the next index, which a new record would get: the lock sees to it
    that no key ends between the directory that is asked here and the commit (`DirectoryChanged`).
    """
    if key.life.ended_at is None:
        return None
    ended = sentences.REPLACED_KEY if key.life.revoked_at is None else sentences.REVOKED_KEY
    return Problem(sentence=ended, values={"kid": key.life.kid})


def _read(
    value: Any,
    *,
    content: bytes,
    member: Member,
    directory: Directory,
    default_sharing: SharingMode,
    strictness: Strictness = Strictness.LENIENT,
    openly: Any = None,
    profile: CompiledProfile | None = None,
) -> _Read:
    """Read an event, steps 6 to 8. `openly` is what it says without its disclosures, where that is less."""
    reading = read_event(value, strictness=strictness)
    event = reading.event if openly is None else read_event(openly, strictness=strictness).event
    ends = (*ends_of(event), *shared_with(event))
    _check_lengths(event, ends)
    mode = stated_mode(event) or member.sharing or default_sharing
    audiences = audiences_of(ends, owner=member.id, mode=mode, parties=directory.parties)
    indexed = index_event(event, content=content, member_uri=member.uri)
    broken = () if profile is None else refused_by(profile, value)
    return _Read(event=indexed, ends=ends, audiences=audiences, sharing=mode, warnings=reading.warnings, broken=broken)


def index_event(event: Event, *, content: bytes, member_uri: str) -> Indexed:
    """Gather what the store indexes of an event. `content` is the digest of its content, as signed."""
    event_id = event.event_id or assigned_event_id(member_uri, content)
    declares_error = event.error_declaration is not None
    return Indexed(
        event_id=event_id,
        event_type=EVENT_TYPE_CODES[event.type],
        action=ACTIONS[event.action] if event.action is not None else None,
        biz_step=event.biz_step,
        disposition=event.disposition,
        earliest=microseconds(event.event_time.earliest),
        latest=microseconds(event.event_time.latest),
        declares_error=declares_error,
        transformation_id=event.transformation_id,
        identity=event_identity(member_uri, event_id, declaration=content if declares_error else None),
        content=content,
    )


def refused_identity(source_sha256: bytes) -> bytes:
    """Digest what makes a refusal one and the same: the bytes that were refused, by the platform or by their owner."""
    return hashlib.sha256(b"refused\0" + source_sha256).digest()


def _check_lengths(event: Event, ends: tuple[End, ...]) -> None:
    words = (event.event_id, event.transformation_id, event.biz_step, event.disposition)
    texts = [*(end.key for end in ends), *(word for word in words if word), ""]
    longest = max(len(text.encode()) for text in texts)
    if longest > LONGEST_IDENTIFIER:
        values = {"found": longest, "expected": LONGEST_IDENTIFIER}
        raise Refusal([Problem(sentence=sentences.IDENTIFIER_TOO_MANY_BYTES, values=values)])
