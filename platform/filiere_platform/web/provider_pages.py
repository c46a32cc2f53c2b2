"""Signing in through an identity provider, and linking one's account there.

A session's cookie is `SameSite=Strict`: a browser sends it with nothing that another site began, redirects included.
What comes back from the provider is answered by a page of ours that leads on by itself.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.person_session import Stage
from filiere_platform.domain.provider_sentences import PROVIDER_REFUSED
from filiere_platform.usecases.provider_sign_in import Leaving, ProviderDoor
from filiere_platform.web import session
from filiere_platform.web.sign_in_pages import here_or_home
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url

ANSWERS = ("code", "state", "iss", "error")
LONGEST_ANSWER = 4_096  # characters of one of them


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _ProviderPages(frame)
    routes.get("/sign-in/provider")(frame.shown(pages.leave))
    routes.get("/sign-in/provider/back")(frame.shown(pages.come_back))
    routes.post("/account/provider")(session.posting(frame.shown(pages.link), most=LARGEST_FORM))
    routes.post("/account/provider/remove")(session.posting(frame.shown(pages.unlink), most=LARGEST_FORM))


class _ProviderPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def leave(self, visit: Visit) -> Response:
        """Go to the provider to sign in."""
        following = here_or_home(visit.request.query_params.get("next", "/"))
        known = session.before(visit.request) or secrets.token_urlsafe(32)
        leaving = self._door().leave(following=following, cookie=known, now=self._frame.services.clock())
        response = RedirectResponse(leaving.address, 303)
        self._take_along(response, leaving, known)
        return response

    def link(self, visit: Visit) -> Response:
        """Go to the provider to link one's account; a form's answer may not lead elsewhere, so a page does."""
        known = session.before(visit.request) or secrets.token_urlsafe(32)
        leaving = self._door().leave_to_link(
            visit.principal.actor_id,
            visit.form.get("password", ""),
            cookie=known,
            address=visit.address,
            now=self._frame.services.clock(),
        )
        response = self._onward(visit, leaving.address)
        self._take_along(response, leaving, known)
        return response

    def come_back(self, visit: Visit) -> Response:
        """Take the provider's answer."""
        returned = self._door().come_back(
            _sealed(visit),
            {
                name: visit.request.query_params[name][:LONGEST_ANSWER]
                for name in ANSWERS
                if name in visit.request.query_params
            },
            cookie=session.before(visit.request),
            address=visit.address,
            presented=session.person_cookie(visit.request),
            now=self._frame.services.clock(),
        )
        following = returned.following
        is_half = returned.came is not None and returned.came.session.stage is Stage.HALF
        response = self._onward(visit, f"/sign-in/code?{urlencode({'next': following})}" if is_half else following)
        if returned.came is not None:
            session.begin_person(response, returned.came.name, secure=self._frame.services.is_secure)
        session.forget_flow(response, secure=self._frame.services.is_secure)
        return response

    def unlink(self, visit: Visit) -> Response:
        """Take the link away."""
        self._door().unlink(
            visit.principal.actor_id,
            visit.form.get("password", ""),
            address=visit.address,
            now=self._frame.services.clock(),
        )
        return RedirectResponse("/account", 303)

    def _onward(self, visit: Visit, address: str) -> Response:
        return self._frame.page(visit, "onward.html", address=address)

    def _take_along(self, response: Response, leaving: Leaving, known: str) -> None:
        secure = self._frame.services.is_secure
        session.know_before(response, known, secure=secure)
        session.keep_flow(response, base64url.encode(leaving.sealed).decode("ascii"), secure=secure)

    def _door(self) -> ProviderDoor:
        if self._frame.services.provider is None:
            raise Unauthenticated([Problem(sentence=PROVIDER_REFUSED)])
        return self._frame.services.provider


def _sealed(visit: Visit) -> bytes:
    try:
        return base64url.decode(session.flow(visit.request).encode())
    except (ValueError, Refusal):
        return b""
