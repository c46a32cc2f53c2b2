"""`/epcis/capture` and `POST /epcis/events`: a plain EPCIS client sends; we attest what we received.

Source: EPCIS 2.0, 8.2.7 and 8.2.8, and its OpenAPI document.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from filiere_platform.api.access import admit_sender, media_type, member_of, read_body
from filiere_platform.api.epcis_discovery import capture_limits
from filiere_platform.api.epcis_jobs import CaptureJobAnswer, job_as_json
from filiere_platform.api.epcis_request import JSON, LD_JSON, VERSION_HEADERS, XML_TYPES, understand, understand_sender
from filiere_platform.api.openapi import gives, ref, refuses, takes
from filiere_platform.api.problems import respond, status_of
from filiere_platform.api.services import Services
from filiere_platform.domain.capture import Status
from filiere_platform.domain.epcis_sentences import ERROR_BEHAVIOUR_UNKNOWN, FORM_NOT_ANNOUNCED
from filiere_platform.domain.job import CaptureJob, ErrorBehaviour
from filiere_platform.domain.member import Member
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.jobs import open_job
from filiere_schemas.epcis.received import receive
from filiere_schemas.epcis.xml_document import is_xml, read_sent_event
from filiere_schemas.problems import Problem, Refusal

JSON_TYPES: Final = (JSON, LD_JSON)
BEHAVIOUR_HEADER = "GS1-Capture-Error-Behaviour"
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: refuses("Not what was announced, or not EPCIS 2.0"),
    401: refuses("The token is not accepted"),
    403: refuses("The sender may not do this"),
    406: refuses("Not in this form, or not in this version"),
    413: refuses("Too large", GS1_EPCIS_Capture_Limit="Events", GS1_EPCIS_Capture_File_Size_Limit="Bytes"),
    414: refuses("The address is too long"),
    415: refuses("Neither JSON (application/json, application/ld+json) nor XML (application/xml, text/xml)"),
}
EPCIS_DOCUMENT = {"type": "object", "description": "EPCISDocument (EPCIS 2.0, 9.5)"}
EPCIS_EVENT = {"type": "object", "description": "One event with its @context (EPCIS 2.0, 9.5)"}
XML_DOCUMENT = {"type": "string", "description": "EPCISDocument or EPCISQueryDocument in XML, 2.0 or 1.2"}
XML_EVENT = {"type": "string", "description": "EPCISDocument in XML, 2.0 or 1.2, with one event"}
DOCUMENTS = dict.fromkeys(JSON_TYPES, EPCIS_DOCUMENT) | dict.fromkeys(XML_TYPES, XML_DOCUMENT)
EVENTS = dict.fromkeys(JSON_TYPES, EPCIS_EVENT) | dict.fromkeys(XML_TYPES, XML_EVENT)
TAKEN_IN = dict.fromkeys(JSON_TYPES, ref(CaptureJobAnswer))
SENT = {LD_JSON: EPCIS_EVENT, JSON: EPCIS_EVENT} | dict.fromkeys(XML_TYPES, XML_EVENT)
EVENT_ANSWERS = REFUSALS | {
    201: gives("Stored, or known already: the event as sent", SENT, Location="The event"),
    409: refuses("Another event has this eventID"),
    503: refuses("Nothing is promised: send it again", Retry_After="Seconds to wait"),
}


def router(services: Services) -> APIRouter:
    """Build the routes by which plain EPCIS clients send."""
    routes = APIRouter(prefix="/epcis", tags=["EPCIS capture"])
    limits = capture_limits(services)

    @routes.post(
        "/capture",
        summary="Send an EPCIS document",
        status_code=202,
        responses=REFUSALS | {202: gives("Kept; to be worked off", TAKEN_IN, Location="The job")},
        openapi_extra=takes(DOCUMENTS),
    )
    async def capture(request: Request) -> Response:
        answer_type = understand_sender(request, *JSON_TYPES)
        member = await run_in_threadpool(member_of, request, services)
        announced = media_type(request, *JSON_TYPES, *XML_TYPES)
        behaviour = _behaviour(request)
        try:
            document = await _body(request, services, announced)
            job = await run_in_threadpool(_take_in, services, member, document, behaviour)
        except Refusal as refusal:
            return respond(request, refusal.problems, status_of(refusal.problems), headers=limits)
        location = f"{services.base_url}/epcis/capture/{job.id}"
        headers = {"Location": location, BEHAVIOUR_HEADER: behaviour.value, **VERSION_HEADERS, **limits}
        return Response(orjson.dumps(job_as_json(job)), 202, headers, answer_type)

    @routes.post(
        "/events",
        summary="Send one EPCIS event",
        response_class=Response,
        status_code=201,
        responses=EVENT_ANSWERS,
        openapi_extra=takes(EVENTS),
    )
    async def send_event(request: Request) -> Response:
        credential = await admit_sender(request, services)
        announced = media_type(request, *JSON_TYPES, *XML_TYPES)
        # The event as sent, or, of one sent in XML, its reading in JSON.
        answer_type = understand(request, *(XML_TYPES if announced in XML_TYPES else ()), LD_JSON, JSON)
        try:
            body = await _body(request, services, announced)
            document = await run_in_threadpool(read_sent_event, body)
            (payload,) = document.events
        except Refusal as refusal:
            return respond(request, refusal.problems, status_of(refusal.problems), headers=limits)
        parcel = Parcel(sender=credential, payloads=(payload,), signed=False)
        (outcome,) = await asyncio.wrap_future(services.intake.submit(parcel))
        if outcome.status is Status.REFUSED:
            told = [document.told(0, problem) for problem in outcome.problems]
            return respond(request, told, status_of(told), headers=limits)
        location = f"{services.base_url}/epcis/events/{quote(outcome.event_id or '', safe='')}"
        is_read = announced in XML_TYPES and answer_type in JSON_TYPES
        content = orjson.dumps(receive(payload).value) if is_read else body
        return Response(content, 201, {"Location": location, **VERSION_HEADERS}, answer_type)

    return routes


async def _body(request: Request, services: Services, announced: str) -> bytes:
    """Read a body, and require that it is in the form that its sender announced.

    Raises:
        Refusal: codes `body-too-large`, `form-not-announced`.
    """
    body = await read_body(request, most=services.limits.body_bytes)
    if is_xml(body) != (announced in XML_TYPES):
        found = "XML" if is_xml(body) else "JSON"
        raise Refusal([Problem(sentence=FORM_NOT_ANNOUNCED, values={"expected": announced, "found": found})])
    return body


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
        values = {"name": BEHAVIOUR_HEADER, "found": stated, "expected": ", ".join(ErrorBehaviour)}
        raise Refusal([Problem(sentence=ERROR_BEHAVIOUR_UNKNOWN, values=values)])
    return ErrorBehaviour(stated)
