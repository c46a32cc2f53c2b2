"""`/api/v1/recalls`: freeze what is concerned, see who answered, acknowledge and answer what one is warned of.

Nobody sends or closes a recall here: two people approve that, each in a session of his own (docs/recall.md).
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from filiere_platform.api.access import member_of
from filiere_platform.api.acting import acting
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.api.trace import LONGEST_OBJECT
from filiere_platform.domain.recall import (
    LONGEST_REASON,
    MOST_SITES,
    MOST_SUSPECTS,
    Notice,
    Outcome,
    RecallQuestion,
    RecallState,
    SitePeriod,
    read_reason,
)
from filiere_platform.usecases.balance import read_instant
from filiere_platform.usecases.recall import (
    LONGEST_QUANTITY,
    Recalling,
    acknowledge_notice,
    answer_notice,
    open_recall,
    recall_of,
)
from filiere_platform.usecases.recall_view import list_notices, list_recalls, show_notice, show_recall

LARGEST_BODY = 300_000  # bytes: a hundred objects at their longest
ABSENT = "One is warned of nothing by a notice of this id"
Uri = Annotated[str, StringConstraints(max_length=LONGEST_OBJECT)]


class RecalledPeriod(BaseModel):
    """A site and a period: what the issuer handled there is in the scope."""

    model_config = ConfigDict(extra="forbid")

    site: Uri
    start: str = Field(alias="from", max_length=40, description="RFC 3339, with a zone")
    stop: str = Field(alias="to", max_length=40, description="RFC 3339; before it")


class NewRecall(BaseModel):
    """What a recall begins with."""

    model_config = ConfigDict(extra="forbid")

    objects: list[Uri] = Field(min_length=1, max_length=MOST_SUSPECTS, description="Suspects that one has handled")
    reason: str = Field(max_length=LONGEST_REASON, description="For those who are warned to read")
    drill: bool = Field(False, description="An exercise, and said to be one everywhere")
    sameLine: bool = Field(  # noqa: N815 - JSON
        False, description="With what was made on the same line on the same day"
    )
    sites: list[RecalledPeriod] = Field(default=[], max_length=MOST_SITES)


class RecallSummary(BaseModel):
    """A recall in a list."""

    id: str
    state: RecallState
    drill: bool
    reason: str
    objects: list[str]
    version: int = Field(description="Of the scope")
    started: str
    sent: str | None
    closed: str | None


class RecallsAnswer(BaseModel):
    """One's own recalls, the newest first."""

    recalls: list[RecallSummary]


class RecallAnswer(RecallSummary):
    """A recall whole."""

    sameLine: bool  # noqa: N815 - JSON
    sites: list[dict[str, str]]
    lots: list[dict[str, Any]] = Field(description="Each with its causes, its certainty, what was produced of it")
    cut: str | None = Field(description="Why the trace ended early")
    versions: list[dict[str, Any]] = Field(description="Of the scope, each with what came to it")
    approvals: dict[str, list[str]] = Field(description="Who approved this version, by opaque ids")
    consignees: list[dict[str, Any]] = Field(description="Those to whom one handed lots, and oneself")
    forwarded: dict[str, Any] = Field(description="How many the platform warned beyond them, and what they did")
    accounts: list[dict[str, Any]]
    accountedPercent: str | None  # noqa: N815 - JSON
    timings: dict[str, Any] = Field(description="In seconds from the start")


class NoticeAnswer(BaseModel):
    """What one is warned of."""

    id: str
    drill: bool
    reason: str
    issuer: str | None = Field(description="Null where the platform forwarded the notice")
    closed: bool
    sent: str
    acknowledged: str | None
    lots: list[dict[str, Any]]
    answers: list[dict[str, Any]]


class NoticesAnswer(BaseModel):
    """What one is warned of, the newest first."""

    notices: list[NoticeAnswer]


class LotAnswer(BaseModel):
    """What became of so much of a lot; the latest of a lot and an outcome counts."""

    model_config = ConfigDict(extra="forbid")

    lot: Uri
    outcome: Outcome
    quantity: str = Field(max_length=LONGEST_QUANTITY, description="A decimal number; 0 takes back")
    uom: str = Field(min_length=1, max_length=3, description="UN/ECE Recommendation 20")


