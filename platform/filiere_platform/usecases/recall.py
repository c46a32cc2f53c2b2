"""Open a recall, approve what is done with it, warn, answer, widen; each step is an entry of the log, in one commit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Final

import orjson

from filiere_platform.domain import recall_sentences as say
from filiere_platform.domain.audit import BY_ITSELF, Act, ActSigner, Author
from filiere_platform.domain.member_changes import admit_statement
from filiere_platform.domain.principal import Principal
from filiere_platform.domain.recall import (
    LONGEST_REASON,
    MOST_OPEN,
    Answer,
    Notice,
    Outcome,
    Reach,
    Recall,
    RecallAct,
    RecallQuestion,
    RecallScope,
    RecallState,
    Warned,
    approve,
    changes,
    due_notices,
    has_grown,
    is_decided,
    new_recall_id,
    widen,
)
from filiere_platform.domain.recall_document import handed_as_json, scope_as_json, scope_of
from filiere_platform.store.recall import KeptScope
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.reading import not_found
from filiere_platform.usecases.recall_scope import derive_scope
from filiere_schemas.epcis.units import is_known
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.recall import MOST_LOTS, RecallStatement, RecallStep, sign_recall

LARGEST_QUANTITY: Final = Decimal(10) ** 15
LONGEST_QUANTITY: Final = 40  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalling:
    """Who acts for which member, with what acts are signed, and when."""

    member_id: int
    author: Author
    signer: ActSigner
    now: int


def open_recall(
    uow: UnitOfWork, doing: Recalling, question: RecallQuestion, *, clock: Callable[[], int] | None = None
) -> Recall:
    """Freeze the first version of a scope; nobody is warned yet. `clock` says when the list was there.

    Raises:
        InvalidIdentifier, Refusal: as `derive_scope`; code `recall-too-many-open`.
    """
    if uow.recalls.count_open(doing.member_id) >= MOST_OPEN:
        raise Refusal([Problem(sentence=say.TOO_MANY_OPEN, values={"expected": MOST_OPEN})])
    as_of = uow.log.head().size
    scope = derive_scope(uow, doing.member_id, question)
    recall = Recall(
        id=new_recall_id(),
        issuer_id=doing.member_id,
        question=question,
        state=RecallState.DRAFT,
        version=1,
        as_of=as_of,
        started_at=doing.now,
        listed_at=doing.now if clock is None else clock(),
    )
    _record(uow, doing, recall, "recall.open")
    uow.recalls.add(recall)
    _freeze(uow, doing, recall, RecallScope(lots=(), warned=()), scope)
    return recall


def recall_of(uow: UnitOfWork, recall_id: str, *, member_id: int | None) -> Recall:
    """Find a recall of a member's own.

    Raises:
        Refusal: code `not-found`, also for somebody else's.
    """
    found = uow.recalls.by_id(recall_id)
    if found is None or found.issuer_id != member_id:
        raise not_found(f"recalls/{recall_id[:40]}")
    return found


def approve_recall(
    uow: UnitOfWork, doing: Recalling, recall_id: str, act: RecallAct, *, version: int, by: Principal
) -> Recall:
    """Approve sending or closing the version that somebody has read; the second person's approval does it.

    Raises:
        Forbidden, Refusal: as `approve` and `recall_of`.
    """
    recall = _held(uow, doing, recall_id)
    approvals = uow.recalls.approvals(recall.id)
    given = approve(recall, (act, version), approvals, by, doing.now)
    _record(uow, doing, recall, "recall.approve", act=act.value, version=str(recall.version))
    uow.recalls.approve(recall.id, given)
    if not is_decided(act, recall.version, [*approvals, given]):
        return recall
    done = recall.after(act, doing.now)
    uow.recalls.change(done)
    _record(uow, doing, done, f"recall.{act.value}", version=str(done.version))
    if act is RecallAct.SEND:
        _warn(uow, doing, done, newest_scope(uow, done))
    else:
        kept = uow.recalls.scopes(done.id)[-1]
        _state(uow, doing, done, RecallStep.CLOSE, hashlib.sha256(kept.document.encode()).hexdigest())
    return done


def cancel_recall(uow: UnitOfWork, doing: Recalling, recall_id: str) -> Recall:
    """Give up a draft, with an act that says who did; its scope stays in the log, as a scope that nobody was told of.

    Raises:
        Refusal: as `recall_of`; code `recall-state` once it is sent, closed or given up.
    """
    done = _held(uow, doing, recall_id).cancelled(doing.now)
    _record(uow, doing, done, "recall.cancel", version=str(done.version))
    uow.recalls.change(done)
    return done


def update_recall(uow: UnitOfWork, doing: Recalling, recall: Recall) -> Recall:
    """Derive a scope again; what has come to it makes a version more, and once it is sent warns whom it concerns.

    Raises:
        InvalidIdentifier, Refusal: as `derive_scope`.
    """
    if recall.is_over:
        return recall
    as_of, old = uow.log.head().size, newest_scope(uow, recall)
    new = widen(old, derive_scope(uow, recall.issuer_id, recall.question))
    _lock(uow)
    if recall_of(uow, recall.id, member_id=recall.issuer_id) != recall:
        return recall  # somebody was here meanwhile: the next look begins with what he left
    if not has_grown(old, new):
        updated = replace(recall, as_of=as_of)
        uow.recalls.change(updated)
        return updated
    updated = replace(recall, version=recall.version + 1, as_of=as_of)
    _record(uow, doing, updated, "recall.widen", version=str(updated.version))
    uow.recalls.change(updated)
    _freeze(uow, doing, updated, old, new)
    if updated.state is RecallState.SENT:
        _warn(uow, doing, updated, new)
    return updated


def recalls_behind(uow: UnitOfWork) -> list[Recall]:
    """List the recalls that are under way and older than the log."""
    return uow.recalls.behind(uow.log.head().size)


def update_sent_recall(uow: UnitOfWork, recall: Recall, *, signer: ActSigner, now: int) -> bool:
    """Look at a recall that is under way, as the platform by itself; says whether it has grown."""
    doing = Recalling(member_id=recall.issuer_id, author=BY_ITSELF, signer=signer, now=now)
    return update_recall(uow, doing, recall).version > recall.version


def newest_scope(uow: UnitOfWork, recall: Recall) -> RecallScope:
    """Read the scope of a recall as it stands."""
    return scope_of(orjson.loads(uow.recalls.scopes(recall.id)[-1].document))


def notice_for(uow: UnitOfWork, notice_id: str, *, member_id: int | None) -> Notice:
    """Find a notice that a member answers for: one to itself, or of its own recall to who is no member.

    Raises:
        Refusal: code `not-found`, also for somebody else's.
    """
    found = uow.recalls.notice(notice_id)
    if found is not None and member_id is not None:
        if found.member_id == member_id:
            return found
        issuer = uow.recalls.by_id(found.recall_id)
        if found.reach is Reach.OUTSIDE and issuer is not None and issuer.issuer_id == member_id:
            return found
    raise not_found(f"recalls/notices/{notice_id[:40]}")


def acknowledge_notice(uow: UnitOfWork, doing: Recalling, notice_id: str) -> Notice:
    """Say that a notice was read; a second time changes nothing.

    Raises:
        Refusal: as `notice_for`.
    """
    notice = notice_for(uow, notice_id, member_id=doing.member_id)
    if notice.acknowledged_at is None:
        _record_notice(uow, doing, notice, "recall.acknowledge")
        uow.recalls.acknowledge(notice.id, doing.now)
    return replace(notice, acknowledged_at=notice.acknowledged_at or doing.now)


def answer_notice(
    uow: UnitOfWork, doing: Recalling, notice_id: str, *, lot: str, outcome: Outcome, quantity: str, uom: str
) -> Notice:
    """Say what became of so much of a lot; who answers has read. The latest of a lot and an outcome counts.

    Raises:
        Refusal: as `notice_for`; code `recall-lot-outside`, `recall-quantity`; `recall-state` once it is closed.
    """
    notice = notice_for(uow, notice_id, member_id=doing.member_id)
    recall = uow.recalls.by_id(notice.recall_id)
    if recall is None or recall.state is not RecallState.SENT:
        values = {"found": RecallState.CLOSED.value, "expected": RecallState.SENT.value}
        raise Refusal([Problem(sentence=say.WRONG_STATE, values=values)])
    notice.require_lot(lot)
    amount = read_quantity(quantity, uom)
    told = acknowledge_notice(uow, doing, notice_id)
    _record_notice(uow, doing, notice, "recall.answer", outcome=outcome.value, quantity=str(amount), uom=uom)
    answer = Answer(notice_id=notice.id, lot=lot, outcome=outcome, quantity=amount, uom=uom, at=doing.now)
    uow.recalls.answer(answer)
    return told


def read_quantity(text: str, uom: str) -> Decimal:
    """Read how much; zero takes back what was said before.

    Raises:
        Refusal: code `recall-quantity`.
    """
    try:
        found = Decimal(text) if len(text) <= LONGEST_QUANTITY and text.isascii() else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or not 0 <= found <= LARGEST_QUANTITY or not is_known(uom):
        raise Refusal([Problem(sentence=say.BAD_QUANTITY, pointer="/quantity", values={"found": f"{text} {uom}"[:80]})])
    return found


def _lock(uow: UnitOfWork) -> None:
    """Take the log head's lock until the unit ends: whatever changes a recall does."""
    uow.capture.begin(digests=(), node_keys=())


