"""`/guest/{secret}`: the door of a guest link; behind it the secret is in no address, no log and no `Referer`."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.guest_sentences import GUEST_SIGNED_IN
from filiere_platform.domain.principal import Actor
from filiere_platform.usecases.guests import enter, over
from filiere_platform.web import session
from filiere_platform.web.names import lot_address
from filiere_platform.web.visit import Frame, Visit
from filiere_schemas.problems import Problem


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the route."""
    routes.get("/guest/{secret}")(_unreferred(frame.shown(_Door(frame).enter)))


def _unreferred(show: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Let no page that is asked for from here learn this address, not even one of ours."""

    def route(request: Request) -> Response:
        response = show(request)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return route


class _Door:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def enter(self, visit: Visit) -> Response:
        """Let a guest in: a session of this one link, and on to what it shows."""
        if visit.principal.actor not in {Actor.NOBODY, Actor.GUEST}:
            raise Forbidden([Problem(sentence=GUEST_SIGNED_IN)])
        services = self._frame.services
        if services.session_secret is None:
            raise over()
        with services.units.unit_of_work() as uow:
            link = enter(uow, visit.request.path_params["secret"], now=visit.at)
            scope = uow.mandates.by_numbers([link.mandate])[link.mandate].scope
        objects = sorted(scope.objects)
        response = RedirectResponse(lot_address(objects[0]) if len(objects) == 1 else "/", 303)
        session.begin_guest(response, link, services.session_secret, now=visit.at, secure=services.is_secure)
        return response
