"""`/api/v1/webhooks`: where a member's stream is sent; a new secret is shown once, in the answer that makes it."""

from __future__ import annotations

from typing import Any, Literal

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.acting import acting
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.webhook import KINDS, LONGEST_URL, webhook_as_json
from filiere_platform.usecases.webhooks import (
    Doing,
    GivenWebhook,
    WebhookChange,
    change_webhook,
    register_webhook,
    remove_webhook,
    replay_webhook,
    webhook_of,
)

LARGEST_BODY = 8_000  # bytes
ABSENT = "One has no webhook of this id"


class NewWebhook(BaseModel):
    """A webhook that is asked for."""

    url: str = Field(max_length=LONGEST_URL, description="https, to a public name, without credentials")
    kinds: list[str] = Field(
        [], max_length=len(KINDS), description="Kinds wanted, `event`, `view` and so on; none: all"
    )
    start: Literal["now", "beginning"] = Field("now", description="Where one's stream begins for it")


class WebhookReplay(BaseModel):
    """Since when one's stream is sent once more."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime = Field(description="What was stored or shown to one since then, in order")


class WebhookAnswer(BaseModel):
    """A webhook, without its secret."""

    id: str
    url: str
    query: str | None = Field(description="The named query that it sends the answers of; null: one's stream")
    kinds: list[str]
    state: Literal["active", "paused"]
    pause: Literal["member", "gone", "failing", "refusing"] | None = Field(description="Why it is paused")
    made: str
    delivered: str | None = Field(description="When it last took something")
    failingSince: str | None = Field(description="Since when it has taken nothing")  # noqa: N815 - JSON
    said: str = Field(description="What the last attempt that failed came to")
    oldSecretUntil: str | None = Field(description="Until when the secret of before signs, too")  # noqa: N815 - JSON


class GivenWebhookAnswer(WebhookAnswer):
    """A webhook with a new secret."""

    secret: str = Field(description="What its messages are signed with, shown this once")


class WebhooksAnswer(BaseModel):
    """A member's webhooks."""

    webhooks: list[WebhookAnswer]


MODELS = (NewWebhook, WebhookReplay, WebhookAnswer, GivenWebhookAnswer, WebhooksAnswer)


def router(services: Services) -> APIRouter:
    """Build the routes of webhooks."""
    routes = APIRouter(prefix="/api/v1/webhooks", tags=["deliveries"])

    @routes.get(
        "",
        summary="List one's own webhooks",
        responses={200: gives("All of them", {JSON: ref(WebhooksAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_webhooks(request: Request) -> Response:
        member, now = member_of(request, services), services.capture.clock()
        with services.units.unit_of_work() as uow:
            found, queries = uow.webhooks.of_member(member.id), uow.subscriptions.query_names(member_id=member.id)
        shown = [webhook_as_json(webhook, now=now, query=queries.get(webhook.id)) for webhook in found]
        return _answer({"webhooks": shown}, 200)

    @routes.post(
        "",
        summary="Have one's stream sent to an address; the secret is shown this once",
        status_code=201,
        responses={201: gives("It is sent to from now on", {JSON: ref(GivenWebhookAnswer)})},
        openapi_extra=takes({JSON: ref(NewWebhook)}),
    )
    async def register(request: Request) -> Response:
        await run_in_threadpool(member_of, request, services)
        asked = await read_json(request, NewWebhook, most=LARGEST_BODY)
        return await run_in_threadpool(_register, request, services, asked)

    @routes.delete(
        "/{webhook_id}",
        summary="Send nothing more there, for good; its dead letters go with it",
        status_code=204,
        responses={204: {"description": "It is gone"}, 404: refuses(ABSENT)},
        openapi_extra=requires_token(),
    )
    def remove(webhook_id: str, request: Request) -> Response:
        member, doing = member_of(request, services), Doing(**acting(request, services))
        with services.units.unit_of_work() as uow:
            remove_webhook(uow, doing, webhook_of(uow, webhook_id, member_id=member.id))
        return Response(status_code=204)

    _add_changes(routes, services)
    return routes


def _add_changes(routes: APIRouter, services: Services) -> None:
    def changing(path: str, summary: str, model: type[BaseModel], change: WebhookChange) -> None:
        @routes.post(
            f"/{{webhook_id}}/{path}",
            summary=summary,
            responses={200: gives("As it is now", {JSON: ref(model)}), 404: refuses(ABSENT)},
            openapi_extra=requires_token(),
            operation_id=f"webhook_{change.value}",
        )
        def changed(webhook_id: str, request: Request) -> Response:
            member, doing = member_of(request, services), Doing(**acting(request, services))
            with services.units.unit_of_work() as uow:
                webhook = webhook_of(uow, webhook_id, member_id=member.id)
                given = change_webhook(uow, services.webhooks, doing, webhook, change)
                query = uow.subscriptions.query_names(member_id=member.id).get(webhook_id)
            return _answer(_shown(given, doing, query), 200)

    changing("secret", "Make another secret; for a day both sign", GivenWebhookAnswer, WebhookChange.ROTATE)
    changing("pause", "Send nothing until it is resumed; it keeps its place", WebhookAnswer, WebhookChange.PAUSE)
    changing("resume", "Go on sending where it was", WebhookAnswer, WebhookChange.RESUME)

    @routes.post(
        "/{webhook_id}/replay",
        summary="Send once more what was stored or shown to one since an instant",
        responses={
            200: gives("As it is now", {JSON: ref(WebhookAnswer)}),
            404: refuses(ABSENT),
            409: refuses("It sends a subscription's answers, which are asked for by the query"),
        },
        openapi_extra=takes({JSON: ref(WebhookReplay)}),
    )
    async def replay(webhook_id: str, request: Request) -> Response:
        await run_in_threadpool(member_of, request, services)
        asked = await read_json(request, WebhookReplay, most=LARGEST_BODY)
        return await run_in_threadpool(_replay, request, services, webhook_id, asked)


def _replay(request: Request, services: Services, webhook_id: str, asked: WebhookReplay) -> Response:
    member, doing = member_of(request, services), Doing(**acting(request, services))
    with services.units.unit_of_work() as uow:
        webhook = webhook_of(uow, webhook_id, member_id=member.id)
        changed = replay_webhook(uow, doing, webhook, start=microseconds(asked.since))
    return _answer(_shown(GivenWebhook(webhook=changed), doing), 200)


def _register(request: Request, services: Services, asked: NewWebhook) -> Response:
    member, doing = member_of(request, services), Doing(**acting(request, services))
    with services.units.unit_of_work() as uow:
        given = register_webhook(
            uow,
            services.webhooks,
            doing,
            member_id=member.id,
            url=asked.url,
            kinds=asked.kinds,
            from_beginning=asked.start == "beginning",
        )
    return _answer(_shown(given, doing), 201)


def _shown(given: GivenWebhook, doing: Doing, query: str | None = None) -> dict[str, Any]:
    return webhook_as_json(given.webhook, now=doing.now, query=query) | (
        {"secret": given.secret} if given.secret else {}
    )


def _answer(value: object, status: int) -> Response:
    # A shared cache must not keep the one answer that shows a secret.
    return Response(orjson.dumps(value), status, media_type=JSON, headers={"Cache-Control": "no-store"})
