"""`GET /api/v1/bundle`: what proves an object's history, in one file for `filiere-verify` (docs/verify.md)."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from filiere_platform.api.access import viewer_of
from filiere_platform.api.openapi import accepts_token, gives, refuses
from filiere_platform.api.services import Services
from filiere_platform.api.trace import LONGEST_OBJECT
from filiere_platform.usecases.bundle import bundle_object
from filiere_platform.usecases.trace import TraceQuestion, Ways, read_as_of
from filiere_schemas.provenance.bundle import write_bundle

ZIP = "application/zip"


def router(services: Services) -> APIRouter:
    """Build the route of bundles."""
    routes = APIRouter(prefix="/api/v1/bundle", tags=["trace"])

    @routes.get(
        "",
        summary="Download what proves an object's history",
        response_class=Response,
        responses={
            200: gives("The bundle", {ZIP: {"type": "string", "format": "binary"}}),
            404: refuses(
                "Nobody ever mentioned the object, or not to the asker; or he sees of it nothing that can be proved"
            ),
            503: refuses("A record is not under the signed head yet: the publisher is a moment behind"),
        },
        openapi_extra=accepts_token(),
    )
    def read(
        *,
        request: Request,
        wanted: Annotated[str, Query(alias="object", max_length=LONGEST_OBJECT, description="Any form of its URI")],
        direction: Ways = Ways.BOTH,
        as_of: Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")] = None,
    ) -> Response:
        viewer = viewer_of(request, services)
        question = TraceQuestion(object=wanted, ways=direction, as_of=read_as_of(as_of))
        with services.units.unit_of_work() as uow:
            made = bundle_object(uow, viewer, services.files, question, origin=services.origin, trust=services.trust())
        name = hashlib.sha256(made.object.encode()).hexdigest()[:12]
        headers = {"Content-Disposition": f'attachment; filename="lot-{name}.zip"', "Cache-Control": "no-store"}
        return Response(write_bundle(made), media_type=ZIP, headers=headers)

    return routes
