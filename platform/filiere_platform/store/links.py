"""What links rest on, as the worker that extends grants reads it, and what it has applied of the directory.

It reads types, times, roles and modes, and no contents; what it finds becomes grants, never an answer to anybody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, select, text
from sqlmodel import Session

from filiere_platform.domain.audience import SHARING_BY_CODE
from filiere_platform.domain.links import GIVING_ROLES, LinkFact
from filiere_platform.domain.record import NodeKind, Role
from filiere_platform.domain.visibility import NAMING_ROLES
from filiere_platform.store.column_types import one_of
from filiere_platform.store.tables import EDGE, EVENT, IS_LINKED, MEMBER_IDENTIFIER, NODE
from filiere_platform.store.tables_sharing import APPLIED_PARTY, AppliedPartyTable

_FACT = (
    EVENT.c.log_index,
    EVENT.c.member_id,
    EVENT.c.event_type,
    EVENT.c.action,
    EVENT.c.earliest,
    EVENT.c.latest,
    EVENT.c.declares_error,
    EVENT.c.transformation_id,
    EVENT.c.sharing,
)
# A product without a lot would link everything that is called so.
_UNLINKED_KINDS = frozenset({NodeKind.CLASS})


class LinkStore:
    """Reads facts; keeps which identifiers of members were applied to what was stored before them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def any_linked(self) -> bool:
        """Whether any event is shared in a mode that later records extend."""
        return self._session.execute(select(EVENT.c.log_index).where(text(IS_LINKED)).limit(1)).first() is not None

    def between(self, start: int, stop: int) -> list[LinkFact]:
        """Read the events from a log index up to another, in log order."""
        return self._facts(EVENT.c.log_index.between(start, stop - 1), EDGE.c.log_index.between(start, stop - 1))

    def at(self, indexes: Collection[int]) -> list[LinkFact]:
        """Read the events at some log indexes, in log order."""
        if not indexes:
            return []
        return self._facts(one_of(EVENT.c.log_index, sorted(indexes)), one_of(EDGE.c.log_index, sorted(indexes)))

    def touching(self, nodes: Collection[int]) -> set[int]:
        """Find the log indexes of the events that touch nodes as objects."""
        chosen = select(EDGE.c.log_index).where(one_of(EDGE.c.node_id, nodes), EDGE.c.role < Role.READ_POINT)
        return set(self._session.execute(chosen).scalars()) if nodes else set()

    def together(self, transformations: Collection[str]) -> set[int]:
        """Find the log indexes of the events that share transformation ids."""
        chosen = select(EVENT.c.log_index).where(one_of(EVENT.c.transformation_id, transformations))
        return set(self._session.execute(chosen).scalars()) if transformations else set()

    def naming(self, nodes: Collection[int]) -> set[int]:
        """Find the log indexes of the events that name parties as their other side, or in their owner's list."""
        roles = sorted(NAMING_ROLES)
        chosen = select(EDGE.c.log_index).where(one_of(EDGE.c.node_id, nodes), one_of(EDGE.c.role, roles))
        return set(self._session.execute(chosen).scalars()) if nodes else set()

    def parties(self) -> dict[str, int]:
        """Read every identifier of a party or site, with its member."""
        rows = self._session.execute(select(MEMBER_IDENTIFIER.c.key, MEMBER_IDENTIFIER.c.member_id))
        return {row.key: row.member_id for row in rows}

    def nodes_of(self, keys: Collection[str]) -> dict[int, str]:
        """Find the nodes of keys, as far as any event names them."""
        chosen = select(NODE.c.node_id, NODE.c.key).where(one_of(NODE.c.key, sorted(keys)))
        return {row.node_id: row.key for row in self._session.execute(chosen)} if keys else {}

    def applied(self) -> dict[str, int]:
        """Read the identifiers that were applied to everything stored before them."""
        rows = self._session.execute(select(APPLIED_PARTY.c.key, APPLIED_PARTY.c.member_id))
        return {row.key: row.member_id for row in rows}

    def apply(self, parties: Iterable[tuple[str, int]]) -> None:
        """Note identifiers as applied."""
        self._session.add_all(AppliedPartyTable(key=key, member_id=member_id) for key, member_id in sorted(parties))
        self._session.flush()

    def _facts(self, events: ColumnElement[bool], edges: ColumnElement[bool]) -> list[LinkFact]:
        ends: dict[int, list[tuple[Role, int]]] = defaultdict(list)
        chosen = (
            select(EDGE.c.log_index, EDGE.c.role, EDGE.c.node_id, NODE.c.kind)
            .join_from(EDGE, NODE, NODE.c.node_id == EDGE.c.node_id)
            .where(edges)
        )
        for log_index, role, node_id, kind in self._session.execute(chosen):
            if role >= Role.READ_POINT or kind not in _UNLINKED_KINDS:
                ends[log_index].append((Role(role), node_id))
        rows = self._session.execute(select(*_FACT).where(events).order_by(EVENT.c.log_index)).all()
        return [_fact(row, ends.get(row[0], ())) for row in rows]


def naming_member(session: Session, member_id: int, among: Collection[int]) -> set[int]:
    """Find which of some events name a member, as their other side or in their owner's list."""
    chosen = (
        select(EDGE.c.log_index)
        .join_from(EDGE, NODE, NODE.c.node_id == EDGE.c.node_id)
        .join(MEMBER_IDENTIFIER, MEMBER_IDENTIFIER.c.key == NODE.c.key)
        .where(
            one_of(EDGE.c.log_index, sorted(among)),
            one_of(EDGE.c.role, sorted(NAMING_ROLES)),
            MEMBER_IDENTIFIER.c.member_id == member_id,
        )
    )
    return set(session.execute(chosen).scalars())


def _fact(row: Sequence[object], ends: Iterable[tuple[Role, int]]) -> LinkFact:
    objects: dict[Role, set[int]] = defaultdict(set)
    places: dict[Role, set[int]] = defaultdict(set)
    for role, node_id in ends:
        if role < Role.READ_POINT:
            objects[role].add(node_id)
        elif role in GIVING_ROLES or role in NAMING_ROLES:
            places[role].add(node_id)
    *own, sharing = row
    names = ("log_index", "member_id", "event_type", "action", "earliest", "latest", "declares_error")
    values = dict(zip((*names, "transformation_id"), own, strict=True))
    return LinkFact(
        **values,  # type: ignore[arg-type]
        sharing=None if sharing is None else SHARING_BY_CODE[sharing],  # type: ignore[index]
        objects=objects,
        places=places,
    )
