"""The report as a table for the eye; the JSON beside it holds every slot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEADINGS = (
    "scenario",
    "platform",
    "baseline or floor",
    "ratio",
    "CPU us",
    "its CPU us",
    "CPU ratio",
    "p50/p99 ms",
    "load",
)


def render(report: Mapping[str, Any]) -> str:
    """Lay out a report; a ratio above 1 is in the platform's favour."""
    machine = report["machine"]
    before, after = machine["loadavg_before"][0], report["loadavg_after"][0]
    lines = [
        f"{machine['cores']} cores, Python {machine['python']}, load average {before:.1f} before, {after:.1f} after",
        "medians; rates per second of wall time, CPU us per event or call; `load` is the clients' share of CPU time",
    ]
    if settings := report.get("postgresql"):
        lines.append("PostgreSQL for both sides: " + ", ".join(f"{n} {v}" for n, v in settings.items()))
    lines += [f"NOT MEASURED: {reason}" for reason in report.get("missing", [])]
    lines += [_claimed(result) for result in report["results"] if "claim" in result]
    rows = [HEADINGS, *(_row(result) for result in report["results"])]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEADINGS))]
    return "\n".join(
        [*lines, "", *("  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows)]
    )


def _claimed(result: Mapping[str, Any]) -> str:
    claim = result["claim"]
    verdict = "holds" if claim["holds"] else "DOES NOT HOLD HERE"
    return f"{verdict}: {result['scenario']}: {claim['text']}, found {claim['found']:,}"


def _row(result: Mapping[str, Any]) -> tuple[str, ...]:
    ours, theirs, ratio = result["platform"], result.get("baseline"), result.get("ratio", {})
    latency = f"{ours['median_ms']:.1f}/{ours['slow_ms']:.1f}" if "median_ms" in ours else ""
    return (
        result["scenario"],
        _rate(ours, result["unit"]),
        _rate(theirs, result["unit"]),
        f"{ratio['rate']:.2f}" if "rate" in ratio else "",
        _cost(ours),
        _cost(theirs),
        f"{ratio['cpu']:.2f}" if "cpu" in ratio else "",
        latency,
        f"{ours['clients_share']:.0%}" if "clients_share" in ours else "",
    )


def _rate(side: Mapping[str, Any] | None, unit: str) -> str:
    return f"{side['rate']:,.0f} {unit}" if side else ""


def _cost(side: Mapping[str, Any] | None) -> str:
    if not side:
        return ""
    parts = side["cpu_us"]
    whole = f"{sum(parts.values()):,.1f}" if sum(parts.values()) < 100 else f"{sum(parts.values()):,.0f}"
    split = " + ".join(f"{name} {value:,.0f}" for name, value in parts.items())
    return f"{whole} ({split})" if len(parts) > 1 else whole
