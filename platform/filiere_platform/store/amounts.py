"""Amounts that transformations state of objects, in blocks: the half of an answer's rows of which no step says more.

The caller has let the events pass the gate. An object's ends are one stretch of an index; read by event, each is a
descent. So they are read by object, and those of events that did not pass are left out here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from sqlmodel import Session

from filiere_platform.domain.record import Role
from filiere_platform.domain.trace_end import EndOfTouch
from filiere_platform.store.binary_arrays import bigints

_FROM = f"FROM edge WHERE role BETWEEN {Role.INPUT:d} AND {Role.OUTPUT:d} AND "
# Each column is one value of the answer: a row costs the driver ten times what it costs in a block.
_BLOCKS = f"""
SELECT string_agg(int8send(node_id), ''::bytea), string_agg(int8send(log_index), ''::bytea),
  string_agg(int8send(ordinal), ''::bytea), string_agg(int8send(role), ''::bytea),
  array_agg(quantity::text), array_agg(uom)
{_FROM} node_id = ANY(ARRAY(SELECT unnest(%(nodes)s))) AND log_index BETWEEN %(low)s::bigint AND %(high)s::bigint
"""
_ROWS = f"""
SELECT node_id, log_index, ordinal, role, quantity, uom
{_FROM} node_id IN (SELECT value FROM json_each(:nodes)) AND log_index BETWEEN :low AND :high
"""  # noqa: S608


def amounts_of(session: Session, nodes: Collection[int], passed: Collection[int]) -> list[EndOfTouch]:
    """Read the ends of objects in transformations, of events that have passed the gate, in no order."""
    if not passed or not nodes:
        return []
    driver: Any = session.connection().connection.driver_connection
    bounds = {"low": min(passed), "high": max(passed)}
    if session.get_bind().dialect.name == "postgresql":
        columns = _in_blocks(driver, {"nodes": bigints(sorted(nodes)), **bounds})
    else:
        rows = driver.execute(_ROWS, {"nodes": json.dumps(sorted(nodes)), **bounds}).fetchall()
        columns = list(zip(*rows, strict=True))
    if not columns:
        return []
    *numbers, texts, units = columns
    # Most amounts are stated again and again: to read one from its text costs more than to find it.
    amounts: dict[str | None, Decimal | None] = {text: None if text is None else Decimal(text) for text in set(texts)}
    ends = zip(*numbers, map(amounts.__getitem__, texts), units, strict=True)
    return [end for end in ends if end[1] in passed]


def _in_blocks(driver: Any, values: dict[str, Any]) -> list[Sequence[Any]]:
    with driver.cursor(binary=True) as cursor:
        *blocks, texts, units = cursor.execute(_BLOCKS, values).fetchone()
    if texts is None:
        return []
    return [*(np.frombuffer(block, ">i8").tolist() for block in blocks), texts, units]
