"""Subscriptions: what webhooks send of named queries, and when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlmodel import Session

from filiere_platform.domain.subscription import Subscription
from filiere_platform.store.tables_subscription import NAMED_QUERY, SUBSCRIPTION

_NAMES: Final = tuple(field.name for field in fields(Subscription))
_S = SUBSCRIPTION.c


class SubscriptionStore:
    """Keeps subscriptions, each beside its webhook."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, subscription: Subscription) -> None:
        """Keep a new one, whose webhook is kept already."""
        self._session.execute(insert(SUBSCRIPTION).values(**_row(subscription)))

    def of_webhook(self, webhook_id: str) -> Subscription | None:
        """Find what a webhook sends; None: its member's stream."""
        return next(iter(self._read(_S.webhook_id == webhook_id)), None)

    def of_query(self, query_id: str) -> list[Subscription]:
        """List those of a query, in the order of their ids."""
        return self._read(_S.query_id == query_id)

    def query_names(self, *, member_id: int | None) -> dict[str, str]:
        """Name by webhook the query that it sends the answers of, of one member's or of everybody's."""
        chosen = select(_S.webhook_id, NAMED_QUERY.c.name).join_from(
            SUBSCRIPTION, NAMED_QUERY, NAMED_QUERY.c.id == _S.query_id
        )
        if member_id is not None:
            chosen = chosen.where(NAMED_QUERY.c.member_id == member_id)
        return {row.webhook_id: row.name for row in self._session.execute(chosen)}

    def scheduled(self, webhook_ids: Collection[str]) -> dict[str, Subscription]:
        """Give by webhook those, among some, that run at set times."""
        found = self._read(_S.schedule.is_not(None)) if webhook_ids else []
        return {each.webhook_id: each for each in found if each.webhook_id in webhook_ids}

    def keep(self, subscription: Subscription) -> None:
        """Keep how far one has come; by who holds its webhook."""
        here = _S.webhook_id == subscription.webhook_id
        self._session.execute(update(SUBSCRIPTION).where(here).values(**_row(subscription)))

    def _read(self, *conditions: ColumnElement[bool]) -> list[Subscription]:
        chosen = select(*(_S[name] for name in _NAMES)).where(*conditions).order_by(_S.webhook_id)
        return [_subscription(row) for row in self._session.execute(chosen)]


def _row(subscription: Subscription) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(subscription, name) for name in _NAMES}
    schedule = subscription.schedule
    return values | {"schedule": None if schedule is None else orjson.dumps(schedule).decode()}


def _subscription(row: Row[Any]) -> Subscription:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's name
    values["schedule"] = None if values["schedule"] is None else orjson.loads(values["schedule"])
    return Subscription(**values)
