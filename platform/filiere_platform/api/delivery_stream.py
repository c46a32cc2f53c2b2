"""`/api/v1/deliveries/stream`: whether one's events are also written to a stream on the broker, one per message."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.acting import acting
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.member import Member
from filiere_platform.usecases.broker_streams import begin_stream, end_stream, has_stream

LARGEST_BODY = 1_000  # bytes


class StreamWish(BaseModel):
    """That one wants a stream."""

    fromBeginning: bool = Field(False, description="One's whole stream, and not from now on")  # noqa: N815 - JSON


class StreamAnswer(BaseModel):
    """One's stream on the broker."""

    written: bool = Field(description="Whether one's events are written there")
    name: str | None = Field(description="Name of the stream; null: this instance has no broker")


MODELS = (StreamWish, StreamAnswer)


def router(services: Services) -> APIRouter:
    """Build the routes of one's stream on the broker."""
    routes = APIRouter(prefix="/api/v1/deliveries/stream", tags=["deliveries"])

    @routes.get(
        "",
        summary="Say whether one's events are written to a stream on the broker",
        responses={200: gives("As it is", {JSON: ref(StreamAnswer)})},
        openapi_extra=requires_token(),
    )
    def show(request: Request) -> Response:
        return _answer(services, member_of(request, services))

    @routes.put(
        "",
        summary="Have one's events written to a stream on the broker, one per message",
        responses={200: gives("As it is now", {JSON: ref(StreamAnswer)}), 409: refuses("There is no broker")},
        openapi_extra=takes({JSON: ref(StreamWish)}),
    )
    async def begin(request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        asked = await read_json(request, StreamWish, most=LARGEST_BODY)
        doing = await run_in_threadpool(acting, request, services)

        def keep() -> Response:
            has_broker = services.stream_name is not None
            with services.units.unit_of_work() as uow:
                begin_stream(uow, member, has_broker=has_broker, from_beginning=asked.fromBeginning, **doing)
            return _answer(services, member)

        return await run_in_threadpool(keep)

    @routes.delete(
        "",
        summary="Have nothing more written there; what is there stays for as long as the broker keeps it",
        responses={200: gives("As it is now", {JSON: ref(StreamAnswer)})},
        openapi_extra=requires_token(),
    )
    def end(request: Request) -> Response:
        member, doing = member_of(request, services), acting(request, services)
        with services.units.unit_of_work() as uow:
            end_stream(uow, member, **doing)
        return _answer(services, member)

    return routes


def _answer(services: Services, member: Member) -> Response:
    with services.units.unit_of_work() as uow:
        written = has_stream(uow, member.id)
    name = None if services.stream_name is None else services.stream_name(member.id)
    content = orjson.dumps({"written": written, "name": name})
    return Response(content, media_type=JSON, headers={"Cache-Control": "no-store"})
