"""A lane past the framework for the one endpoint that the sector's whole stream goes through.

Between a parsed request and its function the framework has a dozen layers, each for endpoints that declare something;
a capture declares nothing, and they cost as much as all that it does in the event loop. The route stays: it
describes the endpoint in the OpenAPI document, and runs the same function. What is kept of the layers is what answers
errors. Measured in docs/decisions/0008-capture-path.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Request, Response
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from filiere_platform.api.problems import HANDLERS

Endpoint = Callable[[Request], Awaitable[Response]]


class Application(FastAPI):
    """The application; `lanes` are endpoints by method and path that requests reach directly.

    `stop` answers who calls too often; whoever builds an application says who that is.
    """

    lanes: Mapping[tuple[str, str], ASGIApp] = {}
    stop: Callable[[Scope], ASGIApp | None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or run the lifespan."""
        stopped = None if scope["type"] == "lifespan" else self.stop(scope)
        if stopped is not None:
            await stopped(scope, receive, send)
            return
        if scope["type"] == "http":
            lane = self.lanes.get((scope["method"], scope["path"]))
            if lane is not None:
                await lane(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def lane_to(endpoint: Endpoint) -> ASGIApp:
    """Build the lane to an endpoint; errors are answered as everywhere else."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        response = await endpoint(Request(scope, receive, send))
        await response(scope, receive, send)

    expected = {kind: handler for kind, handler in HANDLERS.items() if kind is not Exception}
    return ServerErrorMiddleware(ExceptionMiddleware(answer, handlers=expected), handler=HANDLERS[Exception])
