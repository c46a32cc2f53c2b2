"""The ASGI application: routers over the services that the composition root hands over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from filiere_platform.api import (
    access_requests,
    accounts,
    admin_applications,
    admin_instance,
    admin_members,
    applications,
    audit,
    balance,
    bundle,
    cases,
    chains,
    dead_letters,
    deliveries,
    delivery_stream,
    disclosures,
    epcis_capture,
    epcis_collection,
    epcis_discovery,
    epcis_events,
    epcis_jobs,
    epcis_queries,
    epcis_subscriptions,
    epcis_websocket,
    findings,
    instance,
    investigation,
    invitations,
    keys,
    log,
    looks,
    mandate_looks,
    mandates,
    master_data,
    openapi,
    problems,
    recalls,
    records,
    recovery,
    reports,
    sharing,
    state,
    supplier_invitations,
    supplier_scores,
    supplier_tables,
    supplier_tiers,
    suppliers,
    tokens,
    trace,
    trace_set,
    webhooks,
)
from filiere_platform.api.calling import Gate
from filiere_platform.api.lane import Application, lane_to
from filiere_platform.api.services import Services

# What says the form of what it takes and gives by models; a router stands before those that its routes would fall to.
_DESCRIBED = (
    records,
    access_requests,
    sharing,
    disclosures,
    epcis_jobs,
    epcis_queries,
    epcis_subscriptions,
    keys,
    chains,
    findings,
    audit,
    tokens,
    deliveries,
    dead_letters,
    delivery_stream,
    webhooks,
    supplier_tiers,
    supplier_tables,  # before the routes with an id in their place
    suppliers,
    supplier_scores,
    mandates,
    mandate_looks,
    looks,
    supplier_invitations,
    master_data,
    recalls,
    cases,
    applications,
    invitations,
    admin_applications,
    admin_members,
    admin_instance,
    investigation,
    reports,
    accounts,
    trace_set,
)
_ASKED = (
    epcis_discovery,
    epcis_capture,
    epcis_events,
    epcis_websocket,
    epcis_collection,
    trace,
    state,
    balance,
    bundle,
)


def create_app(
    services: Services,
    *,
    extra_routers: Sequence[APIRouter] = (),
    on_start: Callable[[], None] = lambda: None,
    on_stop: Callable[[], None] = lambda: None,
) -> FastAPI:
    """Build the application.

    Args:
        services: what the routers use.
        extra_routers: those that stand on their own: the log's files, health, metrics.
        on_start: run before the first request, such as starting threads.
        on_stop: run after the last one.
    """
    app = Application(
        title="Filière",
        version="1",
        summary="Shared traceability of an industrial sector: signed events in, verified traces out",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the ready-made page loads scripts from elsewhere; ours comes with the web pages
        redoc_url=None,
        lifespan=_lifespan(on_start, on_stop),
    )
    problems.install(app)
    models = [model for noun in (*_DESCRIBED, trace, recovery, log, instance) for model in noun.MODELS]
    openapi.install(app, models)
    _add_routes(app, [*(noun.router(services) for noun in (*_DESCRIBED, *_ASKED)), *extra_routers])
    app.state.end_streams = services.streams.end
    app.stop = Gate(services.callers, services.directory, services.metrics).stop
    app.lanes = {("POST", "/api/v1/records"): lane_to(records.sender(services))}
    return app


def _add_routes(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Add the routes of routers, which say their prefix and tags themselves; none has more of its own than that.

    A router that is included is searched twice for each request, and each of its routes is asked with a context of its
    own: with two hundred routes that takes longer than most answers.
    """
    for router in routers:
        app.router.routes.extend(router.routes)


def _lifespan(
    on_start: Callable[[], None], on_stop: Callable[[], None]
) -> Callable[[FastAPI], AbstractAsyncContextManager[Any]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        on_start()
        try:
            yield
        finally:
            on_stop()

    return lifespan
