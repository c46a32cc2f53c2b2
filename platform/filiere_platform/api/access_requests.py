"""`/api/v1/access-requests`: ask for what is behind a sealed node, see what was asked, grant or decline."""

from __future__ import annotations

import secrets
from enum import StrEnum
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of, principal_of, viewer_of
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.access_request import LONGEST_HANDLE, LONGEST_PURPOSE, AccessState, read_purpose
from filiere_platform.domain.audit import author_of
from filiere_platform.usecases.access_requests import MOST_LISTED, answer_access, ask_for_access, lay_out_requests

LARGEST_BODY = 20_000  # bytes


class Side(StrEnum):
    """Whose requests are listed."""

    ASKED = "asked"  # by the member
    RECEIVED = "received"  # for the member's records


class AccessQuestion(BaseModel):
    """A request for access."""

    handle: str = Field(max_length=LONGEST_HANDLE, description="Of a sealed node in a trace of one's own")
    purpose: str = Field(min_length=1, max_length=LONGEST_PURPOSE, description="Why, for the owner to read")


class AccessRequestAnswer(BaseModel):
    """A request and what became of it."""

    id: str
    object: str
    purpose: str
    state: AccessState
    asked: str
    answered: str | None
    asker: str = Field(description="The member who asks")
    record: int | None = Field(description="Log index; null for the asker until it is granted")


class AccessRequestsAnswer(BaseModel):
    """Requests, the newest first."""

    requests: list[AccessRequestAnswer]


MODELS = (AccessQuestion, AccessRequestAnswer, AccessRequestsAnswer)
ANSWERS = {"grant": AccessState.GRANTED, "decline": AccessState.DECLINED}


def router(services: Services) -> APIRouter:
    """Build the routes of requests for access."""
    routes = APIRouter(prefix="/api/v1/access-requests", tags=["visibility"])

    @routes.post(
        "",
        summary="Ask the owner of a sealed node for access",
        status_code=201,
        responses={
            201: gives("The request, or the one that was there", {JSON: ref(AccessRequestAnswer)}),
            404: refuses("There is nothing behind this handle for this member"),
        },
        openapi_extra=takes({JSON: ref(AccessQuestion)}),
    )
    async def ask(request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        viewer = await run_in_threadpool(viewer_of, request, services)
        asked = await read_json(request, AccessQuestion, most=LARGEST_BODY)

        def keep() -> Response:
            with services.units.unit_of_work() as uow:
                kept = ask_for_access(
                    uow,
                    member,
                    viewer,
                    asked.handle,
                    read_purpose(asked.purpose),
                    key=services.handle_key,
                    request_id=secrets.token_urlsafe(16),
                    now=services.capture.clock(),
                )
                directory = services.directory.snapshot()
                (answer,) = lay_out_requests(uow, [kept], viewer=member, directory=directory)
            return Response(orjson.dumps(answer), status_code=201, media_type=JSON)

        return await run_in_threadpool(keep)

    @routes.get(
        "",
        summary="List one's own requests, or those for one's records",
        responses={200: gives("The newest first", {JSON: ref(AccessRequestsAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_requests(request: Request, side: Annotated[Side, Query()] = Side.RECEIVED) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            read = uow.access_requests.asked_by if side is Side.ASKED else uow.access_requests.asked_of
            found = read(member.id, limit=MOST_LISTED)
            answer = lay_out_requests(uow, found, viewer=member, directory=services.directory.snapshot())
        return Response(orjson.dumps({"requests": answer}), media_type=JSON)

    for word, state in ANSWERS.items():
        _add_answer(routes, services, word, state)
    return routes


def _add_answer(routes: APIRouter, services: Services, word: str, state: AccessState) -> None:
    @routes.post(
        f"/{{request_id}}/{word}",
        summary=f"{word.capitalize()} access to one's own record",
        operation_id=f"{word}_access",
        responses={
            200: gives("The request with its answer", {JSON: ref(AccessRequestAnswer)}),
            404: refuses("There is no such request for one's own records"),
            409: refuses("It was answered otherwise"),
        },
        openapi_extra=requires_token(),
    )
    def answer(request_id: str, request: Request) -> Response:
        principal = principal_of(request, services)
        directory = services.directory.snapshot()
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            answered = answer_access(
                uow,
                member,
                request_id,
                state,
                author=author_of(principal, directory),
                signer=services.act_signer,
                now=services.capture.clock(),
            )
            (told,) = lay_out_requests(uow, [answered], viewer=member, directory=directory)
        return Response(orjson.dumps(told), media_type=JSON)
