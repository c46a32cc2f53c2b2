"""`GET /api/v1/looks`: who looked at one's own records under a mandate, when, with what question, at which of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.json_request import JSON
from filiere_platform.api.openapi import gives, ref, requires_token
from filiere_platform.api.services import Services
from filiere_platform.usecases.looks import looks_at, write_csv
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

LARGEST_PAGE = 1_000
CSV = "text/csv"


class LookFormat(StrEnum):
    """How looks are written."""

    JSON = "json"
    CSV = "csv"


class LookAnswer(BaseModel):
    """A look at one's own records."""

    chained: dict[str, Any] = Field(
        description="seq, at, mandate, by, question, records (ranges of log indexes), count: what the digest is over"
    )
    purpose: str
    holder: str | None = Field(description="The member that holds the mandate; null: a guest")
    sha256: str = Field(description="Of the digest before it (32 zero bytes first) and `chained` as canonical JSON")


class LooksAnswer(BaseModel):
    """One page of looks."""

    looks: list[LookAnswer]
    nextAfter: int | None = Field(description="Give it as `after` for the next page; null: this is the last")  # noqa: N815 - JSON


MODELS = (LookAnswer, LooksAnswer)


def router(services: Services) -> APIRouter:
    """Build the route of looks."""
    routes = APIRouter(prefix="/api/v1/looks", tags=["mandates"])

    @routes.get(
        "",
        summary="List who looked at one's own records",
        responses={
            200: gives(
                "One page, in the order in which they happened",
                {JSON: ref(LooksAnswer), CSV: {"type": "string"}},
            )
        },
        openapi_extra=requires_token(),
    )
    def list_looks(
        request: Request,
        after: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)] = 0,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
        written: Annotated[LookFormat, Query(alias="format")] = LookFormat.JSON,
    ) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            page = looks_at(uow, member.id, after=after, limit=limit)
        if written is LookFormat.CSV:
            following = {} if page.next_after is None else {"X-Next-After": str(page.next_after)}
            headers = {"Content-Disposition": 'attachment; filename="looks.csv"', "Cache-Control": "no-store"}
            return Response(write_csv(page.looks), media_type=f"{CSV}; charset=utf-8", headers=headers | following)
        answer = {"looks": page.looks, "nextAfter": page.next_after}
        return Response(orjson.dumps(answer), media_type=JSON, headers={"Cache-Control": "no-store"})

    return routes
