"""`GET /api/v1/suppliers/tiers`: who supplied whom behind one's own lots, as far as one may see."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.json_request import JSON
from filiere_platform.api.openapi import gives, ref, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.api.supplier_asker import answer, asker_of
from filiere_platform.usecases.supplier_tiers import MOST_OBJECTS, map_tiers

LONGEST_OBJECT = 2_000  # characters


class TierAnswer(BaseModel):
    """A company that supplied, directly or through others."""

    tier: int | None = Field(description="1 supplied you; null: what it gave came to you by no handover that you see")
    partner: str | None = Field(description="Its id in your register")
    name: str | None = Field(description="As your register says, else its identifier")
    own: bool
    keys: list[str] = Field(description="As records name it")
    takers: list[dict[str, Any]]
    lots: int
    last: str
    records: list[int]


class TiersAnswer(BaseModel):
    """Companies by tier, and where something is hidden."""

    objects: list[str]
    tiers: list[TierAnswer]
    hidden: list[dict[str, Any]] = Field(description="Sealed nodes, with a handle, behind the tier that is named")
    cut: bool


MODELS = (TiersAnswer,)


def router(services: Services) -> APIRouter:
    """Build the route of tiers."""
    routes = APIRouter(prefix="/api/v1/suppliers", tags=["suppliers"])

    @routes.get(
        "/tiers",
        summary="Say who supplied whom behind some lots",
        responses={
            200: gives("Companies by tier", {JSON: ref(TiersAnswer)}),
            404: refuses("You may see no event of one of the objects"),
        },
        openapi_extra=requires_token(),
    )
    def tiers(
        request: Request,
        objects: Annotated[
            list[Annotated[str, Query(max_length=LONGEST_OBJECT)]],
            Query(alias="object", min_length=1, max_length=MOST_OBJECTS, description="Lots, in any form"),
        ],
    ) -> Response:
        asker = asker_of(request, services)
        member = services.directory.snapshot().members[asker.member_id]
        with services.units.unit_of_work() as uow:
            return answer(
                map_tiers(uow, member, objects, key=services.handle_key, names_members=services.names_members)
            )

    return routes
