"""A subscription: the answers of a named query, sent to an address as they come or at set times.

It is a webhook that sends something else, at other times: address, secret, place in its member's stream, failures and
pauses are that one's. What it sends is decided by grants: whatever its member comes to see after it began is sent once,
however long ago it was stored; of what was visible before, what was stored since the asked time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from filiere_platform.domain import subscription_sentences as say
from filiere_platform.domain.formats import Formats
from filiere_platform.domain.instant import iso_instant, microseconds
from filiere_platform.domain.schedule import FIELDS, read_schedule
from filiere_platform.domain.webhook import Webhook
from filiere_schemas.epcis.presentation import EpcFormat, WordFormat
from filiere_schemas.problems import Problem, Refusal

MOST_SUBSCRIPTIONS: Final = 20  # of one member: each costs the instance a read of its stream
LONGEST_TOKEN: Final = 500  # characters
_LONGEST_SHOWN: Final = 100  # of what is repeated of a value that is refused
# The published schema of a subscription requires `secret`, its text and examples say `signatureToken`: one thing.
_TOKEN_NAMES: Final = ("signatureToken", "secret")
_OF_ADDRESS: Final = frozenset({"stream", "reportIfEmpty", "initialRecordTime", *FIELDS})
_CONTROLS: Final = frozenset(
    {"dest", *_TOKEN_NAMES, "stream", "schedule", "reportIfEmpty", "initialRecordTime", "queryName"}
)
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What of its member's stream a follower of a query begins with.

    `record_from` (microseconds since 1970) bounds when a record was stored, unless its grant is behind `late_from`:
    that one came to be visible later. None: there is no such exception, since the time was set in the future.
    """

    record_from: int
    late_from: int | None

    def has(self, grant_no: int, stored_at: int) -> bool:
        """Say whether a record is in it that a grant made visible."""
        return stored_at >= self.record_from or (self.late_from is not None and grant_no > self.late_from)

    @classmethod
    def beginning(cls, initial: int | None, *, now: int, grants: int) -> Self:
        """Begin now, or with what was stored since an asked time; `grants` is the number of the last one."""
        if initial is None:
            return cls(record_from=now, late_from=grants)
        return cls(record_from=initial, late_from=None if initial > now else grants)


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """When a query is answered, and from when on: what an address or a body asks for."""

    schedule: Mapping[str, str] | None  # None: as it comes
    reports_empty: bool
    initial: int | None  # microseconds since 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a webhook sends of a query, and when. Instants are in microseconds since 1970.

    A run is one time of its schedule: it goes up to the last grant there was when it began, however many messages
    that takes and whatever fails meanwhile.
    """

    webhook_id: str
    query_id: str
    schedule: Mapping[str, str] | None = None  # None: as it comes
    reports_empty: bool = False
    record_from: int
    late_from: int | None
    epc_format: str = EpcFormat.DIGITAL_LINK.value  # as the headers of its request asked
    word_format: str = WordFormat.NO_PREFERENCE.value
    runs_at: int | None = None  # next; None: as it comes
    run_end: int | None = None  # the grant at which the run under way ends
    has_told: bool = False  # whether the run under way has sent anything
    ran_at: int | None = None

    @property
    def span(self) -> Span:
        """What it begins with."""
        return Span(record_from=self.record_from, late_from=self.late_from)

    @property
    def formats(self) -> Formats:
        """How it writes identifiers and words."""
        return Formats(EpcFormat(self.epc_format), WordFormat(self.word_format))

    def is_due(self, now: int) -> bool:
        """Say whether a run is under way or to begin; of one without a schedule that is not the question."""
        return self.run_end is not None or (self.runs_at is not None and self.runs_at <= now)

    def begin_run(self, *, now: int, grants: int) -> Self:
        """Begin the run that is due, and set the next; times that were missed meanwhile are one run."""
        return replace(self, runs_at=next_run(self.schedule, now=now), run_end=grants, has_told=False)

    def after_sending(self, reach: int, *, now: int) -> Self:
        """Say what it is once something was taken that reaches up to a grant."""
        told = replace(self, has_told=True, ran_at=now)
        return told.end_run(now=now) if self.run_end is not None and reach >= self.run_end else told

    def end_run(self, *, now: int) -> Self:
        """End the run under way."""
        return replace(self, run_end=None, ran_at=now)


def read_controls(given: Mapping[str, Any]) -> Controls:
    """Read when a subscription is to be answered. Source: EPCIS 2.0, 8.2.5 (subscription controls).

    Raises:
        Refusal: codes `subscription-controls`, `subscription-control`, `subscription-schedule`, `subscription-never`.
    """
    unknown = sorted(set(given) - _CONTROLS)
    if unknown:  # its value may be a secret under another name
        raise _refused(unknown[0], "…", ", ".join(sorted(_CONTROLS)))
    stream, schedule = given.get("stream"), given.get("schedule")
    if stream is not None and not isinstance(stream, bool):
        raise _refused("stream", stream, "true")
    if bool(stream) == (schedule is not None):
        raise Refusal([Problem(sentence=say.STREAM_OR_SCHEDULE)])
    if schedule is not None and not isinstance(schedule, dict):
        raise _refused("schedule", schedule, "{…}")
    if schedule is not None:
        read_schedule(schedule)
        schedule = {name: str(value) for name, value in schedule.items()}
    empty = given.get("reportIfEmpty", False)
    if not isinstance(empty, bool):
        raise _refused("reportIfEmpty", empty, "true, false")
    return Controls(schedule=schedule, reports_empty=empty, initial=_instant(given.get("initialRecordTime")))


def read_address(pairs: Sequence[tuple[str, str]]) -> Controls:
    """Read when a query is answered over a websocket, of which an address says as much as is of any use there.

    Raises:
        Refusal: as of `read_controls`; something else is said, or something twice.
    """
    given = dict(pairs)
    for name, count in Counter(name for name, _ in pairs).items():
        if name not in _OF_ADDRESS:
            raise _refused(name, "…", ", ".join(sorted(_OF_ADDRESS)))
        if count > 1:
            raise _refused(name, f"{name}=…&{name}=…", f"{name}=…")
    schedule = {name: value for name, value in given.items() if name in FIELDS}
    asked = {name: _FLAGS.get(value, value) for name, value in given.items() if name not in FIELDS}
    return read_controls(asked | ({"schedule": schedule} if schedule else {}))


def next_run(schedule: Mapping[str, str] | None, *, now: int) -> int | None:
    """Give when a schedule runs next; None: there is no schedule."""
    return None if schedule is None else read_schedule(schedule).next_after(now)


def read_token(given: Mapping[str, Any]) -> str:
    """Read the secret that signs, by either of its names, empty where none was given; it is never repeated.

    Raises:
        Refusal: code `subscription-control`; it is no text, too long, or its two names say two things.
    """
    tokens = [(name, given[name]) for name in _TOKEN_NAMES if name in given]
    for name, token in tokens:
        if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
            raise _refused(name, "…", f"0-{LONGEST_TOKEN}")
        if token != tokens[0][1]:
            raise _refused(name, "…", f"= {tokens[0][0]}")
    return tokens[0][1] if tokens else ""


def require_room(count: int) -> None:
    """Check that a member who has so many may have one more.

    Raises:
        Refusal: code `too-many-subscriptions`.
    """
    if count >= MOST_SUBSCRIPTIONS:
        raise Refusal([Problem(sentence=say.TOO_MANY_SUBSCRIPTIONS, values={"limit": MOST_SUBSCRIPTIONS})])


def subscription_as_json(webhook: Webhook, subscription: Subscription, *, query: str) -> dict[str, Any]:
    """Lay out a subscription for its member, without its secret. Source: EPCIS 2.0, 12.8 (subscription resource)."""
    ran = subscription.ran_at or subscription.record_from
    controls: dict[str, Any] = {"stream": True}
    if subscription.schedule is not None:
        controls = {"schedule": subscription.schedule, "reportIfEmpty": subscription.reports_empty}
    shown = {
        "subscriptionID": webhook.id,
        "queryName": query,
        "dest": webhook.url,
        **controls,
        "createdAt": iso_instant(webhook.made_at),
        "initialRecordTime": iso_instant(subscription.record_from),
        "minRecordTime": iso_instant(ran),
        "epcFormat": subscription.epc_format,
        "state": webhook.state.value,
    }
    if webhook.delivered_at is not None:
        shown["lastNotifiedAt"] = iso_instant(webhook.delivered_at)
    if webhook.said:
        shown["said"] = webhook.said
    return shown


def _instant(value: Any) -> int | None:
    if value is None:
        return None
    try:
        # A "+" that was not percent-encoded in an address arrives as a space.
        instant = datetime.fromisoformat(value.replace(" ", "+"))
        if instant.tzinfo is not None:
            return microseconds(instant)
    except (ValueError, AttributeError, OverflowError):
        pass
    raise _refused("initialRecordTime", value, "2026-03-04T05:06:07Z")


def _refused(name: str, found: Any, expected: str) -> Refusal:
    values = {"name": name[:_LONGEST_SHOWN], "found": str(found)[:_LONGEST_SHOWN], "expected": expected}
    return Refusal([Problem(sentence=say.CONTROL_MALFORMED, pointer=f"/{name[:_LONGEST_SHOWN]}", values=values)])
