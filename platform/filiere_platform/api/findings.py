"""`/api/v1/findings`: what the rules found about the asker's own; explain it, and decide about what is explained."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from filiere_platform.api.access import member_of, viewer_of
from filiere_platform.api.acting import acting
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.api.trace_forms import CsvDialect
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.finding import Explaining, Finding, FindingQuery, FindingState, StepKind
from filiere_platform.domain.finding_acts import LONGEST_REASON, LONGEST_WORDS
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.finding_table import MEDIA_TYPE, write_findings
from filiere_platform.usecases.finding_acts import (
    FindingDoing,
    close_finding,
    explain_finding,
    finding_of,
    reopen_finding,
    take_explanation_back,
)
from filiere_platform.usecases.findings import find_findings, finding_with_history
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

CSV: Final = "text/csv"
VARY: Final = {"Vary": "Accept"}
LARGEST_PAGE = 1_000
LARGEST_BODY = 20_000  # bytes
ABSENT: Final = "One is told of no finding of this number"
Number = Annotated[int, Path(ge=1, le=MAX_SAFE_INTEGER)]


class ShownState(StrEnum):
    """Which findings are asked for; those within their grace period are told to nobody."""

    OPEN = "open"
    EXPLAINED = "explained"
    CLOSED = "closed"


class ShownLevel(StrEnum):
    """How grave it is."""

    ERROR = "error"
    WARNING = "warning"


class FindingExplanation(BaseModel):
    """Why a finding stands, by its member's own word."""

    reason: Explaining
    text: str
    at: str
    by: str = Field(description="Who said so, as acts name who acts; people by opaque ids")
    for_: str | None = Field(alias="for", description="Of which member")


class FindingStepAnswer(BaseModel):
    """What was done to a finding once."""

    step: StepKind
    at: str
    by: str = Field(description="As acts name who acts; `instance` for the platform itself")
    for_: str | None = Field(alias="for", description="Of which member")
    reason: str | None
    text: str | None = Field(description="Of an explanation")
    act: int | None = Field(description="Log index of the act; null where the platform did it, as the log has it say")


class FoundFinding(BaseModel):
    """One thing that a rule found."""

    id: int
    rule: str = Field(description="Stable code of the rule, such as chain-gap (docs/chains.md)")
    level: ShownLevel
    state: ShownState = Field(description="closed: it does not hold any more, or its explanation is enough")
    version: int = Field(description="Grows with each step that is taken with it")
    subject: str = Field(description="What it is about: a key's thumbprint for a chain")
    low: int = Field(description="First number within the subject that it is about")
    high: int = Field(description="Last one")
    index: int = Field(description="Log index of the record by which it was seen")
    firstSeen: str  # noqa: N815 - JSON
    openedAt: str = Field(description="When its grace period was over")  # noqa: N815 - JSON
    explanation: FindingExplanation | None = Field(description="Of one that is explained")
    closedAt: str | None  # noqa: N815 - JSON
    closedBy: str | None = Field(  # noqa: N815 - JSON
        description="`instance`: it does not hold any more; else whoever closed it"
    )
    evidence: dict[str, Any] = Field(description="Log indexes and digests of the records that show it")
    fr: str
    en: str


class FindingsAnswer(BaseModel):
    """One page of findings."""

    findings: list[FoundFinding]
    nextAfter: int | None = Field(description="Give it as `after` for the next page; null: this is the last")  # noqa: N815 - JSON


class FindingAnswer(FoundFinding):
    """A finding with everything that was done to it."""

    history: list[FindingStepAnswer] = Field(description="In order; what was taken back and reopened as well")


