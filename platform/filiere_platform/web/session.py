"""Signing in by token, the reader's language, and forms: what the pages remember of a reader, in two cookies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from filiere_platform.domain.accept_language import preferred_language
from filiere_platform.domain.credential import Unauthenticated, authenticate, read_token
from filiere_platform.domain.member import Scope
from filiere_platform.domain.permissions import require
from filiere_platform.domain.principal import NOBODY, Principal
from filiere_platform.domain.routes import permission_of
from filiere_platform.domain.sentences import TOKEN_REFUSED
from filiere_platform.domain.session import open_session, seal_session
from filiere_platform.usecases.directory import DirectoryCache
from filiere_schemas.problems import Language, Problem

SESSION_COOKIE = "filiere_session"
LANGUAGE_COOKIE = "filiere_lang"
YEAR_SECONDS = 31_536_000


class SessionServices(Protocol):
    """What a session needs of the composition root."""

    @property
    def directory(self) -> DirectoryCache:
        """The members, kept current."""

    @property
    def clock(self) -> Callable[[], int]:
        """Microseconds since 1970."""

    @property
    def session_secret(self) -> bytes | None:
        """What seals sessions."""

    @property
    def is_secure(self) -> bool:
        """Whether cookies travel over TLS alone."""


def language_of(request: Request) -> Language:
    """Choose the language: what the address says, else what was chosen before, else the browser's; French first."""
    for found in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if found == "fr":
            return "fr"
        if found == "en":
            return "en"
    return preferred_language(request.headers.get("accept-language", ""))


def remember_language(response: Response, language: Language, *, secure: bool) -> None:
    """Remember the language that a reader chose."""
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_SECONDS, httponly=True, samesite="lax", secure=secure)


def principal_of(request: Request, services: SessionServices) -> Principal:
    """Find who is signed in, if anybody is.

    Raises:
        Unauthenticated: the session is over, or was never ours: nobody is shown less than they think they asked for.
        Forbidden: the member is suspended.
    """
    sealed = request.cookies.get(SESSION_COOKIE)
    if sealed is None or services.session_secret is None:
        return NOBODY
    return open_session(sealed, services.directory.current(), secret=services.session_secret, now=services.clock())


def admit(request: Request, principal: Principal) -> None:
    """Let a principal use the route that was asked for.

    Raises:
        Unauthenticated, Forbidden: the route needs a right that he does not have.
    """
    needed = permission_of(request.method, request.scope["route"].path)
    if needed is not None:
        require(principal, needed)


def begin(response: Response, token: str, services: SessionServices, *, lifetime: int) -> None:
    """Sign in: the token is checked and forgotten, the cookie names it.

    Raises:
        Unauthenticated, Forbidden: the token does not allow reading.
    """
    secret = services.session_secret
    if secret is None:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    credential = read_token(token.strip())
    authenticate(credential, services.directory.current(), scope=Scope.READ, now=services.clock())
    sealed = seal_session(credential.prefix, secret=secret, now=services.clock())
    response.set_cookie(
        SESSION_COOKIE, sealed, max_age=lifetime, httponly=True, samesite="strict", secure=services.is_secure
    )


def end(response: Response, *, secure: bool) -> None:
    """Sign out."""
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict", secure=secure)


def posting(show: Callable[[Request], Response], *, most: int) -> Callable[[Request], Awaitable[Response]]:
    """Give a route that reads a small form from this very site, then shows a page.

    The origin is looked at although the cookie is `SameSite=Strict`: a form of another site could still sign a
    reader in as somebody else. Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet.
    """

    async def route(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                return Response(status_code=413)
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
            return Response(status_code=403)
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
        request.state.form = {name: values[0] for name, values in fields.items()}
        return await run_in_threadpool(show, request)

    return route


def form_of(request: Request) -> Mapping[str, str]:
    """The fields of the form that was posted; none for a request that posted nothing."""
    form: Mapping[str, str] = getattr(request.state, "form", {})
    return form
