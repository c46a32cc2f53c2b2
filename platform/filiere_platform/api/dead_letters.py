"""`/api/v1/deliveries/dead`: what one's receivers refused for good; shown, sent again, or discarded with a reason."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.acting import acting
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.webhook import LONGEST_REASON
from filiere_platform.usecases.dead_letters import Letter
from filiere_platform.usecases.webhooks import MOST_LETTERS, Doing

LARGEST_BODY = 2_000  # bytes


class DeadLetterAnswer(BaseModel):
    """What a receiver refused for good: an event by itself after its group was cut, or a message of a queue."""

    id: str
    road: Literal["webhook", "queue"] = Field(description="How it was delivered")
    webhook: str | None = Field(None, description="The webhook that refused it")
    index: int | None = Field(None, description="Log index of its record, or of the first of them")
    indexes: list[int] | None = Field(None, description="Of a queue's message: log indexes of its records, in order")
    content: Any | None = Field(None, description="What a queue's message says, where one is shown")
    kind: str
    died: str
    attempts: int
    said: str = Field(description="What was answered")
    state: Literal["dead", "retrying"]


class DeadLettersAnswer(BaseModel):
    """A member's dead letters."""

    letters: list[DeadLetterAnswer]


class Discarding(BaseModel):
    """Why a dead letter is given up."""

    reason: str = Field(max_length=LONGEST_REASON, description="Stays in the log")


MODELS = (DeadLetterAnswer, DeadLettersAnswer, Discarding)


def router(services: Services) -> APIRouter:
    """Build the routes of dead letters."""
    routes = APIRouter(prefix="/api/v1/deliveries/dead", tags=["deliveries"])
    absent = refuses("One has no dead letter of this id")
    away = refuses("The bus does not answer, or one's queue is full; nothing is lost", Retry_After="Seconds")
    kept = refuses("A refusal, or one that says what was erased since, is not sent again")

    @routes.get(
        "",
        summary="List one's own dead letters, the newest first",
        responses={200: gives("Those that there are", {JSON: ref(DeadLettersAnswer)}), 503: away},
        openapi_extra=requires_token(),
    )
    def list_letters(request: Request, limit: Annotated[int, Query(ge=1, le=MOST_LETTERS)] = 100) -> Response:
        member = member_of(request, services)
        found = services.dead_letters.listed(member_id=member.id, limit=limit)
        return _answer({"letters": [_own(letter) for letter in found]}, 200)

    @routes.get(
        "/{letter_id}",
        summary="Show a dead letter",
        responses={200: gives("What it is", {JSON: ref(DeadLetterAnswer)}), 404: absent, 503: away},
        openapi_extra=requires_token(),
    )
    def show(letter_id: str, request: Request) -> Response:
        member = member_of(request, services)
        return _answer(_own(services.dead_letters.shown(letter_id, member_id=member.id)), 200)

    @routes.post(
        "/{letter_id}/retry",
        summary="Have a dead letter sent again; it is forgotten once it is taken",
        status_code=202,
        responses={202: gives("It is sent soon", {JSON: ref(DeadLetterAnswer)}), 404: absent, 409: kept, 503: away},
        openapi_extra=requires_token(),
    )
    def retry(letter_id: str, request: Request) -> Response:
        member, doing = member_of(request, services), Doing(**acting(request, services))
        letter = services.dead_letters.shown(letter_id, member_id=member.id)
        services.dead_letters.retry(letter_id, doing, member_id=member.id)
        return _answer(_own(letter | {"state": "retrying"}), 202)

    @routes.post(
        "/{letter_id}/discard",
        summary="Give a dead letter up, for a reason that stays in the log",
        status_code=204,
        responses={204: {"description": "It is forgotten"}, 404: absent, 503: away},
        openapi_extra=takes({JSON: ref(Discarding)}),
    )
    async def discard(letter_id: str, request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        asked = await read_json(request, Discarding, most=LARGEST_BODY)
        doing = Doing(**await run_in_threadpool(acting, request, services))
        letters = services.dead_letters
        await run_in_threadpool(letters.discard, letter_id, doing, member_id=member.id, reason=asked.reason)
        return Response(status_code=204)

    return routes


def _own(letter: Letter) -> dict[str, Any]:
    """Leave out whose it is: the asker's."""
    return {name: value for name, value in letter.items() if name != "member"}


def _answer(value: object, status: int) -> Response:
    return Response(orjson.dumps(value), status, media_type=JSON, headers={"Cache-Control": "no-store"})
