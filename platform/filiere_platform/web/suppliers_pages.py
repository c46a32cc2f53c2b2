"""`/suppliers`: one's own register of partners; a partner with its certificates, deliveries, history; its changes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.supplier import Decision, KeptPartner, Relation
from filiere_platform.domain.supplier_document import read_partner, write_partner
from filiere_platform.domain.supplier_invitation import mail_text
from filiere_platform.domain.supplier_table import write_table
from filiere_platform.usecases.supplier_invitations import invite_partner, newest_invitation
from filiere_platform.usecases.supplier_scorecard import USUAL_DAYS, Scorecard, score_partner
from filiere_platform.usecases.supplier_scores import scorecard_as_json, scorecard_as_table
from filiere_platform.usecases.supplier_view import (
    chosen,
    day_of,
    known_members,
    partner_as_json,
    read_then,
    summary_as_json,
    version_as_json,
)
from filiere_platform.usecases.suppliers import (
    Keeping,
    add_partner,
    change_partner,
    find_partner,
    history_of,
    remove_partner,
)
from filiere_platform.web import session
from filiere_platform.web.acting import acting, own_member
from filiere_platform.web.supplier_forms import changed_by, new_partner
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit

LARGEST_ENTRY = 30_000  # bytes of a form: notes are the longest that it holds
MOST_SHOWN = 500  # partners of one page; the filter finds the others
LONGEST_FILTER = 200
CSV = "text/csv; charset=utf-8"


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _SuppliersPages(frame)
    routes.get("/suppliers")(frame.shown(pages.show))
    routes.get("/suppliers.csv")(frame.shown(pages.as_table))
    routes.post("/suppliers/add")(session.posting(frame.shown(pages.add), most=LARGEST_ENTRY))
    routes.get("/suppliers/{partner_id}")(frame.shown(pages.partner))
    routes.get("/suppliers/{partner_id}/scorecard.csv")(frame.shown(pages.scorecard))
    routes.post("/suppliers/{partner_id}/invite")(session.posting(frame.shown(pages.invite), most=LARGEST_FORM))
    routes.post("/suppliers/{partner_id}/change")(session.posting(frame.shown(pages.change), most=LARGEST_ENTRY))


class _SuppliersPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit) -> Response:
        """The register, as it is or as it stood."""
        member, services, asked = own_member(visit), self._frame.services, visit.request.query_params
        then = read_then(asked.get("as_of", "")[:LONGEST_FILTER])
        day = day_of(services.clock() if then is None else then)
        relation = asked.get("relation", "")
        wanted = Relation(relation) if relation in set(Relation) else None
        text = asked.get("q", "")[:LONGEST_FILTER]
        with services.units.unit_of_work() as uow:
            found = chosen(uow.suppliers.of(member.id).partners(as_of=then), relation=wanted, text=text)
            known = known_members(uow, services.directory.snapshot(), names_members=services.names_members)
        return self._frame.page(
            visit,
            "suppliers.html",
            partners=[summary_as_json(kept, known, day) for kept in found[:MOST_SHOWN]],
            more=len(found) - MOST_SHOWN,
            relations=list(Relation),
            relation=relation,
            text=text,
            then=None if then is None else day.isoformat(),
            manages=may(visit.principal, Permission.SUPPLIER_MANAGE),
        )

    def as_table(self, visit: Visit) -> Response:
        """The register as a table."""
        member = own_member(visit)
        with self._frame.services.units.unit_of_work() as uow:
            partners = [kept.partner for kept in uow.suppliers.of(member.id).partners()]
        return _file(write_table(partners, visit.words.language), "suppliers.csv")

    def add(self, visit: Visit) -> Response:
        """Put a partner into the register."""
        partner = read_partner(new_partner(visit.form))
        with self._frame.services.units.unit_of_work() as uow:
            kept = add_partner(uow, self._keeping(visit), partner)
        return RedirectResponse(f"/suppliers/{kept.id}", 303)

    def invite(self, visit: Visit) -> Response:
        """Invite a partner to apply; the page shows the mail with its link, this once."""
        partner_id, keeping, services = visit.request.path_params["partner_id"][:40], self._keeping(visit), self._frame
        with services.services.units.unit_of_work() as uow:
            given = invite_partner(uow, keeping, partner_id)
        mail = mail_text(
            visit.words.language,
            member=own_member(visit).name,
            instance=self._frame.services.name,
            link=f"{self._frame.services.base_url}/invited?t={given.secret}",
            until=visit.words.day(day_of(given.invitation.expires_at).isoformat()),
        )
        return self.partner(visit, mail=mail)

    def partner(self, visit: Visit, *, mail: str = "") -> Response:
        """Everything about a partner."""
        member, services = own_member(visit), self._frame.services
        partner_id, day = visit.request.path_params["partner_id"][:40], day_of(services.clock())
        with services.units.unit_of_work() as uow:
            kept = find_partner(uow, member.id, partner_id)
            known = known_members(uow, services.directory.snapshot(), names_members=services.names_members)
            versions = history_of(uow, member.id, partner_id)
            card = self._card(uow, visit, kept)
            invitation = newest_invitation(uow, member.id, partner_id, now=services.clock())
        return self._frame.page(
            visit,
            "supplier.html",
            invitation=invitation,
            mail=mail,
            partner=partner_as_json(kept, known, day),
            card=scorecard_as_json(card),
            versions=[version_as_json(version) for version in versions],
            relations=list(Relation),
            decisions=list(Decision),
            manages=may(visit.principal, Permission.SUPPLIER_MANAGE),
        )

    def scorecard(self, visit: Visit) -> Response:
        """The deliveries of the last twelve months as a table."""
        member = own_member(visit)
        with self._frame.services.units.unit_of_work() as uow:
            kept = find_partner(uow, member.id, visit.request.path_params["partner_id"][:40])
            card = self._card(uow, visit, kept)
        return _file(scorecard_as_table(card, visit.words.language), "scorecard.csv")

    def change(self, visit: Visit) -> Response:
        """Change one part of a partner, or take it out of the register."""
        partner_id, keeping = visit.request.path_params["partner_id"][:40], self._keeping(visit)
        version = _number(visit.form.get("version", ""))
        with self._frame.services.units.unit_of_work() as uow:
            if visit.form.get("part") == "remove":
                remove_partner(uow, keeping, partner_id, version=version)
                return RedirectResponse("/suppliers", 303)
            kept = find_partner(uow, keeping.member_id, partner_id)
            partner = read_partner(changed_by(visit.form, write_partner(kept.partner)))
            change_partner(uow, keeping, partner_id, partner, version=version)
        return RedirectResponse(f"/suppliers/{partner_id}", 303)

    def _card(self, uow: Any, visit: Visit, kept: KeptPartner) -> Scorecard:
        services = self._frame.services
        now, directory = services.clock(), services.directory.snapshot()
        last = day_of(now)
        first = last - timedelta(days=USUAL_DAYS)
        return score_partner(uow, own_member(visit), kept, directory, first=first, last=last, now=now)

    def _keeping(self, visit: Visit) -> Keeping:
        return Keeping(member_id=own_member(visit).id, **acting(self._frame, visit))


def _number(text: str) -> int:
    """The version that a form was made from; one that is none is never the newest."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004 - of an integer


def _file(content: bytes, name: str) -> Response:
    return Response(content, media_type=CSV, headers={"Content-Disposition": f'attachment; filename="{name}"'})
