"""The rules between rows that capture keeps by construction, each as one query for what breaks it (`filiere fsck`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import CompoundSelect, Select, exists, func, select
from sqlmodel import Session

from filiere_platform.domain.log_check import RowBreach, RowCounts, RowRule
from filiere_platform.domain.record import KIND_CODES
from filiere_platform.store.tables import DIGEST, EDGE, EVENT, GRANT, LOG_HEAD, NODE, RECORD
from filiere_platform.store.tables_recovery import LOST_RECORD
from filiere_schemas.provenance.entry import EntryKind

_IS_EVENT = RECORD.c.kind.in_([KIND_CODES[EntryKind.EVENT], KIND_CODES[EntryKind.RECEIPT]])
_HAS_EVENT_ROW = exists().where(EVENT.c.log_index == RECORD.c.log_index)
_IS_LOST = exists().where(LOST_RECORD.c.log_index == RECORD.c.log_index)
_HAS_OWNER_GRANT = exists().where(GRANT.c.log_index == RECORD.c.log_index, GRANT.c.audience == RECORD.c.member_id)


def row_breaches(session: Session, below: int) -> Iterator[RowBreach]:
    """Find every broken rule of the records below an index, rule by rule, in log order."""
    for rule, broken in _queries(below):
        for log_index in session.execute(broken).scalars():
            yield RowBreach(rule=rule, log_index=log_index)


def row_counts(session: Session) -> RowCounts:
    """Count what is numbered, as of the head: what a capture writes meanwhile is neither counted nor missed."""
    head = session.execute(select(LOG_HEAD.c.size, LOG_HEAD.c.grants, LOG_HEAD.c.nodes)).one()
    grants = session.execute(
        select(func.count(), func.max(GRANT.c.grant_no)).select_from(GRANT).where(GRANT.c.grant_no <= head.grants)
    ).one()
    nodes = session.execute(
        select(func.count(), func.max(NODE.c.node_id)).select_from(NODE).where(NODE.c.node_id <= head.nodes)
    ).one()
    records = session.execute(select(func.count()).select_from(RECORD).where(RECORD.c.log_index < head.size))
    return RowCounts(
        records=records.scalar_one(),
        grants=grants[0],
        highest_grant=grants[1] or 0,
        nodes=nodes[0],
        highest_node=nodes[1] or 0,
    )


def _queries(below: int) -> Iterator[tuple[RowRule, Select[tuple[int]] | CompoundSelect[tuple[int]]]]:
    records = select(RECORD.c.log_index).where(RECORD.c.log_index < below).order_by(RECORD.c.log_index)
    events = select(EVENT.c.log_index).where(EVENT.c.log_index < below).order_by(EVENT.c.log_index)
    edges = select(EDGE.c.log_index).where(EDGE.c.log_index < below).order_by(EDGE.c.log_index)
    # One statement sees head and records at one moment: what is captured meanwhile is not beyond the head.
    size = select(LOG_HEAD.c.size).scalar_subquery()
    yield RowRule.RECORD_BEYOND_HEAD, select(RECORD.c.log_index).where(RECORD.c.log_index >= size)
    yield RowRule.EVENT_MISSING, records.where(_IS_EVENT, ~_HAS_EVENT_ROW, ~_IS_LOST)
    has_record = exists().where(RECORD.c.log_index == EVENT.c.log_index, _IS_EVENT)
    yield RowRule.EVENT_SPURIOUS, events.where(~has_record)
    has_event = exists().where(EVENT.c.log_index == EDGE.c.log_index)
    yield RowRule.EDGE_SPURIOUS, edges.where(~has_event).distinct()
    numbered = edges.group_by(EDGE.c.log_index)
    yield RowRule.EDGE_GAP, numbered.having(func.count() != func.max(EDGE.c.ordinal) + 1)
    has_node = exists().where(NODE.c.node_id == EDGE.c.node_id)
    yield RowRule.NODE_MISSING, edges.where(~has_node).distinct()
    yield RowRule.GRANT_MISSING, records.where(RECORD.c.member_id.is_not(None), ~_HAS_OWNER_GRANT)
    granted = select(GRANT.c.log_index).where(GRANT.c.log_index < below).order_by(GRANT.c.log_index).distinct()
    yield RowRule.GRANT_SPURIOUS, granted.where(~exists().where(RECORD.c.log_index == GRANT.c.log_index))
    # Set difference, since no index leads from a record to its identities: both databases sort, neither searches.
    identified = select(DIGEST.c.log_index)
    yield RowRule.IDENTITY_MISSING, select(RECORD.c.log_index).where(RECORD.c.log_index < below).except_(identified)
    led_to = select(DIGEST.c.log_index).where(DIGEST.c.log_index < below).order_by(DIGEST.c.log_index)
    yield RowRule.IDENTITY_SPURIOUS, led_to.where(~exists().where(RECORD.c.log_index == DIGEST.c.log_index))
