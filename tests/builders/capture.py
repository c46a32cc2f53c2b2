"""Build candidates and probes for the decisions of capture, without signatures or a database."""

from __future__ import annotations

import hashlib
from typing import Any

from filiere_platform.domain.audience import GrantCause, SharingMode
from filiere_platform.domain.candidate import Candidate, Indexed, VoidCandidate
from filiere_platform.domain.capture import RefusedSubmission
from filiere_platform.domain.record import ActionCode, End, EventTypeCode, LogHead, NodeKind, Probe, Role
from filiere_platform.domain.sentences import EVENT_CONFLICT
from filiere_schemas.epcis.identity import event_identity
from filiere_schemas.problems import Problem
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.statements import RefusedPlace

A_PLACE = RefusedPlace(kid="k7", seq=7, prev=bytes(32))
EMPTY_HEAD = LogHead(0, 0, 0, 1, 0)


def a_probe(head: LogHead = EMPTY_HEAD, **changes: Any) -> Probe:
    return Probe(head=head, known=changes.get("known", {}), nodes=changes.get("nodes", {}))


def a_candidate(
    event_id: str = "urn:uuid:1",
    *,
    content: str = "content",
    member_id: int = 10,
    kind: EntryKind = EntryKind.EVENT,
    lots: tuple[str, ...] = ("urn:lot:1",),
    audiences: tuple[int, ...] = (),
    declares_error: bool = False,
) -> Candidate:
    member_uri = f"urn:member:{member_id}"
    digest = hashlib.sha256(content.encode()).digest()
    body = f"{member_uri} {event_id} {content}".encode()
    return Candidate(
        kind=kind,
        member_id=member_id,
        key_id=1 if kind is EntryKind.EVENT else None,
        place=A_PLACE if kind is EntryKind.EVENT else None,
        source_sha256=hashlib.sha256(body).digest(),
        body=body,
        sha256=hashlib.sha256(body).digest(),
        disclosures=None,
        event=Indexed(
            event_id=event_id,
            event_type=EventTypeCode.OBJECT,
            action=ActionCode.OBSERVE,
            biz_step="shipping",
            disposition=None,
            earliest=1,
            latest=1,
            declares_error=declares_error,
            transformation_id=None,
            identity=event_identity(member_uri, event_id, declaration=digest if declares_error else None),
            content=digest,
        ),
        ends=tuple(End(Role.OBJECT, lot, NodeKind.LOT) for lot in lots),
        sharing=SharingMode.PARTNERS,
        audiences=((member_id, GrantCause.OWNER), *((a, GrantCause.NAMED_PARTNER) for a in audiences)),
    )


def a_refused_submission(source: bytes = b"refused", member_id: int = 10) -> RefusedSubmission:
    return RefusedSubmission(
        member_id=member_id,
        key_id=1,
        place=A_PLACE,
        source_sha256=hashlib.sha256(source).digest(),
        problems=(Problem(sentence=EVENT_CONFLICT, values={"event_id": "x", "index": 0}),),
    )


def a_void_candidate(discarded: Candidate, *, number: int = 1) -> VoidCandidate:
    """A void of a candidate; voids of other numbers stand at other places and say the same."""
    body = b"void %d of " % number + discarded.body
    return VoidCandidate(
        member_id=discarded.member_id,
        key_id=1,
        place=A_PLACE,
        body=body,
        sha256=hashlib.sha256(body).digest(),
        discarded_sha256=discarded.sha256,
        discarded_identity=discarded.event.identity,
    )
