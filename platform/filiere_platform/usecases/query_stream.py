"""What a query has to say of its member's stream behind a cursor: for subscriptions, be they webhooks or websockets.

The cursor is the number of a grant, as for every stream (usecases/stream.py). A record comes once: at the first of the
grants by which its member sees it, those of mandates in force included. What is handed over is read through the gate at
that moment, so that what was erased or hidden meanwhile is left out, and a look under a mandate is written down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from filiere_platform.domain.audience import PUBLIC_VIEW, Viewer
from filiere_platform.domain.deliveries import MOST_BYTES, MOST_RECORDS, VIEW_KIND
from filiere_platform.domain.epcis_parameters import read_query_object
from filiere_platform.domain.event_view import EventView
from filiere_platform.domain.formats import Formats
from filiere_platform.domain.look import Look, Question
from filiere_platform.domain.member import Member
from filiere_platform.domain.named_query import NamedQuery
from filiere_platform.domain.query_document import query_document
from filiere_platform.domain.record import GrantRow
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.subscription import Span, Subscription
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.granted import audiences_of
from filiere_platform.usecases.reading import find_among

PAGE = 500  # grants of one read
_BYTES_OF_VIEW = 1_000  # about: the sector's public fields are few
ROUTE = "subscription"  # what a look names that a subscription had


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Some of what a query has to say, in the order in which it came to be visible.

    `sent` holds of each event its log index, its kind and its grant. Once all is safe with its member, the cursor may
    stand at `reach`.
    """

    events: Sequence[StoredEvent | EventView]
    sent: Sequence[tuple[int, str, int]]
    reach: int
    has_more: bool

    def document(self, query: NamedQuery, *, subscription: str, formats: Formats, now: int) -> bytes:
        """Lay it out as an EPCISQueryDocument."""
        return query_document(self.events, now=now, query_name=query.name, subscription=subscription, formats=formats)


def read_found(
    uow: UnitOfWork,
    member: Member,
    query: NamedQuery,
    span: Span,
    *,
    after: int,
    now: int,
    end: int | None = None,
    most: int = MOST_RECORDS,
) -> Found:
    """Read what comes behind a position, at most `most` events and about half a megabyte of them.

    Args:
        uow: the unit of work.
        member: whose stream, who is active.
        query: what of it is wanted.
        span: what of it counts.
        after: number of the last grant that was handed over.
        now: when it is read, in microseconds since 1970.
        end: the last grant that counts; None: the last that there is.
        most: events at most.
    """
    last = uow.log.head().grants if end is None else end
    if last <= after:
        return Found(events=(), sent=(), reach=after, has_more=False)
    audiences = audiences_of(member.id, uow.mandates.holders(now))
    read = uow.grants.for_audiences(audiences, after, PAGE)
    grants = [grant for grant in read if grant.grant_no <= last]
    reach = read[-1].grant_no if len(read) >= PAGE and len(grants) == len(read) else last
    candidates = sorted(_firsts(uow, grants, audiences).items())
    asked, viewer = read_query_object(query.query), _viewer(member, query, now)
    events: list[StoredEvent | EventView] = []
    sent: list[tuple[int, str, int]] = []
    size = 0
    # No more is read at once than may be sent: what is read under a mandate is written down as a look.
    for start in range(0, len(candidates), most):
        some = candidates[start : start + most]
        found = {each.log_index: each for each in find_among(uow, viewer, asked, [index for _, index in some])}
        for number, log_index in some:
            event = found.get(log_index)
            weight = 0 if event is None else _bytes(event)
            if event is None or weight == 0 or not span.has(number, event.stored_at):
                continue
            if events and (len(events) >= most or size + weight > MOST_BYTES):
                return Found(events=events, sent=sent, reach=sent[-1][2], has_more=True)
            events.append(event)
            sent.append((log_index, VIEW_KIND if isinstance(event, EventView) else event.kind.value, number))
            size += weight
    return Found(events=events, sent=sent, reach=reach, has_more=reach < last)


class Report(NamedTuple):
    """What a subscription has to say now, and what it is with the run that this belongs to."""

    subscription: Subscription
    found: Found
    is_told: bool  # whether it is sent at all


def read_report(
    uow: UnitOfWork,
    member: Member,
    query: NamedQuery,
    subscription: Subscription,
    *,
    position: int,
    now: int,
    most: int = MOST_RECORDS,
) -> Report:
    """Read what a subscription has to say behind a position; of a schedule, what belongs to the run that is due."""
    if subscription.schedule is not None and subscription.run_end is None:
        if not subscription.is_due(now):
            return Report(subscription, Found(events=(), sent=(), reach=position, has_more=False), is_told=False)
        subscription = subscription.begin_run(now=now, grants=uow.log.head().grants)
    end, span = subscription.run_end, subscription.span
    found = read_found(uow, member, query, span, after=position, end=end, now=now, most=most)
    is_over = end is not None and not found.has_more
    is_told = bool(found.events) or (is_over and subscription.reports_empty and not subscription.has_told)
    if is_over and not is_told:
        subscription = subscription.end_run(now=now)
    return Report(subscription, found, is_told)


def _viewer(member: Member, query: NamedQuery, now: int) -> Viewer:
    """Give who looks: the member, under the mandates that it holds as a whole."""
    question = Question(route=ROUTE, parameters=(("query", query.name),))
    return Viewer(member_id=member.id, look=Look(at=now, by=ROUTE, question=question, member_id=member.id))


def _firsts(uow: UnitOfWork, grants: Sequence[GrantRow], audiences: Sequence[int]) -> dict[int, int]:
    """Give, by grant, the records that some grants make visible which were not visible to their member before.

    A view is less than the record: it comes by its own grant, where the gate still shows no more than it.
    """
    whole = [audience for audience in audiences if audience != PUBLIC_VIEW]
    first: dict[int, int] = {}
    for grant in uow.grants.among(whole, {grant.log_index for grant in grants}):
        first[grant.log_index] = min(grant.grant_no, first.get(grant.log_index, grant.grant_no))
    return {
        grant.grant_no: grant.log_index
        for grant in grants
        if grant.grant_no == first.get(grant.log_index)
        or (grant.audience == PUBLIC_VIEW and grant.log_index not in first)
    }


def _bytes(event: StoredEvent | EventView) -> int:
    """Say about how much an event takes; nothing: it is erased."""
    if isinstance(event, EventView):
        return 0 if event.shown is None else _BYTES_OF_VIEW
    return len(event.body or b"")
