"""`GET /api/v1/findings`: what the rules found about the asker's own, paged in the order in which it was found."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.access import viewer_of
from filiere_platform.api.openapi import gives, ref, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.domain.finding import FindingQuery, FindingState
from filiere_platform.usecases.findings import find_findings
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

JSON = "application/json"
LARGEST_PAGE = 1_000


class ShownState(StrEnum):
    """Which findings are asked for; those within their grace period are told to nobody."""

    OPEN = "open"
    CLOSED = "closed"


class FoundFinding(BaseModel):
    """One thing that a rule found."""

    id: int
    rule: str = Field(description="Stable code of the rule, such as chain-gap (docs/chains.md)")
    level: str = Field(description="error or warning")
    state: str = Field(description="open, or closed: it does not hold any more")
    subject: str = Field(description="What it is about: a key's thumbprint for a chain")
    low: int = Field(description="First number within the subject that it is about")
    high: int = Field(description="Last one")
    index: int = Field(description="Log index of the record by which it was seen")
    firstSeen: str  # noqa: N815 - JSON
    openedAt: str = Field(description="When its grace period was over")  # noqa: N815 - JSON
    closedAt: str | None  # noqa: N815 - JSON
    evidence: dict[str, Any] = Field(description="Log indexes and digests of the records that show it")
    fr: str
    en: str


class FindingsAnswer(BaseModel):
    """One page of findings."""

    findings: list[FoundFinding]
    nextAfter: int | None = Field(description="Give it as `after` for the next page; null: this is the last")  # noqa: N815 - JSON


MODELS = (FindingsAnswer,)


def router(services: Services) -> APIRouter:
    """Build the route of findings."""
    routes = APIRouter(prefix="/api/v1/findings", tags=["findings"])

    @routes.get(
        "",
        summary="List what the rules found about one's own records and keys",
        responses={
            200: gives("One page, in the order in which they were found", {JSON: ref(FindingsAnswer)}),
            401: refuses("Findings are told to their member alone: a token is needed"),
        },
        openapi_extra=requires_token(),
    )
    def find(
        *,
        request: Request,
        state: Annotated[ShownState | None, Query(description="Both, where it is absent")] = None,
        rule: Annotated[str | None, Query(max_length=100, description="Only findings of this rule")] = None,
        after: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)] = 0,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    ) -> Response:
        viewer = viewer_of(request, services)
        query = FindingQuery(
            now=services.capture.clock(),
            state=None if state is None else FindingState(state.value),
            rule=rule,
            after=after,
            limit=limit,
        )
        with services.units.unit_of_work() as uow:
            page = find_findings(uow, viewer, query)
        answer = {"findings": page.findings, "nextAfter": page.next_after}
        return Response(orjson.dumps(answer), media_type=JSON)

    return routes
