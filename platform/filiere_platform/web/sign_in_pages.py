"""`/sign-in`, `/sign-in/code`, `/join`, `/sign-out`: how somebody comes in and goes."""

from __future__ import annotations

import json
import secrets
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.person_session import Stage
from filiere_platform.domain.sentences import TOKEN_REFUSED
from filiere_platform.domain.session import LIFETIME_SECONDS
from filiere_platform.usecases.passkeys import Asked
from filiere_platform.usecases.sign_in import Door, SignedIn, end_session
from filiere_platform.web import session
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem
from filiere_schemas.provenance import base64url


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _SignInPages(frame)
    routes.get("/sign-in")(frame.shown(pages.form))
    routes.post("/sign-in")(session.posting(frame.shown(pages.sign_in), most=LARGEST_FORM))
    routes.get("/sign-in/code")(frame.shown(pages.code_form))
    routes.post("/sign-in/code")(session.posting(frame.shown(pages.code), most=LARGEST_FORM))
    routes.get("/join")(frame.shown(pages.join_form))
    routes.post("/join")(session.posting(frame.shown(pages.join), most=LARGEST_FORM))
    routes.post("/sign-out")(session.posting(frame.shown(pages.sign_out, to_whoever=True), most=LARGEST_FORM))


def here_or_home(text: str) -> str:
    r"""Give an address of this very site to go on to; the first page for anything else.

    A browser takes `//host`, `/\\host` and what a tab or a line break stands before for addresses elsewhere.
    Source: WHATWG URL, 4.4; OWASP Unvalidated Redirects and Forwards Cheat Sheet.
    """
    is_plain = text.isascii() and text.isprintable() and "\\" not in text
    if not is_plain or not text.startswith("/") or text.startswith("//"):
        return "/"
    parts = urlsplit(text)
    return "/" if parts.scheme or parts.netloc else text


def door_of(frame: Frame) -> Door:
    """Give what lets people in.

    Raises:
        Unauthenticated: nobody can sign in on this machine.
    """
    if frame.services.door is None:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    return frame.services.door


def come_in(frame: Frame, came: SignedIn, following: str) -> Response:
    """Hand a session to the browser and lead on: to the second factor, or to where it was to lead."""
    if came.session.stage is Stage.HALF:
        onward = "" if following == "/" else f"?{urlencode({'next': following})}"
        response = RedirectResponse(f"/sign-in/code{onward}", 303)
    else:
        response = RedirectResponse(following, 303)
    session.begin_person(response, came.name, secure=frame.services.is_secure)
    return response


def as_form(asked: Asked) -> dict[str, str]:
    """Lay out what is asked of an authenticator, for a form and its script."""
    sealed = base64url.encode(asked.sealed).decode("ascii")
    return {"options": json.dumps(asked.options), "sealed": sealed}


class _SignInPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def form(self, visit: Visit) -> Response:
        """The forms: address and password, or a token."""
        services = self._frame.services
        known = session.before(visit.request) or secrets.token_urlsafe(32)
        asked = None
        if services.passkeys is not None:
            asked = services.passkeys.ask_to_sign_in(cookie=known, now=services.clock())
        response = self._frame.page(
            visit,
            "sign-in.html",
            runs_script=asked is not None,
            next=here_or_home(visit.request.query_params.get("next", "/")),
            passkey=None if asked is None else as_form(asked),
        )
        session.know_before(response, known, secure=services.is_secure)
        return response

    def sign_in(self, visit: Visit) -> Response:
        """Take a token, or an address and a password, and give a session."""
        services = self._frame.services
        following = here_or_home(visit.form.get("next", "/"))
        if "login" not in visit.form:
            response = RedirectResponse(following, 303)
            session.begin(response, visit.form.get("token", ""), services, lifetime=LIFETIME_SECONDS)
            return response
        came = door_of(self._frame).try_password(
            visit.form["login"],
            visit.form.get("password", ""),
            address=visit.address,
            presented=session.person_cookie(visit.request),
            now=services.clock(),
        )
        return come_in(self._frame, came, following)

    def code_form(self, visit: Visit) -> Response:
        """The form of the second factor."""
        following = here_or_home(visit.request.query_params.get("next", "/"))
        return self._frame.page(visit, "sign-in-code.html", next=following)

    def code(self, visit: Visit) -> Response:
        """Take an app's code, or a recovery code."""
        came = door_of(self._frame).try_code(
            session.person_cookie(visit.request),
            visit.form.get("code", ""),
            address=visit.address,
            now=self._frame.services.clock(),
        )
        return come_in(self._frame, came, here_or_home(visit.form.get("next", "/")))

    def join_form(self, visit: Visit) -> Response:
        """The form of a one-time link: for whom it is, and a password to choose."""
        link = visit.request.query_params.get("t", "")
        person = door_of(self._frame).invited(link, now=self._frame.services.clock())
        return self._frame.page(visit, "join.html", person=person, link=link)

    def join(self, visit: Visit) -> Response:
        """Take the password that was chosen."""
        now = self._frame.services.clock()
        door = door_of(self._frame)
        door.join(visit.form.get("t", ""), visit.form.get("password", ""), address=visit.address, now=now)
        return RedirectResponse("/sign-in", 303)

    def sign_out(self, visit: Visit) -> Response:
        """End the session, here and in the database."""
        with self._frame.services.units.unit_of_work() as uow:
            end_session(uow, session.person_cookie(visit.request))
        response = RedirectResponse("/", 303)
        session.end(response, secure=self._frame.services.is_secure)
        return response
