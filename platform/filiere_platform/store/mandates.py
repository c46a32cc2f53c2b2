"""Mandates as they are kept, and the events that a scope covers, for the worker that turns mandates into grants.

It reads senders, times and the names of objects, and no contents; what it finds becomes grants, never an answer.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlmodel import Session

from filiere_platform.domain.audience import FIRST_MANDATE
from filiere_platform.domain.mandate import (
    Mandate,
    MandateFact,
    MandatePurpose,
    MandateRequest,
    MandateScope,
    audience_of,
    covers,
    is_mandate,
)
from filiere_platform.domain.record import Role
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import EDGE, EVENT, GRANT, NODE
from filiere_platform.store.tables_mandate import MANDATE, MANDATE_MEMBER, MandateMemberTable, MandateTable

_NAMES = tuple(name for name in Mandate.__dataclass_fields__ if name != "scope")
_COLUMNS = [MANDATE.c[name] for name in (*_NAMES, "scope")]
MOST_LISTED = 1_000


class MandateStore:
    """Keeps mandates. Who may give, hold or read one is decided by the use cases."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, mandate_id: str, giver_id: int, request: MandateRequest, *, now: int) -> Mandate:
        """Keep a mandate that was decided; gives it with its number."""
        row = MandateTable(
            id=mandate_id,
            giver_id=giver_id,
            holder_id=request.holder_id,
            person_id=request.person_id,
            purpose=request.purpose.value,
            reason=request.reason,
            scope=_write_scope(request.scope),
            given_at=now,
            starts_at=now if request.starts_at is None else request.starts_at,
            ends_at=request.ends_at,
        )
        self._session.add(row)
        self._session.flush()
        number = row.number or 0
        self._session.add_all(MandateMemberTable(mandate=number, member_id=each) for each in request.scope.members)
        self._session.flush()
        (kept,) = self._read(MANDATE.c.number == number)
        return kept

    def by_id(self, mandate_id: str) -> Mandate | None:
        """Find a mandate by its id."""
        return next(iter(self._read(MANDATE.c.id == mandate_id)), None)

    def by_numbers(self, numbers: Collection[int]) -> dict[int, Mandate]:
        """Read some mandates, by number."""
        found = self._read(one_of(MANDATE.c.number, sorted(numbers))) if numbers else []
        return {mandate.number: mandate for mandate in found}

    def given_by(self, member_id: int, *, limit: int = MOST_LISTED) -> list[Mandate]:
        """Read the mandates that a member gave, the newest first."""
        return self._read(MANDATE.c.giver_id == member_id, limit=limit)

    def held_by(self, member_id: int, *, limit: int = MOST_LISTED) -> list[Mandate]:
        """Read the mandates that a member holds, the newest first."""
        return self._read(MANDATE.c.holder_id == member_id, limit=limit)

    def over(self, member_id: int, *, limit: int = MOST_LISTED) -> list[Mandate]:
        """Read the mandates under which a member is looked at, whoever gave them, the newest first."""
        mine = select(MANDATE_MEMBER.c.mandate).where(MANDATE_MEMBER.c.member_id == member_id)
        return self._read(MANDATE.c.number.in_(mine), limit=limit)

    def all(self, *, limit: int | None = MOST_LISTED) -> list[Mandate]:
        """Read every mandate, the newest first."""
        return self._read(limit=limit)

    def count_in_force(self, giver_id: int, now: int) -> int:
        """Count the mandates of a giver that have not ended."""
        mine = select(func.count()).select_from(MANDATE).where(MANDATE.c.giver_id == giver_id, *_not_over(now))
        return int(self._session.execute(mine).scalar_one())

    def revoke(self, number: int, now: int) -> bool:
        """End a mandate for good; False where it was revoked before."""
        here = (MANDATE.c.number == number, MANDATE.c.revoked_at.is_(None))
        changed = update(MANDATE).where(*here).values(revoked_at=now).returning(MANDATE.c.number)
        return self._session.execute(changed).first() is not None

    def in_force(self, now: int) -> list[Mandate]:
        """Read the mandates in force, by number."""
        return self._read(*_in_force(now), by_number=True)

    def holders(self, now: int) -> dict[int, int]:
        """Give, by audience, the member that holds a mandate in force as a whole: what its stream brings, too.

        A mandate of one person is for that person's own looks, and not for a queue that others read.
        """
        chosen = select(MANDATE.c.number, MANDATE.c.holder_id).where(
            *_in_force(now), MANDATE.c.holder_id.is_not(None), MANDATE.c.person_id.is_(None)
        )
        return {audience_of(row.number): row.holder_id for row in self._session.execute(chosen)}

    def note_delivered(self, number: int, grant_no: int) -> int:
        """Note up to which grant a mandate was delivered; gives what was noted before, the same again if further."""
        here = MANDATE.c.number == number
        before = self._session.execute(select(MANDATE.c.delivered).where(here)).scalar_one()
        if before < grant_no:
            self._session.execute(update(MANDATE).where(here).values(delivered=grant_no))
        return int(before)

    def follow(self, number: int, after: int, stop: int) -> bool:
        """Note that the records below a log index were looked at; False where another was here meanwhile."""
        here = (MANDATE.c.number == number, MANDATE.c.followed == after)
        moved = update(MANDATE).where(*here).values(followed=stop).returning(MANDATE.c.number)
        return self._session.execute(moved).first() is not None

    def covered(self, scope: MandateScope, start: int, stop: int) -> list[int]:
        """Find the log indexes of the events from one up to another that a scope covers, in order."""
        objects = self._objects(scope, start, stop) if scope.names_objects else {}
        if scope.names_objects and not objects:
            return []
        chosen: list[ColumnElement[bool]] = [EVENT.c.log_index.between(start, stop - 1)]
        if scope.members:
            chosen.append(one_of(EVENT.c.member_id, sorted(scope.members)))
        if scope.event_from is not None:
            chosen.append(EVENT.c.earliest >= scope.event_from)
        if scope.event_before is not None:
            chosen.append(EVENT.c.latest < scope.event_before)
        if scope.names_objects:
            chosen.append(one_of(EVENT.c.log_index, sorted(objects)))
        columns = select(EVENT.c.log_index, EVENT.c.member_id, EVENT.c.earliest, EVENT.c.latest)
        rows = self._session.execute(columns.where(*chosen).order_by(EVENT.c.log_index))
        # What the statement lets through is decided by the rule itself.
        nothing: frozenset[str] = frozenset()
        facts = (MandateFact(a, b, c, d, objects.get(a, nothing)) for a, b, c, d in rows)
        return [fact.log_index for fact in facts if covers(scope, fact)]

    def granted(self, audience: int, start: int, stop: int) -> set[int]:
        """Read to which of the records from one log index up to another an audience has a grant."""
        here = (GRANT.c.audience == audience, GRANT.c.log_index.between(start, stop - 1))
        return set(self._session.execute(select(GRANT.c.log_index).where(*here)).scalars())

    def causes(self, start: int, stop: int) -> dict[tuple[int, int], int]:
        """Read the grants of all mandates to the records from one log index up to another."""
        here = GRANT.c.log_index.between(start, stop - 1), GRANT.c.audience <= FIRST_MANDATE
        chosen = select(GRANT.c.log_index, GRANT.c.audience, GRANT.c.cause).where(*here)
        return {(row[0], row[1]): row[2] for row in self._session.execute(chosen) if is_mandate(row[1])}

    def _objects(self, scope: MandateScope, start: int, stop: int) -> Mapping[int, frozenset[str]]:
        """Read the objects of events that the scope may mean, by log index; more than it means at the most."""
        here = [EDGE.c.log_index.between(start, stop - 1), EDGE.c.role < Role.READ_POINT]
        ways: list[ColumnElement[bool]] = []
        if scope.objects:
            ways.append(one_of(NODE.c.key, sorted(scope.objects)))
        for product in scope.products:
            ways += [NODE.c.key == product, *(NODE.c.key.startswith(each, autoescape=True) for each in _stems(product))]
        joined = select(EDGE.c.log_index, NODE.c.key).join_from(EDGE, NODE, NODE.c.node_id == EDGE.c.node_id)
        found: defaultdict[int, set[str]] = defaultdict(set)
        for log_index, key in self._session.execute(joined.where(*here, or_(*ways))):
            found[log_index].add(key)
        return {log_index: frozenset(keys) for log_index, keys in found.items()}

    def _read(
        self, *conditions: ColumnElement[bool], limit: int | None = None, by_number: bool = False
    ) -> list[Mandate]:
        order = MANDATE.c.number if by_number else MANDATE.c.number.desc()
        rows: Any = self._session.execute(select(*_COLUMNS).where(*conditions).order_by(order).limit(limit))
        return [_mandate(row) for row in rows.mappings()]


