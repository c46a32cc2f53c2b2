"""`/api/v1/records`: signed records in, one signed receipt per request out; a record as it is stored.

The route is asynchronous and reads raw bytes: no model of the body, no thread per request. What it costs is in
docs/decisions/0008-capture-path.md.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import admit_sender, media_type, read_body, viewer_of
from filiere_platform.api.lane import Endpoint
from filiere_platform.api.metrics import count_outcomes
from filiere_platform.api.openapi import ProblemDocument, Reason, accepts_token, gives, ref, refuses, takes
from filiere_platform.api.problems import language_of, respond, status_of
from filiere_platform.api.record_exchange import ACCEPTED, JOSE, JSON, RecordsForm, take_out
from filiere_platform.api.services import Services
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.reading import read_kept_record
from filiere_platform.usecases.record_proof import prove_record
from filiere_schemas.provenance.tlog_proof import SUFFIX, format_tlog_proof

TEXT = "text/plain"


class RecordsRequest(BaseModel):
    """Signed records as JSON."""

    records: list[str] = Field(
        description="Compact JWS (typ epcis-event+jws or filiere-void+jws), disclosures behind ~"
    )


class RecordOutcome(BaseModel):
    """What became of one record, in the order sent."""

    status: str = Field(description="stored, known (the same again) or refused")
    index: int | None = Field(default=None, description="Log index; absent where nothing is in the log")
    kind: str | None = Field(default=None, description="Kind of the log entry: event, void or refused")
    sha256: str | None = Field(default=None, description="Digest of the entry, hexadecimal")
    storedAt: str | None = Field(default=None, description="RFC 3339, UTC")  # noqa: N815 - JSON
    eventID: str | None = None  # noqa: N815 - JSON
    refusal: str | None = Field(default=None, description="The platform's signed refusal, when it is first logged")
    erased: bool | None = Field(default=None, description="true: known, and its payload was erased meanwhile")
    problem: ProblemDocument | None = None
    warningCount: int | None = Field(default=None, description="How many there are; ten are listed")  # noqa: N815 - JSON
    warnings: list[Reason] | None = Field(default=None, description="Of what is stored all the same: what to mend")


class RecordsAnswer(BaseModel):
    """One signed receipt for everything of the request that is in the log, and what became of each record."""

    receipt: str | None = Field(description="Compact JWS (typ filiere-receipt+jws); null where nothing is in the log")
    records: list[RecordOutcome]


class Withheld(BaseModel):
    """Sealed fields of one object of an event that are not shown; their names are hidden too."""

    object: str = Field(description="JSON pointer of the object; empty: the event itself")
    fields: int = Field(description="How many; some may be decoys")
    erased: int = Field(description="Of them, those whose disclosures were erased for everybody")


class StoredRecord(BaseModel):
    """One record as stored."""

    index: int
    kind: str
    assurance: str = Field(description="signed at source, attested on receipt, or of a view: not verifiable at source")
    sha256: str | None = Field(description="null of a view, as all that only its source could vouch for")
    storedAt: str  # noqa: N815 - JSON
    member: str | None
    eventID: str | None  # noqa: N815 - JSON
    erased: bool = Field(description="Whether the payload is gone; the answer is then 410, with all of this but it")
    erasures: list[dict[str, str | int]] = Field(description="What was erased of it: entry, rule, time, statement")
    withheld: list[Withheld] = Field(description="Sealed fields that the asker is not shown, by object")
    jws: str | None = Field(description="The signed bytes, the disclosures shown behind ~; null once erased")
    view: str | None = Field(description="public-fields: a view of the platform, of the event's public fields alone")
    event: dict[str, Any] | None = Field(description="Of a view, the public fields")


MODELS = (RecordsRequest, RecordsAnswer, Withheld, StoredRecord)
SEND_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: gives("Every record is stored, or was known already", {JSON: ref(RecordsAnswer)}),
    207: gives("Some records are stored, others refused: see each", {JSON: ref(RecordsAnswer)}),
    400: refuses("The request, or its only record, is malformed"),
    401: refuses("The token, the key or the signature is not accepted"),
    403: refuses("The sender may not do this: suspended, another's key, another log"),
    409: refuses("The only record conflicts with what is stored: same eventID, a void of it, or discarded before"),
    413: refuses("The body is too large, or holds too many records"),
    415: refuses("Neither application/jose nor application/json"),
    503: refuses("Nothing is promised: send the same bytes again", Retry_After="Seconds to wait"),
}
BODIES = {
    JOSE: {"type": "string", "description": "One compact JWS per line, disclosures behind ~"},
    JSON: ref(RecordsRequest),
}


def router(services: Services) -> APIRouter:
    """Build the routes of records."""
    routes = APIRouter(prefix="/api/v1/records", tags=["records"])

    routes.post("", summary="Send signed records", responses=SEND_ANSWERS, openapi_extra=takes(BODIES))(
        sender(services)
    )

    @routes.get(
        "/{index}",
        summary="Read one record",
        responses={
            200: gives("The record", {JSON: ref(StoredRecord)}),
            404: refuses("There is no such record, or it is not visible to the asker"),
            410: refuses("Its payload was erased: when, by which rule, by which entry of the log"),
        },
        openapi_extra=accepts_token(),
    )
    def read(index: int, request: Request) -> Response:
        viewer = viewer_of(request, services)
        with services.units.unit_of_work() as uow:
            record = read_kept_record(uow, viewer, index)
        return Response(orjson.dumps(record), media_type=JSON)

    @routes.get(
        "/{index}/proof",
        summary="Prove that one record is in the log",
        response_class=Response,
        responses={
            200: gives("The proof (c2sp.org/tlog-proof@v1), with the checkpoint as served", {TEXT: {"type": "string"}}),
            404: refuses("There is no such record, or it is not visible to the asker"),
            410: refuses("Its payload was erased: when, by which rule, by which entry of the log"),
            503: refuses("The record is stored, and not under the signed head yet", Retry_After="Seconds to wait"),
        },
        openapi_extra=accepts_token(),
    )
    def prove(index: int, request: Request) -> Response:
        viewer = viewer_of(request, services)
        with services.units.unit_of_work() as uow:
            proof = prove_record(uow, viewer, services.files, index)
        headers = {"Content-Disposition": f'attachment; filename="{index}{SUFFIX}"', "Cache-Control": "no-store"}
        return Response(format_tlog_proof(proof), media_type=TEXT, headers=headers)

    return routes


def sender(services: Services) -> Endpoint:
    """Build the function that takes signed records; the route and the lane share it."""
    form = RecordsForm(limits=services.limits)

    async def send(request: Request) -> Response:
        arrived = time.perf_counter()
        credential = await admit_sender(request, services)
        kind = media_type(request, *ACCEPTED)
        body = await read_body(request, most=services.limits.body_bytes)
        read = functools.partial(take_out, body, kind, most=services.limits.records)
        # Lines are split in no time; JSON of this size is read elsewhere than in the loop that serves everybody.
        payloads = read() if kind == JOSE else await run_in_threadpool(read)
        parcel = Parcel(sender=credential, payloads=payloads, signed=True)
        outcomes = await asyncio.wrap_future(services.intake.submit(parcel))
        receipt = services.capture.receipt(outcomes)
        count_outcomes(services.metrics, outcomes, seconds=time.perf_counter() - arrived)
        return _answer(request, outcomes, receipt, form)

    return send


def _answer(request: Request, outcomes: Sequence[Outcome], receipt: bytes | None, form: RecordsForm) -> Response:
    language = language_of(request)
    if receipt is None and len(outcomes) == 1 and outcomes[0].status is Status.REFUSED:
        return respond(request, outcomes[0].problems, status_of(outcomes[0].problems))
    answer = form.answer(outcomes, receipt, language)
    return Response(answer.body, status_code=answer.status, media_type=answer.media_type)
