"""`/api/v1/records/{index}/disclosures`: the owner of a record hands over what it kept when it sent it."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import media_type, member_of, read_body
from filiere_platform.api.openapi import gives, ref, refuses, takes
from filiere_platform.api.records import Withheld
from filiere_platform.api.services import Services
from filiere_platform.domain.member import Member
from filiere_platform.domain.sealing_sentences import NO_DISCLOSURES
from filiere_platform.usecases.disclosing import disclose
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.envelope import MAX_DISCLOSURES_BYTES
from filiere_schemas.provenance.strict_json import strict_loads

JSON = "application/json"
LARGEST_BODY = 2 * MAX_DISCLOSURES_BYTES  # what may follow one envelope, with room for JSON's own signs


class DisclosuresRequest(BaseModel):
    """Disclosures of sealed fields, as they would follow the record's JWS."""

    disclosures: list[str] = Field(description="base64url texts, each one that the signed payload holds the digest of")


class DisclosuresAnswer(BaseModel):
    """What became of them."""

    index: int
    added: int = Field(description="How many were new")
    known: int = Field(description="How many the record had already")
    withheld: list[Withheld] = Field(description="Sealed fields that the owner still keeps, by object")


MODELS = (DisclosuresRequest, DisclosuresAnswer)


def router(services: Services) -> APIRouter:
    """Build the route of disclosures."""
    routes = APIRouter(prefix="/api/v1/records", tags=["records"])

    @routes.post(
        "/{index}/disclosures",
        summary="Disclose sealed fields of one's own record",
        responses={
            200: gives("They are kept with the record", {JSON: ref(DisclosuresAnswer)}),
            400: refuses("One of them does not belong to the record, or the request is malformed"),
            401: refuses("The token is not accepted"),
            403: refuses("The record is somebody else's, or the member is suspended"),
            404: refuses("There is no such record, or it is not visible to the asker"),
            409: refuses("A disclosure was erased"),
            410: refuses("The payload was erased"),
            413: refuses("The body is too large"),
            415: refuses("Not application/json"),
            503: refuses("Nothing is promised: send the same again", Retry_After="Seconds to wait"),
        },
        openapi_extra=takes({JSON: ref(DisclosuresRequest)}),
    )
    async def give(index: int, request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        media_type(request, JSON)
        body = await read_body(request, most=LARGEST_BODY)
        return await run_in_threadpool(_give, services, member, index, body)

    return routes


def _give(services: Services, member: Member, index: int, body: bytes) -> Response:
    given = _read(body)
    with services.units.unit_of_work() as uow:
        answer = disclose(
            uow,
            member,
            index,
            given,
            sealable=services.capture.sealable,
            receipt_key=services.capture.receipt_key.public,
            origin=services.origin,
        )
    return Response(orjson.dumps(answer), media_type=JSON)


def _read(body: bytes) -> tuple[bytes, ...]:
    """Take the texts out of a body, unread.

    Raises:
        Refusal: it is no list of texts.
    """
    value = strict_loads(body)
    texts = value.get("disclosures") if isinstance(value, dict) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise Refusal([Problem(sentence=NO_DISCLOSURES, pointer="/disclosures")])
    return tuple(text.encode() for text in texts)
