"""`/api/v1/cases`: notices, certificates and orders between two members, which follow a state machine of the profile.

docs/cases.md says who may take which step, and what the log keeps of it.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from filiere_platform.api.access import member_of, principal_of
from filiere_platform.api.acting import acting
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.problems import language_of
from filiere_platform.api.services import Services
from filiere_platform.api.trace import LONGEST_OBJECT
from filiere_platform.domain.case import LONGEST_TEXT, LONGEST_VALUE, MOST_SUBJECTS, Case, CaseQuery, Said
from filiere_platform.usecases.case import Handling, Move, NewCase, case_of, move_case, open_case
from filiere_platform.usecases.case_view import MOST_LISTED, list_cases, machine_as_json, show_case
from filiere_schemas.sectors.machine import machine_of

LARGEST_BODY = 300_000  # bytes: a hundred objects at their longest
MOST_FIELDS = 40
LONGEST_NAME = 100
_HEADERS = {"Vary": "Accept-Language", "Cache-Control": "no-store"}
Uri = Annotated[str, StringConstraints(max_length=LONGEST_OBJECT)]
Name = Annotated[str, StringConstraints(max_length=LONGEST_NAME)]
Fields = Annotated[
    dict[Name, Annotated[str, StringConstraints(max_length=LONGEST_VALUE)]],
    Field(max_length=MOST_FIELDS, description="By the names of the machine's fields"),
]


class CaseWay(BaseModel):
    """A step that leads out of a state."""

    to: str
    title: str
    by: str | None = Field(description="sender or receiver; null: either")
    persons: list[str] = Field(description="Roles of which a person must be; none: a program may take it, too")
    fourEyes: bool = Field(description="One person proposes it, another approves")  # noqa: N815 - JSON
    asks: list[str] = Field(description="Fields that it needs")


class MachineAnswer(BaseModel):
    """A state machine of the sector's profile."""

    machine: str
    title: str = Field(description="In the language of Accept-Language")
    of: str = Field(description="notice, certificate or order")
    initial: str
    asks: list[str] = Field(description="Fields that opening a case needs")
    states: list[dict[str, Any]] = Field(description="Each with its title, whether it is final, its days")
    fields: list[dict[str, Any]] = Field(description="Each with its title, and its words or its pattern")
    transitions: list[dict[str, Any]]


class MachinesAnswer(BaseModel):
    """The state machines of the sector's profile."""

    sector: str
    version: str
    machines: list[MachineAnswer]


class CaseSummary(BaseModel):
    """A case in a list."""

    id: str
    machine: str
    title: str
    of: str
    profile: str = Field(
        description="The sector and the version whose machine it follows, as it was when it was opened"
    )
    side: str | None = Field(description="sender or receiver: which one is")
    sender: str
    receiver: str
    subjects: list[str]
    state: str
    stateTitle: str  # noqa: N815 - JSON
    number: int = Field(description="Of its last step, from 1; a step says which one its author has read")
    over: bool
    yours: bool = Field(description="Whether there is a step that is one's own")
    opened: str
    changed: str
    due: str | None = Field(description="When it has been in its state for as long as the profile wants")
    overdue: bool


class CasesAnswer(BaseModel):
    """What one sent or received, the newest first; `next` continues, as `after`."""

    cases: list[CaseSummary]
    next: str | None


class CaseAnswer(CaseSummary):
    """A case whole."""

    steps: list[dict[str, Any]] = Field(
        description="Each with what was said, its place in the log, and the document that `sha256` is of (RFC 8785)"
    )
    ways: list[CaseWay] = Field(description="The steps that are one's own now")
    fields: list[dict[str, Any]]
    proposal: dict[str, Any] | None = Field(description="What somebody of one's own proposed, for another to approve")


class OpenedCase(BaseModel):
    """What a case begins with."""

    model_config = ConfigDict(extra="forbid")

    machine: Name
    receiver: Uri = Field(description="An active member")
    subjects: list[Uri] = Field(default=[], max_length=MOST_SUBJECTS, description="Objects of which one may know")
    text: str = Field(max_length=LONGEST_TEXT)
    fields: Fields = {}


class CaseStep(BaseModel):
    """A step of a case."""

    model_config = ConfigDict(extra="forbid")

    to: Name
    number: int = Field(ge=1, description="Of the last step that one has read")
    text: str = Field("", max_length=LONGEST_TEXT)
    fields: Fields = {}
    approves: str = Field("", max_length=64, description="The sha256 of the proposal that one approves")


MODELS = (MachineAnswer, MachinesAnswer, CaseWay, CaseSummary, CasesAnswer, CaseAnswer, OpenedCase, CaseStep)


