"""Who is asking, and how much they may send: read from a request before anything else is."""

from __future__ import annotations

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.audience import ANYBODY, Viewer
from filiere_platform.domain.credential import Credential, Unauthenticated, authenticate, read_token
from filiere_platform.domain.member import Member, Scope
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


def member_of(request: Request, services: Services, scope: Scope) -> Member:
    """Find the member who asks, with the current directory.

    Raises:
        Unauthenticated, Forbidden: the credential does not allow it.
    """
    credential = credential_of(request)
    now = services.capture.clock()
    return authenticate(credential, services.directory.current(), scope=scope, now=now)


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
            authenticate(credential, snapshot, scope=Scope.CAPTURE, now=services.capture.clock())
            return credential
    except Refusal:
        pass  # by a snapshot that may be old
    await run_in_threadpool(member_of, request, services, Scope.CAPTURE)
    return credential


def viewer_of(request: Request, services: Services) -> Viewer:
    """Find who looks: a member by token, or anybody where no credential is presented.

    A credential that is presented and wrong is refused: nobody is shown less than they think they asked for.

    Raises:
        Unauthenticated, Forbidden: the presented credential does not allow reading.
    """
    if "authorization" not in request.headers:
        return ANYBODY
    return Viewer(member_id=member_of(request, services, Scope.READ).id)


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
    found = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if found not in accepted:
        values = {"found": found, "expected": ", ".join(accepted)}
        raise Refusal([Problem(sentence=sentences.UNSUPPORTED_MEDIA_TYPE, values=values)])
    return found
