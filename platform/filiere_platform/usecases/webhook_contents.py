"""What a webhook is to be sent next: a piece of its member's stream, or of what a query has to say of it."""

from __future__ import annotations

from typing import NamedTuple

from filiere_platform.domain.deliveries import MOST_RECORDS
from filiere_platform.domain.member import Member
from filiere_platform.domain.named_query import NamedQuery
from filiere_platform.domain.subscription import Subscription
from filiere_platform.domain.webhook import DeadLetter, Webhook
from filiere_platform.domain.webhook_attempt import Sent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.query_stream import read_found, read_report
from filiere_platform.usecases.stream import StreamedEvent, batch_of, read_stream


class Contents(NamedTuple):
    """What was read for a webhook; `body` is empty where nothing is to be sent."""

    sent: Sent
    body: bytes
    has_more: bool = False
    subscription: Subscription | None = None  # as it is with the run that this belongs to


def read_contents(uow: UnitOfWork, webhook: Webhook, member: Member, *, origin: str, now: int) -> Contents:
    """Read what comes behind a webhook's cursor; `now` is in microseconds since 1970."""
    subscription = uow.subscriptions.of_webhook(webhook.id)
    if subscription is not None:
        return _report(uow, webhook, subscription, member, now=now)
    most = 1 if webhook.goes_alone else MOST_RECORDS
    page = read_stream(uow, member, after=webhook.position, origin=origin, now=now, kinds=webhook.kinds, most=most)
    body = batch_of(page.events) if page.events else b""
    return Contents(_sent(page.events, page.reach), body, page.has_more)


def read_letter(
    uow: UnitOfWork, webhook: Webhook, letter: DeadLetter, member: Member, *, origin: str, now: int
) -> Contents | None:
    """Read a dead letter anew, as its member may see it now; None: not at all."""
    subscription = uow.subscriptions.of_webhook(webhook.id)
    if subscription is not None:
        query = _query_of(uow, subscription)
        before = letter.position - 1
        found = read_found(uow, member, query, subscription.span, after=before, end=letter.position, now=now, most=1)
        if [index for index, _, _ in found.sent] != [letter.log_index]:
            return None
        body = found.document(query, subscription=webhook.id, formats=subscription.formats, now=now)
        return Contents(Sent(events=found.sent, reach=webhook.position), body, subscription=subscription)
    page = read_stream(uow, member, after=letter.after, origin=origin, now=now)
    events = [event for event in page.events if event.log_index == letter.log_index][:1]
    return Contents(_sent(events, webhook.position), batch_of(events)) if events else None


def _report(uow: UnitOfWork, webhook: Webhook, subscription: Subscription, member: Member, *, now: int) -> Contents:
    """Read what a subscription has to say now, and keep what it is then."""
    query, most = _query_of(uow, subscription), 1 if webhook.goes_alone else MOST_RECORDS
    report = read_report(uow, member, query, subscription, position=webhook.position, now=now, most=most)
    if report.subscription != subscription:
        uow.subscriptions.keep(report.subscription)
    found, formats = report.found, subscription.formats
    body = found.document(query, subscription=webhook.id, formats=formats, now=now) if report.is_told else b""
    return Contents(Sent(events=found.sent, reach=found.reach), body, found.has_more, report.subscription)


def _query_of(uow: UnitOfWork, subscription: Subscription) -> NamedQuery:
    """Find the query that a subscription is to.

    Raises:
        LookupError: there is none, which the database forbids.
    """
    query = uow.named_queries.by_id(subscription.query_id)
    if query is None:
        raise LookupError(subscription.query_id)
    return query


def _sent(events: list[StreamedEvent] | tuple[StreamedEvent, ...], reach: int) -> Sent:
    return Sent(events=[(event.log_index, event.kind, event.position) for event in events], reach=reach)
