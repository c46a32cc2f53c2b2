"""Signing in by token, the reader's language, and forms: what the pages remember of a reader, in two cookies."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from filiere_platform.domain.accept_language import preferred_language
from filiere_platform.domain.callers import Callers
from filiere_platform.domain.credential import Forbidden, Unauthenticated, authenticate, read_token
from filiere_platform.domain.guest_link import GuestLink, open_guest, seal_guest
from filiere_platform.domain.member import Scope
from filiere_platform.domain.oidc_flow import LIFETIME
from filiere_platform.domain.passkey import CHALLENGE_LIFETIME
from filiere_platform.domain.permissions import require
from filiere_platform.domain.person_sentences import FORM_NOT_OURS
from filiere_platform.domain.person_session import ABSOLUTE_LIMIT, form_mark, is_form_mark
from filiere_platform.domain.principal import NOBODY, Actor, Principal
from filiere_platform.domain.routes import permission_of
from filiere_platform.domain.sentences import TOKEN_REFUSED
from filiere_platform.domain.session import open_session, seal_session
from filiere_platform.usecases.directory import DirectoryCache
from filiere_platform.usecases.guests import guest_of, over
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.sign_in import principal_of_session
from filiere_schemas.problems import Language, Problem

SESSION_COOKIE = "filiere_session"
# The prefix binds a cookie to this very host, over TLS. Source: RFC 6265bis, 4.1.3.2.
PERSON_COOKIES = ("__Host-filiere_person", "filiere_person")
GUEST_COOKIE = "filiere_guest"
BEFORE_COOKIES = ("__Host-filiere_before", "filiere_before")
FLOW_COOKIES = ("__Host-filiere_flow", "filiere_flow")
LANGUAGE_COOKIE = "filiere_lang"
MOST_FIELDS = 20  # of a form
YEAR_SECONDS = 31_536_000


class SessionServices(Protocol):
    """What a session needs of the composition root."""

    @property
    def units(self) -> UnitsOfWork:
        """Where sessions of people are kept."""

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
    def callers(self) -> Callers:
        """Whose sessions count for whom."""

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
    if services.session_secret is None:
        return NOBODY
    name = person_cookie(request)
    if name:
        directory = services.directory.current()
        with services.units.unit_of_work() as uow:
            principal = principal_of_session(uow, name, directory, now=services.clock())
        return _recognised(name, principal or NOBODY, services)
    sealed = request.cookies.get(SESSION_COOKIE)
    if sealed is None:
        return _guest(request, services)
    bearer = open_session(sealed, services.directory.current(), secret=services.session_secret, now=services.clock())
    return _recognised(sealed, bearer, services)


def _guest(request: Request, services: SessionServices) -> Principal:
    sealed = request.cookies.get(GUEST_COOKIE)
    if sealed is None or services.session_secret is None:
        return NOBODY
    now = services.clock()
    opened = open_guest(sealed, secret=services.session_secret, now=now)
    if opened is None:
        raise over()
    with services.units.unit_of_work() as uow:
        return guest_of(uow, opened[0], opened[1], now=now)


def _recognised(cookie: str, principal: Principal, services: SessionServices) -> Principal:
    """From now on requests with this cookie count for whom it is, and not for their address."""
    if principal.actor is not Actor.NOBODY:
        services.callers.recognise(cookie, f"{principal.actor}:{principal.actor_id}")
    return principal


def presented(request: Request) -> str:
    """The cookie of whatever session was presented; empty where none is."""
    return person_cookie(request) or request.cookies.get(SESSION_COOKIE, "")


def person_cookie(request: Request) -> str:
    """The name of a person's session, as presented; empty where none is."""
    return next((request.cookies[name] for name in PERSON_COOKIES if request.cookies.get(name)), "")


def begin_person(response: Response, name: str, *, secure: bool) -> None:
    """Let a browser present a person's session from now on, and nothing else."""
    end(response, secure=secure)
    lasts = ABSOLUTE_LIMIT // 1_000_000
    cookie = PERSON_COOKIES[0 if secure else 1]
    response.set_cookie(cookie, name, max_age=lasts, httponly=True, samesite="strict", secure=secure)


