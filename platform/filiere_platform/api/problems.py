"""Every error of the HTTP edge as a problem document; `statuses` says which status each has.

Source: RFC 9457 (problem details), RFC 9110 12.5.4 (Accept-Language), EPCIS 2.0, 8.2.8 (exception names).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from filiere_platform.api.statuses import (
    DEFINING_A_QUERY,
    EPCIS_TYPES,
    EPCIS_TYPES_BY_CODE,
    EPCIS_TYPES_OF_DEFINITIONS,
    STATUS_BY_CODE,
)
from filiere_platform.domain import sentences
from filiere_platform.domain.accept_language import preferred_language
from filiere_platform.domain.credential import Forbidden, Unauthenticated
from filiere_platform.domain.erasure import RecordErased
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.usecases.capture import AtomicRefusal
from filiere_schemas.problems import Language, Problem, Refusal, Sentence

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 2
MOST_ERRORS = 100  # problems listed in one answer; `errorCount` says how many there were

TITLES = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    410: "Gone",
    413: "Content too large",
    414: "URI too long",
    415: "Unsupported media type",
    429: "Too many requests",
    500: "Internal server error",
    501: "Not implemented",
    503: "Service unavailable",
}
BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<", "max_length": "≤", "min_length": "≥"}
EXPECTED_FORMS = {"int_parsing": "0, 1, 2, …", "int_parsing_size": "0, 1, 2, …"}
METHOD_NOT_ALLOWED = Sentence(
    "method-not-allowed",
    "Méthode {found} non prise en charge à cette adresse.",
    "Method {found} is not supported at this address.",
)
MALFORMED_REQUEST = Sentence(
    "malformed-request",
    "Requête mal formée : {reason}.",
    "Malformed request: {reason}.",
)


def language_of(request: Request) -> Language:
    """Choose the language of an answer; French where the client prefers neither."""
    return preferred_language(request.headers.get("accept-language", ""))


def status_of(problems: Sequence[Problem]) -> int:
    """Choose the HTTP status of one refused thing: that of its first error."""
    errors = [p for p in problems if p.level == "error"] or list(problems)
    return STATUS_BY_CODE.get(errors[0].code, 400) if errors else 400


def epcis_type(code: str, status: int, exceptions: Mapping[int, str] = EPCIS_TYPES) -> str:
    """Name the exception of the EPCIS binding that a code with its status stands for, at a place with its own."""
    exception = EPCIS_TYPES_BY_CODE.get(code) or exceptions.get(status, "ImplementationException")
    return f"epcisException:{exception}"


def told_later(error: Mapping[str, Any]) -> dict[str, Any]:
    """Lay out a problem that was found after its sender had gone, with the type and status that it would have had."""
    status = STATUS_BY_CODE.get(error["code"], 400)
    return {**error, "type": epcis_type(error["code"], status), "status": status}


def problem_document(
    problems: Sequence[Problem],
    *,
    language: Language,
    status: int,
    epcis: bool,
    exceptions: Mapping[int, str] = EPCIS_TYPES,
) -> dict[str, Any]:
    """Lay out a problem document.

    Args:
        problems: at least one; the first gives code and message of the whole.
        language: of `detail` and of each `message`; each error also carries both sentences.
        status: HTTP status, repeated in the document (RFC 9457, 3.1.2).
        epcis: whether `type` names an EPCIS exception.
        exceptions: by status, the EPCIS exceptions of this place.
    """
    first = problems[0]
    return {
        "type": epcis_type(first.code, status, exceptions) if epcis else f"urn:filiere:problem:{first.code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "detail": first.message(language),
        "code": first.code,
        "message": first.message(language),
        "errorCount": len(problems),
        "errors": [problem_as_json(p, language) for p in problems[:MOST_ERRORS]],
    }


def problem_as_json(problem: Problem, language: Language) -> dict[str, str | int]:
    """One problem with its place and its sentence in both languages."""
    return {
        "code": problem.code,
        "level": problem.level,
        "pointer": problem.pointer,
        **problem.place_in_xml,
        "message": problem.message(language),
        "fr": problem.message("fr"),
        "en": problem.message("en"),
    }


def respond(
    request: Request,
    problems: Sequence[Problem],
    status: int,
    *,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a problem document; `more` are members of its own (RFC 9457, 3.2), `headers` those of its place."""
    path = request.url.path
    document = problem_document(
        problems,
        language=language_of(request),
        status=status,
        epcis=path.startswith("/epcis"),
        exceptions=EPCIS_TYPES_OF_DEFINITIONS if (request.method, path) == DEFINING_A_QUERY else EPCIS_TYPES,
    )
    document |= more or {}
    headers = {"Content-Language": language_of(request), "Vary": "Accept-Language", **(headers or {})}
    if status == 401:  # noqa: PLR2004 - RFC 9110, 11.6.1
        headers["WWW-Authenticate"] = 'Bearer realm="filiere"'
    if status in {429, 503}:  # RFC 6585, 4; RFC 9110, 10.2.3
        headers["Retry-After"] = str(problems[0].values.get("seconds", RETRY_AFTER_SECONDS))
    return Response(orjson.dumps(document), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Make the application answer every error with a problem document."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)


async def _unauthenticated(request: Request, error: Any) -> Response:
    return respond(request, error.problems, 401)


async def _forbidden(request: Request, error: Any) -> Response:
    return respond(request, error.problems, 403)


async def _exists(request: Request, error: Any) -> Response:
    return respond(request, error.problems, 409)


async def _erased(request: Request, error: Any) -> Response:
    # What it said of itself goes with the answer: a reader is told what is gone, and by which signed statement.
    answer = dict(error.answer) or {"erasures": [error.mark.as_json()]}
    return respond(request, error.problems, 410, more=answer)


async def _refused(request: Request, error: Any) -> Response:
    return respond(request, error.problems, status_of(error.problems))


async def _atomically_refused(request: Request, error: Any) -> Response:
    problems = [p for outcome in error.outcomes for p in outcome.problems]
    return respond(request, problems, status_of(problems))


async def _unavailable(request: Request, error: Any) -> Response:
    log.warning("store_unavailable", extra={"reason": type(error.__cause__).__name__})
    values = {"seconds": RETRY_AFTER_SECONDS}
    return respond(request, [Problem(sentence=sentences.STORE_UNAVAILABLE, values=values)], 503)


async def _value_refused(request: Request, error: Any) -> Response:
    # Rows of ours that break a constraint are our fault; a value that no column can hold is the sender's.
    if error.constraint is not None:
        return await _failed(request, error)
    return respond(request, [Problem(sentence=sentences.VALUE_REFUSED)], 400)


async def _malformed(request: Request, error: Any) -> Response:
    return respond(request, [_parameter_problem(e) for e in error.errors()], 400)


async def _http_error(request: Request, error: Any) -> Response:
    response = respond(request, [_http_problem(request, error)], error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _failed(request: Request, error: Any) -> Response:
    log.error("request_failed", extra={"path": request.url.path}, exc_info=error)
    return respond(request, [Problem(sentence=sentences.INTERNAL_ERROR)], 500)


HANDLERS: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
    Unauthenticated: _unauthenticated,
    Forbidden: _forbidden,
    AlreadyExists: _exists,
    RecordErased: _erased,
    Refusal: _refused,
    AtomicRefusal: _atomically_refused,
    StoreUnavailable: _unavailable,
    RowsRefused: _value_refused,
    RequestValidationError: _malformed,
    HTTPException: _http_error,
    Exception: _failed,
}


def _parameter_problem(error: Any) -> Problem:
    found = "-" if error["type"] == "missing" else error.get("input")
    values = {"name": ".".join(str(part) for part in error["loc"][1:]), "found": found, "expected": _expected(error)}
    return Problem(sentence=sentences.QUERY_PARAMETER, values=values)


def _expected(error: Any) -> str:
    """Say what a parameter is to be in signs that both languages share; the framework's own words are English."""
    context = error.get("ctx", {})
    if "expected" in context:  # one of a list
        return str(context["expected"]).replace(" or ", ", ")
    bounds = [f"{sign} {context[name]}" for name, sign in BOUNDS.items() if name in context]
    return ", ".join(bounds) or EXPECTED_FORMS.get(error["type"], "…")


def _http_problem(request: Request, error: HTTPException) -> Problem:
    if error.status_code == 404:  # noqa: PLR2004 - RFC 9110, 15.5.5
        return Problem(sentence=sentences.NOT_FOUND, values={"what": request.url.path})
    if error.status_code == 405:  # noqa: PLR2004 - RFC 9110, 15.5.6
        return Problem(sentence=METHOD_NOT_ALLOWED, values={"found": request.method})
    return Problem(sentence=MALFORMED_REQUEST, values={"reason": error.detail})
