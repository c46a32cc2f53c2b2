"""`/api/v1/recovery`: which records the instance has lost, and taking them back from who kept them.

A lost record is known by its digest, which the log has published: what is brought is what was lost, or it is not taken.
Whoever may send may bring; that a record is its bringer's own is not asked, as nobody can bring anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import admit_sender, media_type, read_body
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.standing import State
from filiere_platform.usecases.recovery import Recovery, missing_records
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.strict_json import strict_loads

JSON = "application/json"
MOST_LISTED = 10_000


class MissingRecords(BaseModel):
    """What is missing, in log order; ask again with `after` for more."""

    recovering: bool
    start: int = Field(description="Log index of the first record that was lost")
    stop: int = Field(description="The log's size as it was published")
    missing: list[dict[str, Any]] = Field(description="index, kind and sha256 (of the compact JWS) of each")


class BroughtRecords(BaseModel):
    """Records as they were sent, and the receipts of this instance that speak of them."""

    records: list[str] = Field(description="Compact JWS, disclosures behind ~")
    receipts: list[str] = Field(default=[], description="Receipts of this instance")


class TakenRecords(BaseModel):
    """How many of them were missing, and whether anything still is."""

    taken: int
    recovering: bool


MODELS = (MissingRecords, BroughtRecords, TakenRecords)


def router(services: Services, build: Callable[[], Recovery]) -> APIRouter:
    """Build the routes of a recovery."""
    routes = APIRouter(prefix="/api/v1/recovery", tags=["recovery"])

    @routes.get(
        "",
        summary="Ask which records the instance has lost",
        responses={200: gives("What is missing; nothing where the instance is whole", {JSON: ref(MissingRecords)})},
        openapi_extra=requires_token(),
    )
    async def ask(request: Request, after: int = -1) -> Response:
        await admit_sender(request, services)
        return await run_in_threadpool(_ask, services, after)

    @routes.post(
        "/records",
        summary="Bring records that are missing",
        responses={
            200: gives("What was taken", {JSON: ref(TakenRecords)}),
            400: refuses("The request is malformed, or a receipt is not this instance's"),
            401: refuses("The token is not accepted"),
        },
        openapi_extra=takes({JSON: ref(BroughtRecords)}),
    )
    async def bring(request: Request) -> Response:
        await admit_sender(request, services)
        media_type(request, JSON)
        body = await read_body(request, most=services.limits.body_bytes)
        return await run_in_threadpool(_bring, build, body)

    return routes


def _ask(services: Services, after: int) -> Response:
    with services.units.unit_of_work() as unit:
        standing = unit.standing.read()
        recovering = standing.state is State.RECOVERING
        missing = missing_records(unit, after=after, limit=MOST_LISTED) if recovering else []
    answer = {
        "recovering": recovering,
        "start": standing.start,
        "stop": standing.stop,
        "missing": [{"index": m.log_index, "kind": m.kind.value, "sha256": m.sha256.hex()} for m in missing],
    }
    return Response(orjson.dumps(answer), media_type=JSON)


def _bring(build: Callable[[], Recovery], body: bytes) -> Response:
    value = strict_loads(body)
    lists = [value.get(name, []) if isinstance(value, dict) else None for name in ("records", "receipts")]
    if not all(isinstance(each, list) and all(isinstance(text, str) for text in each) for each in lists):
        raise Refusal([Problem(sentence=sentences.NO_RECORDS, pointer="/records")])
    records, receipts = ([text.encode() for text in each or ()] for each in lists)
    recovery = build()
    taken = recovery.bring(records, receipts)
    standing = recovery.advance()
    answer = {"taken": taken, "recovering": standing.state is State.RECOVERING}
    return Response(orjson.dumps(answer), media_type=JSON)
