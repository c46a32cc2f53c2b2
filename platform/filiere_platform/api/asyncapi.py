"""`GET /api/v1/asyncapi.json`: what is sent and received on the broker, by webhooks and in streams, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Response

from filiere_platform.api.json_request import JSON
from filiere_platform.api.openapi import gives


def router(document: Mapping[str, Any]) -> APIRouter:
    """Build the route of the document; it is the same for everybody."""
    routes = APIRouter(prefix="/api/v1", tags=["instance"])
    body = orjson.dumps(document)

    @routes.get(
        "/asyncapi.json",
        summary="Describe what is delivered and taken in as messages (AsyncAPI 3.0)",
        responses={200: gives("The document", {JSON: {"type": "object"}})},
    )
    def read_document() -> Response:
        return Response(body, media_type=JSON, headers={"Cache-Control": "public, max-age=300"})

    return routes
