"""`/api/v1/applications`: what somebody who is not a member yet sends to become one; and the charter, to accept."""

from __future__ import annotations

from typing import Literal

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import member_of
from filiere_platform.api.acting import Acting, acting
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.application import LONGEST, MOST_IDENTIFIERS, Charter
from filiere_platform.domain.member import Member
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.usecases.admission import accept_charter, apply
from filiere_schemas.problems import Problem, Refusal

LARGEST_BODY = 20_000  # bytes


class CharterAnswer(BaseModel):
    """A version of the charter; its text lies with the sector body."""

    version: str = Field(max_length=LONGEST["version"])
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Of the text's bytes")


class CharterInForce(CharterAnswer):
    """The version in force, and what the sector body may do by it."""

    mandates: bool = Field(description="Whether the sector body may give mandates over whoever accepts it")


class NewApplication(BaseModel):
    """Who asks to become a member."""

    uri: str = Field(
        max_length=LONGEST["uri"], description="Global identifier: urn:filiere:party:siret:..., a GLN, ..."
    )
    name: str = Field(min_length=1, max_length=LONGEST["name"])
    contact: str = Field(min_length=1, max_length=LONGEST["contact"], description="How to reach you; never in the log")
    message: str = Field("", max_length=LONGEST["message"])
    identifiers: list[str] = Field(
        [],
        max_length=MOST_IDENTIFIERS,
        description="Parties, sites, product numbers as URIs; company prefixes as digits",
    )
    charter: CharterAnswer | None = Field(None, description="The version in force, which you have read and accept")


class ApplicationAnswer(BaseModel):
    """An application that waits for the sector body."""

    id: str
    state: Literal["pending"]


class AcceptedCharters(BaseModel):
    """Versions that an organisation has accepted."""

    charters: list[CharterAnswer]


MODELS = (CharterAnswer, CharterInForce, AcceptedCharters, NewApplication, ApplicationAnswer)


def router(services: Services) -> APIRouter:
    """Build the routes of applications and of the charter."""
    routes = APIRouter(prefix="/api/v1", tags=["admission"])

    @routes.post(
        "/applications",
        summary="Apply for membership",
        status_code=202,
        responses={
            202: gives("It waits for the sector body, who writes to your contact", {JSON: ref(ApplicationAnswer)}),
            400: refuses("A field is malformed, or another charter is in force"),
            429: refuses("Too many applications wait"),
        },
        openapi_extra=takes({JSON: ref(NewApplication)}, authenticated=False),
    )
    async def ask(request: Request) -> Response:
        asked = await read_json(request, NewApplication, most=LARGEST_BODY)
        return await run_in_threadpool(_apply, services, asked)

    @routes.get(
        "/charter",
        summary="Read which version of the charter is in force",
        responses={
            200: gives("Version and digest", {JSON: ref(CharterInForce)}),
            404: refuses("The sector body has published none"),
        },
    )
    def charter() -> Response:
        with services.units.unit_of_work() as uow:
            found = uow.admission.charter()
        if found is None:
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": "charter"})])
        answer = {"version": found.version, "sha256": found.sha256.hex(), "mandates": found.allows_mandates}
        return Response(orjson.dumps(answer), media_type=JSON)

    @routes.post(
        "/charter/acceptance",
        summary="Accept the version of the charter that is in force, for one's own organisation",
        responses={
            200: gives("What the organisation has accepted; again, nothing changes", {JSON: ref(AcceptedCharters)}),
            400: refuses("Another version is in force"),
            404: refuses("The sector body has published none"),
        },
        openapi_extra=takes({JSON: ref(CharterAnswer)}),
    )
    async def accept(request: Request) -> Response:
        member = await run_in_threadpool(member_of, request, services)
        doing = await run_in_threadpool(acting, request, services)
        asked = await read_json(request, CharterAnswer, most=LARGEST_BODY)
        return await run_in_threadpool(_accept, services, member, asked, doing)

    return routes


def _accept(services: Services, member: Member, asked: CharterAnswer, doing: Acting) -> Response:
    charter = Charter(version=asked.version, sha256=bytes.fromhex(asked.sha256))
    with services.units.unit_of_work() as uow:
        accept_charter(uow, member, charter, **doing)
        accepted = uow.admission.accepted(member.id)
    told = [{"version": each.version, "sha256": each.sha256.hex()} for each in accepted]
    return Response(orjson.dumps({"charters": told}), media_type=JSON)


def _apply(services: Services, asked: NewApplication) -> Response:
    charter = asked.charter
    with services.units.unit_of_work() as uow:
        kept = apply(
            uow,
            uri=asked.uri,
            name=asked.name,
            contact=asked.contact,
            message=asked.message,
            identifiers=tuple(asked.identifiers),
            charter=None if charter is None else Charter(version=charter.version, sha256=bytes.fromhex(charter.sha256)),
            now=services.capture.clock(),
        )
    return Response(orjson.dumps({"id": kept.id, "state": "pending"}), 202, media_type=JSON)
