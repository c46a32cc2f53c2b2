"""`GET /epcis/capture` and `/epcis/capture/{captureID}`: how the documents that a member sent were worked off.

Source: EPCIS 2.0, 8.2.7 and its OpenAPI document, EPCISCaptureJob.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.epcis_paging import next_page, page_size, turn_of
from filiere_platform.api.epcis_request import JSON, LD_JSON, VERSION_HEADERS, XML_TYPES, understand
from filiere_platform.api.openapi import gives, ref, refuses, requires_token
from filiere_platform.api.problems import told_later
from filiere_platform.api.services import Services
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.job import CaptureJob
from filiere_platform.usecases.jobs import list_jobs, read_job
from filiere_schemas.epcis.xml_job import write_job

XML_JOB: Final = {"type": "string", "description": "EPCISCaptureJob in XML, 2.0"}
MOST_JOBS: Final = 200  # on one page: each may list the problems of a whole document


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
_PAGE: Final = [
    {"name": "perPage", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": MOST_JOBS}},
    {"name": "nextPageToken", "in": "query", "schema": {"type": "string"}},
]


def router(services: Services) -> APIRouter:
    """Build the routes by which a sender follows its documents."""
    routes = APIRouter(prefix="/epcis", tags=["EPCIS capture"])
    one = ref(CaptureJobAnswer)
    several = {"type": "array", "items": one}

    @routes.get(
        "/capture",
        summary="The capture jobs of one's own, the latest first",
        response_class=Response,
        responses={
            200: gives("One page", {JSON: several, LD_JSON: several}, Link="The next page, where there is one"),
            406: refuses("Not in this form, or not in this version"),
            414: refuses("The address is too long"),
        },
        openapi_extra=requires_token() | {"parameters": _PAGE},
    )
    def jobs(request: Request) -> Response:
        media_type = understand(request, JSON, LD_JSON)
        member = member_of(request, services)
        size = page_size(request, most=MOST_JOBS)
        turn = turn_of(request, services)
        with services.units.unit_of_work() as uow:
            found, following = list_jobs(uow, member=member, after=turn.cursor, limit=size)
        headers = dict(VERSION_HEADERS)
        if following is not None:
            headers |= next_page(request, services, turn.parameters, following)[
                1
            ]  # the standard's answer is an array: no member for it
        return Response(orjson.dumps([job_as_json(job) for job in found]), headers=headers, media_type=media_type)

    @routes.get(
        "/capture/{job_id}",
        summary="How a capture job stands",
        responses={
            200: gives("The job", {JSON: one, LD_JSON: one, **dict.fromkeys(XML_TYPES, XML_JOB)}),
            404: refuses("No such job of the asker"),
            406: refuses("Not in this form, or not in this version"),
            414: refuses("The address is too long"),
        },
        openapi_extra=requires_token(),
    )
    def job_state(job_id: str, request: Request) -> Response:
        media_type = understand(request, JSON, LD_JSON, *XML_TYPES)
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            job = job_as_json(read_job(uow, job_id=job_id, member=member))
        content = write_job(job) if media_type in XML_TYPES else orjson.dumps(job)
        return Response(content, headers=VERSION_HEADERS, media_type=media_type)

    return routes


def job_as_json(job: CaptureJob) -> dict[str, Any]:
    """Lay out a job. Source: EPCIS 2.0 OpenAPI, EPCISCaptureJob."""
    answer: dict[str, Any] = {
        "captureID": job.id,
        "createdAt": iso_instant(job.created_at),
        "running": job.is_running,
        "success": job.success,
        "captureErrorBehaviour": job.behaviour.value,
        "errors": [told_later(error) for error in job.errors],
    }
    if job.finished_at is not None:
        answer["finishedAt"] = iso_instant(job.finished_at)
    return answer
