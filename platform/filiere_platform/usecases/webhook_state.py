"""How the sending to webhooks stands, subscriptions to EPCIS queries among them, counted when somebody asks.

Nothing here names a webhook or a member: there are as many numbers as there are roads and states, however many
webhooks there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from filiere_platform.store.unit_of_work import UnitOfWork

MICROSECONDS: Final = 1_000_000


class Sends(StrEnum):
    """What a webhook is sent."""

    STREAM = "stream"  # its member's stream
    QUERY = "query"  # the answers of a named query, to which it is a subscription


class Standing(StrEnum):
    """How the sending to one stands."""

    DELIVERING = "delivering"  # the last attempt was taken, or there was none
    FAILING = "failing"  # the last one was not, and it is tried again
    PAUSED = "paused"  # nothing is sent until it is resumed


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSums:
    """Counts by what is sent; each has every key, so that a number that falls to 0 is told, too."""

    webhooks: Mapping[Sends, Mapping[Standing, int]]
    failing_seconds: Mapping[Sends, float]  # for how long the one that has failed longest took nothing; 0: none fails
    dead_letters: Mapping[Sends, int]


def read_webhook_sums(uow: UnitOfWork, *, now: int) -> WebhookSums:
    """Count webhooks and dead letters; two reads of small tables. `now` is in microseconds since 1970."""
    webhooks = {sends: dict.fromkeys(Standing, 0) for sends in Sends}
    failing = dict.fromkeys(Sends, 0.0)
    for group in uow.webhooks.groups():
        sends = Sends.QUERY if group.is_subscription else Sends.STREAM
        standing = Standing.PAUSED if group.is_paused else Standing.FAILING if group.is_failing else Standing.DELIVERING
        webhooks[sends][standing] += group.webhooks
        if standing is Standing.FAILING and group.failing_since is not None:
            failing[sends] = max(failing[sends], max(0, now - group.failing_since) / MICROSECONDS)
    letters = uow.webhooks.count_letters()
    return WebhookSums(
        webhooks=webhooks,
        failing_seconds=failing,
        dead_letters={sends: letters.get(sends is Sends.QUERY, 0) for sends in Sends},
    )
