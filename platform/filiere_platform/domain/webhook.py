"""A member's webhook: where its stream is sent, what of it, under which secret, and how far it has come."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, Final
from urllib.parse import urlsplit

from filiere_platform.domain import webhook_sentences as say
from filiere_platform.domain.deliveries import VIEW_KIND
from filiere_platform.domain.instant import iso_instant
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.entry import EntryKind

KINDS: Final = (*(kind.value for kind in EntryKind), VIEW_KIND)
MOST_WEBHOOKS: Final = 10  # of one member: each costs the instance a read of its stream
LONGEST_URL: Final = 2_000
LONGEST_REASON: Final = 200  # characters of what is kept of a failure
SECRET_OVERLAP: Final = 24 * 3_600_000_000  # microseconds for which a replaced secret signs, too


class WebhookState(StrEnum):
    """Whether anything is sent."""

    ACTIVE = "active"
    PAUSED = "paused"


class Form(Enum):
    """What a webhook is sent."""

    EVENTS = auto()  # a CloudEvents batch, signed as Standard Webhooks are
    REPORT = auto()  # an EPCISQueryDocument, signed as EPCIS has it


class Pause(StrEnum):
    """Why a webhook is paused."""

    BY_MEMBER = "member"
    GONE = "gone"  # it answered 410
    FAILING = "failing"  # it has not taken anything for too long
    REFUSING = "refusing"  # it refused so many events in a row that it is not the events


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One webhook. Instants are in microseconds since 1970, positions are numbers of grants, secrets are sealed."""

    id: str
    member_id: int
    url: str
    kinds: frozenset[str]  # wanted; none: all
    secret: bytes
    secret_before: bytes | None = None
    secret_before_until: int = 0
    made_at: int
    state: WebhookState = WebhookState.ACTIVE
    pause: Pause | None = None
    position: int  # the cursor: everything up to here is safe with the member, or a dead letter
    alone_until: int = 0  # what comes up to here goes out one event at a time
    refusals: int = 0  # in a row, of what is at the head
    failures: int = 0  # in a row, of the endpoint
    failing_since: int | None = None
    dead_in_a_row: int = 0
    due_at: int = 0
    delivered_at: int | None = None
    said: str = ""  # what the last attempt that failed came to

    @property
    def goes_alone(self) -> bool:
        """Whether the next event goes out by itself, so that a refused one is told from its neighbours."""
        return self.position < self.alone_until

    def old_secret(self, *, now: int) -> bytes | None:
        """Give the secret of before, still sealed, as long as it signs, too."""
        return self.secret_before if self.secret_before_until > now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that a webhook refused by itself: its place, and no copy of it. What is sent again is read anew."""

    id: str
    webhook_id: str
    member_id: int
    log_index: int
    kind: str
    after: int  # the grant behind which it is found
    position: int
    died_at: int
    attempts: int
    said: str
    is_due: bool = False  # whether it is to be sent again


def new_id() -> str:
    """Draw the id of a webhook or a dead letter; it tells nothing of how many there are."""
    return secrets.token_hex(8)


def read_kinds(kinds: Collection[str]) -> frozenset[str]:
    """Read which kinds are wanted; none: all.

    Raises:
        Refusal: code `webhook-kinds`.
    """
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        values = {"found": ", ".join(unknown)[:LONGEST_REASON], "expected": ", ".join(KINDS)}
        raise Refusal([Problem(sentence=say.KINDS_UNKNOWN, pointer="/kinds", values=values)])
    return frozenset(kinds)


def require_room(existing: Sequence[Webhook]) -> None:
    """Check that a member may have one more.

    Raises:
        Refusal: code `too-many-webhooks`.
    """
    if len(existing) >= MOST_WEBHOOKS:
        raise Refusal([Problem(sentence=say.TOO_MANY_WEBHOOKS, values={"limit": MOST_WEBHOOKS})])


def host_of(url: str) -> str:
    """Give what of an address may stand in the log: a path or a query may be a secret."""
    return urlsplit(url).hostname or ""


def webhook_as_json(webhook: Webhook, *, now: int, query: str | None = None) -> dict[str, Any]:
    """Lay out a webhook for its member and the operator, without anything of its secrets or positions.

    `query` names the one that it sends the answers of; None: it sends its member's stream.
    """
    overlaps = webhook.old_secret(now=now) is not None
    return {
        "id": webhook.id,
        "url": webhook.url,
        "query": query,
        "kinds": sorted(webhook.kinds),
        "state": webhook.state.value,
        "pause": None if webhook.pause is None else webhook.pause.value,
        "made": iso_instant(webhook.made_at),
        "delivered": _instant(webhook.delivered_at),
        "failingSince": _instant(webhook.failing_since),
        "said": webhook.said,
        "oldSecretUntil": iso_instant(webhook.secret_before_until) if overlaps else None,
    }


def dead_letter_as_json(letter: DeadLetter) -> dict[str, Any]:
    """Lay out a dead letter, as one of its road."""
    return {
        "road": "webhook",
        "member": letter.member_id,
        "id": letter.id,
        "webhook": letter.webhook_id,
        "index": letter.log_index,
        "kind": letter.kind,
        "died": iso_instant(letter.died_at),
        "attempts": letter.attempts,
        "said": letter.said,
        "state": "retrying" if letter.is_due else "dead",
    }


def _instant(value: int | None) -> str | None:
    return None if value is None else iso_instant(value)
