"""Cases: a step is added and never rewritten; a case's own row says where it stands."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlmodel import Session

from filiere_platform.domain.case import Case, CaseQuery, Proposal, Said, Step
from filiere_platform.store.tables_case import CASE, CASE_PROPOSAL, CASE_STEP
from filiere_schemas.sectors.machine import Side, machine_of

_C, _S, _P = CASE.c, CASE_STEP.c, CASE_PROPOSAL.c
_PLAIN = ("id", "profile", "sender_id", "receiver_id", "state", "number", "opened_at", "changed_at", "shown")


class CaseStore:
    """Keeps cases, their steps, and what waits for a second person."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, case: Case, document: dict[str, Any]) -> None:
        """Keep a new case; `document` is that of its machine."""
        values = {"machine": orjson.dumps(document).decode(), "subjects": orjson.dumps(case.subjects).decode()}
        self._session.execute(insert(CASE).values(**_row(case), **values))

    def change(self, case: Case) -> None:
        """Keep where a case stands now; what was proposed before is given up."""
        self._session.execute(update(CASE).where(_C.id == case.id).values(**_row(case)))
        self.withdraw(case.id)

    def by_id(self, case_id: str) -> Case | None:
        """Find a case."""
        found = self._cases(_C.id == case_id)
        return found[0] if found else None

    def of_member(self, member_id: int, query: CaseQuery) -> list[Case]:
        """Read the cases that a member may know of, the newest first."""
        is_mine = or_(_C.sender_id == member_id, and_(_C.receiver_id == member_id, _C.shown.is_(True)))
        conditions: list[ColumnElement[bool]] = [is_mine]
        if query.open_only:
            conditions.append(_C.is_over.is_(False))
        if query.before is not None:
            at, behind = query.before
            conditions.append(or_(_C.opened_at < at, and_(_C.opened_at == at, _C.id > behind)))
        return self._cases(*conditions, limit=query.limit)

    def count_open(self, member_id: int) -> int:
        """Count the cases that a member sent and that are not over."""
        chosen = select(func.count()).where(_C.sender_id == member_id, _C.is_over.is_(False))
        return int(self._session.execute(chosen).scalar_one())

    def add_step(self, case_id: str, step: Step) -> None:
        """Keep a step.

        Raises:
            RowsRefused: another step of this number is there.
        """
        values = {name: getattr(step, name) for name in ("number", "at", "start", "to", "sha256", "log_index")}
        self._session.execute(
            insert(CASE_STEP).values(case_id=case_id, side=step.side.value, said=_said_text(step.said), **values)
        )

    def steps(self, case_id: str) -> list[Step]:
        """Read the steps of a case, in order."""
        chosen = select(CASE_STEP).where(_S.case_id == case_id).order_by(_S.number)
        return [
            Step(
                number=row.number,
                at=row.at,
                side=Side(row.side),
                start=row.start,
                to=row.to,
                said=_said(row.said),
                sha256=row.sha256,
                log_index=row.log_index,
            )
            for row in self._session.execute(chosen)
        ]

    def propose(self, case_id: str, proposal: Proposal) -> None:
        """Keep what somebody proposes, instead of what was proposed before."""
        self.withdraw(case_id)
        values = {name: getattr(proposal, name) for name in ("number", "to", "person", "at")}
        values |= {"side": proposal.side.value, "said": _said_text(proposal.said)}
        self._session.execute(insert(CASE_PROPOSAL).values(case_id=case_id, **values))

    def withdraw(self, case_id: str) -> None:
        """Forget what was proposed."""
        self._session.execute(delete(CASE_PROPOSAL).where(_P.case_id == case_id))

    def proposal(self, case_id: str) -> Proposal | None:
        """Read what waits for a second person."""
        row = self._session.execute(select(CASE_PROPOSAL).where(_P.case_id == case_id)).first()
        if row is None:
            return None
        return Proposal(
            number=row.number,
            side=Side(row.side),
            to=row.to,
            said=_said(row.said),
            person=row.person,
            at=row.at,
        )

    def _cases(self, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Case]:
        chosen = select(CASE).where(*conditions).order_by(_C.opened_at.desc(), _C.id).limit(limit)
        return [
            Case(
                **{name: row[name] for name in _PLAIN},
                machine=machine_of(orjson.loads(row["machine"])),
                subjects=tuple(orjson.loads(row["subjects"])),
            )
            for row in self._session.execute(chosen).mappings()
        ]


def _row(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in _PLAIN} | {"is_over": case.where.is_final}


def _said_text(said: Said) -> str:
    return orjson.dumps({"text": said.text, "fields": dict(said.fields)}).decode()


def _said(text: str) -> Said:
    told = orjson.loads(text)
    return Said(told["text"], told["fields"])
