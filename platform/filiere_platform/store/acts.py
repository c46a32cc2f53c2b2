"""Acts of administration: the gate through which they are read. They are written as any statement of the log.

`visible_to(viewer)` restricts every statement to acts that concern the viewer's member; the operator sees all.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select, true
from sqlmodel import Session

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.audit import ActQuery
from filiere_platform.domain.record import RecordRow
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import ACT_ENTRY, GRANT, RECORD

_COLUMNS = [RECORD.c[name] for name in RecordRow._fields]


class ActStore:
    """Opens the gate of acts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def visible_to(self, viewer: Viewer) -> VisibleActs:
        """Open the gate as far as a viewer may look."""
        return VisibleActs(self._session, viewer)


class VisibleActs:
    """The acts that one viewer may see, and no others."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self._session = session
        self._viewer = viewer

    def find(self, query: ActQuery, *, limit: int) -> list[RecordRow]:
        """Find acts in log order."""
        chosen = select(*_COLUMNS).where(
            RECORD.c.kind == ACT_ENTRY,
            RECORD.c.body.is_not(None),
            RECORD.c.log_index > query.after,
            self._may_see(query.after),
        )
        if query.member_id is not None:
            chosen = chosen.where(RECORD.c.member_id == query.member_id)
        rows = self._session.execute(chosen.order_by(RECORD.c.log_index).limit(limit))
        return [RecordRow(*row) for row in rows]

    def _may_see(self, after: int) -> ColumnElement[bool]:
        """The one condition that makes the gate: a grant to one of the viewer's audiences."""
        if self._viewer.operator:
            return true()
        granted = GRANT.c.log_index == RECORD.c.log_index, one_of(GRANT.c.audience, self._viewer.audiences)
        return exists().where(*granted, GRANT.c.log_index > after)
