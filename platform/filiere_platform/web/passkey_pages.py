"""Passkeys: signing in with one, and those of one's account. The script fills a hidden field; the rest is a form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.person_sentences import FORM_NOT_OURS
from filiere_platform.usecases.passkeys import Passkeys
from filiere_platform.web import session
from filiere_platform.web.sign_in_pages import come_in, here_or_home
from filiere_platform.web.visit import Frame, Visit
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url

LARGEST_ANSWER = 16_384  # bytes: what an authenticator says of a new key; most say a thousand


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _PasskeyPages(frame)
    for path, page in (
        ("/sign-in/passkey", pages.sign_in),
        ("/account/passkey", pages.register),
        ("/account/passkey/remove", pages.remove),
    ):
        routes.post(path)(session.posting(frame.shown(page), most=LARGEST_ANSWER))


class _PasskeyPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def sign_in(self, visit: Visit) -> Response:
        """Take what an authenticator signed, and give a session."""
        came = self._passkeys().sign_in(
            _answer(visit),
            sealed=_sealed(visit),
            cookie=session.before(visit.request),
            address=visit.address,
            presented=session.person_cookie(visit.request),
            now=self._frame.services.clock(),
        )
        return come_in(self._frame, came, here_or_home(visit.form.get("next", "/")))

    def register(self, visit: Visit) -> Response:
        """Keep a passkey that was just made."""
        self._passkeys().register(
            visit.principal.actor_id,
            _answer(visit),
            sealed=_sealed(visit),
            name=visit.form.get("name", ""),
            password=visit.form.get("password", ""),
            cookie=session.person_cookie(visit.request),
            address=visit.address,
            now=self._frame.services.clock(),
        )
        return RedirectResponse("/account", 303)

    def remove(self, visit: Visit) -> Response:
        """Take a passkey away."""
        self._passkeys().remove(
            visit.principal.actor_id,
            visit.form.get("passkey", ""),
            visit.form.get("password", ""),
            address=visit.address,
            now=self._frame.services.clock(),
        )
        return RedirectResponse("/account", 303)

    def _passkeys(self) -> Passkeys:
        if self._frame.services.passkeys is None:
            raise Forbidden([Problem(sentence=FORM_NOT_OURS)])
        return self._frame.services.passkeys


def _answer(visit: Visit) -> Mapping[str, Any]:
    """What the script wrote; anything else is an answer that holds nowhere."""
    try:
        found = json.loads(visit.form.get("answer", ""))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _sealed(visit: Visit) -> bytes:
    try:
        return base64url.decode(visit.form.get("sealed", "").encode())
    except (ValueError, Refusal):
        return b""
