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

from filiere_platform.api.access import credential_of, media_type, member_of, read_body
from filiere_platform.api.problems import respond, status_of
from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.capture import Status
from filiere_platform.domain.job import CaptureJob, ErrorBehaviour
from filiere_platform.domain.member import Member, Scope
from filiere_platform.domain.query_document import iso_instant
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.jobs import open_job, read_job
from filiere_schemas.epcis.document import read_bare_event
from filiere_schemas.problems import Problem, Refusal

JSON_TYPES = ("application/json", "application/ld+json")
BEHAVIOUR_HEADER = "GS1-Capture-Error-Behaviour"
VERSION_HEADERS = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-EPCIS-Min": "2.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-CBV-Min": "2.0.0",
    "GS1-CBV-Max": "2.0.0",
}


def router(services: Services) -> APIRouter:
    """Build the routes by which plain EPCIS clients send."""
    routes = APIRouter(prefix="/epcis", tags=["EPCIS capture"])
    limits = {
        "GS1-EPCIS-Capture-Limit": str(services.limits.records),
        "GS1-EPCIS-Capture-File-Size-Limit": str(services.limits.body_bytes),
    }

    @routes.post("/capture", summary="Send an EPCIS document", status_code=202)
    async def capture(request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services, Scope.CAPTURE)
        media_type(request, *JSON_TYPES)
        behaviour = _behaviour(request)
        document = await read_body(request, most=services.limits.body_bytes)
        job = await run_in_threadpool(_take_in, services, member, document, behaviour)
        headers = {
            "Location": f"{services.base_url}/epcis/capture/{job.id}",
            BEHAVIOUR_HEADER: behaviour.value,
            **VERSION_HEADERS,
            **limits,
        }
        return Response(orjson.dumps(_job_as_json(job)), 202, headers, "application/json")

    @routes.get("/capture/{job_id}", summary="How a capture job stands")
    def job_state(job_id: str, request: Request) -> Response:
        member = member_of(request, services, Scope.CAPTURE)
        with services.units.unit_of_work() as uow:
            job = read_job(uow, job_id=job_id, member=member)
        return Response(orjson.dumps(_job_as_json(job)), headers=VERSION_HEADERS, media_type="application/json")

    @routes.post("/events", summary="Send one EPCIS event", status_code=201)
    async def send_event(request: Request) -> Response:
        credential = credential_of(request)
        media_type(request, *JSON_TYPES)
        body = await read_body(request, most=services.limits.body_bytes)
        (payload,) = read_bare_event(body).events
        parcel = Parcel(sender=credential, payloads=(payload,), signed=False)
        (outcome,) = await asyncio.wrap_future(services.intake.submit(parcel))
        if outcome.status is Status.REFUSED:
            return respond(request, outcome.problems, status_of(outcome.problems))
        location = f"{services.base_url}/epcis/events/{quote(outcome.event_id or '', safe='')}"
        return Response(payload, 201, {"Location": location, **VERSION_HEADERS}, "application/ld+json")

    return routes


def _take_in(services: Services, member: Member, document: bytes, behaviour: ErrorBehaviour) -> CaptureJob:
    """Commit the document before anything is promised, then wake the runner."""
    with services.units.unit_of_work() as uow:
        opened = open_job(
            uow,
            member=member,
            document=document,
            behaviour=behaviour,
            most=services.limits.records,
            now=services.capture.clock(),
        )
    services.wake_jobs()
    return opened.job


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
