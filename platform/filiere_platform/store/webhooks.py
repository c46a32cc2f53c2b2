"""Webhooks, who delivers to each, and their dead letters."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Row, delete, func, insert, or_, select, update
from sqlmodel import Session

from filiere_platform.domain.webhook import DeadLetter, Pause, Webhook, WebhookState
from filiere_platform.store.directory import limit_silence
from filiere_platform.store.tables_subscription import SUBSCRIPTION
from filiere_platform.store.tables_webhook import WEBHOOK, WEBHOOK_DEAD_LETTER

_NAMES: Final = tuple(field.name for field in fields(Webhook))
_LETTER_NAMES: Final = tuple(field.name for field in fields(DeadLetter))
_W, _D = WEBHOOK.c, WEBHOOK_DEAD_LETTER.c
# What an attempt changes; the rest is the member's.
_OF_DELIVERY: Final = (
    "position", "alone_until", "refusals", "failures", "failing_since", "dead_in_a_row", "due_at", "delivered_at",
    "said",
)  # fmt: skip
FREE: Final = {"held_by": "", "held_until": 0}


class WebhookGroup(NamedTuple):
    """Webhooks that stand alike; `failing_since` is the earliest of them, in microseconds since 1970."""

    is_subscription: bool
    is_paused: bool
    is_failing: bool
    webhooks: int
    failing_since: int | None


class WebhookStore:
    """Keeps webhooks."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, webhook: Webhook) -> None:
        """Keep a new one."""
        self._session.execute(insert(WEBHOOK).values(**_row(webhook), **FREE))

    def by_id(self, webhook_id: str) -> Webhook | None:
        """Find one."""
        return next(iter(self._read(_W.id == webhook_id)), None)

    def of_member(self, member_id: int) -> list[Webhook]:
        """List a member's, the oldest first."""
        return self._read(_W.member_id == member_id)

    def all(self) -> list[Webhook]:
        """List everybody's, the oldest first."""
        return self._read()

    def groups(self) -> list[WebhookGroup]:
        """Count everybody's by how they stand."""
        keys = (
            SUBSCRIPTION.c.webhook_id.is_not(None),
            _W.state == WebhookState.PAUSED.value,
            _W.failing_since.is_not(None),
        )
        joined = WEBHOOK.outerjoin(SUBSCRIPTION, SUBSCRIPTION.c.webhook_id == _W.id)
        labels = [key.label(name) for key, name in zip(keys, WebhookGroup._fields, strict=False)]
        kinds = select(*labels, _W.failing_since).select_from(joined).subquery()
        grouped = [kinds.c[name] for name in WebhookGroup._fields[: len(keys)]]
        chosen = select(*grouped, func.count(), func.min(kinds.c.failing_since)).group_by(*grouped)
        return [WebhookGroup(*row) for row in self._session.execute(chosen)]

    def count_letters(self) -> dict[bool, int]:
        """Count everybody's dead letters, by whether a subscription's."""
        joined = WEBHOOK_DEAD_LETTER.outerjoin(SUBSCRIPTION, SUBSCRIPTION.c.webhook_id == _D.webhook_id)
        sent = select(SUBSCRIPTION.c.webhook_id.is_not(None).label("of_query")).select_from(joined).subquery()
        chosen = select(sent.c.of_query, func.count()).group_by(sent.c.of_query)
        return {bool(of_query): count for of_query, count in self._session.execute(chosen)}

    def due(self, now: int) -> list[Webhook]:
        """List those that something may be sent to now, and that nobody else delivers to."""
        return self._read(_W.state == WebhookState.ACTIVE.value, _W.due_at <= now, _W.held_until <= now)

    def change(self, webhook: Webhook) -> None:
        """Keep what a member, or the operator, has changed."""
        self._session.execute(update(WEBHOOK).where(_W.id == webhook.id).values(**_row(webhook)))

    def remove(self, webhook_id: str) -> None:
        """Forget one, with its dead letters and with what it sends of a query."""
        self._session.execute(delete(WEBHOOK_DEAD_LETTER).where(_D.webhook_id == webhook_id))
        self._session.execute(delete(SUBSCRIPTION).where(SUBSCRIPTION.c.webhook_id == webhook_id))
        self._session.execute(delete(WEBHOOK).where(_W.id == webhook_id))

    def hold(self, webhook_id: str, holder: str, *, now: int, until: int) -> Webhook | None:
        """Deliver to one until an instant, alone; None where another process does, or nothing may be sent now.

        Who was stopped for longer finds out when it keeps what came of it.
        """
        limit_silence(self._session)  # the row is locked until the lease is kept: others wait for that
        free = or_(_W.held_by == holder, _W.held_until <= now)
        here = (_W.id == webhook_id, _W.state == WebhookState.ACTIVE.value, _W.due_at <= now, free)
        taken = update(WEBHOOK).where(*here).values(held_by=holder, held_until=until).returning(*_columns())
        row = self._session.execute(taken).first()
        return None if row is None else _webhook(row)

    def keep(self, before: Webhook, after: Webhook, holder: str) -> bool:
        """Keep what an attempt came to; False where somebody else delivers meanwhile, or the cursor was moved."""
        limit_silence(self._session)
        here = (_W.id == before.id, _W.held_by == holder, _W.position == before.position)
        values: dict[str, Any] = {name: getattr(after, name) for name in _OF_DELIVERY}
        if after.state is not before.state:
            values |= {"state": after.state.value, "pause": None if after.pause is None else after.pause.value}
        kept = update(WEBHOOK).where(*here).values(**values).returning(_W.id)
        return self._session.execute(kept).first() is not None

    def release(self, webhook_id: str, holder: str) -> None:
        """Let others deliver."""
        limit_silence(self._session)
        self._session.execute(update(WEBHOOK).where(_W.id == webhook_id, _W.held_by == holder).values(**FREE))

    def bury(self, letter: DeadLetter) -> None:
        """Keep a dead letter."""
        self._session.execute(insert(WEBHOOK_DEAD_LETTER).values(**_letter_row(letter)))

    def dead_letters(self, *, member_id: int | None, limit: int) -> list[DeadLetter]:
        """List dead letters, the newest first; None: everybody's."""
        conditions = () if member_id is None else (_D.member_id == member_id,)
        chosen = select(*_letter_columns()).where(*conditions).order_by(_D.died_at.desc(), _D.id).limit(limit)
        return [DeadLetter(**row._mapping) for row in self._session.execute(chosen)]  # noqa: SLF001 - SQLAlchemy's name

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        """Find a dead letter."""
        row = self._session.execute(select(*_letter_columns()).where(_D.id == letter_id)).first()
        return None if row is None else DeadLetter(**row._mapping)  # noqa: SLF001

    def due_letter(self, webhook_id: str) -> DeadLetter | None:
        """Find the oldest dead letter that is to be sent again."""
        here = (_D.webhook_id == webhook_id, _D.is_due.is_(True))
        chosen = select(*_letter_columns()).where(*here).order_by(_D.position).limit(1)
        row = self._session.execute(chosen).first()
        return None if row is None else DeadLetter(**row._mapping)  # noqa: SLF001

    def with_due_letters(self) -> set[str]:
        """Name the webhooks that have dead letters to be sent again."""
        return set(self._session.execute(select(_D.webhook_id).where(_D.is_due.is_(True)).distinct()).scalars())

    def keep_letter(self, letter: DeadLetter) -> None:
        """Keep what became of a dead letter."""
        self._session.execute(update(WEBHOOK_DEAD_LETTER).where(_D.id == letter.id).values(**_letter_row(letter)))

    def unbury(self, letter_id: str) -> bool:
        """Forget a dead letter; False where there is none."""
        gone = delete(WEBHOOK_DEAD_LETTER).where(_D.id == letter_id).returning(_D.id)
        return self._session.execute(gone).first() is not None

    def unbury_behind(self, webhook_id: str, position: int) -> None:
        """Forget the dead letters of a webhook that lie behind a position."""
        self._session.execute(delete(WEBHOOK_DEAD_LETTER).where(_D.webhook_id == webhook_id, _D.position > position))

    def _read(self, *conditions: ColumnElement[bool]) -> list[Webhook]:
        chosen = select(*_columns()).where(*conditions).order_by(_W.made_at, _W.id)
        return [_webhook(row) for row in self._session.execute(chosen)]


def _columns() -> list[Any]:
    return [_W[name] for name in _NAMES]


def _letter_columns() -> list[Any]:
    return [_D[name] for name in _LETTER_NAMES]


def _row(webhook: Webhook) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(webhook, name) for name in _NAMES}
    pause = None if webhook.pause is None else webhook.pause.value
    return values | {"kinds": " ".join(sorted(webhook.kinds)), "state": webhook.state.value, "pause": pause}


def _webhook(row: Row[Any]) -> Webhook:
    values = dict(row._mapping)  # noqa: SLF001
    values["kinds"] = frozenset(values["kinds"].split())
    values["state"] = WebhookState(values["state"])
    values["pause"] = None if values["pause"] is None else Pause(values["pause"])
    return Webhook(**values)


def _letter_row(letter: DeadLetter) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in _LETTER_NAMES}
