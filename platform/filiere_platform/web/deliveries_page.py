"""`/deliveries`: where one's stream is sent, and what was refused there; a new secret is shown once."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.domain.webhook import KINDS, LONGEST_REASON, LONGEST_URL, webhook_as_json
from filiere_platform.usecases.broker_streams import begin_stream, end_stream, has_stream
from filiere_platform.usecases.dead_letters import Letter
from filiere_platform.usecases.webhooks import (
    MOST_LETTERS,
    Doing,
    GivenWebhook,
    WebhookChange,
    change_webhook,
    register_webhook,
    remove_webhook,
    replay_webhook,
    webhook_of,
)
from filiere_platform.web import session
from filiere_platform.web.acting import acting, own_member
from filiere_platform.web.inquiry_fields import read_microseconds
from filiere_platform.web.visit import LARGEST_FORM, Frame, Visit
from filiere_schemas.problems import Problem, Refusal

LONGEST_ID = 40  # characters
REMOVE, REPLAY = "remove", "replay"


def add(routes: APIRouter, frame: Frame) -> None:
    """Add the routes."""
    pages = _DeliveriesPage(frame)
    routes.get("/deliveries")(frame.shown(pages.show))
    routes.post("/deliveries/register")(session.posting(frame.shown(pages.register), most=LARGEST_FORM))
    routes.post("/deliveries/change")(session.posting(frame.shown(pages.change), most=LARGEST_FORM))
    routes.post("/deliveries/stream")(session.posting(frame.shown(pages.change_stream), most=LARGEST_FORM))
    routes.post("/deliveries/dead")(session.posting(frame.shown(pages.change_letter), most=LARGEST_FORM))


class _DeliveriesPage:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def show(self, visit: Visit, *, given: GivenWebhook | None = None) -> Response:
        """The webhooks, and the dead letters of every road."""
        member, services = own_member(visit), self._frame.services
        with services.units.unit_of_work() as uow:
            queries = uow.subscriptions.query_names(member_id=member.id)
            found = uow.webhooks.of_member(member.id)
            webhooks = [webhook_as_json(each, now=visit.at, query=queries.get(each.id)) for each in found]
            streams = has_stream(uow, member.id)
        letters, unknown = self._letters(visit, member.id)
        return self._frame.page(
            visit,
            "deliveries.html",
            webhooks=webhooks,
            streams=streams,
            stream=None if services.stream_name is None else services.stream_name(member.id),
            letters=letters,
            letters_unknown=unknown,
            kinds=KINDS,
            given=given,
            longest_url=LONGEST_URL,
            longest_reason=LONGEST_REASON,
        )

    def _letters(self, visit: Visit, member_id: int) -> tuple[list[Letter], str]:
        """List dead letters; where a road cannot be asked now, say why: webhooks are kept all the same."""
        try:
            return self._frame.services.dead_letters.listed(member_id=member_id, limit=MOST_LETTERS), ""
        except Refusal as refused:
            return [], refused.problems[0].message(visit.words.language)

    def register(self, visit: Visit) -> Response:
        """Send one's stream to an address; its secret is in this answer and nowhere else."""
        member, doing = own_member(visit), Doing(**acting(self._frame, visit))
        services = self._frame.services
        with services.units.unit_of_work() as uow:
            given = register_webhook(
                uow,
                services.webhooks,
                doing,
                member_id=member.id,
                url=visit.form.get("url", ""),
                kinds=[kind for kind in KINDS if f"kind-{kind}" in visit.form],
                from_beginning="from-beginning" in visit.form,
            )
        return self.show(visit, given=given)

    def change(self, visit: Visit) -> Response:
        """Pause, resume or remove a webhook, change its secret, or send it once more what came since a day."""
        member, doing = own_member(visit), Doing(**acting(self._frame, visit))
        services, wanted = self._frame.services, visit.form.get("change", "")
        with services.units.unit_of_work() as uow:
            webhook = webhook_of(uow, visit.form.get("webhook", "")[:LONGEST_ID], member_id=member.id)
            if wanted == REMOVE:
                remove_webhook(uow, doing, webhook)
                return RedirectResponse("/deliveries", 303)
            if wanted == REPLAY:
                start = read_microseconds(visit.form, "since")
                if start is None:
                    raise Refusal([Problem(sentence=NOT_FOUND, values={"what": "since"})])
                replay_webhook(uow, doing, webhook, start=start)
                return RedirectResponse("/deliveries", 303)
            if wanted not in set(WebhookChange):
                raise Refusal([Problem(sentence=NOT_FOUND, values={"what": "change"})])
            given = change_webhook(uow, services.webhooks, doing, webhook, WebhookChange(wanted))
        return self.show(visit, given=given) if given.secret else RedirectResponse("/deliveries", 303)

    def change_stream(self, visit: Visit) -> Response:
        """Have one's events written to a stream on the broker, or nothing more."""
        member, doing, services = own_member(visit), acting(self._frame, visit), self._frame.services
        with services.units.unit_of_work() as uow:
            if visit.form.get("change") == "end":
                end_stream(uow, member, **doing)
            else:
                wanted = {"has_broker": services.stream_name is not None, "from_beginning": "beginning" in visit.form}
                begin_stream(uow, member, **wanted, **doing)
        return RedirectResponse("/deliveries", 303)

    def change_letter(self, visit: Visit) -> Response:
        """Send a dead letter again, or discard it with a reason."""
        member, doing = own_member(visit), Doing(**acting(self._frame, visit))
        letters, letter = self._frame.services.dead_letters, visit.form.get("letter", "")[:LONGEST_ID]
        if visit.form.get("change") == "retry":
            letters.retry(letter, doing, member_id=member.id)
        else:
            letters.discard(letter, doing, member_id=member.id, reason=visit.form.get("reason", ""))
        return RedirectResponse("/deliveries", 303)
