"""Answers about several traces as tables, one for each kind of question, with the rows that a page leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from filiere_platform.render.csv_rows import Dialect, write_csv
from filiere_platform.render.trace_table import Cell

_MANY = " "  # between the values of one cell: no key and no number has a space


def write_set_table(kind: str, found: Any, dialect: Dialect) -> Iterator[str]:
    """Write the answer to a question as CSV, a line at a time.

    Args:
        kind: `trace`, `ancestors`, `difference` or `presence`.
        found: the answer; of presence one for each object.
        dialect: for whom.
    """
    columns, rows_of = _TABLES[kind]
    return write_csv(columns, rows_of(found), dialect)


def _trace(found: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    for node in found["nodes"]:
        roots = _MANY.join(found["objects"][root] for root in node["roots"])
        yield node["key"], node["depth"], node["certainty"], roots
    for key in found["unknown"]:
        yield key, None, "unknown", ""


def _ancestors(found: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    for what, named in (("ancestor", "ancestors"), ("place", "places"), ("member", "members")):
        for row in found[named]:
            yield what, row["key"], row["score"], len(row["suspects"]), len(row["sound"]), row["certain"]


def _difference(found: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    for change in ("removed", "added"):
        for node in found["nodes"][change]:
            yield change, "object", node["key"], None, _indexes(node["because"])
        for edge in found["edges"][change]:
            yield change, edge["kind"], edge["from"], edge["to"], _indexes(edge["because"])


def _presence(found: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Cell]]:
    for row in found:
        reasons = _MANY.join(row["reasons"])
        yield row["object"], row["member"], row["present"], row["certainty"], reasons, _indexes(row["events"])


def _indexes(events: Sequence[int]) -> str:
    return _MANY.join(map(str, events))


_Table = tuple[tuple[str, ...], Callable[[Any], Iterator[Sequence[Cell]]]]
_TABLES: Final[Mapping[str, _Table]] = {
    "trace": (("object", "depth", "certainty", "reached_from"), _trace),
    "ancestors": (("what", "key", "score", "suspects", "sound", "certain"), _ancestors),
    "difference": (("change", "what", "from", "to", "because"), _difference),
    "presence": (("object", "member", "present", "certainty", "reasons", "events"), _presence),
}
