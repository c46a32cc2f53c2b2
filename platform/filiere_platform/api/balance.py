"""`GET /api/v1/balance`: whether what came in is what went out, of lots, and of a site in a period; and dilution.

The answers are described in docs/balance.md.
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
from filiere_platform.api.trace_models import BalanceAnswer, DilutionAnswer
from filiere_platform.usecases.balance import (
    MOST_OBJECTS,
    SiteQuestion,
    balance_objects,
    balance_site,
    dilute_object,
    read_instant,
    refused,
)
from filiere_platform.usecases.trace import read_as_of

JSON = "application/json"
AsOf = Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")]
Uri = Annotated[str, StringConstraints(max_length=LONGEST_OBJECT)]


def router(services: Services) -> APIRouter:
    """Build the routes of balances."""
    routes = APIRouter(prefix="/api/v1/balance", tags=["trace"])

    @routes.get(
        "",
        summary="Balance lots, or a site in a period",
        openapi_extra=accepts_token(),
        **answers(BalanceAnswer, "balance"),
    )
    def balance(
        *,
        request: Request,
        wanted: Annotated[
            list[Uri] | None,
            Query(alias="object", max_length=MOST_OBJECTS, description="Any form of its URI; once for each object"),
        ] = None,
        site: Annotated[Uri | None, Query(description="Any form of the site's URI, instead of objects")] = None,
        start: Annotated[str | None, Query(alias="from", description="From this RFC 3339 time on")] = None,
        stop: Annotated[str | None, Query(alias="to", description="Before this RFC 3339 time")] = None,
        unit: Annotated[str | None, Query(max_length=3, description="UN/ECE Recommendation 20")] = None,
        as_of: AsOf = None,
    ) -> Response:
        viewer, known, rules = viewer_of(request, services), read_as_of(as_of), services.balance_rules
        if site is None:
            objects = wanted or []
            with services.units.unit_of_work() as uow:
                answer = balance_objects(uow, viewer, objects, rules=rules, unit=unit, as_of=known)
            return Response(orjson.dumps(answer), media_type=JSON)
        if wanted or start is None or stop is None:
            raise refused("site", site, "site, from, to | object")
        question = SiteQuestion(
            site=site,
            start=read_instant("from", start),
            stop=read_instant("to", stop),
            unit=unit or "KGM",
            as_of=known,
        )
        with services.units.unit_of_work() as uow:
            answer = balance_site(uow, viewer, question, rules=rules)
        return Response(orjson.dumps(answer), media_type=JSON)

    @routes.get(
        "/dilution",
        summary="Say what part of each lot downstream comes from a suspect one",
        openapi_extra=accepts_token(),
        **answers(DilutionAnswer, "balance"),
    )
    def dilution(
        *,
        request: Request,
        wanted: Annotated[Uri, Query(alias="object", description="Any form of its URI")],
        as_of: AsOf = None,
    ) -> Response:
        viewer, known = viewer_of(request, services), read_as_of(as_of)
        with services.units.unit_of_work() as uow:
            answer = dilute_object(uow, viewer, wanted, rules=services.balance_rules, as_of=known)
        return Response(orjson.dumps(answer), media_type=JSON)

    return routes