def _held(uow: UnitOfWork, doing: Recalling, recall_id: str) -> Recall:
    """Read a recall that nobody else changes now; two who approve, or cancel, at once would each be the first."""
    recall_of(uow, recall_id, member_id=doing.member_id)
    _lock(uow)
    return recall_of(uow, recall_id, member_id=doing.member_id)


def _freeze(uow: UnitOfWork, doing: Recalling, recall: Recall, old: RecallScope, new: RecallScope) -> None:
    document = canonicalize(scope_as_json(new))
    index = _state(uow, doing, recall, RecallStep.SCOPE, hashlib.sha256(document).hexdigest())
    uow.recalls.add_scope(
        recall.id,
        KeptScope(
            version=recall.version,
            log_index=index,
            made_at=doing.now,
            document=document.decode(),
            changes=changes(old, new),
        ),
    )


def _warn(uow: UnitOfWork, doing: Recalling, recall: Recall, scope: RecallScope) -> None:
    """Send what is due: to each member one notice of its own, which names nobody whom it does not know already."""
    for due in due_notices(scope, uow.recalls.notices(recall.id)):
        notice = _notice(recall, due, doing.now)
        uow.recalls.add_notice(notice)
        if notice.reach in {Reach.DIRECT, Reach.FORWARDED}:
            _tell(uow, doing, recall, notice)


