"""`GET /api/v1/audit`: what was done to the asker's membership, and by whom, paged in log order."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.access import viewer_of
from filiere_platform.api.openapi import gives, ref, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.domain.audit import ActQuery
from filiere_platform.usecases.audit import find_acts
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

JSON = "application/json"
LARGEST_PAGE = 1_000


class FoundAct(BaseModel):
    """One act of administration, as it stands in the log."""

    index: int = Field(description="Log index of the entry")
    at: str
    act: str = Field(description="What was done, as noun.verb: member.suspend, token.revoke")
    actor: str = Field(description="Who did it, as kind:id; people are named by an opaque id")
    for_: str | None = Field(alias="for", description="URI of the member for which the actor acted")
    member: str | None = Field(description="URI of the member concerned")
    object: str | None = Field(description="What it was done to")
    details: dict[str, str]
    jws: str = Field(description="The signed statement (typ `filiere-audit+jws`), whose digest the log holds")


class ActsAnswer(BaseModel):
    """One page of acts."""

    acts: list[FoundAct]
    nextAfter: int | None = Field(description="Give it as `after` for the next page; null: this is the last")  # noqa: N815 - JSON


MODELS = (ActsAnswer,)


def router(services: Services) -> APIRouter:
    """Build the route of acts."""
    routes = APIRouter(prefix="/api/v1/audit", tags=["audit"])

    @routes.get(
        "",
        summary="List what was done to one's own membership, and by whom",
        responses={
            200: gives("One page, in log order", {JSON: ref(ActsAnswer)}),
            401: refuses("Acts are shown to the member concerned alone: a token is needed"),
        },
        openapi_extra=requires_token(),
    )
    def find(
        *,
        request: Request,
        after: Annotated[int, Query(ge=-1, le=MAX_SAFE_INTEGER)] = -1,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    ) -> Response:
        viewer = viewer_of(request, services)
        with services.units.unit_of_work() as uow:
            page = find_acts(uow, viewer, ActQuery(after=after, limit=limit), origin=services.origin)
        return Response(orjson.dumps({"acts": page.acts, "nextAfter": page.next_after}), media_type=JSON)

    return routes
