"""Deliver a member's stream to its webhook: read what is past the cursor, send it, then keep what came of it.

The database transaction is never open while the endpoint is waited for: take, send and keep are three steps of the
worker. Nothing is lost, since the cursor moves only over what was answered with 2xx, or is a dead letter; a crash
between the two repeats messages under the same ids. Of several processes one delivers to a webhook at a time, by a
lease on its row; whoever was stopped for longer than that keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from filiere_platform.domain.deliveries import message_id_of
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.subscription import Subscription
from filiere_platform.domain.webhook import DeadLetter, Form, Webhook
from filiere_platform.domain.webhook_attempt import SECOND, Attempt, Patience, Sent, Verdict, after_attempt
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.granted import audiences_of
from filiere_platform.usecases.webhook_contents import Contents, read_contents, read_letter
from filiere_platform.usecases.webhooks import Doing, WebhookKeeping, tell_paused

LAG = 10_000  # grants that brought a webhook nothing, after which its cursor is moved all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One request to be: what goes to which webhook, as whom it is signed."""

    webhook: Webhook
    sent: Sent
    body: bytes  # a CloudEvents batch, as a message of the bus is, or an EPCISQueryDocument
    secrets: Sequence[bytes]
    subscription: Subscription | None = None  # whose answer it is
    letter: DeadLetter | None = None  # where it is one that is sent again

    @property
    def message_id(self) -> str:
        """Names the body: the same again has the same."""
        return message_id_of(self.body)

    @property
    def form(self) -> Form:
        """What the body is."""
        return Form.EVENTS if self.subscription is None else Form.REPORT


def has_news(uow: UnitOfWork, webhook: Webhook, holders: Mapping[int, int], *, after: int) -> bool:
    """Say whether some grant behind a number may bring a webhook something; a read of one row, no lock.

    `holders` says by audience who holds which mandate now.
    """
    return bool(uow.grants.for_audiences(audiences_of(webhook.member_id, holders), after, 1))


def take_parcel(
    uow: UnitOfWork,
    keeping: WebhookKeeping,
    webhook_id: str,
    *,
    holder: str,
    lease: float,
    origin: str,
    now: int,
) -> Parcel | Webhook | None:
    """Take what is to be sent next to a webhook, and the right to send it for `lease` seconds.

    Gives the webhook alone where nothing is to be sent: its cursor stands behind all that there is. None where somebody
    else delivers to it, or it is not to be called now.
    """
    webhook = uow.webhooks.hold(webhook_id, holder, now=now, until=now + round(lease * SECOND))
    if webhook is None:
        return None
    member = uow.members.by_id(webhook.member_id)
    if member is None or member.status is not MemberStatus.ACTIVE:
        uow.webhooks.release(webhook_id, holder)
        return None
    secrets = keeping.open(webhook, now=now)
    letter = uow.webhooks.due_letter(webhook_id)
    if letter is not None:
        return _again(uow, webhook, letter, member, secrets=secrets, origin=origin, now=now)
    read = read_contents(uow, webhook, member, origin=origin, now=now)
    if read.body:
        return _parcel(webhook, read, secrets)
    moved = replace(webhook, position=read.sent.reach)
    if read.has_more or read.sent.reach - webhook.position >= LAG:
        uow.webhooks.keep(webhook, moved, holder)
    if not read.has_more:
        uow.webhooks.release(webhook_id, holder)
    return moved


def keep_outcome(
    uow: UnitOfWork, parcel: Parcel, attempt: Attempt, *, holder: str, patience: Patience, doing: Doing, draw: float
) -> Webhook | None:
    """Keep what came of a request; gives the webhook as it is now, None where somebody else delivers meanwhile."""
    if parcel.letter is not None:
        return _keep_letter(uow, parcel, parcel.letter, attempt, doing.now)
    before, sent = parcel.webhook, parcel.sent
    after, letter = after_attempt(before, sent, attempt, patience=patience, now=doing.now, draw=draw)
    if not uow.webhooks.keep(before, after, holder):
        return None
    if parcel.subscription is not None and attempt.verdict is Verdict.ACCEPTED:
        uow.subscriptions.keep(parcel.subscription.after_sending(sent.reach, now=doing.now))
    if letter is not None:
        uow.webhooks.bury(letter)
    if after.state is not before.state:
        tell_paused(uow, doing, after)
    return after


def _again(
    uow: UnitOfWork,
    webhook: Webhook,
    letter: DeadLetter,
    member: Member,
    *,
    secrets: Sequence[bytes],
    origin: str,
    now: int,
) -> Parcel | Webhook:
    """Read a dead letter anew, as its member may see it now; one that he may see no more is forgotten."""
    read = read_letter(uow, webhook, letter, member, origin=origin, now=now)
    if read is None:
        uow.webhooks.unbury(letter.id)
        return webhook
    return replace(_parcel(webhook, read, secrets), letter=letter)


def _parcel(webhook: Webhook, read: Contents, secrets: Sequence[bytes]) -> Parcel:
    return Parcel(webhook=webhook, sent=read.sent, body=read.body, secrets=secrets, subscription=read.subscription)


def _keep_letter(uow: UnitOfWork, parcel: Parcel, letter: DeadLetter, attempt: Attempt, now: int) -> Webhook:
    if attempt.verdict is Verdict.ACCEPTED:
        uow.webhooks.unbury(letter.id)
    else:
        uow.webhooks.keep_letter(
            replace(letter, is_due=False, attempts=letter.attempts + 1, said=attempt.said, died_at=now)
        )
    return parcel.webhook