def _notice(recall: Recall, due: Warned, now: int) -> Notice:
    return Notice(
        id=new_recall_id(),
        recall_id=recall.id,
        reach=due.reach,
        member_id=due.member_id,
        party=due.party,
        version=recall.version,
        lots=due.lots,
        sent_at=now,
    )


def _tell(uow: UnitOfWork, doing: Recalling, recall: Recall, notice: Notice) -> None:
    """Put a notice into the log, granted to whom it warns: so it reaches his stream, queue and webhooks, once."""
    issuer = uow.members.by_id(recall.issuer_id)
    is_direct = notice.reach is Reach.DIRECT
    lots = tuple(each.lot for each in notice.lots)
    said = RecallStatement(
        index=0,
        at=doing.now,
        step=RecallStep.NOTICE,
        subject=notice.id,
        version=notice.version if is_direct else 1,
        is_drill=recall.question.is_drill,
        sha256=hashlib.sha256(canonicalize(handed_as_json(notice.lots))).hexdigest(),
        reason=recall.question.reason[:LONGEST_REASON],
        issuer=issuer.uri if is_direct and issuer is not None else None,
        lots=lots[:MOST_LOTS],
    )
    _log(uow, doing, said, member_id=notice.member_id)


def _state(uow: UnitOfWork, doing: Recalling, recall: Recall, step: RecallStep, sha256: str) -> int:
    said = RecallStatement(
        index=0,
        at=doing.now,
        step=step,
        subject=recall.id,
        version=recall.version,
        is_drill=recall.question.is_drill,
        sha256=sha256,
    )
    return _log(uow, doing, said, member_id=recall.issuer_id)


def _log(uow: UnitOfWork, doing: Recalling, said: RecallStatement, *, member_id: int | None) -> int:
    probe = uow.capture.begin(digests=(), node_keys=())
    placed = replace(said, index=probe.head.size, at=max(said.at, probe.head.stored_at))
    statement = sign_recall(placed, key=doing.signer.key, origin=doing.signer.origin)
    audiences = () if member_id is None else (member_id,)
    uow.capture.save(
        admit_statement(
            EntryKind.RECALL, statement, member_id=member_id, audiences=audiences, probe=probe, now=placed.at
        )
    )
    return placed.index


def _record(uow: UnitOfWork, doing: Recalling, recall: Recall, verb: str, **details: str) -> None:
    told = details | {"drill": str(recall.question.is_drill).lower()}
    act = Act(act=verb, author=doing.author, member_id=recall.issuer_id, object=recall.id, details=told)
    record_act(uow, act, signer=doing.signer, now=doing.now)


def _record_notice(uow: UnitOfWork, doing: Recalling, notice: Notice, verb: str, **details: str) -> None:
    act = Act(act=verb, author=doing.author, member_id=doing.member_id, object=notice.id, details=details)
    record_act(uow, act, signer=doing.signer, now=doing.now)