def router(services: Services) -> APIRouter:
    """Build the routes of cases."""
    routes = APIRouter(prefix="/api/v1/cases", tags=["cases"])

    @routes.get(
        "/machines",
        summary="List the state machines of the sector's profile",
        responses={200: gives("Each with its states, fields and steps", {JSON: ref(MachinesAnswer)})},
        openapi_extra=requires_token(),
    )
    def machines(request: Request) -> Response:
        member_of(request, services)
        reporting, language = services.reporting(), language_of(request)
        listed = [machine_as_json(machine_of(each), language) for each in reporting.machines.values()]
        return _answer({"sector": reporting.sector, "version": reporting.version, "machines": listed})

    @routes.get(
        "",
        summary="List the cases that one sent or received",
        responses={
            200: gives("The newest first", {JSON: ref(CasesAnswer)}),
            404: refuses("`after` is no case of one's own"),
        },
        openapi_extra=requires_token(),
    )
    def list_own(
        *,
        request: Request,
        open: Annotated[bool, Query(description="Those alone that are not over")] = False,  # noqa: A002
        after: Annotated[str | None, Query(max_length=40, description="The id of the last case that was read")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = MOST_LISTED,
    ) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            last = None if after is None else case_of(uow, after, member_id=member.id)
            query = CaseQuery(
                open_only=open, before=None if last is None else (last.opened_at, last.id), limit=limit + 1
            )
            found = list_cases(uow, member.id, services.directory.snapshot(), query, **_told(request, services))
        shown = found[:limit]
        return _answer({"cases": shown, "next": shown[-1]["id"] if len(found) > limit else None})

    @routes.get(
        "/{case_id}",
        summary="See a case: its steps, what was said, what is one's own to do",
        responses={200: gives("The case", {JSON: ref(CaseAnswer)}), 404: refuses("One has no such case")},
        openapi_extra=requires_token(),
    )
    def show(case_id: Annotated[str, Path(max_length=40)], request: Request) -> Response:
        member = member_of(request, services)
        with services.units.unit_of_work() as uow:
            return _shown(request, services, uow, case_of(uow, case_id, member_id=member.id), member.id)

    _add_steps(routes, services)
    return routes


def _add_steps(routes: APIRouter, services: Services) -> None:
    @routes.post(
        "",
        summary="Open a case with another member",
        status_code=201,
        responses={
            201: gives("The case, in its initial state", {JSON: ref(CaseAnswer)}),
            404: refuses("The profile has no such state machine"),
            409: refuses("Too many are not over"),
        },
        openapi_extra=takes({JSON: ref(OpenedCase)}),
    )
    async def open_one(request: Request) -> Response:
        await run_in_threadpool(member_of, request, services)
        asked = await read_json(request, OpenedCase, most=LARGEST_BODY)

        def keep() -> Response:
            doing = _doing(request, services)
            new = NewCase(
                machine=asked.machine,
                receiver=asked.receiver,
                subjects=asked.subjects,
                said=Said(asked.text, asked.fields),
            )
            with services.units.unit_of_work() as uow:
                reporting, named = services.reporting(), services.names_members
                opened = open_case(uow, doing, reporting, new, names_members=named)
                return _shown(request, services, uow, opened, doing.member_id, status=201)

        return await run_in_threadpool(keep)

    @routes.post(
        "/{case_id}/steps",
        summary="Take a step, propose one that asks for four eyes, or approve what was proposed",
        responses={
            200: gives("The case", {JSON: ref(CaseAnswer)}),
            403: refuses("The step is the other party's, or asks for a person"),
            404: refuses("One has no such case"),
            409: refuses("Somebody was here meanwhile, or the state does not lead there"),
        },
        openapi_extra=takes({JSON: ref(CaseStep)}),
    )
    async def step(case_id: Annotated[str, Path(max_length=40)], request: Request) -> Response:
        await run_in_threadpool(member_of, request, services)
        asked = await read_json(request, CaseStep, most=LARGEST_BODY)

        def keep() -> Response:
            doing = _doing(request, services)
            move = Move(to=asked.to, number=asked.number, said=Said(asked.text, asked.fields), approves=asked.approves)
            with services.units.unit_of_work() as uow:
                moved = move_case(uow, doing, case_id, move)
                return _shown(request, services, uow, moved, doing.member_id)

        return await run_in_threadpool(keep)


def _doing(request: Request, services: Services) -> Handling:
    by = principal_of(request, services)
    return Handling(member_id=member_of(request, services).id, by=by, **acting(request, services))


def _told(request: Request, services: Services) -> dict[str, Any]:
    return {"language": language_of(request), "now": services.capture.clock()}


def _shown(
    request: Request, services: Services, uow: Any, case: Case, member_id: int, *, status: int = 200
) -> Response:
    directory = services.directory.snapshot()
    return _answer(show_case(uow, case, directory, member_id, **_told(request, services)), status)


def _answer(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type=JSON, headers=_HEADERS)
