"""`/api/v1/records`: signed records in, one signed receipt per request out; a record as it is stored.

The route is asynchronous and reads raw bytes: no model of the body, no thread per request. What it costs is in
docs/decisions/0004-capture-path.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from filiere_platform.api.access import credential_of, media_type, read_body, viewer_of
from filiere_platform.api.metrics import count_outcomes
from filiere_platform.api.problems import MEDIA_TYPE, language_of, problem_document, respond, status_of
from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.domain.query_document import iso_instant
from filiere_platform.usecases.capture import Parcel
from filiere_platform.usecases.reading import read_record
from filiere_schemas.problems import Language, Problem, Refusal
from filiere_schemas.provenance.strict_json import strict_loads

JOSE = "application/jose"  # one compact JWS per line, disclosures behind "~"
JSON = "application/json"  # {"records": ["<compact JWS>", ...]}
MULTI_STATUS = 207  # RFC 4918, 11.1: some records were stored, others refused


def router(services: Services) -> APIRouter:
    """Build the routes of records."""
    routes = APIRouter(prefix="/api/v1/records", tags=["records"])

    @routes.post("", summary="Send signed records", status_code=200)
    async def send(request: Request) -> Response:
        arrived = time.perf_counter()
        credential = credential_of(request)
        kind = media_type(request, JOSE, JSON)
        body = await read_body(request, most=services.limits.body_bytes)
        payloads = _payloads(body, kind, most=services.limits.records)
        parcel = Parcel(sender=credential, payloads=payloads, signed=True)
        outcomes = await asyncio.wrap_future(services.intake.submit(parcel))
        receipt = services.capture.receipt(outcomes)
        count_outcomes(services.metrics, outcomes, seconds=time.perf_counter() - arrived)
        return _answer(request, outcomes, receipt)

    @routes.get("/{index}", summary="Read one record")
    def read(index: int, request: Request) -> Response:
        viewer = viewer_of(request, services)
        with services.units.unit_of_work() as uow:
            record = read_record(uow, viewer, index)
        return Response(orjson.dumps(record), media_type=JSON)

    return routes


def _payloads(body: bytes, kind: str, *, most: int) -> tuple[bytes, ...]:
    """Take the records out of a body, unread; blank lines are skipped.

    Raises:
        Refusal: not the announced form, none, or too many.
    """
    if kind == JSON:
        value = strict_loads(body)
        records = value.get("records") if isinstance(value, dict) else None
        if not isinstance(records, list) or not all(isinstance(r, str) for r in records):
            raise Refusal([Problem(sentence=sentences.NO_RECORDS, pointer="/records")])
        payloads = tuple(r.encode() for r in records)
    else:
        payloads = tuple(line for line in body.split() if line)
    if not payloads:
        raise Refusal([Problem(sentence=sentences.NO_RECORDS)])
    if len(payloads) > most:
        values = {"found": len(payloads), "expected": most}
        raise Refusal([Problem(sentence=sentences.TOO_MANY_RECORDS, values=values)])
    return payloads


def _answer(request: Request, outcomes: Sequence[Outcome], receipt: bytes | None) -> Response:
    """Answer 200 when every record is stored or known, its own status for a single refused one, else 207."""
    language = language_of(request)
    refused = sum(o.status is Status.REFUSED for o in outcomes)
    if refused and len(outcomes) == 1 and receipt is None:
        return respond(request, outcomes[0].problems, status_of(outcomes[0].problems))
    document = {
        "receipt": receipt.decode() if receipt else None,
        "records": [_outcome(o, language) for o in outcomes],
    }
    if refused and len(outcomes) == 1:
        status = status_of(outcomes[0].problems)
        problem = problem_document(outcomes[0].problems, language=language, status=status, epcis=False)
        return Response(orjson.dumps(problem | document), status_code=status, media_type=MEDIA_TYPE)
    return Response(orjson.dumps(document), status_code=MULTI_STATUS if refused else 200, media_type=JSON)


def _outcome(outcome: Outcome, language: Language) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": outcome.status.value}
    if outcome.log_index is not None and outcome.sha256 is not None and outcome.stored_at is not None:
        answer["index"] = outcome.log_index
        answer["kind"] = outcome.kind
        answer["sha256"] = outcome.sha256.hex()
        answer["storedAt"] = iso_instant(outcome.stored_at)
    if outcome.event_id is not None:
        answer["eventID"] = outcome.event_id
    if outcome.refusal is not None:
        answer["refusal"] = outcome.refusal.decode()
    if outcome.problems:
        status = status_of(outcome.problems)
        answer["problem"] = problem_document(outcome.problems, language=language, status=status, epcis=False)
    return answer
