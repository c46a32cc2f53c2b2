"""Erase a record's payload or some of its disclosures, in one commit with the signed statement that says so."""

from __future__ import annotations

from dataclasses import dataclass

from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.erasure import (
    Erasable,
    ErasureMark,
    ErasureOrder,
    admit_erasure,
    not_erasable,
    plan_erasure,
    remains_of,
    require_reasons,
)
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.erasure import Erased, read_erasure, sign_erasure
from filiere_schemas.provenance.keys import PublicKey, SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of an order: the erasure that stands, and whether this order made it."""

    mark: ErasureMark | None  # None: the record never had what was to be erased
    is_new: bool


def erase_record(
    uow: UnitOfWork, *, index: int, order: ErasureOrder, receipt_key: SigningKey, origin: str, now: int
) -> Done:
    """Erase as ordered; the statement, its grants and the removal are one commit, and a second order changes nothing.

    A legal hold would be asked for here, under the lock and before anything is signed: whether a recall or a mandate
    still needs the record. Nothing holds records yet.

    Raises:
        Refusal: code `erasure-without-reason`, `nothing-to-erase`, `unknown-disclosure`.
    """
    require_reasons(order)
    probe = uow.capture.begin(digests=(), node_keys=())
    found = _read(uow, index)
    erasure = plan_erasure(found, order, now=max(now, probe.head.stored_at))
    if erasure is None:
        marks = uow.erasures.of([index]).get(index, ())
        return Done(mark=marks[-1] if marks else None, is_new=False)
    remains = remains_of(found, erasure)
    statement = sign_erasure(erasure, key=receipt_key, origin=origin)
    grants = uow.erasures.grants_of(index)
    uow.capture.save(admit_erasure(statement, record=found.record, grants=grants, probe=probe, now=erasure.erased_at))
    mark = ErasureMark(
        index=index, entry=probe.head.size, what=erasure.what, rule=erasure.rule, erased_at=erasure.erased_at
    )
    uow.erasures.apply(remains, mark)
    return Done(mark=mark, is_new=True)


def replay_erasures(uow: UnitOfWork, *, start: int, receipt_key: PublicKey, origin: str) -> int:
    """Erase again what the log says is erased and is there again, as after a restore; gives how many records.

    `start` is the first log index that is looked at. Nothing is signed: the statements are those of the log.

    Raises:
        Refusal: an erasure in the log does not hold, or names a record with another digest than the log's.
    """
    head = uow.capture.begin(digests=(), node_keys=()).head
    entries = uow.log.records(start, head.size, kinds=[EntryKind.ERASURE])
    return sum(
        erase_again(uow, entry=entry.log_index, statement=entry.body or b"", receipt_key=receipt_key, origin=origin)
        for entry in entries
    )


def erase_again(uow: UnitOfWork, *, entry: int, statement: bytes, receipt_key: PublicKey, origin: str) -> bool:
    """Erase what one entry of the log erases, if it is there; the entry itself may still be missing from the database.

    Raises:
        Refusal: the statement does not hold, or names a record with another digest than the log's.
    """
    erasure = read_erasure(statement, receipt_key, origin=origin)
    found = _read(uow, erasure.index)
    if found.record.sha256 != erasure.sha256:
        raise not_erasable(erasure.index)
    if found.record.body is None:
        return False
    marks = uow.erasures.of([erasure.index]).get(erasure.index, ())
    if erasure.what is Erased.DISCLOSURES and any(mark.entry == entry for mark in marks):
        return False
    mark = ErasureMark(
        index=erasure.index, entry=entry, what=erasure.what, rule=erasure.rule, erased_at=erasure.erased_at
    )
    uow.erasures.apply(remains_of(found, erasure), mark)
    return True


def _read(uow: UnitOfWork, index: int) -> Erasable:
    """Read a record with everything that was derived from it.

    Raises:
        Refusal: code `nothing-to-erase`: there is no such record, or it holds no event.
    """
    event = uow.events.visible_to(OPERATOR).record(index)
    if event is None:
        raise not_erasable(index)
    (record,) = uow.log.records(index, index + 1)
    ends = uow.log.ends(index, index + 1).get(index, [])
    return Erasable(
        record=record,
        event=uow.log.event_rows(index, index + 1)[index],
        edges=uow.erasures.edges_of(index),
        nodes=uow.nodes.ids({end.key for end in ends}),
        member_uri=event.member_uri,
    )
