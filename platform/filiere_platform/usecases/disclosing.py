"""Take disclosures that the owner of a record kept until now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.disclosing import hand_over, require_owner
from filiere_platform.domain.erasure import RecordErased
from filiere_platform.domain.member import Member
from filiere_platform.domain.standing import require_open
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.reading import marks_of, not_found, payload_mark, say_withheld
from filiere_schemas.provenance.erasure import Erased, read_erasure
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.sectors.sealable import Sealable


def disclose(
    uow: UnitOfWork,
    member: Member,
    index: int,
    given: Sequence[bytes],
    *,
    sealable: Sealable,
    receipt_key: PublicKey,
    origin: str,
) -> dict[str, Any]:
    """Add disclosures to a record of a member; the same ones again change nothing.

    Raises:
        Forbidden: the record is somebody else's.
        RecordErased: its payload is gone, and with it whatever could be opened.
        Refusal: code `not-found`, also for a record that this member may not see; else as `hand_over`.
        InstanceClosed: the instance takes nothing now.
        StoreUnavailable: somebody changed the record meanwhile; send the same again.
    """
    require_open(uow.standing.read())  # a database that is not whole may not know yet what was erased
    record = uow.events.visible_to(Viewer(member_id=member.id)).record(index)
    if record is None:
        raise not_found(f"records/{index}")
    require_owner(record, member.id)
    if record.body is None:
        raise RecordErased(payload_mark(uow, index))
    erased = _erased(uow, index, receipt_key, origin)
    decided = hand_over(record, given, sealable=sealable, erased=erased)
    if decided.disclosures is not None and not uow.disclosures.replace(
        index, before=record.disclosures, after=decided.disclosures
    ):
        raise StoreUnavailable
    return {
        "index": index,
        "added": decided.added,
        "known": decided.known,
        "withheld": say_withheld(decided.withheld),
    }


def _erased(uow: UnitOfWork, index: int, receipt_key: PublicKey, origin: str) -> frozenset[bytes]:
    """Read which disclosures of a record were erased, from the signed statements: they are never taken again."""
    gone: set[bytes] = set()
    for mark in marks_of(uow, index):
        if mark.what is Erased.DISCLOSURES:
            (entry,) = uow.log.records(mark.entry, mark.entry + 1)
            gone.update(read_erasure(entry.body or b"", receipt_key, origin=origin).disclosures)
    return frozenset(gone)
