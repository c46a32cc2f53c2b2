"""`GET /api/v1/state`: where objects are, at whom, in what, and whether they are blocked or recalled.

The answer is described in docs/state.md.
"""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import StringConstraints

from filiere_platform.api.access import viewer_of
from filiere_platform.api.openapi import accepts_token
from filiere_platform.api.services import Services
from filiere_platform.api.trace import LONGEST_OBJECT
from filiere_platform.api.trace_forms import answers
from filiere_platform.api.trace_models import StatesAnswer
from filiere_platform.usecases.state import MOST_OBJECTS, StateQuestion, read_at, states_of
from filiere_platform.usecases.trace import read_as_of

JSON = "application/json"


def router(services: Services) -> APIRouter:
    """Build the route of states."""
    routes = APIRouter(prefix="/api/v1/state", tags=["trace"])

    @routes.get(
        "",
        summary="Say the state of objects, now or at a time",
        openapi_extra=accepts_token(),
        **answers(StatesAnswer, "state"),
    )
    def state(
        *,
        request: Request,
        wanted: Annotated[
            list[Annotated[str, StringConstraints(max_length=LONGEST_OBJECT)]],
            Query(alias="object", max_length=MOST_OBJECTS, description="Any form of its URI; once for each object"),
        ],
        at: Annotated[str | None, Query(description="An RFC 3339 time; now where it is absent")] = None,
        as_of: Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")] = None,
    ) -> Response:
        viewer = viewer_of(request, services)
        instant = read_at(at, now=services.capture.clock())
        question = StateQuestion(objects=tuple(wanted), at=instant, as_of=read_as_of(as_of))
        with services.units.unit_of_work() as uow:
            answer = states_of(uow, viewer, question)
        return Response(orjson.dumps(answer), media_type=JSON)

    return routes
