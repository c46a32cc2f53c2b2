"""`/account`: one's own password, app, recovery codes and sessions."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.person_sentences import FORM_NOT_OURS
from filiere_platform.domain.totp import app_address, new_secret, secret_text
from filiere_platform.usecases.sign_in import end_own_sessions, own_account
from filiere_platform.web import session
from filiere_platform.web.sign_in_pages import as_form, door_of
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _AccountPages(frame)
    routes.get("/account")(frame.shown(pages.show))
    for path, page in (
        ("/account/password", pages.change_password),
        ("/account/app", pages.add_app),
        ("/account/app/remove", pages.remove_app),
        ("/account/sessions", pages.end_sessions),
    ):
        routes.post(path)(session.posting(frame.shown(page), most=LARGEST_FORM))


class _AccountPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """Who one is here, and what opens the account."""
        return self._show(visit, new_secret())

    def change_password(self, visit: Visit) -> Response:
        """Change the password; the other sessions end."""
        door_of(self._frame).change_password(
            visit.principal.actor_id,
            visit.form.get("old", ""),
            visit.form.get("new", ""),
            session=session.person_cookie(visit.request),
            address=visit.address,
            now=self._frame.services.clock(),
        )
        return _back()

    def add_app(self, visit: Visit) -> Response:
        """Take the first code of an app, and show the recovery codes, this once."""
        door, who = door_of(self._frame), visit.principal.actor_id
        try:
            secret = door.unseal(base64url.decode(visit.form.get("sealed", "").encode()), who)
        except (ValueError, Refusal):
            secret = None
        if secret is None:  # a form that somebody else's page made, or nobody's
            raise Forbidden([Problem(sentence=FORM_NOT_OURS)])
        codes = door.add_app(
            who,
            secret,
            visit.form.get("code", ""),
            visit.form.get("password", ""),
            address=visit.address,
            now=self._frame.services.clock(),
        )
        return self._frame.page(visit, "recovery-codes.html", codes=codes)

    def remove_app(self, visit: Visit) -> Response:
        """Ask for the password alone again."""
        door_of(self._frame).remove_app(
            visit.principal.actor_id,
            visit.form.get("password", ""),
            address=visit.address,
            now=self._frame.services.clock(),
        )
        return _back()

    def end_sessions(self, visit: Visit) -> Response:
        """End one session, or all but this one."""
        with self._frame.services.units.unit_of_work() as uow:
            mine = session.person_cookie(visit.request)
            end_own_sessions(uow, visit.principal.actor_id, but=mine, short=visit.form.get("session"))
        return _back()

    def _show(self, visit: Visit, secret: bytes) -> Response:
        with self._frame.services.units.unit_of_work() as uow:
            mine = session.person_cookie(visit.request)
            account = own_account(uow, visit.principal.actor_id, session=mine, now=self._frame.services.clock())
            passkeys = uow.passkeys.of_person(account.person.id)
        provider = self._frame.services.provider
        asked = None
        if self._frame.services.passkeys is not None:
            asked = self._frame.services.passkeys.ask_for_new(
                account.person.id, account.person.login, cookie=mine, now=self._frame.services.clock()
            )
        return self._frame.page(
            visit,
            "account.html",
            account=account,
            is_linked=provider is not None and provider.is_linked(account.person.id),
            passkeys=passkeys,
            passkey=None if asked is None else as_form(asked),
            runs_script=asked is not None,
            secret=secret_text(secret),
            app_address=app_address(secret, login=account.person.login, instance=self._frame.services.name),
            sealed=base64url.encode(door_of(self._frame).seal(secret, account.person.id)).decode("ascii"),
        )


def _back() -> Response:
    return RedirectResponse("/account", 303)
