"""`/api/v1/keys`: a member enrols the key of a connector with a one-time token and the key's own signature."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.usecases.members import enrol_key
from filiere_schemas.problems import Problem, Refusal

LONGEST = 10_000  # characters; a proof of possession has about 900


class EnrolmentRequest(BaseModel):
    """A one-time token, and the compact JWS (typ `filiere-enrolment+jws`) by which the new key proves itself."""

    token: str = Field(max_length=200)
    proof: str = Field(max_length=LONGEST)


def router(services: Services) -> APIRouter:
    """Build the routes of keys."""
    routes = APIRouter(prefix="/api/v1/keys", tags=["keys"])

    @routes.post("", summary="Enrol a key", status_code=201)
    def enrol(request: EnrolmentRequest) -> Response:
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
        return Response(orjson.dumps(answer), 201, media_type="application/json")

    return routes
