"""`/people`: who acts for one's organisation, and for its administrators who does what."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.person import read_roles
from filiere_platform.domain.principal import Role
from filiere_platform.domain.sentences import NOT_FOUND, TOKEN_REFUSED
from filiere_platform.usecases.people import (
    Administration,
    Invitation,
    forget_factors,
    give_link,
    invite_person,
    list_people,
    resume_person,
    set_roles,
    suspend_person,
)
from filiere_platform.web import session
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

CHANGES = {"suspend": suspend_person, "resume": resume_person, "forget-app": forget_factors}


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _PeoplePages(frame)
    routes.get("/people")(frame.shown(pages.show))
    routes.post("/people/invite")(session.posting(frame.shown(pages.invite), most=LARGEST_FORM))
    routes.post("/people/change")(session.posting(frame.shown(pages.change), most=LARGEST_FORM))


class _PeoplePages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit, *, made: Invitation | None = None) -> Response:
        """The people of one's organisation."""
        member_id = visit.principal.member_id or 0
        with self._frame.services.units.unit_of_work() as uow:
            people = list_people(uow, visit.principal, member_id)
        address = None
        if made is not None:
            address = f"{self._frame.services.base_url}/join?t={made.secret}"
        manages = may(visit.principal, Permission.PERSON_MANAGE)
        return self._frame.page(
            visit, "people.html", people=people, roles=list(Role), manages=manages, address=address, made=made
        )

    def invite(self, visit: Visit) -> Response:
        """Make an account; the page shows its one-time link, this once."""
        form, doing = visit.form, self._doing(visit)
        if visit.member is None:
            raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
        with self._frame.services.units.unit_of_work() as uow:
            login, name = form.get("login", ""), form.get("name", "")
            made = invite_person(uow, doing, visit.member, login=login, name=name, roles=_roles(visit))
        return self.show(visit, made=made)

    def change(self, visit: Visit) -> Response:
        """Give somebody other roles or another link, let somebody in no more, or in again."""
        person_id, wanted = visit.form.get("person", ""), visit.form.get("change", "")
        doing = self._doing(visit)
        made = None
        with self._frame.services.units.unit_of_work() as uow:
            if wanted == "roles":
                set_roles(uow, doing, person_id, _roles(visit))
            elif wanted == "link":
                made = give_link(uow, doing, person_id)
            elif wanted in CHANGES:
                CHANGES[wanted](uow, doing, person_id)
            else:
                raise Refusal([Problem(sentence=NOT_FOUND, values={"what": wanted[:20]})])
        return RedirectResponse("/people", 303) if made is None else self.show(visit, made=made)

    def _doing(self, visit: Visit) -> Administration:
        signer = self._frame.services.act_signer()
        if signer is None:  # nobody is signed in on such a machine
            raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
        return Administration(by=visit.principal, signer=signer, now=self._frame.services.clock())


def _roles(visit: Visit) -> frozenset[Role]:
    return read_roles(name.removeprefix("role-") for name in visit.form if name.startswith("role-"))
