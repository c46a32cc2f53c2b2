"""The form of an investigation's answer, for the OpenAPI document; its words are in docs/investigation.md."""

from __future__ import annotations

from pydantic import BaseModel, Field

from filiere_platform.api.trace_models import CutAnswer, NodeWord


class ScoredAnswer(BaseModel):
    """How much of the weights something reaches, and which of them, by their positions in the question."""

    score: str
    reaches: list[int]


class StationAnswer(ScoredAnswer):
    """A site, or a party where no site is named."""

    key: str


class InvestigatedLotAnswer(StationAnswer):
    """An object that was delivered."""

    kind: NodeWord


class PossibleAnswer(BaseModel):
    """When a delivery can have left and arrived, each from when to when."""

    departed: list[str | None]
    arrived: list[str | None]


class InvestigatedDeliveryAnswer(ScoredAnswer):
    """One object from a station to another."""

    object: str
    carries: list[str]
    source: str = Field(alias="from")
    to: str
    inferred: bool
    departed: list[str | None]
    arrived: list[str | None]
    possible: PossibleAnswer
    in_order: bool
    events: list[int]
    leads_to: list[int]


class InvestigationAnswer(BaseModel):
    """Stations, lots and deliveries, the likeliest source first."""

    objects: list[str]
    unknown: list[str]
    as_of: int
    added: int = Field(description="Objects of cross-contamination that were not asked about")
    unmet: list[int] = Field(description="Positions of weights of what is in none of the deliveries")
    stations: list[StationAnswer]
    lots: list[InvestigatedLotAnswer]
    deliveries: list[InvestigatedDeliveryAnswer]
    totals: dict[str, int]
    hidden_events: int
    cut: CutAnswer | None
