"""Recalls: what is frozen is added and never rewritten; a recall's own row says where it stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlmodel import Session

from filiere_platform.domain.recall import (
    OVER,
    Answer,
    Approval,
    Notice,
    Outcome,
    Reach,
    Recall,
    RecallAct,
    RecallState,
)
from filiere_platform.domain.recall_document import handed_as_json, handed_of, question_as_json, question_of
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables_recall import (
    RECALL,
    RECALL_ANSWER,
    RECALL_APPROVAL,
    RECALL_NOTICE,
    RECALL_SCOPE,
)

_R, _N = RECALL.c, RECALL_NOTICE.c


class KeptScope(NamedTuple):
    """A version of a scope as it is kept; `document` and `changes` are JSON."""

    version: int
    log_index: int
    made_at: int
    document: str
    changes: dict[str, Any]


class RecallStore:
    """Keeps recalls, scopes, approvals, notices and answers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, recall: Recall) -> None:
        """Keep a new recall."""
        self._session.execute(insert(RECALL).values(**_row(recall)))

    def change(self, recall: Recall) -> None:
        """Keep where a recall stands now."""
        self._session.execute(update(RECALL).where(_R.id == recall.id).values(**_row(recall)))

    def by_id(self, recall_id: str) -> Recall | None:
        """Find a recall."""
        found = self._recalls(_R.id == recall_id)
        return found[0] if found else None

    def of_issuer(self, member_id: int, *, limit: int | None) -> list[Recall]:
        """Read a member's recalls, the newest first."""
        return self._recalls(_R.issuer_id == member_id, limit=limit)

    def count_open(self, member_id: int) -> int:
        """Count a member's recalls that are neither closed nor given up."""
        chosen = select(func.count()).where(_R.issuer_id == member_id, _R.state.not_in(sorted(OVER)))
        return int(self._session.execute(chosen).scalar_one())

    def behind(self, size: int) -> list[Recall]:
        """Read the recalls that are sent and were derived from less than so much of the log."""
        return self._recalls(_R.state == RecallState.SENT.value, _R.as_of < size)

    def add_scope(self, recall_id: str, scope: KeptScope) -> None:
        """Keep a version of a scope."""
        values = scope._asdict() | {"recall_id": recall_id, "changes": orjson.dumps(scope.changes).decode()}
        self._session.execute(insert(RECALL_SCOPE).values(values))

    def scopes(self, recall_id: str) -> list[KeptScope]:
        """Read every version of a scope, the first one first."""
        columns = [RECALL_SCOPE.c[name] for name in KeptScope._fields]
        chosen = select(*columns).where(RECALL_SCOPE.c.recall_id == recall_id).order_by(RECALL_SCOPE.c.version)
        return [
            KeptScope(row[0], row[1], row[2], row[3], orjson.loads(row[4])) for row in self._session.execute(chosen)
        ]

    def approve(self, recall_id: str, approval: Approval) -> None:
        """Keep an approval.

        Raises:
            RowsRefused: the same person approved this already.
        """
        values = {"act": approval.act.value, "version": approval.version, "person": approval.person, "at": approval.at}
        self._session.execute(insert(RECALL_APPROVAL).values(recall_id=recall_id, **values))

    def approvals(self, recall_id: str) -> list[Approval]:
        """Read who approved what, in order."""
        table = RECALL_APPROVAL.c
        chosen = (
            select(table.act, table.version, table.person, table.at)
            .where(table.recall_id == recall_id)
            .order_by(table.at, table.person)
        )
        rows = self._session.execute(chosen)
        return [Approval(act=RecallAct(act), version=version, person=who, at=at) for act, version, who, at in rows]

    def add_notice(self, notice: Notice) -> None:
        """Keep a notice that is sent."""
        values = {name: getattr(notice, name) for name in _NOTICE if name not in {"lots", "reach"}}
        lots = orjson.dumps(handed_as_json(notice.lots)).decode()
        self._session.execute(insert(RECALL_NOTICE).values(**values, reach=notice.reach.value, lots=lots))

    def notice(self, notice_id: str) -> Notice | None:
        """Find a notice."""
        found = self._notices(_N.id == notice_id)
        return found[0] if found else None

    def notices(self, recall_id: str) -> list[Notice]:
        """Read the notices of a recall, in the order in which they were sent."""
        return self._notices(_N.recall_id == recall_id)

    def notices_to(self, member_id: int, *, limit: int | None) -> list[Notice]:
        """Read what a member was warned of by others, the newest first."""
        mine = (_N.member_id == member_id, _N.reach != Reach.OWN.value)
        return self._notices(*mine, order=(_N.sent_at.desc(), _N.id), limit=limit)

    def acknowledge(self, notice_id: str, now: int) -> bool:
        """Note that a notice was read; False where that is noted already."""
        unread = (_N.id == notice_id, _N.acknowledged_at.is_(None))
        changed = update(RECALL_NOTICE).where(*unread).values(acknowledged_at=now).returning(_N.id)
        return self._session.execute(changed).first() is not None

    def answer(self, answer: Answer) -> None:
        """Keep an answer; those before it stay.

        Raises:
            RowsRefused: another answer came at the same moment.
        """
        table = RECALL_ANSWER.c
        last = select(func.coalesce(func.max(table.number), 0)).where(table.notice_id == answer.notice_id)
        number = int(self._session.execute(last).scalar_one()) + 1
        values = {name: getattr(answer, name) for name in ("notice_id", "lot", "uom", "at")}
        told = {"outcome": answer.outcome.value, "quantity": str(answer.quantity)}
        self._session.execute(insert(RECALL_ANSWER).values(**values, **told, number=number))

    def answers(self, notices: Collection[str]) -> list[Answer]:
        """Read the answers to some notices, in the order in which they were given."""
        table = RECALL_ANSWER.c
        columns = (table.notice_id, table.lot, table.outcome, table.quantity, table.uom, table.at)
        chosen = (
            select(*columns).where(one_of(table.notice_id, sorted(notices))).order_by(table.notice_id, table.number)
        )
        rows: Sequence[Any] = self._session.execute(chosen).all() if notices else ()
        return [
            Answer(
                notice_id=row.notice_id,
                lot=row.lot,
                outcome=Outcome(row.outcome),
                quantity=Decimal(row.quantity),
                uom=row.uom,
                at=row.at,
            )
            for row in rows
        ]

    def _recalls(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Recall]:
        chosen = select(RECALL).where(*conditions).order_by(_R.started_at.desc(), _R.id).limit(limit)
        return [
            Recall(
                **{
                    **row,
                    "question": question_of(orjson.loads(row["question"])),
                    "state": RecallState(row["state"]),
                }
            )
            for row in self._session.execute(chosen).mappings()
        ]

    def _notices(
        self, *conditions: ColumnElement[bool], order: Sequence[Any] = (_N.sent_at, _N.id), limit: int | None = None
    ) -> list[Notice]:
        chosen = select(*(_N[name] for name in _NOTICE)).where(*conditions).order_by(*order).limit(limit)
        return [
            Notice(**{**row, "reach": Reach(row["reach"]), "lots": handed_of(orjson.loads(row["lots"]))})
            for row in self._session.execute(chosen).mappings()
        ]


_NOTICE = tuple(Notice.__dataclass_fields__)


def _row(recall: Recall) -> dict[str, Any]:
    names = ("id", "issuer_id", "version", "as_of", "started_at", "listed_at", "sent_at", "closed_at")
    return {
        **{name: getattr(recall, name) for name in names},
        "question": orjson.dumps(question_as_json(recall.question)).decode(),
        "state": recall.state.value,
    }
