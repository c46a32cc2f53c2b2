"""`/tokens`: the tokens of one's organisation; a new one is shown once, on the page that answers its form."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.member import USUAL_SCOPES, Scope
from filiere_platform.domain.token_request import DAY, LONGEST_LIFE_DAYS, LONGEST_NAME, TokenRequest, read_days
from filiere_platform.usecases.tokens import GivenToken, give_token, take_token_back, token_as_json
from filiere_platform.web import session
from filiere_platform.web.acting import acting, own_member
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _TokensPages(frame)
    routes.get("/tokens")(frame.shown(pages.show))
    routes.post("/tokens/give")(session.posting(frame.shown(pages.give), most=LARGEST_FORM))
    routes.post("/tokens/revoke")(session.posting(frame.shown(pages.revoke), most=LARGEST_FORM))


class _TokensPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit, *, given: GivenToken | None = None) -> Response:
        """The tokens, those in force first, the newest first."""
        member, now = own_member(visit), self._frame.services.clock()
        with self._frame.services.units.unit_of_work() as uow:
            tokens = [token_as_json(token, now=now) for token in uow.tokens.of_member(member.id)]
        tokens.sort(key=lambda token: token["created"] or "", reverse=True)
        tokens.sort(key=lambda token: token["state"] != "active")
        scopes = [scope for scope in Scope if member.is_sector_body or scope is not Scope.ADMINISTER]
        return self._frame.page(
            visit,
            "tokens.html",
            tokens=tokens,
            scopes=scopes,
            usual=USUAL_SCOPES,
            given=given,
            longest_name=LONGEST_NAME,
            longest_life=LONGEST_LIFE_DAYS,
        )

    def give(self, visit: Visit) -> Response:
        """Make a token; its text is in this answer and nowhere else."""
        member, doing = own_member(visit), acting(self._frame, visit)
        days = read_days(visit.form.get("days", ""))
        asked = TokenRequest(
            name=visit.form.get("name", ""),
            scopes=frozenset(scope for scope in Scope if f"scope-{scope.value}" in visit.form),
            expires_at=None if days is None else doing["now"] + days * DAY,
        )
        with self._frame.services.units.unit_of_work() as uow:
            given = give_token(uow, member, asked, by=None, **doing)
        return self.show(visit, given=given)

    def revoke(self, visit: Visit) -> Response:
        """Take a token back, for good."""
        member, doing = own_member(visit), acting(self._frame, visit)
        with self._frame.services.units.unit_of_work() as uow:
            take_token_back(uow, visit.form.get("prefix", "")[:20], member_id=member.id, **doing)
        return RedirectResponse("/tokens", 303)
