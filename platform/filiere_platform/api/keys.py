"""`/api/v1/keys`: a member enrols the key of a connector, replaces it by another, or ends it.

None of it needs an account: a one-time token and the key's own signature enrol, the keys' signatures do the rest.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, ValidationError

from filiere_platform.api.access import media_type, read_body
from filiere_platform.api.openapi import gives, ref, refuses, takes
from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.key_request import LONGEST_LABEL
from filiere_platform.usecases.keys import AdmittedKey, Registrar, WaitingKey, change_key, enrol_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.key_statements import REVOKE, ROTATE
from filiere_schemas.provenance.strict_json import strict_loads

JSON = "application/json"
LONGEST = {"token": 200, "proof": 10_000, "statement": 15_000, "label": LONGEST_LABEL}  # characters
LARGEST_BODY = 20_000  # bytes; whoever enrols has no account yet, so the door is narrow


Asked = TypeVar("Asked", bound=BaseModel)


class EnrolmentRequest(BaseModel):
    """A one-time token, and the compact JWS (typ `filiere-enrolment+jws`) by which the new key proves itself."""

    token: str = Field(max_length=LONGEST["token"])
    proof: str = Field(max_length=LONGEST["proof"])
    label: str = Field("", max_length=LONGEST["label"], description="Which connector holds the key, for people")


class KeyChangeRequest(BaseModel):
    """A compact JWS (typ `filiere-key+jws`) that a member's key has signed: its rotation, or its own revocation."""

    statement: str = Field(max_length=LONGEST["statement"])


class KeyAnswer(BaseModel):
    """A key that begins or ends, and the log entry that says so."""

    status: Literal["admitted"]
    kid: str = Field(description="RFC 7638 thumbprint")
    member: str
    index: int = Field(description="Log index of the entry, readable under /log/keys/")
    sha256: str
    origin: str = Field(description="Name of the log: the audience of everything that the key signs")


class WaitingKeyAnswer(BaseModel):
    """A key that waits for the registrar, whose own key is kept offline; the same request again says what became."""

    status: Literal["pending"]
    kid: str
    member: str
    origin: str


MODELS = (EnrolmentRequest, KeyChangeRequest, KeyAnswer, WaitingKeyAnswer)


def router(services: Services) -> APIRouter:
    """Build the routes of keys."""
    routes = APIRouter(prefix="/api/v1/keys", tags=["keys"])

    @routes.post(
        "",
        summary="Enrol a key",
        status_code=201,
        responses={
            201: gives("The key may sign from now on", {JSON: ref(KeyAnswer)}),
            202: gives("The key waits for the registrar; ask again later", {JSON: ref(WaitingKeyAnswer)}),
            400: refuses("The proof does not hold, or the request is malformed"),
            401: refuses("The one-time token is unknown, expired or used"),
            409: refuses("The key is registered already"),
        },
        openapi_extra=takes({JSON: ref(EnrolmentRequest)}, authenticated=False),
    )
    async def enrol(request: Request) -> Response:
        found = await _ask(request, EnrolmentRequest)
        return await run_in_threadpool(_enrol, services, found)

    def add_change(path: str, operation: str, summary: str) -> None:
        @routes.post(
            path,
            summary=summary,
            operation_id=f"{operation}_key",
            responses={
                200: gives("It is in force; the same statement again gives the same answer", {JSON: ref(KeyAnswer)}),
                400: refuses("The statement does not hold, or the request is malformed"),
                401: refuses("The signature does not hold"),
                403: refuses("It speaks for another member or log, or the member is suspended"),
                409: refuses("The history of the key does not allow it: the key has ended, or the new one is known"),
            },
            openapi_extra=takes({JSON: ref(KeyChangeRequest)}, authenticated=False),
        )
        async def change(request: Request) -> Response:
            found = await _ask(request, KeyChangeRequest)
            return await run_in_threadpool(_change, services, operation, found)

    add_change("/rotation", ROTATE, "Replace a key by another one; both have signed")
    add_change("/revocation", REVOKE, "End a key, by its own signature")
    return routes


async def _ask(request: Request, model: type[Asked]) -> Asked:
    media_type(request, JSON)
    return _read(await read_body(request, most=LARGEST_BODY), model)


def _read(body: bytes, model: type[Asked]) -> Asked:
    value = strict_loads(body)
    try:
        return model.model_validate(value if isinstance(value, dict) else {})
    except ValidationError as error:
        # What was found is not repeated: it may be the secret.
        names = [str(found["loc"][0]) for found in error.errors(include_input=False)]
        problems = [
            Problem(sentence=sentences.REQUEST_FIELD, pointer=f"/{name}", values={"name": name, "limit": LONGEST[name]})
            for name in names
        ]
        raise Refusal(problems) from None


def _enrol(services: Services, request: EnrolmentRequest) -> Response:
    with services.units.unit_of_work() as uow:
        found = enrol_key(
            uow,
            token=request.token,
            proof=request.proof.encode(),
            label=request.label,
            registrar=_registrar(services),
            origin=services.origin,
            now=services.capture.clock(),
        )
    if isinstance(found, WaitingKey):
        answer = {"status": "pending", "kid": found.kid, "member": found.member_uri, "origin": services.origin}
        return Response(orjson.dumps(answer), 202, media_type=JSON)
    return _answer(found, services.origin, status=201)


def _change(services: Services, operation: str, request: KeyChangeRequest) -> Response:
    with services.units.unit_of_work() as uow:
        found = change_key(
            uow,
            request.statement.encode(),
            operation=operation,
            registrar=_registrar(services).public,
            origin=services.origin,
            now=services.capture.clock(),
        )
    return _answer(found, services.origin, status=200)


def _registrar(services: Services) -> Registrar:
    registrar = services.registrar()
    if registrar is None:
        raise Refusal([Problem(sentence=sentences.REGISTRAR_OFFLINE)])
    return registrar


def _answer(key: AdmittedKey, origin: str, *, status: int) -> Response:
    answer = {
        "status": "admitted",
        "kid": key.kid,
        "member": key.member_uri,
        "index": key.log_index,
        "sha256": key.sha256.hex(),
        "origin": origin,
    }
    return Response(orjson.dumps(answer), status, media_type=JSON)
