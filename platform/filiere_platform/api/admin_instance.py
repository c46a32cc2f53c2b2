"""`/api/v1/admin/...`: the charter, keys that wait for the registrar, disputes, and the acts of the whole instance."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import principal_of
from filiere_platform.api.acting import Acting, acting
from filiere_platform.api.admin_applications import LARGEST_BODY, NO_STORE, Reasoned
from filiere_platform.api.admin_members import KeyRequestAnswer
from filiere_platform.api.applications import CharterAnswer, CharterInForce
from filiere_platform.api.audit import LARGEST_PAGE, ActsAnswer
from filiere_platform.api.findings import FindingsAnswer
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.application import Charter
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.audit import ActQuery
from filiere_platform.domain.finding import FindingQuery, FindingState
from filiere_platform.usecases.administration import key_request_as_json
from filiere_platform.usecases.admission import publish_charter
from filiere_platform.usecases.audit import find_acts
from filiere_platform.usecases.findings import finding_as_json
from filiere_platform.usecases.ownership import close_dispute, find_disputes
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER


class DisputeState(StrEnum):
    """Which disputes are asked for; one that a member has explained is open until it is decided."""

    OPEN = "open"
    CLOSED = "closed"


class NewCharter(CharterAnswer):
    """A version of the charter that is to be in force."""

    mandates: bool = Field(False, description="Whether the sector body may give mandates over whoever accepts it")


class KeyRequestsAnswer(BaseModel):
    """What waits for the registrar's signature, the oldest first."""

    requests: list[KeyRequestAnswer]


MODELS = (NewCharter, KeyRequestsAnswer)


def router(services: Services) -> APIRouter:
    """Build the routes."""
    routes = APIRouter(prefix="/api/v1/admin", tags=["administration"])
    _add_charter(routes, services)
    _add_disputes(routes, services)

    @routes.get(
        "/key-requests",
        summary="List what waits for the registrar, who signs where his key is kept",
        operation_id="admin_list_key_requests",
        responses={200: gives("The oldest first", {JSON: ref(KeyRequestsAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_key_requests(request: Request) -> Response:
        principal_of(request, services)
        with services.units.unit_of_work() as uow:
            found = [key_request_as_json(each) for each in uow.key_requests.all()]
        return Response(orjson.dumps({"requests": found}), media_type=JSON, headers=NO_STORE)

    @routes.get(
        "/audit",
        summary="List the acts of the whole instance",
        operation_id="admin_list_acts",
        responses={200: gives("One page, in log order", {JSON: ref(ActsAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_acts(
        *,
        request: Request,
        after: Annotated[int, Query(ge=-1, le=MAX_SAFE_INTEGER)] = -1,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
        member: Annotated[
            int | None, Query(ge=1, le=MAX_SAFE_INTEGER, description="Only those about one member")
        ] = None,
    ) -> Response:
        principal_of(request, services)
        query = ActQuery(after=after, limit=limit, member_id=member)
        with services.units.unit_of_work() as uow:
            page = find_acts(uow, OPERATOR, query, origin=services.origin)
        answer = {"acts": page.acts, "nextAfter": page.next_after}
        return Response(orjson.dumps(answer), media_type=JSON, headers=NO_STORE)

    return routes


def _add_charter(routes: APIRouter, services: Services) -> None:
    @routes.post(
        "/charter",
        summary="Put a version of the charter into force, for all who apply from now on",
        operation_id="admin_publish_charter",
        status_code=201,
        responses={
            201: gives("It is in force", {JSON: ref(CharterInForce)}),
            409: refuses("There is a version of this name"),
        },
        openapi_extra=takes({JSON: ref(NewCharter)}),
    )
    async def publish(request: Request) -> Response:
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, NewCharter, most=LARGEST_BODY)

        def put() -> Response:
            sha256 = bytes.fromhex(asked.sha256)
            charter = Charter(version=asked.version, sha256=sha256, allows_mandates=asked.mandates)
            with services.units.unit_of_work() as uow:
                publish_charter(uow, charter, **doing)
            return Response(orjson.dumps(asked.model_dump()), 201, media_type=JSON)

        return await run_in_threadpool(put)


def _add_disputes(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/disputes",
        summary="List disputes about identifiers: a declaration under somebody else's",
        operation_id="admin_list_disputes",
        responses={200: gives("One page; both sides of each, as each of them is told", {JSON: ref(FindingsAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_disputes(
        *,
        request: Request,
        state: Annotated[DisputeState | None, Query(description="Both, where it is absent")] = None,
        after: Annotated[int, Query(ge=0, le=MAX_SAFE_INTEGER)] = 0,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    ) -> Response:
        principal_of(request, services)
        now = services.capture.clock()
        asked = None if state is None else FindingState(state.value)
        with services.units.unit_of_work() as uow:
            page = find_disputes(uow, FindingQuery(now=now, state=asked, after=after, limit=limit))
        answer = {"findings": page.findings, "nextAfter": page.next_after}
        return Response(orjson.dumps(answer), media_type=JSON, headers=NO_STORE)

    @routes.post(
        "/disputes/{dispute}/close",
        summary="Close a dispute for both who see it, with a reason that they read",
        operation_id="admin_close_dispute",
        responses={
            200: gives("The findings that are closed", {JSON: ref(FindingsAnswer)}),
            404: refuses("There is no open dispute of this number"),
        },
        openapi_extra=takes({JSON: ref(Reasoned)}),
    )
    async def close(dispute: Annotated[int, Path(ge=1, le=MAX_SAFE_INTEGER)], request: Request) -> Response:
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, Reasoned, most=LARGEST_BODY)
        return await run_in_threadpool(_close, services, dispute, asked.reason, doing)


def _close(services: Services, number: int, reason: str, doing: Acting) -> Response:
    with services.units.unit_of_work() as uow:
        closed = close_dispute(uow, number, reason=reason, **doing)
        found = [finding_as_json(each, now=doing["now"]) for each in closed]
    return Response(orjson.dumps({"findings": found, "nextAfter": None}), media_type=JSON, headers=NO_STORE)
