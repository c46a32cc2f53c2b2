"""`/mandates`: the mandates that one gave, holds, or is looked at under; who looked; guest links, shown once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain import mandate as rules
from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.guest_link import HOUR, LONGEST_LABEL
from filiere_platform.domain.guest_link import LONGEST_LIFE_DAYS as LONGEST_LINK_DAYS
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.mandate_sentences import MANDATE_FIELD
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.sentences import TOKEN_REFUSED
from filiere_platform.usecases.guests import MadeLink, end_guest_link, link_as_json, make_guest_link
from filiere_platform.usecases.looks import lay_out_looks, looks_at, write_csv
from filiere_platform.usecases.looks_under import newest_given, newest_held
from filiere_platform.usecases.mandates import (
    AskedMandate,
    give_mandate,
    list_mandates,
    mandate_as_json,
    revoke_mandate,
)
from filiere_platform.usecases.people import Administration
from filiere_platform.web import session
from filiere_platform.web.acting import number_of, own_member
from filiere_platform.web.visit import Frame, Visit
from filiere_platform.web.words import ZONE
from filiere_schemas.problems import Problem, Refusal

LARGEST_MANDATE = 40_000  # bytes of its form
LOOKS_SHOWN = 50
MOST_ROWS = 100_000  # of the file
DEFAULT_DAYS = 90


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _MandatesPages(frame)
    routes.get("/mandates")(frame.shown(pages.show))
    routes.get("/mandates/looks.csv")(frame.shown(pages.looks))
    for name, page in (
        ("give", pages.give),
        ("revoke", pages.revoke),
        ("invite", pages.invite),
        ("end-link", pages.end_link),
    ):
        routes.post(f"/mandates/{name}")(session.posting(frame.shown(page), most=LARGEST_MANDATE))


class _MandatesPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit, *, made: MadeLink | None = None) -> Response:
        """Mandates by side, guest links under those that one gave, the latest looks at one's own records."""
        member, now = own_member(visit), visit.at
        by = visit.principal
        governs, invites = may(by, Permission.MANDATE_DECIDE), may(by, Permission.GUEST_INVITE)
        directory = self._frame.services.directory.current()
        listed = {}
        links: dict[str, list[dict[str, Any]]] = {}
        with self._frame.services.units.unit_of_work() as uow:
            found_of = {side: list_mandates(uow, by, side) for side in ("given", "held", "over")}
            for side, found in found_of.items():
                listed[side] = [
                    mandate_as_json(each, directory, member_id=member.id, governs=governs, now=now) for each in found
                ]
                if side == "given" and invites:
                    for each in found:
                        guests = uow.guest_links.of_mandate(each.number)
                        links[each.id] = [link_as_json(link, now=now) for link in guests]
            looks = lay_out_looks(uow, uow.looks.newest(member.id, limit=LOOKS_SHOWN))
            under = {
                "held": newest_held(uow, found_of["held"], member.id, limit=LOOKS_SHOWN),
                "given": newest_given(uow, found_of["given"], member.id, limit=LOOKS_SHOWN),
            }
        # Those that its own records' owner gave are shown once, as given.
        given = {each["id"] for each in listed["given"]}
        listed["over"] = [each for each in listed["over"] if each["id"] not in given]
        return self._frame.page(
            visit,
            "mandates.html",
            listed=listed,
            links=links,
            looks=looks,
            under=under,
            address=None if made is None else f"{self._frame.services.base_url}/guest/{made.secret}",
            made=made,
            names={each.uri: each.name for each in directory.members.values()},
            members=sorted(directory.members.values(), key=lambda each: each.name),
            gives=may(by, Permission.MANDATE_GRANT),
            invites=invites,
            governs=governs and member.is_sector_body,
            rules=rules,
            purposes=list(rules.MandatePurpose),
            default_days=DEFAULT_DAYS,
            longest_label=LONGEST_LABEL,
            longest_link_days=LONGEST_LINK_DAYS,
        )

    def looks(self, visit: Visit) -> Response:
        """Every look at one's own records, as a file."""
        member = own_member(visit)
        with self._frame.services.units.unit_of_work() as uow:
            written = write_csv(looks_at(uow, member.id, after=0, limit=MOST_ROWS).looks)
        headers = {"Content-Disposition": 'attachment; filename="looks.csv"'}
        return Response(written, media_type="text/csv; charset=utf-8", headers=headers)

    def give(self, visit: Visit) -> Response:
        """Give a mandate."""
        member, form = own_member(visit), visit.form
        days = _number(form.get("days", ""), "days")
        members = tuple(_lines(form.get("members", "")))
        asked = AskedMandate(
            purpose=_purpose(form.get("purpose", "")),
            reason=form.get("reason", ""),
            holder=form.get("holder", "").strip() or None,
            person=form.get("person", "").strip() or None,
            ends_at=visit.at + min(days, rules.LONGEST_LIFE_DAYS + 1) * rules.DAY,
            members=members or ((member.uri,) if "own" in form else ()),
            products=tuple(_lines(form.get("products", ""))),
            objects=tuple(_lines(form.get("objects", ""))),
            event_from=_day(form.get("from", ""), "from"),
            event_before=_day(form.get("until", ""), "until", days=1),
        )
        with self._frame.services.units.unit_of_work() as uow:
            give_mandate(uow, self._doing(visit), member, asked)
        return RedirectResponse("/mandates", 303)

    def revoke(self, visit: Visit) -> Response:
        """Revoke a mandate, for good."""
        with self._frame.services.units.unit_of_work() as uow:
            revoke_mandate(uow, self._doing(visit), visit.form.get("mandate", "")[:100])
        return RedirectResponse("/mandates", 303)

    def invite(self, visit: Visit) -> Response:
        """Make a guest link; its address is in this answer and nowhere else."""
        hours = visit.form.get("hours", "").strip()
        until = None if not hours else visit.at + min(_number(hours, "hours"), 10_000) * HOUR
        with self._frame.services.units.unit_of_work() as uow:
            mandate, label = visit.form.get("mandate", "")[:100], visit.form.get("label", "")
            made = make_guest_link(uow, self._doing(visit), mandate, label=label, ends_at=until)
        return self.show(visit, made=made)

    def end_link(self, visit: Visit) -> Response:
        """End a guest link, for good."""
        with self._frame.services.units.unit_of_work() as uow:
            number = number_of(visit.form.get("guest", ""))
            end_guest_link(uow, self._doing(visit), visit.form.get("mandate", "")[:100], number)
        return RedirectResponse("/mandates", 303)

    def _doing(self, visit: Visit) -> Administration:
        signer = self._frame.services.act_signer()
        if signer is None:  # nobody is signed in on such a machine
            raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
        return Administration(by=visit.principal, signer=signer, now=visit.at)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _purpose(text: str) -> rules.MandatePurpose:
    if text not in set(rules.MandatePurpose):
        raise _unreadable("purpose")
    return rules.MandatePurpose(text)


def _number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > len("99999"):
        raise _unreadable(name)
    return int(text)


def _day(text: str, name: str, *, days: int = 0) -> int | None:
    """Read a day as the clock of the pages has it, or none; `days` later for the end of a period."""
    if not text.strip():
        return None
    try:
        return microseconds(datetime.fromisoformat(text.strip()).replace(tzinfo=ZONE) + timedelta(days=days))
    except (ValueError, OverflowError):
        raise _unreadable(name) from None


def _unreadable(name: str) -> Refusal:
    return Refusal([Problem(sentence=MANDATE_FIELD, values={"name": name})])
