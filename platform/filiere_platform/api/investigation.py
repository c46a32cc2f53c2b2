"""`POST /api/v1/trace/investigation`: which station, lot or delivery some incidents come from.

The answer is described in docs/investigation.md.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from filiere_platform.api.access import asking, viewer_of
from filiere_platform.api.investigation_models import InvestigationAnswer
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import accepts_token, ref, takes
from filiere_platform.api.services import Services
from filiere_platform.api.trace_forms import answers
from filiere_platform.api.trace_set import LARGEST_BODY, Uri
from filiere_platform.domain.audience import Viewer
from filiere_platform.usecases.investigation import (
    MOST_PERIODS,
    MOST_WEIGHTS,
    InvestigationQuestion,
    Known,
    Period,
    investigate,
)
from filiere_platform.usecases.trace import MAX_DEPTH, MAX_NODES, Ways, read_as_of
from filiere_platform.usecases.trace_set import MOST_ROOTS, SetQuestion

MOST_DIGITS = 12


class AskedSource(BaseModel):
    """A station (a site, or a party where no site is named), the stations of a member, or what an event delivered."""

    model_config = ConfigDict(extra="forbid")

    place: Uri | None = None
    member: Uri | None = None
    event: int | None = Field(None, ge=0, le=2**62, description="A log index")

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if sum(each is not None for each in (self.place, self.member, self.event)) != 1:
            raise ValueError("give one of: place, member, event")
        return self

    def known(self, amount: Decimal = Decimal(0)) -> Known:
        """As the use case takes it."""
        return Known(amount=Fraction(amount), place=self.place, member=self.member, event=self.event)


class AskedWeight(AskedSource):
    """An incident has a positive weight; what is known to be sound has a negative one."""

    weight: Annotated[Decimal, Field(ge=-1_000_000, le=1_000_000, max_digits=MOST_DIGITS)] = Decimal(1)


class AskedPeriod(BaseModel):
    """Where and when everything may have touched everything else."""

    model_config = ConfigDict(extra="forbid")

    place: Uri
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class AskedInvestigation(BaseModel):
    """Lots of incidents, what is known of stations and deliveries, and how contamination passes on."""

    model_config = ConfigDict(extra="forbid")

    objects: list[Uri] = Field(min_length=1, max_length=MOST_ROOTS)
    weights: list[AskedWeight] = Field(min_length=1, max_length=MOST_WEIGHTS)
    cross_contamination: list[AskedPeriod] = Field(default=[], max_length=MOST_PERIODS)
    kill_contamination: list[AskedSource] = Field(default=[], max_length=MOST_WEIGHTS)
    max_depth: int = Field(MAX_DEPTH, ge=0, le=1_000)
    max_nodes: int = Field(MAX_NODES, ge=1, le=MAX_NODES)
    as_of: str | None = None

    def question(self) -> InvestigationQuestion:
        """As the use case takes it."""
        objects = SetQuestion(
            objects=tuple(self.objects),
            ways=Ways.BOTH,
            max_depth=self.max_depth,
            max_nodes=self.max_nodes,
            as_of=read_as_of(self.as_of),
        )
        return InvestigationQuestion(
            objects=objects,
            weights=[each.known(each.weight) for each in self.weights],
            crossings=[
                Period(place=each.place, since=each.since, until=each.until) for each in self.cross_contamination
            ],
            killed=[each.known() for each in self.kill_contamination],
        )

    def named(self) -> list[tuple[str, str]]:
        """Everything that is asked about, as a look under a mandate writes it down."""
        sources = [*self.weights, *self.kill_contamination]
        return [
            *(("object", each) for each in self.objects),
            *(("place", each.place) for each in sources if each.place is not None),
            *(("place", each.place) for each in self.cross_contamination),
            *(("member", each.member) for each in sources if each.member is not None),
            *(("event", str(each.event)) for each in sources if each.event is not None),
        ]


MODELS = (AskedInvestigation, InvestigationAnswer)


def router(services: Services) -> APIRouter:
    """Build the route of investigations."""
    routes = APIRouter(prefix="/api/v1", tags=["trace"])

    @routes.post(
        "/trace/investigation",
        summary="Score the stations, lots and deliveries that some incidents may come from",
        openapi_extra=takes({JSON: ref(AskedInvestigation)}, authenticated=False) | accepts_token(),
        **answers(InvestigationAnswer, "investigation"),
    )
    async def investigation(request: Request) -> Response:
        viewer = await run_in_threadpool(viewer_of, request, services)
        asked = await read_json(request, AskedInvestigation, most=LARGEST_BODY)
        return await run_in_threadpool(_investigate, services, asking(viewer, asked.named()), asked)

    return routes


def _investigate(services: Services, viewer: Viewer, asked: AskedInvestigation) -> Response:
    question = asked.question()
    with services.units.unit_of_work() as uow:
        answer = investigate(uow, viewer, question)
    return Response(orjson.dumps(answer), media_type=JSON)
