"""A recall: a scope frozen from a trace, its notices, their answers, and who decided; rules without I/O.

A scope only grows: what was in a version is in every later one, whatever is corrected or diluted since. Two different
people of the issuing member send it, and two close it; what vouches for nobody in person does not count.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from filiere_platform.domain import recall_sentences as say
from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.principal import Actor, Principal
from filiere_schemas.problems import Problem, Refusal

LONGEST_REASON: Final = 2_000  # characters
MOST_SITES: Final = 20  # with their periods
MOST_SUSPECTS: Final = 100  # objects that a recall begins with
MOST_OPEN: Final = 50  # recalls of one member that are not closed
EYES: Final = 2  # pairs of them: different people


class RecallState(StrEnum):
    """How far a recall is."""

    DRAFT = "draft"  # the scope is frozen, nobody is warned
    SENT = "sent"
    CLOSED = "closed"
    CANCELLED = "cancelled"  # a draft that nobody was warned of


OVER: Final = frozenset({RecallState.CLOSED, RecallState.CANCELLED})


class RecallAct(StrEnum):
    """What two people decide."""

    SEND = "send"
    CLOSE = "close"


class Outcome(StrEnum):
    """What became of a lot, or of a part of it."""

    BLOCKED = "blocked"
    RETURNED = "returned"
    DESTROYED = "destroyed"
    SOLD = "sold"
    CONSUMED = "consumed"


class Reach(StrEnum):
    """Whom a notice warns."""

    OWN = "own"  # the issuer itself: what it still has
    DIRECT = "direct"  # a consignee of the issuer, of what the issuer handed over
    OUTSIDE = "outside"  # a consignee who is no member: the issuer warns it and answers for it
    FORWARDED = "forwarded"  # somebody beyond: the platform warns it, the issuer never learns who


class Cause(StrEnum):
    """Why a lot is in a scope."""

    SUSPECT = "suspect"
    LINKED = "linked"
    LINE = "line"  # made on the same line on the same day
    SITE = "site"  # handled at a site in a period


# Which decision leads from which state to which.
_LEADS: Final[Mapping[RecallAct, tuple[RecallState, RecallState]]] = {
    RecallAct.SEND: (RecallState.DRAFT, RecallState.SENT),
    RecallAct.CLOSE: (RecallState.SENT, RecallState.CLOSED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePeriod:
    """A site and a period, from `start` on and before `stop`, in microseconds since 1970."""

    site: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallQuestion:
    """What a recall begins with."""

    objects: tuple[str, ...]
    reason: str
    is_drill: bool = False
    same_line: bool = False
    sites: tuple[SitePeriod, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A recall as it stands; times are microseconds since 1970."""

    id: str
    issuer_id: int
    question: RecallQuestion
    state: RecallState
    version: int  # of the scope
    as_of: int  # the size of the log that the scope was last derived from
    started_at: int
    listed_at: int  # when the first list of lots was there
    sent_at: int | None = None
    closed_at: int | None = None

    def after(self, act: RecallAct, now: int) -> Recall:
        """Give the recall once a decision is taken."""
        if act is RecallAct.SEND:
            return replace(self, state=_LEADS[act][1], sent_at=now)
        return replace(self, state=_LEADS[act][1], closed_at=now)

    @property
    def is_over(self) -> bool:
        """Whether nothing is done to it any more."""
        return self.state in OVER

    def require_state(self, expected: RecallState) -> None:
        """Check how far a recall is.

        Raises:
            Refusal: code `recall-state`.
        """
        if self.state is not expected:
            values = {"found": self.state.value, "expected": expected.value}
            raise Refusal([Problem(sentence=say.WRONG_STATE, values=values)])

    def cancelled(self, now: int) -> Recall:
        """Give a draft up: nobody was warned, and nobody will be.

        Raises:
            Refusal: code `recall-state`: it is no draft.
        """
        self.require_state(RecallState.DRAFT)
        return replace(self, state=RecallState.CANCELLED, closed_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedLot:
    """A lot of a scope: why, and whether surely; a doubtful one is in it like others."""

    key: str
    causes: tuple[Cause, ...]
    is_certain: bool
    produced: Decimal | None = None  # as the issuer's own records say
    uom: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A lot in somebody's hands, and how much of it was stated as handed over."""

    lot: str
    quantity: Decimal | None = None
    uom: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """Whom a scope warns of what: a member, or outside the platform a party."""

    reach: Reach
    member_id: int | None
    party: str
    lots: tuple[Handed, ...]

    @property
    def name(self) -> tuple[str, int | None, str]:
        """What tells two of them apart."""
        return self.reach.value, self.member_id, self.party


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallScope:
    """What is concerned, as far as it was known in one version."""

    lots: tuple[ScopedLot, ...]
    warned: tuple[Warned, ...]
    cut: str | None = None  # why the trace ended early, where it did


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """That somebody approved a decision about a version."""

    act: RecallAct
    version: int
    person: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A warning that was sent; new lots make a new one."""

    id: str
    recall_id: str
    reach: Reach
    member_id: int | None
    party: str
    version: int
    lots: tuple[Handed, ...]
    sent_at: int
    acknowledged_at: int | None = None

    def require_lot(self, lot: str) -> None:
        """Let an answer for a lot pass.

        Raises:
            Refusal: code `recall-lot-outside`: the notice does not name it.
        """
        if lot not in {each.lot for each in self.lots}:
            values = {"lot": lot[:200], "count": len(self.lots)}
            raise Refusal([Problem(sentence=say.LOT_OUTSIDE, pointer="/lot", values=values)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody says became of so much of a lot; the latest of a lot and an outcome counts."""

    notice_id: str
    lot: str
    outcome: Outcome
    quantity: Decimal
    uom: str
    at: int


def new_recall_id() -> str:
    """Make an id that nobody guesses."""
    return secrets.token_hex(8)


def read_reason(text: str) -> str:
    """Read why something is recalled.

    Raises:
        Refusal: code `recall-reason`.
    """
    reason = text.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Refusal([Problem(sentence=say.REASON, pointer="/reason", values={"expected": LONGEST_REASON})])
    return reason


def approve(
    recall: Recall, asked: tuple[RecallAct, int], approvals: Iterable[Approval], by: Principal, now: int
) -> Approval:
    """Decide whether somebody may approve a decision about the version that he has read; `by` acts for the issuer.

    Raises:
        Forbidden: code `recall-person`: who acts is no person that signed in.
        Refusal: code `recall-state`; `recall-version`: the scope has grown since; `recall-second-person`: the same
            person has approved this version already.
    """
    act, version = asked
    if by.actor is not Actor.PERSON or not by.actor_id or by.member_id != recall.issuer_id:
        raise Forbidden([Problem(sentence=say.PERSON_NEEDED)])
    recall.require_state(_LEADS[act][0])
    if version != recall.version:
        values = {"found": str(version), "expected": str(recall.version)}
        raise Refusal([Problem(sentence=say.VERSION_MOVED, values=values)])
    if by.actor_id in approvers(act, recall.version, approvals):
        raise Refusal([Problem(sentence=say.SECOND_PERSON)])
    return Approval(act=act, version=recall.version, person=by.actor_id, at=now)


def approvers(act: RecallAct, version: int, approvals: Iterable[Approval]) -> frozenset[str]:
    """Give who approved a decision about a version: what has changed since is to be approved anew."""
    return frozenset(each.person for each in approvals if each.act is act and each.version == version)


def is_decided(act: RecallAct, version: int, approvals: Iterable[Approval]) -> bool:
    """Whether enough different people have approved."""
    return len(approvers(act, version, approvals)) >= EYES


def widen(old: RecallScope, new: RecallScope) -> RecallScope:
    """Join what is known now to what was frozen before: nothing leaves a scope."""
    lots = {each.key: each for each in old.lots}
    for each in new.lots:
        before = lots.get(each.key)
        lots[each.key] = each if before is None else _joined(before, each)
    warned = {each.name: each for each in old.warned}
    for party in new.warned:
        before_it = warned.get(party.name)
        warned[party.name] = party if before_it is None else replace(party, lots=_handed(before_it.lots, party.lots))
    return RecallScope(lots=_by_key(lots.values()), warned=_by_name(warned.values()), cut=new.cut)


def changes(old: RecallScope, new: RecallScope) -> dict[str, Any]:
    """Say what a version has that the one before had not, as its issuer may read it."""
    known, before = {each.key for each in old.lots}, {each.name: each for each in old.warned}
    more = [each for each in new.warned if _added(before.get(each.name), each)]
    return {
        "lots": [each.key for each in new.lots if each.key not in known],
        "consignees": sorted(_name(each) for each in more if each.reach in {Reach.DIRECT, Reach.OUTSIDE}),
        "forwarded": sum(each.reach is Reach.FORWARDED for each in more),
    }


def has_grown(old: RecallScope, new: RecallScope) -> bool:
    """Whether a scope has anything that another has not."""
    return any(changes(old, new).values()) or old.lots != new.lots


def due_notices(scope: RecallScope, sent: Iterable[Notice]) -> list[Warned]:
    """Give whom to warn of what now: of each lot once."""
    told: dict[tuple[str, int | None, str], set[str]] = {}
    for notice in sent:
        name = (notice.reach.value, notice.member_id, notice.party)
        told.setdefault(name, set()).update(each.lot for each in notice.lots)
    due = []
    for each in scope.warned:
        lots = tuple(handed for handed in each.lots if handed.lot not in told.get(each.name, ()))
        if lots:
            due.append(replace(each, lots=lots))
    return due


def latest(answers: Iterable[Answer]) -> list[Answer]:
    """Give the answers that count, in the order in which they were given."""
    found: dict[tuple[str, str, Outcome], Answer] = {}
    for each in answers:
        found[each.notice_id, each.lot, each.outcome] = each
    return list(found.values())


def _joined(before: ScopedLot, now: ScopedLot) -> ScopedLot:
    causes = tuple(cause for cause in Cause if cause in {*before.causes, *now.causes})
    return replace(now, causes=causes, is_certain=before.is_certain or now.is_certain)


def _handed(before: Sequence[Handed], now: Sequence[Handed]) -> tuple[Handed, ...]:
    found = {each.lot: each for each in (*before, *now)}
    return tuple(found[lot] for lot in sorted(found))


def _added(before: Warned | None, now: Warned) -> bool:
    return before is None or bool({each.lot for each in now.lots} - {each.lot for each in before.lots})


def _name(warned: Warned) -> str:
    return warned.party


def _by_key(lots: Collection[ScopedLot]) -> tuple[ScopedLot, ...]:
    return tuple(sorted(lots, key=lambda each: each.key))


def _by_name(warned: Collection[Warned]) -> tuple[Warned, ...]:
    return tuple(sorted(warned, key=lambda each: (each.reach.value, each.party)))
