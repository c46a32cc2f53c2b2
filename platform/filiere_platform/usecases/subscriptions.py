"""Subscribe members to their named queries: each subscription is a webhook of its own, and each change an act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from filiere_platform.domain import subscription_sentences as say
from filiere_platform.domain.audit import Act
from filiere_platform.domain.epcis_parameters import read_query_object
from filiere_platform.domain.event_query import LOG_ORDER
from filiere_platform.domain.formats import Formats
from filiere_platform.domain.named_query import NamedQuery
from filiere_platform.domain.subscription import (
    Controls,
    Span,
    Subscription,
    next_run,
    read_controls,
    read_token,
    require_room,
)
from filiere_platform.domain.webhook import Webhook, host_of, new_id
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.replay import position_at
from filiere_platform.usecases.webhooks import Doing, WebhookKeeping
from filiere_schemas.problems import Problem, Refusal


class Subscribed(NamedTuple):
    """A subscription with the webhook that it is."""

    webhook: Webhook
    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in its member's stream a follower of a query begins."""

    span: Span
    position: int


def begin(uow: UnitOfWork, controls: Controls, *, now: int) -> Place:
    """Find where to begin with what was asked: now, or with what was stored since a time."""
    grants = uow.log.head().grants
    span = Span.beginning(controls.initial, now=now, grants=grants)
    is_past = controls.initial is not None and controls.initial <= now
    return Place(span=span, position=position_at(uow, span.record_from) if is_past else grants)


def require_whole(query: NamedQuery) -> None:
    """Check that a query is about each event by itself, and not about how many there are, or which comes first.

    Raises:
        Refusal: code `subscription-of-cut`.
    """
    read = read_query_object(query.query)
    if read.order != LOG_ORDER or read.count_limit is not None or read.refused_above is not None:
        raise Refusal([Problem(sentence=say.CUT_QUERY)])


def subscribe(
    uow: UnitOfWork,
    keeping: WebhookKeeping,
    doing: Doing,
    query: NamedQuery,
    asked: Mapping[str, Any],
    *,
    formats: Formats,
) -> Subscribed:
    """Have the answers of a query sent to an address.

    Raises:
        Refusal: something that is asked is refused, or there are too many.
    """
    controls, token = read_controls(asked), read_token(asked)
    require_whole(query)
    dest = asked.get("dest")
    url = keeping.require_reachable(dest if isinstance(dest, str) else "", pointer="/dest")
    require_room(len(uow.subscriptions.query_names(member_id=query.member_id)))
    place, webhook_id = begin(uow, controls, now=doing.now), new_id()
    webhook = Webhook(
        id=webhook_id,
        member_id=query.member_id,
        url=url,
        kinds=frozenset(),
        secret=keeping.seal(token.encode(), webhook_id),
        made_at=doing.now,
        position=place.position,
    )
    subscription = Subscription(
        webhook_id=webhook_id,
        query_id=query.id,
        schedule=controls.schedule,
        reports_empty=controls.reports_empty,
        record_from=place.span.record_from,
        late_from=place.span.late_from,
        epc_format=formats.epcs.value,
        word_format=formats.words.value,
        runs_at=next_run(controls.schedule, now=doing.now),
    )
    uow.webhooks.add(webhook)
    uow.subscriptions.add(subscription)
    details = {"host": host_of(url), "query": query.name}
    said = Act(
        act="subscription.register",
        author=doing.author,
        member_id=query.member_id,
        object=webhook_id,
        details=details,
    )
    record_act(uow, said, signer=doing.signer, now=doing.now)
    return Subscribed(webhook, subscription)


def subscriptions_of(uow: UnitOfWork, query: NamedQuery) -> list[Subscribed]:
    """List the subscriptions of a query, in the order of their ids."""
    webhooks = {webhook.id: webhook for webhook in uow.webhooks.of_member(query.member_id)}
    return [Subscribed(webhooks[each.webhook_id], each) for each in uow.subscriptions.of_query(query.id)]


def subscription_of(uow: UnitOfWork, query: NamedQuery, subscription_id: str) -> Subscribed:
    """Find a subscription of a query.

    Raises:
        Refusal: code `subscription-unknown`.
    """
    for found in subscriptions_of(uow, query):
        if found.webhook.id == subscription_id:
            return found
    values = {"name": query.name, "found": subscription_id[:100]}
    raise Refusal([Problem(sentence=say.SUBSCRIPTION_UNKNOWN, values=values)])
