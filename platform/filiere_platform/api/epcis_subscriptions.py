"""`/epcis/queries/{queryName}/subscriptions`: have a query's answers sent to an address, as they come or at set times.

Source: EPCIS 2.0, 8.2.5, 12.8 and its OpenAPI document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.acting import acting
from filiere_platform.api.epcis_paging import next_page, page_size, turn_of
from filiere_platform.api.epcis_queries import ABSENT, FORM
from filiere_platform.api.epcis_request import JSON, LD_JSON, MIN_RECORD_TIME, VERSION_HEADERS, formats_of, understand
from filiere_platform.api.json_request import read_object
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.named_query import NamedQuery
from filiere_platform.domain.schedule import FIELDS, LONGEST_FIELD
from filiere_platform.domain.subscription import LONGEST_TOKEN, MOST_SUBSCRIPTIONS, subscription_as_json
from filiere_platform.domain.webhook import LONGEST_URL
from filiere_platform.usecases.named_queries import query_named
from filiere_platform.usecases.subscriptions import (
    Subscribed,
    subscribe,
    subscription_of,
    subscriptions_of,
)
from filiere_platform.usecases.webhooks import Doing, remove_webhook

LARGEST_BODY: Final = 8_000  # bytes
PATH: Final = "/{query_name}/subscriptions"
SCHEDULE: Final = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "description": "UTC; numbers, [a-b] ranges and lists of them; dayOfWeek 1 is Monday",
    "properties": {name: {"type": "string", "maxLength": LONGEST_FIELD} for name in FIELDS},
}
TOKEN: Final = {"type": "string", "maxLength": LONGEST_TOKEN}
ASKED: Final = {
    "type": "object",
    "required": ["dest"],
    "additionalProperties": False,
    "description": "`stream: true` or a `schedule`: one of them, and one alone",
    "properties": {
        "dest": {"type": "string", "maxLength": LONGEST_URL, "description": "https, to a public name"},
        "signatureToken": TOKEN
        | {"description": "Signs each message: HMAC-SHA-256 over its body, in GS1-Signature; never shown again"},
        "secret": TOKEN | {"description": "The same by the name that the standard's schema has for it"},
        "stream": {"const": True, "description": "As it comes"},
        "schedule": SCHEDULE,
        "reportIfEmpty": {"type": "boolean", "description": "Whether a time of the schedule with nothing is reported"},
        "initialRecordTime": {"type": "string", "format": "date-time", "description": "Of the first record; none: now"},
    },
}
PAGE: Final = [
    {"name": "perPage", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_SUBSCRIPTIONS}},
    {"name": "nextPageToken", "in": "query", "schema": {"type": "string"}},
]


class SubscriptionAnswer(BaseModel):
    """A subscription, without its secret. Source: EPCIS 2.0 OpenAPI, AbstractQuerySubscriptionResponse."""

    subscriptionID: str  # noqa: N815 - JSON
    queryName: str  # noqa: N815 - JSON
    dest: str
    stream: bool = Field(default=False, description="As it comes; absent where there is a schedule")
    schedule: dict[str, str] = Field(default={}, description="Absent where it comes as it comes")
    reportIfEmpty: bool = False  # noqa: N815 - JSON
    createdAt: str  # noqa: N815 - JSON
    initialRecordTime: str  # noqa: N815 - JSON
    minRecordTime: str = Field(description="When it was last answered, at first initialRecordTime")  # noqa: N815 - JSON
    lastNotifiedAt: str = Field(default="", description="When something was last taken; absent: never")  # noqa: N815
    epcFormat: str = Field(description="As GS1-EPC-Format asked")  # noqa: N815 - JSON
    state: str = Field(description="active or paused; `/api/v1/webhooks` resumes it under the same id")
    said: str = Field(default="", description="What the last attempt that failed came to")


MODELS = (SubscriptionAnswer,)
ONE: Final = {JSON: ref(SubscriptionAnswer), LD_JSON: ref(SubscriptionAnswer)}
NO_SUCH: Final = "There is no such subscription of one's own"


def router(services: Services) -> APIRouter:
    """Build the routes of subscriptions."""
    routes = APIRouter(prefix="/epcis/queries", tags=["EPCIS query"])
    several = {"type": "array", "items": ref(SubscriptionAnswer)}

    @routes.get(
        PATH,
        summary="List the subscriptions of a named query",
        response_class=Response,
        responses=FORM
        | {
            200: gives("One page", {JSON: several, LD_JSON: several}, Link="The next page, where there is one"),
            404: refuses(ABSENT),
        },
        openapi_extra=requires_token() | {"parameters": PAGE},
    )
    def list_subscriptions(query_name: str, request: Request) -> Response:
        media_type, member = understand(request, JSON, LD_JSON), member_of(request, services)
        size, turn = page_size(request, most=MOST_SUBSCRIPTIONS), turn_of(request, services)
        after = turn.cursor or ""
        with services.units.unit_of_work() as uow:
            query = query_named(uow, query_name, member_id=member.id)
            found = [each for each in subscriptions_of(uow, query) if each.webhook.id > after]
        headers = dict(VERSION_HEADERS)
        if len(found) > size:
            headers |= next_page(request, services, turn.parameters, found[size - 1].webhook.id)[1]
        return Response(orjson.dumps([_shown(each, query) for each in found[:size]]), 200, headers, media_type)

    @routes.post(
        PATH,
        summary="Have a query's answers sent to an address",
        status_code=201,
        response_class=Response,
        responses=FORM
        | {
            201: gives("It is sent to from now on", ONE, Location="The subscription"),
            404: refuses(ABSENT),
            503: refuses("This machine cannot keep secrets"),
        },
        openapi_extra=takes({JSON: ASKED}),
    )
    async def register(query_name: str, request: Request) -> Response:
        media_type = understand(request, JSON, LD_JSON)
        await run_in_threadpool(member_of, request, services)
        asked = await read_object(request, most=LARGEST_BODY)
        return await run_in_threadpool(_subscribe, request, services, query_name, asked, media_type)

    _add_one(routes, services)
    return routes


def _add_one(routes: APIRouter, services: Services) -> None:
    @routes.get(
        f"{PATH}/{{subscription_id}}",
        summary="Say how a subscription stands",
        response_class=Response,
        responses=FORM | {200: gives("As it is", ONE), 404: refuses(NO_SUCH)},
        openapi_extra=requires_token(),
    )
    def read(query_name: str, subscription_id: str, request: Request) -> Response:
        media_type, member = understand(request, JSON, LD_JSON), member_of(request, services)
        with services.units.unit_of_work() as uow:
            query = query_named(uow, query_name, member_id=member.id)
            found = subscription_of(uow, query, subscription_id)
        shown = _shown(found, query)
        headers = VERSION_HEADERS | {MIN_RECORD_TIME: shown["minRecordTime"]}
        return Response(orjson.dumps(shown), 200, headers, media_type)

    @routes.delete(
        f"{PATH}/{{subscription_id}}",
        summary="Send nothing more, for good",
        status_code=204,
        response_class=Response,
        responses={204: {"description": "It is gone"}, 404: refuses(NO_SUCH)},
        openapi_extra=requires_token(),
    )
    def remove(query_name: str, subscription_id: str, request: Request) -> Response:
        member, doing = member_of(request, services), Doing(**acting(request, services))
        with services.units.unit_of_work() as uow:
            query = query_named(uow, query_name, member_id=member.id)
            remove_webhook(uow, doing, subscription_of(uow, query, subscription_id).webhook)
        return Response(status_code=204, headers=VERSION_HEADERS)


def _subscribe(
    request: Request, services: Services, query_name: str, asked: Mapping[str, Any], media_type: str
) -> Response:
    member, doing = member_of(request, services), Doing(**acting(request, services))
    formats = formats_of(request)
    with services.units.unit_of_work() as uow:
        query = query_named(uow, query_name, member_id=member.id)
        made = subscribe(uow, services.webhooks, doing, query, asked, formats=formats)
    path = f"{quote(query.name, safe='')}/subscriptions/{made.webhook.id}"
    headers = {"Location": f"{services.base_url}/epcis/queries/{path}", **VERSION_HEADERS}
    return Response(orjson.dumps(_shown(made, query)), 201, headers, media_type)


def _shown(found: Subscribed, query: NamedQuery) -> dict[str, Any]:
    return subscription_as_json(found.webhook, found.subscription, query=query.name)
