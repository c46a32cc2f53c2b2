"""How a scope and a question are written down, and read back: canonical JSON, whose digest the log keeps."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from filiere_platform.domain.recall import (
    Cause,
    Handed,
    Reach,
    RecallQuestion,
    RecallScope,
    ScopedLot,
    SitePeriod,
    Warned,
)


def question_as_json(question: RecallQuestion) -> dict[str, Any]:
    """Lay out what a recall begins with."""
    return asdict(question) | {"objects": list(question.objects), "sites": [asdict(each) for each in question.sites]}


def question_of(value: dict[str, Any]) -> RecallQuestion:
    """Read back what `question_as_json` wrote."""
    sites = tuple(SitePeriod(**each) for each in value["sites"])
    return RecallQuestion(**value | {"objects": tuple(value["objects"]), "sites": sites})


def scope_as_json(scope: RecallScope) -> dict[str, Any]:
    """Lay out a scope whole, for the platform alone: whom it forwards to is in it."""
    return {
        "lots": [lot_as_json(each) for each in scope.lots],
        "warned": [
            {
                "reach": each.reach.value,
                "member": each.member_id,
                "party": each.party,
                "lots": handed_as_json(each.lots),
            }
            for each in scope.warned
        ],
        "cut": scope.cut,
    }


def scope_of(value: dict[str, Any]) -> RecallScope:
    """Read back what `scope_as_json` wrote."""
    return RecallScope(
        lots=tuple(
            ScopedLot(
                key=each["key"],
                causes=tuple(Cause(cause) for cause in each["causes"]),
                is_certain=each["certainty"] == "certain",
                produced=_amount(each["produced"]),
                uom=each["uom"],
            )
            for each in value["lots"]
        ),
        warned=tuple(
            Warned(
                reach=Reach(each["reach"]),
                member_id=each["member"],
                party=each["party"],
                lots=handed_of(each["lots"]),
            )
            for each in value["warned"]
        ),
        cut=value["cut"],
    )


def lot_as_json(lot: ScopedLot) -> dict[str, Any]:
    """Lay out a lot of a scope."""
    return {
        "key": lot.key,
        "causes": [cause.value for cause in lot.causes],
        "certainty": "certain" if lot.is_certain else "doubtful",
        "produced": None if lot.produced is None else str(lot.produced),
        "uom": lot.uom,
    }


def handed_as_json(lots: tuple[Handed, ...]) -> list[dict[str, Any]]:
    """Lay out lots in somebody's hands."""
    return [
        {"lot": each.lot, "quantity": None if each.quantity is None else str(each.quantity), "uom": each.uom}
        for each in lots
    ]


def handed_of(value: list[dict[str, Any]]) -> tuple[Handed, ...]:
    """Read back what `handed_as_json` wrote."""
    return tuple(Handed(lot=each["lot"], quantity=_amount(each["quantity"]), uom=each["uom"]) for each in value)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
