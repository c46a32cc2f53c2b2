"""Give members named queries, and take them away with everything that subscribes to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from filiere_platform.domain import subscription_sentences as say
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.audit import Act
from filiere_platform.domain.epcis_parameters import read_query_object
from filiere_platform.domain.formats import Formats
from filiere_platform.domain.named_query import (
    MOST_QUERIES,
    PREDEFINED,
    NamedQuery,
    exists_already,
    predefined_query,
    read_name,
)
from filiere_platform.domain.webhook import new_id
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.reading import Page, find_events
from filiere_platform.usecases.webhooks import Doing, remove_webhook
from filiere_schemas.problems import Problem, Refusal


def define_query(uow: UnitOfWork, doing: Doing, *, member_id: int, name: str, query: Mapping[str, Any]) -> NamedQuery:
    """Give a query a name; it is read at once, so that none is kept that nobody could answer.

    Raises:
        Refusal: the name or the query is refused, or there are too many.
        AlreadyExists: the member has one of this name.
    """
    read_query_object(query)
    read_name(name)
    theirs = uow.named_queries.of_member(member_id)
    if any(each.name == name for each in theirs):
        raise exists_already(name)
    if len(theirs) >= MOST_QUERIES:
        raise Refusal([Problem(sentence=say.TOO_MANY_QUERIES, values={"limit": MOST_QUERIES})])
    defined = NamedQuery(id=new_id(), member_id=member_id, name=name, query=query, made_at=doing.now)
    uow.named_queries.add(defined)
    _record(uow, doing, defined, "query.define")
    return defined


def query_to_ask(uow: UnitOfWork, name: str, *, member_id: int) -> NamedQuery:
    """Find what a member may ask by name: its own queries, and the predefined one, which nobody removes or follows.

    Raises:
        Refusal: code `query-unknown`, also of another member's.
    """
    return predefined_query(member_id) if name == PREDEFINED else query_named(uow, name, member_id=member_id)


def query_named(uow: UnitOfWork, name: str, *, member_id: int) -> NamedQuery:
    """Find a member's query.

    Raises:
        Refusal: code `query-unknown`, also of another member's.
    """
    found = uow.named_queries.named(name, member_id=member_id)
    if found is None:
        raise _unknown(name)
    return found


def require_kept(uow: UnitOfWork, query: NamedQuery) -> None:
    """Check that a query has not been removed since, be it that another one has its name.

    Raises:
        Refusal: code `query-unknown`.
    """
    if uow.named_queries.by_id(query.id) is None:
        raise _unknown(query.name)


def remove_query(uow: UnitOfWork, doing: Doing, query: NamedQuery) -> None:
    """Forget a query, and everything that subscribes to it."""
    for subscription in uow.subscriptions.of_query(query.id):
        webhook = uow.webhooks.by_id(subscription.webhook_id)
        if webhook is not None:
            remove_webhook(uow, doing, webhook)
    uow.named_queries.remove(query.id)
    _record(uow, doing, query, "query.remove")


def ask_query(
    uow: UnitOfWork, viewer: Viewer, query: NamedQuery, *, after: int, limit: int, now: int, formats: Formats
) -> Page:
    """Answer a named query, one page of it, behind a log index.

    Raises:
        Refusal: what was kept of it is not understood any more.
    """
    asked = replace(read_query_object(query.query), after=after, limit=limit)
    return find_events(uow, viewer, asked, now=now, query_name=query.name, formats=formats)


def _unknown(name: str) -> Refusal:
    return Refusal([Problem(sentence=say.QUERY_UNKNOWN, values={"name": name[:100]})])


def _record(uow: UnitOfWork, doing: Doing, query: NamedQuery, act: str) -> None:
    said = Act(act=act, author=doing.author, member_id=query.member_id, object=query.id, details={"name": query.name})
    record_act(uow, said, signer=doing.signer, now=doing.now)
