"""`/api/v1/master-data`: what members say of places, products and parties; written by each, read as it is shared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import principal_of
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import accepts_token, gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.api.supplier_asker import answer, asker_of
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.master_data import MODES, MasterDataEntry, MasterDataQuery, Said, read_sharing, term
from filiere_platform.usecases.master_data import (
    entry_as_json,
    find_master_data,
    put_master_data,
    read_master_data,
    remove_master_data,
    versions_of,
)
from filiere_platform.usecases.supplier_view import read_then
from filiere_platform.usecases.suppliers import Keeping
from filiere_schemas.epcis.limits import LONGEST_TEXT
from filiere_schemas.epcis.master_data import LARGEST_ELEMENT, MOST_ATTRIBUTES, MOST_CHILDREN, read_element
from filiere_schemas.identifiers.canonical import LONGEST_URI, canonical_key

LARGEST_BODY = 2 * LARGEST_ELEMENT  # bytes
LARGEST_PAGE = 500
ABSENT = "There is nothing of this id that you may know"


class AttributeDocument(BaseModel):
    """An attribute: its name, and what it is."""

    id: str = Field(max_length=LONGEST_URI, description="A full name, or one with the prefix cbvmda or gs1")
    attribute: str | int | float | dict[str, Any] = Field("", description="Text, number or nested object")


class MasterDataDocument(BaseModel):
    """What is said of one thing."""

    vocabulary: str = Field(max_length=LONGEST_URI, min_length=1, description="urn:epcglobal:epcis:vtype:…")
    id: str = Field(max_length=LONGEST_URI, min_length=1, description="The thing, in any form of its identifier")
    attributes: list[AttributeDocument] = Field([], max_length=MOST_ATTRIBUTES)
    children: list[str] = Field([], max_length=MOST_CHILDREN, description="What lies below it, for WD_ queries")
    sharing: str = Field(MODES[0].value, description="private: with nobody; sector: with every member; public")


class MasterDataAnswer(BaseModel):
    """What a member says of one thing."""

    entry: str = Field(description="The id of this entry")
    vocabulary: str
    key: str = Field(description="The canonical key of the thing")
    id: str | None = Field(None, description="As its member writes it; absent once it is removed")
    attributes: list[AttributeDocument] | None = None
    children: list[str] | None = None
    sharing: Literal["private", "sector", "public"] | None
    member: str = Field(description="Who says it")
    own: bool
    standing: Literal["own", "unclaimed", "proposal"] = Field(description="Whose the identifier is")
    version: int
    at: str
    removed: bool
    act: int | None = Field(description="The log index of the act that wrote it, to its member")


class MasterDataPage(BaseModel):
    """One page of master data."""

    entries: list[MasterDataAnswer]
    nextAfter: str | None = Field(description="`after` of the next page; null: this is the last")  # noqa: N815 - JSON


class MasterDataVersions(BaseModel):
    """Every version of one entry."""

    versions: list[MasterDataAnswer]


MODELS = (MasterDataDocument, MasterDataAnswer, MasterDataPage, MasterDataVersions)


def router(services: Services) -> APIRouter:
    """Build the routes of master data."""
    routes = APIRouter(prefix="/api/v1/master-data", tags=["master data"])

    @routes.get(
        "",
        summary="List what is said of things, one's own and what is shared",
        responses={200: gives("One page, by entry", {JSON: ref(MasterDataPage)})},
        openapi_extra=accepts_token(),
    )
    def list_entries(
        *,
        request: Request,
        vocabulary: Annotated[str, Query(max_length=LONGEST_URI, description="Only this vocabulary")] = "",
        object: Annotated[str, Query(max_length=LONGEST_URI, description="Only of this thing")] = "",  # noqa: A002 - the parameter's name everywhere
        attribute: Annotated[str, Query(max_length=LONGEST_URI, description="Only with this attribute")] = "",
        value: Annotated[str, Query(max_length=LONGEST_TEXT, description="Of that attribute")] = "",
        after: Annotated[str, Query(max_length=40)] = "",
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    ) -> Response:
        viewer = principal_of(request, services).viewer
        query = MasterDataQuery(
            vocabulary=vocabulary,
            key=canonical_key(object) if object else "",
            term=term(attribute, value or None) if attribute else b"",
            after=after,
            limit=limit,
        )
        parties = services.directory.current().parties
        with services.units.unit_of_work() as uow:
            page, following = find_master_data(uow, viewer, query, parties)
        shown = [_shown(services, each, viewer) for each in page]
        return answer({"entries": shown, "nextAfter": following})

    @routes.put(
        "",
        summary="Say what a thing is; that it was said already changes nothing",
        responses={
            200: gives("As it is kept", {JSON: ref(MasterDataAnswer)}),
            409: refuses("Your master data is being changed elsewhere at this moment"),
            429: refuses("Too many changes in a day"),
        },
        openapi_extra=takes({JSON: ref(MasterDataDocument)}),
    )
    async def put(request: Request) -> Response:
        asker = await run_in_threadpool(asker_of, request, services)
        asked = await read_json(request, MasterDataDocument, most=LARGEST_BODY)
        return await run_in_threadpool(_put, services, asker, asked)

    _add_one_entry(routes, services)
    return routes


def _add_one_entry(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/{entry_id}",
        summary="Read what is, or was, said of a thing",
        responses={200: gives("The entry", {JSON: ref(MasterDataAnswer)}), 404: refuses(ABSENT)},
        openapi_extra=accepts_token(),
    )
    def read(
        entry_id: str,
        request: Request,
        as_of: Annotated[str | None, Query(max_length=40, description="An instant with its zone, or a day")] = None,
    ) -> Response:
        viewer = principal_of(request, services).viewer
        parties, then = services.directory.current().parties, read_then(as_of)
        with services.units.unit_of_work() as uow:
            entry = read_master_data(uow, viewer, entry_id, parties, as_of=then)
        return answer(_shown(services, entry, viewer))

    @routes.delete(
        "/{entry_id}",
        summary="Say nothing more of a thing; its versions stay",
        status_code=204,
        responses={
            204: {"description": "It says nothing any more"},
            404: refuses(ABSENT),
            409: refuses("Your master data is being changed elsewhere at this moment"),
            429: refuses("Too many changes in a day"),
        },
        openapi_extra=requires_token(),
    )
    def remove(entry_id: str, request: Request) -> Response:
        asker = asker_of(request, services)
        with services.units.unit_of_work() as uow:
            remove_master_data(uow, asker, entry_id)
        return Response(status_code=204)

    @routes.get(
        "/{entry_id}/versions",
        summary="List every version of what one said of a thing, each with the act that the log holds of it",
        responses={
            200: gives("The newest first, also once it is removed", {JSON: ref(MasterDataVersions)}),
            404: refuses("You have said nothing of this id"),
        },
        openapi_extra=requires_token(),
    )
    def versions(entry_id: str, request: Request) -> Response:
        asker = asker_of(request, services)
        with services.units.unit_of_work() as uow:
            found = versions_of(uow, asker.member_id, entry_id)
        viewer = Viewer(member_id=asker.member_id)
        return answer({"versions": [_shown(services, each, viewer) for each in found]})


def _put(services: Services, asker: Keeping, asked: MasterDataDocument) -> Response:
    element = read_element(asked.vocabulary, asked.model_dump(mode="json"))
    said = Said(element=element, sharing=read_sharing(asked.sharing))
    with services.units.unit_of_work() as uow:
        entry = put_master_data(uow, asker, said, services.directory.current().parties)
    return answer(_shown(services, entry, Viewer(member_id=asker.member_id)))


def _shown(services: Services, entry: MasterDataEntry, viewer: Viewer) -> dict[str, Any]:
    directory = services.directory.snapshot()
    members = {each.id: each.uri for each in directory.members.values()}
    return entry_as_json(entry, viewer, directory.parties, members)
