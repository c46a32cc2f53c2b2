"""Findings as a table: a line per finding, with its explanation, who closed it, and its evidence as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from filiere_platform.render.csv_rows import Dialect, write_csv
from filiere_platform.render.trace_table import Cell

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
_OWN: Final = ("id", "rule", "level", "state", "version", "subject", "low", "high", "index", "firstSeen", "openedAt")
_EXPLANATION: Final = ("reason", "text", "at", "by")
HEADER: Final = (
    *_OWN,
    *(f"explanation_{name}" for name in _EXPLANATION),
    "closedAt",
    "closedBy",
    "fr",
    "en",
    "evidence",
)


def write_findings(findings: Iterable[Mapping[str, Any]], dialect: Dialect) -> bytes:
    """Write findings, as `finding_as_json` lays them out, as CSV."""
    return "".join(write_csv(HEADER, _rows(findings), dialect)).encode()


def _rows(findings: Iterable[Mapping[str, Any]]) -> Iterator[list[Cell]]:
    for finding in findings:
        explanation = finding["explanation"] or {}
        yield [
            *(_cell(finding[name]) for name in _OWN),
            *(explanation.get(name) for name in _EXPLANATION),
            *(finding[name] for name in ("closedAt", "closedBy", "fr", "en")),
            json.dumps(finding["evidence"], sort_keys=True, ensure_ascii=False),
        ]


def _cell(value: object) -> Cell:
    return value if isinstance(value, int) else str(value)
