"""Tell the store events in few words; what is stored is decided by capture's own decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from builders.capture import A_PLACE
from filiere_platform.domain.audience import GrantCause, SharingMode
from filiere_platform.domain.candidate import Candidate, Indexed
from filiere_platform.domain.capture import Outcome, decide_group, identities_of, node_keys_of
from filiere_platform.domain.record import ActionCode, End, EventTypeCode, NodeKind, Role
from filiere_platform.store.database import Database
from filiere_schemas.epcis.identity import event_identity
from filiere_schemas.provenance.entry import EntryKind

NOW = 1_764_000_000_000_000


def an_end(key: str, role: Role = Role.OBJECT, quantity: str | None = None, uom: str | None = None) -> End:
    return End(role, key, NodeKind.LOT, None if quantity is None else Decimal(quantity), uom)


def an_event(
    event_id: str,
    *,
    member_id: int = 1,
    ends: Iterable[End] = (),
    audiences: Sequence[int] = (),
    content: str = "",
    kind: EntryKind = EntryKind.EVENT,
    **indexed: Any,
) -> Candidate:
    """A verified event of a member, granted to that member and to the named audiences."""
    member_uri = f"urn:member:{member_id}"
    digest = hashlib.sha256(f"{member_uri} {event_id} {content}".encode()).digest()
    declares_error = indexed.get("declares_error", False)
    body = b"body of " + digest.hex().encode()
    return Candidate(
        kind=kind,
        member_id=member_id,
        key_id=1,
        source_sha256=digest,
        body=body,
        sha256=hashlib.sha256(body).digest(),
        disclosures=None,
        place=A_PLACE if kind is EntryKind.EVENT else None,
        event=Indexed(
            **{
                "event_id": event_id,
                "event_type": EventTypeCode.OBJECT,
                "action": ActionCode.OBSERVE,
                "biz_step": "shipping",
                "disposition": "in_transit",
                "earliest": NOW,
                "latest": NOW,
                "declares_error": False,
                "transformation_id": None,
                "identity": event_identity(member_uri, event_id, declaration=digest if declares_error else None),
                "content": digest,
                **indexed,
            }
        ),
        ends=tuple(ends),
        sharing=SharingMode.PARTNERS,
        audiences=((member_id, GrantCause.OWNER), *((a, GrantCause.NAMED_PARTNER) for a in audiences)),
    )


def tell(database: Database, *group: Candidate, now: int = NOW) -> list[Outcome]:
    """Capture a group in one commit."""
    with database.capture_transaction() as transaction:
        probe = transaction.begin(digests=identities_of(group), node_keys=node_keys_of(group))
        decision = decide_group(group, probe, now=now, sign_refusal=lambda _: b"refused")
        transaction.save(decision.admission)
    return decision.outcomes


def admit_members(database: Database, count: int = 3) -> None:
    """Admit members 1, 2, 3, ... under the uris that `an_event` signs with."""
    with database.unit_of_work() as uow:
        for number in range(1, count + 1):
            member = uow.members.add(f"urn:member:{number}", f"Member {number}", None, [])
            assert member.id == number
