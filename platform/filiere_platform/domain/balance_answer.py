"""The answers about balances, as docs/balance.md describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from filiere_platform.domain.amount import converted, written
from filiere_platform.domain.balance import Flow, Line, Verdict
from filiere_platform.domain.balance_lines import Settled
from filiere_platform.domain.dilution import NOTHING, WHOLE, Suspicion
from filiere_platform.domain.process_yield import ProcessYield
from filiere_platform.domain.record import NodeKind
from filiere_platform.domain.trace import Search
from filiere_platform.domain.trace_answer import instant
from filiere_platform.domain.trace_quantities import plain
from filiere_schemas.sectors.balance import BalanceRules

_NEVER = Suspicion(share=None, worst=WHOLE, portion=None, stayed=None)


def balance_as_json(settled: Settled) -> dict[str, Any]:
    """Write one object's balance with its lines."""
    balance = settled.balance
    return {
        "unit": balance.unit,
        "opening": written(settled.opening),
        **{flow.value: written(balance.total(flow)) for flow in Flow if flow is not Flow.OPENING},
        "left": written(balance.left),
        "closing": written(settled.closing),
        "residual": written(balance.residual),
        "tolerated": written(balance.tolerated),
        "verdict": balance.verdict.value,
        "reasons": [reason.value for reason in balance.reasons],
        "lines": [_line(line) for line in balance.lines],
    }


def site_as_json(
    settled: Sequence[Settled], keys: Mapping[int, str], start: int, stop: int, *, unit: str, rules: BalanceRules
) -> dict[str, Any]:
    """Write a site's balances, and their sums in one unit; lots that do not convert into it are counted beside."""
    rows = sorted(settled, key=lambda each: keys[each.node])
    sums = dict.fromkeys((*(flow.value for flow in Flow), "residual"), Fraction(0))
    apart = []
    for each in rows:
        amounts: dict[str, Fraction | None] = {flow.value: each.balance.total(flow) for flow in Flow}
        amounts["residual"] = each.balance.residual or Fraction(0)
        into = {
            name: converted(amount or Fraction(0), each.balance.unit, unit, key=keys[each.node], rules=rules)
            for name, amount in amounts.items()
        }
        if None in into.values():
            apart.append(keys[each.node])
            continue
        for name, amount in into.items():
            sums[name] += amount or 0
    return {
        "from": instant(start),
        "to": instant(stop),
        "unit": unit,
        "objects": [{"object": keys[each.node], **balance_as_json(each)} for each in rows],
        "sums": {name: written(amount) for name, amount in sums.items()},
        "apart": apart,
        "verdicts": {verdict.value: sum(each.balance.verdict is verdict for each in rows) for verdict in Verdict},
    }


def yield_as_json(found: ProcessYield) -> dict[str, Any]:
    """Write what a transformation gave back."""
    process = found.process
    return {
        "events": list(found.events),
        "process": process.name,
        "rule": {"fr": process.fr, "en": process.en},
        "unit": found.unit,
        "put_in": written(found.put_in),
        "given": written(found.given),
        "yield": written(found.ratio),
        "least_yield": written(process.least_yield),
        "most_yield": written(process.most_yield),
        "verdict": found.verdict.value,
    }


def dilution_as_json(
    search: Search,
    found: Mapping[int, Suspicion],
    keys: Mapping[int, str],
    hidden: Mapping[int, int],
    made: Mapping[int, tuple[Fraction | None, str]],
) -> dict[str, Any]:
    """Write what part of each lot downstream is suspect; what is reached in no known way may be so altogether."""
    rows = []
    for node, state in search.reached.items():
        if search.graph.kinds[node] in {NodeKind.LOGISTIC_UNIT, NodeKind.CLASS}:
            continue  # what is in it has a row of its own
        lot = found.get(node, _NEVER)
        amount, unit = made[node]
        known = not hidden.get(node)
        share = lot.share if known else None
        rows.append(
            {
                "object": keys[node],
                "depth": state.depth,
                "share": written(share),
                "worst": written(lot.worst if known else WHOLE),
                "portion": written(lot.portion),
                "stayed": written(lot.stayed),
                "made": written(amount),
                "suspect": written(None if share is None or amount is None else share * amount),
                "unit": unit,
                "hidden_events": hidden.get(node, 0),
                "events": list(lot.events),
            }
        )
    rows.sort(key=lambda row: (row["depth"], row["object"]))
    stayed = [found[node].stayed if node in found else None for node in search.reached if node in found]
    accounted = (
        None
        if None in stayed or search.cut is not None
        else sum((each for each in stayed if each is not None), NOTHING)
    )
    cut = search.cut
    return {
        "objects": rows,
        "accounted": written(accounted),
        "cut": None if cut is None else {"reason": cut.reason.value, "depth": cut.depth, "remaining": cut.remaining},
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "flow": line.flow.value,
        "event": line.event,
        "quantity": None if line.quantity is None else plain(line.quantity),
        "uom": line.uom,
        "amount": written(line.amount),
        "vague": line.vague,
    }
