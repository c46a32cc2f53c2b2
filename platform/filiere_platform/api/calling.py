"""Who calls too often is told so before anything else is done: one place for every address, also for those to come.

Source: RFC 6585, 4 (429); RFC 9110, 10.2.3 (Retry-After).
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable
from html import escape

from fastapi import Request, Response
from starlette.types import Scope

from filiere_platform.api.handshake import as_request
from filiere_platform.api.metrics import Metrics
from filiere_platform.api.problems import language_of, respond
from filiere_platform.domain.attempts import TooMany
from filiere_platform.domain.callers import Callers
from filiere_platform.domain.credential import Unauthenticated, read_token
from filiere_platform.usecases.directory import DirectoryCache

# Constant, and asked whether the process lives: an answer of 429 would have a healthy process started again.
UNCOUNTED = frozenset({"/healthz"})
SESSION_COOKIE = re.compile(rb"(?:^|;)\s*(?:__Host-filiere_person|filiere_person|filiere_session)=\"?([^;\"\s]+)")
POLICY = "default-src 'none'; frame-ancestors 'none'"
TOO_MANY = 429

Clock = Callable[[], int]


def steady_clock() -> int:
    """Microseconds of a clock that nobody sets."""
    return time.monotonic_ns() // 1_000


class Gate:
    """Lets a request pass, or answers it."""

    def __init__(
        self, callers: Callers, directory: DirectoryCache, metrics: Metrics, *, clock: Clock = steady_clock
    ) -> None:
        self._callers = callers
        self._directory = directory
        self._metrics = metrics
        self._clock = clock

    def stop(self, scope: Scope) -> Response | None:
        """Count a request; gives the answer to one too many."""
        if scope["path"] in UNCOUNTED:
            return None
        bearer = cookie = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                bearer = value
            elif name == b"cookie" and not cookie:
                cookie = value
        try:
            prefix = self._proven(bearer) if bearer else None
            if prefix is not None:
                self._callers.take_token(prefix, now=self._clock())
            else:
                found = SESSION_COOKIE.search(cookie) if cookie else None
                named = "" if found is None else found[1].decode("latin-1")
                client = scope.get("client")
                self._callers.take_visit(named, "" if client is None else client[0], now=self._clock())
        except TooMany as refused:
            self._metrics.slowed()
            return _answer(as_request(scope), refused)
        return None

    def _proven(self, bearer: bytes) -> str | None:
        """Give the prefix of a token of ours, in force or not; None for what only looks like one."""
        directory = self._directory.loaded
        scheme, _, text = bearer.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            credential = read_token(text.strip())
        except Unauthenticated:
            return None
        # A token that was made a moment ago counts for its address until the first look at the directory.
        kept = None if directory is None else directory.tokens.get(credential.prefix)
        if kept is None or not hmac.compare_digest(kept.sha256, credential.sha256):
            return None
        return credential.prefix


def _answer(request: Request, refused: TooMany) -> Response:
    if "text/html" not in request.headers.get("accept", ""):
        return respond(request, refused.problems, TOO_MANY)
    language = language_of(request)
    said = escape(refused.problems[0].message(language))
    page = f'<!doctype html>\n<html lang="{language}"><title>{said}</title><p>{said}</p></html>\n'
    headers = {"Content-Security-Policy": POLICY, "Retry-After": str(refused.problems[0].values["seconds"])}
    return Response(page, TOO_MANY, media_type="text/html; charset=utf-8", headers=headers)
