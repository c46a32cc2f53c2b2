"""`POST /api/v1/trace`, and what is asked of several traces: common ancestors, differences, the presence of a member.

The answers are described in docs/sets.md.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from filiere_platform.api.access import asking, viewer_of
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import accepts_token, ref, takes
from filiere_platform.api.services import Services
from filiere_platform.api.trace import LONGEST_OBJECT
from filiere_platform.api.trace_forms import CsvDialect, Format, answers, described, form_of, respond
from filiere_platform.api.trace_models import AncestorsAnswer, PresenceAnswer, TraceDifferenceAnswer, TraceSetAnswer
from filiere_platform.domain.audience import Viewer
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.trace_forms import TraceForm
from filiere_platform.usecases.trace import MAX_DEPTH, MAX_NODES, TraceQuestion, Ways, read_as_of
from filiere_platform.usecases.trace_events import events_of_answer
from filiere_platform.usecases.trace_set import (
    MOST_ROOTS,
    SetQuestion,
    common_ancestors,
    find_presence,
    trace_difference,
    trace_set,
)

LARGEST_BODY = 1_200_000  # bytes: five hundred objects at their longest
Uri = Annotated[str, StringConstraints(max_length=LONGEST_OBJECT)]
AsOf = Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")]


class AskedSet(BaseModel):
    """Several objects, traced as one."""

    model_config = ConfigDict(extra="forbid")

    objects: list[Uri] = Field(min_length=1, max_length=MOST_ROOTS)
    direction: Ways = Ways.BOTH
    max_depth: int = Field(MAX_DEPTH, ge=0, le=1_000)
    max_nodes: int = Field(MAX_NODES, ge=1, le=100_000)
    as_of: str | None = None


class AskedAncestors(BaseModel):
    """Suspects, and objects that are known to be sound."""

    model_config = ConfigDict(extra="forbid")

    objects: list[Uri] = Field(min_length=1, max_length=MOST_ROOTS)
    sound: list[Uri] = Field(default=[], max_length=MOST_ROOTS)
    max_depth: int = Field(MAX_DEPTH, ge=0, le=1_000)
    max_nodes: int = Field(MAX_NODES, ge=1, le=100_000)
    as_of: str | None = None


MODELS = (AskedSet, AskedAncestors)


def router(services: Services) -> APIRouter:
    """Build the routes of questions over sets."""
    routes = APIRouter(prefix="/api/v1", tags=["trace"])
    _add_sets(routes, services)
    _add_comparisons(routes, services)
    return routes


def _add_sets(routes: APIRouter, services: Services) -> None:
    @routes.post(
        "/trace",
        summary="Trace several objects as one",
        response_class=Response,
        responses=described(TraceSetAnswer),
        openapi_extra=takes({JSON: ref(AskedSet)}, authenticated=False) | accepts_token(),
    )
    async def several(request: Request, wanted_form: Format = None, dialect: CsvDialect = Dialect.RFC4180) -> Response:
        viewer = await run_in_threadpool(viewer_of, request, services)
        asked = await read_json(request, AskedSet, most=LARGEST_BODY)
        form = form_of(request, wanted_form)
        viewer = asking(viewer, [("object", each) for each in asked.objects])
        return await run_in_threadpool(_several, services, viewer, asked, form, dialect)

    @routes.post(
        "/trace/ancestors",
        summary="Rank what several suspects have in common upstream",
        openapi_extra=takes({JSON: ref(AskedAncestors)}, authenticated=False) | accepts_token(),
        **answers(AncestorsAnswer, "sets"),
    )
    async def ancestors(request: Request) -> Response:
        viewer = await run_in_threadpool(viewer_of, request, services)
        asked = await read_json(request, AskedAncestors, most=LARGEST_BODY)
        viewer = asking(viewer, [("object", each) for each in (*asked.objects, *asked.sound)])
        return await run_in_threadpool(_ancestors, services, viewer, asked)


def _add_comparisons(routes: APIRouter, services: Services) -> None:
    @routes.get(
        "/trace/difference",
        summary="Say what changed between two traces, and by which events",
        openapi_extra=accepts_token(),
        **answers(TraceDifferenceAnswer, "sets"),
    )
    def changed(
        *,
        request: Request,
        wanted: Annotated[Uri, Query(alias="object", description="Any form of its URI")],
        other: Annotated[Uri | None, Query(alias="to_object", description="Another one; else the same")] = None,
        direction: Ways = Ways.BOTH,
        as_of: AsOf = None,
        to_as_of: AsOf = None,
    ) -> Response:
        viewer = viewer_of(request, services)
        before = TraceQuestion(object=wanted, ways=direction, as_of=read_as_of(as_of))
        after = TraceQuestion(object=other or wanted, ways=direction, as_of=read_as_of(to_as_of))
        with services.units.unit_of_work() as uow:
            answer = trace_difference(uow, viewer, before, after)
        return Response(orjson.dumps(answer), media_type=JSON)

    @routes.get(
        "/trace/presence",
        summary="Say whether a member is anywhere in an object's chain",
        openapi_extra=accepts_token(),
        **answers(PresenceAnswer, "sets"),
    )
    def presence(
        *,
        request: Request,
        wanted: Annotated[Uri, Query(alias="object", description="Any form of its URI")],
        member: Annotated[Uri, Query(description="The URI of a member, of a party, or of a site")],
        direction: Ways = Ways.BOTH,
        as_of: AsOf = None,
    ) -> Response:
        viewer = viewer_of(request, services)
        question = TraceQuestion(object=wanted, ways=direction, as_of=read_as_of(as_of))
        with services.units.unit_of_work() as uow:
            answer = find_presence(uow, viewer, question, member)
        return Response(orjson.dumps(answer), media_type=JSON)


def _several(services: Services, viewer: Viewer, asked: AskedSet, form: TraceForm, dialect: Dialect) -> Response:
    question = SetQuestion(
        objects=tuple(asked.objects),
        ways=asked.direction,
        max_depth=asked.max_depth,
        max_nodes=asked.max_nodes,
        as_of=read_as_of(asked.as_of),
    )
    with services.units.unit_of_work() as uow:
        answer = trace_set(uow, viewer, question, key=services.handle_key, names_members=services.names_members)
        events = partial(events_of_answer, uow, viewer, answer, now=services.capture.clock())
        return respond(answer, form, dialect, events)


def _ancestors(services: Services, viewer: Viewer, asked: AskedAncestors) -> Response:
    question = SetQuestion(
        objects=tuple(asked.objects),
        max_depth=asked.max_depth,
        max_nodes=asked.max_nodes,
        as_of=read_as_of(asked.as_of),
    )
    with services.units.unit_of_work() as uow:
        answer = common_ancestors(uow, viewer, question, asked.sound)
    return Response(orjson.dumps(answer), media_type=JSON)