MODELS = (
    NewRecall,
    RecallSummary,
    RecallsAnswer,
    RecallAnswer,
    NoticeAnswer,
    NoticesAnswer,
    LotAnswer,
)


def router(services: Services) -> APIRouter:
    """Build the routes of recalls."""
    routes = APIRouter(prefix="/api/v1/recalls", tags=["recalls"])

    @routes.get(
        "",
        summary="List one's own recalls",
        responses={200: gives("The newest first", {JSON: ref(RecallsAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_own(request: Request) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            return _answer({"recalls": list_recalls(uow, member.id)})

    @routes.post(
        "",
        summary="Freeze what is concerned by suspects; nobody is warned before two people have approved",
        status_code=201,
        responses={
            201: gives("The recall, a draft", {JSON: ref(RecallAnswer)}),
            404: refuses("Nothing is known of a suspect"),
            409: refuses("Too many are not closed"),
        },
        openapi_extra=takes({JSON: ref(NewRecall)}),
    )
    async def open_one(request: Request) -> Response:
        await run_in_threadpool(member_of, request, services)
        asked = await read_json(request, NewRecall, most=LARGEST_BODY)
        return await run_in_threadpool(_open, request, services, asked)

    @routes.get(
        "/notices",
        summary="List what one is warned of by others",
        responses={200: gives("The newest first", {JSON: ref(NoticesAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_warnings(request: Request) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            return _answer({"notices": list_notices(uow, member.id, services.directory.snapshot())})

    _add_answers(routes, services)

    @routes.get(
        "/{recall_id}",
        summary="See one's own recall: lots, consignees, answers, what is accounted for",
        responses={200: gives("The recall", {JSON: ref(RecallAnswer)}), 404: refuses("One has no such recall")},
        openapi_extra=requires_token(),
    )
    def show(recall_id: str, request: Request) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            recall = recall_of(uow, recall_id, member_id=member.id)
            return _answer(show_recall(uow, recall, rules=services.balance_rules))

    return routes


def _add_answers(routes: APIRouter, services: Services) -> None:
    @routes.post(
        "/notices/{notice_id}/acknowledgement",
        summary="Say that a notice was read",
        responses={200: gives("The notice", {JSON: ref(NoticeAnswer)}), 404: refuses(ABSENT)},
        openapi_extra=requires_token(),
    )
    def acknowledge(notice_id: str, request: Request) -> Response:
        doing = _doing(request, services)
        with services.units.unit_of_work() as uow:
            return _answer(_shown(uow, services, acknowledge_notice(uow, doing, notice_id)))

    @routes.post(
        "/notices/{notice_id}/answers",
        summary="Say what became of so much of a lot",
        responses={
            200: gives("The notice", {JSON: ref(NoticeAnswer)}),
            404: refuses(ABSENT),
            409: refuses("The recall is closed"),
        },
        openapi_extra=takes({JSON: ref(LotAnswer)}),
    )
    async def answer(notice_id: str, request: Request) -> Response:
        doing = await run_in_threadpool(_doing, request, services)
        asked = await read_json(request, LotAnswer, most=LARGEST_BODY)

        def keep() -> Response:
            with services.units.unit_of_work() as uow:
                told = answer_notice(uow, doing, notice_id, **asked.model_dump())
                return _answer(_shown(uow, services, told))

        return await run_in_threadpool(keep)


def _open(request: Request, services: Services, asked: NewRecall) -> Response:
    doing = _doing(request, services)
    question = RecallQuestion(
        objects=tuple(asked.objects),
        reason=read_reason(asked.reason),
        is_drill=asked.drill,
        same_line=asked.sameLine,
        sites=tuple(
            SitePeriod(site=each.site, start=read_instant("from", each.start), stop=read_instant("to", each.stop))
            for each in asked.sites
        ),
    )
    with services.units.unit_of_work() as uow:
        recall = open_recall(uow, doing, question, clock=services.capture.clock)
        return _answer(show_recall(uow, recall, rules=services.balance_rules), 201)


def _doing(request: Request, services: Services) -> Recalling:
    return Recalling(member_id=member_of(request, services).id, **acting(request, services))


def _shown(uow: Any, services: Services, notice: Notice) -> dict[str, Any]:
    answers = uow.recalls.answers([notice.id])
    return show_notice(uow, notice, answers, services.directory.snapshot())


def _answer(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type=JSON)
