"""`/api/v1/keys`: a member enrols the key of a connector with a one-time token and the key's own signature."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, ValidationError

from filiere_platform.api.access import media_type, read_body
from filiere_platform.api.openapi import gives, ref, refuses, takes
from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.usecases.members import enrol_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.strict_json import strict_loads

JSON = "application/json"
LONGEST = {"token": 200, "proof": 10_000}  # characters; a proof of possession has about 900
LARGEST_BODY = 20_000  # bytes; whoever enrols has no account yet, so the door is narrow


class EnrolmentRequest(BaseModel):
    """A one-time token, and the compact JWS (typ `filiere-enrolment+jws`) by which the new key proves itself."""

    token: str = Field(max_length=LONGEST["token"])
    proof: str = Field(max_length=LONGEST["proof"])


class EnrolledKeyAnswer(BaseModel):
    """A key that may sign, and the log entry that says so."""

    kid: str = Field(description="RFC 7638 thumbprint")
    member: str
    index: int = Field(description="Log index of its registration, readable under /log/keys/")
    sha256: str
    origin: str = Field(description="Name of the log: the audience of everything that the key signs")


MODELS = (EnrolmentRequest, EnrolledKeyAnswer)


def router(services: Services) -> APIRouter:
    """Build the routes of keys."""
    routes = APIRouter(prefix="/api/v1/keys", tags=["keys"])

    @routes.post(
        "",
        summary="Enrol a key",
        status_code=201,
        responses={
            201: gives("The key may sign from now on", {JSON: ref(EnrolledKeyAnswer)}),
            400: refuses("The proof does not hold, or the request is malformed"),
            401: refuses("The one-time token is unknown, expired or used"),
            409: refuses("The key is registered already"),
        },
        openapi_extra=takes({JSON: ref(EnrolmentRequest)}, authenticated=False),
    )
    async def enrol(request: Request) -> Response:
        media_type(request, JSON)
        body = await read_body(request, most=LARGEST_BODY)
        return await run_in_threadpool(_enrol, services, _read(body))

    return routes


def _read(body: bytes) -> EnrolmentRequest:
    value = strict_loads(body)
    try:
        return EnrolmentRequest.model_validate(value if isinstance(value, dict) else {})
    except ValidationError as error:
        # What was found is not repeated: it may be the secret.
        names = [str(found["loc"][0]) for found in error.errors(include_input=False)]
        problems = [
            Problem(sentence=sentences.REQUEST_FIELD, pointer=f"/{name}", values={"name": name, "limit": LONGEST[name]})
            for name in names
        ]
        raise Refusal(problems) from None


def _enrol(services: Services, request: EnrolmentRequest) -> Response:
    registrar_key = services.registrar_key()
    if registrar_key is None:
        raise Refusal([Problem(sentence=sentences.REGISTRAR_OFFLINE)])
    with services.units.unit_of_work() as uow:
        enrolled = enrol_key(
            uow,
            token=request.token,
            proof=request.proof.encode(),
            registrar_key=registrar_key,
            origin=services.origin,
            now=services.capture.clock(),
        )
    answer = {
        "kid": enrolled.kid,
        "member": enrolled.member_uri,
        "index": enrolled.log_index,
        "sha256": enrolled.sha256.hex(),
        "origin": services.origin,
    }
    return Response(orjson.dumps(answer), 201, media_type=JSON)
