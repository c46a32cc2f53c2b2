"""`/recalls`: one's recalls and what one is warned of, one recall with its table; two people approve."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.recall import MOST_SITES, Outcome, RecallAct, RecallQuestion, SitePeriod, read_reason
from filiere_platform.domain.sentences import NOT_FOUND, QUERY_PARAMETER
from filiere_platform.usecases.recall import (
    Recalling,
    acknowledge_notice,
    answer_notice,
    approve_recall,
    cancel_recall,
    open_recall,
    recall_of,
    update_recall,
)
from filiere_platform.usecases.recall_view import list_notices, list_recalls, show_recall
from filiere_platform.web import session
from filiere_platform.web.acting import acting, number_of, own_member
from filiere_platform.web.inquiry_fields import read_lines, read_period
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

_ACTS = frozenset(act.value for act in RecallAct)
_OUTCOMES = frozenset(outcome.value for outcome in Outcome)
_LONGEST_SHOWN = 200  # characters of a line that cannot be read
LARGEST_OPENING = 16 * LARGEST_FORM  # bytes: some lots, a reason of 2,000 characters


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _RecallPages(frame)
    routes.get("/recalls")(frame.shown(pages.show_all))
    routes.post("/recalls/open")(session.posting(frame.shown(pages.open), most=LARGEST_OPENING))
    routes.post("/recalls/approve")(session.posting(frame.shown(pages.approve), most=LARGEST_FORM))
    routes.post("/recalls/answer")(session.posting(frame.shown(pages.answer), most=LARGEST_FORM))
    routes.get("/recalls/{recall_id}")(frame.shown(pages.show))


class _RecallPages:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show_all(self, visit: Visit) -> Response:
        """What one recalls, and what one is warned of."""
        member, directory = own_member(visit), self._frame.services.directory.current()
        with self._frame.services.units.unit_of_work() as uow:
            recalls = list_recalls(uow, member.id)
            notices = list_notices(uow, member.id, directory)
        names = {each.uri: each.name for each in directory.members.values()}
        return self._frame.page(
            visit,
            "recalls.html",
            recalls=recalls,
            notices=notices,
            names=names,
            outcomes=list(Outcome),
            manages=may(visit.principal, Permission.RECALL_MANAGE),
        )

    def show(self, visit: Visit) -> Response:
        """One recall."""
        recall_id = str(visit.request.path_params["recall_id"])
        with self._frame.services.units.unit_of_work() as uow:
            recall = recall_of(uow, recall_id, member_id=own_member(visit).id)
            shown = show_recall(uow, recall, rules=self._frame.services.balance_rules)
        manages = may(visit.principal, Permission.RECALL_MANAGE)
        return self._frame.page(visit, "recall.html", recall=shown, manages=manages, outcomes=list(Outcome))

    def open(self, visit: Visit) -> Response:
        """Freeze the first scope."""
        form, doing = visit.form, self._doing(visit)
        question = RecallQuestion(
            objects=tuple(dict.fromkeys(form.get("objects", "").split())),
            reason=read_reason(form.get("reason", "")),
            is_drill=bool(form.get("drill")),
            same_line=bool(form.get("line")),
            sites=_sites(form.get("sites", "")),
        )
        if not question.objects:
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": ""})])
        with self._frame.services.units.unit_of_work() as uow:
            recall = open_recall(uow, doing, question, clock=self._frame.services.clock)
        return RedirectResponse(f"/recalls/{recall.id}", 303)

    def approve(self, visit: Visit) -> Response:
        """Approve sending or closing, give a draft up, or look for what has come since."""
        doing, what, recall_id = self._doing(visit), visit.form.get("act", ""), visit.form.get("recall", "")[:40]
        with self._frame.services.units.unit_of_work() as uow:
            if what == "update":
                update_recall(uow, doing, recall_of(uow, recall_id, member_id=doing.member_id))
            elif what == "cancel":
                cancel_recall(uow, doing, recall_id)
            elif what in _ACTS:
                version = number_of(visit.form.get("version", ""))
                approve_recall(uow, doing, recall_id, RecallAct(what), version=version, by=visit.principal)
            else:
                raise Refusal([Problem(sentence=NOT_FOUND, values={"what": what[:20]})])
        return RedirectResponse(f"/recalls/{recall_id}", 303)

    def answer(self, visit: Visit) -> Response:
        """Acknowledge a notice, or say what became of a lot."""
        form, doing = visit.form, self._doing(visit)
        notice_id, outcome = form.get("notice", "")[:40], form.get("outcome", "")
        with self._frame.services.units.unit_of_work() as uow:
            if outcome in _OUTCOMES:
                notice = answer_notice(
                    uow,
                    doing,
                    notice_id,
                    lot=form.get("lot", ""),
                    outcome=Outcome(outcome),
                    quantity=form.get("quantity", "").strip().replace(",", "."),
                    uom=form.get("uom", "").strip().upper(),
                )
            else:
                notice = acknowledge_notice(uow, doing, notice_id)
            is_own = any(each.id == notice.recall_id for each in uow.recalls.of_issuer(doing.member_id, limit=1_000))
        return RedirectResponse(f"/recalls/{notice.recall_id}" if is_own else "/recalls", 303)

    def _doing(self, visit: Visit) -> Recalling:
        return Recalling(member_id=own_member(visit).id, **acting(self._frame, visit))


def _sites(text: str) -> tuple[SitePeriod, ...]:
    """Read a line each: a site, from when, and until when.

    Raises:
        InvalidIdentifier: a site is no identifier.
        Refusal: code `query-parameter`: a time is missing or cannot be read, or there are too many lines.
    """
    lines = read_lines(text)
    found = []
    for line in lines:
        site, start, stop = read_period(line, "sites")
        if start is None or stop is None:
            raise _refused(line, "urn:… 2026-03-04T05:00 2026-03-05T05:00")
        found.append(SitePeriod(site=site, start=microseconds(start), stop=microseconds(stop)))
    if len(found) > MOST_SITES:
        raise _refused(str(len(found)), f"0..{MOST_SITES}")
    return tuple(found)


def _refused(found: str, expected: str) -> Refusal:
    values = {"name": "sites", "found": found[:_LONGEST_SHOWN], "expected": expected}
    return Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
