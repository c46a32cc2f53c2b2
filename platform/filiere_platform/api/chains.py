"""`GET /api/v1/keys/{kid}/chain`: what the instance holds of a key's chain, for the key's own member."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.openapi import gives, ref, refuses, requires_token
from filiere_platform.api.services import Services
from filiere_platform.usecases.chain_reading import read_chain

JSON = "application/json"


class ChainRun(BaseModel):
    """Records of a key without a gap between them."""

    firstSeq: int  # noqa: N815 - JSON
    lastSeq: int  # noqa: N815 - JSON
    firstPrev: str = Field(description="What the first one names as the record before it, hexadecimal")  # noqa: N815 - JSON
    lastSha256: str = Field(description="Digest of the last one")  # noqa: N815 - JSON
    firstIndex: int = Field(description="Log index of the first one, of its refusal or of its void")  # noqa: N815 - JSON
    lastIndex: int  # noqa: N815 - JSON


class ChainPlaces(BaseModel):
    """Numbers of a key's chain, both ends included."""

    firstSeq: int  # noqa: N815 - JSON
    lastSeq: int  # noqa: N815 - JSON


class ChainAnswer(BaseModel):
    """A key's chain, as far as the log was followed."""

    kid: str
    readTo: int = Field(description="Log index below which every record was followed")  # noqa: N815 - JSON
    runs: list[ChainRun]
    missing: list[ChainPlaces]
    forks: list[ChainPlaces]
    isWhole: bool = Field(description="Whether every run is listed; else the first ones are")  # noqa: N815 - JSON


MODELS = (ChainAnswer,)


def router(services: Services) -> APIRouter:
    """Build the route of chains."""
    routes = APIRouter(prefix="/api/v1/keys", tags=["keys"])

    @routes.get(
        "/{kid}/chain",
        summary="Read what the instance holds of the chain of one's own key",
        responses={
            200: gives("The runs of the chain, and what is missing between them", {JSON: ref(ChainAnswer)}),
            401: refuses("A chain is its member's business: a token is needed"),
            404: refuses("There is no such key, or it is another member's"),
        },
        openapi_extra=requires_token(),
    )
    def read(kid: str, request: Request) -> Response:
        member = member_of(request, services)
        key = services.directory.current().keys.get(kid)
        with services.units.unit_of_work() as uow:
            answer = read_chain(uow, kid, is_own=key is not None and key.member_id == member.id)
        return Response(orjson.dumps(answer), media_type=JSON)

    return routes
