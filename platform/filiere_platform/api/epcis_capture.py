"""`/epcis/capture` and `POST /epcis/events`: a plain EPCIS client sends; we attest what we received.

Source: EPCIS 2.0, 8.2.7 and 8.2.8; the OpenAPI of the standard. Issue G completes the binding.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import admit_sender, media_type, member_of, read_body
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.problems import respond, status_of
from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.capture import Status
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.job import CaptureJob, ErrorBehaviour
from filiere_platform.domain.member import Member
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.jobs import open_job, read_job
from filiere_schemas.epcis.document import read_bare_event
from filiere_schemas.problems import Problem, Refusal

JSON = "application/json"
LD_JSON = "application/ld+json"
JSON_TYPES = (JSON, LD_JSON)
BEHAVIOUR_HEADER = "GS1-Capture-Error-Behaviour"
VERSION_HEADERS = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-CBV-Min": "2.0.0",
    "GS1-CBV-Max": "2.0.0",
}


class CaptureJobAnswer(BaseModel):
    """A capture job. Source: EPCIS 2.0 OpenAPI, EPCISCaptureJob."""

    captureID: str  # noqa: N815 - JSON
    createdAt: str  # noqa: N815 - JSON
    finishedAt: str | None = Field(default=None, description="Absent while it runs")  # noqa: N815 - JSON
    running: bool
    success: bool
    captureErrorBehaviour: str = Field(description="rollback or proceed")  # noqa: N815 - JSON
    errors: list[dict[str, Any]] = Field(description="Problems, with pointers into the document that was sent")


MODELS = (CaptureJobAnswer,)
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: refuses("Not what was announced, or not EPCIS 2.0"),
    401: refuses("The token is not accepted"),
    403: refuses("The sender may not do this"),
    413: refuses("Too large"),
    415: refuses("Neither application/json nor application/ld+json"),
}
EVENT_ANSWERS = REFUSALS | {
    201: gives("Stored, or known already: the event as sent", {LD_JSON: {"type": "object"}}, Location="The event"),
    409: refuses("Another event has this eventID"),
    503: refuses("Nothing is promised: send it again", Retry_After="Seconds to wait"),
}
EPCIS_DOCUMENT = {"type": "object", "description": "EPCISDocument (EPCIS 2.0, 9.5)"}
EPCIS_EVENT = {"type": "object", "description": "One event with its @context (EPCIS 2.0, 9.5)"}


def router(services: Services) -> APIRouter:
    """Build the routes by which plain EPCIS clients send."""
    routes = APIRouter(prefix="/epcis", tags=["EPCIS capture"])
    limits = {
        "GS1-EPCIS-Capture-Limit": str(services.limits.records),
        "GS1-EPCIS-Capture-File-Size-Limit": str(services.limits.body_bytes),
    }

    @routes.post(
        "/capture",
        summary="Send an EPCIS document",
        status_code=202,
        responses=REFUSALS | {202: gives("Kept; to be worked off", {JSON: ref(CaptureJobAnswer)}, Location="The job")},
        openapi_extra=takes(dict.fromkeys(JSON_TYPES, EPCIS_DOCUMENT)),
    )
    async def capture(request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        media_type(request, *JSON_TYPES)
        behaviour = _behaviour(request)
        document = await read_body(request, most=services.limits.body_bytes)
        job = await run_in_threadpool(_take_in, services, member, document, behaviour)
        location = f"{services.base_url}/epcis/capture/{job.id}"
        headers = {"Location": location, BEHAVIOUR_HEADER: behaviour.value, **VERSION_HEADERS, **limits}
        return Response(orjson.dumps(_job_as_json(job)), 202, headers, JSON)

    @routes.get(
        "/capture/{job_id}",
        summary="How a capture job stands",
        responses={200: gives("The job", {JSON: ref(CaptureJobAnswer)}), 404: refuses("No such job of the asker")},
        openapi_extra=requires_token(),
    )
    def job_state(job_id: str, request: Request) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            job = read_job(uow, job_id=job_id, member=member)
        return Response(orjson.dumps(_job_as_json(job)), headers=VERSION_HEADERS, media_type=JSON)

    @routes.post(
        "/events",
        summary="Send one EPCIS event",
        response_class=Response,
        status_code=201,
        responses=EVENT_ANSWERS,
        openapi_extra=takes(dict.fromkeys(JSON_TYPES, EPCIS_EVENT)),
    )
    async def send_event(request: Request) -> Response:
        credential = await admit_sender(request, services)
        media_type(request, *JSON_TYPES)
        body = await read_body(request, most=services.limits.body_bytes)
        (payload,) = (await run_in_threadpool(read_bare_event, body)).events
        parcel = Parcel(sender=credential, payloads=(payload,), signed=False)
        (outcome,) = await asyncio.wrap_future(services.intake.submit(parcel))
        if outcome.status is Status.REFUSED:
            return respond(request, outcome.problems, status_of(outcome.problems))
        location = f"{services.base_url}/epcis/events/{quote(outcome.event_id or '', safe='')}"
        return Response(payload, 201, {"Location": location, **VERSION_HEADERS}, LD_JSON)

    return routes


def _take_in(services: Services, member: Member, document: bytes, behaviour: ErrorBehaviour) -> CaptureJob:
    """Commit the document before anything is promised, then wake the runner."""
    with services.units.unit_of_work() as uow:
        job = open_job(
            uow,
            member=member,
            document=document,
            behaviour=behaviour,
            most=services.limits.records,
            now=services.capture.clock(),
        )
    services.wake_jobs()
    return job


def _behaviour(request: Request) -> ErrorBehaviour:
    stated = request.headers.get(BEHAVIOUR_HEADER, ErrorBehaviour.ROLLBACK.value)
    if stated not in {behaviour.value for behaviour in ErrorBehaviour}:
        values = {"name": BEHAVIOUR_HEADER, "found": stated, "expected": "rollback, proceed"}
        raise Refusal([Problem(sentence=sentences.QUERY_PARAMETER, values=values)])
    return ErrorBehaviour(stated)


def _job_as_json(job: CaptureJob) -> dict[str, Any]:
    """Lay out a job. Source: EPCIS 2.0 OpenAPI, EPCISCaptureJob."""
    answer: dict[str, Any] = {
        "captureID": job.id,
        "createdAt": iso_instant(job.created_at),
        "running": job.is_running,
        "success": job.success,
        "captureErrorBehaviour": job.behaviour.value,
        "errors": list(job.errors),
    }
    if job.finished_at is not None:
        answer["finishedAt"] = iso_instant(job.finished_at)
    return answer
