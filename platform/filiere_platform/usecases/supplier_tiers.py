"""Lay out who supplied whom behind some lots, from traces as the member may see them and from its register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.instant import iso_instant, microseconds
from filiere_platform.domain.member import Member
from filiere_platform.domain.supplier import KeptPartner
from filiere_platform.domain.supplier_tiers import MOST_RECORDS, OWN, Handover, Tier, tiers_of
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.trace import TraceQuestion, Ways, trace_object

MOST_OBJECTS: Final = 20  # lots of one question
MOST_NODES: Final = 2_000  # of each trace
MOST_SEALED: Final = 200  # sealed nodes listed
MAX_SECONDS: Final = 10.0  # of each trace


def map_tiers(
    uow: UnitOfWork, member: Member, objects: Sequence[str], *, key: bytes | None, names_members: bool
) -> dict[str, Any]:
    """Say who supplied whom behind lots of the member's: companies by tier, and where something is hidden.

    Raises:
        InvalidIdentifier, Refusal: as `trace_object`, of any of the objects.
    """
    traces = [
        trace_object(
            uow,
            Viewer(member_id=member.id),
            TraceQuestion(object=each, ways=Ways.UP, max_nodes=MOST_NODES, max_seconds=MAX_SECONDS),
            key=key,
            names_members=names_members,
        )
        for each in dict.fromkeys(objects)
    ]
    register = uow.suppliers.of(member.id).partners()
    by_key = {identifier: kept for kept in register for identifier in kept.partner.keys}
    tiers = tiers_of(
        [handover for trace in traces for handover in _handovers(trace)],
        own=frozenset({member.uri, *member.identifiers}),
        companies={identifier: kept.id for identifier, kept in by_key.items()},
    )
    partners = {kept.id: kept for kept in register}
    return {
        "objects": [trace["object"] for trace in traces],
        "tiers": [_tier(tier, partners) for tier in tiers],
        "hidden": _hidden(traces, tiers),
        "cut": any(trace["cut"] is not None for trace in traces),
    }


def _handovers(trace: Mapping[str, Any]) -> Iterator[Handover]:
    for edge in trace["edges"]:
        if edge["kind"] == "moved" and edge["from"] is not None and edge["to"] is not None:
            yield Handover(
                giver=edge["from"],
                taker=edge["to"],
                objects=frozenset(edge["objects"]),
                at=microseconds(datetime.fromisoformat(edge["latest"])),
                record=edge["event"],
            )


def _tier(tier: Tier, partners: Mapping[str, KeptPartner]) -> dict[str, Any]:
    return {
        "tier": tier.number,
        **_company(tier.company, partners),
        "keys": sorted(tier.keys),
        "takers": [_company(taker, partners) for taker in sorted(tier.takers)],
        "lots": len(tier.objects),
        "last": iso_instant(tier.last),
        "records": sorted(tier.records)[-MOST_RECORDS:],
    }


def _company(company: str, partners: Mapping[str, KeptPartner]) -> dict[str, Any]:
    kept = partners.get(company)
    if kept is not None:
        return {"partner": kept.id, "name": kept.partner.name, "own": False}
    return {"partner": None, "name": None if company == OWN else company, "own": company == OWN}


def _hidden(traces: Sequence[Mapping[str, Any]], tiers: Sequence[Tier]) -> list[dict[str, Any]]:
    """Say at which objects something is, behind which tier at least; no more than a trace says (docs/visibility.md)."""
    behind: dict[str, int] = {}
    for tier in tiers:
        for each in tier.objects:
            behind[each] = max(behind.get(each, 0), tier.number or 0)
    sealed = {(node["object"], node["handle"]): node for trace in traces for node in trace["sealed"]}
    return [{**node, "behindTier": behind.get(node["object"], 0)} for node in list(sealed.values())[:MOST_SEALED]]
