"""Who is asking, and how much they may send: read from a request before anything else is."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from filiere_platform.api.record_exchange import bare_media_type
from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.credential import Credential, Unauthenticated, principal_of_token, read_token
from filiere_platform.domain.look import Question
from filiere_platform.domain.looking import looking
from filiere_platform.domain.member import Directory, Member
from filiere_platform.domain.permissions import require
from filiere_platform.domain.principal import NOBODY, Principal
from filiere_platform.domain.routes import permission_of
from filiere_platform.domain.storage import StoreUnavailable
from filiere_schemas.problems import Problem, Refusal


def credential_of(request: Request) -> Credential:
    """Read the bearer token of a request. Source: RFC 6750, 2.1.

    Raises:
        Unauthenticated: there is none, or it is not a token of ours.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated([Problem(sentence=sentences.TOKEN_REFUSED)])
    return read_token(token.strip())


def principal_of(request: Request, services: Services) -> Principal:
    """Find who asks, with the current directory, and whether the route that was asked for is open to him.

    A credential that is presented and wrong is refused: nobody is shown less than they think they asked for.

    Raises:
        Unauthenticated: the credential is wrong, or there is none and the route needs one.
        Forbidden: whose it is may not use this route.
    """
    principal = NOBODY
    if "authorization" in request.headers:
        credential = credential_of(request)
        principal = _bearer(credential, services.directory.current(), services)
        note_use(credential, services)
    return _admitted(request, principal)


def member_of(request: Request, services: Services) -> Member:
    """Find the member for whom somebody asks; for routes that need a member.

    Raises:
        Unauthenticated, Forbidden: as `principal_of`; nobody's member is none.
    """
    principal = principal_of(request, services)
    if principal.member_id is None:
        raise Unauthenticated([Problem(sentence=sentences.TOKEN_REFUSED)])
    return services.directory.snapshot().members[principal.member_id]


async def admit_sender(request: Request, services: Services) -> Credential:
    """Turn away who may not send before anything of the body is read; capture decides again, under the lock.

    Costs some microseconds; only who would be turned away costs a look at the database.

    Raises:
        Unauthenticated, Forbidden: the credential does not allow to send.
    """
    credential = credential_of(request)
    snapshot = services.directory.loaded
    try:
        if snapshot is not None:
            _admitted(request, _bearer(credential, snapshot, services))
            if services.token_uses.is_old(credential.prefix, services.capture.clock()):
                await run_in_threadpool(note_use, credential, services)
            return credential
    except Refusal:
        pass  # by a snapshot that may be old
    await run_in_threadpool(principal_of, request, services)
    return credential


def note_use(credential: Credential, services: Services) -> None:
    """Write down that a token is in use, once in some minutes; that it cannot be written stops nobody."""
    now = services.capture.clock()
    if services.token_uses.is_due(credential.prefix, now):
        with suppress(StoreUnavailable), services.units.unit_of_work() as uow:
            uow.tokens.note_use(credential.prefix, now)


def viewer_of(request: Request, services: Services) -> Viewer:
    """Find who looks: a member by token, with the mandates in force for it, or anybody without a credential.

    Raises:
        Unauthenticated, Forbidden: as `principal_of`.
    """
    principal = principal_of(request, services)
    return looking(principal, question_of(request), now=services.capture.clock())


def asking(viewer: Viewer, parameters: Iterable[tuple[str, str]]) -> Viewer:
    """Add to what a viewer's look says what he asks in the body of his request."""
    if viewer.look is None:
        return viewer
    return viewer.asking([*viewer.look.question.parameters, *parameters])


def question_of(request: Request) -> Question:
    """Give what is asked, as it is written down where a mandate is needed to answer it."""
    route = f"{request.method} {request.scope['route'].path}"
    return Question.of(route, [*request.path_params.items(), *request.query_params.multi_items()])


def _bearer(credential: Credential, directory: Directory, services: Services) -> Principal:
    return principal_of_token(credential, directory, now=services.capture.clock())


def _admitted(request: Request, principal: Principal) -> Principal:
    # A lane goes past the router: its path has no parameters, and is the route's own.
    route = request.scope.get("route")
    needed = permission_of(request.method, request.scope["path"] if route is None else route.path)
    if needed is not None:
        require(principal, needed)
    return principal


async def read_body(request: Request, *, most: int) -> bytes:
    """Read a body of at most so many bytes; stops reading at the first byte too many.

    Raises:
        Refusal: code `body-too-large`.
    """
    too_large = Refusal([Problem(sentence=sentences.BODY_TOO_LARGE, values={"expected": most})])
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > most:
        raise too_large
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > most:
            raise too_large
    return bytes(received)


def media_type(request: Request, *accepted: str) -> str:
    """Give the media type of a body, without parameters.

    Raises:
        Refusal: code `unsupported-media-type`.
    """
    return bare_media_type(request.headers.get("content-type", ""), *accepted)