def _not_over(now: int) -> tuple[ColumnElement[bool], ...]:
    return MANDATE.c.revoked_at.is_(None), MANDATE.c.ends_at > now


def _in_force(now: int) -> tuple[ColumnElement[bool], ...]:
    return *_not_over(now), MANDATE.c.starts_at <= now


def in_force(now: int) -> ColumnElement[bool]:
    """Give the condition under which a mandate shows anything at an instant."""
    return and_(*_in_force(now))


def _stems(product: str) -> tuple[str, ...]:
    if not product.startswith("urn:filiere:"):
        return (f"{product}/",)
    own = product.removeprefix("urn:filiere:lot:")
    return f"urn:filiere:lot:{own}:", f"urn:filiere:item:{own}:"


def _mandate(row: Mapping[str, Any]) -> Mandate:
    values = {name: row[name] for name in _NAMES}
    return Mandate(**(values | {"purpose": MandatePurpose(row["purpose"]), "scope": _read_scope(row["scope"])}))


def _write_scope(scope: MandateScope) -> str:
    lists = {name: sorted(getattr(scope, name)) for name in ("members", "products", "objects")}
    return json.dumps(lists | {"event_from": scope.event_from, "event_before": scope.event_before})


def _read_scope(text: str) -> MandateScope:
    values = json.loads(text)
    lists = {name: frozenset(values[name]) for name in ("members", "products", "objects")}
    return MandateScope(**lists, event_from=values["event_from"], event_before=values["event_before"])
