"""What follows from an attempt: what is lost is nothing, what dies dies alone, what is broken is paused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.webhook import Pause, Webhook, WebhookState
from filiere_platform.domain.webhook_attempt import (
    LONGEST_RETRY_AFTER,
    MOST_DEAD_IN_A_ROW,
    Attempt,
    Patience,
    Sent,
    Verdict,
    after_attempt,
)

HOUR = 3_600_000_000
NOW = 1_772_600_000_000_000
PATIENCE = Patience(first=1.0, longest=60.0, until_pause=3_600.0)


def a_webhook(**changes: object) -> Webhook:
    made = Webhook(
        id="w", member_id=1, url="https://x", kinds=frozenset(), secret=b"", made_at=NOW, position=10,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def attempt(webhook: Webhook, tried: Attempt, *positions: int, now: int = NOW, draw: float = 1.0):  # type: ignore[no-untyped-def]
    sent = Sent(events=[(position + 100, "event", position) for position in positions], reach=positions[-1])
    return after_attempt(webhook, sent, tried, patience=PATIENCE, now=now, draw=draw)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ACCEPTED), (204, Verdict.ACCEPTED), (299, Verdict.ACCEPTED), (101, Verdict.FAILED),
        (301, Verdict.FAILED), (304, Verdict.FAILED), (400, Verdict.REFUSED), (401, Verdict.FAILED),
        (404, Verdict.FAILED), (409, Verdict.REFUSED), (410, Verdict.GONE), (413, Verdict.REFUSED),
        (422, Verdict.REFUSED), (429, Verdict.FAILED), (500, Verdict.FAILED), (503, Verdict.FAILED),
        (600, Verdict.FAILED), (None, Verdict.FAILED),
    ],
)  # fmt: skip
def test_a_status_says_something_of_the_message_or_of_the_endpoint(status: int | None, verdict: Verdict) -> None:
    assert Attempt(status=status).verdict is verdict


@given(status=st.one_of(st.none(), st.integers(100, 599)), alone=st.booleans(), refusals=st.integers(0, 5))
def test_the_cursor_moves_only_over_what_was_taken_or_is_a_dead_letter(
    status: int | None, *, alone: bool, refusals: int
) -> None:
    before = a_webhook(alone_until=12 if alone else 0, refusals=refusals)
    positions = (11,) if alone else (11, 12, 13)
    after, letter = attempt(before, Attempt(status=status), *positions)
    accepted = status is not None and 200 <= status < 300
    if accepted:
        assert after.position == positions[-1]
        assert letter is None
    elif letter is not None:
        assert alone
        assert after.position == positions[0] == letter.position
        assert letter.after == before.position
    else:
        assert after.position == before.position


def test_a_wait_grows_and_is_what_the_endpoint_asks_for_within_limits() -> None:
    webhook, waits = a_webhook(), []
    for _ in range(4):
        webhook, _ = attempt(webhook, Attempt(status=500), 11)
        waits.append((webhook.due_at - NOW) / 1e6)
    assert waits == [1.0, 2.0, 4.0, 8.0]
    asked, _ = attempt(a_webhook(), Attempt(status=503, retry_after=90.0), 11)
    assert asked.due_at - NOW == 90_000_000
    greedy, _ = attempt(a_webhook(), Attempt(status=429, retry_after=1e9), 11)
    assert greedy.due_at - NOW == LONGEST_RETRY_AFTER * 1e6


def test_an_endpoint_that_takes_nothing_for_too_long_is_paused_and_success_begins_anew() -> None:
    webhook, _ = attempt(a_webhook(), Attempt(status=500), 11)
    still, _ = attempt(webhook, Attempt(status=500), 11, now=NOW + HOUR - 1)
    assert still.state is WebhookState.ACTIVE
    over, _ = attempt(still, Attempt(reason="timeout"), 11, now=NOW + HOUR)
    assert (over.state, over.pause, over.said) == (WebhookState.PAUSED, Pause.FAILING, "timeout")
    taken, _ = attempt(still, Attempt(status=200), 11, now=NOW + HOUR)
    assert (taken.failures, taken.failing_since, taken.said) == (0, None, "")


def test_a_refused_group_is_cut_and_the_refused_event_dies_alone() -> None:
    webhook = a_webhook()
    for _ in range(3):
        assert not webhook.goes_alone
        webhook, letter = attempt(webhook, Attempt(status=422), 11, 12, 13)
        assert letter is None
    assert webhook.alone_until == 13
    webhook, _ = attempt(webhook, Attempt(status=200), 11)
    webhook, letter = attempt(webhook, Attempt(status=422), 12)
    assert letter is None
    webhook, letter = attempt(webhook, Attempt(status=422), 12)
    assert letter is not None
    assert (letter.log_index, letter.after, letter.position) == (112, 11, 12)
    assert webhook.goes_alone
    webhook, _ = attempt(webhook, Attempt(status=200), 13)
    assert not webhook.goes_alone
    assert webhook.dead_in_a_row == 0


def test_an_endpoint_that_refuses_everything_is_paused_before_it_empties_the_stream() -> None:
    webhook, dead, position = a_webhook(), 0, 11
    while webhook.state is WebhookState.ACTIVE:
        positions = (position,) if webhook.goes_alone else tuple(range(position, position + 50))
        webhook, letter = attempt(webhook, Attempt(status=400), *positions)
        dead += letter is not None
        position = webhook.position + 1
    assert dead == MOST_DEAD_IN_A_ROW
    assert webhook.pause is Pause.REFUSING
