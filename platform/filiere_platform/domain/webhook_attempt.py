"""What follows from one attempt to deliver to a webhook: where its cursor stands, when it is tried again, what dies.

What an endpoint says of the message (most of 4xx) is told from what it says of itself (no answer, 5xx, a redirect, or
that it is not open to us): only a message can become a dead letter, and only by itself, after its group was cut. An
endpoint that refuses everything is broken, and is paused before it has emptied a stream into dead letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Final

from filiere_platform.domain.webhook import LONGEST_REASON, DeadLetter, Pause, Webhook, WebhookState, new_id
from filiere_schemas.backoff import full_jitter

REFUSALS_OF_GROUP: Final = 3  # until a group is cut into single events
REFUSALS_ALONE: Final = 2  # until a single event is a dead letter
MOST_DEAD_IN_A_ROW: Final = 20
SECOND: Final = 1_000_000  # microseconds
LONGEST_RETRY_AFTER: Final = 3_600.0  # seconds for which an endpoint may ask to be left alone
GONE: Final = 410
# 401, 403, 404, 405, 407, 421: the address, or who may call it. 408, 425, 429: the moment. Source: RFC 9110, 15.5;
# RFC 8470, 5.2; RFC 6585, 4.
OF_THE_ENDPOINT: Final = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 429})


class Verdict(Enum):
    """What an answer says."""

    ACCEPTED = auto()
    REFUSED = auto()  # the message
    FAILED = auto()  # the endpoint, for now
    GONE = auto()  # the endpoint, for good


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came back: a status, or none and the reason why. `retry_after` is in seconds."""

    status: int | None = None
    reason: str = ""
    retry_after: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """What it says."""
        if self.status is None:
            return Verdict.FAILED
        if 200 <= self.status < 300:  # noqa: PLR2004 - RFC 9110, 15.3
            return Verdict.ACCEPTED
        if self.status == GONE:
            return Verdict.GONE
        is_of_client = 400 <= self.status < 500  # noqa: PLR2004 - RFC 9110, 15.5
        return Verdict.REFUSED if is_of_client and self.status not in OF_THE_ENDPOINT else Verdict.FAILED

    @property
    def said(self) -> str:
        """What is shown of it."""
        return (f"HTTP {self.status}" if self.status is not None else self.reason)[:LONGEST_REASON]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long an endpoint is waited for, in seconds."""

    first: float = 1.0
    longest: float = 3_600.0
    until_pause: float = 72 * 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What went out in one request: for each event its record, its kind and its position; `reach` is behind all."""

    events: Sequence[tuple[int, str, int]]
    reach: int


def after_attempt(
    webhook: Webhook, sent: Sent, attempt: Attempt, *, patience: Patience, now: int, draw: float
) -> tuple[Webhook, DeadLetter | None]:
    """Decide what a webhook is after an attempt, and whether what was sent alone is a dead letter.

    Args:
        webhook: as it was when the request was sent.
        sent: what went out.
        attempt: what came back.
        patience: how long to wait.
        now: microseconds since 1970.
        draw: a random number from 0 to 1.
    """
    match attempt.verdict:
        case Verdict.ACCEPTED:
            return _accepted(webhook, sent.reach, now), None
        case Verdict.GONE:
            return _paused(replace(webhook, said=attempt.said), Pause.GONE), None
        case Verdict.FAILED:
            return _failed(webhook, attempt, patience, now, draw), None
        case Verdict.REFUSED if not sent.events:  # a report that there was nothing: no event can be the reason
            return _failed(webhook, attempt, patience, now, draw), None
        case Verdict.REFUSED:
            return _refused(webhook, sent, attempt, patience=patience, now=now, draw=draw)


def _accepted(webhook: Webhook, reach: int, now: int) -> Webhook:
    return replace(
        webhook,
        position=reach,
        alone_until=webhook.alone_until if reach < webhook.alone_until else 0,
        refusals=0,
        failures=0,
        failing_since=None,
        dead_in_a_row=0,
        due_at=now,
        delivered_at=now,
        said="",
    )


def _failed(webhook: Webhook, attempt: Attempt, patience: Patience, now: int, draw: float) -> Webhook:
    failures = webhook.failures + 1
    since = now if webhook.failing_since is None else webhook.failing_since
    wait = max(
        full_jitter(failures, first=patience.first, longest=patience.longest, draw=draw),
        min(attempt.retry_after, LONGEST_RETRY_AFTER),
    )
    failed = replace(
        webhook, failures=failures, failing_since=since, due_at=now + round(wait * SECOND), said=attempt.said
    )
    return _paused(failed, Pause.FAILING) if now - since >= patience.until_pause * SECOND else failed


def _refused(
    webhook: Webhook, sent: Sent, attempt: Attempt, *, patience: Patience, now: int, draw: float
) -> tuple[Webhook, DeadLetter | None]:
    refusals = webhook.refusals + 1
    wait = full_jitter(refusals, first=patience.first, longest=patience.longest, draw=draw)
    later = replace(webhook, refusals=refusals, due_at=now + round(wait * SECOND), said=attempt.said)
    if not webhook.goes_alone:
        if refusals < REFUSALS_OF_GROUP:
            return later, None
        return replace(later, refusals=0, alone_until=sent.events[-1][2], due_at=now), None
    if refusals < REFUSALS_ALONE:
        return later, None
    log_index, kind, position = sent.events[0]
    letter = DeadLetter(
        id=new_id(),
        webhook_id=webhook.id,
        member_id=webhook.member_id,
        log_index=log_index,
        kind=kind,
        after=webhook.position,
        position=position,
        died_at=now,
        attempts=REFUSALS_OF_GROUP + REFUSALS_ALONE,
        said=attempt.said,
    )
    passed = replace(later, position=position, refusals=0, due_at=now, dead_in_a_row=webhook.dead_in_a_row + 1)
    if position >= passed.alone_until:
        passed = replace(passed, alone_until=0)
    return (_paused(passed, Pause.REFUSING) if passed.dead_in_a_row >= MOST_DEAD_IN_A_ROW else passed), letter


def _paused(webhook: Webhook, why: Pause) -> Webhook:
    return replace(webhook, state=WebhookState.PAUSED, pause=why)