def begin_guest(response: Response, link: GuestLink, secret: bytes, *, now: int, secure: bool) -> None:
    """Let a browser present a guest's session until its link ends.

    `Lax`, since a guest comes from a page or a mail of others, and reads without changing anything.
    """
    lasts = max(1, (link.ends_at - now) // 1_000_000)
    sealed = seal_guest(link, secret=secret)
    response.set_cookie(GUEST_COOKIE, sealed, max_age=lasts, httponly=True, samesite="lax", secure=secure)


def before(request: Request) -> str:
    """What a browser is known by before it signs in, as presented; empty where nothing is."""
    return next((request.cookies[name] for name in BEFORE_COOKIES if request.cookies.get(name)), "")


def know_before(response: Response, name: str, *, secure: bool) -> None:
    """Know a browser again that is about to sign in, for as long as a challenge holds.

    Lax: it comes along when another site's page leads here, as an identity provider's does.
    """
    lasts = CHALLENGE_LIFETIME // 1_000_000
    cookie = BEFORE_COOKIES[0 if secure else 1]
    response.set_cookie(cookie, name, max_age=lasts, httponly=True, samesite="lax", secure=secure)


def flow(request: Request) -> str:
    """What left with the browser to an identity provider, as it comes back; empty where nothing did."""
    return next((request.cookies[name] for name in FLOW_COOKIES if request.cookies.get(name)), "")


def keep_flow(response: Response, sealed: str, *, secure: bool) -> None:
    """Have a browser bring something back from an identity provider; Lax, as `know_before`."""
    lasts = LIFETIME // 1_000_000
    cookie = FLOW_COOKIES[0 if secure else 1]
    response.set_cookie(cookie, sealed, max_age=lasts, httponly=True, samesite="lax", secure=secure)


def forget_flow(response: Response, *, secure: bool) -> None:
    """Have a browser bring nothing back any more."""
    response.delete_cookie(FLOW_COOKIES[0 if secure else 1], httponly=True, samesite="lax", secure=secure)


def mark_of(request: Request) -> str:
    """The mark that forms of this browser's session carry; empty where it has none."""
    cookie = presented(request)
    return form_mark(cookie) if cookie else ""


def require_mark(request: Request, form: Mapping[str, str]) -> None:
    """Take a form of a session only if a page of that very session made it.

    Raises:
        Forbidden: code `form-not-ours`.
    """
    cookie = presented(request)
    if request.method == "POST" and cookie and not is_form_mark(form.get("mark", ""), cookie):
        raise Forbidden([Problem(sentence=FORM_NOT_OURS)])


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
    end(response, secure=services.is_secure)
    sealed = seal_session(credential.prefix, secret=secret, now=services.clock())
    response.set_cookie(
        SESSION_COOKIE, sealed, max_age=lifetime, httponly=True, samesite="strict", secure=services.is_secure
    )


def end(response: Response, *, secure: bool) -> None:
    """Sign out."""
    for name in (SESSION_COOKIE, GUEST_COOKIE, *PERSON_COOKIES):
        over_tls = secure or name.startswith("__Host-")  # a browser ignores such a name without it
        response.delete_cookie(name, httponly=True, samesite="strict", secure=over_tls)


def posting(show: Callable[[Request], Response], *, most: int) -> Callable[[Request], Awaitable[Response]]:
    """Give a route that reads a small form from this very site, then shows a page."""

    async def route(request: Request) -> Response:
        body = await body_of(request, most=most)
        if isinstance(body, Response):
            return body
        try:
            fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=MOST_FIELDS)
        except ValueError:
            return Response(status_code=400)
        request.state.form = {name: values[0] for name, values in fields.items()}
        return await run_in_threadpool(show, request)

    return route


async def body_of(request: Request, *, most: int) -> bytes | Response:
    """Read what was posted from this very site, or give the answer that refuses it; `most` in bytes.

    The origin is looked at although the cookie is `SameSite=Strict`: a form of another site could still sign a
    reader in as somebody else. Source: OWASP Cross-Site Request Forgery Prevention Cheat Sheet.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return Response(status_code=413)
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        return Response(status_code=403)
    return bytes(body)


def form_of(request: Request) -> Mapping[str, str]:
    """The fields of the form that was posted; none for a request that posted nothing."""
    form: Mapping[str, str] = getattr(request.state, "form", {})
    return form