class _Versioned(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(
        None, ge=0, le=MAX_SAFE_INTEGER, description="The one that you read: refused where it moved since"
    )


class NewExplanation(_Versioned):
    """Why a finding stands."""

    reason: Explaining
    text: str = Field(max_length=LONGEST_WORDS, description="For your own people, and the operator; in no act")


class FindingDecision(_Versioned):
    """Why a finding is closed, or reopened."""

    reason: str = Field(max_length=LONGEST_REASON, description="Stands in the log, for good: no personal data")


MODELS = (FindingsAnswer, FindingAnswer, NewExplanation, FindingDecision)


def router(services: Services) -> APIRouter:
    """Build the routes of findings."""
    routes = APIRouter(prefix="/api/v1/findings", tags=["findings"])

    @routes.get(
        "",
        summary="List what the rules found about one's own records and keys",
        responses={
            200: gives(
                "One page, in the order in which they were found",
                {JSON: ref(FindingsAnswer), CSV: {"type": "string"}},
                X_Next_After="Of CSV: give it as `after` for the next page; absent: this is the last",
            ),
            401: refuses("Findings are told to their member alone: a token is needed"),
        },
        openapi_extra=requires_token(),
    )
    def find(
        *,
        request: Request,
        state: Annotated[ShownState | None, Query(description="All of them, where it is absent")] = None,
        rule: Annotated[str | None, Query(max_length=100, description="Only findings of this rule")] = None,
        level: Annotated[ShownLevel | None, Query(description="Both, where it is absent")] = None,
        after: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)] = 0,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
        dialect: CsvDialect = Dialect.RFC4180,
    ) -> Response:
        viewer = viewer_of(request, services)
        query = FindingQuery(
            now=services.capture.clock(),
            state=None if state is None else FindingState(state.value),
            rule=rule,
            level=None if level is None else level.value,
            after=after,
            limit=limit,
        )
        with services.units.unit_of_work() as uow:
            page = find_findings(uow, viewer, query)
        if not _wants_csv(request):
            return _answer({"findings": page.findings, "nextAfter": page.next_after}, **VARY)
        following = {} if page.next_after is None else {"X-Next-After": str(page.next_after)}
        headers = {"Content-Disposition": 'attachment; filename="findings.csv"', **VARY, **following}
        return Response(write_findings(page.findings, dialect), media_type=MEDIA_TYPE, headers=headers)

    @routes.get(
        "/{finding}",
        summary="See a finding with everything that was done to it",
        responses={200: gives("The finding", {JSON: ref(FindingAnswer)}), 404: refuses(ABSENT)},
        openapi_extra=requires_token(),
    )
    def show(finding: Number, request: Request) -> Response:
        viewer, now = viewer_of(request, services), services.capture.clock()
        with services.units.unit_of_work() as uow:
            return _shown(uow, finding_of(uow, viewer, finding, now=now), now)

    _add_explaining(routes, services)
    _add_deciding(routes, services)
    return routes


def _add_explaining(routes: APIRouter, services: Services) -> None:
    @routes.post(
        "/{finding}/explanation",
        summary="Say why a finding of one's own stands",
        responses={
            200: gives("It is explained", {JSON: ref(FindingAnswer)}),
            404: refuses(ABSENT),
            409: refuses("It is not open (any more), or it was changed meanwhile"),
        },
        openapi_extra=takes({JSON: ref(NewExplanation)}),
    )
    async def explain(finding: Number, request: Request) -> Response:
        await run_in_threadpool(member_of, request, services)
        asked = await read_json(request, NewExplanation, most=LARGEST_BODY)

        def keep() -> Response:
            doing = _doing(request, services, asked.version)
            with services.units.unit_of_work() as uow:
                explained = explain_finding(uow, doing, finding, reason=asked.reason, text=asked.text)
                return _shown(uow, explained, doing.now)

        return await run_in_threadpool(keep)

    @routes.delete(
        "/{finding}/explanation",
        summary="Take an explanation back; it stays in the history",
        responses={
            200: gives("It is open again", {JSON: ref(FindingAnswer)}),
            404: refuses(ABSENT),
            409: refuses("It is not explained (any more), or it was changed meanwhile"),
        },
        openapi_extra=requires_token(),
    )
    def take_back(
        finding: Number,
        request: Request,
        version: Annotated[int | None, Query(ge=0, le=MAX_SAFE_INTEGER, description="The one that you read")] = None,
    ) -> Response:
        doing = _doing(request, services, version)
        with services.units.unit_of_work() as uow:
            return _shown(uow, take_explanation_back(uow, doing, finding), doing.now)


def _add_deciding(routes: APIRouter, services: Services) -> None:
    def deciding(path: str, summary: str, done: str, decide: Callable[..., Finding]) -> None:
        @routes.post(
            f"/{{finding}}/{path}",
            summary=summary,
            responses={
                200: gives(done, {JSON: ref(FindingAnswer)}),
                404: refuses(ABSENT),
                409: refuses("Its state does not allow it (any more), or it was changed meanwhile"),
            },
            openapi_extra=takes({JSON: ref(FindingDecision)}),
            operation_id=f"finding_{path}",
        )
        async def decided(finding: Number, request: Request) -> Response:
            await run_in_threadpool(member_of, request, services)
            asked = await read_json(request, FindingDecision, most=LARGEST_BODY)

            def keep() -> Response:
                doing = _doing(request, services, asked.version)
                with services.units.unit_of_work() as uow:
                    return _shown(uow, decide(uow, doing, finding, reason=asked.reason), doing.now)

            return await run_in_threadpool(keep)

    deciding("close", "Be content with an explanation", "It is closed", close_finding)
    deciding("reopen", "Be not content with an explanation (any more)", "It is open again", reopen_finding)


def _doing(request: Request, services: Services, version: int | None) -> FindingDoing:
    viewer = Viewer(member_id=member_of(request, services).id)
    return FindingDoing(viewer=viewer, version=version, **acting(request, services))


def _shown(uow: Any, finding: Finding, now: int) -> Response:
    return _answer(finding_with_history(uow, finding, now=now))


def _wants_csv(request: Request) -> bool:
    """Whether a client names CSV and not JSON among what it accepts. Source: RFC 9110, 12.5.1."""
    named = {part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")}
    return CSV in named and JSON not in named


def _answer(value: object, **headers: str) -> Response:
    return Response(orjson.dumps(value), media_type=JSON, headers=headers)
